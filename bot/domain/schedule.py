"""When a ritual happens. The local date is the identity of an occurrence; everything here is pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from bot.domain.days import Quiet
from bot.domain.finishing import NO_STEPS, Step
from bot.domain.ids import CommunityId, ScheduleId, SpaceId
from bot.domain.places import Place

ONE_DAY = timedelta(days=1)
SHORT_GRACE, LONG_GRACE = timedelta(hours=3), timedelta(days=2)
LEAST_GRACE, MOST_SHORT_GRACE, MOST_LONG_GRACE = timedelta(minutes=15), timedelta(hours=12), timedelta(days=4)
NAME_LIMIT = 60
LAST_DATE = date.max - 2 * ONE_DAY
"""No local date after this is looked at: its instant may not exist in UTC."""
EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))
Moment = tuple[date, datetime]
"""A local date, and the instant at which something happens on it."""
INSTANTS = 8192
"""How many local times' instants are remembered: two days of some hundred zones, and times of day to spare."""


class Ritual(StrEnum):
    """A kind of scheduled card."""

    MORNING = "morning"
    MINDFUL = "mindful"
    EVENING = "evening"
    CHALLENGE = "challenge"
    RECAP = "recap"
    VOTE = "vote"

    weekly: bool
    """Whether it is about a week and not about a day."""
    grace: timedelta
    """How late its card may still be posted, unless its schedule says otherwise."""

    def __init__(self, value: str) -> None:
        """What the planner asks of every card is kept, not found out anew."""
        self.weekly = value in {"challenge", "recap"}
        self.grace = LONG_GRACE if self.weekly else SHORT_GRACE

    @property
    def most_grace(self) -> timedelta:
        """The longest grace that a schedule may say: a card of a day shall not come on another one."""
        return MOST_LONG_GRACE if self.weekly else MOST_SHORT_GRACE

    @property
    def rank(self) -> int:
        """Which of two cards due at one instant comes first: a theme is announced before it is mentioned."""
        return 0 if self is Ritual.CHALLENGE else 1

    @property
    def scheduled(self) -> bool:
        """Whether it comes by itself. A vote comes when a moderator asks for it."""
        return self is not Ritual.VOTE

    @property
    def words(self) -> str:
        """How the ritual is called in front of people."""
        return {
            Ritual.MORNING: "Morning intention",
            Ritual.MINDFUL: "Mindful act",
            Ritual.EVENING: "Evening reflection",
            Ritual.CHALLENGE: "Weekly challenge",
            Ritual.RECAP: "Weekly recap",
            Ritual.VOTE: "Vote on the next theme",
        }[self]


class Skip(StrEnum):
    """Why nothing was posted. Each has a sentence in the services' wording."""

    PAUSED = "paused"
    SKIP_DATE = "skip_date"
    DAY_OFF = "day_off"
    REMOVED = "removed"
    TOO_LATE = "too_late"
    SPACE_LEFT = "space_left"
    NEEDS_ATTENTION = "needs_attention"
    POSTED_EARLY = "posted_early"
    NOTHING_SHARED = "nothing_shared"
    NO_THEME = "no_theme"
    QUIET = "quiet"


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name, kept for good: `zoneinfo`'s own cache holds only eight."""
    return ZoneInfo(name)


@lru_cache(maxsize=INSTANTS)
def instant_of(local_date: date, local_time: time, zone: str) -> datetime | None:
    """The instant, in UTC, at which a local time happens on a local date.

    A time that a clock change skips happens at the end of the gap; one that comes twice happens the first
    time. None when the zone skips the whole date, as Pacific/Apia did with 2011-12-30.
    """
    tz = zone_of(zone)
    wanted = datetime.combine(local_date, local_time, UTC).replace(fold=0)
    before, after = _offsets(wanted, tz)
    if before >= after:  # it happens, or happens twice: only a gap makes the offset larger
        return wanted - before
    end = _end_of_gap(wanted, before, after, tz)
    start_of_gap = (end - timedelta(microseconds=1)).astimezone(tz)
    if start_of_gap.date() < local_date < end.astimezone(tz).date():
        return None
    return end


def end_of_quiet(quiet: Quiet, now: datetime, zone: str) -> datetime | None:
    """When the quiet hours end in which an instant lies by a zone's clocks; None when it lies in none."""
    there = now.astimezone(zone_of(zone))
    if there.time() not in quiet:
        return None
    day = there.date() if there.time() < quiet.ends else there.date() + ONE_DAY
    ends = instant_of(day, quiet.ends, zone)
    return ends if ends is not None and ends > now else None


def _offsets(wanted: datetime, tz: ZoneInfo) -> tuple[timedelta, timedelta]:
    """What is in force at a local time as it comes first and as it comes last: two where a clock change is near."""
    before, after = tz.utcoffset(wanted), tz.utcoffset(wanted.replace(fold=1))
    if before is None or after is None:
        raise ValueError(f"the zone {tz.key} does not tell its offset")
    return before, after


def _end_of_gap(wanted: datetime, before: timedelta, after: timedelta, tz: ZoneInfo) -> datetime:
    """The instant of the clock change that skips `wanted`, found by halving: zoneinfo tells no transitions."""
    early, late = wanted - after, wanted - before
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        if middle.astimezone(tz).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


@lru_cache(maxsize=INSTANTS)
def _next_date(day: date, last: date, weekdays: frozenset[int], local_time: time, zone: str) -> Moment | None:
    """The first date from `day` up to `last` that is such a weekday and has the local time, with its instant."""
    if not weekdays:
        return None
    while day <= last:
        if day.weekday() in weekdays and (instant := instant_of(day, local_time, zone)):
            return day, instant
        day += ONE_DAY
    return None


class Target(NamedTuple):
    """A channel that a schedule posts to. `attention` is why it cannot at present, or empty. `notify` is the platform's
    id of the role or user group that its cards notify there, empty for none. It is a tuple, as `Place` is."""

    space: SpaceId
    place: Place
    set_up_by: str = ""
    attention: str = ""
    notify: str = ""


class Decision(NamedTuple):
    """What becomes of one local date: due at an instant, or skipped for a reason."""

    local_date: date
    due_at: datetime
    skip: Skip | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a ritual of a community happens, and where.

    `next_date` is the next local date that is to be decided and `next_at` its instant; both None when the
    schedule has come to its end. `name` is what people call it, empty where the ritual's name is enough.
    `own_grace` is how late its cards may be, None where the ritual's is good.

    `rests` are weekdays and `days_off` local dates on which the whole community has no cards; they follow from its
    settings (`services.free_days`) and are kept with each schedule, so that planning looks nowhere else. `steps` are
    what is done with its cards once they are posted.
    """

    id: ScheduleId
    community: CommunityId
    ritual: Ritual
    weekdays: frozenset[int]
    at: time
    zone: str
    starts: date
    ends: date | None = None
    skip_dates: frozenset[date] = frozenset()
    targets: tuple[Target, ...] = ()
    next_date: date | None = None
    next_at: datetime | None = None
    name: str = ""
    own_grace: timedelta | None = None
    rests: frozenset[int] = frozenset()
    days_off: frozenset[date] = frozenset()
    steps: frozenset[Step] = NO_STEPS

    @property
    def grace(self) -> timedelta:
        """How late a card may still be posted."""
        return self.ritual.grace if self.own_grace is None else self.own_grace

    @property
    def title(self) -> str:
        """How the schedule is called in front of people."""
        return self.name or self.ritual.words

    def dates(self, first: date) -> Iterator[Moment]:
        """The local dates that the schedule names from `first` on, each with its instant, without end
        unless the schedule has one. Skip dates are among them: skipping is a decision of its own."""
        day = first
        while found := self._first(day):
            yield found
            day = found[0] + ONE_DAY

    def instant_on(self, day: date) -> datetime | None:
        """When a local date has its card, left out or not; None when the schedule does not name that date."""
        found = self._first(day)
        return found[1] if found and found[0] == day else None

    def left_out(self, day: date, paused_until: date | None = None) -> Skip | None:
        """Why a local date has no card, though the schedule may name it."""
        if paused_until is not None and day < paused_until:
            return Skip.PAUSED
        if day in self.skip_dates:
            return Skip.SKIP_DATE
        return Skip.DAY_OFF if day in self.days_off else None

    def _first(self, day: date) -> Moment | None:
        """The first local date that the schedule names from `day` on, with its instant."""
        starts, ends = self.starts, self.ends
        last = LAST_DATE if ends is None or ends > LAST_DATE else ends
        weekdays = self.weekdays - self.rests if self.rests else self.weekdays
        return _next_date(max(day, starts), last, weekdays, self.at, self.zone)

    def armed(self, after: datetime, *, not_before: date | None = None) -> Self:
        """The schedule waiting for its first date whose instant lies after `after`.

        `not_before` guards dates that already had their card.
        """
        return self.waiting(self.following(after, not_before=not_before))

    def following(self, after: datetime, *, not_before: date | None = None) -> Moment | None:
        """The first date whose instant lies after `after`, with that instant."""
        first = after.astimezone(zone_of(self.zone)).date() - ONE_DAY
        if not_before is not None and not_before > first:
            first = not_before
        return next((found for found in self.dates(first) if found[1] > after), None)

    def due(self, now: datetime, paused_until: date | None = None) -> tuple[Moment | None, Sequence[Decision]]:
        """What the schedule waits for after everything that has come, and what is decided for each date.

        However late the look, each date is decided once; only one within its grace is posted.
        """
        if self.next_date is None:
            return None, ()
        decisions: list[Decision] = []
        found = self._first(self.next_date)
        while found and found[1] <= now:
            day, instant = found
            decisions.append(Decision(day, instant, self._skip(day, instant, now, paused_until)))
            found = self._first(day + ONE_DAY)
        return found, decisions

    def waiting(self, found: Moment | None) -> Self:
        """The schedule waiting for another date, or for nothing. `replace` would take three times as long."""
        day, instant = found or (None, None)
        return type(self)(
            self.id,
            self.community,
            self.ritual,
            self.weekdays,
            self.at,
            self.zone,
            self.starts,
            self.ends,
            self.skip_dates,
            self.targets,
            day,
            instant,
            self.name,
            self.own_grace,
            self.rests,
            self.days_off,
            self.steps,
        )

    def _skip(self, day: date, instant: datetime, now: datetime, paused_until: date | None) -> Skip | None:
        if reason := self.left_out(day, paused_until):
            return reason
        return Skip.TOO_LATE if now - instant > self.grace else None

    def coming(self, after: datetime, until: datetime, paused_until: date | None = None) -> list[Decision]:
        """What is going to happen after one instant and up to another, as things stand."""
        coming: list[Decision] = []
        if self.next_date is None:
            return coming
        for day, instant in self.dates(self.next_date):
            if instant > until:
                break
            if instant > after:
                coming.append(Decision(day, instant, self._skip(day, instant, instant, paused_until)))
        return coming

    def cards(self, paused_until: date | None = None, decided: Collection[date] = ()) -> Iterator[Moment]:
        """When cards are going to be posted by themselves, as things stand, from the next one on: without end unless
        the schedule has one. What was `decided` ahead of its time is left out: `services.upcoming` knows of these
        too."""
        if self.next_date is None:
            return
        left_out = self.skip_dates | self.days_off | frozenset(decided)
        for found in self.dates(max(self.next_date, paused_until or self.next_date)):
            if found[0] not in left_out:
                yield found

    def with_target(self, target: Target) -> Self:
        """The schedule posting to `target`, in place of what it had in the same space, and notifying whom it did."""
        others = tuple(t for t in self.targets if t.space != target.space)
        notified = next((t.notify for t in self.targets if t.space == target.space), "")
        return replace(self, targets=(*others, target._replace(notify=target.notify or notified)))

    def posted_with(self, steps: frozenset[Step], space: SpaceId, notify: str) -> Self:
        """The schedule with these steps done with its cards, which notify a role or group in one space, or nobody."""
        targets = tuple(t._replace(notify=notify) if t.space == space else t for t in self.targets)
        return replace(self, steps=steps, targets=targets)

    def without(self, space: SpaceId) -> Self:
        """The schedule without its channel in a space that was left."""
        return replace(self, targets=tuple(t for t in self.targets if t.space != space))

    def resting_if_nowhere(self) -> Self:
        """The schedule waiting for nothing when it has no channel left."""
        return self if self.targets else self.waiting(None)

    def needing_attention(self, place: Place, code: str) -> Self:
        """The schedule with one channel marked as needing a moderator; an empty `code` clears the mark."""
        return replace(self, targets=tuple(t._replace(attention=code) if t.place == place else t for t in self.targets))


class Due(NamedTuple):
    """A schedule that is due, as planning sees it.

    `like` is a schedule with the same settings, which waits for the same date. It is one and the same object for very
    many that differ in nothing but whose they are and where they go, so what becomes of it is found out once.
    `paused_until` is their communities'.
    """

    id: ScheduleId
    community: CommunityId
    like: Schedule
    paused_until: date | None
    targets: tuple[Target, ...]


def in_order(schedules: Iterable[Schedule], *rituals: Ritual) -> list[Schedule]:
    """The schedules of these rituals, the oldest first: what is said of a ritual's schedule is said of that one."""
    return sorted((one for one in schedules if one.ritual in rituals), key=lambda one: one.id)


def first_of(schedules: Iterable[Schedule], ritual: Ritual) -> Schedule | None:
    """The oldest schedule of a ritual: the one that setting up makes and changes."""
    return next(iter(in_order(schedules, ritual)), None)

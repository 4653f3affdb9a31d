"""What comes next: the one answer for whoever tells it, `/kindling status`, the settings, the end of setting up.

A schedule alone does not know it: moderators move and skip single cards ahead of their time (`services/ahead.py`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import takewhile

from bot.domain.delivery import Occurrence, State, first_announcements
from bot.domain.ids import CommunityId, ScheduleId
from bot.domain.schedule import ONE_DAY, Ritual, Schedule, Skip, zone_of
from bot.domain.weeks import WEEK, Weeks, first_with_a_theme
from bot.ports import UnitOfWork
from bot.services import wording
from bot.services.content import calendars_of

NOTHING = "nothing is planned"
ENDED = f"{NOTHING}: the calendar of weeks has ended (/kindling challenge)"
A_YEAR = timedelta(days=366)
"""How long after the last date in a calendar of weeks that ends it is looked for another announcement."""


@dataclass(frozen=True, slots=True)
class Upcoming:
    """When the next card of each schedule comes, as things stand; those that wait for none are left out."""

    at: Mapping[ScheduleId, datetime]
    ended: frozenset[ScheduleId] = frozenset()
    """Those that would announce weeks, and whose calendar of weeks has none left."""

    def of(self, schedule: Schedule) -> str:
        """When a schedule's next card comes, in words."""
        at = self.at.get(schedule.id)
        if at is None:
            return ENDED if schedule.id in self.ended else NOTHING
        return wording.moment(at, schedule.zone)

    def from_then(self, schedule: Schedule) -> str:
        """The same, and that nothing comes before."""
        return f"{self.of(schedule)}; nothing before that" if schedule.id in self.at else self.of(schedule)

    def first(self, schedules: Iterable[Schedule]) -> Schedule | None:
        """The schedule of these whose card comes first; None where none comes."""
        waiting = [one for one in schedules if one.id in self.at]
        return min(waiting, key=lambda one: (self.at[one.id], one.ritual.rank), default=None)

    def line(self, schedules: Iterable[Schedule]) -> str:
        """When the next card of these comes, and which it is, as a sentence."""
        those = list(schedules)
        if first := self.first(those):
            return f"Next card: {self.of(first)}, “{first.title}”."
        said = ENDED if any(one.id in self.ended for one in those) else NOTHING
        return f"{said.capitalize()}."


async def upcoming(work: UnitOfWork, schedules: Iterable[Schedule], now: datetime) -> Upcoming:
    """What comes next of schedules of one community."""
    those = list(schedules)
    if not those:
        return Upcoming({})
    paused_until = (await work.communities.get(those[0].community)).paused_until
    found: dict[ScheduleId, datetime] = {}
    for schedule in those:
        by_itself, ahead = await _coming(work, schedule, paused_until, now)
        earliest = min((one[0] for one in (next(by_itself, None), *ahead) if one), default=None)
        if earliest:
            found[schedule.id] = earliest
    weekly = {one.id for one in those if one.ritual is Ritual.CHALLENGE} & found.keys()
    themed = await _themed(work, those[0].community, paused_until, now) if weekly else None
    if themed is None:
        return Upcoming(found)
    kept = {id_: at for id_, at in found.items() if id_ not in weekly}
    return Upcoming(kept | {id_: themed[id_] for id_ in weekly & themed.keys()}, frozenset(weekly - themed.keys()))


Moment = tuple[datetime, date, ScheduleId]


async def _coming(
    work: UnitOfWork, schedule: Schedule, paused_until: date | None, now: datetime
) -> tuple[Iterator[Moment], Sequence[Moment]]:
    """When a schedule's cards come by themselves, and those that were decided ahead of their time."""
    today = now.astimezone(zone_of(schedule.zone)).date()
    decided = await work.occurrences.since(schedule.id, today - ONE_DAY)
    by_itself = schedule.cards(paused_until, {one.local_date for one in decided})
    ahead = [
        (one.due_at, one.local_date, schedule.id)
        for one in decided
        if one.due_at > now and await still_comes(work, one)
    ]
    return ((at, day, schedule.id) for day, at in by_itself), sorted(ahead)


async def _themed(
    work: UnitOfWork, community: CommunityId, paused_until: date | None, now: datetime
) -> Mapping[ScheduleId, datetime] | None:
    """When each weekly challenge comes that has a theme; None where the calendar of weeks does not end."""
    weeks = (await calendars_of(work, [community]))[community].weeks
    if weeks.last is None:
        return None
    announced = (await work.occurrences.weeks_announced([community])).get(community, 0)
    known = (await work.occurrences.themes_since([community], now.date() - 2 * WEEK)).get(community, ())
    lately = [(one.schedule, one.local_date) for one in first_announcements(known)]
    chosen = {(one.schedule, one.local_date) for one in known}
    dates: list[Iterable[Moment]] = []
    certain: dict[ScheduleId, datetime] = {}
    for schedule in await work.schedules.of_community(community):
        if schedule.ritual is Ritual.CHALLENGE:
            by_itself, ahead = await _coming(work, schedule, paused_until, now)
            dates += [by_itself, [one for one in ahead if (one[2], one[1]) not in chosen]]
            certain |= {one[2]: one[0] for one in reversed(ahead) if (one[2], one[1]) in chosen}
    until = _horizon(weeks, announced, now)
    played = first_with_a_theme(weeks, takewhile(lambda one: one[0] < until, merge(*dates)), announced, lately)
    return {id_: min(filter(None, (played.get(id_), certain.get(id_)))) for id_ in played.keys() | certain.keys()}


def _horizon(weeks: Weeks, announced: int, now: datetime) -> datetime:
    """After which nothing is announced, or all the same is announced already."""
    dates = [one.on for one in weeks.dated] + ([weeks.begins.on] if weeks.begins else [])
    farthest = max((on - now.date() for on in dates), default=timedelta())
    return now + max(farthest, timedelta()) + (weeks.at(announced).left or 0) * WEEK + A_YEAR


async def why_not(work: UnitOfWork, occurrence: Occurrence) -> str:
    """Why a date that was decided ahead of its time has no card before it; empty where it has."""
    if occurrence.skip or await still_comes(work, occurrence):
        return occurrence.skip
    known = await work.outbox.of_occurrence(occurrence.id)
    held = [delivery.reason for delivery in known if delivery.state is State.SKIPPED]
    return held[0] if len(held) == len(known) and held else Skip.POSTED_EARLY.value


async def still_comes(work: UnitOfWork, occurrence: Occurrence) -> bool:
    """Whether a date that was decided ahead of its time has its card before it."""
    known = () if occurrence.skip else await work.outbox.of_occurrence(occurrence.id)
    return any(not delivery.state.settled and delivery.due_at == occurrence.due_at for delivery in known)

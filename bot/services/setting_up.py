"""Setting up: where and when, in one command or one form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

from bot.domain.changes import State, mark_of
from bot.domain.community import Space, Tone
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import ScheduleId, dated_id
from bot.domain.message import Card, Item, Items, Part, Reply, Text
from bot.domain.places import Actor, Lack, Place
from bot.domain.schedule import ONE_DAY, Ritual, Schedule, Target, first_of, zone_of
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services.attention import Attention
from bot.services.changing import Changing, must_match
from bot.services.reading import DAY_NAMES, Unread, days_in_words, read_days, read_time, read_weekday, read_zone
from bot.services.scheduling import SCHEDULE, objection, schedule_state
from bot.services.setup import CHECK, POST, PREVIEW, WEEKDAYS, must_moderate, read_channel
from bot.services.spaces import Spaces
from bot.services.upcoming import Upcoming, upcoming

NEEDED = ("channel", "zone", "morning")
SET_UP = (Ritual.MORNING, Ritual.CHALLENGE)
"""The rituals that one line or one form sets up."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a moderator chose. `weekly` is a weekday, or None for no weekly challenge."""

    channel: str
    zone: str
    morning: time
    days: frozenset[int]
    weekly: int | None


class Setup:
    """Turns a moderator's wishes into schedules, each a setting that moderators change."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        attention: Attention,
        *,
        changing: Changing,
        clock: Clock,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._attention = attention
        self._changing = changing
        self._clock = clock
        self._nudge = nudge

    async def submitted(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """The form, filled in by somebody who had seen the schedules of this mark."""
        return await self.ask(actor, values, seen)

    async def ask(self, actor: Actor, values: Mapping[str, str], seen: str | None = None) -> Reply:
        """Set up with what was given; a form for what was not; every mistake at once."""
        must_moderate(actor)
        given = {name: text.strip() for name, text in values.items() if text.strip()}
        astray = await self._attention.astray(actor, given.get("channel", ""))
        async with self._storage.unit_of_work() as work:
            space, mark = await self._held(work, actor)
            must_match(seen, mark)
            known = await self.known(work, space, actor)
            form = _form({**known, **given}, mark)
            wish, problems = _read({**_defaults(known), **given})
            if wish is not None:
                problems = await self._objections(work, space, wish)
            if astray:
                problems = {"channel": astray} | problems
            if problems:
                return Reply(Rejected(problems, form))
            if wish is None:
                await work.commit()
                return Reply(form)
            schedules = await self.put(work, actor, await self.wished(work, space, wish, actor.person.user))
            coming = await upcoming(work, schedules, self._clock.now())
            await work.commit()
        self._nudge()
        place = Place(space.platform, space.key, wish.channel)
        return Reply(_done(schedules, place, await self._attention.examine(place), coming))

    async def form(self, actor: Actor) -> Reply:
        """The form, filled in with what is set already."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, mark = await self._held(work, actor)
            known = await self.known(work, space, actor)
            await work.commit()
        return Reply(_form(known, mark))

    async def _held(self, work: UnitOfWork, actor: Actor) -> tuple[Space, str]:
        """Where the actor is, held against other moderators, and the mark of what is set up there."""
        space = await self._spaces.held(work, actor.person)
        await work.changes.hold(space.community)
        every = await work.schedules.of_community(space.community)
        return space, mark_of({one.value: _state(first_of(every, one)) for one in SET_UP})

    async def _objections(self, work: UnitOfWork, space: Space, wish: Wish) -> dict[str, str]:
        """Why cards cannot come like that beside the quiet hours and the rest day, by field."""
        community = await work.communities.get(space.community)
        found: dict[str, str] = {}
        for schedule in await self.wished(work, space, wish, ""):
            if wrong := objection(schedule, community):
                of_days = "days" if schedule.ritual is Ritual.MORNING else "weekly"
                found["morning" if wrong[0] == "at" else of_days] = wrong[1]
        return found

    async def known(self, work: UnitOfWork, space: Space, actor: Actor) -> dict[str, str]:
        """What the form begins with: what is set, or what the person's profile suggests."""
        tone = (await work.communities.get(space.community)).tone
        every = await work.schedules.of_community(space.community)
        schedules = [one for ritual in (Ritual.CHALLENGE, Ritual.MORNING) if (one := first_of(every, ritual))]
        known = {"zone": actor.zone, "channel": actor.channel, "morning": "09:00", "weekly": "mon"}
        known["days"] = "mon-fri" if tone is Tone.WORKPLACE else "every day"
        for schedule in schedules:
            if schedule.ritual is Ritual.MORNING:
                known |= {"zone": schedule.zone, "morning": f"{schedule.at:%H:%M}"}
                known["days"] = days_in_words(schedule.weekdays).lower()
            elif schedule.ritual is Ritual.CHALLENGE and schedule.weekdays:
                known["weekly"] = DAY_NAMES[min(schedule.weekdays)]
            here = [target.place.channel for target in schedule.targets if target.space == space.id]
            known["channel"] = here[0] if here else known["channel"]
        if schedules and not any(s.ritual is Ritual.CHALLENGE and s.weekdays for s in schedules):
            known["weekly"] = "off"
        return known

    async def wished(self, work: UnitOfWork, space: Space, wish: Wish, set_up_by: str) -> list[Schedule]:
        """The schedules as wished for: the morning's first, and then the challenge's. Nothing is kept."""
        target = Target(space.id, Place(space.platform, space.key, wish.channel), set_up_by)
        now = self._clock.now()
        every = await work.schedules.of_community(space.community)
        starts = now.astimezone(zone_of(wish.zone)).date() - ONE_DAY
        weekly = frozenset[int]() if wish.weekly is None else frozenset({wish.weekly})
        found: list[Schedule] = []
        for ritual, days in zip(SET_UP, (wish.days, weekly), strict=True):
            known = first_of(every, ritual) or Schedule(
                ScheduleId(dated_id(now)), space.community, ritual, days, wish.morning, wish.zone, starts
            )
            found.append(replace(known, weekdays=days, at=wish.morning, zone=wish.zone).with_target(target))
        return found

    async def put(self, work: UnitOfWork, actor: Actor, schedules: Sequence[Schedule]) -> list[Schedule]:
        """Have cards come as wished, and give the schedules as they are kept.

        A channel that was chosen anew is tried anew, also where it could not be written to before. The caller commits.
        """
        kept: list[Schedule] = []
        for wished in schedules:
            await self._changing.change(work, actor, SCHEDULE, wished.id, schedule_state(wished))
            one = await work.schedules.get(wished.id)
            unmarked = replace(one, targets=tuple(target._replace(attention="") for target in one.targets))
            if unmarked != one:
                await work.schedules.save(unmarked)
            kept.append(unmarked)
        return kept


def _state(schedule: Schedule | None) -> State | None:
    return schedule_state(schedule) if schedule else None


def _defaults(known: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in known.items() if name not in NEEDED}


_READERS: dict[str, Callable[[str], object]] = {
    "channel": read_channel,
    "zone": read_zone,
    "morning": read_time,
    "days": read_days,
    "weekly": read_weekday,
}


def _read(values: Mapping[str, str]) -> tuple[Wish | None, dict[str, str]]:
    """The wish, None while something needed is missing; and a sentence for each mistake, by field."""
    read: dict[str, object] = {}
    problems: dict[str, str] = {}
    for name, reader in _READERS.items():
        if name in values:
            try:
                read[name] = reader(values[name])
            except Unread as error:
                problems[name] = str(error)
    if problems or not all(name in read for name in NEEDED):
        return None, problems
    return Wish(**read), problems  # type: ignore[arg-type] -- each reader gives its field's type


def _form(values: Mapping[str, str], mark: str) -> Form:
    weekly = values.get("weekly", "mon").lower()
    return Form(
        "setup",
        "Set up Kindling",
        (
            Field("channel", "Where should the cards appear?", FieldKind.CHANNEL, value=_prefill_channel(values)),
            Field("zone", "Your time zone", FieldKind.ZONE, value=values.get("zone", ""), hint="Such as Europe/Berlin"),
            Field("morning", "When does the morning card come?", FieldKind.TIME, value=_prefill_time(values)),
            Field(
                "days", "On which days?", value=values.get("days", ""), hint="Such as mon-fri, or every day", limit=60
            ),
            Field(
                "weekly",
                "When does the weekly theme come?",
                FieldKind.CHOICE,
                value=weekly[:3] if weekly[:3] in DAY_NAMES else "off",
                options=(*((name, WEEKDAYS[i]) for i, name in enumerate(DAY_NAMES)), ("off", "No weekly theme")),
            ),
        ),
        submit="Set up",
        subject=mark,
    )


def _prefill_channel(values: Mapping[str, str]) -> str:
    channel = values.get("channel", "")
    return "" if channel.startswith(("#", "<")) else channel


def _prefill_time(values: Mapping[str, str]) -> str:
    try:
        return f"{read_time(values.get('morning', '09:00')):%H:%M}"
    except Unread:
        return "09:00"


def _done(schedules: Sequence[Schedule], place: Place, lacks: Sequence[Lack], coming: Upcoming) -> Card:
    morning, weekly = schedules
    first = coming.first(schedules) or morning
    items = [
        Item("", label="Where", channel=place.channel),
        Item(coming.from_then(first), label="First card"),
        Item(f"{days_in_words(morning.weekdays)} at {morning.at:%H:%M}", label="Morning intention"),
        Item(coming.of(weekly) if weekly.weekdays else "off", label="Weekly challenge"),
    ]
    body: list[Part] = [Items(tuple(items)), *_lacking(lacks)]
    choices = (CHECK, PREVIEW) if lacks else (PREVIEW, POST)
    heading = "Kindling is set up" if not lacks else "Kindling is set up, and needs a hand"
    footnote = "Run /kindling setup again to change anything, /kindling pause to take a break."
    return Card(heading, tuple(body), choices, footnote=footnote, emoji="🔥")


def _lacking(lacks: Sequence[Lack]) -> list[Part]:
    """What the live test found."""
    if not lacks:
        return [Text("I tested that channel: I can post there.")]
    title = "I cannot post there yet. Please hand this to an administrator:"
    return [Items(tuple(Item(lack.sentence) for lack in lacks), title=title)]

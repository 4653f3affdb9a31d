"""Setting up: where and when, in one command or one form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from bot.domain.community import Space, Tone
from bot.domain.delivery import State
from bot.domain.errors import NotAllowed
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import ScheduleId, dated_id
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.domain.places import Actor, Lack, Place
from bot.domain.schedule import Ritual, Schedule, Target, first_of, zone_of
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.attention import Attention
from bot.services.free_days import free
from bot.services.reading import DAY_NAMES, Unread, days_in_words, read_days, read_time, read_weekday, read_zone
from bot.services.recap_days import follow
from bot.services.spaces import Spaces

NEEDED = ("channel", "zone", "morning")
CHANNEL_LIMIT = 100
CHECK = Choice("Check again", Action("check"), Style.PRIMARY, "🔎")
PREVIEW = Choice("Preview the week", Action("preview"), emoji="👀")
POST = Choice("Post today's card now", Action("post"), emoji="📮")


def must_moderate(actor: Actor) -> None:
    """Refuse whoever may not configure this space at this moment."""
    if not actor.may_moderate:
        raise NotAllowed(
            "not_a_moderator",
            "This is for moderators: people who may manage this place. If that should include you, please ask one of "
            "them; nothing was changed.",
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What a moderator chose. `weekly` is a weekday, or None for no weekly challenge."""

    channel: str
    zone: str
    morning: time
    days: frozenset[int]
    weekly: int | None


class Setup:
    """Turns a moderator's wishes into schedules."""

    def __init__(self, storage: Storage, spaces: Spaces, attention: Attention, clock: Clock, nudge: Nudge) -> None:
        self._storage = storage
        self._spaces = spaces
        self._attention = attention
        self._clock = clock
        self._nudge = nudge

    async def ask(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """Set up with what was given; a form for what was not; every mistake at once."""
        must_moderate(actor)
        known = await self._known(actor)
        given = {name: text.strip() for name, text in values.items() if text.strip()}
        form = _form({**known, **given})
        wish, problems = _read({**_defaults(known), **given})
        if problems:
            return Reply(Rejected(problems, form))
        if wish is None:
            return Reply(form)
        if wrong := await self._in_quiet_hours(actor, wish):
            return Reply(Rejected({"morning": wrong}, form))
        schedules, place, paused_until = await self._keep(actor, wish)
        self._nudge()
        lacks = await self._attention.examine(place)
        return Reply(_done(schedules, place, lacks, paused_until))

    async def form(self, actor: Actor) -> Reply:
        """The form, filled in with what is set already."""
        must_moderate(actor)
        return Reply(_form(await self._known(actor)))

    async def _in_quiet_hours(self, actor: Actor, wish: Wish) -> str:
        """Why a card cannot come at that time, if it cannot."""
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            quiet = (await work.communities.get(space.community)).quiet
            await work.commit()
        return wording.in_quiet_hours(wish.morning, quiet) if quiet and wish.morning in quiet else ""

    async def _known(self, actor: Actor) -> dict[str, str]:
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            known = await self.known(work, space, actor)
            await work.commit()
        return known

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

    async def _keep(self, actor: Actor, wish: Wish) -> tuple[list[Schedule], Place, date | None]:
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            kept = await self.put(work, space, wish, actor.person.user)
            await work.commit()
        return kept

    async def put(
        self, work: UnitOfWork, space: Space, wish: Wish, set_up_by: str
    ) -> tuple[list[Schedule], Place, date | None]:
        """Have cards come as wished, and give their schedules, their channel and until when all is paused.

        What waits to be sent goes to the new channel. The caller commits.
        """
        target = Target(space.id, Place(space.platform, space.key, wish.channel), set_up_by)
        schedules = [
            await self._schedule(work, space, ritual, wish, target) for ritual in (Ritual.MORNING, Ritual.CHALLENGE)
        ]
        paused_until = (await work.communities.get(space.community)).paused_until
        waiting = [d for d in await work.outbox.unsettled(space.id) if d.state is State.PLANNED]
        known = await work.occurrences.those({delivery.occurrence for delivery in waiting})
        others = {one.id for one in await work.schedules.of_community(space.community)} - {s.id for s in schedules}
        elsewhere = {one.id for one in known.values() if one.schedule in others}
        moved = [replace(d, place=target.place) for d in waiting if d.occurrence not in elsewhere]
        await work.outbox.revoke(moved)
        await follow(work, space.community, self._clock.now())
        return schedules, target.place, paused_until

    async def _schedule(self, work: UnitOfWork, space: Space, ritual: Ritual, wish: Wish, target: Target) -> Schedule:
        """The ritual's schedule as wished. Its first card lies after now, and no local date gets a second."""
        now = self._clock.now()
        known = first_of(await work.schedules.of_community(space.community), ritual)
        weekly = frozenset[int]() if wish.weekly is None else frozenset({wish.weekly})
        days = wish.days if ritual is Ritual.MORNING else weekly
        starts = now.astimezone(zone_of(wish.zone)).date() - timedelta(days=1)
        schedule = known or Schedule(
            ScheduleId(dated_id(now)), space.community, ritual, days, wish.morning, wish.zone, starts
        )
        latest = await work.occurrences.latest(schedule.id)
        schedule = replace(schedule, weekdays=days, at=wish.morning, zone=wish.zone).with_target(target)
        schedule = await free(work, schedule)
        not_before = latest.local_date + timedelta(days=1) if latest else None
        schedule = schedule.armed(now, not_before=not_before)
        await work.schedules.save(schedule)
        return schedule


def _defaults(known: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in known.items() if name not in NEEDED}


def read_channel(text: str) -> str:
    """A platform's id of a channel. Raises `Unread` for what is none."""
    if text.startswith(("#", "<")) or " " in text or len(text) > CHANNEL_LIMIT or not text.isprintable():
        raise Unread(
            f"I could not tell which channel “{text[:60]}” is. Please pick it from the list that opens as you type its "
            "name, or choose it in the form."
        )
    return text


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


def _form(values: Mapping[str, str]) -> Form:
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
    )


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _prefill_channel(values: Mapping[str, str]) -> str:
    channel = values.get("channel", "")
    return "" if channel.startswith(("#", "<")) else channel


def _prefill_time(values: Mapping[str, str]) -> str:
    try:
        return f"{read_time(values.get('morning', '09:00')):%H:%M}"
    except Unread:
        return "09:00"


def _done(schedules: list[Schedule], place: Place, lacks: Sequence[Lack], paused_until: date | None) -> Card:
    morning, weekly = schedules
    coming = [(instant, s) for s in schedules if (instant := s.next_card(paused_until))]
    first = min(coming, key=lambda entry: entry[0])[1] if coming else morning
    items = [
        Item("", label="Where", channel=place.channel),
        Item(f"{wording.next_of(first, paused_until)}; nothing before that", label="First card"),
        Item(f"{days_in_words(morning.weekdays)} at {morning.at:%H:%M}", label="Morning intention"),
        Item(wording.next_of(weekly, paused_until) if weekly.weekdays else "off", label="Weekly challenge"),
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

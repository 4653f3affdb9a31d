"""Holidays: days off of a whole community from a calendar file, shown before they hold, and gone as one."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.domain.days import DaysOff, Off
from bot.domain.errors import CalendarProblem, Refusal
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, dated_id
from bot.domain.message import Action, Card, Choice, Item, Items, Quote, Reply, Style, Text
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, in_order, zone_of
from bot.domain.uploads import Unfit, Upload, taken
from bot.domain.words import tidied
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.ports.tools import CalendarFiles
from bot.services import wording
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.picking import Options, page_number, pick, picked
from bot.services.politeness import OneAtATime
from bot.services.reading import Unread
from bot.services.scheduling import DAYS_OFF, days_off_state
from bot.services.settings_cards import SETTINGS
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces
from bot.services.upcoming import upcoming

AHEAD = timedelta(days=730)
"""How far ahead a calendar is read."""
FILE = Field("file", "Your calendar", FieldKind.FILE, hint="An .ics file", endings=(".ics",))
NAME_LIMIT = 60
MOST_SETS = 20
PAGE = 10
"""How many sets are told on one card."""
LISTED = 1_500
FORGET = timedelta(days=1)
IMPORT = Choice("Import a calendar", Action("open", "holidays"), Style.PRIMARY, "📅")
REMOVE = Choice("Remove one", Action("open", "holidays_gone"), emoji="🗑️")


class Holidays:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        files: CalendarFiles,
        *,
        changing: Changing,
        clock: Clock,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._files = files
        self._changing = changing
        self._clock = clock
        self._nudge = nudge
        self._turns = OneAtATime()

    async def holidays(self, actor: Actor, page: str = "") -> Reply:
        """The sets of days off that there are, some on each page."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            community = (await self._spaces.held(work, actor.person)).community
            found = [one for one in await work.days_off.of_community(community) if one.name]
            zone = await _zone(work, actor)
            await work.commit()
        today = self._clock.now().astimezone(zone_of(zone)).date()
        first = page_number(page) * PAGE if page_number(page) * PAGE < len(found) else 0
        shown = found[first : first + PAGE]
        items = tuple(Item(f"{_left(one, zone, today)} still to come", label=one.name) for one in shown)
        lines = Text("On these days no card comes anywhere in this community. Nothing is posted about it.")
        body = (lines, Items(items)) if items else (Text("No calendar was imported so far."),)
        following = first // PAGE + 1 if first + PAGE < len(found) else 0
        turn = Choice("More" if following else "The first ones", Action("holidays", str(following)), emoji="➡️")
        choices = (IMPORT, *((REMOVE,) if items else ()), *((turn,) if len(found) > PAGE else ()), SETTINGS)
        return Reply(Card("Holidays", body, choices, emoji="🎄"), replace=True)

    async def form(self, actor: Actor) -> Reply:
        """Ask for a calendar file."""
        must_moderate(actor)
        return Reply(_form(""))

    async def read(self, actor: Actor, _: str, values: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        """A calendar that was handed over, as it would be used. Nothing holds before that is confirmed."""
        must_moderate(actor)
        typed = tidied(values.get("name", ""))[:NAME_LIMIT].strip()
        async with self._storage.unit_of_work() as work:
            zone = await _zone(work, actor)
            await work.commit()
        today = self._clock.now().astimezone(zone_of(zone)).date()
        try:
            upload = taken(FILE, files.get("file"))
            with self._turns.turn(actor.person):
                found = await self._files.read(upload.data if upload else b"", today, today + AHEAD)
        except (Unfit, CalendarProblem) as problem:
            return Reply(Rejected({"file": str(problem)}, _form(typed)))
        name = typed or tidied(found.name)[:NAME_LIMIT].strip() or "Holidays"
        entries = tuple(Off(one.begins, one.ends, tidied(one.name)) for one in found.entries)
        if not entries:
            sentence = "There is nothing in that calendar from today on, for two years. Please choose another one."
            return Reply(Rejected({"file": sentence}, _form(typed)))
        return await self._offer(actor, name, entries, zone)

    async def _offer(self, actor: Actor, name: str, entries: tuple[Off, ...], zone: str) -> Reply:
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.held(work, actor.person)
            known = await work.days_off.of_community(space.community)
            if len(known) >= MOST_SETS:
                raise Refusal(
                    "days_off.too_many", f"There are {MOST_SETS} sets already. Please remove one of them first."
                )
            off = DaysOff(dated_id(now), space.community, name, entries)
            await work.days_off.offer(off, now)
            replaces = any(one.name.casefold() == off.name.casefold() for one in known)
            await work.commit()
        days = len(off.dates(zone_of(zone)))
        told = ((wording.days(one.span(zone_of(zone))), one.name) for one in off.entries)
        lines = [": ".join(filter(None, each)) for each in told]
        said = "\n".join(lines)
        more = said[:LISTED].rsplit("\n", 1)[0] + "\n…" if len(said) > LISTED else said
        ahead = "one day" if days == 1 else f"{days} days"
        body = [Text(f"That would be {ahead} without cards, by the clock of {zone}:"), Quote(more)]
        if replaces:
            body.append(Text("They take the place of the days that have this name now."))
        choices = (
            Choice("Leave them out", Action("holidays!", off.id), Style.PRIMARY, "🎄"),
            Choice("Not now", Action("holidays")),
        )
        return Reply(Card(f"Holidays: “{off.name}”", tuple(body), choices, emoji="📅"))

    async def confirm(self, actor: Actor, offered: str) -> Reply:
        """The days off hold from now on. Asking twice is asking once."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.held(work, actor.person)
            known = await work.days_off.of_community(space.community)
            off = await work.days_off.offered(space.community, offered)
            if off is None and any(one.id == offered for one in known):
                return Reply(
                    note("They are left out", "That was confirmed already.", choices=(SETTINGS,)), replace=True
                )
            if off is None:
                raise Refusal("days_off.unknown", "I do not have that calendar any more. Please import it once more.")
            alike = next((one for one in known if one.name.casefold() == off.name.casefold()), None)
            subject = alike.id if alike else off.id
            await work.days_off.remove(space.community, off.id)
            change = await self._changing.change(work, actor, DAYS_OFF, subject, days_off_state(off))
            line = await self._next(work, space.community)
            await work.commit()
        self._nudge()
        choices = (*((undoing(change),) if change else ()), SETTINGS)
        return Reply(
            note("Left out", f"No card comes on “{off.name}”.", line, choices=choices, emoji="🎄"), replace=True
        )

    async def which(self, actor: Actor) -> Reply:
        """Choose a set to remove."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            community = (await self._spaces.held(work, actor.person)).community
            found = [one for one in await work.days_off.of_community(community) if one.name]
            await work.commit()
        if not found:
            return Reply(note("Holidays", "No calendar was imported so far.", choices=(IMPORT,), emoji="🎄"))
        return Reply(_gone_form(found))

    async def remove(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """Cards come on the days of a set again."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.held(work, actor.person)
            known = [one for one in await work.days_off.of_community(space.community) if one.name]
            said = values.get("set", "")
            found = [one for one in known if one.id == said]
            if not found and len(known) > OPTIONS_LIMIT:
                try:
                    said = picked(said, _choosable(known), "set of days off")
                except Unread as error:
                    return Reply(Rejected({"set": str(error)}, _gone_form(known)))
                found = [one for one in known if one.id == said]
            if not found:
                return Reply(note("They are gone", "These days off were removed already.", choices=(SETTINGS,)))
            change = await self._changing.change(work, actor, DAYS_OFF, found[0].id, None)
            line = await self._next(work, space.community)
            await work.commit()
        self._nudge()
        choices = (*((undoing(change),) if change else ()), SETTINGS)
        lines = (f"Cards come on the days of “{found[0].name}” again.", line)
        return Reply(note("Removed", *lines, choices=choices, emoji="🗓️"))

    async def _next(self, work: UnitOfWork, community: CommunityId) -> str:
        schedules = [one for one in await work.schedules.of_community(community) if one.ritual.scheduled]
        return (await upcoming(work, schedules, self._clock.now())).line(schedules)

    async def tidy(self) -> None:
        """Forget calendars that nobody confirmed."""
        async with self._storage.unit_of_work() as work:
            await work.days_off.forget_offers(self._clock.now() - FORGET)
            await work.commit()


async def _zone(work: UnitOfWork, actor: Actor) -> str:
    """The zone by whose clock days are shown: that of the first card, or else the person's own."""
    space = await work.communities.space_of(actor.person.platform, actor.person.space)
    known = in_order(await work.schedules.of_community(space.community), *Ritual) if space else []
    return known[0].zone if known else actor.zone or "UTC"


def _left(off: DaysOff, zone: str, today: date) -> str:
    days = sum(day >= today for day in off.dates(zone_of(zone)))
    return "one day" if days == 1 else f"{days} days"


def _choosable(found: Sequence[DaysOff]) -> Options:
    return tuple((one.id, one.name) for one in found)


def _gone_form(found: Sequence[DaysOff]) -> Form:
    few = len(found) <= OPTIONS_LIMIT
    field = pick("set", "Which days?", _choosable(found), value=found[0].id if few else "")
    return Form("holidays_gone", "Remove days off", (field,), submit="Remove")


def _form(name: str) -> Form:
    called = Field(
        "name", "What are they called?", required=False, value=name, hint="School holidays", limit=NAME_LIMIT
    )
    return Form("holidays", "Import a calendar", (FILE, called), submit="Show")

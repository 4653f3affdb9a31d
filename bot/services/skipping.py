"""`/kindling skip`: days without cards, everywhere or of one schedule. Nothing is posted about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.domain.changes import Change, State
from bot.domain.community import Community
from bot.domain.days import MOST_DAYS, DaysOff, Off, Span, of_spans, spans_of
from bot.domain.errors import Refusal
from bot.domain.forms import OPTIONS_LIMIT, Rejected
from bot.domain.message import Reply
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, Schedule, in_order, zone_of
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.picking import picked
from bot.services.reading import Unread, read_span
from bot.services.scheduling import DAYS_OFF, SCHEDULE, days_off_state, schedule_state
from bot.services.settings_cards import EVERYWHERE, SETTINGS, skip_form, skippable
from bot.services.setup import PREVIEW, must_moderate
from bot.services.spaces import Spaces
from bot.services.upcoming import upcoming

GONE = "That card is not there any more. /kindling settings shows what is."


class Skipping:
    """Each call checks the actor's right again."""

    def __init__(self, storage: Storage, spaces: Spaces, changing: Changing, clock: Clock, *, nudge: Nudge) -> None:
        self._storage = storage
        self._spaces = spaces
        self._changing = changing
        self._clock = clock
        self._nudge = nudge

    async def skip(self, actor: Actor, words: Mapping[str, str]) -> Reply:
        """Leave days out; a form where nothing is said."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            community, schedules = await self._here(work, actor)
            form = skip_form(schedules, words)
            if not words.get("when", "").strip():
                await work.commit()
                return Reply(form)
            try:
                which = picked(words.get("which", "") or EVERYWHERE, skippable(schedules), "card")
            except Unread as error:
                if len(schedules) < OPTIONS_LIMIT:  # it was picked, and is gone
                    raise Refusal("schedule.unknown", GONE) from error
                return Reply(Rejected({"which": str(error)}, form))
            chosen = next((one for one in schedules if one.id == which), None)
            today = self._today([chosen] if chosen else schedules)
            try:
                span = read_span(words["when"], today)
                change = await self._leave_out(work, actor, chosen or community, span, today)
            except Unread as error:
                return Reply(Rejected({"when": str(error)}, form))
            community, schedules = await self._here(work, actor)
            coming = await upcoming(work, schedules, self._clock.now())
            await work.commit()
        self._nudge()
        what = f"No card of “{chosen.title}” comes" if chosen else "No card comes anywhere in this community"
        lines = (f"{what} on {wording.days(span)}. Nothing is posted about it.", coming.line(schedules))
        choices = (*((undoing(change),) if change else ()), PREVIEW, SETTINGS)
        return Reply(note("Skipped", *lines, choices=choices, emoji="🍃"))

    async def _here(self, work: UnitOfWork, actor: Actor) -> tuple[Community, Sequence[Schedule]]:
        space = await self._spaces.held(work, actor.person)
        community = await work.communities.get(space.community)
        scheduled = [ritual for ritual in Ritual if ritual.scheduled]
        return community, in_order(await work.schedules.of_community(community.id), *scheduled)

    def _today(self, schedules: Sequence[Schedule]) -> date:
        return self._clock.now().astimezone(zone_of(schedules[0].zone if schedules else "UTC")).date()

    async def _leave_out(
        self, work: UnitOfWork, actor: Actor, of: Schedule | Community, span: Span, today: date
    ) -> Change | None:
        if isinstance(of, Schedule):
            dates = _with(of.skip_dates, span, today)
            return await self._changing.change(
                work, actor, SCHEDULE, of.id, schedule_state(replace(of, skip_dates=dates))
            )
        known = next((one for one in await work.days_off.of_community(of.id) if one.id == of.id), None)
        dates = _with(of_spans(entry.span(zone_of("UTC")) for entry in known.entries) if known else (), span, today)
        entries = tuple(Off(one.first, one.last) for one in spans_of(dates))
        state: State = days_off_state(DaysOff(of.id, of.id, "", entries))
        return await self._changing.change(work, actor, DAYS_OFF, of.id, state)


def _with(dates: Sequence[date] | frozenset[date], span: Span, today: date) -> frozenset[date]:
    """Dates with those of a span; what was long ago is forgotten."""
    if span.last < today:
        raise Unread("That day is over. Please name today, or a day to come.")
    found = frozenset(day for day in dates if (today - day).days < 31) | of_spans([span])  # noqa: PLR2004 -- a month
    if len(found) > MOST_DAYS:
        raise Unread("These are more than two years of dates. /kindling pause is for long breaks.")
    return found

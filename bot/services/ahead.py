"""What moderators decide about one card before its time: whether it comes, when, and with what words.

A date that is decided ahead has its occurrence early, and the planner finds it there when the date comes. So it needs
no table of its own, costs the planner nothing, and cannot bring a second card.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import cast

from bot.domain.changes import State
from bot.domain.delivery import Content, Occurrence
from bot.domain.errors import Refusal
from bot.domain.ids import CommunityId, PromptId, ScheduleId, ThemeId
from bot.domain.schedule import Decision, Schedule, Skip, zone_of
from bot.ports import Clock, UnitOfWork
from bot.services import wording
from bot.services.calendar import Calendar
from bot.services.decided_ahead import in_quiet
from bot.services.reasons import Reasons

AHEAD = "card"
QUIET = "card.quiet"
BEGUN = "That card is on its way, or posted already, so it stays as it is."


def subject_of(schedule: ScheduleId, day: date) -> str:
    """How the card of a schedule on a local date is named in buttons and in the audit log."""
    return f"{schedule}/{day.isoformat()}"


def named(subject: str) -> tuple[ScheduleId, date]:
    """The schedule and the local date behind `subject_of`. Raises `Refusal` for what is none."""
    schedule, _, day = subject.partition("/")
    try:
        return ScheduleId(schedule), date.fromisoformat(day)
    except ValueError:
        raise unknown() from None


def unknown() -> Refusal:
    """The card is not there any more, or never was this community's."""
    return Refusal("card.unknown", "I do not know that card any more. /kindling preview shows what is coming.")


def card_state(due_at: datetime, zone: str, skip: Skip | None = None, content: Content | None = None) -> State:
    """A card that comes at an instant, or does not; without `content` what it says is chosen in its time."""
    return {
        "at": due_at.astimezone(UTC).isoformat(),
        "zone": zone,
        "skip": skip.value if skip else "",
        "prompts": list(content.prompts) if content else None,
        "theme": content.theme if content else None,
    }


class Ahead:
    """The cards of single dates, as settings that moderators change. None is what the schedule brings by itself."""

    kind = AHEAD

    def __init__(self, calendar: Calendar, clock: Clock) -> None:
        self._calendar = calendar
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """What was decided about a date ahead of its time, or in it."""
        schedule = await self._found(work, community, subject)
        known = await work.occurrences.on(schedule.id, named(subject)[1]) if schedule else None
        if schedule is None or known is None:
            return None
        return card_state(known.due_at, schedule.zone, Skip(known.skip) if known.skip else None, known.content)

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Decide about a date anew, unless its card is on its way. None brings what the schedule says of that date."""
        schedule, day = await self.schedule(work, community, subject), named(subject)[1]
        if not await self._calendar.forget(work, schedule, day):
            raise Refusal("card.begun", BEGUN)
        if state is not None:
            skip = Skip(str(state["skip"])) if state["skip"] else None
            if skip is None:
                await _may_come(work, schedule, day, _at(state))
            await self._calendar.decide(work, [(schedule, Decision(day, _at(state), skip))])
            await self._say(work, schedule, day, state)
        elif schedule.next_date is None or schedule.next_date > day:  # the planner does not come back to it
            due_at = schedule.instant_on(day)
            if due_at is not None:
                left_out = schedule.left_out(day, (await work.communities.get(community)).paused_until)
                if left_out is None and due_at + schedule.grace < self._clock.now():
                    raise Refusal(
                        "card.too_late",
                        f"By itself it would have come at {wording.clock(due_at, schedule.zone)}, which is too long "
                        "ago to come now. So it stays as it is; /kindling preview can move it to another time today.",
                    )
                await self._calendar.decide(work, [(schedule, Decision(day, due_at, left_out))])

    def told(self, before: State | None, after: State | None) -> str:
        """What becomes of the card."""
        if after is None:
            return "a card comes as its schedule says"
        when = wording.moment(_at(after), str(after["zone"]))
        if after["skip"]:
            return f"the card of {when} was skipped"
        if before and not before["skip"] and before["at"] == after["at"]:
            return f"the card of {when} says something else"
        return f"a card comes at {when}"

    async def schedule(self, work: UnitOfWork, community: CommunityId, subject: str) -> Schedule:
        """The schedule of a card. Raises `Refusal` for one that is not the community's."""
        found = await self._found(work, community, subject)
        if found is None:
            raise unknown()
        return found

    async def _found(self, work: UnitOfWork, community: CommunityId, subject: str) -> Schedule | None:
        wanted = named(subject)[0]
        return next((one for one in await work.schedules.of_community(community) if one.id == wanted), None)

    async def _say(self, work: UnitOfWork, schedule: Schedule, day: date, state: State) -> None:
        content = _content(state)
        known: Occurrence | None = await work.occurrences.on(schedule.id, day)
        if content is not None and known is not None:
            await work.occurrences.choose([replace(known, content=content)])


async def _may_come(work: UnitOfWork, schedule: Schedule, day: date, due_at: datetime) -> None:
    """Refuse a card on a day, or at a time, that has none by now."""
    community = await work.communities.get(schedule.community)
    if schedule.instant_on(day) is None:
        raise Refusal("card.no_day", "No card of that schedule comes on that day any more.")
    if reason := schedule.left_out(day, community.paused_until):
        reasons = Reasons(await work.days_off.of_community(community.id))
        raise Refusal("card.left_out", f"No card comes on that day: {reasons.skipped(reason, day, schedule.zone)}.")
    if community.quiet and in_quiet(community.quiet, due_at, schedule.zone):
        at = due_at.astimezone(zone_of(schedule.zone)).time()
        raise Refusal(QUIET, wording.in_quiet_hours(at, community.quiet))


def _at(state: State) -> datetime:
    return datetime.fromisoformat(str(state["at"]))


def _content(state: State) -> Content | None:
    prompts, theme = cast("Sequence[str] | None", state["prompts"]), state["theme"]
    if prompts is None:
        return None
    return Content(tuple(map(PromptId, prompts)), ThemeId(str(theme)) if theme else None)

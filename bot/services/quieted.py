"""What quiet hours that are set later make of cards which were moved before, told to whoever sets them."""

from collections.abc import Mapping, Sequence

from bot.domain.delivery import Occurrence
from bot.domain.ids import OccurrenceId
from bot.domain.schedule import Schedule, Skip
from bot.ports import Clock, UnitOfWork
from bot.services import wording
from bot.services.decided_ahead import ahead_of
from bot.services.upcoming import still_comes, why_not

Ahead = Mapping[OccurrenceId, tuple[Schedule, Occurrence]]


async def coming_ahead(work: UnitOfWork, schedules: Sequence[Schedule], clock: Clock) -> Ahead:
    """The cards that were decided about ahead of their time, and come."""
    found: dict[OccurrenceId, tuple[Schedule, Occurrence]] = {}
    for schedule in schedules:
        for one in await ahead_of(work, schedule, clock.now()):
            if await still_comes(work, one):
                found[one.id] = schedule, one
    return found


async def quieted(work: UnitOfWork, before: Ahead) -> list[str]:
    """A sentence for each of these cards that does not come any more when it was to come, because it is quiet then."""
    lines: list[str] = []
    now = await work.occurrences.those(set(before))
    for schedule, one in before.values():
        was, known = wording.short_moment(one.due_at, schedule.zone), now.get(one.id)
        if known is None:
            continue
        if known.due_at != one.due_at and await still_comes(work, known):
            lines.append(f"The card of {was} comes at {wording.clock(known.due_at, schedule.zone)} instead.")
        elif await why_not(work, known) == Skip.QUIET.value:
            lines.append(f"The card of {was} does not come: nothing of its day is left outside of these hours.")
    return lines

"""What comes next: the one answer for whoever tells it, `/kindling status`, the settings, the end of setting up.

A schedule alone does not know it: moderators move and skip single cards ahead of their time (`services/ahead.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.delivery import Occurrence, State
from bot.domain.ids import ScheduleId
from bot.domain.schedule import ONE_DAY, Schedule, Skip, zone_of
from bot.ports import UnitOfWork
from bot.services import wording

NOTHING = "Nothing is planned."


@dataclass(frozen=True, slots=True)
class Upcoming:
    """When the next card of each schedule comes, as things stand; those that wait for none are left out."""

    at: Mapping[ScheduleId, datetime]

    def of(self, schedule: Schedule) -> str:
        """When a schedule's next card comes, in words."""
        at = self.at.get(schedule.id)
        return wording.moment(at, schedule.zone) if at else "nothing is planned"

    def first(self, schedules: Iterable[Schedule]) -> Schedule | None:
        """The schedule of these whose card comes first; None where none comes."""
        waiting = [one for one in schedules if one.id in self.at]
        return min(waiting, key=lambda one: (self.at[one.id], one.ritual.rank), default=None)

    def line(self, schedules: Iterable[Schedule]) -> str:
        """When the next card of these comes, and which it is, as a sentence."""
        first = self.first(schedules)
        return f"Next card: {self.of(first)}, “{first.title}”." if first else NOTHING


async def upcoming(work: UnitOfWork, schedules: Iterable[Schedule], now: datetime) -> Upcoming:
    """What comes next of schedules of one community."""
    found: dict[ScheduleId, datetime] = {}
    paused_until: date | None = None
    for number, schedule in enumerate(schedules):
        if not number:
            paused_until = (await work.communities.get(schedule.community)).paused_until
        today = now.astimezone(zone_of(schedule.zone)).date()
        decided = await work.occurrences.since(schedule.id, today - ONE_DAY)
        by_itself = schedule.next_card(paused_until, {one.local_date for one in decided})
        coming = [one.due_at for one in decided if one.due_at > now and await still_comes(work, one)]
        if earliest := min(filter(None, (by_itself, *coming)), default=None):
            found[schedule.id] = earliest
    return Upcoming(found)


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

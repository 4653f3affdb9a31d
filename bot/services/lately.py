"""What was not posted in the last days, and why: what a moderator may wonder about beside the last card."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.domain.community import Space
from bot.domain.delivery import Occurrence, State
from bot.domain.message import Item
from bot.domain.schedule import Schedule, zone_of
from bot.ports import UnitOfWork
from bot.services import wording
from bot.services.reasons import Reasons

LATELY = timedelta(days=14)
SHOWN = 6
"""Stretches of days that are told; a status is no history."""
_NOT_POSTED = {State.SKIPPED, State.FAILED, State.UNSURE}


async def not_posted(work: UnitOfWork, schedules: Sequence[Schedule], space: Space, now: datetime) -> list[Item]:
    """For each schedule, the days before its last card on which it was not posted in a space, newest first.

    Days that follow each other and have one reason are told in one line.
    """
    found: list[tuple[date, Item]] = []
    reasons = Reasons(await work.days_off.of_community(space.community))
    for schedule in schedules:
        runs: list[tuple[date, date, str]] = []
        today = now.astimezone(zone_of(schedule.zone)).date()
        known = await work.occurrences.since(schedule.id, today - LATELY)
        for occurrence in [one for one in known if _is_over(one, schedule, now)][1:]:
            reason = await _why_not(work, occurrence, space, schedule.zone, reasons)
            if reason and runs and runs[-1][2] == reason:
                runs[-1] = (occurrence.local_date, runs[-1][1], reason)
            elif reason or not runs or runs[-1][2]:
                runs.append((occurrence.local_date, occurrence.local_date, reason))
        ritual = schedule.title
        found += [(last, Item(f"{_days(first, last)}: {why}", label=ritual)) for first, last, why in runs if why]
    found.sort(key=lambda entry: entry[0], reverse=True)
    return [item for _, item in found[:SHOWN]]


def _is_over(occurrence: Occurrence, schedule: Schedule, now: datetime) -> bool:
    """Whether its time has come: what moderators decided ahead of it is not posted, and not left out lately."""
    passed = schedule.next_date is not None and occurrence.local_date < schedule.next_date
    return passed or occurrence.due_at <= now


async def _why_not(work: UnitOfWork, occurrence: Occurrence, space: Space, zone: str, reasons: Reasons) -> str:
    """Why an occurrence is not in a space, in words; empty where it is."""
    day = occurrence.local_date
    if occurrence.skip:
        return reasons.skipped(occurrence.skip, day, zone)
    deliveries = [one for one in await work.outbox.of_occurrence(occurrence.id) if one.space == space.id]
    return ", ".join(sorted({reasons.outcome(one, day, zone) for one in deliveries if one.state in _NOT_POSTED}))


def _days(first: date, last: date) -> str:
    return wording.day(last) if first == last else f"{wording.day(first)} to {wording.day(last)}"

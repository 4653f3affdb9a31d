"""Cards that are not to come, for as long as there is a reason: held back, and brought back when it is gone."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from bot.domain.delivery import Delivery, State
from bot.domain.ids import SpaceId
from bot.domain.places import Place
from bot.domain.schedule import Schedule, Skip
from bot.ports import UnitOfWork

PASSING = frozenset({"", Skip.PAUSED, Skip.SPACE_LEFT})
"""Reasons, or none, in whose place another one comes: whoever ends a pause, or stays after all, does not take that
away."""


async def hold_back(work: UnitOfWork, those: Iterable[Delivery], reason: str) -> None:
    """Have deliveries not come: what waits is skipped. What is on its way is left to whoever sends it, and skipped if
    it turns out not to have arrived. The caller commits."""
    known = [one for one in those if one.reason in PASSING]
    coming = {State.PLANNED, State.SKIPPED}
    await work.outbox.revoke(one.skipped(reason) for one in known if one.state in coming)
    await work.outbox.recall([one.id for one in known if one.in_doubt], reason)


async def bring_back(
    work: UnitOfWork, held: Sequence[Delivery], schedules: Iterable[Schedule], paused_until: date | None
) -> None:
    """Have deliveries that were held back come after all, where their schedule posts by now, unless their day has no
    card. What is on its way may be sent again. The caller commits."""
    posting = {schedule.id: schedule for schedule in schedules}
    days = await work.occurrences.those({delivery.occurrence for delivery in held})
    for delivery in held:
        occurrence = days.get(delivery.occurrence)
        schedule = posting.get(occurrence.schedule) if occurrence else None
        target = next((one for one in schedule.targets if one.space == delivery.space), None) if schedule else None
        if occurrence is None or schedule is None or target is None:
            continue
        if (reason := schedule.left_out(occurrence.local_date, paused_until)) is not None:
            await hold_back(work, [delivery], reason)
        elif delivery.in_doubt:
            await work.outbox.recall([delivery.id], "")
        elif not await _came(work, delivery, target.place):
            await work.outbox.revoke([replace(delivery.planned_again(), place=target.place)])


async def leave(work: UnitOfWork, space: SpaceId) -> Sequence[Delivery]:
    """Nothing more comes to a space that is left, and of what is on its way nobody can look whether it arrived. Returns
    what would have come. The caller commits."""
    coming = [one for one in await work.outbox.unsettled(space) if not one.state.settled]
    left = Skip.SPACE_LEFT
    await work.outbox.revoke(one.unsure(left) if one.in_doubt else one.skipped(left) for one in coming)
    return coming


async def _came(work: UnitOfWork, delivery: Delivery, place: Place) -> bool:
    """Whether another delivery of the same card went to a place meanwhile."""
    known = await work.outbox.of_occurrence(delivery.occurrence)
    return any(one.place == place and one.id != delivery.id for one in known)

"""Cards about which moderators decided before their time, when their schedule is changed afterwards.

Each has its occurrence and its deliveries early, so the planner does not look at it again: whoever changes what a
schedule's cards keep to has these cards `keep_to` it as well.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.community import Community
from bot.domain.days import Quiet
from bot.domain.delivery import Delivery, Occurrence, State
from bot.domain.ids import SpaceId
from bot.domain.schedule import ONE_DAY, Schedule, Skip, Target, instant_of, zone_of
from bot.ports import UnitOfWork
from bot.services.calendar import deliveries_of
from bot.services.holding import hold_back

MINUTE = timedelta(minutes=1)
COMING_BACK = frozenset({Skip.DAY_OFF, Skip.SKIP_DATE, Skip.REMOVED, Skip.SPACE_LEFT, Skip.QUIET})
"""Why a card was held back that comes after all when the reason is gone. A pause takes care of its own."""


async def ahead_of(work: UnitOfWork, schedule: Schedule, now: datetime) -> Sequence[Occurrence]:
    """What was decided about a schedule's dates, and has not come yet."""
    today = now.astimezone(zone_of(schedule.zone)).date()
    return [one for one in await work.occurrences.since(schedule.id, today - ONE_DAY) if one.due_at > now]


async def keep_to(work: UnitOfWork, schedule: Schedule, now: datetime, *, anew: bool = False) -> None:
    """Have cards that were decided ahead come on the days and in the channels of their schedule, and no others.

    With `anew` they come at its time too, also those that were moved. The caller commits.
    """
    ahead = await ahead_of(work, schedule, now)
    community = await work.communities.get(schedule.community) if ahead else None
    for occurrence in ahead:
        if community is not None and occurrence.skip in {"", Skip.NEEDS_ATTENTION}:
            await _keep_one(work, schedule, occurrence, community, now, anew=anew)


async def hold_ahead(work: UnitOfWork, schedule: Schedule, now: datetime, reason: Skip) -> None:
    """No card of a schedule that was decided ahead comes. The caller commits."""
    for occurrence in await ahead_of(work, schedule, now):
        await _hold(work, occurrence, reason)


async def leave_ahead(work: UnitOfWork, schedule: Schedule, now: datetime, space: SpaceId, first: date) -> None:
    """A space has no card of a schedule from a local date on. The caller commits."""
    for occurrence in await ahead_of(work, schedule, now):
        if occurrence.local_date >= first:
            here = [one for one in await work.outbox.of_occurrence(occurrence.id) if one.space == space]
            await hold_back(work, here, Skip.SPACE_LEFT)


async def _keep_one(
    work: UnitOfWork, schedule: Schedule, occurrence: Occurrence, community: Community, now: datetime, *, anew: bool
) -> None:
    own = schedule.instant_on(occurrence.local_date)
    reason = schedule.left_out(occurrence.local_date, community.paused_until)
    due_at, quiet = own if anew else occurrence.due_at, community.quiet
    if quiet and due_at and in_quiet(quiet, due_at, schedule.zone):
        due_at = out_of_quiet(schedule, occurrence.local_date, due_at, quiet, now)
    if own is None or reason or due_at is None or due_at <= now:
        await _hold(work, occurrence, reason or (Skip.SKIP_DATE if due_at else Skip.QUIET))
        return
    targets = {target.space: target for target in schedule.targets}
    known = await work.outbox.of_occurrence(occurrence.id)
    if due_at != occurrence.due_at or occurrence.skip:
        occurrence = replace(occurrence, due_at=due_at, skip="")
        await work.occurrences.save(occurrence)
    kept = [(one, targets[one.space]) for one in known if one.space in targets]
    await work.outbox.recall([one.id for one, _ in kept if one.in_doubt], "")
    coming = [(one, target) for one, target in kept if _may_come(one, target)]
    await work.outbox.revoke([_as_is(one, target, schedule, due_at) for one, target in coming])
    if occurrence.ritual is schedule.ritual and _of_planner(schedule, occurrence.local_date):
        there = {one.space for one in known}
        fresh = [one for one in schedule.targets if one.space not in there and not one.attention]
        await work.outbox.put(Delivery(*one) for one in deliveries_of(occurrence, fresh, schedule.grace))


def in_quiet(quiet: Quiet | None, at: datetime, zone: str) -> bool:
    """Whether an instant lies in quiet hours, by a zone's clocks."""
    return quiet is not None and at.astimezone(zone_of(zone)).time() in quiet


def out_of_quiet(schedule: Schedule, day: date, wished: datetime, quiet: Quiet, now: datetime) -> datetime | None:
    """When a card comes that was moved to an hour which is quiet by now: at its schedule's time; where that has passed,
    when it is not quiet any more, or just before it is. None where nothing of its day is left."""
    own = schedule.instant_on(day)
    ends, begins = (instant_of(day, one, schedule.zone) for one in (quiet.ends, quiet.begins))
    after = ends if ends and ends > wished else None
    before = begins - MINUTE if begins and begins - MINUTE < wished else None
    found = [at for at in (own, after, before) if at and at > now and not in_quiet(quiet, at, schedule.zone)]
    return next(iter(found), None)


def _of_planner(schedule: Schedule, day: date) -> bool:
    """Whether a date belongs to the schedule with the channels that it has now."""
    return schedule.next_date is not None and day >= schedule.next_date


async def _hold(work: UnitOfWork, occurrence: Occurrence, reason: Skip) -> None:
    await hold_back(work, await work.outbox.of_occurrence(occurrence.id), reason)


def _may_come(delivery: Delivery, target: Target) -> bool:
    """Whether a card comes: it waits, or the reason for which it was held back is gone. One that failed ahead of its
    time did so because its channel was closed."""
    match delivery.state:
        case State.PLANNED:
            return True
        case State.SKIPPED:
            return delivery.reason in COMING_BACK
        case State.FAILED:
            return not target.attention
        case _:
            return False


def _as_is(delivery: Delivery, target: Target, schedule: Schedule, due_at: datetime) -> Delivery:
    """The delivery in its schedule's channel, at an instant; its place in a window stays."""
    leaves = delivery.next_at - delivery.due_at if delivery.state is State.PLANNED else due_at - due_at
    moved = delivery if delivery.state is State.PLANNED else delivery.planned_again()
    return replace(moved, place=target.place, due_at=due_at, deadline=due_at + schedule.grace, next_at=due_at + leaves)

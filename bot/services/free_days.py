"""The days on which a whole community has no cards, kept with each of its schedules.

They follow from its rest day and its days off, by the clock of each schedule. Whoever makes a schedule or changes its
zone asks `free` for them; whoever changes the rest day or the days off has every schedule `follow`.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.domain.community import Community
from bot.domain.days import DaysOff
from bot.domain.ids import CommunityId
from bot.domain.schedule import ONE_DAY, Schedule, Skip, zone_of
from bot.ports import UnitOfWork
from bot.services import holding
from bot.services.decided_ahead import keep_to


async def free(work: UnitOfWork, schedule: Schedule) -> Schedule:
    """The schedule with the days on which its community has no cards."""
    community = await work.communities.get(schedule.community)
    return _with(schedule, community, await work.days_off.of_community(community.id))


async def follow(work: UnitOfWork, community: CommunityId, now: datetime) -> None:
    """Have all schedules of a community keep to its days without cards. The caller commits."""
    known = await work.communities.get(community)
    off = await work.days_off.of_community(community)
    for schedule in await work.schedules.of_community(community):
        freed = _with(schedule, known, off)
        if freed != schedule:
            freed = await armed_anew(work, freed, now) if schedule.targets else freed
            await work.schedules.save(freed)
            await hold_back(work, freed, now, Skip.DAY_OFF, freed.days_off - schedule.days_off)
        await keep_to(work, freed, now)


async def armed_anew(work: UnitOfWork, schedule: Schedule, now: datetime) -> Schedule:
    """The schedule waiting for its first date after now; no local date gets a second card."""
    latest = await work.occurrences.latest(schedule.id, now)
    return schedule.armed(now, not_before=latest.local_date + ONE_DAY if latest else None)


async def hold_back(
    work: UnitOfWork, schedule: Schedule, now: datetime, reason: Skip, dates: Collection[date] | None = None
) -> None:
    """A schedule's card that waits for another try does not come: its date, one of these where any are named, is
    left out."""
    latest = await work.occurrences.latest(schedule.id, now)
    if latest is None or (dates is not None and latest.local_date not in dates):
        return
    await holding.hold_back(work, await work.outbox.of_occurrence(latest.id), reason)


def _with(schedule: Schedule, community: Community, off: Sequence[DaysOff]) -> Schedule:
    zone = zone_of(schedule.zone)
    return replace(
        schedule,
        rests=frozenset() if community.rest_day is None else frozenset({community.rest_day}),
        days_off=frozenset[date]().union(*(one.dates(zone) for one in off)),
    )

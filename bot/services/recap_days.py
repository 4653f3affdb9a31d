"""On which day the recap comes, and where: the evening of one weekday, in the wall's channels."""

from dataclasses import replace
from datetime import datetime, time

from bot.domain.delivery import State
from bot.domain.ids import CommunityId, ScheduleId, dated_id
from bot.domain.places import Place
from bot.domain.schedule import ONE_DAY, Ritual, Schedule, Target, first_of, zone_of
from bot.ports import UnitOfWork
from bot.services.decided_ahead import keep_to
from bot.services.free_days import armed_anew, free
from bot.services.reading import DAY_NAMES, Unread, days_in_words

AT = time(17)
"""The local time of a recap: the evening, when there is something to look back on."""
OFF = "off"
FIRST_SET_UP = (
    "The recap keeps to the clock of the morning card, which is not set up yet. Please run /kindling setup first, and "
    "then choose a day here."
)


async def recap_day(work: UnitOfWork, community: CommunityId) -> str:
    """The weekday as a form has it, or `off`."""
    schedule = await _schedule(work, community, Ritual.RECAP)
    return DAY_NAMES[min(schedule.weekdays)] if schedule and schedule.weekdays else OFF


async def wished(work: UnitOfWork, community: CommunityId, weekday: int | None, now: datetime) -> Schedule | None:
    """The recap's schedule for a weekday, or for none; None where there is none, and none is wished for.

    Raises `Unread` where no zone is known. Nothing is kept.
    """
    known = await _schedule(work, community, Ritual.RECAP)
    if weekday is None:
        return replace(known, weekdays=frozenset()) if known else None
    morning = await _schedule(work, community, Ritual.MORNING)
    if morning is None or not morning.targets:
        raise Unread(FIRST_SET_UP)
    starts = now.astimezone(zone_of(morning.zone)).date() - ONE_DAY
    schedule = known or Schedule(
        ScheduleId(dated_id(now)), community, Ritual.RECAP, frozenset({weekday}), AT, morning.zone, starts
    )
    targets = await _targets(work, schedule)
    return replace(schedule, weekdays=frozenset({weekday}), at=AT, zone=morning.zone, targets=targets)


async def _keep(work: UnitOfWork, known: Schedule, wished: Schedule, now: datetime) -> None:
    schedule = await armed_anew(work, await free(work, wished), now)
    await work.schedules.save(schedule)
    anew = (known.weekdays, known.zone) != (schedule.weekdays, schedule.zone)
    await keep_to(work, schedule, now, anew=anew)
    latest = await work.occurrences.latest(schedule.id, now)
    places = {target.space: target.place for target in schedule.targets}
    waiting = await work.outbox.of_occurrence(latest.id) if latest else ()
    await work.outbox.revoke(
        replace(one, place=places[one.space])
        for one in waiting
        if one.state is State.PLANNED and one.space in places and one.place != places[one.space]
    )


async def follow(work: UnitOfWork, community: CommunityId, now: datetime) -> None:
    """Keep the recap to the morning's zone and the wall's channels, where they may have changed. The caller commits."""
    known = await _schedule(work, community, Ritual.RECAP)
    morning = await _schedule(work, community, Ritual.MORNING)
    if known is not None and known.weekdays and morning is not None and morning.targets:
        schedule = await wished(work, community, min(known.weekdays), now)
        if schedule is not None:
            await _keep(work, known, schedule, now)


def when(schedule: Schedule) -> str:
    """`Fri at 17:00`."""
    return f"{days_in_words(schedule.weekdays)} at {schedule.at:%H:%M}"


async def _schedule(work: UnitOfWork, community: CommunityId, ritual: Ritual) -> Schedule | None:
    return first_of(await work.schedules.of_community(community), ritual)


async def _targets(work: UnitOfWork, schedule: Schedule) -> tuple[Target, ...]:
    """The wall's channel in each space: the one that was chosen, or else the one of the morning cards. A mark of
    attention stays as long as the channel does."""
    marked = {target.place: target.attention for target in schedule.targets}
    notified = {target.space: target.notify for target in schedule.targets}
    morning = await _schedule(work, schedule.community, Ritual.MORNING)
    of_mornings = {target.space: target for target in morning.targets} if morning else {}
    found: list[Target] = []
    for space in await work.communities.spaces(schedule.community):
        chosen = await work.walls.place(space.id) if space.active else None
        if chosen is not None and chosen.channel:
            place = Place(space.platform, space.key, chosen.channel)
            found.append(Target(space.id, place, chosen.set_up_by, marked.get(place, ""), notified.get(space.id, "")))
        elif space.active and space.id in of_mornings:
            found.append(of_mornings[space.id]._replace(notify=notified.get(space.id, "")))
    return tuple(found)

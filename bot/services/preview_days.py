"""When moderators are told what the week brings: at the time of the morning card on the first workday of each week."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bot.domain.community import Community
from bot.domain.ids import CommunityId
from bot.domain.schedule import ONE_DAY, WORKDAYS, Ritual, Schedule, first_of, instant_of, zone_of
from bot.ports import UnitOfWork

WEEKS = 60
"""So many weeks are looked through; whoever pauses for longer is told nothing until they change something."""


def monday_of(instant: datetime, zone: str) -> date:
    """The Monday of the local week in which an instant lies."""
    day = instant.astimezone(zone_of(zone)).date()
    return day - day.weekday() * ONE_DAY


def following(morning: Schedule, community: Community, after: datetime) -> datetime | None:
    """The first such time after an instant; None where there is none."""
    return next((at for at in _times(morning, community, after) if at > after), None)


def _times(morning: Schedule, community: Community, after: datetime) -> Iterator[datetime]:
    first = monday_of(after, morning.zone)
    for week in range(WEEKS):
        days = [first + timedelta(weeks=week) + n * ONE_DAY for n in sorted(WORKDAYS)]
        works = [day for day in days if _works(day, morning, community)]
        at = instant_of(works[0], morning.at, morning.zone) if works else None
        if at is not None:
            yield at


def _works(day: date, morning: Schedule, community: Community) -> bool:
    paused = community.paused_until is not None and day < community.paused_until
    return not paused and day.weekday() != community.rest_day and day not in morning.days_off


async def follow(work: UnitOfWork, community: CommunityId, now: datetime) -> None:
    """Have the moderators of each space told when that is now, or not at all. The caller commits.

    What is due already, and not told yet, is left to whoever tells it: they look whether it is still wanted.
    """
    known = await work.communities.get(community)
    morning = first_of(await work.schedules.of_community(community), Ritual.MORNING) if known.previews else None
    at = following(morning, known, now) if morning and morning.targets else None
    for space in await work.communities.spaces(community):
        await work.communities.move_preview(space.id, at if space.active else None, now=now)

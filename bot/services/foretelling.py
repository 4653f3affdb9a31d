"""Telling moderators privately, at the beginning of a week, what it brings, where they wish for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.community import Space
from bot.domain.schedule import Ritual, Schedule, first_of
from bot.ports import Clock, Storage
from bot.services.alerts import Alerts
from bot.services.calendar import Calendar
from bot.services.preview_days import following, monday_of
from bot.services.previewing import DAYS, week_card

AT_ONCE = 20
CODE = "preview"
MOMENT = timedelta(microseconds=1)


class Foretelling:
    """`bot.runtime.engine.Shows`: each space is told once a week, by whichever worker is first."""

    def __init__(self, storage: Storage, calendar: Calendar, alerts: Alerts, clock: Clock) -> None:
        self._storage = storage
        self._calendar = calendar
        self._alerts = alerts
        self._clock = clock

    async def next_at(self) -> Mapping[str, datetime]:
        """When moderators are next told on each platform."""
        async with self._storage.reading() as work:
            return await work.communities.next_previews()

    async def work_off(self, platform: str) -> int:
        """Tell the moderators of a platform that are to be told by now; how many spaces there were."""
        async with self._storage.reading() as work:
            due = await work.communities.previews_due(platform, self._clock.now(), AT_ONCE)
        for space, at in due:
            morning = await self._taken(space, at)
            if morning is not None:
                await self._tell(space, morning)
        return len(due)

    async def _taken(self, space: Space, at: datetime) -> Schedule | None:
        """The morning's schedule, where it is this worker that tells, and in time."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            community = await work.communities.get(space.community)
            morning = first_of(await work.schedules.of_community(space.community), Ritual.MORNING)
            if morning is None or not (community.previews and space.active and morning.targets):
                await work.communities.move_preview(space.id, None, before=at)
                await work.commit()
                return None
            taken = await work.communities.move_preview(space.id, following(morning, community, now), before=at)
            await work.commit()
        right = following(morning, community, at - MOMENT) == at  # it may be another day's by now
        return morning if taken and right and now - at <= morning.grace else None

    async def _tell(self, space: Space, morning: Schedule) -> None:
        async with self._storage.reading() as work:
            off = await work.days_off.of_community(space.community)
            schedules = await work.schedules.of_community(space.community)
        targets = [one for schedule in schedules for one in schedule.targets if one.space == space.id]
        coming = await self._calendar.coming(space.community, DAYS)
        week = monday_of(self._clock.now(), morning.zone)
        users = {target.set_up_by for target in targets}
        await self._alerts.tell(space, CODE, week_card(coming, off, "What this week brings"), users, day=week)

"""Telling moderators privately, at the beginning of a week, what it brings, where they wish for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from bot.domain.alerts import Alert
from bot.domain.community import Community, Space
from bot.domain.errors import DatabaseProblem
from bot.domain.message import Card
from bot.domain.schedule import Ritual, Schedule, first_of
from bot.ports import Clock, Storage, UnitOfWork
from bot.services.alerts import Alerts
from bot.services.calendar import Calendar
from bot.services.preview_days import following, monday_of
from bot.services.previewing import DAYS, week_card

log = structlog.get_logger(__name__)

AT_ONCE = 20
CODE = "preview"
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Week:
    """What is told of one week, to whom where there is no moderators' place, which week it is, and until when."""

    card: Card
    users: frozenset[str]
    monday: date
    until: datetime


class Foretelling:
    """`bot.runtime.engine.Does`: each space is told once a week, by whichever worker is first."""

    def __init__(self, storage: Storage, calendar: Calendar, alerts: Alerts, clock: Clock) -> None:
        self._storage = storage
        self._calendar = calendar
        self._alerts = alerts
        self._clock = clock

    async def work_off(self, platform: str) -> int:
        """Tell the moderators of a platform that are to be told by now; how many spaces there were."""
        async with self._storage.reading() as work:
            due = await work.communities.previews_due(platform, self._clock.now(), AT_ONCE)
        broken: Exception | None = None
        for space, at in due:
            try:
                week = await self._wanted(space, at)
                await self._alerts.carry_out(await self._begun(space, at, week))
            except DatabaseProblem:
                raise
            except Exception as error:
                log.exception("preview.broke", space=space.id)  # one space's trouble is not the others'
                broken = error
        if broken is not None:  # it is tried again when the heartbeat looks, and not at once
            raise broken
        return len(due)

    async def _wanted(self, space: Space, at: datetime) -> Week | None:
        """What is told of a week that begins at an instant; None where nobody is to be told, or it is too late."""
        async with self._storage.reading() as work:
            community, morning = await _now(work, space)
            off = await work.days_off.of_community(space.community)
            schedules = await work.schedules.of_community(space.community)
        if morning is None or self._clock.now() - at > morning.grace:
            return None
        if following(morning, community, at - MOMENT) != at:  # it may be another day's by now
            return None
        coming = await self._calendar.coming(space.community, DAYS)
        targets = [one for schedule in schedules for one in schedule.targets if one.space == space.id]
        return Week(
            week_card(coming, off, "What this week brings"),
            frozenset(target.set_up_by for target in targets),
            monday_of(at, morning.zone),
            at + morning.grace,
        )

    async def _begun(self, space: Space, at: datetime, week: Week | None) -> Alert | None:
        """What is told by this worker, kept in the transaction in which the next week's time is: a crash loses none."""
        async with self._storage.unit_of_work() as work:
            community, morning = await _now(work, space)
            ahead = following(morning, community, self._clock.now()) if morning else None
            taken = await work.communities.move_preview(space.id, ahead, before=at)
            alert = None
            if taken and week and morning:
                users = week.users
                alert = await self._alerts.begin(work, space, CODE, week.card, users, day=week.monday, until=week.until)
            await work.commit()
        return alert


async def _now(work: UnitOfWork, space: Space) -> tuple[Community, Schedule | None]:
    """A space's community, and the morning's schedule where moderators there are told what a week brings."""
    community = await work.communities.get(space.community)
    morning = first_of(await work.schedules.of_community(space.community), Ritual.MORNING)
    told = community.previews and space.active and morning is not None and morning.targets
    return community, morning if told else None

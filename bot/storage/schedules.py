"""Schedules and their targets in tables."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, func, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.days import Quiet, of_spans, read_span, spans_of
from bot.domain.finishing import NO_STEPS, Step, read_steps
from bot.domain.finishing import written as written_steps
from bot.domain.ids import CommunityId, ScheduleId
from bot.domain.places import Place
from bot.domain.schedule import Due, Moment, Ritual, Schedule, Target
from bot.storage.bulk import change, plain, turned_back, with_rows
from bot.storage.sql import Row, held, listed, upsert
from bot.storage.tables import communities, schedules, spaces, targets

IN_TEXT = (schedules.c.skip_dates, schedules.c.days_off)
OWN = [
    cast(column, Text).label(column.name) if column in set(IN_TEXT) else column
    for column in schedules.c
    if column is not schedules.c.removed_at
]
"""A schedule's own columns, but for when it was removed. Dates that are left out stay text: most schedules have the
same, and are spared the parsing."""
IS_THERE = schedules.c.removed_at.is_(None)
"""One that was removed is kept, so that what it posted is known, and no local date gets a second card if it returns."""
OWN_AND_PAUSE = [*OWN, communities.c.paused_until]
WITH_PAUSE = select(*map(plain, OWN_AND_PAUSE)).join(communities, communities.c.id == schedules.c.community_id)
DUE = (
    WITH_PAUSE.where(schedules.c.next_at <= bindparam("now", type_=schedules.c.next_at.type))
    .order_by(schedules.c.next_at)
    .limit(bindparam("some"))
    .with_for_update(of=schedules, skip_locked=True)
)
NEXT = select(func.min(schedules.c.next_at, type_=schedules.c.next_at.type))
AIMS = """
    SELECT spaces.platform, spaces."key", fresh.schedule_id, targets.space_id, targets.channel, targets.set_up_by,
        targets.attention, targets.notify
    FROM fresh CROSS JOIN targets CROSS JOIN spaces
    WHERE targets.schedule_id = fresh.schedule_id AND spaces.id = targets.space_id
"""


class SqlSchedules:
    """`bot.ports.calendar.Schedules`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def get(self, schedule: ScheduleId) -> Schedule:
        chosen = select(*OWN).where(schedules.c.id == schedule)
        [found] = await self._load((await self._connection.execute(held(chosen, writing=self._writing))).all())
        return found

    async def of_community(self, community: CommunityId) -> Sequence[Schedule]:
        chosen = select(*OWN).where(schedules.c.community_id == community, IS_THERE)
        ordered = chosen.order_by(schedules.c.ritual.desc(), schedules.c.at, schedules.c.id)
        return await self._load((await self._connection.execute(held(ordered, writing=self._writing))).all())

    async def places(self, platform: str, limit: int = 100) -> Sequence[Place]:
        chosen = (
            select(spaces.c.key, targets.c.channel)
            .join(spaces, spaces.c.id == targets.c.space_id)
            .where(spaces.c.platform == platform, spaces.c.left_at.is_(None))
            .distinct()
            .order_by(spaces.c.key, targets.c.channel)
            .limit(limit)
        )
        return [Place(platform, key, channel) for key, channel in await self._connection.execute(chosen)]

    async def due(self, now: datetime, limit: int) -> Sequence[Due]:
        dialect, rows = self._connection.dialect, await self._connection.execute(DUE, {"now": now, "some": limit})
        found: list[tuple[Any, ...]] = [tuple(row) for row in rows.all()]
        aims = await self._aims([row[:1] for row in found])
        return [Due(row[0], row[1], *_like(dialect, row[2:]), aims.get(row[0], ())) for row in found]

    async def coming(
        self, after: datetime, until: datetime, limit: int, beyond: str = ""
    ) -> Sequence[tuple[Schedule, date | None]]:
        at = schedules.c.next_at
        chosen = WITH_PAUSE.where(at > after, at <= until, schedules.c.id > beyond)
        return await self._load_with_pause(
            (await self._connection.execute(chosen.order_by(schedules.c.id).limit(limit))).all()
        )

    async def next_at(self) -> datetime | None:
        return (await self._connection.execute(NEXT)).scalar_one()

    async def quiet(self, wanted: Collection[ScheduleId]) -> Mapping[ScheduleId, tuple[Quiet, str]]:
        [id_] = listed(self._connection, [(one,) for one in wanted], 1)
        begins, ends = communities.c.quiet_from, communities.c.quiet_until
        joined = select(schedules.c.id, schedules.c.zone, begins, ends).join(
            communities, communities.c.id == schedules.c.community_id
        )
        rows = await self._connection.execute(joined.where(schedules.c.id == id_, begins.is_not(None)))
        return {ScheduleId(schedule): (Quiet(*hours), zone) for schedule, zone, *hours in rows}

    async def save(self, schedule: Schedule) -> None:
        await upsert(self._connection, schedules, [_row(schedule)])
        await self._connection.execute(delete(targets).where(targets.c.schedule_id == schedule.id))
        await upsert(self._connection, targets, [_target_row(schedule.id, target) for target in schedule.targets])

    async def find(self, schedule: ScheduleId) -> Schedule | None:
        chosen = select(*OWN).where(schedules.c.id == schedule, IS_THERE)
        found = await self._load((await self._connection.execute(held(chosen, writing=self._writing))).all())
        return found[0] if found else None

    async def remove(self, schedule: ScheduleId, now: datetime) -> None:
        gone = {"removed_at": now, "next_date": None, "next_at": None}
        await self._connection.execute(update(schedules).where(schedules.c.id == schedule, IS_THERE).values(gone))
        await self._connection.execute(delete(targets).where(targets.c.schedule_id == schedule))

    async def advance(self, moved: Iterable[tuple[ScheduleId, Moment | None]]) -> None:
        columns = (schedules.c.id, schedules.c.next_date, schedules.c.next_at)
        await change(self._connection, columns, ((id_, *(found or ENDED)) for id_, found in moved))

    async def _load_with_pause(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Schedule, date | None]]:
        turned = list(turned_back(self._connection.dialect, OWN_AND_PAUSE, rows))
        return list(zip(await self._load(turned), (row[-1] for row in turned), strict=True))

    async def _load(self, own: Sequence[Sequence[Any]]) -> list[Schedule]:
        """Schedules with their targets."""
        aims = await self._aims([row[:1] for row in own])
        return [_schedule(row, aims.get(row[0], ())) for row in own]

    async def _aims(self, wanted: Sequence[Sequence[Any]]) -> Mapping[str, tuple[Target, ...]]:
        """The targets of schedules, which are read once their rows are held: until then they may change."""
        found: dict[str, tuple[Target, ...]] = {}
        rows = await with_rows(self._connection, (targets.c.schedule_id,), wanted, AIMS)
        for platform, key, schedule, space, channel, set_up_by, attention, notify in sorted(rows):
            target = Target(space, Place(platform, key, channel), set_up_by, attention, notify or "")
            found[schedule] = (*found[schedule], target) if schedule in found else (target,)
        return found


def _row(schedule: Schedule) -> Row:
    return {
        "id": schedule.id,
        "community_id": schedule.community,
        "ritual": schedule.ritual.value,
        "weekdays": "".join(str(day) for day in sorted(schedule.weekdays)),
        "at": schedule.at,
        "zone": schedule.zone,
        "starts": schedule.starts,
        "ends": schedule.ends,
        "skip_dates": written(schedule.skip_dates),
        "next_date": schedule.next_date,
        "next_at": schedule.next_at,
        "name": schedule.name or None,
        "grace": None if schedule.own_grace is None else int(schedule.own_grace.total_seconds()) // MINUTE,
        "rests": "".join(str(day) for day in sorted(schedule.rests)) or None,
        "days_off": written(schedule.days_off) or None,
        "steps": written_steps(schedule.steps) or None,
        "removed_at": None,
    }


def _target_row(schedule: ScheduleId, target: Target) -> Row:
    return {
        "schedule_id": schedule,
        "space_id": target.space,
        "channel": target.place.channel,
        "set_up_by": target.set_up_by,
        "attention": target.attention[:60],
        "notify": target.notify or None,
    }


ENDED = (None, None)
MINUTE = 60
NONE: frozenset[int] = frozenset()
NEVER: frozenset[date] = frozenset()
RITUALS = {ritual.value: ritual for ritual in Ritual}


@lru_cache(maxsize=128)  # there are no more
def _weekdays(digits: str) -> frozenset[int]:
    return frozenset(map(int, digits))


@lru_cache(maxsize=1024)
def _dates(text: str) -> frozenset[date]:
    return of_spans(map(read_span, json.loads(text)))


def written(dates: Collection[date]) -> list[str]:
    """Dates as they are kept: one for one, and several in a row as `2026-12-21..2027-01-03`."""
    return [str(span) for span in spans_of(dates)]


@lru_cache(maxsize=1024)
def _grace(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


@lru_cache(maxsize=8)  # there are no more
def _steps(text: str) -> frozenset[Step]:
    return read_steps(text)


@lru_cache(maxsize=1024)
def _like(dialect: Dialect, settings: tuple[Any, ...]) -> tuple[Schedule, date | None]:
    """A schedule with such columns behind its id and its community's, and that one's pause: made once for all that are
    alike, which is many times as quick as to make each of them."""
    [row] = turned_back(dialect, OWN_AND_PAUSE, [("", "", *settings)])
    return _schedule(row, ()), row[-1]


def _schedule(own: Sequence[Any], aims: tuple[Target, ...]) -> Schedule:
    id_, community, ritual, weekdays, at, zone, starts, ends, skip_dates, next_date, next_at, *more = own
    name, grace, rests, days_off, steps, *_ = more
    return Schedule(
        id_,
        community,
        RITUALS[ritual],
        _weekdays(weekdays),
        at,
        zone,
        starts,
        ends,
        _dates(skip_dates),
        aims,
        next_date,
        next_at,
        name or "",
        None if grace is None else _grace(grace),
        _weekdays(rests) if rests else NONE,
        _dates(days_off) if days_off else NEVER,
        _steps(steps) if steps else NO_STEPS,
    )

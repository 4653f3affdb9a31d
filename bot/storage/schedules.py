"""Schedules and their targets in tables."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping, Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import CommunityId, ScheduleId, SpaceId
from bot.domain.places import Place
from bot.domain.schedule import Ritual, Schedule, Target
from bot.storage.sql import Row, held, upsert
from bot.storage.tables import schedules, spaces, targets


class SqlSchedules:
    """`bot.ports.Schedules`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def get(self, schedule: ScheduleId) -> Schedule:
        chosen = select(schedules).where(schedules.c.id == schedule)
        [found] = await self._load(held(chosen, writing=self._writing))
        return found

    async def of_community(self, community: CommunityId) -> Sequence[Schedule]:
        chosen = select(schedules).where(schedules.c.community_id == community)
        ordered = chosen.order_by(schedules.c.ritual.desc(), schedules.c.at, schedules.c.id)
        return await self._load(held(ordered, writing=self._writing))

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

    async def due(self, now: datetime, limit: int) -> Sequence[Schedule]:
        chosen = select(schedules).where(schedules.c.next_at <= now).order_by(schedules.c.next_at).limit(limit)
        return await self._load(chosen.with_for_update(skip_locked=True))

    async def coming(self, after: datetime, until: datetime, limit: int, beyond: str = "") -> Sequence[Schedule]:
        at = schedules.c.next_at
        chosen = select(schedules).where(at > after, at <= until, schedules.c.id > beyond)
        return await self._load(chosen.order_by(schedules.c.id).limit(limit))

    async def next_at(self) -> datetime | None:
        earliest = select(func.min(schedules.c.next_at, type_=schedules.c.next_at.type))
        return (await self._connection.execute(earliest)).scalar_one()

    async def save(self, schedule: Schedule) -> None:
        await self.advance([schedule])
        await self._connection.execute(delete(targets).where(targets.c.schedule_id == schedule.id))
        await upsert(self._connection, targets, [_target_row(schedule.id, target) for target in schedule.targets])

    async def advance(self, moved: Sequence[Schedule]) -> None:
        await upsert(self._connection, schedules, [_row(schedule) for schedule in moved])

    async def _load(self, chosen: Select[tuple[object, ...]]) -> list[Schedule]:
        rows = (await self._connection.execute(chosen)).mappings().all()
        if not rows:
            return []
        where = (
            select(targets, spaces.c.platform, spaces.c.key)
            .join(spaces, spaces.c.id == targets.c.space_id)
            .where(targets.c.schedule_id.in_([row["id"] for row in rows]))
            .order_by(spaces.c.platform, spaces.c.key)
        )
        by_schedule: defaultdict[str, list[Target]] = defaultdict(list)
        for row in (await self._connection.execute(where)).mappings():
            by_schedule[row["schedule_id"]].append(_target(row))
        return [_schedule(row, tuple(by_schedule[row["id"]])) for row in rows]


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
        "skip_dates": sorted(day.isoformat() for day in schedule.skip_dates),
        "next_date": schedule.next_date,
        "next_at": schedule.next_at,
    }


def _target_row(schedule: ScheduleId, target: Target) -> Row:
    return {
        "schedule_id": schedule,
        "space_id": target.space,
        "channel": target.place.channel,
        "set_up_by": target.set_up_by,
        "attention": target.attention[:60],
    }


def _target(row: RowMapping) -> Target:
    return Target(
        space=SpaceId(row["space_id"]),
        place=Place(row["platform"], row["key"], row["channel"]),
        set_up_by=row["set_up_by"],
        attention=row["attention"],
    )


def _schedule(row: RowMapping, aims: tuple[Target, ...]) -> Schedule:
    return Schedule(
        id=ScheduleId(row["id"]),
        community=CommunityId(row["community_id"]),
        ritual=Ritual(row["ritual"]),
        weekdays=frozenset(int(day) for day in row["weekdays"]),
        at=row["at"],
        zone=row["zone"],
        starts=row["starts"],
        ends=row["ends"],
        skip_dates=frozenset(date.fromisoformat(day) for day in row["skip_dates"]),
        targets=aims,
        next_date=row["next_date"],
        next_at=row["next_at"],
    )

"""Days off of communities in a table."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.days import DaysOff, Off
from bot.domain.ids import CommunityId
from bot.storage.sql import upsert
from bot.storage.tables import days_off

HOLDS = days_off.c.offered_at.is_(None)
OF_COMMUNITY = select(days_off).where(days_off.c.community_id == bindparam("community"), HOLDS).order_by(days_off.c.id)


class SqlDaysOff:
    """`bot.ports.calendar.DaysOffSets`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_community(self, community: CommunityId) -> Sequence[DaysOff]:
        rows = await self._connection.execute(OF_COMMUNITY, {"community": community})
        return [_days_off(row) for row in rows.mappings()]

    async def save(self, fresh: DaysOff) -> None:
        await self._keep(fresh, None)

    async def offer(self, fresh: DaysOff, now: datetime) -> None:
        await self._keep(fresh, now)

    async def offered(self, community: CommunityId, wanted: str) -> DaysOff | None:
        chosen = select(days_off).where(days_off.c.id == wanted, days_off.c.community_id == community, ~HOLDS)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _days_off(row) if row else None

    async def forget_offers(self, before: datetime) -> None:
        await self._connection.execute(delete(days_off).where(days_off.c.offered_at < before))

    async def _keep(self, fresh: DaysOff, offered_at: datetime | None) -> None:
        spans = [[written(entry.begins), written(entry.ends), entry.name] for entry in fresh.entries]
        row = {
            "id": fresh.id,
            "community_id": fresh.community,
            "name": fresh.name,
            "spans": spans,
            "offered_at": offered_at,
        }
        await upsert(self._connection, days_off, [row])

    async def remove(self, community: CommunityId, gone: str) -> None:
        chosen = delete(days_off).where(days_off.c.id == gone, days_off.c.community_id == community)
        await self._connection.execute(chosen)


def written(day: date) -> str:
    """A date, or an instant, as it is kept."""
    return day.isoformat()


def _read(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _days_off(row: RowMapping) -> DaysOff:
    spans: list[tuple[str, str, str]] = row["spans"]
    entries = tuple(Off(_read(begins), _read(ends), name) for begins, ends, name in spans)
    return DaysOff(row["id"], CommunityId(row["community_id"]), row["name"], entries)

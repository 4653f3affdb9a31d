"""The walls' pages on the web, in a table. A key is kept as its hash alone."""

from sqlalchemy import RowMapping, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import MemberId, SpaceId
from bot.domain.pages import OpenWall
from bot.storage.sql import upsert
from bot.storage.tables import open_walls


class SqlOpenWalls:
    """`bot.ports.OpenWalls`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, space: SpaceId) -> OpenWall | None:
        chosen = select(open_walls).where(open_walls.c.space_id == space)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _open_wall(row) if row else None

    async def of_key(self, key_hash: str) -> OpenWall | None:
        chosen = select(open_walls).where(open_walls.c.key_hash == key_hash)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _open_wall(row) if row else None

    async def save(self, wall: OpenWall) -> None:
        row = {
            "space_id": wall.space,
            "key_hash": wall.key_hash,
            "listed": wall.listed,
            "opened_by": wall.opened_by,
            "opened_at": wall.opened_at,
        }
        await upsert(self._connection, open_walls, [row])

    async def close(self, space: SpaceId) -> bool:
        known = delete(open_walls).where(open_walls.c.space_id == space)
        return (await self._connection.execute(known)).rowcount > 0


def _open_wall(row: RowMapping) -> OpenWall:
    return OpenWall(
        space=SpaceId(row["space_id"]),
        key_hash=row["key_hash"],
        listed=row["listed"],
        opened_by=MemberId(row["opened_by"]),
        opened_at=row["opened_at"],
    )

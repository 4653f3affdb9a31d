"""Cards that are to say something else, in a table."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import DeliveryId
from bot.ports.rewrites import Rewrite
from bot.storage.sql import claimed, insert
from bot.storage.tables import rewrites


class SqlRewrites:
    """`bot.ports.Rewrites`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stir(self, deliveries: Collection[tuple[DeliveryId, str]], at: datetime) -> None:
        rows = [{"delivery_id": id_, "platform": platform, "next_at": at} for id_, platform in deliveries]
        if not rows:
            return
        statement = insert(self._connection, rewrites)
        unless_claimed = case((rewrites.c.claim != "", rewrites.c.next_at), else_=statement.excluded.next_at)
        changed = {"next_at": unless_claimed, "version": rewrites.c.version + 1}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["delivery_id"], set_=changed), rows
        )

    async def claim(self, platform: str, now: datetime, until: datetime, limit: int) -> Sequence[Rewrite]:
        due = select(rewrites.c.delivery_id).where(rewrites.c.platform == platform, rewrites.c.next_at <= now)
        some = due.order_by(rewrites.c.next_at).limit(limit)
        rows = await claimed(self._connection, rewrites.c.delivery_id, some, claim=uuid4().hex, next_at=until)
        return [Rewrite(DeliveryId(row["delivery_id"]), row["claim"], row["version"]) for row in rows]

    async def settle(self, rewrite: Rewrite, again: datetime | None, now: datetime) -> None:
        mine = rewrites.c.delivery_id == rewrite.delivery, rewrites.c.claim == rewrite.claim
        as_seen = rewrites.c.version == rewrite.version
        if again is None:
            await self._connection.execute(delete(rewrites).where(*mine, as_seen))
        next_at = now if again is None else case((as_seen, again), else_=now)
        await self._connection.execute(update(rewrites).where(*mine).values(claim="", next_at=next_at))

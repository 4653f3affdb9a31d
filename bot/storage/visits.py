"""Links and sessions of the moderators' pages in tables. Keys and tokens are kept as their hashes alone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.desk import Session, SignIn
from bot.domain.ids import SpaceId
from bot.storage.sql import insert
from bot.storage.tables import sessions, sign_ins


class SqlVisits:
    """`bot.ports.desk.Visits`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put_link(self, link: SignIn) -> None:
        await self._forget_links(link.space, link.user)
        row = {
            "key_hash": link.key_hash,
            "space_id": link.space,
            "user": link.user,
            "channel": link.channel,
            "expires_at": link.expires_at,
        }
        await self._connection.execute(insert(self._connection, sign_ins).values(row))

    async def link(self, key_hash: str) -> SignIn | None:
        chosen = select(sign_ins).where(sign_ins.c.key_hash == key_hash)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _link(row) if row else None

    async def use_link(self, key_hash: str) -> bool:
        known = delete(sign_ins).where(sign_ins.c.key_hash == key_hash)
        return (await self._connection.execute(known)).rowcount > 0

    async def begin(self, session: Session) -> None:
        row = {
            "token_hash": session.token_hash,
            "space_id": session.space,
            "user": session.user,
            "channel": session.channel,
            "began_at": session.began_at,
            "seen_at": session.seen_at,
        }
        await self._connection.execute(insert(self._connection, sessions).values(row))

    async def session(self, token_hash: str) -> Session | None:
        chosen = select(sessions).where(sessions.c.token_hash == token_hash)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _session(row) if row else None

    async def of(self, space: SpaceId, user: str) -> Sequence[Session]:
        mine = select(sessions).where(sessions.c.space_id == space, sessions.c.user == user)
        rows = await self._connection.execute(mine.order_by(sessions.c.seen_at.desc(), sessions.c.token_hash))
        return [_session(row) for row in rows.mappings()]

    async def seen(self, token_hash: str, at: datetime) -> None:
        known = update(sessions).where(sessions.c.token_hash == token_hash)
        await self._connection.execute(known.values(seen_at=at))

    async def end(self, token_hash: str) -> None:
        await self._connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def end_all(self, space: SpaceId, user: str) -> None:
        await self._connection.execute(delete(sessions).where(sessions.c.space_id == space, sessions.c.user == user))
        await self._forget_links(space, user)

    async def forget(self, links_before: datetime, unused_since: datetime, began_before: datetime) -> None:
        await self._connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < links_before))
        over = or_(sessions.c.seen_at < unused_since, sessions.c.began_at < began_before)
        await self._connection.execute(delete(sessions).where(over))

    async def _forget_links(self, space: SpaceId, user: str) -> None:
        mine = delete(sign_ins).where(sign_ins.c.space_id == space, sign_ins.c.user == user)
        await self._connection.execute(mine)


def _link(row: RowMapping) -> SignIn:
    return SignIn(
        key_hash=row["key_hash"],
        space=SpaceId(row["space_id"]),
        user=row["user"],
        channel=row["channel"],
        expires_at=row["expires_at"],
    )


def _session(row: RowMapping) -> Session:
    return Session(
        token_hash=row["token_hash"],
        space=SpaceId(row["space_id"]),
        user=row["user"],
        channel=row["channel"],
        began_at=row["began_at"],
        seen_at=row["seen_at"],
    )

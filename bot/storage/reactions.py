"""Marks of members on items in a table."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import MemberId
from bot.domain.reactions import Mark
from bot.storage.sql import Row, insert
from bot.storage.tables import reactions


class SqlReactions:
    """`bot.ports.Reactions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record(self, marks: Iterable[Mark]) -> None:
        rows = [_row(mark) for mark in sorted(marks, key=_order)]
        if not rows:
            return
        statement = insert(self._connection, reactions)
        new = statement.excluded
        newer = or_(
            new.at > reactions.c.at,
            and_(new.at == reactions.c.at, reactions.c.present, ~new.present),
        )
        replaced = statement.on_conflict_do_update(
            index_elements=[column.name for column in reactions.primary_key],
            set_={"present": new.present, "at": new.at},
            where=newer,
        )
        await self._connection.execute(replaced, rows)

    async def on_item(self, item: str) -> Sequence[Mark]:
        return await self._where(reactions.c.item == item)

    async def via(self, ways: Collection[str]) -> Sequence[Mark]:
        return await self._where(reactions.c.via.in_(ways))

    async def forget_removed(self, before: datetime) -> int:
        old = delete(reactions).where(~reactions.c.present, reactions.c.at < before)
        return (await self._connection.execute(old)).rowcount

    async def _where(self, condition: ColumnElement[bool]) -> Sequence[Mark]:
        rows = await self._connection.execute(select(reactions).where(condition))
        return [_mark(row) for row in rows.mappings()]


def _order(mark: Mark) -> tuple[str, ...]:
    """One order for all who write, so that two of them never lock crosswise."""
    return mark.item, mark.member, mark.emoji, mark.via


def _row(mark: Mark) -> Row:
    return {
        "item": mark.item,
        "member_id": mark.member,
        "emoji": mark.emoji,
        "via": mark.via,
        "present": mark.present,
        "at": mark.at,
    }


def _mark(row: RowMapping) -> Mark:
    return Mark(
        member=MemberId(row["member_id"]),
        item=row["item"],
        emoji=row["emoji"],
        via=row["via"],
        present=row["present"],
        at=row["at"],
    )

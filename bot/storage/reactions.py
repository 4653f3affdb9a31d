"""Marks of members on items in a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import MemberId
from bot.domain.reactions import Cleared, Copy, Mark, Reacted
from bot.storage.bulk import with_rows
from bot.storage.sql import Row, insert
from bot.storage.tables import members, reactions

PERSON = (members.c.space_id, members.c.user)
TAP = (reactions.c.item, *PERSON, reactions.c.emoji, reactions.c.via, reactions.c.present, reactions.c.at)
NEW_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "replace(CAST(gen_random_uuid() AS text), '-', '')"}
# Rows are added in one order by all who add them, so that two of them never lock crosswise.
NEW_MEMBERS = """
    INSERT INTO members (id, space_id, "user")
    SELECT {id}, fresh.space_id, fresh."user" FROM fresh
    WHERE NOT EXISTS (
        SELECT 1 FROM members AS known WHERE known.space_id = fresh.space_id AND known."user" = fresh."user"
    )
    ORDER BY fresh.space_id, fresh."user"
    ON CONFLICT DO NOTHING
"""
NEWER_MARKS = """
    INSERT INTO reactions (item, member_id, emoji, via, present, at)
    SELECT fresh.item, known.id, fresh.emoji, fresh.via, fresh.present, fresh.at
    FROM fresh CROSS JOIN members AS known
    WHERE known.space_id = fresh.space_id AND known."user" = fresh."user"
    ORDER BY fresh.item, known.id, fresh.emoji, fresh.via
    ON CONFLICT (item, member_id, emoji, via) DO UPDATE SET present = excluded.present, at = excluded.at
    WHERE excluded.at > reactions.at OR (excluded.at = reactions.at AND reactions.present AND NOT excluded.present)
"""


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

    async def take_in(self, taps: Iterable[tuple[Copy, Reacted]]) -> None:
        rows = [(copy.item, copy.space, tap.user, tap.emoji, copy.via, tap.present, tap.at) for copy, tap in taps]
        if rows:
            people = list({(space, user) for _, space, user, *_ in rows})
            made = NEW_MEMBERS.format(id=NEW_ID[self._connection.dialect.name])
            await with_rows(self._connection, PERSON, people, made)
            await with_rows(self._connection, TAP, rows, NEWER_MARKS)

    async def clear(self, clearings: Iterable[tuple[Copy, Cleared]]) -> None:
        earliest_first = sorted(clearings, key=lambda clearing: clearing[1].at)
        if earliest_first:
            gone = update(reactions).where(
                reactions.c.item == bindparam("shown"),
                reactions.c.via == bindparam("copy"),
                reactions.c.present,
                reactions.c.at <= bindparam("then", type_=reactions.c.at.type),
                or_(bindparam("only", type_=reactions.c.emoji.type) == "", bindparam("only") == reactions.c.emoji),
            )
            gone = gone.values(present=False, at=bindparam("then", type_=reactions.c.at.type))
            given = [
                {"shown": copy.item, "copy": copy.via, "then": one.at, "only": one.emoji or ""}
                for copy, one in earliest_first
            ]
            await self._connection.execute(gone, given)

    async def on_item(self, item: str) -> Sequence[Mark]:
        return await self._where(reactions.c.item == item)

    async def of_member(self, item: str, member: MemberId) -> Sequence[Mark]:
        return await self._where((reactions.c.item == item) & (reactions.c.member_id == member))

    async def on_items(self, items: Collection[str]) -> Mapping[str, Sequence[Mark]]:
        found: dict[str, list[Mark]] = {}
        for mark in await self._where(reactions.c.item.in_(items)):
            found.setdefault(mark.item, []).append(mark)
        return found

    async def via(self, copy: Copy) -> Sequence[Mark]:
        return await self._where((reactions.c.item == copy.item) & (reactions.c.via == copy.via))

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

"""Statements that the two databases need differently, and rows as mappings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    RowMapping,
    Select,
    Table,
    Text,
    TextClause,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]
Chosen = TypeVar("Chosen", bound=Select[Any])


def insert(connection: AsyncConnection, table: Table) -> SqliteInsert:
    """An INSERT that knows `on_conflict_do_…` in the connection's dialect (both spell it alike)."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # noqa: PLC0415 -- large, for SQLite

        return postgresql_insert(table)  # type: ignore[return-value] -- the two classes share no base that has on_conflict
    return sqlite_insert(table)


def held(chosen: Chosen, *, writing: bool, of: Table | None = None) -> Chosen:
    """The rows that a unit of work is going to change after reading them, held against others until it ends.

    On SQLite a unit of work is alone from its beginning, and this says nothing.
    """
    return chosen.with_for_update(key_share=True, of=of) if writing else chosen


async def claimed(
    connection: AsyncConnection, key: Column[str], chosen: Select[tuple[str]], **values: object
) -> Sequence[RowMapping]:
    """Rows of `key`'s table that `chosen` names by it, changed to `values` so that nobody else claims them.

    Several workers at once get different rows, and wait for nobody.
    """
    # Carried out once, whatever the planner does: each time anew, it would skip what it has and take more.
    free = chosen.with_for_update(skip_locked=True)
    claimable = free.cte("claimable").prefix_with("MATERIALIZED", dialect="postgresql")
    taken = update(key.table).where(key.in_(claimable.select())).values(values).returning(*key.table.c)
    return (await connection.execute(taken)).mappings().all()


def earliest(at: Column[datetime], waiting: TextClause | ColumnElement[bool]) -> Select[str, datetime]:
    """The earliest instant on each platform of what is `waiting`, however much there is: from one platform to the next,
    in as many steps of an index on both as there are platforms.

    It is made once: making it costs more than asking.
    """
    platform = at.table.c.platform
    first = select(func.min(platform)).where(waiting)
    found = select(first.scalar_subquery().label("platform")).cte(recursive=True)
    following = first.where(platform > found.c.platform).scalar_subquery()
    found = found.union_all(select(following).where(found.c.platform.is_not(None)))
    soonest = select(func.min(at, type_=at.type)).where(waiting, platform == found.c.platform)
    return select(found.c.platform, soonest.scalar_subquery()).where(found.c.platform.is_not(None))


async def upsert(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows, or replace every other column of those whose primary key is there."""
    if not rows:
        return
    statement = insert(connection, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), list(rows))


def listed(connection: AsyncConnection, rows: Collection[Sequence[str]], width: int) -> Sequence[ColumnElement[str]]:
    """Rows of texts as the columns of a table to join with. They are one parameter: however many they are, the
    statement and its plan stay the same, and a join finds each of them by an index.
    """
    given = literal(list(rows), JSON)
    if connection.dialect.name == "postgresql":
        value = func.json_array_elements(given).table_valued("value").c.value
        return [value.op("->>", return_type=Text())(column) for column in range(width)]
    value = func.json_each(given).table_valued("value").c.value
    return [func.json_extract(value, f"$[{column}]", type_=Text()) for column in range(width)]

"""Statements that the two databases need differently, and rows as mappings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
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
    bindparam,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

Row = Mapping[str, Any]
Chosen = TypeVar("Chosen", bound=Select[Any])


def insert(connection: AsyncConnection, table: Table) -> SqliteInsert:
    """An INSERT that knows `on_conflict_do_…` in the connection's dialect (both spell it alike)."""
    return _insert(connection.dialect.name, table)


@cache
def _insert(dialect: str, table: Table) -> SqliteInsert:
    """Made once for each table, as are those that follow: making a statement costs as much as carrying it out."""
    if dialect == "postgresql":
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
    return (await connection.execute(claiming(key, chosen, **values))).mappings().all()


def claiming(key: Column[str], chosen: Select[tuple[str]], **values: object) -> ReturningUpdate[Any]:
    """The statement that claims, to be made once where it is carried out often."""
    # Carried out once, whatever the planner does: each time anew, it would skip what it has and take more.
    free = chosen.with_for_update(skip_locked=True)
    claimable = free.cte("claimable").prefix_with("MATERIALIZED", dialect="postgresql")
    return update(key.table).where(key.in_(claimable.select())).values(values).returning(*key.table.c)


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
    if rows:
        await connection.execute(_upsert(connection.dialect.name, table, tuple(rows[0])), list(rows))


@cache
def _upsert(dialect: str, table: Table, names: Sequence[str]) -> SqliteInsert:
    statement = _insert(dialect, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)


def listed(connection: AsyncConnection, rows: Collection[Sequence[str]], width: int) -> Sequence[ColumnElement[str]]:
    """Rows of texts as the columns of a table to join with. They are one parameter: however many they are, the
    statement and its plan stay the same, and a join finds each of them by an index.
    """
    return _columns(connection.dialect.name, literal(list(rows), JSON), width)


def given(dialect: str) -> ColumnElement[str]:
    """The same for texts, in a statement that is made once for each dialect and carried out with `those` texts."""
    [only] = _columns(dialect, bindparam("given", type_=JSON), 1)
    return only


def those(texts: Collection[str]) -> Mapping[str, Sequence[Sequence[str]]]:
    """The texts that `given` stands for."""
    return {"given": [(text,) for text in texts]}


def _columns(dialect: str, given: ColumnElement[Any], width: int) -> Sequence[ColumnElement[str]]:
    if dialect == "postgresql":
        value = func.json_array_elements(given).table_valued("value").c.value
        return [value.op("->>", return_type=Text())(column) for column in range(width)]
    value = func.json_each(given).table_valued("value").c.value
    return [func.json_extract(value, f"$[{column}]", type_=Text()) for column in range(width)]

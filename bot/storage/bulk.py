"""Many rows in one statement: the fast path of the planner (docs/adr/0007) and of reactions (docs/adr/0009).

When thousands of schedules fall due at one instant, SQLAlchemy's work for each row costs several times as much as the
database's own. Here the rows are one table, `fresh`, that a statement reads: on SQLite written out as VALUES, on
PostgreSQL an array for each column. The text of a statement is made once, and values are turned into the driver's by
the columns' own types, as everywhere, but each distinct date and instant only once. What has one value in all rows that
are added is told once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import chain, compress, islice
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Date, DateTime, Label, Table, Time, type_coerce
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NULLTYPE, TypeDecorator

from bot.storage.engine import STATEMENTS, at_once, changed_rows
from bot.storage.errands import Blocking

VALUES = 32_766
"""How many values SQLite takes in one statement."""
REMEMBERED = 1024
"""How many distinct values of a column are turned only once."""

T = TypeVar("T")
Columns = tuple[Column[Any], ...]
Values = Sequence[object]
Turn = Callable[[Any], object]


async def with_rows(
    connection: AsyncConnection, columns: Sequence[Column[Any]], rows: Iterable[Values], statement: str
) -> list[tuple[Any, ...]]:
    """Carry out a statement that reads rows as the table `fresh`, with these columns; what it returns, if anything.

    On SQLite `fresh CROSS JOIN …` says that each of the rows is looked up by an index, and not the other way round.
    """
    columns = tuple(columns)
    found: list[tuple[Any, ...]] = []
    for piece in _pieces(rows, columns):
        text = f"WITH {_fresh(connection.dialect, columns, len(piece))} {statement}"
        found += await _say(connection, text, _parameters(connection, columns, piece))
    return found


async def add_missing(connection: AsyncConnection, table: Table, values: Sequence[Values]) -> None:
    """Add rows, but for those that something stands against. They are given column by column, in the table's order; a
    column with one value has it in all of them.

    Within a whole job it may only have begun when this returns; what comes next waits for it.
    """
    for piece, rows in _cut(values):
        await _begin_to_say(connection, *_adding(connection.dialect, table, piece, rows))


async def begin_to_add(
    connection: AsyncConnection, table: Table, values: Sequence[Values], telling: Column[str]
) -> Callable[[], list[Any]]:
    """The same. What it returns tells, once they are added, what those that were have in a column."""
    dialect, place = connection.dialect, [*table.columns].index(telling)
    added: list[Callable[[], Values]] = []
    for piece, rows in _cut(values):
        if dialect.name == "postgresql":
            found: Values = [row[0] for row in await _say(connection, *_adding(dialect, table, piece, rows, telling))]
            added.append(partial(tuple, found))
        else:
            text, said = _adding(dialect, table, piece, rows)
            added.append(await _begin(connection, _added, text, said, telling, piece[place]))
    return lambda: [*chain.from_iterable(told() for told in added)]


async def change(connection: AsyncConnection, columns: Sequence[Column[Any]], rows: Iterable[Values]) -> None:
    """Change columns of one table in many rows; the first column and value of each row say which row it is.

    Within a whole job it may only have begun when this returns; what comes next waits for it.
    """
    columns = tuple(columns)
    for piece in _pieces(rows, columns):
        text = _updating(connection.dialect, columns, len(piece))
        await _begin_to_say(connection, text, _parameters(connection, columns, piece))


def plain(column: ColumnElement[Any]) -> Label[Any]:
    """A column to select as the driver gives it, for `turned_back`."""
    return type_coerce(column, NULLTYPE).label(column.name)


def turned_back(
    dialect: Dialect, columns: Sequence[ColumnElement[Any]], rows: Iterable[Values]
) -> Iterator[tuple[Any, ...]]:
    """Rows of plain columns as they would have come, each distinct date, time and instant turned only once."""
    turns = _turns_back(dialect, tuple(columns))
    return zip(
        *(map(turn, values) if turn else values for turn, values in zip(turns, zip(*rows, strict=True), strict=False)),
        strict=True,
    )


async def _say(connection: AsyncConnection, text: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
    if connection.dialect.name == "sqlite":
        return await connection.run_sync(at_once, text, parameters)
    result = await connection.exec_driver_sql(text, parameters)
    return [*map(tuple, result)] if result.returns_rows else []


async def _begin_to_say(connection: AsyncConnection, text: str, parameters: tuple[object, ...]) -> None:
    """Say something of which nothing is asked."""
    if connection.dialect.name == "sqlite":
        await _begin(connection, at_once, text, parameters)
    else:
        await _say(connection, text, parameters)


async def _begin(connection: AsyncConnection, job: Callable[..., T], *arguments: object) -> Callable[[], T]:
    """Begin with a job of a connection to SQLite; what tells its result."""
    if isinstance(connection, Blocking):
        return await connection.begin_sync(job, *arguments)
    done = await connection.run_sync(job, *arguments)
    return lambda: done


def _added(
    connection: Connection, text: str, said: tuple[object, ...], telling: Column[str], given: Values
) -> Sequence[Any]:
    """Have SQLite add rows; what those that were added have in a column, of the given ones.

    To have them all returned would take half as long again as to add them, and nearly always there are all. It numbers
    them one after the other.
    """
    before = changed_rows(connection)
    at_once(connection, text, said)
    new = changed_rows(connection) - before
    if new == len(given):
        return given
    last = f"SELECT {telling.name} FROM {telling.table} WHERE rowid > last_insert_rowid() - {new}"  # noqa: S608 -- names of our own, and a number
    return [row[0] for row in at_once(connection, last)] if new else []


def _cut(values: Sequence[Values]) -> Iterator[tuple[list[Values], int]]:
    """Columns of values in pieces that one statement can say, and how many rows each has."""
    count, most = max(map(len, values), default=0), VALUES // max(1, len(values))
    for first in range(0, count, most):
        piece = [column if len(column) == 1 else column[first : first + most] for column in values]
        yield piece, min(most, count - first)


def _adding(
    dialect: Dialect, table: Table, piece: Sequence[Values], rows: int, telling: Column[str] | None = None
) -> tuple[str, tuple[object, ...]]:
    """What is said to add rows, and its parameters."""
    columns = tuple(table.columns)
    alike = [column.count(column[0]) == len(column) for column in piece]
    own = [not same for same in alike]
    once, each = tuple(compress(columns, alike)), tuple(compress(columns, own))
    said_once = _turned(dialect, once, [column[:1] for column in compress(piece, alike)])
    said = (*chain.from_iterable(said_once), *_flat(dialect, _turned(dialect, each, [*compress(piece, own)])))
    return _inserting(dialect, once, each, rows, telling), said


def _pieces(rows: Iterable[Values], columns: Sequence[Column[Any]]) -> Iterator[list[Values]]:
    remaining = iter(rows)
    while piece := list(islice(remaining, VALUES // len(columns))):
        yield piece


@lru_cache(maxsize=STATEMENTS)
def _inserting(dialect: Dialect, once: Columns, each: Columns, rows: int, telling: Column[str] | None) -> str:
    columns = (*once, *each)
    returning = "" if telling is None else f"RETURNING {telling.name}"
    return (
        f"INSERT INTO {columns[0].table} ({_names(columns)}) {_rows(dialect, each, rows, once)} "
        f"ON CONFLICT DO NOTHING {returning}"
    )


@lru_cache(maxsize=STATEMENTS)
def _updating(dialect: Dialect, columns: Columns, rows: int) -> str:
    key, *changed = columns
    new = ", ".join(f"{column.name} = fresh.{column.name}" for column in changed)
    return (
        f"WITH {_fresh(dialect, columns, rows)} UPDATE {key.table} SET {new} FROM fresh "  # noqa: S608 -- the same
        f"WHERE {key.table}.{key.name} = fresh.{key.name}"
    )


@lru_cache(maxsize=STATEMENTS)
def _fresh(dialect: Dialect, columns: Columns, rows: int) -> str:
    return f"fresh ({_names(columns)}) AS ({_rows(dialect, columns, rows)})"


def _rows(dialect: Dialect, each: Columns, rows: int, once: Columns = ()) -> str:
    """Rows of which some columns are told once, as the first parameters, and stand first in each row."""
    if dialect.name == "postgresql":
        types = [column.type.compile(dialect=dialect) for column in (*once, *each)]
        said = [f"${number}::{type_}" for number, type_ in enumerate(types, 1)]
        arrays = ", ".join(f"{one}[]" for one in said[len(once) :])
        chosen = ", ".join([*said[: len(once)], *["fresh.*"] * bool(each)])
        return f"SELECT {chosen}" + f" FROM unnest({arrays}) AS fresh" * bool(each)  # noqa: S608 -- the same
    row = ", ".join([f"?{number}" for number in range(1, len(once) + 1)] + ["?"] * len(each))
    return f"VALUES {', '.join([f'({row})'] * rows)}"


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _parameters(connection: AsyncConnection, columns: Columns, rows: Sequence[Values]) -> tuple[object, ...]:
    return _flat(connection.dialect, _turned(connection.dialect, columns, [*zip(*rows, strict=True)]))


def _turned(dialect: Dialect, columns: Columns, values: Sequence[Values]) -> list[list[object]]:
    """The driver's values, column by column."""
    turns = _turns(dialect, columns)
    return [list(map(turn, column) if turn else column) for turn, column in zip(turns, values, strict=True)]


def _flat(dialect: Dialect, turned: Sequence[list[object]]) -> tuple[object, ...]:
    """Columns of values as the driver takes them: one by one, or in arrays."""
    if dialect.name == "postgresql":
        return tuple(turned)
    return tuple(chain.from_iterable(zip(*turned, strict=True)))


@lru_cache(maxsize=32)
def _turns(dialect: Dialect, columns: Columns) -> list[Turn | None]:
    """What makes the driver's value of each column's; None where it is the same."""
    return [_turn(dialect, column) for column in columns]


@lru_cache(maxsize=32)
def _turns_back(dialect: Dialect, columns: tuple[ColumnElement[Any], ...]) -> list[Turn | None]:
    """What makes each column's value of the driver's; None where it is the same."""
    found: list[Turn | None] = []
    for column in columns:
        turn: Turn | None = column.type.dialect_impl(dialect).result_processor(dialect, None)
        found.append(lru_cache(REMEMBERED)(turn) if turn and _is_a_time(column) else turn)
    return found


def _is_a_time(column: ColumnElement[Any]) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(kind, Date | DateTime | Time)


def _turn(dialect: Dialect, column: Column[Any]) -> Turn | None:
    turn: Turn | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(REMEMBERED)(turn) if turn and _is_a_time(column) else turn

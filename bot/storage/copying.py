"""All data from one database into another, such as from SQLite into PostgreSQL: all of it, checked, or nothing."""

import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    MetaData,
    RowMapping,
    Table,
    event,
    func,
    inspect,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.errors import DatabaseProblem
from bot.storage.alone import alone, refuse_company
from bot.storage.engine import READING, create_engine
from bot.storage.migrate import current_step, migrate, newest_step
from bot.storage.sql import insert
from bot.storage.tables import metadata
from bot.storage.troubles import told

BATCH = 500
STEP_TABLE = "alembic_version"
MODULUS = 2**128
UNTOUCHED = "Nothing was copied, and the source was not touched."

Progress = Callable[[str, int, int], None]
"""Is told a table's name, how many of its rows are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A table that is the same on both sides: so many rows, and the sum of every row's checksum."""

    table: str
    rows: int
    checksum: str


async def copy_everything(source: str, target: str, progress: Progress) -> Sequence[Copied]:
    """Copy every table of one database into another, which is empty, and compare each row of both.

    It is one transaction on the target: when anything fails or differs, the target is as empty as it was. Both
    addresses are in normal form. Raises `DatabaseProblem`.
    """
    if make_url(source) == make_url(target):
        raise DatabaseProblem(f"Both addresses name the same database: name the other with --from or --to. {UNTOUCHED}")
    with told(UNTOUCHED):
        await _look_at(source, target)
        async with AsyncExitStack() as stack:
            old = await stack.enter_async_context(_opened(source, reading_only=True))
            new = await stack.enter_async_context(_opened(target))
            await migrate(new, copying=False)
            return await _copy_between(old, new, progress)


async def _look_at(source: str, target: str) -> None:
    """Raises `DatabaseProblem` for what is wrong before either is held: that leaves a file beside a SQLite database."""
    here, there = _file(source), _file(target)
    if here is not None and not here.is_file():
        raise DatabaseProblem(f"There is no database at {here}. {UNTOUCHED}")
    if there is not None and not there.parent.is_dir():
        raise DatabaseProblem(f"The folder {there.parent} is not there. {UNTOUCHED}")
    if there is None or there.exists():
        await _step(target)
    step = await _step(source)
    if step is None:
        raise DatabaseProblem(f"The source is a database, but none of Kindling's. {UNTOUCHED}")
    if step != newest_step():
        raise DatabaseProblem(
            "The source is not at the newest step of the database. Let `kindling migrate` bring it there with "
            f"this version first. {UNTOUCHED}"
        )


def _file(url: str) -> Path | None:
    address = make_url(url)
    return Path(address.database or "") if address.get_backend_name() == "sqlite" else None


async def _step(url: str) -> str | None:
    engine = create_engine(url, reading_only=True)
    try:
        return await current_step(engine)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _opened(url: str, *, reading_only: bool = False) -> AsyncGenerator[AsyncEngine]:
    """An engine for a database on which no Kindling runs meanwhile."""
    async with AsyncExitStack() as stack:
        if (file := _file(url)) is not None:
            stack.enter_context(alone(file))
        engine = create_engine(url, reading_only=reading_only, answer=None)
        stack.push_async_callback(engine.dispose)
        if file is None:
            await refuse_company(engine)
        yield engine


async def _copy_between(source: AsyncEngine, target: AsyncEngine, progress: Progress) -> Sequence[Copied]:
    async with source.connect() as old, target.begin() as new:
        await old.execution_options(**{READING: True})
        if source.dialect.name == "postgresql":
            await old.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        tables = [*metadata.sorted_tables, *await _of_adapters(old, new)]
        for table in tables:
            await _must_be_empty(new, table)
        for table in tables:
            await _copy_table(old, new, table, progress)
        return [await _compared(old, new, table) for table in tables]


async def _of_adapters(source: AsyncConnection, target: AsyncConnection) -> Sequence[Table]:
    """The tables that adapters keep of their own, made on the target where they are missing."""

    def look(connection: Connection) -> MetaData:
        theirs = MetaData()
        names = [name for name in inspect(connection).get_table_names() if name not in {*metadata.tables, STEP_TABLE}]
        event.listen(theirs, "column_reflect", _in_general)
        if names:
            theirs.reflect(connection, only=names)
        return theirs

    theirs = await source.run_sync(look)
    tables = [table for table in theirs.sorted_tables if table.name not in metadata.tables]
    await target.run_sync(lambda connection: theirs.create_all(connection, tables=tables))
    return tables


def _in_general(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    """A column as both databases understand it."""
    column["type"] = column["type"].as_generic()
    column["default"] = None


async def _must_be_empty(target: AsyncConnection, table: Table) -> None:
    if (await target.execute(select(literal(1)).select_from(table).limit(1))).first() is not None:
        raise DatabaseProblem(f"The target holds data already (in {table.name}). Name an empty database. {UNTOUCHED}")
    if not table.primary_key.columns:
        raise DatabaseProblem(f"The table {table.name} has no primary key, so it cannot be copied safely. {UNTOUCHED}")


async def _copy_table(source: AsyncConnection, target: AsyncConnection, table: Table, progress: Progress) -> None:
    whole, done = (await source.execute(select(func.count()).select_from(table))).scalar_one(), 0
    progress(table.name, done, whole)
    async for rows in _batches(source, table):
        await target.execute(insert(target, table), [dict(row) for row in rows])
        done += len(rows)
        progress(table.name, done, whole)
    if target.dialect.name == "postgresql":
        await _go_on_counting(target, table)


async def _batches(connection: AsyncConnection, table: Table) -> AsyncGenerator[Sequence[RowMapping]]:
    """All rows in the order of the primary key, some at a time."""
    keys = list(table.primary_key.columns)
    ordered = select(table).order_by(*keys).limit(BATCH)
    chosen = ordered
    while rows := (await connection.execute(chosen)).mappings().all():
        yield rows
        last = [literal(rows[-1][key], key.type) for key in keys]
        chosen = ordered.where(tuple_(*keys) > tuple_(*last))


async def _go_on_counting(target: AsyncConnection, table: Table) -> None:
    """Let PostgreSQL number new rows from where the copied ones end."""
    [key, *more] = table.primary_key.columns
    if more or not isinstance(key.type, Integer):
        return
    largest = (await target.execute(select(func.max(key)))).scalar_one()
    if largest is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:table, :column), :largest)")
        await target.execute(sequence, {"table": f'"{table.name}"', "column": key.name, "largest": largest})


async def _compared(source: AsyncConnection, target: AsyncConnection, table: Table) -> Copied:
    """What the table comes to, read again on both sides. Raises when they differ."""
    there, here = await _summed(source, table), await _summed(target, table)
    if there != here:
        raise DatabaseProblem(
            f"The table {table.name} is not the same on both sides ({there.rows} rows there, {here.rows} here; "
            f"checksums {there.checksum[:12]} and {here.checksum[:12]}). Everything was taken back: the target is "
            "empty. The source was not touched; go on using it, and please report this."
        )
    return here


async def _summed(connection: AsyncConnection, table: Table) -> Copied:
    """Count and checksums of all rows. Their sum does not depend on an order, which the databases see differently."""
    count, total = 0, 0
    async for rows in _batches(connection, table):
        count += len(rows)
        total = (total + sum(_checksum(row) for row in rows)) % MODULUS
    return Copied(table.name, count, f"{total:032x}")


def _checksum(row: RowMapping) -> int:
    said = json.dumps([_plain(value) for value in row.values()], sort_keys=True, default=repr)
    return int.from_bytes(blake2b(said.encode(), digest_size=16).digest(), "big")


def _plain(value: object) -> object:
    """An instant in UTC however a driver gave it; anything else as it is."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None).isoformat()
    return value

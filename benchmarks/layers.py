"""What each layer of the planner costs: one morning, taken apart.

The morning is planned once while everything that the planner says to the storage, and the storage to the database, is
written down. Then copies of the database as it was before hear the same again: from the driver alone, and from the
repositories alone. What is left is the domain's and the service's.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

import asyncpg
from sqlalchemy import Column, MetaData, Table, event, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from benchmarks.crowd import DUE
from bot.ports import UnitOfWork
from bot.runtime.garbage import look_rarely
from bot.runtime.library import built_in, load
from bot.services.calendar import BATCH, Calendar
from bot.services.content import Contents
from bot.storage.database import Database
from bot.storage.tables import deliveries, occurrences

Said = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Morning:
    """What was said in each batch: statements to the driver, and values to the repositories."""

    statements: list[Said] = field(default_factory=list)
    values: list[list[tuple[str, Sequence[Any]]]] = field(default_factory=list)
    seconds: float = 0


class At:
    """A clock that stands still."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it stands at."""
        return self.instant


def a_calendar(database: Any) -> tuple[Calendar, At]:  # noqa: ANN401 -- a Database, or one that is listened to
    """A planner, and its clock."""
    look_rarely()  # as `kindling run` does
    clock = At(DUE)
    return Calendar(database, Contents(load([built_in()])), clock), clock


class Listening:
    """A storage that writes down what each batch is given."""

    def __init__(self, database: Database, morning: Morning) -> None:
        self._database = database
        self._morning = morning

    async def carry_out(self, job: Callable[[Any], Awaitable[int]], *, lasting: bool) -> int:  # noqa: ARG002 -- as the port says
        """The same, as a whole."""
        async with self.unit_of_work() as work:
            return await job(work)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncGenerator[Any, None]:
        """The database's own, heard on the way."""
        self._morning.statements.append([])
        self._morning.values.append([])
        async with self._database.unit_of_work() as work:

            async def begin_to_add(fresh: Sequence[Any]) -> Callable[[], Any]:
                self._morning.values[-1].append(("occurrences", fresh))
                return await work.occurrences.begin_to_add(fresh)

            async def plan(fresh: Sequence[Any]) -> None:
                self._morning.values[-1].append(("deliveries", fresh))
                await work.outbox.plan(fresh)

            async def advance(moved: Sequence[Any]) -> None:
                self._morning.values[-1].append(("schedules", moved))
                await work.schedules.advance(moved)

            yield SimpleNamespace(
                writes_aside=self._database.engine.dialect.name == "sqlite",  # as in a job
                schedules=SimpleNamespace(due=work.schedules.due, advance=advance),
                occurrences=SimpleNamespace(begin_to_add=begin_to_add),
                outbox=SimpleNamespace(plan=plan),
                commit=work.commit,
            )


async def listen(url: str) -> Morning:
    """Plan a morning, and write down what was said."""
    database, morning = Database(url), Morning()

    def hear(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401 -- the driver's
        if not statement.startswith("BEGIN"):
            morning.statements[-1].append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    calendar, _ = a_calendar(Listening(database, morning))
    while await calendar.plan():
        pass
    await database.close()
    return morning


async def keep_for_good(database: Database) -> None:
    """Commit something that lasts, and with it all that was committed before."""
    async with database.engine.begin() as connection:
        await connection.execute(
            text("UPDATE communities SET seed = seed WHERE id = (SELECT min(id) FROM communities)")
        )


async def whole(url: str) -> float:
    """Seconds for the morning as it is planned in earnest."""
    database = Database(url)
    calendar, _ = a_calendar(database)
    began = time.perf_counter()
    while await calendar.plan():
        pass
    await keep_for_good(database)
    taken = time.perf_counter() - began
    await database.close()
    return taken


async def repositories(url: str, morning: Morning) -> float:
    """Seconds for the morning when the repositories are told what was decided."""
    database = Database(url)

    async def say(values: Sequence[tuple[str, Sequence[Any]]], work: UnitOfWork) -> None:
        said = {
            "schedules": work.schedules.advance,
            "occurrences": work.occurrences.begin_to_add,
            "deliveries": work.outbox.plan,
        }
        await work.schedules.due(DUE, BATCH)
        for name, those in values:
            await said[name](those)
        await work.commit()

    began = time.perf_counter()
    for values in morning.values:
        await database.carry_out(partial(say, values), lasting=False)
    await keep_for_good(database)
    taken = time.perf_counter() - began
    await database.close()
    return taken


async def driver(url: str, morning: Morning) -> float:
    """Seconds for the same statements from the driver alone."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_sqlite, str(address.database), morning)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    began = time.perf_counter()
    for statements in morning.statements:
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit TO off")
            for statement, parameters in statements:
                await connection.fetch(statement, *parameters)
    taken = time.perf_counter() - began
    await connection.close()
    return taken


def strip(file: str) -> None:
    """Leave a SQLite database's occurrences and deliveries nothing but their columns, their primary keys and the index
    that claims go by: the least that the same statements can be carried out with."""
    bare = MetaData()
    for table in (occurrences, deliveries):
        columns = (
            Column(one.name, one.type, primary_key=one.primary_key, nullable=one.nullable) for one in table.columns
        )
        Table(table.name, bare, *columns)
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_deliveries_waiting'").fetchone()
        for table in reversed(bare.sorted_tables):
            connection.execute(f"DROP TABLE {table.name}")
        for table in bare.sorted_tables:
            connection.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))
        connection.execute(found[0])


def _sqlite(file: str, morning: Morning) -> float:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        began = time.perf_counter()
        for statements in morning.statements:
            connection.execute("BEGIN IMMEDIATE")
            for statement, parameters in statements:
                connection.execute(statement, parameters).fetchall()
            connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("UPDATE communities SET seed = seed WHERE id = (SELECT min(id) FROM communities)")
        return time.perf_counter() - began

"""Kindling's database as seen from outside: read without leaving a trace, and held still at a chosen instant.

While somebody else holds the write lock, a process that wants to write waits. So a kill can be put between two
transactions that follow each other within a millisecond.
"""

import asyncio
import sqlite3
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import asyncpg

PAUSE = 0.0003
Rows = list[tuple]

CLAIMS = "SELECT DISTINCT claim FROM deliveries WHERE claim <> ''"
UNCLAIMED = "SELECT EXISTS(SELECT 1 FROM deliveries WHERE state = 'planned' AND claim = '' AND next_at <= {now})"
CLAIMED = "SELECT EXISTS(SELECT 1 FROM deliveries WHERE state = 'planned' AND claim <> '' AND claim NOT IN ({known}))"
SENDING = "SELECT EXISTS(SELECT 1 FROM deliveries WHERE state = 'sending' AND claim <> '' AND claim NOT IN ({known}))"
ANYHOW = "SELECT 1"


class Seizure(Protocol):
    """The write lock, once it was got, until it is given back."""

    @property
    def got(self) -> bool: ...

    async def wait(self, within: float) -> bool: ...

    async def release(self) -> None: ...


class Ledger(Protocol):
    """One database."""

    async def rows(self, statement: str) -> Rows: ...

    def seize(self, condition: str) -> Seizure: ...

    def instant(self, moment: datetime) -> str: ...

    async def sound(self) -> bool: ...


@dataclass(slots=True)
class SqliteSeizure:
    """A thread that waits for a condition and takes the write lock in the very next moment."""

    file: Path
    condition: str
    _stop: threading.Event = field(default_factory=threading.Event)
    _held: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def got(self) -> bool:
        return self._held.is_set()

    def start(self) -> "SqliteSeizure":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    async def wait(self, within: float) -> bool:
        return await asyncio.to_thread(self._held.wait, within)

    async def release(self) -> None:
        self._stop.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        with closing(_reader(self.file)) as reader:
            while not self._stop.is_set():
                if _true(reader, self.condition) and self._hold():
                    return
                self._stop.wait(PAUSE)

    def _hold(self) -> bool:
        """Take the lock if the condition still holds, and keep it until the end. The file is left as it was found:
        with its log, which the next process has to recover."""
        with closing(_open(self.file, "rw")) as writer:
            try:
                writer.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            still = _true(writer, self.condition)
            if still:
                self._held.set()
                self._stop.wait()
            writer.execute("ROLLBACK")
            return still


def _open(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode={mode}", uri=True, timeout=0, isolation_level=None)


def _reader(file: Path) -> sqlite3.Connection:
    """A connection that does not fold the log into the file when it is closed."""
    return _open(file, "ro") if file.exists() else sqlite3.connect(":memory:")


def _true(connection: sqlite3.Connection, condition: str) -> bool:
    with suppress(sqlite3.OperationalError):  # no table yet, or a busy moment
        return bool(connection.execute(condition).fetchone()[0])
    return False


@dataclass(frozen=True, slots=True)
class SqliteLedger:
    """A file."""

    file: Path

    async def rows(self, statement: str) -> Rows:
        with closing(_reader(self.file)) as connection:
            connection.execute("PRAGMA busy_timeout = 2000")
            return connection.execute(statement).fetchall()

    def seize(self, condition: str) -> SqliteSeizure:
        return SqliteSeizure(self.file, condition).start()

    def instant(self, moment: datetime) -> str:
        return f"'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"

    async def sound(self) -> bool:
        checked = await self.rows("PRAGMA integrity_check")
        return checked == [("ok",)] and await self.rows("PRAGMA foreign_key_check") == []


@dataclass(slots=True)
class PostgresSeizure:
    """A task that waits for a condition and locks the tables that are written to."""

    dsn: str
    condition: str
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _held: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    @property
    def got(self) -> bool:
        return self._held.is_set()

    def start(self) -> "PostgresSeizure":
        self._task = asyncio.create_task(self._run())
        return self

    async def wait(self, within: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                return await self._held.wait()
        return False

    async def release(self) -> None:
        self._stop.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            while not self._stop.is_set():
                if await self._true(connection):
                    async with connection.transaction():
                        await connection.execute("LOCK TABLE deliveries, schedules, reactions IN EXCLUSIVE MODE")
                        if await self._true(connection):
                            self._held.set()
                            await self._stop.wait()
                            return
                await asyncio.sleep(PAUSE)
        finally:
            await connection.close()

    async def _true(self, connection: asyncpg.Connection) -> bool:
        with suppress(asyncpg.UndefinedTableError):
            return bool(await connection.fetchval(self.condition))
        return False


@dataclass(frozen=True, slots=True)
class PostgresLedger:
    """A database of a server of our own."""

    dsn: str

    async def rows(self, statement: str) -> Rows:
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def end_sessions(self) -> None:
        """End every other session, as an administrator would."""
        mine = "pid <> pg_backend_pid() AND datname = current_database()"
        await self.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}")  # noqa: S608 -- ours

    def seize(self, condition: str) -> PostgresSeizure:
        return PostgresSeizure(self.dsn, condition).start()

    def instant(self, moment: datetime) -> str:
        return f"'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00'::timestamptz"

    async def sound(self) -> bool:
        """What can be asked of PostgreSQL: no delivery without its occurrence, every row readable."""
        orphans = "SELECT count(*) FROM deliveries d LEFT JOIN occurrences o ON o.id = d.occurrence_id"
        return await self.rows(f"{orphans} WHERE o.id IS NULL") == [(0,)]

"""Statements of SQLite in one turn of the thread that its driver keeps.

SQLAlchemy's own cursor takes four: it is made, its statement is carried out, its rows are fetched, and it is closed.
Each is a message to the thread, one back, and a round of the loop, and where the processor is busy each waits in line
for it. Together they cost more than the statement.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Thread
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary, ref

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_connection
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)


class _Done(NamedTuple):
    """What a cursor knew when its statement was carried out."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    rows: Sequence[Any] = ()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor whose real one is there only while its statement is carried out."""

    __slots__ = ("_done", "_size")

    def __init__(self, adapt_connection: AsyncAdapt_dbapi_connection) -> None:
        self._adapt_connection = adapt_connection
        self._rows = deque()
        self._done = _Done()
        self._size = 1

    @property
    def description(self) -> Any:  # noqa: ANN401 -- the driver's
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> Any:  # noqa: ANN401 -- the driver's
        return self._done.lastrowid

    @property
    def arraysize(self) -> int:
        return self._size

    @arraysize.setter
    def arraysize(self, value: int) -> None:
        self._size = value

    async def _execute_async(self, operation: Any, parameters: Any) -> None:  # noqa: ANN401 -- the driver's
        await self._carry_out(partial(_executed, operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:  # noqa: ANN401 -- the driver's
        await self._carry_out(partial(_executed_many, operation, seq_of_parameters))

    async def _carry_out(self, job: Callable[[sqlite3.Connection], _Done]) -> None:
        adapted: Any = self._adapt_connection
        driver: Any = adapted.driver_connection
        async with adapted._execute_mutex:  # noqa: SLF001 -- as the base class does
            self._done = await driver._execute(job, driver._conn)  # noqa: SLF001 -- as all that SQLAlchemy asks of it
        self._rows = deque(self._done.rows)

    async def _async_soft_close(self) -> None:
        return

    def close(self) -> None:
        self._rows.clear()


def _executed(statement: str, parameters: Any, connection: sqlite3.Connection) -> _Done:  # noqa: ANN401 -- the driver's
    return _closed(connection.execute(statement, parameters))


def _executed_many(statement: str, parameters: Any, connection: sqlite3.Connection) -> _Done:  # noqa: ANN401 -- the driver's
    return _closed(connection.executemany(statement, parameters))


def _closed(cursor: sqlite3.Cursor) -> _Done:
    """Read what there is, and put the cursor away."""
    rows = cursor.fetchall() if cursor.description else ()
    done = _Done(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    cursor.close()
    return done


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor

    def rollback(self) -> None:
        """Take back what there is: where nothing was begun, the thread is not asked."""
        if self.driver_connection.in_transaction:
            super().rollback()


class _Driver(aiosqlite.Connection):
    """A connection that leaves nothing open when it is given up while it opens; `aiosqlite.connect` makes others."""

    def __init__(self, database: str, options: Mapping[str, Any]) -> None:
        self._opened: list[sqlite3.Connection] = []
        super().__init__(partial(_open, self._opened, database, options), iter_chunk_size=64)
        self.thread: Thread = self._thread
        self.thread.daemon = True  # as SQLAlchemy has it where it makes the connection

    def stop(self) -> Any:  # noqa: ANN401 -- the driver's
        """End the thread, after it has closed what it opened: whoever gave it up never saw that."""
        cast("Any", self)._tx.put_nowait((None, partial(_close, self._opened)))  # noqa: SLF001 -- its own
        return cast("Any", super()).stop()


def _open(opened: list[sqlite3.Connection], database: str, options: Mapping[str, Any]) -> sqlite3.Connection:
    opened.append(sqlite3.connect(database, **options))
    return opened[-1]


def _close(opened: list[sqlite3.Connection]) -> None:
    while opened:
        opened.pop().close()


class OneTurn(AsyncAdapt_aiosqlite_dbapi):
    """The driver, for `create_async_engine(module=...)`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)
        self._threads: WeakKeyDictionary[Thread, ref[Any]] = WeakKeyDictionary()

    def connect(self, *arg: Any, **kw: Any) -> AsyncAdapt_aiosqlite_connection:  # noqa: ANN401 -- the driver's
        return _Connection(self, super().connect(*arg, async_creator_fn=self._begin, **kw).driver_connection)

    def _begin(self, database: str, **options: Any) -> aiosqlite.Connection:  # noqa: ANN401 -- the driver's
        """A connection to be opened. Its thread is known before that, for it may be given up in the middle of it."""
        driver = _Driver(database, options)
        self._threads[driver.thread] = ref(driver)
        return driver

    async def over(self) -> None:
        """Wait until the threads of all closed connections have ended: one that was given up while it was opened, or in
        the middle of a statement, has still to say so to the loop, which has to be there."""
        for thread, driver in [*self._threads.items()]:
            if thread.is_alive() and not getattr(driver(), "_running", False):
                await asyncio.to_thread(thread.join)

"""Jobs that are carried out from beginning to end in one turn of a thread, on SQLite.

Elsewhere each statement goes to the driver's thread and comes back to the loop, which has other work by then; so does
the beginning, and the end. What comes alone waits for a processor twelve times so, and here twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Event
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import changed_rows, create_blocking_engine, wait_for_the_disk

T = TypeVar("T")


class Errands:
    """One thread with a connection of its own, from the first job until it is closed."""

    def __init__(self, url: URL) -> None:
        self.engine = create_blocking_engine(url)
        self._pen = _Pen()
        self._connection: Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._lasting: bool | None = None
        self.changed = 0
        """How many rows its connection has changed."""

    async def carry_out(self, job: Callable[[AsyncConnection], Awaitable[T]], *, lasting: bool = True) -> T:
        """Carry out a job that waits for nothing but its connection. Once begun it comes to its end, even if whoever
        asked for it does not wait. One that is not `lasting` waits for no disk.
        """
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="errands")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, job, lasting)

    async def close(self) -> None:
        """Give the connection back, after what was begun."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.get_running_loop().run_in_executor(thread, self._give_back)
            thread.shutdown()  # which has nothing left to do
            self._pen.close()

    def _done(self, job: Callable[[AsyncConnection], Awaitable[T]], lasting: bool) -> T:  # noqa: FBT001 -- the executor's way
        if self._connection is None:
            self._connection, self._lasting = self.engine.connect(), None  # one that was given back may be as it was
        connection = self._connection
        try:
            if lasting is not self._lasting:
                wait_for_the_disk(connection, lasting)
                self._lasting = lasting
            connection.begin()
            try:
                done = _without_waiting(job(cast("AsyncConnection", Blocking(connection, self._pen))))
            finally:
                self._pen.lay_down()
        except BaseException:  # whatever broke off, nobody goes on within this transaction
            self._connection = None
            connection.close()
            raise
        else:
            self.changed = changed_rows(connection)
            return done
        finally:
            if connection.in_transaction():
                connection.rollback()

    def _give_back(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class _Pen:
    """A thread that writes while the errand goes on thinking: SQLite needs no Python for that."""

    def __init__(self) -> None:
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Future[Any] | None = None

    def begin(self, job: Callable[..., T], *arguments: object) -> Callable[[], T]:
        """Begin with one thing; what waits for its result. Python lets one thread work at a time: this one waits until
        the other is at it."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pen")
        begun = Event()
        writing = self._thread.submit(_begun, begun, job, *arguments)
        self._writing = writing
        begun.wait()
        return partial(self._told, writing)

    def done(self) -> None:
        """Wait for what was begun. Raises what it raised."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def _told(self, writing: Future[T]) -> T:
        """What came of it; what went wrong is told once."""
        if self._writing is writing:
            self._writing = None
        return writing.result()

    def lay_down(self) -> None:
        """Wait for what was begun, whatever comes of it: nobody is going to keep it."""
        with suppress(Exception):
            self.done()

    def close(self) -> None:
        """Let the thread end, which has nothing left to do."""
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None


def _begun(begun: Event, job: Callable[..., T], *arguments: object) -> T:
    begun.set()
    return job(*arguments)


class Blocking:
    """A connection that answers before anybody could wait, with as much of `AsyncConnection` as repositories use."""

    def __init__(self, connection: Connection, pen: _Pen) -> None:
        self._connection = connection
        self._pen = pen

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:  # noqa: ANN401 -- SQLAlchemy takes many kinds
        self._pen.done()
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Sequence[object] = ()) -> CursorResult[Any]:
        self._pen.done()
        return self._connection.exec_driver_sql(statement, tuple(parameters))

    async def run_sync(self, job: Callable[..., T], *arguments: object) -> T:
        self._pen.done()
        return job(self._connection, *arguments)

    async def begin_sync(self, job: Callable[..., T], *arguments: object) -> Callable[[], T]:
        """Have something done while the errand goes on; what it returns waits for it, and tells its result. Whatever
        comes next of the connection comes after it, and tells what went wrong."""
        self._pen.done()
        return self._pen.begin(job, self._connection, *arguments)

    async def commit(self) -> None:
        self._pen.done()
        self._connection.commit()


def _without_waiting(job: Awaitable[T]) -> T:
    """What a job returns that never has to wait."""
    steps = cast("Coroutine[object, None, T]", job)
    try:
        steps.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    steps.close()
    raise RuntimeError("an errand waits for nothing but its database")

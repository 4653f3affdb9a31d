"""Jobs that are carried out from beginning to end in one turn of a thread, on SQLite.

Elsewhere each statement goes to the driver's thread and comes back to the loop, which has other work by then; so does
the beginning, and the end. What comes alone waits for a processor twelve times so, and here twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
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
        self._connection: Connection | None = None
        self._thread: ThreadPoolExecutor | None = None
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

    def _done(self, job: Callable[[AsyncConnection], Awaitable[T]], lasting: bool) -> T:  # noqa: FBT001 -- the executor's way
        if self._connection is None:
            self._connection = self.engine.connect()
        connection = self._connection
        try:
            wait_for_the_disk(connection, lasting)
            connection.begin()
            done = _without_waiting(job(cast("AsyncConnection", _Blocking(connection))))
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


class _Blocking:
    """A connection that answers before anybody could wait, with as much of `AsyncConnection` as repositories use."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:  # noqa: ANN401 -- SQLAlchemy takes many kinds
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Sequence[object] = ()) -> CursorResult[Any]:
        return self._connection.exec_driver_sql(statement, tuple(parameters))

    async def run_sync(self, job: Callable[..., T], *arguments: object) -> T:
        return job(self._connection, *arguments)

    async def commit(self) -> None:
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

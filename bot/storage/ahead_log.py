"""SQLite's write-ahead log, moved into the file by a thread of its own instead of by whoever commits.

SQLite keeps what is committed in a log beside the file, and by itself moves it into the file in the commit that makes
the log 1,000 pages long: whoever commits then waits for a thousand pages at random places (docs/adr/0020). Here that
happens beside the work, when nobody has written for a moment or when the log has become long, and the log is written
over in its place from then on.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from typing import cast

import structlog
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from bot.storage.engine import LONGEST_LOG, create_blocking_engine
from bot.storage.troubles import problem

log = structlog.stdlib.get_logger(__name__)

WORTH_IT = 1_000
"""Pages that are worth moving once nobody writes: as many as SQLite would have moved."""
LONG = LONGEST_LOG // 2
"""Pages at which the log is moved whatever goes on: each time, whoever commits waits for the disk as well."""
PAGES = 3
"""How many pages a changed row puts into the log: its table's, and its indexes'. Measured of reactions; what comes many
at a time needs fewer. Only when the log is looked at depends on it."""
CALM = 0.1
"""Seconds without a commit after which nobody is kept waiting."""
ROUNDS = 4
"""How often the log is moved beside the commits, before it is moved to its end in a gap between two."""
MOVE = "PRAGMA wal_checkpoint(PASSIVE)"
"""Moves what no reader needs in the log. It waits for nobody, and nobody waits for it but for the disk."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many pages the log had, and how many of them are in the file by now; less than none where another process
    was about it."""

    pages: int
    there: int

    @property
    def nearly_all(self) -> bool:
        """Whether nobody holds much of it: a commit that is just under way always holds its own pages."""
        return 0 <= self.pages < self.there + WORTH_IT


class AheadLog:
    """The log of one SQLite file, as far as the commits of this process fill it.

    The task is there only while there is something to move, and the thread from then on until it is closed. What
    cannot be moved stays in the log, safe and readable; that is logged once, and tried again.
    """

    def __init__(
        self,
        url: URL,
        gap: AbstractAsyncContextManager[object],
        *,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Nobody of this process writes within `gap`."""
        self._engine = create_blocking_engine(url)
        self._gap = gap
        self._pause = pause
        self._pages = 0
        self._busy = False
        self._moving: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self.trouble = ""
        """Why the log cannot be moved at present; empty while all is well."""

    def grew(self, rows: int) -> None:
        """Rows were changed and committed."""
        self._pages += PAGES * rows
        self._busy = True
        if self._pages >= WORTH_IT and self._moving is None:
            self._moving = asyncio.create_task(self._move_when_calm(), name="log")

    async def settled(self) -> None:
        """Wait until nothing is being moved."""
        if self._moving is not None:
            await asyncio.wait({self._moving})

    async def close(self) -> None:
        """Stop, after what was begun. The last connection that is closed moves what is left, as SQLite does."""
        if self._moving is not None:
            self._moving.cancel()
            await asyncio.gather(self._moving, return_exceptions=True)
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await asyncio.get_running_loop().run_in_executor(thread, self._engine.dispose)
            thread.shutdown()  # which has nothing left to do

    async def _move_when_calm(self) -> None:
        try:
            while self._pages >= WORTH_IT:
                await self._calm()
                self._pages = 0
                await self._move()
        except (sqlite3.Error, DBAPIError, OSError) as error:
            self._tell(error)
        finally:
            self._moving = None

    async def _calm(self) -> None:
        """Wait until nobody has written for a moment, or the log is long."""
        while self._busy and self._pages < LONG:
            self._busy = False
            await self._pause(CALM)

    async def _move(self) -> None:
        """Move the log, and to its end where it is long: only then is it written over from its beginning.

        While others commit, each round leaves what came meanwhile, and is short beside the one before; the one that
        finds nothing new waits for the disk. So there is little left for the gap, which is needed even if there is
        nothing: who has begun to write before it was all there goes on behind it.
        """
        moved = await self._in_its_thread()
        for _ in range(ROUNDS - 1):
            if not moved.nearly_all or not self._pages:
                break
            moved = await self._in_its_thread()
        if moved.nearly_all and moved.pages >= LONG // 2:
            async with self._gap:
                await self._in_its_thread()
        if self.trouble:
            log.info("database.log_moved_again", code=self.trouble)
            self.trouble = ""

    async def _in_its_thread(self) -> Moved:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="log")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._moved)

    def _moved(self) -> Moved:
        with closing(self._engine.raw_connection()) as connection:
            driver = cast("sqlite3.Connection", connection.dbapi_connection)
            [(_, pages, there)] = driver.execute(MOVE).fetchall()
        return Moved(pages, there)

    def _tell(self, error: Exception) -> None:
        trouble = problem(error)
        if trouble.code != self.trouble:
            log.error("database.log_stays", code=trouble.code, cure=str(trouble))
        self.trouble = trouble.code

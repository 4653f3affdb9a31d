"""PostgreSQL's LISTEN and NOTIFY, as a hint between processes that there may be something to do.

Nothing depends on it. Who misses a hint finds the same at the next heartbeat.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, cast

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import create_engine

log = structlog.get_logger(__name__)

CHANNEL = "kindling"
AGAIN = 5.0
"""Seconds before a lost connection is made anew."""
ALIVE = 60.0
"""Seconds of silence after which the connection is asked whether it is still there."""


class Driver(Protocol):
    """As much of asyncpg's connection as is used here."""

    def get_server_pid(self) -> int:
        """The number by which the server knows this connection."""
        ...

    def add_termination_listener(self, callback: Callable[["Driver"], None]) -> None:
        """Have it called when the connection ends."""
        ...

    async def add_listener(self, channel: str, callback: Callable[["Driver", int, str, object], None]) -> None:
        """Have it called with each notification."""
        ...

    async def execute(self, query: str, *, timeout: float) -> str:  # noqa: ASYNC109 -- asyncpg's name for it
        """Carry out a statement."""
        ...


class Hints:
    """Says to the other processes on a PostgreSQL database that there may be something to do, and hears them say so."""

    def __init__(self, url: str, pause: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._url = url
        self._pause = pause
        self._news = asyncio.Event()
        self._to_tell = False

    def tell(self) -> None:
        """Let the others know. Cheap, never blocks; what is told while the connection is lost is told afterwards."""
        self._to_tell = True
        self._news.set()

    async def run(self, heard: Callable[[], None]) -> None:
        """Tell and hear until cancelled. `heard` is also called after each new connection: hints may have been lost."""
        while True:
            engine = create_engine(self._url)
            try:
                async with engine.connect() as connection:
                    await self._converse(connection, heard)
                log.info("hints.lost", error="ended")
            except Exception as error:  # noqa: BLE001 -- whatever it is, the heartbeat does without
                log.info("hints.lost", error=type(error).__name__)
            finally:
                await engine.dispose()
            await self._pause(AGAIN)

    async def _converse(self, connection: AsyncConnection, heard: Callable[[], None]) -> None:
        driver = cast("Driver", (await connection.get_raw_connection()).driver_connection)
        lost = asyncio.Event()

        def end(_: Driver) -> None:
            lost.set()
            self._news.set()

        def hear(_: Driver, sender: int, __: str, ___: object) -> None:
            if sender != driver.get_server_pid():
                heard()

        driver.add_termination_listener(end)
        await driver.add_listener(CHANNEL, hear)
        log.debug("hints.open")
        heard()
        while not lost.is_set():
            if self._to_tell:
                await self._tell(driver)
            try:
                async with asyncio.timeout(ALIVE):  # wait_for may swallow being cancelled, before Python 3.12
                    await self._news.wait()
            except TimeoutError:
                await driver.execute("SELECT 1", timeout=ALIVE)
            self._news.clear()

    async def _tell(self, driver: Driver) -> None:
        self._to_tell = False
        try:
            await driver.execute(f"NOTIFY {CHANNEL}", timeout=ALIVE)
        except BaseException:  # cancelled too, it is still to be told
            self._to_tell = True
            raise

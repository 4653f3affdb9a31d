"""Several Socket Mode connections, among which Slack shares the events out."""

import asyncio
from collections.abc import Callable

import structlog

from adapters.slack.connection import Connection, Pace
from adapters.slack.listeners import Answer
from adapters.slack.web import Web, socket_address
from bot.domain.errors import AdapterError, Unreachable

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


class Connections:
    """Each renews itself. One that cannot is tried again for as long as another one is left."""

    def __init__(self, answer: Answer, base: Web, app_token: str, connected: Callable[[], None], pace: Pace) -> None:
        self._answer = answer
        self._base = base
        self._app_token = app_token
        self._connected = connected
        self._pace = pace
        self._alive = 0

    async def hold(self, number: int) -> None:
        """Hold so many until cancelled. Raises an `AdapterError` when the last one is lost, or the token refused."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(number):
                    group.create_task(self._hold_one())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _hold_one(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._until_lost()
            except AdapterError as error:
                if self._alive == 0 or isinstance(error, Unreachable):
                    raise
                log.warning("slack.connection_lost", left=self._alive, code=str(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _until_lost(self) -> None:
        first = await socket_address(self._base.session, self._base.client.base_url, self._app_token)
        met = False

        def up() -> None:
            nonlocal met
            if met or self._alive == 0:  # events may have been lost meanwhile
                self._connected()
            self._alive += not met
            met = True

        connection = Connection(self._answer, self._base, self._app_token, up, self._pace)
        connection.wss_uri = first
        try:
            await connection.connect()
            await connection.lost
        finally:
            self._alive -= met
            await connection.close()

"""The Socket Mode connection."""

# The library leaves the parameters of its own types open.
# pyright: reportUnknownMemberType=false

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from adapters.slack.listeners import Answer
from adapters.slack.web import Web, library_logger, socket_address
from bot.domain.errors import AdapterError, TryLater

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds: how often the connection is looked at, how long connecting may take, how long a submitted
    form may wait for its answer before it is closed (Slack gives up after 3), how long anything else may take
    that the core asks for, how long it is waited before a picture is tried again that Slack did not show yet, and
    how long the websocket is given to end."""

    heartbeat: float = 5
    connecting: float = 15
    answering: float = 2
    calling: float = 28
    showing: float = 1
    parting: float = 1


class Connection(SocketModeClient):
    """Slack's client, which also tells when it is connected (again) and when it is lost for good.

    Left alone, Slack's client tries for ever, with an address that is good for one try. Here the first
    failure to connect ends it: `lost` carries the error, and the adapter's caller decides about pauses.
    """

    def __init__(self, answer: Answer, web: Web, app_token: str, connected: Callable[[], None], pace: "Pace") -> None:
        super().__init__(
            app_token=app_token, web_client=web.client, logger=library_logger(), ping_interval=pace.heartbeat
        )
        self._pace = pace
        self._own_session = self.aiohttp_client_session
        self.aiohttp_client_session = web.session
        self._answer = answer
        self._web = web
        self._connected = connected
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.socket_mode_request_listeners.append(self._take)

    async def issue_new_wss_url(self) -> str:
        """An address from Slack; a refusal ends the connection."""
        try:
            return await socket_address(self._web.session, self._web.client.base_url, self.app_token)
        except AdapterError as error:
            self._lose(error)
            raise

    async def connect(self) -> None:
        """Connect within a limit, or end the connection."""
        try:
            async with asyncio.timeout(self._pace.connecting):
                await super().connect()
        except TimeoutError:
            self._lose(TryLater("slack.socket_refused"))
            return
        if self.closed:  # while it connected: Slack's client goes on with that in a task that nobody holds
            await self.disconnect()
        else:
            self._connected()

    async def disconnect(self) -> None:
        """Say goodbye. Slack's client would wait ten seconds for a Slack that is silent to say it too."""
        if self.current_session is not None:
            # aiohttp ends its timer for pings as it closes, and begins it anew with the frame that answers.
            self.current_session._heartbeat = None  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- there is no other way
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.parting):
                await super().disconnect()

    async def close(self) -> None:
        """Close the websocket and end the client's tasks; the shared session stays open."""
        self.aiohttp_client_session = self._own_session
        await super().close()
        tasks: list[asyncio.Future[Any] | None] = [
            self.message_processor,
            self.current_session_monitor,
            self.message_receiver,
        ]
        await asyncio.gather(*(task for task in tasks if task is not None), return_exceptions=True)
        if not self.lost.cancel() and not self.lost.cancelled():
            self.lost.exception()  # so that nobody is told of an error that nobody waits for

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            answer = await self._answer(request)
            await send_async_response(client, request, answer, 0)
        except (ConnectionError, aiohttp.ClientError) as error:
            # Slack sends what was not acknowledged again, over the next connection.
            log.warning("slack.not_acknowledged", error=type(error).__name__)

    def _lose(self, error: AdapterError) -> None:
        if not self.lost.done():
            self.lost.set_exception(error)

"""Calls of Slack's Web API and of its response addresses, over one session, each made once."""

# The library leaves the parameters of its own types open.
# pyright: reportUnknownMemberType=false

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.errors import FAILURES, INVALID_BLOCKS, RATE_LIMITED, TOKEN_REFUSED, translate
from adapters.slack.pace import TESTS, Turns
from adapters.slack.payload import Json, as_object
from bot.domain.errors import AdapterError, TryLater, Unacceptable, Uncertain, Unreachable

CALL_SECONDS = 20
CONNECT_SECONDS = 8
IDLE_SECONDS = 3
_OK = 200


def library_logger() -> logging.Logger:
    """A logger for Slack's libraries that is silent: they log payloads, that is people's words and addresses.

    What an operator has to know is logged by this package itself, with codes.
    """
    logger = logging.getLogger("adapters.slack.library")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def new_session() -> aiohttp.ClientSession:
    """The session for everything.

    Idle connections are given up early: a post on a connection that Slack is closing at that moment ends in
    doubt, and doubt may cost a card.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS),
        connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS),
    )


@dataclass(slots=True)
class Doubt:
    """Whether a call may have been carried out. Without doubt, giving up before there is an answer costs nothing."""

    raised: bool = False


class Web:
    """The Web API with one token. Everything raises only `AdapterError`s."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: str, senders: int = 1) -> None:
        self.session = session
        self.turns = Turns(senders)
        self.granted: frozenset[str] = frozenset()
        """The scopes of the token, as the latest answer told them."""
        # Without retry_handlers=[] a post whose answer is lost would be posted again.
        self.client = AsyncWebClient(
            token=token, base_url=api_url, session=session, retry_handlers=[], logger=library_logger()
        )

    async def post(
        self, method: str, *, repeatable: bool = False, doubt: Doubt | None = None, **arguments: object
    ) -> Json:
        """Call a method that takes JSON. `repeatable` tells that making the call twice does no harm.

        `doubt` is raised when the call leaves, after its turn and its token were waited for.
        """
        return (await self._call(method, arguments, repeatable=repeatable, doubt=doubt))[0]

    async def get(self, method: str, **arguments: object) -> Json:
        """Call a method that reads, and takes its arguments in the query."""
        return (await self._call(method, arguments, repeatable=True, reads=True))[0]

    async def scopes(self) -> tuple[Json, frozenset[str]]:
        """What `auth.test` says, and the scopes that the token was granted."""
        answer, headers = await self._call("auth.test", {}, repeatable=True)
        return answer, _granted(headers)

    async def respond(self, address: str, content: Json) -> None:
        """Answer to a response address; these end after 30 minutes or five answers."""
        webhook = AsyncWebhookClient(address, session=self.session, retry_handlers=[], logger=library_logger())
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await webhook.send_dict(content)
        except FAILURES as error:
            raise translate(error) from None
        if answer.status_code != _OK and INVALID_BLOCKS.removeprefix("slack.") in answer.body:
            raise Unacceptable(INVALID_BLOCKS)
        if answer.status_code != _OK:
            raise TryLater("slack.response_address")

    async def _call(
        self,
        method: str,
        arguments: Mapping[str, object],
        *,
        repeatable: bool,
        reads: bool = False,
        doubt: Doubt | None = None,
    ) -> tuple[Json, Mapping[str, str]]:
        doubt = doubt or Doubt()
        given: dict[str, Any] = {name: value for name, value in arguments.items() if value is not None}
        channel = str(given.get("channel") or "")
        async with self.turns.turn(method, channel):
            try:
                doubt.raised = True
                async with asyncio.timeout(CALL_SECONDS):
                    if reads:
                        answer: Any = await self.client.api_call(method, http_verb="GET", params=given)
                    else:
                        answer = await self.client.api_call(method, json=given)
            except FAILURES as error:
                found = translate(error, repeatable=repeatable)
                doubt.raised = isinstance(found, Uncertain)
                # Not chained: the libraries' errors quote what was sent.
                raise self._noted(method, channel, found) from None
        headers: Mapping[str, str] = answer.headers
        self.granted = _granted(headers) or self.granted
        return as_object(answer.data), headers

    def _noted(self, method: str, channel: str, error: AdapterError) -> AdapterError:
        """The error, after what follows from it for the calls to come. Testing a token is told as it is."""
        if isinstance(error, TryLater) and error.code == RATE_LIMITED:
            self.turns.rest(method, channel, error)
        if isinstance(error, Unreachable) and error.code in TOKEN_REFUSED and method not in TESTS:
            return self.turns.refuse(error.code)
        return error


def _granted(headers: Mapping[str, str]) -> frozenset[str]:
    told = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
    return frozenset(filter(None, (scope.strip() for scope in told.split(","))))


async def socket_address(session: aiohttp.ClientSession, api_url: str, app_token: str) -> str:
    """An address for one Socket Mode connection. Raises `TryLater` or `Unreachable`."""
    answer = await Web(session, api_url, app_token).post("apps.connections.open", repeatable=True)
    return str(answer["url"])

"""The stand-in as tests hold it: one object with the world, the gestures, the failures and the log."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.distance import Distance

from .chat import CHAT
from .clock import Changes, Clock
from .delivery import Carrier, Envelope, Outcome, Unacked
from .faults import Fault
from .files import FILES, download, upload
from .http_mode import HttpMode
from .limits import Limits
from .lookups import LOOKUPS
from .oauth import OAUTH, Consent
from .pins import PINS
from .reply import SOON
from .scheduling import SCHEDULING, waiting
from .shapes import Json
from .socket_mode import DisconnectReason, SocketMode
from .spec import find_method
from .state import Request, State, Violation
from .views import VIEWS
from .webapi import WebApi
from .workspace import Workspace
from .world import CannotDo, Channel, Team, World

T = TypeVar("T")


class SlackStandIn(Workspace):
    """Slack on loopback. Give the real clients `base_url=slack.url + "/api/"` and the tokens.

    `world`, `clock`, `limits`, `events` (holding, copies, subscriptions, retry delays) and `sockets` may be used
    directly for what has no method here.
    """

    def __init__(self) -> None:
        clock = Clock()
        world = World(clock)
        app_token = f"xapp-1-{world.app_id}-{secrets.token_hex(8)}"
        state = State("", clock, Changes(), world, Limits(), app_token)
        super().__init__(state, _Either(self))
        self.signing_secret = secrets.token_hex(16)
        self.sockets = SocketMode(state)
        self.consent = Consent(state)
        self.http: HttpMode | None = None
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        api = WebApi(self._state, CHAT | SCHEDULING | LOOKUPS | VIEWS | OAUTH | FILES | PINS)
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", api.serve)
        app.router.add_get("/oauth/v2/authorize", self.consent.serve)
        app.router.add_post("/upload/v1/{file}", upload(self._state))
        app.router.add_get("/files-pri/{file}/download/{name}", download(self._state))
        app.router.add_get("/link/", self.sockets.serve)
        app.router.add_post("/responses/{key:.+}", self._responses.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._state.url = f"http://{host}:{port}"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.events.cancel()
        await self.sockets.close()
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def distance(self) -> Distance:
        """How far away it is: set its `latency` and `jitter`."""
        return self._state.distance

    @property
    def url(self) -> str:
        return self._state.url

    def reached_at(self, url: str) -> None:
        """Name this address as its own from now on: a road that leads here."""
        self._state.url = url

    @property
    def bot_token(self) -> str:
        return self.team.bot_token

    @property
    def app_token(self) -> str:
        return self._state.app_token

    @property
    def app_token_scopes(self) -> set[str]:
        return self._state.app_token_scopes

    @property
    def client_id(self) -> str:
        return self._state.client_id

    @property
    def client_secret(self) -> str:
        return self._state.client_secret

    @property
    def rotation(self) -> bool:
        """Whether tokens given out from now on expire."""
        return self._state.rotation

    @rotation.setter
    def rotation(self, on: bool) -> None:
        self._state.rotation = on

    @property
    def file_refusals(self) -> int:
        """How many messages that show a file are refused before Slack has looked through it."""
        return self._state.file_refusals

    @file_refusals.setter
    def file_refusals(self, number: int) -> None:
        self._state.file_refusals = number

    @property
    def scopes(self) -> set[str]:
        """The first team's granted scopes, to be changed in place."""
        return self.team.scopes

    @property
    def requests(self) -> list[Request]:
        return self._state.requests

    @property
    def violations(self) -> list[Violation]:
        """Assert at the end of a test that this is empty."""
        return self._state.violations

    @property
    def unacked(self) -> list[Unacked]:
        """Everything the app did not acknowledge in time, events once for each attempt."""
        return self._post.unacked

    @property
    def ack_deadline(self) -> float:
        return self._post.deadline

    @ack_deadline.setter
    def ack_deadline(self, seconds: float) -> None:
        self._post.deadline = seconds

    @asynccontextmanager
    async def client(self, team: Team | None = None) -> AsyncGenerator[AsyncWebClient]:
        """A real client with one session and no retries, to act as the app with."""
        token = (team or self.team).bot_token
        async with aiohttp.ClientSession() as session:
            yield AsyncWebClient(token, base_url=f"{self.url}/api/", session=session, retry_handlers=[])

    @property
    def scheduled(self) -> dict[str, tuple[Channel, str]]:
        """What is scheduled and not taken back: id to channel and text."""
        return waiting(self.world)

    def calls(self, method: str) -> list[Request]:
        return [request for request in self.requests if request.method == method]

    async def until(self, condition: Callable[[], T], within: float = SOON, what: str = "") -> T:
        """Wait without sleeping: `condition` is asked again after everything that happens here."""
        return await self.changes.until(condition, within, what)

    # Failures

    def fail(
        self,
        method: str,
        *,
        error: str | None = None,
        status: int | None = None,
        retry_after: int | None = None,
        drop_before: bool = False,
        drop_after: bool = False,
        delay: float = 0.0,
        until: asyncio.Event | None = None,
        answer_after: asyncio.Event | None = None,
        times: int | None = 1,
        when: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Let the next `times` requests of `method` fail ("*": any method; "response_url": response addresses).

        An `error` must be one that Slack's description lists for the method.
        """
        known = find_method(method)
        if known is None and method not in {"*", "response_url"}:
            raise CannotDo(f"Slack has no method {method}")
        if known is not None and error is not None and not known.may_answer(error):
            raise CannotDo(f"Slack never answers {method} with {error}")
        fault = Fault(method, error, status, retry_after, drop_before, drop_after, delay, until, answer_after, times)
        if when is not None:
            fault.when = when
        self._state.faults.append(fault)
        return fault

    def go_down(self) -> Fault:
        """Slack is out of order: connections are cut and every request is dropped until the fault is cancelled."""
        fault = self.fail("*", drop_before=True, times=None)
        self.sockets.drop()
        return fault

    # Ways to the app

    async def connected(self, number: int = 1, within: float = SOON) -> None:
        """Wait until the app has at least this many Socket Mode connections."""
        await self.until(lambda: len(self.sockets.connections) >= number, within, "a Socket Mode connection")

    async def disconnect(self, reason: DisconnectReason = "refresh_requested") -> None:
        await self.sockets.disconnect(reason)

    def drop_sockets(self) -> None:
        self.sockets.drop()

    async def deliver_to(self, url: str, *, verify: bool = True) -> HttpMode:
        """Post events, commands and interactivity to this address instead of over Socket Mode."""
        if self._session is None:
            raise CannotDo("the stand-in is not running")
        http = HttpMode(url, self.signing_secret, self._session)
        if verify and not await http.verify():
            raise CannotDo(f"{url} did not answer the challenge")
        self.http = http
        return http


class _Either:
    """Signed HTTP when the test set an address, Socket Mode otherwise."""

    def __init__(self, slack: SlackStandIn) -> None:
        self._slack = slack

    async def carry(self, envelope: Envelope, deadline: float) -> Outcome:
        carrier: Carrier = self._slack.http or self._slack.sockets
        return await carrier.carry(envelope, deadline)

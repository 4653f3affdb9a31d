"""The Bolt app: every payload is acknowledged at once, then handed to `Reception`."""

# The library leaves the parameters of its own types open.
# pyright: reportUnknownMemberType=false

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import payload
from adapters.slack.inbound import GROUPS, REACTIONS
from adapters.slack.payload import Json
from adapters.slack.reception import Reception
from adapters.slack.web import library_logger

log = structlog.get_logger(__name__)

Ack: TypeAlias = Callable[..., Awaitable[object]]
Answer: TypeAlias = Callable[[SocketModeRequest], Awaitable[BoltResponse]]
"""What is answered to what came over a websocket."""
KEPT, NOT_KEPT = BoltResponse(status=200, body=""), BoltResponse(status=503, body="")
"""What is answered to reactions, to each the same: nothing in it is anybody's."""
_ANY = re.compile(".*", re.DOTALL)


def bolt_app(client: AsyncWebClient, signing_secret: str, inbound: Reception, patience: float) -> AsyncApp:
    """The one app for all workspaces. Bolt asks Slack nothing: tokens are looked after elsewhere."""

    async def authorize(team_id: str | None) -> AuthorizeResult:
        return await inbound.authorize(team_id or "")

    app = AsyncApp(
        name="kindling",
        logger=library_logger(),
        client=client,
        signing_secret=signing_secret,
        authorize=authorize,
        raise_error_for_unhandled_request=True,
        before_authorize=Reactions(inbound),
    )
    _listen_for_presses(app, inbound)
    _listen_for_forms(app, inbound, patience)

    async def event(body: Json) -> None:
        inbound.event(body)

    async def unhandled(error: Exception) -> BoltResponse:
        """What nobody listens for is acknowledged all the same, or Slack would send it again."""
        if not isinstance(error, BoltUnhandledRequestError):
            log.error("slack.listener_failed", error=type(error).__name__)
        return BoltResponse(status=200, body="")

    app.event(_ANY)(event)
    app.error(unhandled)
    return app


def answering(app: AsyncApp, inbound: Reception) -> Answer:
    """Takes what comes over a websocket: reactions before Bolt makes a request of its own of each, the rest by Bolt."""

    async def answer(request: SocketModeRequest) -> BoltResponse:
        body = cast("Json", request.payload)
        if _is_reaction(body):
            return await _taken(inbound, body)
        return await run_async_bolt_app(app, request)

    return answer


class Reactions(AsyncMiddleware):
    """Takes reactions that come by HTTP before Bolt looks for a token, which they need none of, and for a listener.

    They are the only events that come in numbers, and the only ones that are acknowledged after they are kept.
    """

    def __init__(self, inbound: Reception) -> None:
        self._inbound = inbound

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 -- the base class's signature
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 -- the same
    ) -> BoltResponse | None:
        """Answer a reaction, and leave the rest to those that come next."""
        return await _taken(self._inbound, req.body) if _is_reaction(req.body) else await next()


def _is_reaction(body: Json) -> bool:
    return payload.part(body, "event").get("type") in REACTIONS


async def _taken(inbound: Reception, body: Json) -> BoltResponse:
    """200 for what may be forgotten by Slack, and 503 for what it shall send again."""
    return KEPT if await inbound.reaction(body) else NOT_KEPT


def _listen_for_presses(app: AsyncApp, inbound: Reception) -> None:
    async def command(ack: Ack, body: Json) -> None:
        await ack()
        inbound.command(body)

    async def action(ack: Ack, body: Json) -> None:
        await ack()
        inbound.action(body)

    async def shortcut(ack: Ack, body: Json) -> None:
        await ack()
        inbound.shortcut(body)

    for name in GROUPS:
        app.command(name)(command)
    app.action(_ANY)(action)
    app.shortcut(_ANY)(shortcut)


def _listen_for_forms(app: AsyncApp, inbound: Reception, patience: float) -> None:
    async def view(ack: Ack, body: Json) -> None:
        answer: dict[str, Any] = await inbound.submission(body, patience)
        await ack(**answer)

    async def options(ack: Ack, body: Json) -> None:
        await ack(options=inbound.suggestions(body))

    app.view(_ANY)(view)
    app.options(_ANY)(options)

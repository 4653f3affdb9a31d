"""What people and Slack reach over HTTP: the install page, and in the mode `http` events, commands and presses."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.installing import INSTALL_PATH, REDIRECT_PATH, Installing
from bot.domain.errors import Unreachable

log = structlog.get_logger(__name__)

PATH = "/slack/events"
_REFUSED = 400


@asynccontextmanager
async def serving(
    app: AsyncApp | None, installing: Installing | None, host: str, port: int
) -> AsyncGenerator[str, None]:
    """Serve until left; yields the address. Bolt checks each signature and refuses what is older than 5 minutes."""
    server = web.Application()
    if app is not None:
        server.router.add_post(PATH, _answered_by(app.async_dispatch))
    if installing is not None:
        server.router.add_get(INSTALL_PATH, _answered_by(installing.begin), allow_head=False)
        server.router.add_get(REDIRECT_PATH, _answered_by(installing.finish), allow_head=False)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise Unreachable(
                "slack.port", f"Kindling cannot listen at {host}:{port}. Choose another port for [adapters.slack]."
            ) from error
        bound = runner.addresses[0]
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()


def _answered_by(
    answering: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def take(request: web.Request) -> web.StreamResponse:
        try:
            found = await to_bolt_request(request)
        except ValueError:
            return web.Response(status=_REFUSED)
        answer = await answering(found)
        if answer.status >= _REFUSED:
            log.warning("slack.request_refused", status=answer.status)
        return await to_aiohttp_response(answer)

    return take

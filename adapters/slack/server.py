"""The HTTP mode: Slack posts events, commands and interactivity, signed, to an address of ours."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.domain.errors import Unreachable

log = structlog.get_logger(__name__)

PATH = "/slack/events"
_REFUSED = 400


@asynccontextmanager
async def serving(app: AsyncApp, host: str, port: int) -> AsyncGenerator[str, None]:
    """Serve until left; yields the address. Bolt checks each signature and refuses what is older than 5 minutes."""

    async def take(request: web.Request) -> web.StreamResponse:
        try:
            found = await to_bolt_request(request)
        except ValueError:
            return web.Response(status=_REFUSED)
        answer = await app.async_dispatch(found)
        if answer.status >= _REFUSED:
            log.warning("slack.request_refused", status=answer.status)
        return await to_aiohttp_response(answer)

    server = web.Application()
    server.router.add_post(PATH, take)
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
        yield f"http://{bound[0]}:{bound[1]}{PATH}"
    finally:
        await runner.cleanup()

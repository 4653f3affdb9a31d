"""The playground's HTTP server: which address leads where, and the stream that keeps pages fresh."""

import asyncio
import json
from collections.abc import Callable, Collection
from contextlib import suppress

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.web import actions
from adapters.web.codec import Json, number
from adapters.web.desk import DESK, Desk
from adapters.web.desk import routes as desk_routes
from adapters.web.desk_door import Doorway
from adapters.web.desk_pages import DeskPages
from adapters.web.files import FORM_LIMIT
from adapters.web.guard import NAMES, allowed_names, guard, harden, keep
from adapters.web.pages import FOLDER, PAGES, Pages, visit_of
from adapters.web.playground import GROUND, Playground, Refused
from adapters.web.wall_pages import WALL, WallPages
from adapters.web.wall_pages import routes as wall_routes
from bot.domain.commands import OptionKind

log = structlog.get_logger(__name__)

BODY_LIMIT = 64 * 1024
TOO_MUCH = "That is more than I can take at once, so nothing was done. A file can have up to 8 MB."
_TOO_LARGE = 413
HEARTBEAT = 10
"""Seconds after which a quiet stream says that it is still there, and looks at the clock."""


def application(
    ground: Playground, host: str, names: Collection[str], address: Callable[[], str] = str
) -> web.Application:
    """The pages of one playground. `address` is what their addresses begin with."""
    app = web.Application(middlewares=[shielded, guard], client_max_size=BODY_LIMIT)
    app[GROUND] = ground
    app[NAMES] = allowed_names(host, names)
    app[PAGES] = Pages(ground)
    app[WALL] = WallPages(lambda: ground.awake, ground.bell)
    door = Doorway(address, app[NAMES])
    app[DESK] = Desk(lambda: ground.awake, door, DeskPages(door))
    app.on_response_prepare.append(harden)
    app.add_routes(
        [
            web.get("/", home),
            web.get("/c/{channel}", channel),
            web.get("/live", live),
            web.get("/suggest", suggest),
            web.get("/file/{entry}/{place}", actions.file),
            web.static("/static/", FOLDER / "static"),
            *wall_routes(),
            *desk_routes(),
            web.post("/press", actions.press),
            web.post("/submit", actions.submit),
            web.post("/command", actions.command),
            web.post("/typed", actions.typed),
            web.post("/react", actions.react),
            web.post("/dismiss", actions.dismiss),
            web.post("/travel", actions.travel),
            web.post("/zone", actions.zone),
        ]
    )
    return app


@web.middleware
async def shielded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what goes wrong into a sentence, on a page or for the page's script."""
    if request.path == "/submit":
        request = request.clone(client_max_size=FORM_LIMIT)
    try:
        return await handler(request)
    except Refused as refused:
        status, sentence = refused.status, refused.sentence
    except web.HTTPException as known:
        if known.status < 400:  # noqa: PLR2004 (a redirect)
            raise
        status, sentence = known.status, TOO_MUCH if known.status == _TOO_LARGE else "There is nothing here."
    except Exception:
        log.exception("web.request_failed", path=request.path)
        status, sentence = 500, "Something went wrong in the playground. Its log says more."
    if "application/json" in request.headers.get("Accept", ""):
        return web.json_response({"problem": sentence}, status=status)
    page = request.app[PAGES].trouble(sentence, "/")
    return web.Response(text=page, status=status, content_type="text/html")


async def home(request: web.Request) -> web.Response:
    """The first channel."""
    first = next(iter(request.app[GROUND].room.channels.values()))
    query = f"?{request.query_string}" if request.query_string else ""
    return web.Response(status=303, headers={"Location": f"/c/{first.name}{query}"})


async def channel(request: web.Request) -> web.Response:
    """A channel as one person sees it."""
    visit = visit_of(request, request.query, request.match_info["channel"])
    before = request.query.get("before", "")
    page = await request.app[PAGES].channel(visit, number(before))
    response = web.Response(text=page, content_type="text/html")
    if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        keep(request, response, "as", visit.me.id)
    return response


async def suggest(request: web.Request) -> web.Response:
    """Completions of what is being typed, as pairs of value and label."""
    try:
        kind = OptionKind(request.query.get("kind", ""))
    except ValueError:
        raise Refused(400, "There are no suggestions of this kind.") from None
    pairs = request.app[GROUND].awake.suggest(kind, request.query.get("typed", "")[:100])
    return web.json_response([list(pair) for pair in pairs])


async def live(request: web.Request) -> web.StreamResponse:
    """Server-sent events: what changes for one person in one channel, from a revision on.

    It looks for itself whether anybody is there still. The server is not asked to cancel what was asked by somebody
    who has left: that would end a press in the middle of a transaction.
    """
    ground, pages = request.app[GROUND], request.app[PAGES]
    visit = visit_of(request, request.query, request.query.get("channel", ""))
    seen = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    since, clock = number(seen) or 0, None
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await stream.prepare(request)
    await stream.write(b"retry: 1000\n\n")
    with suppress(ConnectionResetError):  # gone while it was written to
        while not ground.bell.closed and request.transport is not None:
            ticket = ground.bell.ticket
            changes = await ground.room.changes(visit.channel.id, visit.me.id, since)
            if changes.revision < since:
                await stream.write(event("reload", {}, changes.revision))
                break
            if changes.revision > since:
                since = changes.revision
                await stream.write(event("changes", pages.changes(visit, changes), since))
            if clock != (clock := pages.clock()):
                await stream.write(event("clock", clock))
            await _wait(ticket, stream)
    return stream


def event(name: str, data: Json, number: int | None = None) -> bytes:
    """A server-sent event; its `number` is what a browser asks to go on from after a gap."""
    lines = [f"id: {number}"] if number is not None else []
    return "\n".join([*lines, f"event: {name}", f"data: {json.dumps(data, ensure_ascii=False)}", "", ""]).encode()


async def _wait(ticket: asyncio.Event, stream: web.StreamResponse) -> None:
    try:
        async with asyncio.timeout(HEARTBEAT):
            await ticket.wait()
    except TimeoutError:
        await stream.write(b": still here\n\n")

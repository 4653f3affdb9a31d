"""The HTTP server of the wall's pages where they stand alone, without the playground beside them."""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.web.desk import DESK, Desk
from adapters.web.desk import routes as desk_routes
from adapters.web.pages import FOLDER
from adapters.web.wall_pages import HEADERS, WALL, WallPages, routes

log = structlog.get_logger(__name__)

STATIC = "/static/"
BODY_LIMIT = 64 * 1024
"""More than any form has."""


def application(pages: WallPages, desk: Desk | None = None) -> web.Application:
    """The pages, the moderators' ones where there are any, what they are drawn with, and nothing else."""
    app = web.Application(middlewares=[shielded], client_max_size=BODY_LIMIT)
    app[WALL] = pages
    if desk is not None:
        app[DESK] = desk
        app.add_routes(desk_routes())
    app.on_response_prepare.append(harden)
    app.add_routes([*routes(), web.static(STATIC, FOLDER / "static")])
    return app


@web.middleware
async def shielded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every address that leads nowhere looks alike, and what goes wrong is told to the log alone."""
    try:
        return await handler(request)
    except web.HTTPException as known:
        if known.status < 400:  # noqa: PLR2004 (nothing has changed since, or a redirect)
            raise
        return request.app[WALL].nowhere()
    except Exception:
        log.exception("wall.request_failed")  # its address would be a key
        return request.app[WALL].resting()


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Put the protecting headers on every answer, errors and streams included."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith(STATIC):
        response.headers["Cache-Control"] = "no-cache"
    response.headers.popall("Server", None)

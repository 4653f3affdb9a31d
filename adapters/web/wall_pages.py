"""The wall's page: what somebody reads there, and the stream that keeps it fresh. Nothing can be done on it."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from hashlib import blake2b
from urllib.parse import urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.web.allowance import Allowance, Known, address_of
from adapters.web.live import Bell
from adapters.web.pages import FOLDER
from adapters.web.watching import Look, Watching
from bot.app import Kindling
from bot.domain.errors import DatabaseProblem
from bot.domain.message import Picture
from bot.domain.packs import Circle
from bot.domain.pages import SOUGHT_LIMIT, PageWish, Told, WallPage
from bot.domain.wall import Order, Telling
from bot.domain.words import tidied

PAUSE = 2.0
"""Seconds between two looks at what an open page shows."""
QUIET = 5
"""After how many looks without news a stream says that it is still there."""
STREAMS = 400
"""How many pages are kept fresh at once; one more is a page that is fresh when it is loaded."""
READERS = 4
"""How many readers ask the database at once, so that those who talk with Kindling find it free."""
UNKNOWN, WITHIN = 60, 60.0
"""How many addresses of pages that lead nowhere somebody may try, within how many seconds."""
RENDERED = 64
"""How many pages are kept as they were written out last."""
BEYOND_LIMIT = 100
SHORT, LONG = 110, 320
"""Characters up to which an act is written large, and from which it is written small."""

HEADERS: Mapping[str, str] = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

_EMOJI = {Telling.DID: "🤲", Telling.RECEIVED: "🎁", Telling.NOTICED: "✨"}
_CIRCLES = {
    Circle.SELF: "Oneself",
    Circle.CLOSE: "Someone close",
    Circle.COLLEAGUES: "Colleagues",
    Circle.STRANGERS: "Strangers",
}
"""Short enough to stand beside each other on a phone."""


class WallPages:
    """Writes pages out for whoever has an address. `asks` gives Kindling, to be asked."""

    def __init__(self, asks: Callable[[], Kindling], bell: Bell) -> None:
        self._asks = asks
        self._few = asyncio.Semaphore(READERS)
        self.bell = bell
        self._strangers = Allowance(UNKNOWN, WITHIN)
        self._known = Known()
        self.watching = Watching(self.read, PAUSE)
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.written = lru_cache(RENDERED)(self._written)

    async def read(self, key: str, wish: PageWish) -> WallPage | None:
        """What stands on a page just now."""
        async with self._few:
            return await self._asks().read_page(key, wish)

    def may_look(self, request: web.Request, key: str) -> bool:
        """Whether the database is asked: not for whoever tries keys. Pages that are known to be there are read on, also
        where a proxy makes everybody one."""
        return _digest(key) in self._known or not self._strangers.spent(address_of(request))

    def found(self, request: web.Request, key: str, page: WallPage | None) -> None:
        """Keep in mind whether a key led anywhere."""
        if page is not None:
            self._known.add(_digest(key))
            return
        self._known.drop(_digest(key))
        self._strangers.wrong(address_of(request))

    async def picture(self, key: str, mark: str) -> Picture | None:
        """A picture that stands on a page just now."""
        async with self._few:
            return await self._asks().read_picture(key, mark)

    def _written(self, page: WallPage, wish: PageWish, key: str) -> str:
        """The page, complete without any script. Texts are escaped by the template: what people write stays text."""
        return self._templates.get_template("wall.html").render(
            page=page,
            key=key,
            wish=wish,
            circles=_CIRCLES,
            orders={Order.NEWEST: "Newest first", Order.FAIR: "Least read first"},
            emoji=_EMOJI,
            sought_limit=SOUGHT_LIMIT,
            day=day,
            for_whom=for_whom,
            mark=mark,
            size=size,
            otherwise=partial(otherwise, wish),
            further=link(replace(wish, beyond=page.further)),
        )

    def nowhere(self) -> web.Response:
        """What every address leads to that leads nowhere, whether it never did or does so no longer."""
        return self._said(404, "There is nothing to read here", "Perhaps the page was closed, or its address changed.")

    def resting(self) -> web.Response:
        """The page cannot be shown just now."""
        return self._said(503, "The wall cannot be read just now", "Please try it again in a few minutes.")

    def too_often(self) -> web.Response:
        """Somebody tried many addresses that lead nowhere."""
        return self._said(429, "That was often", "Please wait a minute, and then try it again.")

    def _said(self, status: int, heading: str, sentence: str) -> web.Response:
        page = self._templates.get_template("wall_nowhere.html").render(heading=heading, sentence=sentence)
        return web.Response(text=page, status=status, content_type="text/html", headers=HEADERS)


WALL = web.AppKey("wall", WallPages)


def routes() -> list[web.RouteDef]:
    """What is served of the wall."""
    return [
        web.get("/wall/{key}", wall),
        web.get("/wall/{key}/live", live),
        web.get("/wall/{key}/picture/{mark}", picture),
    ]


async def wall(request: web.Request) -> web.Response:
    """The page of a key."""
    pages, wish, key = request.app[WALL], wish_of(request.query), request.match_info["key"]
    if not pages.may_look(request, key):
        return pages.too_often()
    try:
        page = await pages.read(key, wish)
    except DatabaseProblem:
        return pages.resting()
    pages.found(request, key, page)
    if page is None:
        return pages.nowhere()
    return web.Response(text=pages.written(page, wish, key), content_type="text/html", headers=HEADERS)


async def picture(request: web.Request) -> web.Response:
    """A picture that stands on the page of a key, for as long as it does."""
    pages, key = request.app[WALL], request.match_info["key"]
    if not pages.may_look(request, key):
        return pages.too_often()
    try:
        found = await pages.picture(key, request.match_info["mark"])
    except DatabaseProblem:
        return pages.resting()
    if found is None or not found.png:
        return pages.nowhere()
    return web.Response(body=found.png, content_type=f"image/{found.kind}", headers=HEADERS)


async def live(request: web.Request) -> web.StreamResponse:
    """Server-sent events: that the page shows something else than what its reader has, or is gone."""
    pages, key, wish = request.app[WALL], request.match_info["key"], wish_of(request.query)
    if pages.watching.number >= STREAMS:
        return pages.resting()
    if not pages.may_look(request, key):
        return pages.too_often()
    with pages.watching.by_one(key, wish) as look:
        try:
            page = await look()
        except DatabaseProblem:
            return pages.resting()
        pages.found(request, key, page)
        if page is None:
            return pages.nowhere()
        headers = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        stream = web.StreamResponse(headers=headers)
        await stream.prepare(request)
        with suppress(DatabaseProblem, ConnectionResetError):  # the browser comes back by itself
            await _keep_fresh(request, stream, look)
        return stream


async def _keep_fresh(request: web.Request, stream: web.StreamResponse, look: Look) -> None:
    """Say so whenever the page shows something else, for as long as anybody is there."""
    bell, version, quiet = request.app[WALL].bell, request.query.get("version", ""), 0
    await stream.write(b"retry: 3000\n\n")
    while not bell.closed and request.transport is not None:
        ticket = bell.ticket
        page = await look()
        if page is None:
            await stream.write(b"event: gone\ndata:\n\n")
            return
        quiet += 1
        if page.version != version:
            version, quiet = page.version, 0
            await stream.write(f"event: changed\ndata: {version}\n\n".encode())
        elif quiet % QUIET == 0:
            await stream.write(b": still here\n\n")
        with suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await ticket.wait()


def wish_of(query: Mapping[str, str]) -> PageWish:
    """How somebody wants to read; what no page of ours asks for is no wish."""
    circle = query.get("circle", "")
    return PageWish(
        Order.FAIR if query.get("order") == Order.FAIR.value else Order.NEWEST,
        Circle(circle) if circle in set(Circle) else None,
        " ".join(tidied(query.get("search", "")).split())[:SOUGHT_LIMIT].strip(),
        query.get("beyond", "")[:BEYOND_LIMIT],
    )


def otherwise(wish: PageWish, **changed: object) -> str:
    """The address of a wish with something changed in it, from its beginning on."""
    return link(replace(wish, beyond="", **changed))  # type: ignore[arg-type] -- our own template names fields and values


def link(wish: PageWish) -> str:
    """The address of what somebody wishes, from the page itself."""
    asked = {
        "search": wish.sought,
        "circle": wish.circle.value if wish.circle else "",
        "order": wish.order.value if wish.order is not Order.NEWEST else "",
        "beyond": wish.beyond,
    }
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def day(on: date) -> str:
    """`23 November 2026`."""
    return f"{on.day} {on:%B} {on.year}"


def for_whom(circle: Circle) -> str:
    """`a colleague or acquaintance`, as somebody says it who is told of it."""
    return "oneself" if circle is Circle.SELF else circle.words


def _digest(key: str) -> str:
    return blake2b(key.encode(errors="backslashreplace"), digest_size=16).hexdigest()


def mark(told: Told) -> str:
    """By which the page's script knows what stood on it before. It says nothing of what it stands for."""
    return blake2b(repr(told).encode(errors="backslashreplace"), digest_size=9).hexdigest()


def size(text: str) -> str:
    """How large an act is written."""
    return "short" if len(text) <= SHORT else "long" if len(text) >= LONG else "middling"

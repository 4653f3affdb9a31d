"""Who may speak to the moderators' pages: a browser that was signed in, from these pages themselves."""

import asyncio
import hmac
import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict, MultiDictProxy

from adapters.web.files import Form
from adapters.web.guard import LOCAL_NAMES, TOKEN
from adapters.web.wall_pages import HEADERS as TO_READ
from bot.domain.desk import AT_MOST, LINK_GOOD_FOR
from bot.domain.ids import SpaceId

log = structlog.get_logger(__name__)

HEADERS: Mapping[str, str] = {
    **TO_READ,
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
}
WITH_A_KEY: Mapping[str, str] = {**HEADERS, "Referrer-Policy": "strict-origin"}
"""Of the page whose address holds a key: nobody is told more of it than where it is, our own server included. With
`no-referrer` a browser would keep from us as well that the form came from here."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_PLACE = re.compile(r"[0-9a-f]{12}")
WITH_FILES = "multipart/form-data"
WITHIN = 120.0
"""Seconds that a form may take to arrive, with a file in it over a slow line."""
DOOR = "door"
"""Instead of a place: the cookie of somebody who is about to come in."""


class Shut(Exception):
    """A request that is not carried out: an HTTP status, a heading and a sentence."""

    def __init__(self, status: int, heading: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.heading = heading
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Doorway:
    """Where the pages are, as browsers see it. `address` is what addresses begin with, empty for this computer alone;
    `names` are the host names under which they may be opened beside its own."""

    address: Callable[[], str]
    names: Collection[str] = LOCAL_NAMES

    @property
    def root(self) -> str:
        """The path that everything lies under, where a proxy puts it under one."""
        return urlsplit(self.address()).path.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether browsers come by HTTPS."""
        return urlsplit(self.address()).scheme == "https"

    def cookie(self, place: str) -> str:
        """The name of a place's cookie. A browser may be signed in for several, each with a session of its own."""
        return f"{'__Host-' if self.secure else ''}kindling-{place}"

    def token(self, request: web.Request, place: str) -> str:
        """The token in a place's cookie; empty without any."""
        known = request.cookies.get(self.cookie(place), "")
        return known if _TOKEN.fullmatch(known) else ""

    def places(self, request: web.Request) -> list[str]:
        """The places whose cookies a browser shows."""
        begins = self.cookie("")
        names = (name.removeprefix(begins) for name in request.cookies if name.startswith(begins))
        return sorted(name for name in names if _PLACE.fullmatch(name))

    def keep(self, response: web.StreamResponse, place: str, token: str) -> None:
        """Have the browser show a token, to these pages alone."""
        seconds = LINK_GOOD_FOR if place == DOOR else AT_MOST
        response.set_cookie(
            self.cookie(place),
            token,
            max_age=int(seconds.total_seconds()),
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Strict",
        )

    def drop(self, response: web.StreamResponse, place: str) -> None:
        """Have the browser forget a token."""
        response.del_cookie(self.cookie(place), path="/", secure=self.secure, httponly=True, samesite="Strict")

    def check_host(self, request: web.Request) -> None:
        """A page elsewhere whose name was pointed at us (DNS rebinding) has another host name."""
        try:
            name = urlsplit(f"//{request.host}").hostname
        except ValueError:
            name = None
        if name not in {*self.names, urlsplit(self.address()).hostname}:
            log.warning("desk.foreign_host")
            raise Shut(
                421,
                "This is not where the pages are",
                "They are opened under the address that their settings name, and under no other.",
            )

    def check_origin(self, request: web.Request) -> None:
        """Whatever is done is done from one of our own pages."""
        site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
        elsewhere = site not in (None, "same-origin") or origin not in (None, self._origin(request))
        if elsewhere or (site or origin) is None:
            log.warning("desk.foreign_origin")
            raise Shut(403, "Nothing was done", "This came from another site, and not from one of these pages.")

    def _origin(self, request: web.Request) -> str:
        parts = urlsplit(self.address())
        if self.secure:
            return f"{parts.scheme}://{parts.netloc}"
        return f"{request.scheme}://{request.host}"


def place_of(space: SpaceId) -> str:
    """The name of a space's desk in addresses and cookies: always the same, and no id."""
    return blake2b(space.encode(), digest_size=6, person=b"kindling desk").hexdigest()


def fresh_token() -> str:
    """For somebody who is about to come in."""
    return secrets.token_urlsafe(32)


def proof(token: str, *what: str) -> str:
    """What only this session's own pages can hold: that it was they who offered something."""
    return hmac.new(token.encode(), "\0".join(what).encode(errors="backslashreplace"), "sha256").hexdigest()


def proven(token: str, given: str, *what: str) -> bool:
    """Whether that was offered."""
    return hmac.compare_digest(proof(token, *what).encode(), given.encode(errors="backslashreplace"))


async def form_of(request: web.Request) -> Form:
    """What was sent, as a whole; once it was read, the same again."""
    try:
        async with asyncio.timeout(WITHIN):
            return await request.post()
    except TimeoutError:
        raise Shut(408, "Nothing was done", "That took too long to arrive. Please try it again.") from None
    except (HttpProcessingError, LookupError, ValueError):
        log.warning("desk.no_form")
        raise Shut(400, "Nothing was done", "What arrived is no form that I can read. Please try it again.") from None


async def fields_of(request: web.Request, token: str, *, files: bool = False) -> MultiDictProxy[str]:
    """The texts of a form that one of this session's own pages sent; with `files`, it may have some too."""
    if request.content_type == WITH_FILES and not files:
        raise Shut(415, "Nothing was done", "This page takes no files.")
    post = await form_of(request)
    fields = MultiDictProxy(MultiDict((name, value) for name, value in post.items() if isinstance(value, str)))
    if not token or not proven(token, fields.get(TOKEN, ""), TOKEN):
        log.warning("desk.wrong_token")
        raise Shut(403, "Nothing was done", "This page is from an earlier visit. Please load it again, then it works.")
    return fields

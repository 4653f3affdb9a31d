"""Who may speak to the playground: this computer's browser, from the playground's own pages."""

import hmac
import re
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.web.files import letting_go
from adapters.web.playground import GROUND, Refused

log = structlog.get_logger(__name__)

TOKEN = "token"  # noqa: S105 (the name of a form's field)
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
NAMES = web.AppKey("names", frozenset[str])
SESSION = web.RequestKey("session", str)
ELSEWHERE = ("/wall/", "/desk")
"""What is not the playground's own: the wall's page, where nothing can be done, and the moderators' pages, which look
after themselves: there, somebody is who they are."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
        "img-src 'self' data: http://127.0.0.1:* http://localhost:*; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

_SESSION = re.compile(r"[A-Za-z0-9_-]{43}")


def allowed_names(host: str, more: Collection[str]) -> frozenset[str]:
    """The host names under which the pages may be opened, in lower case and without a port."""
    return LOCAL_NAMES | {host.lower().strip("[]")} | {name.lower() for name in more}


def cookie_name(request: web.Request, what: str) -> str:
    """A cookie's name with the port in it: browsers share cookies between the ports of one computer."""
    return f"kindling_{what}_{urlsplit(f'//{request.host}').port or 80}"


def token_for(session: str, secret: str) -> str:
    """What a form of this session carries, and no other site can know."""
    return hmac.new(secret.encode(), session.encode(), "sha256").hexdigest()


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in only what comes from this computer's browser, and to act, only from our own pages."""
    _check_host(request)
    if request.path.startswith(ELSEWHERE):
        return await handler(request)
    known = request.cookies.get(cookie_name(request, "session"), "")
    fresh = not _SESSION.fullmatch(known)
    request[SESSION] = secrets.token_urlsafe(32) if fresh else known
    if request.method in ("GET", "HEAD"):
        response = await handler(request)
    else:
        _check_origin(request)
        response = await _sent(request, handler)
    if fresh and not response.prepared:
        keep(request, response, "session", request[SESSION])
    return response


async def _sent(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take what a form of ours sent, and let go of the files in it at the end."""
    with letting_go(await request.post()) as post:
        _check_token(request, post.get(TOKEN))
        return await handler(request)


def keep(request: web.Request, response: web.StreamResponse, what: str, value: str) -> None:
    """Set a cookie that only our own pages send back."""
    response.set_cookie(cookie_name(request, what), value, httponly=True, samesite="Strict", path="/")


async def harden(_: web.Request, response: web.StreamResponse) -> None:
    """Put the protecting headers on every answer, errors and streams included."""
    for name, value in HEADERS.items():  # the wall's pages are stricter, and say so themselves
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


def _check_host(request: web.Request) -> None:
    """A page elsewhere whose name was pointed at this computer (DNS rebinding) has another host name."""
    try:
        name = urlsplit(f"//{request.host}").hostname
    except ValueError:
        name = None
    if name not in request.app[NAMES]:
        log.warning("web.foreign_host")
        raise Refused(421, "This playground is opened as localhost, or under a name its settings list.")


def _check_origin(request: web.Request) -> None:
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = origin is not None and origin == f"{request.scheme}://{request.host}"
    if (site is not None and site != "same-origin") or (origin is not None and not ours) or (site or origin) is None:
        log.warning("web.foreign_origin")
        raise Refused(403, "This came from another site, so nothing was done.")


def _check_token(request: web.Request, given: object) -> None:
    """A request without a session was given a new one above, whose token no form can carry yet."""
    expected = token_for(request[SESSION], request.app[GROUND].room.secret)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        log.warning("web.wrong_token")
        raise Refused(403, "This page is from an earlier visit. Please load it again, then it works.")

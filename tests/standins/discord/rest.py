"""The REST side: takes a request through faults, rights, limits and rules to the route that serves it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.standins.distance import Distance

from . import errors
from .errors import ApiError
from .faults import Fault, Faults
from .limits import Allowance, InvalidRequests, RateLimits
from .specification import specification
from .values import Json
from .world import World

BASE = "/api/v10"
TOKEN_IN_PATH = re.compile(r"/(interactions|webhooks)/(\d+)/([^/]+)")


@dataclass(slots=True)
class Upload:
    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True)
class Call:
    """One request, read and let in."""

    world: World
    method: str
    path: str
    args: dict[str, str]
    query: dict[str, str]
    body: Any
    files: dict[str, Upload]

    @property
    def json(self) -> Json:
        """The body as an object; empty when there was none."""
        return self.body or {}

    def number(self, name: str, usual: int, least: int, most: int) -> int:
        """A number of the query string, or 50035 when it is out of bounds."""
        raw = self.query.get(name, str(usual))
        if not raw.isdigit() or not least <= int(raw) <= most:
            form = errors.FormErrors()
            form.add(name, "NUMBER_TYPE_RANGE", f"int value should be between {least} and {most}.")
            form.refuse()
        return int(raw)


Answer = tuple[int, Any]
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    template: str
    handler: Handler


class Routes:
    """The table of what is served. Unlike Discord's, it holds only what a bot like ours may need."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(self, method: str, template: str) -> Callable[[Handler], Handler]:
        pattern = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))

        def keep(handler: Handler) -> Handler:
            self._routes.append(Route(method, pattern, template, handler))
            return handler

        return keep

    def include(self, others: Routes) -> None:
        self._routes += others._routes

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route for a raw path, or Discord's 404 or 405."""
        known = False
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match is None:
                continue
            known = True
            if route.method == method:
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        raise errors.method_not_allowed() if known else errors.not_found()


@dataclass(slots=True)
class LoggedRequest:
    """A request as it came in, secrets blanked. `status` is 0 until it was answered, and after a drop."""

    method: str
    path: str
    json: Any
    at: datetime
    status: int = 0
    answer: Any = None


@dataclass(slots=True)
class Rest:
    world: World
    routes: Routes
    token: str
    faults: Faults
    limits: RateLimits
    requests: list[LoggedRequest] = field(default_factory=list[LoggedRequest])
    violations: list[str] = field(default_factory=list[str])
    invalid: InvalidRequests = field(default_factory=InvalidRequests)
    distance: Distance = field(default_factory=Distance)
    uplink: float = 0.0
    """Seconds that a request with files takes to arrive, beside its distance: people upload slowly."""
    bugs: list[Exception] = field(default_factory=list[Exception])

    async def handle(self, request: web.Request) -> web.Response:
        raw = request.rel_url.raw_path
        if not raw.startswith(BASE + "/"):
            return self._file(request)
        body, files = await read_body(request)
        if files:
            await asyncio.sleep(self.uplink)
        await self.distance.cross()
        response = await self._arrived(request, raw.removeprefix(BASE), body, files)
        await self.distance.cross()
        return response

    async def _arrived(self, request: web.Request, path: str, body: Any, files: dict[str, Upload]) -> web.Response:
        logged = LoggedRequest(request.method, blank(path), body, self.world.now())
        self.requests.append(logged)
        if self.invalid.banned:
            return self._answer(logged, 429, {"message": "You are banned for a while."}, {"Retry-After": "600"})
        fault = self.faults.strike(request.method, path)
        if fault is not None:
            self.world.changed()
            await asyncio.sleep(fault.delay)
            if fault.until is not None:
                await fault.until.wait()
            if fault.drop_before:
                return self._drop(request)
            early = _fault_answer(fault)
            if early is not None:
                return self._answer(logged, *early)
        try:
            status, answer, headers = self._serve(request, path, body, files)
        except Exception as bug:
            self.bugs.append(bug)
            raise
        self.world.changed()
        if fault is not None and fault.answer_after is not None:
            await fault.answer_after.wait()
        if fault is not None and fault.drop_after:
            return self._drop(request)
        return self._answer(logged, status, answer, headers)

    def _serve(
        self, request: web.Request, path: str, body: Any, files: dict[str, Upload]
    ) -> tuple[int, Any, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            route, args = self.routes.find(request.method, path)
            in_path = bool(TOKEN_IN_PATH.match(path))
            if not in_path and request.headers.get("Authorization") != f"Bot {self.token}":
                raise errors.unauthorized()
            allowance = self._allowance(request.method, path, route, args, in_path=in_path)
            headers = allowance.headers()
            if allowance.retry_after is not None:
                return 429, rate_limited(allowance.retry_after, allowance.everywhere), headers
            self._check(request, path, body)
            call = Call(self.world, request.method, path, args, dict(request.query), body, files)
            status, answer = route.handler(call)
        except ApiError as error:
            if error.code == 50035 or error.status == 405 or str(error).startswith("404 0:"):
                self.violations.append(f"{request.method} {blank(path)}: {error}")
            return error.status, error.as_json(), headers
        return status, answer, headers

    def _allowance(self, method: str, path: str, route: Route, args: dict[str, str], *, in_path: bool) -> Allowance:
        major = args.get("channel_id") or args.get("guild_id") or args.get("webhook_id") or ""
        if in_path:
            major += args.get("token", "")
        return self.limits.take(method, path, route.template, major, counts_everywhere=not in_path)

    def _check(self, request: web.Request, path: str, body: Any) -> None:
        if isinstance(body, Unreadable):
            raise ApiError(400, 50109, "The request body contains invalid JSON.")
        document = specification()
        complaint = document.complaint(request.method, path, body) if document else None
        if complaint is not None:
            form = errors.FormErrors()
            form.add("", "SPECIFICATION", complaint)
            form.refuse()

    def _answer(
        self, logged: LoggedRequest, status: int, answer: Any, headers: dict[str, str] | None = None
    ) -> web.Response:
        logged.status, logged.answer = status, answer
        if status in (401, 403, 429):
            self.invalid.add()
        self.world.changed()
        sent = {"Via": "1.1 google"} | (headers or {})
        if status == 204:
            return web.Response(status=204, headers=sent)
        text = json.dumps(answer)
        response = web.Response(status=status, headers=sent, body=text.encode())
        response.headers["Content-Type"] = "application/json"
        return response

    def _drop(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.close()
        self.world.changed()
        return web.Response()

    def _file(self, request: web.Request) -> web.Response:
        """Attachments, as from the content delivery network: the address is the secret, and no token comes with it."""
        data = self.world.files.get(request.rel_url.raw_path)
        self.world.fetched.append(request.rel_url.raw_path)
        if "Authorization" in request.headers:
            self.violations.append(f"GET {request.path}: the token does not belong to the files' address")
        if isinstance(data, str):
            return web.Response(status=302, headers={"Location": data})
        if data is None:
            return web.Response(status=404)
        return web.Response(body=data, content_type="application/octet-stream")


def _fault_answer(fault: Fault) -> Answer | None:
    if fault.retry_after is not None:
        return 429, rate_limited(fault.retry_after, everywhere=False) | (fault.error or {})
    if fault.status is None:
        return None
    return fault.status, fault.error or {"message": f"{fault.status}: Injected", "code": 0}


def rate_limited(retry_after: float, everywhere: bool) -> Json:
    return {"message": "You are being rate limited.", "retry_after": retry_after, "global": everywhere}


class Unreadable:
    """A body that is no JSON."""


async def read_body(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    """The JSON body and the uploaded files, also of a multipart request."""
    if request.content_type == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    if not raw:
        return None, {}
    if request.content_type != "application/json":
        return Unreadable(), {}
    try:
        return json.loads(raw), {}
    except ValueError:
        return Unreadable(), {}


async def _read_multipart(request: web.Request) -> tuple[Any, dict[str, Upload]]:
    body: Any = {}
    files: dict[str, Upload] = {}
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            files[name] = Upload(part.filename, part.content_type, part.file.read())
        elif name == "payload_json":
            body = json.loads(str(part))
    return body, files


def blank(path: str) -> str:
    """The path without the secret of an interaction."""
    return TOKEN_IN_PATH.sub(r"/\1/\2/…", path)

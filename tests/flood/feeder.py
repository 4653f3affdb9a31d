"""Both platforms as far as a listener needs them; they send prepared frames as fast as they are taken."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from tests.flood.events import BOT, HOME

CHUNK = 64
FULL = 256 * 1024
"""Bytes that may wait to be sent before the feeder waits itself."""
RETRYING = 3.0
SCOPES = "commands,chat:write,reactions:read,im:write,users:read,channels:read,groups:read"


class Feeder:
    """Serves at `url`; `connected` is set when a listener hears."""

    def __init__(self) -> None:
        self.url = ""
        self.connected = asyncio.Event()
        self.sent: set[str] = set()
        self.again = 0
        """How many envelopes of Slack's were sent once more, because nobody acknowledged them in time."""
        self.acknowledged: dict[str, float] = {}
        """When each envelope of Slack's was acknowledged."""
        self._open: dict[str, bytes] = {}
        self._news = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator["Feeder"]:
        feeder = cls()
        app = web.Application()
        app.router.add_get("/gateway/", feeder._gateway)
        app.router.add_get("/link", feeder._link)
        app.router.add_route("*", "/api/{method}", feeder._slack)
        app.router.add_route("*", "/{path:.*}", feeder._discord)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        feeder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield feeder
        finally:
            await runner.cleanup()

    async def feed(self, frames: Sequence[tuple[str, bytes]], in_flight: int | None = None) -> float:
        """Send frames as fast as they are taken, with so many unacknowledged; when the first of them left."""
        began = time.monotonic()
        size = min(CHUNK, in_flight or CHUNK)
        for first in range(0, len(frames), size):
            chunk = frames[first : first + size]
            await self._room()
            if in_flight is not None:
                await self.acknowledgements(len(self.sent) + size - in_flight)
            self._note(chunk, in_flight)
            self._write(b"".join(frame for _, frame in chunk))
        return began

    async def feed_evenly(
        self, frames: Iterable[tuple[str, bytes]], per_second: int, in_flight: int | None = None
    ) -> dict[str, float]:
        """Send so many frames a second, one by one, unless too many are unacknowledged; when each of them left."""
        left: dict[str, float] = {}
        due = time.monotonic()
        for name, frame in frames:
            due += 1 / per_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if in_flight is not None:
                await self.acknowledgements(len(self.sent) + 1 - in_flight)
            left[name] = time.monotonic()
            self._note([(name, frame)], in_flight)
            self._write(frame)
        return left

    async def acknowledgements(self, number: int) -> None:
        """Wait until so many envelopes were acknowledged in all. Like Slack, send those again that nobody
        acknowledges for seconds."""
        while len(self.acknowledged) < number:
            try:
                async with asyncio.timeout(RETRYING):
                    await self._news.wait()
            except TimeoutError:
                self.again += len(self._open)
                self._write(b"".join(self._open.values()))

    def _note(self, frames: Sequence[tuple[str, bytes]], in_flight: int | None) -> None:
        self.sent.update(name for name, _ in frames)
        if in_flight is not None:
            self._open.update(frames)

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("nobody listens")
        self._transport.write(data)

    async def _room(self) -> None:
        while self._transport is not None and self._transport.get_write_buffer_size() > FULL:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.0005)

    # Discord

    async def _discord(self, request: web.Request) -> web.Response:
        bot = {"id": BOT["discord"], "username": "kindling", "discriminator": "0", "avatar": None, "bot": True}
        match request.path.replace("//", "/"):
            case "/users/@me":
                return _json(bot)
            case "/gateway/bot":
                limit = {"total": 1000, "remaining": 1000, "reset_after": 1, "max_concurrency": 1}
                told = {"url": self._socket("gateway/"), "shards": 1, "session_start_limit": limit}
                return _json(told)
            case "/oauth2/applications/@me" | "/applications/@me":
                about = {"id": "1", "name": "kindling", "description": "", "icon": None, "bot_public": True}
                more = {"bot_require_code_grant": False, "verify_key": "0", "flags": 0, "owner": bot, "summary": ""}
                return _json(about | more | {"team": None, "rpc_origins": None, "bot": bot})
            case _:
                return _json([])

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            said: dict[str, Any] = json.loads(message.data)
            if said["op"] == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            if said["op"] == 2:
                await self._welcome(socket, said["d"].get("shard", [0, 1]))
                self._hears(request)
        return socket

    async def _welcome(self, socket: web.WebSocketResponse, shard: list[int]) -> None:
        guild, channel = HOME["discord"]
        ready = {
            "v": 10,
            "user": {"id": BOT["discord"], "username": "kindling", "discriminator": "0", "avatar": None, "bot": True},
            "guilds": [{"id": guild, "unavailable": True}],
            "session_id": "s",
            "resume_gateway_url": self._socket("gateway/"),
            "shard": shard,
            "application": {"id": "1", "flags": 0},
        }
        await socket.send_json({"op": 0, "t": "READY", "s": 1, "d": ready})
        place = {"id": channel, "type": 0, "name": "kindness", "position": 0, "permission_overwrites": []}
        village = {"id": guild, "name": "Village", "owner_id": "1", "roles": [], "emojis": [], "channels": [place]}
        more = {"member_count": 1, "members": [], "threads": [], "features": [], "stickers": [], "voice_states": []}
        await socket.send_json({"op": 0, "t": "GUILD_CREATE", "s": 2, "d": village | more})

    # Slack

    async def _slack(self, request: web.Request) -> web.Response:
        told: dict[str, Any] = {"ok": True}
        match request.match_info["method"]:
            case "auth.test":
                told |= {"team_id": HOME["slack"][0], "user_id": BOT["slack"], "bot_id": "B1", "user": "k", "team": "t"}
            case "apps.connections.open":
                told |= {"url": self._socket("link")}
            case "users.info":
                told |= {"user": {"id": request.query.get("user"), "is_bot": False}}
            case _:
                pass
        return web.json_response(told, headers={"x-oauth-scopes": SCOPES})

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        about = {"host": "feeder", "build_number": 1, "approximate_connection_time": 18_060}
        await socket.send_json(
            {"type": "hello", "num_connections": 1, "debug_info": about, "connection_info": {"app_id": "A1"}}
        )
        self._hears(request)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                name = json.loads(message.data)["envelope_id"]
                self.acknowledged.setdefault(name, time.monotonic())
                self._open.pop(name, None)
                self._news.set()
                self._news = asyncio.Event()
        return socket

    def _hears(self, request: web.Request) -> None:
        self._transport = request.transport
        self.connected.set()

    def _socket(self, path: str) -> str:
        return f"{self.url.replace('http://', 'ws://')}/{path}"


def _json(told: object) -> web.Response:
    """discord.py reads JSON only where it is called exactly that."""
    return web.Response(body=json.dumps(told).encode(), headers={"Content-Type": "application/json"})

"""The gateway: sessions, shards, intents, heartbeats, resuming, and trouble with each of them."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import WSMsgType, web

from .values import KNOWN_INTENTS, PRIVILEGED_INTENTS, Intent, Json, Permission, inside
from .wire import Wire
from .world import Channel, Guild, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT = 0, 1, 2, 3, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11
KNOWN_OPS = {HEARTBEAT, IDENTIFY, PRESENCE, 4, RESUME, REQUEST_MEMBERS}

NEEDED_INTENT = {
    "GUILD_": Intent.GUILDS,
    "THREAD_": Intent.GUILDS,
    "CHANNEL_": Intent.GUILDS,
    "GUILD_MEMBER_": Intent.GUILD_MEMBERS,
    "MESSAGE_": Intent.GUILD_MESSAGES,
    "MESSAGE_REACTION_": Intent.GUILD_MESSAGE_REACTIONS,
}
IN_DMS = {
    Intent.GUILD_MESSAGES: Intent.DIRECT_MESSAGES,
    Intent.GUILD_MESSAGE_REACTIONS: Intent.DIRECT_MESSAGE_REACTIONS,
}
Place = Channel | Guild | None


class Closed(Exception):
    """The connection shall be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False, slots=True)
class Session:
    """What outlives a connection: who, which shard, and all that was sent."""

    id: str
    shard: tuple[int, int]
    intents: Intent
    wire: Wire | None
    sent: list[Json] = field(default_factory=list[Json])

    def push(self, event: str, data: Json) -> None:
        # The text is fixed now: later changes of the world must not alter what was sent.
        frame = {"op": DISPATCH, "t": event, "s": len(self.sent) + 1, "d": json.loads(json.dumps(data))}
        self.sent.append(frame)
        if self.wire is not None:
            self.wire.send(frame)

    def covers(self, guild_id: str | None) -> bool:
        number, count = self.shard
        return (int(guild_id or 0) >> 22) % count == number


@dataclass(frozen=True, slots=True)
class Held:
    """An event that waits for its release."""

    event: str
    data: Json
    place: Place


class Gateway:
    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.heartbeat_interval = 41.25
        self.leniency = 1.5
        """How many intervals a client may be silent for before it is closed."""
        self.heartbeats = 0
        self.sessions: list[Session] = []
        self.identifies: list[Json] = []
        self.resumes: list[Json] = []
        self.connections = 0
        self.refusals = 0
        self.refusal_code: int | None = None
        self.twice = False
        self.holding = False
        self.held: list[Held] = []
        self.open = asyncio.Event()
        self.open.set()
        self._wires: set[Wire] = set()

    def dispatch(self, event: str, data: Json, place: Place = None) -> None:
        """Send an event to each session that may have it, or keep it while events are held."""
        if self.holding and event != "INTERACTION_CREATE":
            self.held.append(Held(event, json.loads(json.dumps(data)), place))
            return
        self.send_now(event, data, place)

    def send_now(self, event: str, data: Json, place: Place) -> None:
        for session in self.sessions:
            if self._wanted(session, event, data, place):
                for _ in range(2 if self.twice else 1):
                    session.push(event, data)
        self.world.changed()

    def _wanted(self, session: Session, event: str, data: Json, place: Place) -> bool:
        guild = place.guild if isinstance(place, Channel) else place
        if not session.covers(guild.id if guild else None):
            return False
        if event == "INTERACTION_CREATE":
            return True
        if guild is not None and guild.unavailable and event != "GUILD_DELETE":
            return False
        about_bot = data.get("user", {}).get("id") == self.world.bot.id
        if event == "GUILD_MEMBER_UPDATE" and about_bot:
            return True
        prefix = max((prefix for prefix in NEEDED_INTENT if event.startswith(prefix)), key=len)
        needed = NEEDED_INTENT[prefix]
        if guild is None:
            needed = IN_DMS.get(needed, needed)
        if isinstance(place, Channel) and not place.permissions_of(self.world.bot) & Permission.VIEW_CHANNEL:
            return False
        return bool(session.intents & needed)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from its handshake to its end."""
        self.connections += 1
        refused = self.refusals > 0
        self.refusals -= refused
        if refused and self.refusal_code is None:
            return web.Response(status=503)
        socket = web.WebSocketResponse(compress=False, timeout=0.1, max_msg_size=1 << 20)
        await socket.prepare(request)
        if refused:
            await socket.close(code=self.refusal_code or 4000, drain=False)
            return socket
        await self.open.wait()
        wire = Wire(socket, request)
        self._wires.add(wire)
        try:
            await self._converse(wire, request)
        except Closed as closed:
            await wire.close(closed.code, closed.reason)
        finally:
            self._wires.discard(wire)
            self._forget(wire)
            await wire.close()
            self.world.changed()
        return socket

    async def _converse(self, wire: Wire, request: web.Request) -> None:
        if request.query.get("v") != "10":
            raise Closed(4012, "Invalid API version")
        if request.query.get("encoding") != "json":
            raise Closed(4002, "Only JSON is modelled")
        wire.send({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_interval * 1000}, "s": None, "t": None})
        loop = asyncio.get_running_loop()
        session: Session | None = None
        beat = loop.time()
        while True:
            patience = beat + self.heartbeat_interval * self.leniency - loop.time()
            frame = await self._receive(wire.socket, patience)
            if frame is None:
                return
            op, data = frame.get("op"), inside(frame, "d")
            if op not in KNOWN_OPS:
                raise Closed(4001, "Unknown opcode")
            if op == HEARTBEAT:
                beat = loop.time()
                self.heartbeats += 1
                wire.send({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
            elif op in (IDENTIFY, RESUME):
                if session is not None:
                    raise Closed(4005, "Already authenticated.")
                session = self._identify(wire, data) if op == IDENTIFY else self._resume(wire, data)
            elif session is None:
                raise Closed(4003, "Not authenticated.")
            elif op == REQUEST_MEMBERS:
                self._send_members(session, data)
            self.world.changed()

    async def _receive(self, socket: web.WebSocketResponse, patience: float) -> Json | None:
        try:
            message = await socket.receive(timeout=max(patience, 0.001))
        except TimeoutError:
            raise Closed(4009, "Session timed out.") from None
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        try:
            frame: Any = json.loads(message.data)
        except ValueError:
            raise Closed(4002, "Error while decoding payload.") from None
        if not isinstance(frame, dict):
            raise Closed(4002, "Error while decoding payload.")
        return cast("Json", frame)

    def _identify(self, wire: Wire, data: Json) -> Session:
        self.identifies.append({key: value for key, value in data.items() if key != "token"})
        if data.get("token") != self.token:
            raise Closed(4004, "Authentication failed.")
        number, count = data.get("shard") or (0, 1)
        if not 0 <= number < count:
            raise Closed(4010, "Invalid shard.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Closed(4013, "Invalid intent(s).")
        if intents & PRIVILEGED_INTENTS:
            raise Closed(4014, "Disallowed intent(s).")
        session = Session(secrets.token_hex(16), (number, count), Intent(intents), wire)
        self.sessions.append(session)
        self.ready(session)
        return session

    def ready(self, session: Session) -> None:
        """READY with guilds that are still unavailable, then each of them."""
        guilds = [guild for guild in self.world.guilds.values() if session.covers(guild.id)]
        session.push(
            "READY",
            {
                "v": 10,
                "user": self.world.bot.json() | {"verified": True, "mfa_enabled": True, "email": None},
                "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
                "session_id": session.id,
                "resume_gateway_url": self.world.gateway_url,
                "shard": list(session.shard),
                "application": {"id": self.world.application_id, "flags": 0},
                "session_type": "normal",
                "private_channels": [],
                "user_settings": {},
                "relationships": [],
                "presences": [],
            },
        )
        for guild in guilds:
            if not guild.unavailable and session.intents & Intent.GUILDS:
                session.push("GUILD_CREATE", guild.create_json())

    def _resume(self, wire: Wire, data: Json) -> Session | None:
        self.resumes.append({key: value for key, value in data.items() if key != "token"})
        if data.get("token") != self.token:
            raise Closed(4004, "Authentication failed.")
        session = next((one for one in self.sessions if one.id == data.get("session_id")), None)
        if session is None:
            wire.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return None
        seen = data.get("seq") or 0
        if seen > len(session.sent):
            raise Closed(4007, "Invalid seq.")
        session.wire = wire
        for frame in session.sent[seen:]:
            wire.send(frame)
        session.push("RESUMED", {})
        return session

    def _send_members(self, session: Session, data: Json) -> None:
        guild = self.world.guilds.get(str(data.get("guild_id")))
        if guild is None:
            return
        given: list[object] = data.get("user_ids") or []
        asked = {str(one) for one in given}
        everyone = not asked and bool(session.intents & Intent.GUILD_MEMBERS)
        members = [one.json() for one in guild.members.values() if everyone or one.user.id in asked]
        chunk: Json = {"guild_id": guild.id, "members": members, "chunk_index": 0, "chunk_count": 1}
        session.push("GUILD_MEMBERS_CHUNK", chunk | {"nonce": data.get("nonce")})

    def _forget(self, wire: Wire) -> None:
        """The connection is over. A client that says goodbye with 1000 or 1001 gives up its session."""
        gave_up = not wire.closed_here and wire.socket.close_code in (1000, 1001)
        for session in [one for one in self.sessions if one.wire is wire]:
            session.wire = None
            if gave_up:
                self.sessions.remove(session)

    def connected(self) -> list[Session]:
        return [session for session in self.sessions if session.wire is not None]

    async def drop(self, code: int | None, *, resumable: bool) -> None:
        """Close every connection (without a code: break it); without a session the client begins anew."""
        wires = [session.wire for session in self.connected() if session.wire]
        if not resumable:
            self.sessions.clear()
        for wire in wires:
            if code is None:
                wire.cut()
            else:
                await wire.close(code)

    def order(self, op: int, data: object) -> None:
        """Send an opcode to every session that is connected."""
        for session in self.connected():
            if session.wire is not None:
                session.wire.send({"op": op, "d": data, "s": None, "t": None})

    def forget_sessions(self) -> None:
        """No session can be resumed any more; open connections stay until the client leaves."""
        self.sessions.clear()

    async def flushed(self) -> None:
        for wire in list(self._wires):
            await wire.flushed()

    async def close(self) -> None:
        self.open.set()
        for wire in list(self._wires):
            await wire.close(1001)

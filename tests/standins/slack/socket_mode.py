"""Socket Mode: websockets that the app opens and that Slack sends envelopes through."""

import asyncio
import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import Literal

import aiohttp
from aiohttp import web

from .delivery import Envelope, Outcome
from .shapes import Json, as_object
from .state import State

MOST_CONNECTIONS = 10
DisconnectReason = Literal["warning", "refresh_requested", "link_disabled", "too_many_websockets"]


@dataclass(eq=False, slots=True)
class Connection:
    ws: web.WebSocketResponse
    transport: asyncio.Transport | None
    envelopes: set[str] = field(default_factory=set[str])
    """Ids of envelopes sent here and not yet acknowledged."""
    pongs: int = 0


class SocketMode:
    """Serves the address that `apps.connections.open` gives out, and carries envelopes over what is connected."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._overdue: set[str] = set()
        self._next = itertools.count()
        self.connections: list[Connection] = []
        self.opened = 0
        """How many connections there have ever been."""
        self.answers_pings = True
        """When False the app's pings go unanswered, as on a link that died silently."""
        self.acks: list[Json] = []
        """Every acknowledgement as it came."""
        state.new_socket_url = self.new_url

    def new_url(self) -> str:
        """An address good for one connection."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        base = self._state.url.replace("http://", "ws://", 1)
        return f"{base}/link/?ticket={ticket}&app_id={self._state.world.app_id}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(autoping=False)
        await ws.prepare(request)
        connection = Connection(ws, request.transport)
        if len(self.connections) >= MOST_CONNECTIONS:
            await self._say_disconnect(connection, "too_many_websockets")
            await ws.close()
            return ws
        await self._hello(connection)
        self.connections.append(connection)
        self.opened += 1
        self._state.changes.notify()
        try:
            await self._listen(connection)
        finally:
            self._forget(connection)
        return ws

    async def _hello(self, connection: Connection) -> None:
        await connection.ws.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections) + 1,
                "debug_info": {"host": "standin", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self._state.world.app_id},
            }
        )

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.ws:
            match message.type:
                case aiohttp.WSMsgType.PING:
                    if self.answers_pings:
                        await connection.ws.pong(message.data)
                case aiohttp.WSMsgType.PONG:
                    connection.pongs += 1
                    self._state.changes.notify()
                case aiohttp.WSMsgType.TEXT:
                    self._acknowledged(connection, message.data)
                case _:
                    pass

    def _acknowledged(self, connection: Connection, text: str) -> None:
        try:
            answer = as_object(json.loads(text))
        except ValueError:
            answer = None
        if answer is None or "envelope_id" not in answer:
            self._state.complain("socket", f"not an acknowledgement: {text[:100]}")
            return
        self.acks.append(answer)
        envelope_id = str(answer["envelope_id"])
        connection.envelopes.discard(envelope_id)
        waiting = self._waiting.pop(envelope_id, None)
        if waiting is None:
            late = "late" if envelope_id in self._overdue else "unknown or twice"
            self._state.complain("socket", f"acknowledged an envelope {late}")
        elif not waiting.done():
            waiting.set_result(Outcome(acked=True, payload=answer.get("payload")))

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for envelope_id in connection.envelopes:
            waiting = self._waiting.pop(envelope_id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(Outcome(acked=False, reason="connection lost"))
        self._state.changes.notify()

    async def carry(self, envelope: Envelope, deadline: float) -> Outcome:
        """To the connections in turn; at once without success when the app has none."""
        alive = [connection for connection in self.connections if not connection.ws.closed]
        if not alive:
            return Outcome(acked=False, reason="no connection")
        connection = alive[next(self._next) % len(alive)]
        envelope_id = f"{secrets.token_hex(4)}-{secrets.token_hex(6)}"
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Outcome] = loop.create_future()
        self._waiting[envelope_id] = waiting
        connection.envelopes.add(envelope_id)
        started = loop.time()
        try:
            async with asyncio.timeout(deadline):
                await connection.ws.send_json(_frame(envelope, envelope_id))
                outcome = await waiting
        except TimeoutError:
            self._waiting.pop(envelope_id, None)
            self._overdue.add(envelope_id)
            return Outcome(acked=False, reason="timeout")
        except ConnectionError:
            self._waiting.pop(envelope_id, None)
            return Outcome(acked=False, reason="connection lost")
        if outcome.payload is not None and not envelope.takes_answer:
            self._state.complain("socket", f"an answer to {envelope.payload.get('type')} is not read by Slack")
        return Outcome(outcome.acked, outcome.payload, loop.time() - started, outcome.reason)

    async def disconnect(self, reason: DisconnectReason) -> None:
        """Tell every connection to go. All but a `warning` are closed then; a client opens the next by itself."""
        for connection in list(self.connections):
            await self._say_disconnect(connection, reason)
            if reason != "warning":
                self.connections.remove(connection)

    async def _say_disconnect(self, connection: Connection, reason: DisconnectReason) -> None:
        await connection.ws.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "standin"}})

    def drop(self) -> None:
        """Cut every connection without a word."""
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def ping(self) -> None:
        for connection in list(self.connections):
            await connection.ws.ping(b"Ping from standin")

    async def close(self) -> None:
        for connection in list(self.connections):
            await connection.ws.close(code=aiohttp.WSCloseCode.GOING_AWAY)


def _frame(envelope: Envelope, envelope_id: str) -> Json:
    frame: Json = {
        "envelope_id": envelope_id,
        "type": envelope.kind,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.takes_answer,
    }
    if envelope.kind == "events_api":
        frame |= {"retry_attempt": envelope.retry, "retry_reason": envelope.retry_reason}
    return frame

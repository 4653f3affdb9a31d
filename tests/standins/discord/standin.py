"""Discord on loopback: one object that tests start, furnish, and watch."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Self

from aiohttp import web

from tests.standins.distance import Distance

from . import command_routes, core_routes, interactions, message_routes
from .faults import Fault, Faults
from .gateway import INVALID_SESSION, RECONNECT, Gateway, Held
from .limits import RateLimits
from .people import People
from .rest import BASE, LoggedRequest, Rest, Routes
from .values import USUAL_PERMISSIONS, Json, Now
from .world import Channel, Guild, Message, User, World

TOKEN = "stand-in.discord.token"


def system_clock() -> datetime:
    return datetime.now(UTC)


class DiscordStandIn(People):
    """`async with DiscordStandIn() as discord:` serves the REST API at `url` and the gateway beside it."""

    def __init__(self, *, now: Now = system_clock, token: str = TOKEN, shards: int = 1) -> None:
        self.token = token
        self.world = World(now)
        self.world.shards = shards
        self.gateway = Gateway(self.world, token)
        self.faults = Faults()
        self.limits = RateLimits()
        routes = Routes()
        for part in (core_routes, message_routes, command_routes, interactions):
            routes.include(part.routes)
        self.rest = Rest(self.world, routes, token, self.faults, self.limits)
        self.deadline = 3.0
        self.patience = 5.0
        self.pulse = asyncio.Event()
        self.world.emit = self.gateway.dispatch
        self.world.changed = self.note_change
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=32 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.world.origin = f"http://127.0.0.1:{port}"
        self.world.gateway_url = f"ws://127.0.0.1:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. A bug of the stand-in itself does not stay hidden behind a 500."""
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self.rest.bugs:
            raise ExceptionGroup("the stand-in failed", self.rest.bugs)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.gateway.handle(request)
        return await self.rest.handle(request)

    @property
    def url(self) -> str:
        """The base of the REST API, version included: what `Route.BASE` is set to."""
        return self.world.origin + BASE

    @property
    def gateway_url(self) -> str:
        return self.world.gateway_url

    def reached_at(self, url: str) -> None:
        """Name this address as its gateway's from now on: a road that leads here."""
        self.world.gateway_url = url.replace("http://", "ws://", 1) + "/"

    @property
    def now(self) -> Now:
        """The clock of ids, timestamps, nonces and tokens; set it to any callable."""
        return self.world.now

    @now.setter
    def now(self, clock: Now) -> None:
        self.world.now = clock

    @property
    def bot(self) -> User:
        return self.world.bot

    @property
    def requests(self) -> list[LoggedRequest]:
        """Every request so far: method, path, json, at, status, answer. Tokens are blanked."""
        return self.rest.requests

    @property
    def violations(self) -> list[str]:
        """Malformed requests and unknown routes. A bot that is well has none."""
        return self.rest.violations

    @property
    def invalid_requests(self) -> int:
        """How often the answer was 401, 403 or 429: ten thousand in ten minutes lead to a ban."""
        return self.rest.invalid.total

    @property
    def distance(self) -> Distance:
        """How far away it is: set its `latency` and `jitter`."""
        return self.rest.distance

    @property
    def commands(self) -> list[Json]:
        """The commands registered for everyone."""
        return self.world.commands.of(None)

    def guild_commands(self, guild: Guild) -> list[Json]:
        return self.world.commands.of(guild.id)

    def calls(self, method: str, path: str) -> list[LoggedRequest]:
        """The logged requests of this method whose path contains the pattern."""
        pattern = re.compile(path)
        return [one for one in self.requests if one.method == method and pattern.search(one.path)]

    def add_user(self, name: str, *, bot: bool = False) -> User:
        return self.world.add_user(name, bot=bot)

    def add_guild(
        self,
        name: str = "A guild",
        *,
        owner: User | None = None,
        permissions: int = USUAL_PERMISSIONS,
        locale: str = "en-US",
    ) -> Guild:
        """A guild with the bot in it. `permissions` are those of the bot's own role."""
        guild = self.world.add_guild(name, owner, permissions, locale)
        self.gateway.dispatch("GUILD_CREATE", self._joined(guild), guild)
        return guild

    def _joined(self, guild: Guild) -> Json:
        """A guild joined just now has no `unavailable` key; that is how clients tell."""
        return {key: value for key, value in guild.create_json().items() if key != "unavailable"}

    async def remove_guild(self, guild: Guild) -> None:
        """Somebody throws the bot out."""
        self.world.leave(guild)
        await self.gateway.flushed()

    async def readd_guild(self, guild: Guild, *, permissions: int = USUAL_PERMISSIONS) -> None:
        """Somebody invites the bot again."""
        self.world.invite(guild, permissions)
        self.gateway.dispatch("GUILD_CREATE", self._joined(guild), guild)
        await self.gateway.flushed()

    async def begin_outage(self, guild: Guild) -> None:
        """The guild becomes unavailable, which is not the same as leaving it."""
        guild.unavailable = True
        self.gateway.dispatch("GUILD_DELETE", {"id": guild.id, "unavailable": True}, guild)
        await self.gateway.flushed()

    async def end_outage(self, guild: Guild) -> None:
        guild.unavailable = False
        self.gateway.dispatch("GUILD_CREATE", guild.create_json(), guild)
        await self.gateway.flushed()

    async def delete_channel(self, channel: Channel) -> None:
        self.world.delete_channel(channel)
        await self.gateway.flushed()

    def dm(self, user: User) -> Channel:
        """The direct channel between the bot and `user`."""
        return self.world.dm(user)

    def messages(self, channel: Channel, *, seen_by: User | None = None) -> list[Message]:
        """What stands in the channel, oldest first; ephemeral answers only for the one they are for."""
        return [one for one in channel.messages if one.only_for is None or one.only_for is seen_by]

    def fail(
        self,
        method: str,
        path: str,
        *,
        status: int | None = None,
        error: Json | None = None,
        retry_after: float | None = None,
        drop_before: bool = False,
        drop_after: bool = False,
        delay: float = 0.0,
        until: asyncio.Event | None = None,
        answer_after: asyncio.Event | None = None,
        times: int | None = 1,
    ) -> Fault:
        """Let the next `times` requests to matching routes go wrong (None: until `heal`).

        `path` is a pattern searched in the path after /api/v10; `method` may be "*". `drop_before` cuts
        the connection with nothing done, `drop_after` once it is done; `retry_after` answers 429, with
        `error={"global": True}` the one that stops every route. Events hold the request back before anything is
        done (`until`), or its answer once it is done (`answer_after`).
        """
        pattern = re.compile(path)
        return self.faults.add(
            Fault(
                method, pattern, times, status, error, retry_after, drop_before, drop_after, delay, until, answer_after
            )
        )

    def heal(self) -> None:
        """End every fault."""
        self.faults.heal()

    async def connected(self, sessions: int | None = None, *, within: float = 10.0) -> None:
        """Wait until so many sessions (one per shard) are connected and have heard all."""
        wanted = self.world.shards if sessions is None else sessions
        await self.until(lambda: len(self.gateway.connected()) >= wanted, within=within)
        await self.gateway.flushed()

    async def drop_gateway(self, *, resumable: bool = True, code: int | None = 4000) -> None:
        """Close the gateway's connections with `code`, or break them off when it is None.

        If not resumable, what happens until the bot has identified again is lost to it.
        """
        await self.gateway.drop(code, resumable=resumable)

    @asynccontextmanager
    async def offline(self, *, resumable: bool = True) -> AsyncGenerator[None]:
        """Nobody is connected inside the block: connections are dropped, new ones wait for its end."""
        self.gateway.open.clear()
        await self.gateway.drop(4000, resumable=resumable)
        try:
            yield
        finally:
            self.gateway.open.set()

    async def invalidate_sessions(self) -> None:
        """Opcode 9 with false: the bot has to identify anew."""
        self.gateway.order(INVALID_SESSION, False)
        self.gateway.forget_sessions()
        await self.gateway.flushed()

    async def request_reconnect(self) -> None:
        """Opcode 7: the bot shall connect again and resume."""
        self.gateway.order(RECONNECT, None)
        await self.gateway.flushed()

    async def reidentify(self, *, within: float = 15.0) -> None:
        """Invalidate the sessions and wait until every shard has identified again."""
        before = len(self.gateway.identifies)
        wanted = len(self.gateway.connected())
        await self.invalidate_sessions()
        await self.until(lambda: len(self.gateway.identifies) >= before + wanted, within=within)
        await self.connected(wanted, within=within)

    async def send_ready(self, times: int = 1) -> None:
        """Send READY and the guilds again to every session."""
        for _ in range(times):
            for session in self.gateway.connected():
                self.gateway.ready(session)
        await self.gateway.flushed()

    def refuse_connections(self, count: int, *, code: int | None = None) -> None:
        """Refuse the next handshakes with 503, or close them at once with a gateway close code."""
        self.gateway.refusals = count
        self.gateway.refusal_code = code

    def hold_events(self) -> None:
        """Keep gateway events back until `release_events`. Interactions still go through."""
        self.gateway.holding = True

    async def release_events(
        self, order: Callable[[list[Held]], Iterable[Held]] = list[Held], *, duplicate: bool = False
    ) -> None:
        """Let held events go, for instance `order=reversed`; with `duplicate` all of them twice over."""
        held, self.gateway.held = self.gateway.held, []
        self.gateway.holding = False
        chosen = list(order(held))
        for one in chosen * (1 + duplicate):
            self.gateway.send_now(one.event, one.data, one.place)
        await self.gateway.flushed()

    def duplicate_events(self, on: bool = True) -> None:
        """From now on every event, interactions included, comes twice."""
        self.gateway.twice = on

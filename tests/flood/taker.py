"""A process that takes events in: a library's client that does nothing with them, or Kindling's listener.

    python -m tests.flood.taker {discord.py | bolt | kindling | kindling-one-by-one} PLATFORM ADDRESS [DATABASE]

It says `ready` when it listens. For every line `N` on its standard input it says when the next N events were taken
in, each and the last of them, by the machine's monotonic clock, and how much processor time that took; of Kindling
also when the platform's library had handed each of them over.
"""

import asyncio
import json
import logging
import sys
import time
from pathlib import Path

import structlog

from bot.app import Adapter, Surroundings
from bot.compose import build_core
from bot.domain.delivery import Delivery
from bot.domain.reactions import Happening
from bot.runtime.clock import SystemClock
from bot.runtime.garbage import look_rarely
from bot.runtime.library import built_in, load
from bot.services.commands import COMMANDS
from bot.services.intake import Intake, Kept
from bot.storage.database import Database

TOKEN = "a.b.c"
REST = 0.1
"""Seconds until it is told what was taken in: so many instants take a while to write, and the last of the events have
still to be acknowledged."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Count:
    """Counts what was taken in, and tells when it is as much as was asked for."""

    def __init__(self) -> None:
        self._wanted = 0
        self._there = 0
        self._used = 0.0
        self._instants: list[float] = []
        self._came: list[float] = []
        self._loop = asyncio.get_running_loop()

    def came(self) -> None:
        self._came.append(time.monotonic())

    def done(self, number: int = 1) -> None:
        now = time.monotonic()
        self._instants += [now] * number
        self._there += number
        if 0 < self._wanted <= self._there:
            self._wanted = self._there = 0
            used = time.process_time() - self._used
            told = {"at": now, "used": used, "instants": self._instants, "came": self._came}
            self._loop.call_later(REST, lambda: say(json.dumps(told)))

    async def listen(self) -> None:
        """Take what is asked for from the standard input; the end of that is the end of the process."""
        reader = asyncio.StreamReader()
        await self._loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        say("ready")
        while line := await reader.readline():
            self._instants, self._came = [], []
            self._wanted, self._there = int(line), 0
            self._used = time.process_time()
            say("waiting")


class Watching:
    def __init__(self, count: Count) -> None:
        self._count = count

    def settled(self, delivery: Delivery) -> None:
        return

    def reacted(self, platform: str, count: int) -> None:
        self._count.done(count)

    def planned(self, *, good: bool) -> None:
        return


async def kindling(platform: str, address: str, database: str, *, one_by_one: bool) -> None:
    count = Count()
    storage = Database(database)
    core = build_core(storage, load([built_in()]), _Nobody(), SystemClock(), watcher=Watching(count))
    _tell_what_comes(core.reactions._intake, count)
    if one_by_one:
        core.reactions._intake._batch = 1  # what it is measured against
    adapter = _adapter(platform, address)
    await adapter.open()
    look_rarely()  # as `kindling run` does
    listening = asyncio.create_task(adapter.listen(core.kindling))
    await count.listen()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await adapter.close()
    await core.reactions.close()
    await storage.close()


def _tell_what_comes(intake: Intake[Happening], count: Count) -> None:
    take = intake._take

    def taken(thing: Happening, kept: Kept) -> None:
        count.came()
        take(thing, kept)

    intake._take = taken  # type: ignore[method-assign]


class _Nobody:
    def get(self, platform: str) -> None:
        return None


def _adapter(platform: str, address: str) -> Adapter:
    surroundings = Surroundings(SystemClock(), COMMANDS, Path())
    if platform == "discord":
        from adapters.discord import plugin as discord_plugin  # noqa: PLC0415 -- as an entry point is loaded

        told: dict[str, object] = {"token": TOKEN, "api_url": address, "shard_count": 1}
        return discord_plugin.create(discord_plugin.settings.model_validate(told), surroundings)
    from adapters.slack import plugin as slack_plugin  # noqa: PLC0415 -- the same

    told = {"bot_token": "xoxb-1", "app_token": "xapp-1", "api_url": f"{address}/api/"}
    return slack_plugin.create(slack_plugin.settings.model_validate(told), surroundings)


async def discord_py(address: str) -> None:
    import discord  # noqa: PLC0415 -- the others do not need it
    import yarl  # noqa: PLC0415 -- the same
    from discord.gateway import DiscordWebSocket  # noqa: PLC0415 -- the same
    from discord.http import Route  # noqa: PLC0415 -- the same

    Route.BASE = address
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"{address.replace('http', 'ws', 1)}/gateway/")
    count = Count()
    flags = discord.MemberCacheFlags.none()
    client = discord.AutoShardedClient(
        intents=discord.Intents(guilds=True, guild_reactions=True),
        max_messages=None,
        member_cache_flags=flags,
        chunk_guilds_at_startup=False,
        shard_count=1,
    )

    @client.event
    async def on_raw_reaction_add(_: object) -> None:
        count.done()

    @client.event
    async def on_raw_reaction_remove(_: object) -> None:
        count.done()

    running = asyncio.create_task(client.start(TOKEN))
    await count.listen()
    await client.close()
    await asyncio.gather(running, return_exceptions=True)


async def bolt(address: str) -> None:
    from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler  # noqa: PLC0415 -- the same
    from slack_bolt.async_app import AsyncApp  # noqa: PLC0415 -- the same
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415 -- the same

    count = Count()
    web = AsyncWebClient("xoxb-1", base_url=f"{address}/api/")
    app = AsyncApp(client=web)

    @app.event("reaction_added")
    async def added() -> None:
        count.done()

    @app.event("reaction_removed")
    async def removed() -> None:
        count.done()

    handler = AsyncSocketModeHandler(app, "xapp-1", web_client=web)
    await handler.connect_async()
    await count.listen()
    await handler.close_async()


async def main(who: str, platform: str, address: str, database: str = "") -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    match who:
        case "discord.py":
            await discord_py(address)
        case "bolt":
            await bolt(address)
        case _:
            await kindling(platform, address, database, one_by_one=who == "kindling-one-by-one")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

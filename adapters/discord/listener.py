"""The gateway: events of Discord as calls of the front door."""

import asyncio
import sys
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import discord
import structlog

from adapters.discord import commands
from adapters.discord.connection import RATE_LIMIT_PATIENCE, intents
from adapters.discord.doorstep import Doorstep
from adapters.discord.errors import translated
from adapters.discord.files import Files
from adapters.discord.inbound import Inbound
from adapters.discord.incoming import Incoming, Interaction
from adapters.discord.pace import Pace, trace
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from bot.app import Kindling
from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.places import MessageRef, Place
from bot.domain.reactions import Cleared, Happening, Reacted, neutral_emoji
from bot.ports import Clock

if TYPE_CHECKING:
    import yarl

_log = structlog.get_logger(__name__)

PLATFORM = "discord"
SETTLING = 0.3
"""Seconds without a further server after which the list of servers counts as complete. Nothing of what a
server's details say is needed: which servers there are is known from the first message."""
LEAVING = 3.0
"""Seconds for what is being answered when listening ends."""
AGAIN = 30.0
NOT_IN_SERVER = frozenset({"discord.server_gone", "discord.no_access"})
"""What it means when Discord says so of a whole server."""
REACTIONS = frozenset(
    {"raw_reaction_add", "raw_reaction_remove", "raw_reaction_clear", "raw_reaction_clear_emoji"},
)
ReactionEvent: TypeAlias = (
    discord.RawReactionActionEvent | discord.RawReactionClearEvent | discord.RawReactionClearEmojiEvent
)


def emoji_name(emoji: discord.PartialEmoji) -> str:
    """The neutral spelling: `:name:` for a server's own emoji."""
    if emoji.is_unicode_emoji():
        return neutral_emoji(emoji.name)
    return f":{emoji.name or emoji.id}:"


class Arrivals:
    """The instants at which events arrived: no two are the same, so their order stays."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: datetime | None = None

    def now(self) -> datetime:
        """The present instant, or just after the last one."""
        now = self._clock.now()
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now


class Listener(discord.AutoShardedClient):
    """A client that lives as long as one connection: a lost one is never mended, the next is a new one."""

    def __init__(self, settings: DiscordSettings, kindling: Kindling, patience: float, pace: Pace) -> None:
        super().__init__(
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=RATE_LIMIT_PATIENCE,
            http_trace=trace(pace, settings.api_url),
            guild_ready_timeout=SETTLING,
            shard_connect_timeout=30.0,
            shard_count=settings.shard_count,
            shard_ids=cast("list[int]", settings.shard_ids and list(settings.shard_ids)),
        )
        self.rest = Rest(self.http)
        self._kindling = kindling
        self._pace = pace
        self._inbound = Inbound(kindling, self.rest, patience, Files(settings.api_url))
        self._doorstep = Doorstep(kindling)
        self._arrivals = Arrivals(kindling.clock)
        self._sees_all = not settings.shard_ids or len(set(settings.shard_ids)) == settings.shard_count
        self._launched: set[int] = set()
        self._out: set[int] = set()
        self._doubted: set[int] = set()
        self._removed: set[int] = set()
        self._news = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    async def launch_shard(self, gateway: "yarl.URL", shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard for the first time; raises `TryLater` when that fails.

        discord.py would call this again from inside itself, for ever, and nobody would hear of it.
        """
        if shard_id in self._launched:
            raise TryLater("discord.gateway_refused")
        self._launched.add(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def run_until_lost(self) -> None:
        """Take events until the connection is lost for good, or the token is refused; the REST side must be logged
        in."""
        tasks = (
            self._register(),
            self._tell_of_connections(),
            self._leave_when_refused(),
            self._doorstep.let_in(),
        )
        beside = [asyncio.create_task(task) for task in tasks]
        try:
            await self.connect()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            if self._under_way:
                await asyncio.wait(self._under_way, timeout=LEAVING)
            for task in self._under_way:
                task.cancel()

    async def on_ready(self) -> None:
        """All shards are connected."""
        self._news.set()

    async def on_shard_ready(self, _: int) -> None:
        """One shard began a new session."""
        self._connected_again()

    async def on_resumed(self) -> None:
        """A session goes on after a gap."""
        self._connected_again()

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """A server has an outage; the bot is still in it."""
        self._out.add(guild.id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is back, and what happened in it meanwhile was not told."""
        self._removed.discard(guild.id)
        if guild.id in self._out:
            self._out.discard(guild.id)
            self._connected_again()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited."""
        self._removed.discard(guild.id)
        await self._do(self._kindling.joined(PLATFORM, str(guild.id)))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed, or the server was deleted."""
        await self._do(self._kindling.left(PLATFORM, str(guild.id)))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted."""
        place = Place(PLATFORM, str(channel.guild.id), str(channel.id))
        await self._do(self._kindling.channel_lost(place, "discord.channel_deleted"))

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """A thread was deleted."""
        place = Place(PLATFORM, str(thread.guild_id), str(thread.thread_id))
        await self._do(self._kindling.channel_lost(place, "discord.thread_deleted"))

    async def on_interaction(self, interaction: Interaction) -> None:
        """A command, a button, a form, or somebody typing one."""
        await self._do(self._inbound.handle(Incoming.read(interaction)))

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- discord.py gives anything
        """Reactions are taken in as they arrive, in their order, and without a task for each of them.

        What this raises ends the connection.
        """
        if event == "shard_connect":
            self._doubt(args[0])
        if event not in REACTIONS:
            super().dispatch(event, *args, **kwargs)
        elif (happening := self._happening(args[0])) is not None:
            self._doorstep.bring(happening)

    async def on_error(self, event_method: str, /, *_args: object, **_kwargs: object) -> None:
        """Whatever an event's handling raised; the event is lost, the connection goes on."""
        if isinstance(problem := sys.exc_info()[1], DatabaseProblem):
            _log.warning("discord.event_not_kept", handler=event_method, code=problem.code)
            return
        _log.exception("discord.event_failed", handler=event_method)

    def _happening(self, event: ReactionEvent) -> Happening | None:
        """What an event means; None for what bots do, and for other people's messages where Discord tells whose it is.

        Of a reaction that is taken off, Discord says neither.
        """
        if event.guild_id is None or self.user is None:
            return None
        ref = _ref(event.guild_id, event.channel_id, event.message_id)
        at = self._arrivals.now()
        if isinstance(event, discord.RawReactionClearEvent):
            return Cleared(ref, None, at)
        if isinstance(event, discord.RawReactionClearEmojiEvent):
            return Cleared(ref, emoji_name(event.emoji), at)
        own = self.user.id
        by_bot = event.user_id == own or (event.member is not None and event.member.bot)
        if by_bot or event.message_author_id not in (None, own):
            return None
        return Reacted(ref, str(event.user_id), emoji_name(event.emoji), event.event_type == "REACTION_ADD", at)

    async def _do(self, work: Awaitable[None]) -> None:
        """Do what an event asks for, known as being under way so that it can be finished at the end."""
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._under_way.add(task)
        try:
            await work
        finally:
            self._under_way.discard(task)

    def _doubt(self, shard_id: int) -> None:
        """A session begins by naming its servers, which are then made anew and known in full only later. discord.py
        forgets none: one that is still known in full was not named, and may have removed the bot since."""
        self._doubted |= {guild.id for guild in self.guilds if guild.shard_id == shard_id and not guild.unavailable}

    async def _find_removed(self) -> None:
        """Ask about the servers that are in doubt; those that cannot be asked about stay so."""
        for guild in tuple(self._doubted):
            try:
                async with translated():
                    await self.rest.guild(str(guild))
            except AdapterError as error:
                if str(error) not in NOT_IN_SERVER:
                    _log.info("discord.server_in_doubt", server=guild, code=str(error))
                    continue
                self._removed.add(guild)
                await self._kindling.left(PLATFORM, str(guild))
            self._doubted.discard(guild)

    async def _ask_again(self) -> None:
        """Ask about the servers that are still in doubt, until there is other news. That compares nothing anew."""
        while self._doubted:
            try:
                async with asyncio.timeout(AGAIN):
                    await self._news.wait()
            except TimeoutError:
                await self._find_removed()
            else:
                return

    def _connected_again(self) -> None:
        """Events may have been lost. Before the first `on_ready` that one says it for all."""
        if self.is_ready():
            self._news.set()

    async def _tell_of_connections(self) -> None:
        """Call `connected` after each connection; several at once become one call."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._find_removed()
                there = frozenset(str(guild.id) for guild in self.guilds if guild.id not in self._removed)
                await self._kindling.connected(PLATFORM, there if self._sees_all else None)
                await self._ask_again()
                continue
            except Exception as error:  # noqa: BLE001 - the top of this loop
                if isinstance(error, DatabaseProblem):
                    _log.warning("discord.not_compared", code=error.code)
                else:
                    _log.exception("discord.comparison_failed")
            await asyncio.sleep(AGAIN)
            self._news.set()

    async def _leave_when_refused(self) -> None:
        """The gateway knows nothing of a token that was reset, for hours; the REST side does at once."""
        await self._pace.refused.wait()
        await asyncio.shield(self.close())  # connecting ends in its midst, and with it this task

    async def _register(self) -> None:
        """Register the tables of commands and menus if Discord knows others; patient, and in nobody's way."""
        wanted = commands.native(self._kindling.commands, self._kindling.menus)
        application = str(self.application_id)
        while True:
            try:
                async with translated():
                    if commands.same(wanted, await self.rest.commands(application)):
                        return
                    await self.rest.put_commands(application, wanted)
                    _log.info("discord.commands_registered", count=len(wanted))
                    return
            except TryLater as error:
                _log.warning("discord.commands_not_registered", code=error.code)
                await asyncio.sleep(error.after.total_seconds())
            except (Unreachable, Unacceptable, Uncertain) as error:
                _log.error("discord.commands_refused", code=error.code)
                return


@lru_cache(maxsize=1024)  # many people react to few messages
def _ref(guild: int, channel: int, message: int) -> MessageRef:
    return MessageRef(Place(PLATFORM, str(guild), str(channel)), str(message))

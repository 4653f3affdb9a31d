"""How discord.py is made to speak to Discord: addresses, clients, logging in."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import discord
import yarl
from discord.asset import Asset
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.errors import LOGIN_REFUSED, TOKEN_REFUSED, translated
from adapters.discord.pace import Pace, trace
from adapters.discord.rest import Rest
from adapters.discord.settings import DISCORD_API, DiscordSettings
from bot.domain.errors import TryLater, Unreachable

RATE_LIMIT_PATIENCE = 30.0
"""Seconds that discord.py may sleep through a rate limit; a longer one becomes `TryLater`."""

_CDN = Asset.BASE


def intents() -> discord.Intents:
    """Servers, and reactions in them. Nothing that reads what people write."""
    return discord.Intents(guilds=True, guild_reactions=True)


def follow(api_url: str) -> None:
    """Make discord.py speak to `api_url`. It keeps its addresses in classes, so they are the process's."""
    Route.BASE = api_url
    base = _CDN if api_url == DISCORD_API else str(yarl.URL(api_url).origin())
    Asset.BASE = base  # pyright: ignore[reportAttributeAccessIssue] - typed as the one address it usually is


def sender(settings: DiscordSettings, pace: Pace) -> discord.Client:
    """A client that is used over REST only."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # Kindling never speaks aloud
    return discord.Client(
        intents=intents(),
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        max_ratelimit_timeout=RATE_LIMIT_PATIENCE,
        http_trace=trace(pace, settings.api_url),
    )


WRONG_ADDRESS = "What answers at api_url is not Discord's API. Look at api_url in the table [adapters.discord]."


@asynccontextmanager
async def welcome() -> AsyncGenerator[None]:
    """As `translated`, but where it is the adapter's own affair that the token is refused: that is `Unreachable`."""
    try:
        async with translated():
            yield
    except discord.LoginFailure as error:
        raise Unreachable(TOKEN_REFUSED, LOGIN_REFUSED) from error
    except TryLater as error:
        if error.code != TOKEN_REFUSED:
            raise
        raise Unreachable(TOKEN_REFUSED, LOGIN_REFUSED) from error


async def log_in(client: discord.Client, settings: DiscordSettings) -> None:
    """Raises `TryLater` or, when the token is refused, `Unreachable`."""
    try:
        async with welcome():
            await client.login(settings.token.get_secret_value())
    except Unreachable as error:
        if error.code != "discord.not_found":
            raise
        raise Unreachable("discord.wrong_address", WRONG_ADDRESS) from error


async def still_logged_in(client: discord.Client) -> None:
    """Raises `TryLater` or, when the token is not taken any more, `Unreachable`."""
    async with welcome():
        await client.http.request(Route("GET", "/users/@me"))


async def find_gateway(rest: Rest, settings: DiscordSettings) -> None:
    """Point discord.py at the gateway that the API names, if a session may be begun there for each shard.

    Discord resets the token of a bot that begins more sessions in a day than it is allowed.
    """
    gateway = await rest.gateway()
    limit = cast("Mapping[str, int]", gateway["session_start_limit"])
    shards = len(settings.shard_ids or ()) or settings.shard_count or cast("int", gateway["shards"])
    if limit["remaining"] < shards:
        raise TryLater("discord.no_sessions_left", timedelta(milliseconds=limit["reset_after"]))
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(str(gateway["url"]))

"""What Discord and the network say, in Kindling's own words.

401                  TryLater        the token is refused: nobody's channel is to blame, and `listen` says what to do
403, 404             Unreachable     the place or the right is gone
403 without a code   TryLater        what stands before Discord's API refuses this machine, and no place is to blame
429, long limits     TryLater        nothing was carried out
too much of a thing  TryLater        the same, whatever status Discord says it with (`_BUSY`)
400 and other 4xx    Unacceptable    this very request is refused
5xx, lost answers    Uncertain       for what creates a message: it may be there
                     TryLater        for all else: it can simply be done again

A nonce makes Discord answer a quick repeat with the first message, but only for a few minutes, and a worker
may come back much later. So even after a 503 a message counts as perhaps posted, until `find` has looked.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import discord

from bot.domain.errors import AdapterError, Gone, TryLater, Unacceptable, Uncertain, Unreachable

LIMIT = 30.0
"""Seconds that anything asked of Discord may take."""

UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MESSAGE, UNKNOWN_EMOJI = 10003, 10004, 10008, 10014
UNKNOWN_MEMBER, UNKNOWN_USER = 10007, 10013
ALREADY_ACKNOWLEDGED = 40060
MISSING_PERMISSIONS = 50013
THREAD_ARCHIVED = 50083
UNTIL_MENDED = timedelta(minutes=1)
_BUSY = frozenset(
    {
        20022,  # edits of announcements
        20028,  # what is written in a channel
        20029,  # what is written in a server
        30046,  # edits of old messages
        40003,  # direct messages that are opened, as a 403
        40004,  # sending, which is switched off for a while
        40006,  # something else that is
        40062,
        40333,  # Cloudflare
        130000,
    }
)
"""Too much of something, whatever the status is that Discord says it with."""

TOKEN_REFUSED = "discord.token_refused"  # noqa: S105 - the name of an error
LOGIN_REFUSED = (
    "Discord refuses the bot's token. Make a new one in the Developer Portal (your application > Bot > Reset "
    "Token) and put it into KINDLING_DISCORD_TOKEN."
)
_CHANNEL_GONE = "This channel is no longer there. A moderator can choose another one with /kindling setup."
_DIRECT_MESSAGES_CLOSED = (
    "discord.direct_messages_closed",
    "This person does not take direct messages from here, and that is fine.",
)
_NOT_A_TEXT_CHANNEL = (
    "discord.not_a_text_channel",
    "Cards need a text channel. Choose another one with /kindling setup.",
)
_OVER = ("discord.interaction_over", "It took too long to answer. Please do it once more.")
_CLOSED = {
    UNKNOWN_CHANNEL: ("discord.channel_gone", _CHANNEL_GONE),
    UNKNOWN_GUILD: ("discord.server_gone", "Kindling is no longer in this server. It can be invited again."),
    50001: (
        "discord.no_access",
        "Kindling cannot see this channel. In Edit Channel > Permissions, allow “View Channel” for Kindling.",
    ),
    50007: _DIRECT_MESSAGES_CLOSED,
    50278: _DIRECT_MESSAGES_CLOSED,  # no server in common any more
    50008: _NOT_A_TEXT_CHANNEL,
    40058: _NOT_A_TEXT_CHANNEL,  # a forum
    10015: _OVER,
    10062: _OVER,
    50027: _OVER,  # which comes as a 401 and says nothing of the bot's own token
    MISSING_PERMISSIONS: (
        "discord.missing_permission",
        "Kindling may not write in this channel. In Edit Channel > Permissions, allow “Send Messages” for Kindling.",
    ),
    THREAD_ARCHIVED: (
        "discord.thread_archived",
        "This thread is archived. Reopen it, or choose another with /kindling setup.",
    ),
    160005: ("discord.thread_locked", "This thread is locked. Unlock it, or choose another with /kindling setup."),
}
_LOST = {
    403: (
        "discord.forbidden",
        "Discord does not let Kindling do this. A moderator can see which right is missing with /kindling status.",
    ),
    404: ("discord.not_found", _CHANNEL_GONE),
}


@asynccontextmanager
async def translated(*, doubtful: bool = False, limit: float = LIMIT) -> AsyncGenerator[None]:
    """Whatever happens inside comes out as an `AdapterError`, after `limit` seconds at most.

    `doubtful` says that a request without an answer may have created something.
    """
    try:
        async with asyncio.timeout(limit):
            yield
    except AdapterError:
        raise
    except discord.RateLimited as error:
        raise TryLater("discord.rate_limited", timedelta(seconds=error.retry_after)) from error
    except discord.HTTPException as error:
        raise refused(error, doubtful=doubtful) from error
    except aiohttp.ClientConnectorError as error:
        raise TryLater("discord.no_connection") from error
    except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
        raise _unanswered("discord.no_answer", doubtful=doubtful) from error
    except KeyError as error:
        if error.args != ("retry_after",):  # discord.py looks for it in the body of every 429
            raise
        raise TryLater("discord.rate_limited", UNTIL_MENDED) from error
    except RuntimeError as error:
        if str(error) != "Session is closed":  # aiohttp, when `close` was quicker than this call
            raise
        raise TryLater("discord.not_open") from error


def refused(error: discord.HTTPException, *, doubtful: bool = False) -> AdapterError:
    """What an answer of Discord's that is no success means."""
    if error.status >= 500:  # noqa: PLR2004 - HTTP's own number
        return _unanswered(f"discord.status_{error.status}", doubtful=doubtful)
    if error.code in _BUSY or error.status == 429:  # noqa: PLR2004 - the same
        return TryLater("discord.rate_limited", _retry_after(error))
    if error.code == UNKNOWN_MESSAGE:
        return Gone("discord.message_gone", "This message is no longer there.")
    if lost := _CLOSED.get(error.code):
        return Unreachable(*lost)
    return _by_status(error)


def _by_status(error: discord.HTTPException) -> AdapterError:
    if error.status == 401:  # noqa: PLR2004 - HTTP's own number
        return TryLater(TOKEN_REFUSED, UNTIL_MENDED)
    if error.status == 403 and not error.code:  # noqa: PLR2004 - the same
        return TryLater("discord.blocked", UNTIL_MENDED)
    if lost := _LOST.get(error.status):
        return Unreachable(*lost)
    return Unacceptable(f"discord.refused_{error.code}")


def _unanswered(code: str, *, doubtful: bool) -> AdapterError:
    return Uncertain(code) if doubtful else TryLater(code)


def _retry_after(error: discord.HTTPException) -> timedelta:
    """How long Discord, or the network before it, asks us to wait."""
    try:
        return timedelta(seconds=float(error.response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return UNTIL_MENDED

"""What Discord does with a message that is there: pins it, begins a thread at it. Both may be asked for again."""

from collections.abc import Collection
from typing import cast

import discord

from adapters.discord import rights
from adapters.discord.errors import MISSING_PERMISSIONS, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from adapters.discord.rest import Rest
from adapters.discord.text import crop, line
from bot.domain.errors import Unreachable
from bot.domain.finishing import Step
from bot.domain.places import Lack, MessageRef, Place

PINS_LIMIT = 250
TITLE_LIMIT = 100
QUIET_MINUTES = 1440
"""After a day without a word Discord takes a thread out of sight. Nothing in it is lost."""
TOO_MANY_PINS, THREAD_THERE, CANNOT_HERE = 30003, 160004, 50024
TOO_MANY_THREADS = (160006, 160007)
NO_ROOM_FOR_THREADS = (
    "This server has as many open threads as Discord allows. Close some of them, and the next card has its thread "
    "again."
)
NO_ROOM = (
    f"This channel has {PINS_LIMIT} pinned messages, which is all that Discord takes. Unpin some of them, and the next "
    "card is pinned again."
)
NO_THREADS = Lack(
    "discord.no_threads_here",
    "Discord opens threads in text and announcement channels only, and none inside of a thread or a forum. Please "
    "choose another channel for this card, or leave the thread out.",
)


async def pin(rest: Rest, ref: MessageRef, instead_of: MessageRef | None) -> None:
    """The new one first: should there be no room for both, the old one makes some. Errors are discord.py's own."""
    try:
        await _pin(rest, ref)
    except discord.HTTPException as error:
        if error.code != TOO_MANY_PINS or instead_of is None:
            raise _refused(error, rights.PIN) from error
        await _unpin(rest, instead_of)
        await _pin_in_the_end(rest, ref)
        return
    if instead_of is not None:
        await _unpin(rest, instead_of)


async def _pin(rest: Rest, ref: MessageRef) -> None:
    await rest.pin(ref.place.channel, ref.message)


async def _pin_in_the_end(rest: Rest, ref: MessageRef) -> None:
    try:
        await _pin(rest, ref)
    except discord.HTTPException as error:
        raise _refused(error, rights.PIN) from error


async def _unpin(rest: Rest, ref: MessageRef) -> None:
    """What is gone, or out of reach by now, keeps nobody from pinning another."""
    try:
        await rest.unpin(ref.place.channel, ref.message)
    except discord.HTTPException as error:
        if error.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL) and error.status != 403:  # noqa: PLR2004 - HTTP's own
            raise


async def open_thread(rest: Rest, ref: MessageRef, title: str) -> None:
    """A message has one thread at most, so asking twice opens one. Errors are discord.py's own."""
    name = crop(line(title), TITLE_LIMIT) or "Kindling"
    try:
        await rest.open_thread(ref.place.channel, ref.message, name, QUIET_MINUTES)
    except discord.HTTPException as error:
        if error.code == THREAD_THERE:
            return
        if error.code == CANNOT_HERE:
            raise Unreachable(NO_THREADS.code, NO_THREADS.sentence) from error
        raise _refused(error, rights.THREADS) from error


def _refused(error: discord.HTTPException, right: str) -> Exception:
    """A refusal in words where it is known which right it is about."""
    if error.code == TOO_MANY_PINS:
        return Unreachable("discord.too_many_pins", NO_ROOM)
    if error.code in TOO_MANY_THREADS:
        return Unreachable("discord.too_many_threads", NO_ROOM_FOR_THREADS)
    if error.code == MISSING_PERMISSIONS:
        lack = rights.lack("Kindling", right)
        return Unreachable(lack.code, lack.sentence)
    return error


async def hindrances(client: discord.Client, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
    """What is missing for this in a channel, as it is at this moment. Errors are discord.py's own."""
    guild = await client.fetch_guild(int(place.space), with_counts=False)
    channel = await guild.fetch_channel(int(place.channel))
    found: list[Lack] = []
    if Step.THREAD in steps and not isinstance(channel, discord.TextChannel):
        found.append(NO_THREADS)
    if isinstance(channel, discord.Thread):
        channel = await guild.fetch_channel(channel.parent_id)  # a thread has its channel's rights
    own = cast("discord.ClientUser", client.user)
    held = cast("discord.TextChannel", channel).permissions_for(await guild.fetch_member(own.id))
    if Step.PIN in steps and not getattr(held, rights.PIN):
        found.append(rights.lack_of(client, rights.PIN))
    if Step.THREAD in steps and isinstance(channel, discord.TextChannel) and not getattr(held, rights.THREADS):
        found.append(rights.lack_of(client, rights.THREADS))
    if notify:
        role = guild.get_role(int(notify))
        if role is None or role.is_default():
            found.append(rights.NO_ROLE)
        elif not role.mentionable and not held.mention_everyone:
            found.append(rights.not_mentionable(client, role.name))
    return tuple(found)

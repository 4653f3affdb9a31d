"""Which rights the bot has in a channel, asked of Discord at this moment, and how to give those it lacks."""

from collections.abc import Collection, Mapping
from typing import cast

import discord

from adapters.discord.errors import UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MEMBER, UNKNOWN_USER
from bot.domain.places import Lack, Named, Person, Place, Standing

PIN, THREADS = "pin_messages", "create_public_threads"
"""Needed only where a schedule wants its cards pinned, or a thread under them."""
VIEW, SEND, SEND_IN_THREADS, HISTORY, ATTACH = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "read_message_history",
    "attach_files",
)
_NAMES = {
    VIEW: "View Channel",
    SEND: "Send Messages",
    SEND_IN_THREADS: "Send Messages in Threads",
    HISTORY: "Read Message History",
    PIN: "Pin Messages",
    THREADS: "Create Public Threads",
}
_WHY = {
    VIEW: "see the channel",
    SEND: "post cards",
    SEND_IN_THREADS: "post cards in this thread",
    HISTORY: "find a card again after a broken connection, so that it is never posted twice",
    PIN: "pin its cards",
    THREADS: "open threads under its cards",
}
_NO_ACCESS = 50001
INVITED_WITH = discord.Permissions(**dict.fromkeys((VIEW, SEND, SEND_IN_THREADS, HISTORY, ATTACH), True))
"""What Kindling is invited with: the least, and the right to attach the picture of the weekly recap, which comes in
words where that is taken away."""

GONE = Lack(
    "discord.channel_gone",
    "This channel is not in this server any more, or Kindling is not. A moderator can choose another channel with "
    "/kindling setup.",
    elsewhere=True,
)
NOT_TEXT = Lack(
    "discord.not_a_text_channel",
    "Cards need a text channel, an announcement channel or a thread. Please choose another channel.",
)
NO_ROLE = Lack(
    "discord.role_gone",
    "The role that a card shall notify is not in this server any more. Choose another with /kindling settings.",
)
LOCKED = Lack("discord.thread_locked", "This thread is locked. Unlock it, or choose another channel.")


def manages(held: discord.Permissions) -> bool:
    """Whether somebody with these rights may configure Kindling. A server's owner has every right."""
    return held.manage_guild or held.administrator


def given_roles(user: discord.User | discord.Member) -> frozenset[str]:
    """The roles that somebody was given; everybody's own is none.

    They are counted by what Discord says of the member. `user.roles` leaves out all of them while the server was not
    told yet, as at the beginning of a session, which can take minutes where there are many servers.
    """
    if not isinstance(user, discord.Member):
        return frozenset()
    given = user._roles  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the ids are nowhere else
    return frozenset(str(role) for role in given if role != user.guild.id)


async def standing(client: discord.Client, person: Person) -> Standing | None:
    """Who somebody is in a server, asked over REST: the server with its roles and its owner, then the member.

    Errors are discord.py's own.
    """
    try:
        guild = await client.fetch_guild(int(person.space), with_counts=False)
        member = await guild.fetch_member(int(person.user))
    except discord.NotFound as error:
        if error.code in (UNKNOWN_MEMBER, UNKNOWN_USER):
            return None
        raise
    except ValueError:
        return None
    if member.bot:
        return None
    return Standing(manages(member.guild_permissions), member.display_name, roles=given_roles(member))


async def who(client: discord.Client, space: str, said: Collection[str]) -> Mapping[str, Named]:
    """Roles by id or name, and members by id; the role that everybody has and bots are nobody. A name that several
    roles have says none of them. Errors are discord.py's own."""
    guild = await client.fetch_guild(int(space), with_counts=False)
    found: dict[str, Named] = {}
    for word in said:
        roles = [role for role in guild.roles if word == str(role.id) or word.casefold() == role.name.casefold()]
        if len(roles) == 1 and not roles[0].is_default():
            found[word] = Named(str(roles[0].id), f"@{roles[0].name}", group=True)
        elif not roles and (one := await standing(client, Person("discord", space, word))):
            found[word] = Named(word, one.name)
    return found


async def secluded(client: discord.Client, place: Place) -> bool | None:
    """Whether the role that everybody has does not see a channel. Errors are discord.py's own."""
    try:
        guild = await client.fetch_guild(int(place.space), with_counts=False)
        channel = await guild.fetch_channel(int(place.channel))
        if isinstance(channel, discord.Thread):
            if channel.is_private():
                return True
            channel = await guild.fetch_channel(channel.parent_id)
    except (ValueError, discord.InvalidData):
        return None
    return not cast("discord.TextChannel", channel).permissions_for(guild.default_role).view_channel


def admission(client: discord.Client) -> str:
    """How those who were chosen come to see the moderators' commands: no bot can set that by itself."""
    name = client.application.name if client.application else "Kindling"
    return (
        "Discord shows the /kindling commands only to members with “Manage Server”, and lets no bot change that. For "
        f"everybody else who was chosen, an administrator opens Server Settings > Integrations > {name}, chooses "
        "/kindling under Commands, presses “Add Roles or Members” and picks the same roles and people. Buttons work "
        "without that."
    )


async def channels(client: discord.Client, space: str) -> list[Named]:
    """The server's channels for texts that the bot can see, from the top down; errors are discord.py's own."""
    own = cast("discord.ClientUser", client.user)
    guild = await client.fetch_guild(int(space), with_counts=False)
    found = await guild.fetch_channels()
    me = await guild.fetch_member(own.id)
    texts = [channel for channel in found if isinstance(channel, discord.TextChannel)]
    texts.sort(key=lambda channel: (channel.position, channel.id))
    return [Named(str(one.id), one.name) for one in texts if one.permissions_for(me).view_channel]


async def is_elsewhere(client: discord.Client, listener: discord.Client | None, place: Place) -> bool:
    """Whether a channel is another server's, as far as who listens here knows the server: that Kindling may write to it
    says nothing of whose it is. What the server is not known to have, such as an archived thread, is asked about;
    errors are discord.py's own."""
    try:
        guild, channel = listener.get_guild(int(place.space)) if listener else None, int(place.channel)
    except ValueError:
        return True
    if guild is None or guild.unavailable or guild.get_channel_or_thread(channel):
        return False
    found = await client.http.get_channel(channel)
    return str(found.get("guild_id")) != place.space


async def lacking(client: discord.Client, place: Place) -> tuple[Lack, ...]:
    """What stands between the bot and posting in `place`; errors are discord.py's own."""
    try:
        guild = await client.fetch_guild(int(place.space), with_counts=False)
        channel = await guild.fetch_channel(int(place.channel))
        return await _missing(client, guild, channel)
    except (ValueError, discord.InvalidData):
        return (GONE,)
    except discord.HTTPException as error:
        if error.code in (UNKNOWN_CHANNEL, UNKNOWN_GUILD):
            return (GONE,)
        if error.code == _NO_ACCESS:
            return (lack_of(client, VIEW),)
        raise


async def _missing(client: discord.Client, guild: discord.Guild, channel: object) -> tuple[Lack, ...]:
    needed, locked = (VIEW, SEND, HISTORY), False
    if isinstance(channel, discord.Thread):
        needed, locked = (VIEW, SEND_IN_THREADS, HISTORY), channel.locked
        channel = await guild.fetch_channel(channel.parent_id)  # a thread has its channel's rights
    elif not isinstance(channel, discord.TextChannel | discord.VoiceChannel):
        return (NOT_TEXT,)
    own = cast("discord.ClientUser", client.user)
    me = await guild.fetch_member(own.id)
    held = cast("discord.TextChannel", channel).permissions_for(me)
    if locked and not held.manage_threads:
        return (LOCKED,)
    lacks = tuple(lack_of(client, right) for right in needed if not getattr(held, right))
    return (timed_out(client),) if lacks and me.is_timed_out() else lacks


def timed_out(client: discord.Client) -> Lack:
    """The bot may write nowhere in the server for a while, whatever rights it has."""
    name = _called(client)
    return Lack(
        "discord.timed_out",
        f"{name} is in a timeout, so it may write nowhere in this server. In Server Settings > Members, choose {name} "
        "and then Remove Timeout.",
    )


def not_mentionable(client: discord.Client, role: str) -> Lack:
    """A role that hears of a card only where somebody allows it."""
    name = _called(client)
    return Lack(
        "discord.role_not_mentionable",
        f"The role “{role}” hears nothing of a card so far. In Server Settings > Roles > {role}, turn on “Allow anyone "
        f"to @mention this role”; or give {name} the right “Mention @everyone, @here, and All Roles”. {name} mentions "
        "that one role and nobody else.",
    )


def lack_of(client: discord.Client, right: str) -> Lack:
    """A right that is missing."""
    return lack(_called(client), right)


def _called(client: discord.Client) -> str:
    return client.application.name if client.application else "Kindling"


def lack(name: str, right: str) -> Lack:
    """A right that a bot of this name lacks, and how it is given."""
    return Lack(
        f"discord.lacks_{right}",
        f"“{_NAMES[right]}” is missing, which {name} needs to {_WHY[right]}. In Server Settings > Roles > {name}, "
        f"turn on “{_NAMES[right]}”. If the channel has permissions of its own, allow it in Edit Channel > "
        f"Permissions > {name} too.",
    )

"""A message that somebody used a menu on, and who can read along where it stands.

Discord hands the message over with the command that is used on it, content included, to apps without the
message-content intent too: "Content of the message a message context menu command is used on" is one of the
exceptions that https://discord.com/developers/docs/events/gateway#message-content-intent lists.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import discord

from adapters.discord.render import EPHEMERAL
from bot.domain.message import Action
from bot.domain.places import Actor, MessageRef, Place
from bot.domain.said import SAID_LIMIT, Channel, Said

READ = 4 * SAID_LIMIT
"""How much is looked at; Discord's messages have at most 4,000 characters."""
_PASSES = 4
_WITHOUT = str.maketrans("", "", "<>[]@")
_NOT_FOR_ALL = (discord.NSFWLevel.explicit, discord.NSFWLevel.age_restricted)
_LIVE = re.compile(
    r"<@&[0-9]+>(?P<role>)"
    r"|<@!?[0-9]+>(?P<person>)"
    r"|<\#[0-9]+>(?P<channel>)"
    r"|<a?:(?P<emoji>\w+):[0-9]+>"
    r"|<t:(?P<instant>-?[0-9]+)(?::\w)?>"
    r"|</(?P<command>[^<>:]+):[0-9]+>"
    r"|<id:(?P<guide>[\w-]+)>"
    r"|<sound:[0-9]+:[0-9]+>(?P<sound>)"
    r"|\[(?P<words>(?:[^\[\]\n]|\[[^\[\]\n]*\])++)\]\(\s*+<?(?P<behind>https?://(?:[^\s<>()]|\([^\s<>()]*\))++)>?[^()\n]*\)"
    r"|<(?P<address>(?:https?://|mailto:|tel:|\+)[^\s<>]+|[^\s<>@]+@[^\s<>]+)>"
    r"|(?<!@)(?P<joined>(?<=\w))?@++(?P<everyone>everyone|here)",
    re.IGNORECASE,
)
"""What Discord shows as something else than its letters, or that pings:
https://discord.com/developers/docs/reference#message-formatting, and links whose words are not their address."""

_WORDS = {
    "person": "someone",
    "role": "a group",
    "channel": "a channel",
    "guide": "a channel",
    "sound": "a sound",
    "emoji": ":{}:",
    "command": "/{}",
    "address": "{}",
}


def read(data: Mapping[str, object], here: Channel, actor: Actor, me: str) -> Said:
    """The message in a message command's data; `me` is the user that Kindling is here."""
    target, message = str(data["target_id"]), _message(data)
    author, webhook = _part(message, "author"), message.get("webhook_id")
    writer = str(author.get("id") or "")
    channel = str(message.get("channel_id") or actor.channel)
    private = int(str(message.get("flags") or 0)) & EPHEMERAL  # an answer to one person: it is nobody's copy
    return Said(
        ref=MessageRef(Place(actor.person.platform, actor.person.space, channel), target),
        author="" if writer == webhook else writer,
        text=plain(str(message.get("content") or "")),
        by_bot=bool(author.get("bot") or author.get("system") or webhook),
        where=here,
        actions=tuple(_actions(message.get("components"))) if writer and writer == me and not private else (),
    )


def attachments(data: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    """The files of the message in a message command's data, which come with it as its words do."""
    return cast("list[Mapping[str, object]]", _message(data).get("attachments") or [])


def _message(data: Mapping[str, object]) -> Mapping[str, object]:
    messages = cast("Mapping[str, Mapping[str, object]]", _part(data, "resolved").get("messages") or {})
    return messages.get(str(data["target_id"]), {})


def where(guild: discord.Guild | None, channel: object) -> Channel:
    """Who can read along in a channel, as far as this process knows the server. A thread is as open as its channel.

    Private is what is hidden from @everyone. An interaction tells of its channel without the overwrites, so a channel
    that no event of the gateway has told of is unknown.
    """
    if guild is None:
        return Channel.PRIVATE
    private = False
    if isinstance(channel, discord.Thread):
        private, channel = channel.is_private(), channel.parent
    if guild.nsfw_level in _NOT_FOR_ALL or getattr(channel, "nsfw", False):
        return Channel.ADULT
    if private:
        return Channel.PRIVATE
    known = guild.get_channel(channel.id) if isinstance(channel, discord.abc.GuildChannel) else None
    if known is None:
        return Channel.UNKNOWN
    return Channel.OPEN if known.permissions_for(guild.default_role).view_channel else Channel.PRIVATE


def plain(content: str) -> str:
    """The words of a message, with nothing in them that Discord would take for a mention, a link or an emoji.

    What is put in the place of a piece can make another with what stands around it; nobody but somebody who
    is up to something writes that, and after a few times all signs that such pieces begin with are taken out.
    """
    text = content[:READ]
    for _ in range(_PASSES):
        text, found = _LIVE.subn(_spoken, text)
        if not found:
            break
    else:
        text = text.translate(_WITHOUT)
    return text[:SAID_LIMIT]


def _spoken(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    match kind:
        case "instant":
            said = _moment(int(found["instant"][:20]))
        case "behind":
            words, address = found["words"].strip(), found["behind"]
            said = address if words in address else f"{words} ({address})"
        case "everyone":
            said = "everyone" if found["joined"] is None else f" at {found['everyone']}"
        case _:
            said = _WORDS[kind].format(found[kind])
    return said


def _moment(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
    except (OverflowError, ValueError, OSError):
        return "a time"


def _actions(components: object) -> Iterator[Action]:
    """What the buttons of a message do, wherever in it they stand."""
    for component in cast("list[Mapping[str, object]]", components or []):
        action = Action.decode(str(component.get("custom_id") or ""))
        if action is not None:
            yield action
        yield from _actions(component.get("components"))


def _part(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", whole.get(name) or {})

"""Channels, messages and reactions over REST, with the rights that they need."""

from __future__ import annotations

from . import errors, posting
from .component_rules import is_emoji
from .errors import FormErrors
from .limits import OldEdits
from .rest import Answer, Call, Routes
from .values import THREADS, ChannelType, Json, Permission
from .world import Channel, Message, Reaction, User

PINS_LIMIT = 250
THREADABLE = {ChannelType.TEXT, ChannelType.ANNOUNCEMENT}
WRITABLE = {ChannelType.TEXT, ChannelType.DM, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, *THREADS}

routes = Routes()


def channel_of(call: Call, needed: int = 0) -> Channel:
    """The channel of the path, if the bot sees it and has the rights `needed` there."""
    channel = call.world.channels.get(call.args["channel_id"])
    if channel is None:
        raise errors.unknown_channel()
    permissions = channel.permissions_of(call.world.bot)
    if not permissions & Permission.VIEW_CHANNEL:
        raise errors.missing_access()
    if permissions & needed != needed:
        raise errors.missing_permissions()
    return channel


def message_of(call: Call, channel: Channel) -> Message:
    message = channel.message(call.args["message_id"])
    if message is None or message.only_for is not None:
        raise errors.unknown_message()
    return message


def readable_message(call: Call) -> Message:
    channel = channel_of(call)
    if not channel.permissions_of(call.world.bot) & Permission.READ_MESSAGE_HISTORY:
        raise errors.missing_access()
    return message_of(call, channel)


@routes.add("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Answer:
    return 200, channel_of(call).json()


@routes.add("POST", "/channels/{channel_id}/typing")
def show_typing(call: Call) -> Answer:
    channel_of(call, Permission.SEND_MESSAGES)
    return 204, None


@routes.add("POST", "/channels/{channel_id}/messages")
def create_message(call: Call) -> Answer:
    channel = channel_of(call)
    if channel.type not in WRITABLE:
        raise errors.not_a_text_channel()
    thread = channel.type in THREADS
    channel_of(call, Permission.SEND_MESSAGES_IN_THREADS if thread else Permission.SEND_MESSAGES)
    check_unlocked(call, channel)
    if call.files and not channel.permissions_of(call.world.bot) & Permission.ATTACH_FILES:
        raise errors.missing_permissions()
    if channel.recipient is not None:
        check_dm(call, channel.recipient)
    body = call.json
    first = posting.repeated(call.world, call.world.bot, body)
    message = first or posting.create(channel, call.world.bot, body, call.files)
    channel.archived = False
    return 200, message.json()


def check_unlocked(call: Call, channel: Channel) -> None:
    if channel.locked and not channel.permissions_of(call.world.bot) & Permission.MANAGE_THREADS:
        raise errors.thread_locked()


@routes.add("PATCH", "/channels/{channel_id}")
def edit_channel(call: Call) -> Answer:
    """Take a thread out of the archive, which whoever is in it may do; a bot is in where it has written."""
    thread = channel_of(call)
    if thread.type not in THREADS or set(call.json) != {"archived"} or call.json["archived"]:
        raise errors.missing_permissions()
    check_unlocked(call, thread)
    if all(message.author is not call.world.bot for message in thread.messages):
        raise errors.missing_access()
    thread.archived = False
    return 200, thread.json()


def check_dm(call: Call, user: User) -> None:
    if user.bot or not user.accepts_dms or not call.world.shares_guild(user):
        raise errors.cannot_dm()


@routes.add("GET", "/channels/{channel_id}/messages")
def list_messages(call: Call) -> Answer:
    """Newest first. Without the right to read the history there is simply nothing."""
    channel = channel_of(call)
    limit = call.number("limit", 50, 1, 100)
    if not channel.permissions_of(call.world.bot) & Permission.READ_MESSAGE_HISTORY:
        return 200, []
    found = [message for message in channel.messages if message.only_for is None]
    chosen = _around(call, found, limit)
    return 200, [message.json() for message in reversed(chosen)]


def _around(call: Call, found: list[Message], limit: int) -> list[Message]:
    asked = {key: int(call.query[key]) for key in ("around", "before", "after") if key in call.query}
    if len(asked) > 1:
        form = FormErrors()
        form.add("", "MUTUALLY_EXCLUSIVE", "Only one of around, before and after may be given.")
        form.refuse()
    if "after" in asked:
        return [message for message in found if int(message.id) > asked["after"]][:limit]
    if "before" in asked:
        return [message for message in found if int(message.id) < asked["before"]][-limit:]
    if "around" in asked:
        older = [message for message in found if int(message.id) < asked["around"]]
        newer = [message for message in found if int(message.id) >= asked["around"]]
        return older[len(older) - min(len(older), limit // 2) :] + newer[: limit - limit // 2]
    return found[-limit:]


@routes.add("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Answer:
    return 200, readable_message(call).json()


@routes.add("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(call: Call) -> Answer:
    message = message_of(call, channel_of(call))
    if message.author is not call.world.bot:
        raise errors.not_the_author()
    check_unlocked(call, message.channel)
    if message.channel.archived:
        raise errors.thread_archived()
    if call.world.now() - message.created >= OldEdits.AGE and (wait := call.world.old_edits.wait(message.channel.id)):
        raise errors.too_many_old_edits(wait)
    return 200, posting.edit(message, call.json, call.files).json()


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> Answer:
    channel = channel_of(call)
    message = message_of(call, channel)
    own = message.author is call.world.bot
    if not own and not channel.permissions_of(call.world.bot) & Permission.MANAGE_MESSAGES:
        raise errors.missing_permissions()
    posting.delete(message)
    return 204, None


@routes.add("PUT", "/channels/{channel_id}/messages/pins/{message_id}")
def pin_message(call: Call) -> Answer:
    """Again, what is pinned stays so. A channel holds 250 pins."""
    channel = channel_of(call, Permission.PIN_MESSAGES)
    message = message_of(call, channel)
    if not message.pinned and sum(one.pinned for one in channel.messages) >= PINS_LIMIT:
        raise errors.too_many_pins()
    message.pinned = True
    return 204, None


@routes.add("DELETE", "/channels/{channel_id}/messages/pins/{message_id}")
def unpin_message(call: Call) -> Answer:
    message_of(call, channel_of(call, Permission.PIN_MESSAGES)).pinned = False
    return 204, None


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def begin_thread(call: Call) -> Answer:
    """A thread at a message has the message's id, so there is one at most."""
    channel = channel_of(call, Permission.CREATE_PUBLIC_THREADS)
    if channel.type not in THREADABLE or channel.guild is None:
        raise errors.wrong_channel_type()
    message = message_of(call, channel)
    form = FormErrors()
    form.length("name", call.json.get("name"), 1, 100)
    if call.json.get("auto_archive_duration") not in (None, 60, 1440, 4320, 10080):
        form.add("auto_archive_duration", "BASE_TYPE_CHOICES", "Value must be one of {60, 1440, 4320, 10080}.")
    form.refuse()
    if message.id in {thread.id for thread in channel.guild.threads}:
        raise errors.thread_already_there()
    thread = channel.guild.add_thread(channel, call.json["name"], at=message)
    return 201, thread.json()


def emoji_of(call: Call, message: Message) -> tuple[str, Json]:
    """The emoji of the path: its key in the message and its JSON."""
    return known_emoji(message, call.args["emoji_name"])


def known_emoji(message: Message, emoji: str) -> tuple[str, Json]:
    name, _, emoji_id = emoji.strip("<>").removeprefix(":").rpartition(":")
    if name:
        guild = message.channel.guild
        if guild is None or guild.emojis.get(name) != emoji_id:
            raise errors.unknown_emoji()
        return f"{name}:{emoji_id}", {"id": emoji_id, "name": name, "animated": False}
    if not is_emoji(emoji):
        raise errors.unknown_emoji()
    return emoji, {"id": None, "name": emoji}


@routes.add("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me")
def add_own_reaction(call: Call) -> Answer:
    channel = channel_of(call, Permission.READ_MESSAGE_HISTORY)
    message = message_of(call, channel)
    key, emoji = emoji_of(call, message)
    permissions = channel.permissions_of(call.world.bot)
    if key not in message.reactions and not permissions & Permission.ADD_REACTIONS:
        raise errors.missing_permissions()
    add_reaction(message, call.world.bot, key, emoji)
    return 204, None


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me")
def remove_own_reaction(call: Call) -> Answer:
    message = message_of(call, channel_of(call))
    key, _ = emoji_of(call, message)
    remove_reaction(message, call.world.bot, key)
    return 204, None


@routes.add("GET", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}")
def list_reactions(call: Call) -> Answer:
    """Who reacted, by id, `limit` at a time: without super reactions, or (type 1) those alone."""
    message = readable_message(call)
    limit = call.number("limit", 25, 1, 100)
    kind = call.number("type", 0, 0, 1)
    key, _ = emoji_of(call, message)
    after = int(call.query.get("after", "0"))
    bursts = message.reactions[key].bursts if key in message.reactions else []
    users = sorted(
        (user for user in message.reacted(key) if (user in bursts) == bool(kind)), key=lambda user: int(user.id)
    )
    return 200, [user.json() for user in users if int(user.id) > after][:limit]


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}")
def remove_users_reaction(call: Call) -> Answer:
    message = message_of(call, channel_of(call, Permission.MANAGE_MESSAGES))
    user = call.world.users.get(call.args["user_id"])
    if user is None:
        raise errors.unknown_user()
    remove_reaction(message, user, emoji_of(call, message)[0])
    return 204, None


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}")
def clear_emoji(call: Call) -> Answer:
    message = message_of(call, channel_of(call, Permission.MANAGE_MESSAGES))
    remove_emoji(message, emoji_of(call, message)[0])
    return 204, None


@routes.add("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions")
def clear_reactions(call: Call) -> Answer:
    remove_all_reactions(message_of(call, channel_of(call, Permission.MANAGE_MESSAGES)))
    return 204, None


def add_reaction(message: Message, user: User, key: str, emoji: Json, *, times: int = 1, burst: bool = False) -> None:
    """Have `user` in the set; the event goes out `times` times, or not at all if nothing changed."""
    reaction = message.reactions.setdefault(key, Reaction(emoji))
    if user in reaction.users:
        return
    reaction.users.append(user)
    if burst:
        reaction.bursts.append(user)
    guild = message.channel.guild
    extra: Json = {"message_author_id": message.author.id, "burst": burst, "type": int(burst)}
    if guild is not None and user.id in guild.members:
        extra["member"] = guild.members[user.id].json()
    event = reaction_event(message) | {"user_id": user.id, "emoji": emoji} | extra
    for _ in range(times):
        message.channel.world.emit("MESSAGE_REACTION_ADD", event, message.channel)


def remove_reaction(message: Message, user: User, key: str, *, times: int = 1) -> None:
    reaction = message.reactions.get(key)
    if reaction is None or user not in reaction.users:
        return
    reaction.users.remove(user)
    burst = user in reaction.bursts
    reaction.bursts = [one for one in reaction.bursts if one is not user]
    if not reaction.users:
        del message.reactions[key]
    event = reaction_event(message) | {"user_id": user.id, "emoji": reaction.emoji, "burst": burst, "type": int(burst)}
    for _ in range(times):
        message.channel.world.emit("MESSAGE_REACTION_REMOVE", event, message.channel)


def remove_emoji(message: Message, key: str) -> None:
    reaction = message.reactions.pop(key, None)
    if reaction is not None:
        event = reaction_event(message) | {"emoji": reaction.emoji}
        message.channel.world.emit("MESSAGE_REACTION_REMOVE_EMOJI", event, message.channel)


def remove_all_reactions(message: Message) -> None:
    message.reactions.clear()
    message.channel.world.emit("MESSAGE_REACTION_REMOVE_ALL", reaction_event(message), message.channel)


def reaction_event(message: Message) -> Json:
    place = {"channel_id": message.channel.id, "message_id": message.id}
    return place | ({"guild_id": message.channel.guild.id} if message.channel.guild else {})

"""The `chat` methods: posting, changing and taking away messages."""

import json
from typing import Any

from .blocks import Problem, check_message_blocks, too_long_for_a_message
from .shapes import Json, as_list, as_object
from .state import ApiError, State
from .webapi import Call, Handler
from .world import Channel, Message, User

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
LARGEST_METADATA = 16_000


def message_json(message: Message) -> Json:
    """A message as the Web API and payloads show it."""
    found: Json = {
        "type": "message",
        "user": message.user_id,
        "ts": message.ts,
        "text": message.text,
        "team": message.author_team or message.channel.team.id,
    }
    if message.bot_id is not None:
        found["bot_id"] = message.bot_id
    for name in ("blocks", "attachments", "thread_ts"):
        if value := getattr(message, name):
            found[name] = value
    if message.handed:
        found |= {"files": message.handed, "upload": False}
    if message.edited_ts is not None:
        found["edited"] = {"user": message.user_id, "ts": message.edited_ts}
    return found


def reactions_json(message: Message, *, full: bool) -> list[Json]:
    """Each emoji with its count. Unless asked for all, Slack may name only some of the users."""
    most = None if full else 50
    return [
        {"name": name, "users": users[:most], "count": len(users)} for name, users in message.reactions.items() if users
    ]


def post_message(call: Call) -> Json:
    args, team, world = call.args, call.team, call.state.world
    _refuse_impersonation(call)
    channel = _where_to_post(call)
    content = read_content(call, LONGEST_POST)
    metadata = _metadata(call)
    thread = args.string("thread_ts") or None
    if thread is not None and world.find_message(channel, thread) is None:
        raise ApiError("cannot_reply_to_message")
    message = Message(
        channel,
        world.new_ts(),
        team.bot_user_id,
        content["text"],
        world.blocks_with_ids(content["blocks"]),
        content["attachments"],
        metadata or None,
        thread,
        team.bot_id,
        parse_names=args.flag("link_names") or args.string("parse") == "full",
    )
    channel.messages.append(message)
    shown = message_json(message) | ({"metadata": metadata} if metadata else {})
    return {"channel": channel.id, "ts": message.ts, "message": {**shown, "app_id": world.app_id}}


def post_ephemeral(call: Call) -> Json:
    _refuse_impersonation(call)
    channel = _where_to_post(call)
    user = call.state.world.users.get(call.args.string("user"))
    if user is None or user.deleted or user not in channel.members:
        raise ApiError("user_not_in_channel")
    content = read_content(call, LONGEST_POST)
    thread = call.args.string("thread_ts") or None
    ephemeral = call.state.show_ephemeral(user, channel, {**content, "thread_ts": thread})
    return {"message_ts": ephemeral.ts}


def update(call: Call) -> Json:
    """Blocks that are not sent stay as they were; an empty list takes them away."""
    message = _own_message(call, "cant_update_message")
    if message.channel.archived:
        raise ApiError("is_inactive")
    content = read_content(call, LONGEST_UPDATE)
    metadata = _metadata(call)
    message.text = content["text"] or message.text
    if call.args.has("blocks"):
        message.blocks = call.state.world.blocks_with_ids(content["blocks"])
    if call.args.has("attachments"):
        message.attachments = content["attachments"]
    if metadata is not None:
        message.metadata = metadata or None
    message.edits += 1
    message.edited_ts = call.state.world.new_ts()
    shown = message_json(message)
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(call: Call) -> Json:
    message = _own_message(call, "cant_delete_message")
    message.deleted = True
    return {"channel": message.channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    channel = call.state.world.find_channel(call.args.string("channel"), call.team)
    if channel is None:
        raise ApiError("channel_not_found")
    message = call.state.world.find_message(channel, call.args.string("message_ts"))
    if message is None:
        raise ApiError("message_not_found")
    return {"channel": channel.id, "permalink": message.permalink}


def read_content(call: Call, longest: int) -> Json:
    """Text, blocks and attachments of a message, refused where Slack refuses them."""
    args = call.args
    text = args.string("text")
    blocks = _json_list(call, "blocks", "invalid_blocks_format")
    attachments = _json_list(call, "attachments", "invalid_blocks_format")
    if args.has("markdown_text"):
        if args.has("text") or args.has("blocks"):
            raise ApiError("markdown_text_conflict")
        blocks = [{"type": "markdown", "text": args.string("markdown_text")}]
        text = args.string("markdown_text")
    if not text and not blocks and not attachments:
        raise ApiError("no_text")
    if len(text) > longest:
        raise ApiError("msg_too_long")
    check_content(call.state, call.method, text, blocks, attachments)
    return {"text": text, "blocks": blocks, "attachments": attachments}


def check_content(state: State, method: str, text: str, blocks: list[Any], attachments: list[Any]) -> None:
    """Refuse blocks that break a rule, and complain about blocks without a text for screen readers."""
    problems = check_message_blocks(blocks)
    for index, attachment in enumerate(attachments):
        for problem in check_message_blocks(attachment.get("blocks", [])):
            problems.append(type(problem)(f"/attachments/{index}{problem.pointer}", problem.message))
    for index, block in enumerate(blocks):
        shown = as_object(as_object(block).get("slack_file")) if as_object(block) else None
        if shown is not None and not _can_be_shown(state, str(shown.get("id"))):
            problems.append(Problem(f"/blocks/{index}/slack_file", "invalid slack file"))
    if problems:
        told = [str(problem) for problem in problems]
        raise ApiError("invalid_blocks", errors=told, response_metadata={"messages": told})
    if method == "chat.postMessage" and too_long_for_a_message(blocks):
        raise ApiError("msg_blocks_too_long")
    if (blocks or attachments) and not text.strip():
        state.complain(method, "text is missing beside blocks: it is what screen readers and notifications read")


def _can_be_shown(state: State, number: str) -> bool:
    file = state.files.get(number)
    if file is None or not file.complete:
        return False
    file.refusals -= 1
    return file.refusals < 0


def _json_list(call: Call, name: str, error: str) -> list[Any]:
    try:
        value = call.args.decoded(name)
    except ValueError:
        raise ApiError(error) from None
    if value is None:
        return []
    items = as_list(value)
    if items is None:
        raise ApiError(error)
    return items


def _metadata(call: Call) -> Json | None:
    """The `metadata` argument; None when it was not sent."""
    try:
        value = call.args.decoded("metadata")
    except ValueError:
        raise ApiError("invalid_metadata_format") from None
    if value is None:
        return None
    metadata = as_object(value)
    if metadata is None:
        raise ApiError("invalid_metadata_format")
    well_formed = isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
    if metadata and not well_formed:
        raise ApiError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > LARGEST_METADATA:
        raise ApiError("metadata_too_large")
    return metadata


def _refuse_impersonation(call: Call) -> None:
    if call.args.flag("as_user") and call.method == "chat.postMessage":
        raise ApiError("as_user_not_supported")
    for name in ("username", "icon_emoji", "icon_url"):
        if call.args.has(name) and "chat:write.customize" not in call.team.scopes:
            call.state.complain(call.method, f"{name} is ignored without the scope chat:write.customize")


def _where_to_post(call: Call) -> Channel:
    world, team = call.state.world, call.team
    target = call.args.string("channel")
    user = world.users.get(target)
    if user is not None and call.method == "chat.postMessage":
        return _direct_channel(call, user)
    channel = world.find_channel(target, team)
    if channel is None:
        raise ApiError("channel_not_found")
    if channel.archived:
        raise ApiError("is_archived")
    writes_anywhere = "chat:write.public" in team.scopes and channel.kind == "public"
    if not channel.bot_in and not writes_anywhere:
        raise ApiError("not_in_channel")
    return channel


def _direct_channel(call: Call, user: User) -> Channel:
    if user.team is not call.team or user.deleted or user.bot:
        raise ApiError("channel_not_found")
    return call.state.world.open_direct(user)


def _own_message(call: Call, not_ours: str) -> Message:
    world, team = call.state.world, call.team
    channel = world.find_channel(call.args.string("channel"), team)
    if channel is None or not channel.bot_in:
        raise ApiError("channel_not_found")
    message = world.find_message(channel, call.args.string("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.bot_id != team.bot_id:
        raise ApiError(not_ours)
    return message


CHAT: dict[str, Handler] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
}

"""The `pins` methods, and what was replied in a thread."""

import re

from .chat import message_json
from .shapes import Json
from .state import ApiError
from .webapi import Call, Handler
from .world import Message

PINS_LIMIT = 100
"""As Slack's help names it; the method's page only tells `too_many_pins`."""
_TS = re.compile(r"\d{1,16}(\.\d{1,6})?")


def add(call: Call) -> Json:
    message = _item(call)
    if message.pinned:
        raise ApiError("already_pinned")
    if sum(one.pinned for one in call.state.world.messages(message.channel)) >= PINS_LIMIT:
        raise ApiError("too_many_pins")
    message.pinned = True
    return {}


def remove(call: Call) -> Json:
    message = _item(call)
    if not message.pinned:
        raise ApiError("no_pin")
    message.pinned = False
    return {}


def replies(call: Call) -> Json:
    """The message that began a thread, and what was replied, oldest first."""
    channel = call.state.world.find_channel(call.args.string("channel"), call.team)
    if channel is None or not channel.bot_in:
        raise ApiError("channel_not_found")
    first = call.state.world.find_message(channel, call.args.string("ts"))
    if first is None:
        raise ApiError("thread_not_found")
    said = [one for one in call.state.world.messages(channel) if one.thread_ts == first.ts and one is not first]
    return {"messages": [message_json(one) for one in (first, *said)], "has_more": False}


def _item(call: Call) -> Message:
    """The message that is named; only where the bot is can it pin."""
    args = call.args
    channel = call.state.world.find_channel(args.string("channel"), call.team)
    if channel is None or not channel.bot_in:
        raise ApiError("channel_not_found")
    if not args.has("timestamp"):
        raise ApiError("no_item_specified")
    if not _TS.fullmatch(args.string("timestamp")):
        raise ApiError("bad_timestamp")
    message = call.state.world.find_message(channel, args.string("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    return message


PINS: dict[str, Handler] = {
    "conversations.replies": replies,
    "pins.add": add,
    "pins.remove": remove,
}

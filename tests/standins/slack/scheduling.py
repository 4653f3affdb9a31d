"""Scheduled messages for the stand-in: the checks of posting at once, and nothing shown before the time."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from .chat import read_content
from .shapes import Json
from .state import ApiError
from .webapi import Call, Handler
from .world import Channel, World

FARTHEST = 120 * 24 * 3600


@dataclass
class Scheduled:
    """What is going to be posted: id to channel and text."""

    waiting: dict[str, tuple[Channel, str]] = field(default_factory=dict)


_scheduled: WeakKeyDictionary[World, Scheduled] = WeakKeyDictionary()


def waiting(world: World) -> dict[str, tuple[Channel, str]]:
    """What has been scheduled and not taken back: id to channel and text."""
    return _scheduled.setdefault(world, Scheduled()).waiting


def schedule(call: Call) -> Json:
    world = call.state.world
    channel = world.find_channel(call.args.string("channel"), call.team)
    if channel is None:
        raise ApiError("channel_not_found")
    if channel.archived:
        raise ApiError("is_archived")
    if not channel.bot_in:
        raise ApiError("not_in_channel")
    ahead = int(call.args.string("post_at")) - call.state.clock.now()
    if not 0 < ahead <= FARTHEST:
        raise ApiError("time_in_past" if ahead <= 0 else "time_too_far")
    content = read_content(call, 40_000)
    scheduled_id = world.new_id("Q")
    _scheduled.setdefault(world, Scheduled()).waiting[scheduled_id] = (channel, content["text"])
    return {"scheduled_message_id": scheduled_id, "channel": channel.id, "post_at": call.args.string("post_at")}


def delete_scheduled(call: Call) -> Json:
    there = _scheduled.setdefault(call.state.world, Scheduled()).waiting
    channel, _ = there.get(call.args.string("scheduled_message_id"), (None, ""))
    if channel is None or channel.id != call.args.string("channel"):
        raise ApiError("invalid_scheduled_message_id")
    del there[call.args.string("scheduled_message_id")]
    return {}


def list_scheduled(call: Call) -> Json:
    there = _scheduled.setdefault(call.state.world, Scheduled()).waiting.items()
    wanted = call.args.string("channel")
    found = [{"id": key, "channel_id": c.id, "text": text} for key, (c, text) in there if wanted in {"", c.id}]
    return {"scheduled_messages": found, "response_metadata": {"next_cursor": ""}}


SCHEDULING: dict[str, Handler] = {
    "chat.scheduledMessages.list": list_scheduled,
    "chat.scheduleMessage": schedule,
    "chat.deleteScheduledMessage": delete_scheduled,
}

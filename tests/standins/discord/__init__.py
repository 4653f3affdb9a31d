"""A small, strict Discord on loopback, for the real client library to talk to."""

from .errors import ApiError, InteractionFailed, NotPossible
from .people import Chosen
from .replies import Modal, Reply
from .standin import DiscordStandIn
from .values import ChannelType, Intent, Permission
from .world import Channel, Guild, Member, Message, Role, User

__all__ = [
    "ApiError",
    "Channel",
    "ChannelType",
    "Chosen",
    "DiscordStandIn",
    "Guild",
    "Intent",
    "InteractionFailed",
    "Member",
    "Message",
    "Modal",
    "NotPossible",
    "Permission",
    "Reply",
    "Role",
    "User",
]

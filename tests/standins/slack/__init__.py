"""A stand-in for Slack on loopback, strict where Slack is, that the real clients talk to in tests."""

from .blocks import check_message_blocks, check_view
from .delivery import Envelope, Outcome, Unacked
from .elements import Problem
from .events import SentEvent
from .faults import Fault
from .files import Chosen
from .http_mode import HttpAnswer, HttpMode, Signed
from .mentions import Pings
from .reply import Reply
from .responses import ResponsePost
from .shapes import Json
from .standin import SlackStandIn
from .state import Request, Violation
from .world import DEFAULT_SCOPES, CannotDo, Channel, Ephemeral, Message, Team, User, View

__all__ = [
    "DEFAULT_SCOPES",
    "CannotDo",
    "Channel",
    "Chosen",
    "Envelope",
    "Ephemeral",
    "Fault",
    "HttpAnswer",
    "HttpMode",
    "Json",
    "Message",
    "Outcome",
    "Pings",
    "Problem",
    "Reply",
    "Request",
    "ResponsePost",
    "SentEvent",
    "Signed",
    "SlackStandIn",
    "Team",
    "Unacked",
    "User",
    "View",
    "Violation",
    "check_message_blocks",
    "check_view",
]

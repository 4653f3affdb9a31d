"""A message that somebody used a menu on, and who can read along where it stands.

A message shortcut brings the whole message with it, so that no history scope is needed
(https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload). Of its channel it brings the id
and the name, where the names `directmessage` and `privategroup` stand for all that is not public. Whether a channel
is shared with another company only `conversations.info` tells, with the optional scope `channels:read`. An event says
it of the channel that it comes from (`is_ext_shared_channel`): that one is shared is believed from then on. That one is
not holds for that moment alone, and says nothing of an invitation that is not accepted yet, so nothing is taken over
for it.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterator

import structlog

from adapters.slack import payload
from adapters.slack.emoji import from_short_name
from adapters.slack.payload import Json
from adapters.slack.people import People
from adapters.slack.render import carries_key
from adapters.slack.web import Web
from bot.domain.errors import AdapterError
from bot.domain.message import Action
from bot.domain.places import MessageRef, Place
from bot.domain.said import SAID_LIMIT, Channel, Said

log = structlog.get_logger(__name__)

PREFIX = "menu:"
"""How the callback id of a message shortcut begins; the rest is the name of a menu."""
READ = 8 * SAID_LIMIT
"""How much is looked at; of what people write, Slack cuts each message at 12,000 characters."""
CURE = (
    "Whoever looks after Kindling can have Slack tell it: they add the permission channels:read to its app in this "
    "workspace."
)
REMEMBERED = 1_000
ASKING = 1.0
"""Seconds to ask about a channel in: three after the press, a form cannot be opened any more."""
_PASSES = 4
_WITHOUT = str.maketrans("", "", "<>@")
_PRIVATE_NAMES = ("directmessage", "privategroup", "mpdm-")
_PIECE = re.compile(r"<([^<>]*)>|(?<![0-9]):(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):")
_ALIVE = re.compile(
    r"<("
    r"@[^<>\s][^<>]*"
    r"|\#[CDG][A-Z0-9]+(?:\|[^<>]*)?"
    r"|!(?:here|channel|everyone|group|(?:subteam|date)\^[^<>]*)(?:\|[^<>]*)?"
    r"|(?:https?://|mailto:|tel:)[^<>\s|]+(?:\|[^<>]*)?"
    r")>",
    re.IGNORECASE,
)
_LOUD = re.compile(r"(?<!@)(?P<joined>(?<=\w))?@++(?P<name>here|channel|everyone|group)\b", re.IGNORECASE)
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_EVERYONE = {"here", "channel", "everyone", "group"}


def menu(body: Json) -> str | None:
    """The name of the menu that a payload is about; None when it is about something else."""
    name = payload.text(body, "callback_id")
    if payload.text(body, "type") != "message_action" or not name.startswith(PREFIX):
        return None
    return name.removeprefix(PREFIX)


class Shared:
    """Channels of which an event said that another company is in them, the latest thousand."""

    def __init__(self) -> None:
        self._channels: OrderedDict[str, None] = OrderedDict()

    def hear(self, body: Json, channel: str) -> None:
        """Take in what an event says of its channel."""
        if body.get("is_ext_shared_channel") is not True:
            self._channels.pop(channel, None)
            return
        self._channels[channel] = None
        if len(self._channels) > REMEMBERED:
            self._channels.popitem(last=False)

    def __contains__(self, channel: str) -> bool:
        return channel in self._channels


def read(body: Json, place: Place, readers: tuple[Channel, str], people: People) -> Said:
    """The message in a message shortcut's payload. One that an app posted for somebody counts as the app's."""
    message = payload.part(body, "message")
    author = payload.text(message, "user")
    by_bot = bool(payload.text(message, "bot_id")) or payload.text(message, "subtype") == "bot_message"
    return Said(
        ref=MessageRef(place, payload.text(message, "ts") or payload.text(body, "message_ts")),
        author=author,
        text=plain(payload.text(message, "text")),
        by_bot=by_bot or not author or people.known_as_bot(author) is True,
        where=readers[0],
        cure=readers[1],
        actions=() if people.others(author) or not carries_key(message) else tuple(_actions(message)),
    )


def _actions(message: Json) -> Iterator[Action]:
    """What the buttons of a message do."""
    for block in payload.parts(message, "blocks"):
        for element in payload.parts(block, "elements"):
            action = Action.decode(payload.text(element, "value"))
            if action is not None:
                yield action


async def readers(web: Web, body: Json, team: str, shared: Shared) -> tuple[Channel, str]:
    """Who can read along in a payload's channel, and what would have Slack tell it. Raises nothing: what Slack does not
    tell in time is unknown."""
    channel = payload.part(body, "channel")
    identifier, name = payload.text(channel, "id"), payload.text(channel, "name")
    if identifier[:1] in {"D", "G"} or name.startswith(_PRIVATE_NAMES):
        return Channel.PRIVATE, ""
    try:
        async with asyncio.timeout(ASKING):
            found = payload.part(await web.get("conversations.info", channel=identifier), "channel")
    except (AdapterError, TimeoutError) as error:
        log.info("slack.channel_not_told", channel=identifier, code=str(error) or "timeout")
        if identifier in shared or _by_people(body, team) is Channel.SHARED:
            return Channel.SHARED, ""
        return Channel.UNKNOWN, CURE if getattr(error, "code", "") == "slack.missing_scope" else ""
    return _by_marks(found), ""


def _by_marks(found: Json) -> Channel:
    def marked(*names: str) -> bool:
        return any(found.get(name) is True for name in names)

    if marked("is_ext_shared", "is_pending_ext_shared") or (marked("is_shared") and not marked("is_org_shared")):
        return Channel.SHARED
    if marked("is_private", "is_im", "is_mpim", "is_group"):
        return Channel.PRIVATE
    return Channel.OPEN if found.get("is_private") is False else Channel.UNKNOWN


def _by_people(body: Json, team: str) -> Channel:
    """Where somebody of another company writes or presses, the channel is shared; where nobody does, it may be."""
    message = payload.part(body, "message")
    teams = {payload.text(message, name) for name in ("team", "user_team", "source_team")}
    teams.add(payload.text(payload.part(body, "user"), "team_id"))
    return Channel.SHARED if teams - {"", team} else Channel.UNKNOWN


def plain(text: str) -> str:
    """The words of a message, with nothing in them that Slack would take for a mention, a link or a group.

    What people type is escaped, so the angle brackets that come are Slack's own. Afterwards there may be others,
    which somebody typed to look like them.
    """
    said = _PIECE.sub(_piece, text[:READ])
    for escape, sign in _ESCAPES:
        said = said.replace(escape, sign)
    for _ in range(_PASSES):
        said, entities = _ALIVE.subn(_entity, said)
        said, loud = _LOUD.subn(_quiet, said)
        if not entities + loud:
            break
    else:
        said = said.translate(_WITHOUT)
    return _LOUD.sub(_quiet, said[:SAID_LIMIT])[:SAID_LIMIT]  # cut short, a name can become another


def _piece(found: re.Match[str]) -> str:
    return _entity(found) if found["emoji"] is None else from_short_name(found["emoji"])


def _entity(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    match target[:1]:
        case "@":
            return "someone"
        case "#":
            return "a channel"
        case "!":
            return _special(target[1:], label)
        case _:
            return _link(target, label)


def _special(target: str, label: str) -> str:
    name = target.partition("^")[0]
    if name in _EVERYONE:
        return "everyone"
    return (label or "a time") if name == "date" else "a group"


def _link(address: str, label: str) -> str:
    address = re.sub(r"^(?:mailto|tel):", "", address)
    return address if label in address else f"{label} ({address})"


def _quiet(found: re.Match[str]) -> str:
    return "everyone" if found["joined"] is None else f" at {found['name']}"

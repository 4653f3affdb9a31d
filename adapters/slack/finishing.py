"""What Slack does with a message that is there: pins it, and begins its thread with a first reply.

Slack has no threads to open: a thread is there as soon as somebody replies. So Kindling does, in the thread alone.
"""

from collections.abc import Collection

from adapters.slack import payload, render
from adapters.slack.answers import QUIET
from adapters.slack.groups import GROUPS
from adapters.slack.payload import Json
from adapters.slack.texts import literal
from adapters.slack.web import Doubt, Web
from bot.domain.errors import Gone, Unacceptable, Uncertain, Unreachable
from bot.domain.finishing import Step
from bot.domain.places import Lack, MessageRef

PINS = "pins:write"
PLACE_TO_TALK = "A place to talk about it"
TITLE_LIMIT = 150
PAGE = 200
_PIN = Lack(
    f"slack.scope.{PINS}",
    f"Kindling lacks the permission {PINS} to pin its cards. Whoever operates it adds that on the app's page OAuth & "
    "Permissions, and installs the app again.",
)
_GROUP = Lack(
    "slack.group_gone",
    "The user group that a card shall notify is not there any more, or switched off. Choose another with /kindling "
    "settings.",
)
_NO_GROUPS = Lack(
    f"slack.scope.{GROUPS}",
    f"Kindling lacks the permission {GROUPS} to know user groups. Whoever operates it adds that on the app's page "
    "OAuth & Permissions, and installs the app again.",
)
_FULL = "Slack takes no more pins in that channel. Unpin some messages, and the next card is pinned again."
_RULES = "A rule of this workspace keeps me from pinning in that channel. An admin can allow it in its settings."
_UNPINNED = {"slack.no_pin", "slack.not_pinned", "slack.message_not_found", "slack.channel_not_found"}


async def pin(web: Web, ref: MessageRef, instead_of: MessageRef | None) -> None:
    """The old one first, so that there is room. Raises what `Web` raises."""
    try:
        if instead_of is not None:
            await _unpin(web, instead_of)
        await web.post("pins.add", repeatable=True, channel=ref.place.channel, timestamp=ref.message)
    except (Unreachable, Unacceptable) as error:
        match error.code:
            case "slack.already_pinned":
                return
            case "slack.missing_scope":
                raise Unreachable(_PIN.code, _PIN.sentence) from error
            case "slack.restricted_action":
                raise Unreachable(error.code, _RULES) from error
            case "slack.too_many_pins":
                raise Unreachable(error.code, _FULL) from error
            case _:
                raise


async def _unpin(web: Web, ref: MessageRef) -> None:
    try:
        await web.post("pins.remove", repeatable=True, channel=ref.place.channel, timestamp=ref.message)
    except (Unreachable, Unacceptable) as error:
        if error.code not in _UNPINNED:
            raise


async def open_thread(web: Web, ref: MessageRef, title: str, doubt: Doubt, *, again: bool) -> None:
    """The first reply in the thread. Where an earlier one may be there, it is looked for before."""
    key = f"thread {ref.message}"
    if again and await _replied(web, ref, key):
        return
    text = f"{PLACE_TO_TALK}: {title}" if title else PLACE_TO_TALK
    block: Json = {"type": "section", "text": render.plain(text, TITLE_LIMIT), "block_id": render.block_id(key)}
    await web.post(
        "chat.postMessage",
        doubt=doubt,
        channel=ref.place.channel,
        thread_ts=ref.message,
        text=literal(text, TITLE_LIMIT),
        blocks=[block],
        **QUIET,
    )


async def _replied(web: Web, ref: MessageRef, key: str) -> bool:
    """Whether the first reply is there. Raises `Uncertain` where Slack does not let us look."""
    try:
        told = await web.get("conversations.replies", channel=ref.place.channel, ts=ref.message, limit=PAGE)
    except Gone:  # the card itself
        raise
    except (Unreachable, Unacceptable) as error:
        if error.code == "slack.thread_not_found":
            return False
        raise Uncertain(error.code) from error
    return any(render.carries(reply, key) for reply in payload.parts(told, "messages"))


async def hindrances(web: Web, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
    """The scopes that are missing for this, and a user group that is gone. Raises what `Web` raises."""
    _, granted = await web.scopes()
    found = [_PIN] if Step.PIN in steps and PINS not in granted else []
    if notify and GROUPS not in granted:
        found.append(_NO_GROUPS)
    elif notify:
        listed = payload.parts(await web.get("usergroups.list"), "usergroups")
        if not any(payload.text(group, "id") == notify for group in listed):
            found.append(_GROUP)
    return tuple(found)

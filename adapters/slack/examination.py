"""A live test of the right to post in a channel, which nobody in the channel notices.

With the least scopes Slack tells nothing about a channel (`conversations.info` needs `channels:read`), and only
an attempt to post shows whether posting works. `chat.scheduleMessage` makes the very checks of posting, membership,
archived channels and posting rules included, and shows nothing before its time; it is taken back at once. A post
for one person alone (`chat.postEphemeral`) would be seen by that person, and needs one who is in the channel.

Should taking back fail, or the process end in between, the next examination of the channel takes back what it
finds; the message lies 100 days ahead, and says what it is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from adapters.slack import payload
from adapters.slack.web import Web
from bot.domain.errors import AdapterError, Unreachable
from bot.domain.places import Lack

log = structlog.get_logger(__name__)

AHEAD = timedelta(days=100)  # Slack takes up to 120
_TEXT = "This is a leftover of Kindling testing whether it may post here. All is well."
_NEEDED: Mapping[str, str] = {
    "chat:write": "post cards",
    "reactions:read": "see reactions",
}
_ATTEMPTS = 3


async def examine(web: Web, channel: str, now: datetime) -> tuple[Lack, ...]:
    """What is missing in a channel. Raises `TryLater` or `Uncertain` when Slack does not tell."""
    _, granted = await web.scopes()
    lacks = [
        Lack(f"slack.scope.{scope}", _scope_sentence(scope, purpose))
        for scope, purpose in _NEEDED.items()
        if granted and scope not in granted
    ]
    if not any(lack.code == "slack.scope.chat:write" for lack in lacks):
        lacks += await _rehearse(web, channel, now)
    return tuple(lacks)


async def _rehearse(web: Web, channel: str, now: datetime) -> list[Lack]:
    at = int((now + AHEAD).timestamp())
    await _tidy(web, channel)
    try:
        made = await web.post("chat.scheduleMessage", repeatable=True, channel=channel, text=_TEXT, post_at=at)
    except Unreachable as error:
        return [Lack(error.code, error.sentence)]
    await _take_back(web, channel, str(made["scheduled_message_id"]))
    return []


async def _tidy(web: Web, channel: str) -> None:
    """Take back what an earlier examination left. Not being able to is no reason to stop."""
    try:
        found = await web.post("chat.scheduledMessages.list", repeatable=True, channel=channel)
    except AdapterError as error:
        log.info("slack.rehearsals_not_listed", channel=channel, code=str(error))
        return
    for message in payload.parts(found, "scheduled_messages"):
        if message.get("text") == _TEXT:
            await _take_back(web, channel, str(message["id"]))


async def _take_back(web: Web, channel: str, scheduled: str) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            await web.post(
                "chat.deleteScheduledMessage", repeatable=True, channel=channel, scheduled_message_id=scheduled
            )
        except AdapterError as error:
            log.warning("slack.rehearsal_left", channel=channel, attempt=attempt, code=str(error))
        else:
            return


def _scope_sentence(scope: str, purpose: str) -> str:
    return (
        f"Kindling lacks the permission {scope} to {purpose}. Add it on the app's page OAuth & Permissions and "
        "install the app again."
    )

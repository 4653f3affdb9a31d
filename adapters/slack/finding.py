"""Looks up whether a message with a key is in a channel. That needs the optional history scopes."""

from datetime import datetime, timedelta

from adapters.slack import payload, render
from adapters.slack.payload import Json
from adapters.slack.web import Web
from adapters.slack.workspaces import Workspace
from bot.domain.errors import Uncertain, Unreachable
from bot.domain.places import MessageRef, Place

PAGE = 200
PAGES_LIMIT = 10
_SKEW = timedelta(minutes=2)


async def find(workspace: Workspace, place: Place, key: str, since: datetime) -> MessageRef | None:
    """Read the channel's messages since then. Raises `Uncertain` without the scope, and where there are too many."""
    oldest = f"{(since - _SKEW).timestamp():.6f}"
    cursor = ""
    for _ in range(PAGES_LIMIT):
        page = await _history(workspace.web, place, oldest, cursor)
        for found in payload.parts(page, "messages"):
            if is_by(workspace, found) and render.carries(found, key):
                return MessageRef(place, str(found["ts"]))
        cursor = payload.text(payload.part(page, "response_metadata"), "next_cursor")
        if not cursor:
            return None
    raise Uncertain("slack.too_many_messages")


def is_by(workspace: Workspace, found: Json) -> bool:
    """Whether Kindling wrote a message, as Slack tells of it. Anybody can send its blocks on, ids and all."""
    return found.get("user") == workspace.bot_user


async def _history(web: Web, place: Place, oldest: str, cursor: str) -> Json:
    try:
        return await web.get(
            "conversations.history",
            channel=place.channel,
            oldest=oldest,
            inclusive=True,
            include_all_metadata=True,
            limit=PAGE,
            cursor=cursor or None,
        )
    except Unreachable as error:
        if error.code == "slack.missing_scope":
            raise Uncertain(error.code) from error
        raise

"""Which channels a workspace has, for pages that are not Slack's own."""

from adapters.slack import payload
from adapters.slack.web import Web
from bot.domain.places import Named

AT_ONCE, CALLS = 200, 5
"""How many channels are asked for in one call, and how many calls are made: more than a thousand nobody picks from."""


async def named(web: Web) -> list[Named]:
    """The public channels that are not archived, by name. Raises an `AdapterError` without `channels:read`."""
    found, cursor = list[Named](), ""
    for _ in range(CALLS):
        more = {"cursor": cursor} if cursor else {}
        answer = await web.get("conversations.list", exclude_archived="true", limit=AT_ONCE, **more)
        found += [
            Named(payload.text(one, "id"), payload.text(one, "name")) for one in payload.parts(answer, "channels")
        ]
        cursor = payload.text(payload.part(answer, "response_metadata"), "next_cursor")
        if not cursor:
            break
    return sorted(found, key=lambda channel: channel.name)

"""User groups: who is in one, and which is meant. They need a scope that not every workspace grants."""

import asyncio
from collections.abc import Collection, Mapping

from adapters.slack import payload
from adapters.slack.web import Web
from bot.domain.errors import Unacceptable, Unreachable
from bot.domain.places import Named

GROUPS = "usergroups:read"
WITHOUT = (
    "User groups can moderate only where Kindling has the scope usergroups:read: whoever operates it adds that on the "
    "app's page OAuth & Permissions, and installs the app again. People can without that."
)
_NONE = {"slack.missing_scope", "slack.no_such_subteam", "slack.plan_upgrade_required"}
"""What Slack says where there are no groups, or none that Kindling may know of."""


async def belongs(web: Web, user: str, groups: Collection[str]) -> frozenset[str]:
    """Those of these ids that are of groups which a user is in. Raises what `Web` raises."""
    asked = [group for group in groups if group.startswith("S")]
    inside = await asyncio.gather(*(_inside(web, user, group) for group in asked))
    return frozenset(group for group, there in zip(asked, inside, strict=True) if there)


async def _inside(web: Web, user: str, group: str) -> bool:
    try:
        return user in payload.texts(await web.get("usergroups.users.list", usergroup=group), "users")
    except (Unreachable, Unacceptable) as error:
        if error.code in _NONE:
            return False
        raise


async def who(web: Web, said: Collection[str]) -> Mapping[str, Named]:
    """Groups by their ids, handles and names; none where Slack does not tell. Raises what `Web` raises."""
    try:
        listed = payload.parts(await web.get("usergroups.list"), "usergroups")
    except (Unreachable, Unacceptable) as error:
        if error.code in _NONE:
            return {}
        raise
    found: dict[str, Named] = {}
    for group in listed:
        id_, handle, name = (payload.text(group, key) for key in ("id", "handle", "name"))
        known = {id_.casefold(), handle.casefold(), name.casefold()}
        found |= {word: Named(id_, f"@{handle}", group=True) for word in said if word.casefold() in known}
    return found

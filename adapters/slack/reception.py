"""Where all payloads come in: each is handed to the `Inbound` of the workspace it is about."""

from collections.abc import Callable
from datetime import datetime

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.internals import extract_team_id

from adapters.slack import payload
from adapters.slack.inbound import Inbound, instant
from adapters.slack.payload import Json
from adapters.slack.render import sending_team
from adapters.slack.workspaces import Workspace, Workspaces
from bot.domain.errors import AdapterError


class Reception:
    """Offers what an `Inbound` offers, for all workspaces together.

    A payload is about the workspace that wrote the message in it, else about the one that the pressed button names,
    else about the one it names itself: in a channel that several companies share, people of the one press buttons on
    cards of the other.
    """

    def __init__(
        self,
        workspaces: Workspaces,
        inbound_of: Callable[[Workspace], Inbound],
        removed: Callable[[str, datetime], None] | None = None,
    ) -> None:
        self._workspaces = workspaces
        self._inbound_of = inbound_of
        self._removed = removed
        self._inbounds: dict[str, tuple[Workspace, Inbound]] = {}

    async def authorize(self, team: str) -> AuthorizeResult:
        """What Bolt wants to know of a team: who Kindling is there. No token is needed to take something in."""
        found = await self._workspaces.meet(team) or self._workspaces.only
        if found is None:
            return AuthorizeResult(enterprise_id=None, team_id=team)
        return AuthorizeResult(
            enterprise_id=found.enterprise or None,
            team_id=found.team,
            bot_user_id=found.bot_user,
            bot_id=found.bot or None,
        )

    def command(self, body: Json) -> None:
        """A slash command."""
        if (inbound := self._inbound(body)) is not None:
            inbound.command(body)

    def action(self, body: Json) -> None:
        """A button."""
        if (inbound := self._inbound(body)) is not None:
            inbound.action(body)

    def shortcut(self, body: Json) -> None:
        """A shortcut."""
        if (inbound := self._inbound(body)) is not None:
            inbound.shortcut(body)

    async def submission(self, body: Json, patience: float) -> Json:
        """The acknowledgement of a submitted form."""
        inbound = self._inbound(body)
        return await inbound.submission(body, patience) if inbound is not None else {}

    def suggestions(self, body: Json) -> list[Json]:
        """What completes the text that is being typed into a select."""
        inbound = self._inbound(body)
        return inbound.suggestions(body) if inbound is not None else []

    def event(self, body: Json) -> None:
        """An event. That an installed workspace removed Kindling is no matter of what is installed there now."""
        team, event = extract_team_id(body) or "", payload.part(body, "event")
        if self._removed is not None and not self._is_only(team) and _removes(event):
            self._removed(team, instant(str(event["event_ts"])))
        elif (inbound := self._inbound(body)) is not None:
            inbound.event(body)

    async def reaction(self, body: Json) -> bool:
        """A reaction; whether Slack may forget it. It comes before Bolt has asked whose it is."""
        try:
            await self._workspaces.meet(extract_team_id(body) or "")
        except AdapterError:
            return False
        inbound = self._inbound(body)
        return await inbound.reaction(body) if inbound is not None else True

    def _is_only(self, team: str) -> bool:
        only = self._workspaces.only
        return only is not None and only.team == team

    def _inbound(self, body: Json) -> Inbound | None:
        author = payload.text(payload.part(body, "message"), "user")
        author = author or payload.text(payload.part(body, "event"), "item_user")
        found = self._workspaces.writing_as(author)
        for team in (sending_team(body), extract_team_id(body) or ""):
            found = found or self._workspaces.known(team)
        found = found or self._workspaces.only
        if found is None:
            return None
        made = self._inbounds.get(found.team)
        if made is None or made[0] is not found:
            made = self._inbounds[found.team] = (found, self._inbound_of(found))
        return made[1]


def _removes(event: Json) -> bool:
    match event.get("type"):
        case "app_uninstalled":
            return True
        case "tokens_revoked":
            return bool(payload.texts(payload.part(event, "tokens"), "bot"))
        case _:
            return False

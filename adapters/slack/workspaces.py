"""The workspaces that Kindling serves, each called with its own token."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import aiohttp
import structlog

from adapters.slack import doctor
from adapters.slack.errors import GONE, ORG_WIDE
from adapters.slack.payload import Json, text
from adapters.slack.people import People
from adapters.slack.web import Web
from bot.domain.errors import Unreachable

log = structlog.get_logger(__name__)


Find: TypeAlias = Callable[[str], Awaitable["Workspace | None"]]
Teams: TypeAlias = Callable[[], Awaitable[frozenset[str]]]
_NO_ACCESS = "Kindling has no access to that workspace. The operator can add its tokens to the configuration."


class Workspace:
    """One workspace: the Web API with its token, who Kindling is there, and who its people are."""

    def __init__(self, web: Web, team: str, bot_user: str, *, bot: str = "", enterprise: str = "") -> None:
        self.web = web
        self.team = team
        self.bot_user = bot_user
        self.bot = bot
        self.enterprise = enterprise
        self.people = People(web, team, bot_user)


class Workspaces:
    """All of them, by the id of their team: the one of the configuration's token, and those that installed Kindling."""

    def __init__(self, installed: "Find | None" = None, every: "Teams | None" = None) -> None:
        self._known: dict[str, Workspace] = {}
        self._writers: dict[str, Workspace] = {}
        self._installed = installed
        self._every = every
        self.only: Workspace | None = None
        """The one whose token stands in the configuration."""

    def serve(self, workspace: Workspace) -> None:
        """The workspace of the token in the configuration, which was tested; the pace of an earlier test goes on."""
        if self.only is not None:
            workspace.web.turns = self.only.web.turns
            workspace.web.turns.admit()
        self.only = workspace
        self._remember(workspace)

    async def get(self, team: str) -> Workspace:
        """The workspace of a team. Raises `Unreachable` where Kindling is not installed."""
        found = await self.meet(team)
        if found is None:
            raise Unreachable("slack.other_workspace", _NO_ACCESS if self._installed is None else GONE)
        return found

    async def meet(self, team: str) -> Workspace | None:
        """The workspace of a team, looked up when it is met for the first time; of several at once, one stays."""
        if team not in self._known and self._installed is not None:
            found = await self._installed(team)
            if found is not None and team not in self._known:
                self._remember(found)
        return self.known(team)

    def forget(self, team: str) -> None:
        """A team's installation has changed: it is looked up again."""
        if self.only is None or self.only.team != team:
            gone = self._known.pop(team, None)
            self._writers = {user: one for user, one in self._writers.items() if one is not gone}

    def _remember(self, workspace: Workspace) -> None:
        self._known[workspace.team] = workspace
        self._writers[workspace.bot_user] = workspace

    def known(self, team: str) -> Workspace | None:
        """The workspace of a team, if it was met already."""
        return self._known.get(team)

    def writing_as(self, bot_user: str) -> Workspace | None:
        """The workspace in which Kindling is this user."""
        return self._writers.get(bot_user) if bot_user else None

    async def teams(self) -> frozenset[str]:
        """Every team that Kindling is in."""
        own = frozenset({self.only.team} if self.only else ())
        return own | await self._every() if self._every else own


async def of_token(session: aiohttp.ClientSession, api_url: str, token: str, senders: int = 1) -> Workspace:
    """The workspace of a bot token, which is tested with that. Raises what `Web` raises."""
    web = Web(session, api_url, token, senders)
    told, granted = await web.scopes()
    if told.get("is_enterprise_install") is True:
        raise Unreachable("slack.org_wide", ORG_WIDE)
    missing = sorted(set(doctor.SCOPES) - granted) if granted else []
    if missing:
        log.warning("slack.scopes_missing", scopes=missing)
    return _workspace(web, told)


def _workspace(web: Web, told: Json) -> Workspace:
    team, user = str(told["team_id"]), str(told["user_id"])
    return Workspace(web, team, user, bot=text(told, "bot_id"), enterprise=text(told, "enterprise_id"))

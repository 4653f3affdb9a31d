"""What the front door is told of workspaces: that they are there, that they came, and that they left."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from adapters.slack.inbound import PLATFORM
from adapters.slack.work import Work
from adapters.slack.workspaces import Workspaces
from bot.app import Kindling

if TYPE_CHECKING:
    from adapters.slack.many import Many

log = structlog.get_logger(__name__)


class Door:
    """Tells it beside everything else, so that nobody waits for the core."""

    def __init__(self, kindling: Kindling, workspaces: Workspaces, work: Work, many: "Many | None") -> None:
        self._kindling = kindling
        self._workspaces = workspaces
        self._work = work
        self._many = many

    def connected(self) -> None:
        """Events come in (again)."""
        log.info("slack.connected")
        self._work.tell("connected", self._tell_connected)

    async def installed(self, team: str) -> None:
        """A workspace has installed Kindling, perhaps once more."""
        self._workspaces.forget(team)
        self._work.start("joined", self._kindling.joined(PLATFORM, team))

    def removed(self, team: str, at: datetime) -> None:
        """A workspace removed Kindling at an instant: its tokens are deleted, and everything planned there stops."""
        self._work.tell("left", partial(self._tell_left, team, at))

    async def _tell_connected(self) -> None:
        await self._kindling.connected(PLATFORM, await self._workspaces.teams())

    async def _tell_left(self, team: str, at: datetime) -> None:
        if self._many is not None and not await self._many.left(team, at):
            log.info("slack.installed_anew", team=team)
            return
        self._workspaces.forget(team)
        await self._kindling.left(PLATFORM, team)

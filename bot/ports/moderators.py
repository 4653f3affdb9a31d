"""What the core needs of the storage to know who may moderate, and what moderators were told."""

from datetime import date
from typing import Protocol

from bot.domain.ids import SpaceId
from bot.domain.moderators import Moderators, Problem


class ModeratorLists(Protocol):
    """Who was chosen to moderate, space by space, and what they were told."""

    async def of(self, space: SpaceId) -> Moderators:
        """What was chosen for a space; nobody and no place where nothing was."""
        ...

    async def chosen_in(self, platform: str, key: str) -> frozenset[str]:
        """The ids of the people, roles and groups that were chosen in a platform's space."""
        ...

    async def save(self, chosen: Moderators) -> None:
        """Add or change."""
        ...

    async def first(self, problem: Problem) -> bool:
        """Keep that a problem is told on its day. False when it was kept before: somebody else tells it, or did."""
        ...

    async def forget_told(self, before: date) -> int:
        """Drop what was kept of days before; returns how many problems."""
        ...

"""What the core needs of the storage to know who may moderate."""

from typing import Protocol

from bot.domain.ids import SpaceId
from bot.domain.moderators import Moderators


class ModeratorLists(Protocol):
    """Who was chosen to moderate, space by space."""

    async def of(self, space: SpaceId) -> Moderators:
        """What was chosen for a space; nobody and no place where nothing was."""
        ...

    async def chosen_in(self, platform: str, key: str) -> frozenset[str]:
        """The ids of the people, roles and groups that were chosen in a platform's space."""
        ...

    async def save(self, chosen: Moderators) -> None:
        """Add or change."""
        ...

"""What the core needs of the storage to keep what moderators changed."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.changes import Change
from bot.domain.ids import ChangeId, CommunityId, SpaceId


class Changes(Protocol):
    """What moderators changed, with who, when, before and after."""

    async def hold(self, community: CommunityId) -> None:
        """From here on until this unit of work ends, nobody else changes a setting of the community."""
        ...

    async def keep(self, change: Change) -> None:
        """Add a change."""
        ...

    async def last(self, subject: str, community: CommunityId | None) -> str:
        """The id of the last decision about something and, with a community, of the last decision of its moderators or
        change, whichever is later; empty where there is none."""
        ...

    async def get(self, change: ChangeId) -> Change | None: ...

    async def page(self, community: CommunityId, space: SpaceId, limit: int, beyond: str = "") -> Sequence[Change]:
        """What moderators of a space may read, newest first. `beyond` is the id that the page before ended with."""
        ...

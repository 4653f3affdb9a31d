"""What the core needs of the storage to set up step by step, and to say whom members can turn to."""

from typing import Protocol

from bot.domain.guide import Walk
from bot.domain.ids import CommunityId, SpaceId
from bot.domain.support import Regions, Support


class Setups(Protocol):
    """Walks that were begun and not ended."""

    async def get(self, space: SpaceId) -> Walk | None: ...

    async def save(self, walk: Walk) -> None:
        """Add or change."""
        ...

    async def end(self, space: SpaceId) -> None:
        """Forget a walk; one that is not there is as good as forgotten."""
        ...


class Supports(Protocol):
    """Whom communities have named as people to talk to."""

    async def get(self, community: CommunityId) -> Support | None: ...

    async def save(self, community: CommunityId, support: Support) -> None:
        """Add or change."""
        ...

    async def remove(self, community: CommunityId) -> None:
        """Take a community's own contacts away."""
        ...


class Directory(Protocol):
    """Emergency numbers and people to talk to, by region."""

    def regions(self) -> Regions:
        """What is known. The first call reads a small file; later ones take no time worth speaking of."""
        ...

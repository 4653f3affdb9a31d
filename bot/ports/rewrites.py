"""What the core needs of the storage for posted cards that are to say something else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.ids import DeliveryId


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A posted card that somebody is bringing to what it says by now. `claim` is whose it is; `version` tells whether
    it was stirred since."""

    delivery: DeliveryId
    claim: str
    version: int


class Rewrites(Protocol):
    """Deliveries whose messages are to be brought to what their cards say by now."""

    async def stir(self, deliveries: Collection[tuple[DeliveryId, str]], at: datetime) -> None:
        """Have these be looked at, each with its platform. Whoever is at work on one does so once more, and nobody else
        before them: of two edits at once the older one may come last."""
        ...

    async def claim(self, platform: str, now: datetime, until: datetime, limit: int) -> Sequence[Rewrite]:
        """Take those of a platform that are due, until an instant. Nobody else gets them before that."""
        ...

    async def settle(self, rewrite: Rewrite, again: datetime | None, now: datetime) -> None:
        """Done with it, or to be tried again; at once where it was stirred since it was claimed. Nothing where somebody
        else has it by now."""
        ...

"""What the core needs of the storage for posted cards that are to say something else."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.ids import DeliveryId


class Rewrites(Protocol):
    """Deliveries whose messages are to be brought to what their cards say by now."""

    async def stir(self, deliveries: Collection[tuple[DeliveryId, str]], at: datetime) -> None:
        """Have these be looked at, each with its platform. Whoever is at work on one does so once more."""
        ...

    async def claim(self, platform: str, now: datetime, until: datetime, limit: int) -> Sequence[DeliveryId]:
        """Take those of a platform that are due, until an instant. Nobody else gets them before that."""
        ...

    async def settle(self, delivery: DeliveryId, held_until: datetime, again: datetime | None) -> None:
        """Done with it, or to be tried again; unless it was stirred since it was claimed."""
        ...

"""What the core needs of the storage for what is done with cards once they are posted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.finishing import Finish
from bot.domain.ids import DeliveryId, ScheduleId, SpaceId


class Finishes(Protocol):
    """What remains to be done with posted cards, what was, and what could not be."""

    async def begin(self, posted: Collection[DeliveryId], now: datetime) -> None:
        """Note what the schedules of these deliveries want done with their cards. What is noted already stays."""
        ...

    async def notified(self, wanted: Collection[DeliveryId]) -> Mapping[DeliveryId, str]:
        """Whom each of these deliveries is to notify, as the platform's id; those that notify nobody are left out."""
        ...

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Finish]:
        """Take what is due on a platform, or whose lease has run out, for `worker` until `now + lease`, oldest first.

        What somebody took before and never gave back comes in doubt.
        """
        ...

    async def settle(self, finish: Finish, again: datetime | None) -> bool:
        """Keep how a claimed step stands, and when it is tried again, if at all; whether the claim still holds."""
        ...

    async def forget(self, finish: Finish) -> None:
        """It is not to be done any more, or was undone."""
        ...

    async def pins(self, schedule: ScheduleId, space: SpaceId) -> Sequence[Finish]:
        """The cards of a schedule in a space that are pinned, or are to be, the newest first."""
        ...

    async def troubles(self, wanted: Collection[DeliveryId]) -> Mapping[DeliveryId, Sequence[Finish]]:
        """What could not be done with the cards of these deliveries; those that lack nothing are left out."""
        ...

"""The recap of a week, as it stands in one channel."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from bot.domain.ids import ActId, CommunityId, DeliveryId, SpaceId


@dataclass(frozen=True, slots=True)
class Recap:
    """What a delivery tells of the acts that came on a community's wall from `since` on and before `until`.

    Only acts that are shown in `space` are in it. `quoted` are those whose words it repeats: some may be gone by now,
    and none is added. `shown` is the digest of its card, empty while it is not known what the message shows.
    """

    delivery: DeliveryId
    community: CommunityId
    space: SpaceId
    platform: str
    since: datetime
    until: datetime
    quoted: tuple[ActId, ...] = ()
    shown: str = ""

    def showing(self, digest: str) -> Self:
        """The same, with what its message shows now."""
        return replace(self, shown=digest)

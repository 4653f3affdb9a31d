"""What the core needs of the storage for spaces that leave for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.ids import SpaceId
from bot.domain.leaving import Holdings, Leaving


class Leavings(Protocol):
    """Spaces on their way out, and how far each is."""

    async def get(self, space: SpaceId) -> Leaving | None:
        """Held against others who change it, until commit."""
        ...

    async def begin(self, leaving: Leaving) -> bool:
        """Keep it; False when the space is on its way out already."""
        ...

    async def take_back(self, space: SpaceId) -> None: ...

    async def waiting(self) -> Sequence[Leaving]:
        """Those that somebody asked for and that can still be taken back."""
        ...

    async def stop(self, space: SpaceId) -> str:
        """Have no schedule post to a space; what is needed to put that back."""
        ...

    async def put_back(self, stopped: str) -> None:
        """Undo `stop`, for those schedules that are still there and have no channel there meanwhile."""
        ...

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Leaving]:
        """Take some that something is to be done about. Nobody else gets them until `now + lease`."""
        ...

    async def settle(self, leaving: Leaving, again: datetime) -> bool:
        """Keep how far a claimed one is, and give it back; False, with nothing kept, when it is not ours any more."""
        ...


class Tombstones(Protocol):
    """Which spaces were erased, kept where restoring a backup of the database does not reach."""

    async def keep(self, space: SpaceId, at: datetime) -> None:
        """Keep that a space is erased; twice is once."""
        ...


class Erasures(Protocol):
    """What is kept of a space, and its end. Everything here is done in small portions."""

    async def holdings(self, space: SpaceId) -> Holdings: ...

    async def stir(self, space: SpaceId, at: datetime, limit: int, beyond: str = "") -> str:
        """Have messages in a space that show acts looked at, the next few after `beyond`; the last of them, empty when
        there is none."""
        ...

    async def to_do(self, space: SpaceId) -> bool:
        """Whether something is still to be done about messages in a space."""
        ...

    async def left_over(self, space: SpaceId) -> Mapping[str, int]:
        """How many messages with words of people are in each channel, or may be, for all we know."""
        ...

    async def erase_some(self, space: SpaceId, at: datetime, limit: int) -> bool:
        """Erase a portion of what was written, posted and felt in a space, and of its community if it has no other;
        False when nothing of that is left. What shows its acts elsewhere is looked at."""
        ...

    async def end(self, space: SpaceId) -> None:
        """Erase the space itself with what little is left, and its community if it has no other."""
        ...

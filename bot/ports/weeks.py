"""What the core needs of the storage to keep communities' calendars of weeks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.ids import CommunityId
from bot.domain.weeks import Weeks


@dataclass(frozen=True, slots=True)
class KeptWeeks:
    """A calendar of weeks, and after how many announced weeks a moderator changed it last."""

    weeks: Weeks
    since: int = 0


class WeekCalendars(Protocol):
    """Communities' calendars of weeks."""

    async def of(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, KeptWeeks]:
        """The calendars of these communities. Those that nobody changed so far are left out."""
        ...

    async def save(self, changed: Mapping[CommunityId, KeptWeeks]) -> None:
        """Add or change calendars."""
        ...

"""Communities and their spaces. A member is an id and no more."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from bot.domain.days import Quiet
from bot.domain.ids import CommunityId, SpaceId


class Tone(StrEnum):
    """Which prompts suit the group; a prompt for any setting suits both."""

    WORKPLACE = "workplace"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True)
class Community:
    """The group that shares one wall, one calendar and one set of settings.

    `seed` makes its order of prompts its own. `paused_until` is the first local date with cards again. No card is
    posted within the `quiet` hours, nor on the weekday `rest_day`, both by the clock of each schedule. With `previews`
    its moderators are told privately, at the beginning of each week, what comes.
    """

    id: CommunityId
    seed: str
    tone: Tone
    created_at: datetime
    language: str = "en"
    plan: str = "widening-circles"
    paused_until: date | None = None
    quiet: Quiet | None = None
    rest_day: int | None = None
    previews: bool = False

    def pause(self, until: date | None) -> Self:
        """No cards on local dates before `until`; None takes a pause back."""
        return replace(self, paused_until=until)


@dataclass(frozen=True, slots=True)
class Space:
    """One home of a community on a platform. `key` is the platform's own id of it.

    `linked_at` is since when it shares the wall of a community that is not its own.
    """

    id: SpaceId
    community: CommunityId
    platform: str
    key: str
    left_at: datetime | None = None
    linked_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the bot is in the space."""
        return self.left_at is None

"""Who may moderate a space besides those whom its platform lets manage it, and where moderators are told things."""

from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.ids import SpaceId

CHOSEN_LIMIT = 25
"""As many as a form can list."""
REMEMBERED = timedelta(days=7)
"""For how long it is known what was told; a local day is over everywhere by then."""


@dataclass(frozen=True, slots=True)
class Moderators:
    """What was chosen for one space.

    `chosen` are the platform's ids of people, roles and groups. `channel` is the moderators' place, empty where none
    was chosen.
    """

    space: SpaceId
    chosen: tuple[str, ...] = ()
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs a moderator of a space: `code` tells problems apart, `day` is the local date then."""

    space: SpaceId
    code: str
    day: date

"""Leaving: a space that is taken out for good, step by step, and no crash or platform that is down ends that."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from bot.domain.ids import DeliveryId, SpaceId

CONFIRM_WITHIN = timedelta(minutes=10)
"""For how long the last question can be answered with yes."""
STAY_WITHIN = timedelta(minutes=1)
"""How long after that yes everything can still be taken back."""
GIVE_UP_AFTER = timedelta(days=1)
"""How long messages are tried to be removed before the data is erased all the same."""
SOON, LATER = timedelta(seconds=5), timedelta(minutes=15)
STIRRED = "stirred"
"""Sorts after every id: each message has been looked for."""
GONE = "gone"
"""Stands in what others keep, such as what was decided there, in the place of an id that is erased."""


class Stage(StrEnum):
    """How far a space is on its way out."""

    WAITING = "waiting"
    """Everything has stopped, and can be taken back."""
    TAKING = "taking"
    """What shows its acts is being removed; the space is found by nobody any more."""
    ERASING = "erasing"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A space on its way out. `key` was the platform's id of it; `by` is the user who asked, and is told of the end;
    nobody where a restored backup had a place again that was erased.

    `stopped` is what was stopped at once, as the storage gave it, to be put back if they stay after all, and
    `held_back` are the cards that were waiting to be posted, or on their way. `reached` is
    the id of the last copy that was looked for. `left` is how many messages could not be removed, by channel. `claim`
    is the token of whoever works on it, until `next_at`.
    """

    space: SpaceId
    platform: str
    key: str
    by: str
    asked_at: datetime
    next_at: datetime
    stage: Stage = Stage.WAITING
    stopped: str = ""
    held_back: tuple[DeliveryId, ...] = ()
    reached: str = ""
    left: Mapping[str, int] = field(default_factory=dict[str, int])
    claim: str = ""

    @property
    def begins_at(self) -> datetime:
        """Until when it can be taken back; also later, as long as nobody has begun."""
        return self.asked_at + STAY_WITHIN

    @property
    def gives_up_at(self) -> datetime:
        """When everything is erased, whatever could not be removed."""
        return self.begins_at + GIVE_UP_AFTER

    def at(self, stage: Stage) -> Self:
        """One step further. Nothing that was stopped can be put back from then on."""
        return replace(self, stage=stage, stopped="", reached="")

    def looking_again(self, now: datetime) -> datetime:
        """When to look whether its messages are gone: soon at first, and seldom while a platform is down."""
        pause = min(max((now - self.begins_at) / 10, SOON), LATER)
        return min(now + pause, max(self.gives_up_at, now))


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is kept of a space: acts on the wall that were written there, messages that show acts, and cards."""

    acts: int
    copies: int
    cards: int

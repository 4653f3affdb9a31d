"""What is done with a card once it stands in its channel, where its schedule wants it: pinned, a thread under it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from bot.domain.ids import DeliveryId, ScheduleId, SpaceId
from bot.domain.places import MessageRef

LONGEST_PAUSE = timedelta(minutes=10)


class Step(StrEnum):
    """One thing that is done with a posted card."""

    PIN = "pin"
    THREAD = "thread"

    @property
    def undone(self) -> str:
        """How it is told that it could not be done, after `posted, but`."""
        return {Step.PIN: "not pinned", Step.THREAD: "without a thread"}[self]


NO_STEPS: frozenset[Step] = frozenset()


@dataclass(frozen=True, slots=True)
class Finish:
    """One step with one posted card, which is kept beside its delivery until it is done or given up.

    `claim` is the token of whoever is at work on it. With `doubt` an earlier attempt may have got through. `trouble` is
    the code of why it was given up, and `sentence` what a moderator can do about it; both empty otherwise.
    """

    delivery: DeliveryId
    step: Step
    schedule: ScheduleId
    space: SpaceId
    ref: MessageRef
    due_at: datetime
    claim: str = ""
    attempts: int = 0
    doubt: bool = False
    done: bool = False
    trouble: str = ""
    sentence: str = ""

    def carried_out(self) -> Self:
        """It is done."""
        return replace(self, done=True, doubt=False)

    def given_up(self, code: str, sentence: str = "") -> Self:
        """It is not tried again."""
        return replace(self, trouble=code, sentence=sentence, doubt=False)

    def later(self, *, doubt: bool) -> Self:
        """It is tried again."""
        return replace(self, attempts=self.attempts + 1, doubt=doubt)

    @property
    def pause(self) -> timedelta:
        """How long to wait before the next attempt, doubling up to ten minutes."""
        return min(timedelta(seconds=5) * 2 ** min(self.attempts, 10), LONGEST_PAUSE)


def written(steps: Iterable[Step]) -> str:
    """Steps as they are kept: `pin thread`."""
    return " ".join(step.value for step in Step if step in frozenset(steps))


def read_steps(text: str) -> frozenset[Step]:
    """The steps of `written`."""
    return frozenset(map(Step, text.split()))

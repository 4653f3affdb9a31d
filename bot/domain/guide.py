"""Setting up step by step: what was answered so far. Nothing of it holds before the last step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from bot.domain.changes import mark_of
from bot.domain.ids import MemberId, SpaceId

Answer = Mapping[str, str]
"""A step's form as it was filled in, by field name, in the shapes of `forms.Field`."""


class Step(StrEnum):
    """One card and one form of the walk, in this order."""

    WHERE = "where"
    WHEN = "when"
    MORE = "more"
    TONE = "tone"
    WALL = "wall"
    SUPPORT = "support"
    BEGIN = "begin"

    @property
    def number(self) -> int:
        """Which it is, counted from 1."""
        return list(Step).index(self) + 1

    @property
    def words(self) -> str:
        """How the step is called in front of people."""
        return {
            Step.WHERE: "Where",
            Step.WHEN: "When",
            Step.MORE: "More about when",
            Step.TONE: "Tone and language",
            Step.WALL: "The kindness wall",
            Step.SUPPORT: "Somebody to talk to",
            Step.BEGIN: "Try it out, and begin",
        }[self]

    def moved(self, by: int) -> "Step":
        """The step before or after; the first and the last stay where they are."""
        return list(Step)[max(0, min(self.number - 1 + by, len(Step) - 1))]


@dataclass(frozen=True, slots=True)
class Trial:
    """A line that was sent to try a channel out and may still be there: it is found by its key."""

    channel: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Walk:
    """How far setting up a space has come. `by` is who gave the last answer."""

    space: SpaceId
    by: MemberId
    updated_at: datetime
    step: Step = Step.WHERE
    answers: Mapping[str, Answer] = field(default_factory=dict[str, Answer])
    trial: Trial | None = None

    @property
    def mark(self) -> str:
        """Differs whenever any answer does."""
        return mark_of(self.answers)

    def answer(self, step: Step) -> Answer | None:
        """What was answered to a step, if anything."""
        return self.answers.get(step.value)

    def mark_at(self, step: Step) -> str:
        """Differs whenever the answer to this step does."""
        return mark_of(self.answer(step))

    def answered(self, step: Step, answer: Answer, by: MemberId, at: datetime) -> Self:
        """With an answer to a step, and at the next one."""
        answers = {**self.answers, step.value: dict(answer)}
        return replace(self, answers=answers, step=step.moved(1), by=by, updated_at=at)

    def going(self, step: Step) -> Self:
        """At another step, with all answers as they are."""
        return replace(self, step=step)

    def trying(self, trial: Trial | None) -> Self:
        """With a line that may be in a channel, or with none."""
        return replace(self, trial=trial)

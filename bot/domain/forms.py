"""Forms: labelled fields that every adapter shows in its own best way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

FIELDS_LIMIT = 5  # Discord's modal
TITLE_LIMIT = 24  # Slack's modal; Discord allows 45
OPTIONS_LIMIT = 25  # Discord's select


class FieldKind(StrEnum):
    """What a field asks for. The value that comes back is always text (see `Field`)."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    TIME = "time"
    ZONE = "zone"
    CHANNEL = "channel"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    Values travel as text: DATE `2026-11-24`, TIME `09:00`, ZONE `Europe/Berlin`, CHANNEL and MEMBER the
    platform's id, CHOICES comma-separated values. `options` are (value, label) pairs for CHOICE and CHOICES.
    What is prefilled is cut at `limit`: no platform shows a form with more.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.LINE
    required: bool = True
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    limit: int = 300

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.value[: self.limit])


@dataclass(frozen=True, slots=True)
class Form:
    """A form that answers to the front door's `submit` under `name` and `subject`."""

    name: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Save"
    subject: str = ""
    intro: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.fields) <= FIELDS_LIMIT:
            raise ValueError(f"a form has 1 to {FIELDS_LIMIT} fields, {self.name} has {len(self.fields)}")
        if len(self.title) > TITLE_LIMIT:
            raise ValueError(f"the title of {self.name} is longer than {TITLE_LIMIT} characters")

    def introduced(self, intro: str) -> Self:
        """The same form with something said before its fields."""
        return replace(self, intro=intro)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A submitted form with mistakes: a kind sentence for each field by name; the form stays open."""

    problems: Mapping[str, str]
    form: Form

"""Forms: labelled fields that every adapter shows in its own best way."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

FIELDS_LIMIT = 5  # Discord's modal
TITLE_LIMIT = 24  # Slack's modal; Discord allows 45
OPTIONS_LIMIT = 25  # Discord's select
FILE_MOST = 1024 * 1024


class FieldKind(StrEnum):
    """What a field asks for. The value that comes back is text (see `Field`), but for a FILE (see `uploads`)."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    CHOICE = "choice"
    CHOICES = "choices"
    DATE = "date"
    TIME = "time"
    ZONE = "zone"
    CHANNEL = "channel"
    MEMBER = "member"
    MEMBERS = "members"
    GROUP = "group"
    GROUPS = "groups"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form.

    Values travel as text: DATE `2026-11-24`, TIME `09:00`, ZONE `Europe/Berlin`, CHANNEL and MEMBER the
    platform's id, CHOICES comma-separated values, MEMBERS comma-separated ids. GROUP and GROUPS are roles or user
    groups: ids where the platform lets people pick them, and else names as they were typed. `options` are
    (value, label) pairs for CHOICE and CHOICES, and the names of what is prefilled for GROUP and GROUPS.
    What is prefilled is cut at `limit`: no platform shows a form with more.

    A FILE is one file: it ends in one of `endings` (small letters, with their dot) and has at most `most` bytes. It
    cannot be prefilled, and comes back beside the values.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.LINE
    required: bool = True
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    limit: int = 300
    endings: tuple[str, ...] = ()
    most: int = FILE_MOST

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.value[: self.limit])

    @property
    def typed(self) -> str:
        """What is prefilled where names are typed: those of the ids in it."""
        names = dict(self.options)
        return ", ".join(names.get(one, one) for one in self.value.split(",")) if names else self.value


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

    @property
    def takes_files(self) -> bool:
        """Whether one of its fields takes a file."""
        return any(field.kind is FieldKind.FILE for field in self.fields)

    def introduced(self, intro: str) -> Self:
        """The same form with something said before its fields."""
        return replace(self, intro=intro)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A submitted form with mistakes: a kind sentence for each field by name; the form stays open."""

    problems: Mapping[str, str]
    form: Form

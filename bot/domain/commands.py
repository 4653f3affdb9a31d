"""Commands and menus as data: what people can type, with which words, and who may; what they can do to a message."""

from dataclasses import dataclass
from enum import StrEnum


class OptionKind(StrEnum):
    """What a word of a command means. Values reach the core as text, in the shapes of `forms.Field`."""

    TEXT = "text"
    CHANNEL = "channel"
    ZONE = "zone"
    TIME = "time"
    DAYS = "days"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Option:
    """One named word of a command, such as `zone:Europe/Berlin`. All are optional to type:
    the core asks with a form, or with a kind sentence, for what it needs and did not get."""

    name: str
    kind: OptionKind
    summary: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the one table: `name` is two words, such as `kindling setup`, or three: `kindling wall queue`.

    One that only `looks` changes nothing when it comes without words, so that a page may answer it before anybody asks.
    """

    name: str
    summary: str
    options: tuple[Option, ...] = ()
    moderators_only: bool = False
    looks: bool = False

    @property
    def group(self) -> str:
        """The first word: `kind` or `kindling`."""
        return self.name.split(" ", 1)[0]

    @property
    def word(self) -> str:
        """What follows the first word: `setup`, or `wall queue`."""
        return self.name.split(" ", 1)[1]


@dataclass(frozen=True, slots=True)
class Menu:
    """An entry in the menu of every message, for everybody: `name` is what travels, `label` what is read.

    `short` is the label where there is less room for it.
    """

    name: str
    label: str
    short: str


LABEL_LIMIT = 32
"""Discord's limit for the name of a message command."""
SHORT_LIMIT = 24
"""Slack's limit for the name of a shortcut."""

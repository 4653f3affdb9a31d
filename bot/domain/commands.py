"""Commands as data: what people can type, with which words, and who may."""

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
    """A command of the one table: `name` is two words, such as `kindling setup`, or three: `kindling wall queue`."""

    name: str
    summary: str
    options: tuple[Option, ...] = ()
    moderators_only: bool = False

    @property
    def group(self) -> str:
        """The first word: `kind` or `kindling`."""
        return self.name.split(" ", 1)[0]

    @property
    def word(self) -> str:
        """What follows the first word: `setup`, or `wall queue`."""
        return self.name.split(" ", 1)[1]

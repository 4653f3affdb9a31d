"""A message that somebody used a menu on, as far as the platform hands it over with that very action."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.message import Action
from bot.domain.places import MessageRef

SAID_LIMIT = 3000
"""How much of a message is handed on: no form takes more."""


class Channel(StrEnum):
    """Who can read along where a message stands."""

    OPEN = "open"
    """Everybody in the space may look in."""
    PRIVATE = "private"
    ADULT = "adult"
    """Marked as not for everybody's age."""
    SHARED = "shared"
    """People of another organisation are in it."""
    UNKNOWN = "unknown"
    """The platform does not say."""


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in the message, and whose it is.

    `author` is the platform's id of whoever wrote it, empty where that is nobody in the space or is not told.
    `text` is plain, at most `SAID_LIMIT` characters: people, channels and groups that were named in it are "someone",
    "a channel", "a group" or "everyone", a custom emoji is `:name:`, a link is its words with the address behind them.
    It may still hold whatever nobody sees, halves of characters included. `by_bot` is a message of any bot,
    Kindling's own among them. `actions` are those of the buttons on it, if it is Kindling's own: by them it says what
    it shows, also while nobody knows it as a copy yet. `cure` is a sentence on what would have the platform tell who
    can read along, where it does not and something would.
    """

    ref: MessageRef
    author: str
    text: str
    by_bot: bool
    where: Channel
    actions: tuple[Action, ...] = ()
    cure: str = ""

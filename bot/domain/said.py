"""A message that somebody used a menu on, as far as the platform hands it over with that very action."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bot.domain.message import Action
from bot.domain.places import MessageRef
from bot.domain.uploads import Upload

SAID_LIMIT = 3000
"""How much of a message is handed on: no form takes more."""


FetchPicture: TypeAlias = Callable[[], Awaitable[Upload]]
"""Fetches a picture, later. Raises nothing: one that cannot be had has a flaw."""


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
    can read along, where it does not and something would. `picture` fetches the first picture in it, once its author
    asks for that; None where there is none, or the platform does not hand it over.
    """

    ref: MessageRef
    author: str
    text: str
    by_bot: bool
    where: Channel
    actions: tuple[Action, ...] = ()
    cure: str = ""
    picture: FetchPicture | None = field(default=None, compare=False, repr=False)

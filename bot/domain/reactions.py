"""Reactions: a set of (member, item, emoji), never a tally.

One member can put the same emoji on the same item in several ways: on each of its copies, and with the
button. Each way is a `Mark`; the set that people see has one entry however many marks there are. So a
member who takes the emoji off one copy does not lose the one given with the button, and the full set
fetched from a platform speaks only for the copy that it was fetched from.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Self

from bot.domain.ids import ActId, CopyId, DeliveryId, MemberId, OccurrenceId, SpaceId
from bot.domain.places import MessageRef

BUTTON = "button"
"""The `via` of a mark that was made with a button instead of on a copy."""

_SKIN_AND_STYLE = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f]")
_EMOJI_LIMIT = 100


@lru_cache(maxsize=4096)  # a group uses few emoji, and says each of them often
def neutral_emoji(text: str) -> str:
    """One spelling for the same emoji on every platform.

    Unicode emoji lose skin tone and presentation selectors (U+FE0E, U+FE0F); a community's own emoji are
    written `:name:` by the adapters and stay as they are.
    """
    if text.startswith(":"):
        return text[:_EMOJI_LIMIT]
    return (_SKIN_AND_STYLE.sub("", text) or text)[:_EMOJI_LIMIT]


@dataclass(frozen=True, slots=True)
class Felt:
    """What one user put on one message, as the platform tells it."""

    user: str
    emoji: str


@dataclass(frozen=True, slots=True)
class Reacted:
    """Somebody of the message's space put an emoji on it, or took it off, at an instant of the platform."""

    ref: MessageRef
    user: str
    emoji: str
    present: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Cleared:
    """All reactions, or all of one emoji, were taken off a message."""

    ref: MessageRef
    emoji: str | None
    at: datetime

    @property
    def neutral(self) -> Self:
        """The same, with the emoji in neutral spelling."""
        return self if self.emoji is None else replace(self, emoji=neutral_emoji(self.emoji))


Happening = Reacted | Cleared


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that shows an item in a space: the occurrence of a delivery, or the act of an act's copy.

    `via` is the id of that delivery or copy.
    """

    via: DeliveryId | CopyId
    item: OccurrenceId | ActId
    space: SpaceId
    act: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One way in which a member's emoji is, or since `at` is no longer, on an item.

    `via` is the delivery, or the act's copy, whose message carries it, or `BUTTON`.
    """

    member: MemberId
    item: str
    emoji: str
    via: str
    present: bool
    at: datetime

    @property
    def place(self) -> tuple[MemberId, str, str, str]:
        """What identifies the mark; a later one in the same place replaces an earlier one."""
        return self.member, self.item, self.emoji, self.via

    def yields_to(self, other: "Mark") -> bool:
        """Whether `other`, about the same place, is the newer word. Of two at one instant, removal wins."""
        return (other.at, not other.present) > (self.at, not self.present)


def merge(marks: Iterable[Mark]) -> dict[tuple[MemberId, str, str, str], Mark]:
    """The state after all marks, whatever order and however often they came."""
    state: dict[tuple[MemberId, str, str, str], Mark] = {}
    for mark in marks:
        known = state.get(mark.place)
        if known is None or known.yields_to(mark):
            state[mark.place] = mark
    return state


def shown(marks: Iterable[Mark]) -> frozenset[tuple[MemberId, str, str]]:
    """The set of (member, item, emoji) that people see."""
    return frozenset((mark.member, mark.item, mark.emoji) for mark in merge(marks).values() if mark.present)


def latest(happenings: Iterable[Happening]) -> Iterable[Reacted]:
    """Of what happened to one message, the newest word of each user about each emoji, in neutral spelling. Of two at
    one instant, removal wins.
    """
    state: dict[tuple[str, str], Reacted] = {}
    for tap in happenings:
        if isinstance(tap, Cleared):
            continue
        emoji = neutral_emoji(tap.emoji)
        place = (tap.user, emoji)
        last = state.get(place)
        if last is None or (tap.at, not tap.present) > (last.at, not last.present):
            state[place] = tap if tap.emoji == emoji else replace(tap, emoji=emoji)
    return state.values()

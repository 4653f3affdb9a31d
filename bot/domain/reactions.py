"""Reactions: a set of (member, item, emoji), never a tally.

One member can put the same emoji on the same item in several ways: on each of its copies, and with the
button. Each way is a `Mark`; the set that people see has one entry however many marks there are. So a
member who takes the emoji off one copy does not lose the one given with the button, and the full set
fetched from a platform speaks only for the copy that it was fetched from.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from bot.domain.ids import DeliveryId, MemberId, OccurrenceId, SpaceId
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


Happening = Reacted | Cleared


@dataclass(frozen=True, slots=True)
class Copy:
    """A message that shows a delivery: whose it is, what is shown, and in which space."""

    delivery: DeliveryId
    item: OccurrenceId
    space: SpaceId


@dataclass(frozen=True, slots=True)
class Mark:
    """One way in which a member's emoji is, or since `at` is no longer, on an item.

    `via` is the delivery whose copy carries it, or `BUTTON`.
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


def told(
    happenings: Iterable[Happening],
    copies: Mapping[MessageRef, Copy],
    members: Mapping[tuple[SpaceId, str], MemberId],
    known: Iterable[Mark] = (),
) -> Sequence[Mark]:
    """What happenings, in the order in which they came, say: the newest mark of every place that they are about.

    What is about no known copy, or by nobody who is a member, says nothing. `known` are the marks that were kept
    before, of those copies at least that were cleared.
    """
    state: defaultdict[str, dict[tuple[MemberId, str, str, str], Mark]] = defaultdict(dict)
    for place, mark in merge(known).items():
        state[mark.via][place] = mark
    fresh: dict[tuple[MemberId, str, str, str], Mark] = {}

    def say(mark: Mark) -> None:
        place, there = mark.place, state[mark.via]
        last = there.get(place)
        if last is None or last.yields_to(mark):
            there[place] = fresh[place] = mark

    for happening in happenings:
        copy = copies.get(happening.ref)
        if copy is None:
            continue
        if isinstance(happening, Reacted):
            member = members.get((copy.space, happening.user))
            if member is not None:
                emoji = neutral_emoji(happening.emoji)
                say(Mark(member, copy.item, emoji, copy.delivery, present=happening.present, at=happening.at))
            continue
        only = None if happening.emoji is None else neutral_emoji(happening.emoji)
        for mark in list(state[copy.delivery].values()):
            if mark.present and only in (None, mark.emoji):
                say(Mark(mark.member, mark.item, mark.emoji, mark.via, present=False, at=happening.at))
    return list(fresh.values())

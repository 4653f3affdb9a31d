"""What moderators are told of a problem, as it is kept until they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Self, TypeAlias, cast

from bot.domain.message import Action, Card, Choice, Item, Items, Part, Quote, Style, Text
from bot.domain.moderators import Problem

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""Between two attempts to tell. After the shortest, what was slow on its way has come, and is found when it is asked
about."""
Kept: TypeAlias = Mapping[str, object]
"""A card as plain JSON."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One problem, the card that tells of it, and who is told where there is no moderators' place.

    It is tried since `since` and no longer than `until`. With `doubt` somebody began to tell it and never said how that
    ended, or never heard. `claim` is whose it is.
    """

    problem: Problem
    platform: str
    card: Card
    users: tuple[str, ...]
    since: datetime
    until: datetime
    doubt: bool = False
    claim: str = ""

    @property
    def key(self) -> str:
        """What a message carries that tells of this problem, and no other one."""
        said = f"{self.problem.space} {self.problem.day} {self.problem.code}"
        return blake2b(said.encode(), digest_size=16).hexdigest()

    def to(self, users: Sequence[str]) -> Self:
        """The same, with only these still to be told."""
        return replace(self, users=tuple(users))

    def again(self, now: datetime, after: timedelta) -> datetime | None:
        """When to try again what could not be told now: later and later. None when nobody wants it any more."""
        at = now + max(after, min(max(now - self.since, SHORTEST), LONGEST))
        return at if at <= self.until else None


def card_as_kept(card: Card) -> Kept:
    """A card as plain JSON. Raises `ValueError` for one with a picture, or that notifies somebody: no alert does."""
    if card.picture is not None or card.notify:
        raise ValueError("what moderators are told has no picture, and notifies nobody")
    return {
        "heading": card.heading,
        "body": [_part_as_kept(part) for part in card.body],
        "choices": [[one.label, one.action.encode(), one.style.value, one.emoji] for one in card.choices],
        "footnote": card.footnote,
        "emoji": card.emoji,
    }


def card_of(kept: Kept) -> Card:
    """The card behind `card_as_kept`."""
    parts = cast("Sequence[Sequence[object]]", kept["body"])
    choices = cast("Sequence[tuple[str, str, str, str]]", kept["choices"])
    return Card(
        str(kept["heading"]),
        tuple(_part_of(part) for part in parts),
        tuple(Choice(label, _action(action), Style(style), emoji) for label, action, style, emoji in choices),
        footnote=str(kept["footnote"]),
        emoji=str(kept["emoji"]),
    )


def _part_as_kept(part: Part) -> Sequence[object]:
    match part:
        case Text(text, strong):
            return ["text", text, strong]
        case Items(items, title):
            return ["items", [[one.text, one.label, one.channel] for one in items], title]
        case Quote(text, by):
            return ["quote", text, by]


def _part_of(kept: Sequence[object]) -> Part:
    kind, said, more = kept
    if kind == "text":
        return Text(str(said), bool(more))
    if kind == "quote":
        return Quote(str(said), str(more))
    items = cast("Sequence[tuple[str, str, str]]", said)
    return Items(tuple(Item(text, label, channel) for text, label, channel in items), str(more))


def _action(encoded: str) -> Action:
    found = Action.decode(encoded)
    if found is None:
        raise ValueError(f"{encoded!r} is no button of ours")
    return found

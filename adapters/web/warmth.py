"""Reactions as people see them: warmth in words, never a number and never a ranking."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.reactions import Felt

EMOJI = {
    "💛": "Warm heart",
    "🙏": "Thank you",
    "🤗": "A hug",
    "🌱": "It grows",
    "✨": "It shines",
    "🔥": "It warms",
}
"""What the playground offers, with what each is called."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One emoji below a message. `others` says only whether anyone else put it there."""

    emoji: str
    name: str
    mine: bool
    others: bool


def chips(felt: Iterable[Felt], me: str) -> list[Chip]:
    """All that the playground offers in its one order, then whatever else is there."""
    felt = frozenset(felt)
    more = sorted({one.emoji for one in felt} - EMOJI.keys())
    return [
        Chip(
            emoji,
            EMOJI.get(emoji, emoji),
            mine=Felt(me, emoji) in felt,
            others=any(one.emoji == emoji and one.user != me for one in felt),
        )
        for emoji in (*EMOJI, *more)
    ]


def warmth(felt: Iterable[Felt], me: str) -> str:
    """Who felt something, in words that count nobody."""
    people = {one.user for one in felt}
    others = len(people - {me})
    match me in people, others:
        case False, 0:
            return ""
        case True, 0:
            return "You felt this"
        case True, 1:
            return "You and someone else felt this"
        case False, 1:
            return "Someone felt this"
        case True, _:
            return "You and a few others felt this"
        case _:
            return "A few of you felt this"

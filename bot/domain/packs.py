"""Prompts and the packs they come in."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.errors import PackFault
from bot.domain.ids import PackId, PromptId

_SURNAME = re.compile(r"(?:^|, |& )((?:(?:van|de|von) )?[^,&]+?), (?:[A-Z]\.[ -]?)+")


class Kind(StrEnum):
    """What a prompt is for."""

    INTENTION = "intention"
    ACT = "act"
    REFLECTION = "reflection"


class Circle(StrEnum):
    """Whom the kindness is for, from near to far."""

    SELF = "self"
    CLOSE = "close"
    COLLEAGUES = "colleagues"
    STRANGERS = "strangers"

    @property
    def words(self) -> str:
        """How the circle is called in front of people."""
        return _CIRCLE_WORDS[self]


_CIRCLE_WORDS = {
    Circle.SELF: "yourself",
    Circle.CLOSE: "someone close",
    Circle.COLLEAGUES: "a colleague or acquaintance",
    Circle.STRANGERS: "a stranger or the community",
}


class Effort(StrEnum):
    """How much it takes."""

    TINY = "tiny"
    SMALL = "small"
    MORE = "more"


class Setting(StrEnum):
    """Where a prompt fits."""

    WORKPLACE = "workplace"
    COMMUNITY = "community"
    ANY = "any"


class Cost(StrEnum):
    """Whether it may cost money."""

    NONE = "none"
    SOME = "some"


class Strength(StrEnum):
    """Which strength of a giver an act draws on."""

    LISTENER = "listener"
    ORGANISER = "organiser"
    MAKER = "maker"
    PRACTICAL = "practical"
    BEEN_THERE = "been-there"


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack says about itself."""

    id: PackId
    version: str
    language: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with tags. `id` is unique over all packs and never changes its meaning."""

    id: PromptId
    pack: PackId
    kind: Kind
    text: str
    circle: Circle
    effort: Effort
    setting: Setting
    cost: Cost
    strength: Strength | None = None
    why: str = ""
    sources: tuple[str, ...] = ()
    retired: bool = False


@dataclass(frozen=True, slots=True)
class ReadPack:
    """What stands in a pack that somebody hands in: its prompts, and what is wrong with it, by line.

    `left_out` is how many of its entries are no prompts.
    """

    prompts: tuple[Prompt, ...]
    faults: tuple[PackFault, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class PromptUse:
    """How often a community has seen a prompt, and on which local date last."""

    times: int
    last: date


@dataclass(frozen=True, slots=True)
class Source:
    """Where a claim comes from."""

    id: str
    citation: str
    url: str
    finding: str

    @property
    def short(self) -> str:
        """How it is named in passing: `Kumar & Epley 2022`, `Ko et al. 2021`, or an institute's name."""
        authors, _, rest = self.citation.partition(" (")
        names: list[str] = _SURNAME.findall(authors)
        if not names:
            return authors.partition(",")[0]
        called = " & ".join(names) if len(names) <= 2 else f"{names[0]} et al."  # noqa: PLR2004 -- two are both named
        return f"{called} {rest[:4]}"

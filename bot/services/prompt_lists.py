"""A community's prompts to look through: which are wanted, and how each stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import TypeVar

from bot.domain.choice import fits
from bot.domain.community import Community
from bot.domain.errors import Refusal
from bot.domain.ids import PackId, PromptId
from bot.domain.own import OWN
from bot.domain.packs import Circle, Kind, Pack, Prompt
from bot.domain.words import tidied, words
from bot.services.picking import Options, picked
from bot.services.reading import Unread
from bot.services.shelf import Shelf, is_out
from bot.services.shelf_settings import KIND_WORDS

SOUGHT = 40
"""How long words to look for may be: they travel in a button."""
ANY = "any"
OURS = "Our own"
LABEL = 70

T = TypeVar("T", bound=StrEnum)


class Only(StrEnum):
    """Which of the prompts, by how they stand."""

    OWN = "own"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a moderator looks for. Empty means everything. `pack` is a `mark` of one."""

    kind: Kind | None = None
    circle: Circle | None = None
    pack: str = ""
    only: Only | None = None
    sought: str = ""

    def encode(self) -> str:
        """Short enough for a button."""
        kind = str([*Kind].index(self.kind)) if self.kind else ""
        circle = str([*Circle].index(self.circle)) if self.circle else ""
        return ";".join([kind, circle, self.pack, self.only.value[0] if self.only else "", self.sought])

    @classmethod
    def decode(cls, text: str) -> "Wanted":
        """What was encoded; everything where it is nothing that was."""
        kind, circle, pack, only, sought = [*text.split(";", 4), *[""] * 5][:5]
        kinds, circles = dict(enumerate(Kind)), dict(enumerate(Circle))
        return cls(
            kinds.get(int(kind)) if kind.isdecimal() else None,
            circles.get(int(circle)) if circle.isdecimal() else None,
            pack,
            next((one for one in Only if only and one.value[0] == only), None),
            sought,
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """One prompt as it stands in a community. `why_not` is why no card takes it; empty for one that is in use."""

    prompt: Prompt
    why_not: str = ""
    instead_of: PromptId | None = None
    queued: bool = False

    @property
    def out(self) -> bool:
        """Whether it is retired here."""
        return self.why_not == RETIRED


RETIRED = "retired here"
OFF = "its pack is off"
UNFIT = "for another kind of place"


def mark(pack: PackId) -> str:
    """Six signs that stand for a pack in a button."""
    return blake2b(pack.encode(), digest_size=3).hexdigest()


def packs_of(shelf: Shelf, community: Community) -> Sequence[Pack]:
    """The packs that there are for a community's language, on or off."""
    found = {prompt.pack: None for kind in Kind for prompt in shelf.shared(community.language, kind)}
    return [pack for pack in map(shelf.pack, found) if pack]


def packs_to_pick(packs: Sequence[Pack]) -> Options:
    """All packs, what is a community's own, what is retired, and each pack."""
    own = ((ANY, "All packs"), (Only.OWN.value, OURS), (Only.RETIRED.value, "What is retired"))
    return (*own, *((pack.id, pack.title[:LABEL]) for pack in packs))


def listed(shelf: Shelf, community: Community) -> Sequence[Listed]:
    """All prompts of a community, its own and newest first, whether or not they are in use."""
    own = sorted((one for one in shelf.own.prompts if not one.gone), key=lambda one: one.prompt.id, reverse=True)
    shared = [prompt for kind in Kind for prompt in shelf.shared(community.language, kind)]
    replaced = shelf.own.replaced
    return [
        *(_listed(shelf, community, one.prompt) for one in own),
        *(_listed(shelf, community, prompt) for prompt in shared if prompt.id not in replaced),
    ]


def one_of(shelf: Shelf, community: Community, prompt: PromptId) -> Listed:
    """One prompt as it stands, or the own one that took its place. Raises `Refusal`."""
    taken = next((one for one in shelf.own.prompts if one.instead_of == prompt and not one.gone), None)
    known = taken.prompt if taken else shelf.prompt(prompt)
    own = shelf.own.prompt(known.id) if known else None
    if known is None or (own and own.gone):
        raise Refusal("prompts.unknown", "I do not know that prompt any more. /kindling prompts search finds others.")
    return _listed(shelf, community, known)


def chosen(entries: Sequence[Listed], wanted: Wanted) -> Sequence[Listed]:
    """Those that are wanted."""
    sought = list(words(wanted.sought))
    return [
        entry
        for entry in entries
        if wanted.kind in {None, entry.prompt.kind}
        and wanted.circle in {None, entry.prompt.circle}
        and wanted.pack in {"", mark(entry.prompt.pack)}
        and (wanted.only is not Only.OWN or entry.prompt.pack == OWN)
        and (wanted.only is not Only.RETIRED or entry.out)
        and all(any(said.startswith(word) for said in words(entry.prompt.text)) for word in sought)
    ]


def _listed(shelf: Shelf, community: Community, prompt: Prompt) -> Listed:
    own = shelf.own.prompt(prompt.id)
    if is_out(own) if own else prompt.id in shelf.own.retired:
        why_not = RETIRED
    elif own is None and prompt.pack in shelf.own.packs_off:
        why_not = OFF
    else:
        why_not = "" if fits(prompt, community.tone) else UNFIT
    return Listed(prompt, why_not, own.instead_of if own else None, prompt.id in shelf.own.queued)


def read_wanted(values: Mapping[str, str], packs: Sequence[Pack]) -> Wanted:
    """What was typed after the command, or chosen in its form. Raises `Refusal`."""
    kind, circle = (values.get(name, "").strip().casefold() for name in ("kind", "circle"))
    try:
        pack = picked(values.get("pack", "").strip() or ANY, packs_to_pick(packs), "pack")
    except Unread as error:
        raise Refusal("prompts.no_pack", str(error)) from error
    only = next((one for one in Only if one.value == pack), None)
    return Wanted(
        _read(kind, {one: {one.value, KIND_WORDS[one]} for one in Kind}, "kinds"),
        _read(circle, {one: {one.value, one.words} for one in Circle}, "circles"),
        "" if only or pack == ANY else mark(PackId(pack)),
        only,
        " ".join(tidied(values.get("words", "")).split())[:SOUGHT],
    )


def _read(typed: str, known: Mapping[T, Collection[str]], what: str) -> T | None:
    if not typed or typed == ANY:
        return None
    for one, names in known.items():
        if typed in names:
            return one
    raise Refusal("prompts.no_such", f"“{typed[:SOUGHT]}” is none of the {what} I know: {', '.join(known)}.")

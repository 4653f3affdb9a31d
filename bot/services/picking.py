"""Picking one of many: from a list where all fit into one, and else by a name that is typed. Nothing is out of reach.

No platform's pick list holds more than `OPTIONS_LIMIT` entries, and some communities have more schedules, themes and
days off than that.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TypeAlias

from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind
from bot.domain.words import words
from bot.services.reading import Unread

NEAR = 0.6
"""How much alike names are that are offered in the place of one that is none."""
OFFERED = 3
TYPED = 100
BESIDE = "|"
PAGES = 4
"""How many figures a page has at most."""
Options: TypeAlias = tuple[tuple[str, str], ...]


def pick(name: str, label: str, options: Options, *, value: str = "", hint: str = "") -> Field:
    """A field for one of these: a pick list, or a line for a name where there are too many for one.

    `picked` reads what comes back.
    """
    if len(options) <= OPTIONS_LIMIT:
        return Field(name, label, FieldKind.CHOICE, value=value, options=options, hint=hint)
    known = dict(options)
    return Field(
        name,
        label,
        value=known.get(value, value),
        hint=hint or f"There are {len(options)}: type its name, or how it begins",
        limit=TYPED,
    )


def picked(said: str, options: Options, what: str) -> str:
    """The value that was chosen, or whose name was typed. `what` is what it is one of: “card”.

    Raises `Unread` with a sentence that names what may be meant.
    """
    return _Names(options).picked(said, what)


def picked_lines(said: str, options: Options, what: str) -> Sequence[tuple[str, ...]]:
    """The values that are named line by line; several on one line stand apart by `|`. Empty lines are left out.

    Raises `Unread` with the number of each line that names nothing, up to some.
    """
    found: list[tuple[str, ...]] = []
    wrong: list[str] = []
    known = _Names(options)
    for number, line in enumerate(said.splitlines(), 1):
        try:
            names = [line] if known.has(line) else [name for name in line.split(BESIDE) if name.strip()]
            told = len(wrong) < OFFERED
            found += [tuple(known.picked(name, what, told=told) for name in names)] if names else []
        except Unread as error:
            wrong.append(f"Line {number}: {error}")
    if wrong:
        more = [f"And {len(wrong) - OFFERED} more lines."] if len(wrong) > OFFERED else []
        raise Unread(" ".join([*wrong[:OFFERED], *more]))
    return found


class _Names:
    """What there is to pick from, read once, however many names are looked for in it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._values = dict(options)
        self._plain = [_plain(label) for _, label in options]
        self._short = [_plain(label.partition(" (")[0]) for _, label in options]
        self._whole = frozenset(self._plain)

    def has(self, said: str) -> bool:
        """Whether one of them is called just that."""
        return _plain(said) in self._whole

    def picked(self, said: str, what: str, *, told: bool = True) -> str:
        """The value that was chosen, or named. Raises `Unread`; unless it is `told`, without what may be meant."""
        said = said.strip()
        if said in self._values:
            return said
        if not said:
            raise Unread(f"Please name a {what}.")
        plain = _plain(said)
        found = self._alike(plain)
        if len({self._plain[number] for number in found}) == 1:  # of two that are called the same, the first
            return self._options[found[0]][0]
        if found:
            listed = _listed([self._options[number] for number in found])
            raise Unread(f"There is more than one {what} like that: {listed}. Please write more of its name.")
        instead = self._instead(plain) if told else ""
        raise Unread(f"I know no {what} “{said[:TYPED]}”. {instead}".rstrip())

    def _alike(self, plain: str) -> Sequence[int]:
        """Those that are called just that; or else all with words that begin so."""
        every = range(len(self._options))
        exact = [number for number in every if plain in {self._plain[number], self._short[number]}]
        if exact or not plain:
            return exact
        sought = [f" {word}" for word in plain.split()]
        return [number for number in every if all(one in f" {self._plain[number]}" for one in sought)]

    def _instead(self, plain: str) -> str:
        near = get_close_matches(plain, self._plain, OFFERED, NEAR)
        meant = [one for one, name in zip(self._options, self._plain, strict=True) if name in near]
        return f"Did you mean {_listed(meant)}?" if meant else _some(self._options)


def page_number(text: str) -> int:
    """The page that a button names, the first one where it names none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= PAGES else 0


def _plain(text: str) -> str:
    return " ".join(words(text))


def _listed(options: Sequence[tuple[str, str]]) -> str:
    said = ", ".join(f"“{label}”" for _, label in options[:OFFERED])
    return f"{said} and {len(options) - OFFERED} more" if len(options) > OFFERED else said


def _some(options: Options) -> str:
    return f"There are, among others: {_listed(options[:OFFERED])}." if options else "There is none."

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
    said = said.strip()
    if said in dict(options):
        return said
    if not said:
        raise Unread(f"Please name a {what}.")
    found = _alike(said, options)
    if len({_plain(label) for _, label in found}) == 1:  # of two that are called the same, the first
        return found[0][0]
    if found:
        raise Unread(f"There is more than one {what} like that: {_listed(found)}. Please write more of its name.")
    near = get_close_matches(_plain(said), [_plain(label) for _, label in options], OFFERED, NEAR)
    meant = [one for one in options if _plain(one[1]) in near]
    instead = f"Did you mean {_listed(meant)}?" if meant else _some(options)
    raise Unread(f"I know no {what} “{said[:TYPED]}”. {instead}")


def picked_lines(said: str, options: Options, what: str) -> Sequence[tuple[str, ...]]:
    """The values that are named line by line; several on one line stand apart by `|`. Empty lines are left out.

    Raises `Unread` with the number of each line that names nothing, up to some.
    """
    found: list[tuple[str, ...]] = []
    wrong: list[str] = []
    for number, line in enumerate(said.splitlines(), 1):
        try:
            whole = any(_plain(label) == _plain(line) for _, label in options)
            names = [line] if whole else [name for name in line.split(BESIDE) if name.strip()]
            found += [tuple(picked(name, options, what) for name in names)] if names else []
        except Unread as error:
            wrong.append(f"Line {number}: {error}")
    if wrong:
        more = [f"And {len(wrong) - OFFERED} more lines."] if len(wrong) > OFFERED else []
        raise Unread(" ".join([*wrong[:OFFERED], *more]))
    return found


def page_number(text: str) -> int:
    """The page that a button names, the first one where it names none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= PAGES else 0


def _alike(said: str, options: Options) -> Sequence[tuple[str, str]]:
    """Those that are called just that; or else all with words that begin so."""
    exact = [one for one in options if _plain(said) in {_plain(one[1]), _plain(one[1].partition(" (")[0])}]
    sought = list(words(said))
    begin = [one for one in options if sought and all(any(w.startswith(s) for w in words(one[1])) for s in sought)]
    return exact or begin


def _plain(text: str) -> str:
    return " ".join(words(text))


def _listed(options: Sequence[tuple[str, str]]) -> str:
    said = ", ".join(f"“{label}”" for _, label in options[:OFFERED])
    return f"{said} and {len(options) - OFFERED} more" if len(options) > OFFERED else said


def _some(options: Options) -> str:
    return f"There are, among others: {_listed(options[:OFFERED])}." if options else "There is none."

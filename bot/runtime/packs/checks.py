"""What must be true of packs beyond the shape of their tables. Each check yields its faults."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, groupby

from bot.domain import tone
from bot.domain.errors import PackFault
from bot.domain.packs import Circle
from bot.domain.spelling import did_you_mean
from bot.runtime.packs.files import Entry, PackFile, entries
from bot.runtime.packs.schema import PlanTable, PromptTable, SourceTable, ThemeTable

NOT_PLAIN = re.compile(r"[@<>*_`]|https?:|www\.|\w\.(?:com|org|net)\b", re.IGNORECASE)
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
ALIKE = 88.0
"""How alike, in per cent, two texts of one kind may be."""


def unknown(_source: str) -> bool:
    """There are no sources elsewhere."""
    return False


def needed(files: Sequence[PackFile], sources: Callable[[str], bool] = unknown) -> Iterator[PackFault]:
    """The checks that packs have to pass to be used at all. `sources` knows those that stand elsewhere."""
    for file in files:
        yield from file.faults
    yield from _ids(files)
    yield from _references(files, sources)
    for entry in entries(files):
        yield from _plain(entry)
        yield from _claims(entry)
        if _english(entry):
            yield from _tone(entry)


def near_duplicates(files: Sequence[PackFile]) -> Iterator[PackFault]:
    """Prompts of one kind and language that say nearly the same. Takes a while; for authors, not for starting."""
    from rapidfuzz import fuzz  # noqa: PLC0415 -- the same

    prompts = [
        (entry.table.kind, entry.file.header.language, entry.table.text.casefold(), entry)
        for entry in entries(files)
        if isinstance(entry.table, PromptTable) and entry.file.header and not entry.table.retired
    ]
    prompts.sort(key=lambda prompt: prompt[:2])
    for _, alike in groupby(prompts, key=lambda prompt: prompt[:2]):
        for (_, _, first, one), (_, _, second, other) in combinations(alike, 2):
            if fuzz.ratio(first, second, score_cutoff=ALIKE):
                sentence = (
                    f"This says nearly the same as {one.table.id}. Give it a thought of its own, or leave it out."
                )
                yield other.fault("near-duplicate", sentence, "text")


def _ids(files: Sequence[PackFile]) -> Iterator[PackFault]:
    seen: dict[tuple[str, str], Entry] = {}
    packs: dict[str, PackFile] = {}
    for file in files:
        if file.header and (other := packs.setdefault(file.header.id, file)) is not file:
            yield file.fault("id.duplicate", f"The pack id “{file.header.id}” is taken by {other.path}.", "id")
        if file.header and file.header.id != file.path.stem:
            sentence = f"The pack is called “{file.header.id}” and its file “{file.path.stem}”; give them one name."
            yield file.fault("id.file", sentence, "id")
    for entry in entries(files):
        first = seen.setdefault((entry.name, entry.table.id), entry)
        if first is not entry:
            place = first.fault("", "", "id")
            sentence = f"“{entry.table.id}” is taken already, by {place.file}:{place.line}. Every id is used once."
            yield entry.fault("id.duplicate", sentence, "id")
        prefix = _prefix(entry)
        if prefix and not entry.table.id.startswith(prefix):
            yield entry.fault("id.prefix", f"“{entry.table.id}” has to begin with “{prefix}”.", "id")


def _prefix(entry: Entry) -> str:
    """What an id has to begin with, so that packs of different authors do not meet."""
    match entry.table:
        case PromptTable() if entry.file.header:
            return f"{entry.file.header.id}."
        case ThemeTable():
            return "theme."
        case _:
            return ""


def _references(files: Sequence[PackFile], elsewhere: Callable[[str], bool]) -> Iterator[PackFault]:
    known = {id_ for file in files for id_ in file.ids}
    sources = [entry.table.id for entry in entries(files) if isinstance(entry.table, SourceTable)]
    circles = {entry.table.id: entry.table.circle for entry in entries(files) if isinstance(entry.table, ThemeTable)}
    for entry in entries(files):
        match entry.table:
            case PromptTable() | ThemeTable():
                for unknown in [one for one in entry.table.sources if one not in known and not elsewhere(one)]:
                    sentence = f"There is no source “{unknown}”. {did_you_mean(unknown, sources)}"
                    yield entry.fault("source-unknown", sentence, "sources")
            case PlanTable():
                yield from _weeks(entry, entry.table, known, circles)
            case SourceTable():
                pass


def _weeks(entry: Entry, plan: PlanTable, known: set[str], circles: dict[str, Circle]) -> Iterator[PackFault]:
    for index, week in enumerate(plan.weeks):
        for theme in week.themes:
            if theme not in known:
                sentence = f"There is no theme “{theme}”. {did_you_mean(theme, circles)}"
                yield entry.fault("theme-unknown", sentence, "weeks", index, "themes")
            elif circles.get(theme, week.circle) is not week.circle:
                sentence = f"“{theme}” is for the circle “{circles[theme]}”, and this week is for “{week.circle}”."
                yield entry.fault("theme-circle", sentence, "weeks", index, "themes")


def _texts(entry: Entry) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Every text of an entry that people are going to read on a card, with its path."""
    match entry.table:
        case PromptTable(text=text, why=why):
            yield from [(text, ("text",)), (why, ("why",))]
        case ThemeTable(title=title, text=text, daily=daily, ideas=ideas, why=why):
            yield from [(title, ("title",)), (text, ("text",)), (daily, ("daily",)), (why, ("why",))]
            yield from ((idea, ("ideas", index)) for index, idea in enumerate(ideas))
        case PlanTable(title=title, about=about):
            yield from [(title, ("title",)), (about, ("about",))]
        case SourceTable():
            pass


def _plain(entry: Entry) -> Iterator[PackFault]:
    for text, path in _texts(entry):
        if match := NOT_PLAIN.search(text):
            sentence = f"“{match.group()}” is an address or means something on one of the platforms; write plain words."
            yield entry.fault("markup", sentence, *path)
        if bad := next((char for char in text if unicodedata.category(char) in INVISIBLE), ""):
            name = unicodedata.name(bad, "a control character").lower()
            yield entry.fault("invisible", f"There is an invisible character in it ({name}); take it out.", *path)
        if symbol := next((char for char in text if unicodedata.category(char) == "So"), ""):
            sentence = f"“{symbol}” is an emoji or a sign; cards bring their own. Write words."
            yield entry.fault("emoji", sentence, *path)
        if text != text.strip():
            yield entry.fault("space", "There is a space before or after the text; take it away.", *path)


def _claims(entry: Entry) -> Iterator[PackFault]:
    if not isinstance(entry.table, PromptTable | ThemeTable):
        return
    if entry.table.why and not entry.table.sources:
        yield entry.fault("why-without-source", "A why names at least one source: sources = [“…”].", "why")
    if entry.table.sources and not entry.table.why:
        yield entry.fault("source-without-why", "There are sources here, and no why that they speak for.", "sources")


def _tone(entry: Entry) -> Iterator[PackFault]:
    for text, path in _texts(entry):
        if not text:
            continue
        check = tone.objections_to_claim if path == ("why",) else tone.objections
        for objection in check(text):
            sentence = f"“{objection.words}” could sting on a bad day. {objection.advice}"
            if objection.code == "tone.unhedged":
                sentence = objection.advice
            yield entry.fault(objection.code, sentence, *path)


def _english(entry: Entry) -> bool:
    return entry.file.header is not None and entry.file.header.language.startswith("en")

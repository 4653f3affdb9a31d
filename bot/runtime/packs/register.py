"""The register of ids that were given out, `ids.txt` beside the packs.

Communities remember prompts by id. An id that vanishes or comes to mean something else would break what they
remember; the register makes such a change visible in review. A folder without one has none to keep to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import PackFault
from bot.runtime.packs.files import Entry, PackFile, entries, read
from bot.runtime.packs.schema import PlanTable, PromptTable, SourceTable, ThemeTable

REGISTER = "ids.txt"
HEAD = "# Ids that were given out. Lines are only ever added, by `kindling packs register`.\n"


@dataclass(frozen=True, slots=True)
class Given:
    """One line: the id, and what may not change about it."""

    table: str
    id: str
    meaning: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.table} {self.id} {self.meaning}".rstrip()


def register(folder: Path) -> int:
    """Add the ids that are new to the registers in `folder` and below; how many there were."""
    added = 0
    for place, files in _places([folder], all_folders=True):
        known = {(given.table, given.id) for given in _given(place)}
        new = [given for entry in entries(files) if (given := _of(entry)) and (given.table, given.id) not in known]
        if new:
            file = place / REGISTER
            old = file.read_text("utf-8") if file.exists() else HEAD
            file.write_text(old + "".join(f"{given}\n" for given in sorted(new, key=str)), "utf-8")
            added += len(new)
    return added


def unkept(folders: Sequence[Path]) -> Iterator[PackFault]:
    """What does not agree with the registers."""
    for place, files in _places(folders, all_folders=False):
        given = {(line.table, line.id): line for line in _given(place)}
        present = {id_ for file in files for id_ in file.ids}
        for line in given.values():
            if line.id not in present:
                sentence = f"“{line.id}” was given out and is gone. Bring it back; to end its use, set retired = true."
                yield PackFault(str(place / REGISTER), line.line, "pack.id.removed", sentence)
        for entry in entries(files):
            yield from _compared(entry, given)


def _compared(entry: Entry, given: dict[tuple[str, str], Given]) -> Iterator[PackFault]:
    now = _of(entry)
    if now is None:
        return
    before = given.get((now.table, now.id))
    if before is None:
        sentence = f"“{now.id}” is new. When it is as it should be for good, run: kindling packs register"
        yield entry.fault("id.unregistered", sentence, "id")
    elif before.meaning != now.meaning:
        sentence = f"“{now.id}” was “{before.meaning}” when it was given out. Keep that, and give a new text a new id."
        yield entry.fault("id.changed", sentence, "id")


def _of(entry: Entry) -> Given | None:
    match entry.table:
        case PromptTable(id=id_, kind=kind, circle=circle):
            return Given("prompt", id_, f"{kind} {circle}")
        case ThemeTable(id=id_, circle=circle):
            return Given("theme", id_, str(circle))
        case PlanTable(id=id_):
            return Given("plan", id_, "")
        case SourceTable():
            return None


def _places(folders: Sequence[Path], *, all_folders: bool) -> Iterator[tuple[Path, list[PackFile]]]:
    """Each folder that holds packs (and a register, unless `all_folders`), with them."""
    by_place: dict[Path, list[PackFile]] = {}
    for file in read(folders):
        by_place.setdefault(file.path.parent, []).append(file)
    for folder in folders:
        for register_file in folder.rglob(REGISTER):
            by_place.setdefault(register_file.parent, [])
    for place, files in by_place.items():
        if all_folders or (place / REGISTER).exists():
            yield place, files


def _given(place: Path) -> Iterator[Given]:
    file = place / REGISTER
    if not file.exists():
        return
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if line and not line.startswith("#"):
            table, id_, *meaning = line.split()
            yield Given(table, id_, " ".join(meaning), number)

"""Pack files, read and held against their shape."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.domain.errors import PackFault
from bot.domain.spelling import did_you_mean
from bot.runtime.packs import lines
from bot.runtime.packs.schema import TABLES, Header, SourcesHeader, Table

Shape = TypeVar("Shape", bound=BaseModel)

FAULTS_MOST = 500
"""How many faults are told of one file: more than anybody mends before looking again. Each is a look at what may have
been meant, and a file made for it has tens of thousands."""


@dataclass(frozen=True)
class Entry:
    """One `[[table]]` of a file that has the right shape."""

    file: "PackFile"
    name: str
    index: int
    table: Table

    def fault(self, code: str, sentence: str, *path: str | int) -> PackFault:
        """A fault of this entry, at the key that `path` names."""
        return self.file.fault(code, sentence, self.name, self.index, *path)


@dataclass
class PackFile:
    """A file, its entries of the right shape, and the faults of all others."""

    path: Path
    text: str = ""
    header: Header | None = None
    entries: list[Entry] = field(default_factory=list[Entry])
    faults: list[PackFault] = field(default_factory=list[PackFault])
    ids: set[str] = field(default_factory=set[str])
    """The ids of all entries, also of those with another fault."""

    @cached_property
    def _lines(self) -> Mapping[lines.Path, int]:
        return lines.lines_of(self.text)

    def fault(self, code: str, sentence: str, *path: str | int) -> PackFault:
        """A fault of this file, at what `path` names."""
        return PackFault(str(self.path), lines.line_of(self._lines, path), f"pack.{code}", sentence)


def read(folders: Iterable[Path]) -> Sequence[PackFile]:
    """Every pack file in the folders and below, in the order of folders and names; each once, however often a folder
    is named.
    """
    paths: dict[Path, Path] = {}
    for folder in folders:
        for path in _paths(folder):
            paths.setdefault(path.resolve(), path)
    return [_read(path) for path in paths.values()]


def _paths(folder: Path) -> Sequence[Path]:
    return [folder] if folder.is_file() else sorted(folder.rglob("*.toml"))


def _read(path: Path) -> PackFile:
    try:
        return parsed(path, path.read_bytes())
    except OSError as error:
        fault = PackFault(str(path), 1, "pack.unreadable", f"The file cannot be read: {error.strerror}.")
        return PackFile(path, faults=[fault])


def parsed(path: Path, data: bytes) -> PackFile:
    """The pack in these bytes, which stand in a file of this name. Whatever they are, there is an answer."""
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        fault = PackFault(str(path), line, "pack.encoding", "This line is not UTF-8; save the file in that encoding.")
        return PackFile(path, faults=[fault])
    try:
        content = cast("dict[str, object]", tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+)", str(error))
        line = int(where.group(1)) if where else text.count("\n") + 1
        sentence = f"This is not TOML: {str(error).partition(' (at ')[0]}."
        return PackFile(path, faults=[PackFault(str(path), line, "pack.syntax", sentence)])
    except (RecursionError, ValueError):  # brackets in brackets without end, a number of thousands of digits
        fault = PackFault(str(path), 1, "pack.syntax", "This is no pack that anybody wrote: it cannot be taken in.")
        return PackFile(path, faults=[fault])
    file = PackFile(path, text)
    _fill(file, content)
    return file


def _fill(file: PackFile, content: Mapping[str, object]) -> None:
    tables = {name: value for name, value in content.items() if name in TABLES}
    head = {name: value for name, value in content.items() if name not in TABLES}
    model = SourcesHeader if set(tables) == {"source"} and "id" not in head else Header
    header = _shaped(file, model, head, ())
    file.header = header if isinstance(header, Header) else None
    for name, value in tables.items():
        if not isinstance(value, list):
            file.faults.append(file.fault("not-a-list", f"Write [[{name}]] with two brackets, once for each.", name))
            continue
        for index, raw in enumerate(cast("list[object]", value)):
            _add(file, name, index, raw)


def _add(file: PackFile, name: str, index: int, raw: object) -> None:
    table = cast("dict[str, object]", raw) if isinstance(raw, dict) else {}
    file.ids.add(str(table.get("id", "")))
    shaped = _shaped(file, TABLES[name], table, (name, index))
    if shaped is not None:
        file.entries.append(Entry(file, name, index, shaped))


def _shaped(file: PackFile, model: type[Shape], raw: object, path: lines.Path) -> Shape | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for details in error.errors(include_url=False)[: max(0, FAULTS_MOST - len(file.faults))]:
            code, sentence = explain(details, model)
            file.faults.append(file.fault(code, sentence, *path, *details["loc"]))
        return None


def explain(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """The code and the sentence for one thing that is wrong with a table's shape."""
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    limits = cast("dict[str, object]", error.get("ctx", {}))
    match error["type"]:
        case "missing":
            said = "missing", f"“{key}” is missing."
        case "extra_forbidden":
            said = "unknown-key", f"“{key}” is not a key that is known here. {did_you_mean(key, model.model_fields)}"
        case "enum" | "literal_error":
            known = re.findall(r"'([^']*)'", str(limits.get("expected"))) or [str(limits.get("expected"))]
            said = "unknown-value", f"“{key}” cannot be “{error['input']}”. {did_you_mean(str(error['input']), known)}"
        case "string_too_long":
            length, limit = len(str(error["input"])), limits.get("max_length")
            said = "too-long", f"“{key}” has {length} characters; at most {limit} fit on a card."
        case "string_too_short":
            said = "empty", f"“{key}” is empty."
        case "too_short" | "too_long":
            said = "count", f"“{key}” has {limits.get('actual_length')} entries; {_wanted(limits)} belong there."
        case "string_pattern_mismatch":
            said = "form", f"“{key}” cannot be “{error['input']}”. {_FORMS.get(str(error['loc'][-1]), _FORMS['id'])}"
        case _:
            said = "type", f"“{key}” is of the wrong type: {error['msg'].lower()}."
    return said


_FORMS = {
    "id": "An id has small letters, digits and single hyphens, with dots between its parts: everyday.first-hello.",
    "version": "A version has three numbers: 1.0.0.",
    "language": "A language is written as en or pt-BR.",
    "url": "An address begins with https://.",
}


def _wanted(limits: Mapping[str, object]) -> str:
    if "min_length" in limits:
        return f"at least {limits['min_length']}"
    return f"at most {limits['max_length']}"


def entries(files: Iterable[PackFile]) -> Iterator[Entry]:
    """All entries of the right shape, in order."""
    for file in files:
        yield from file.entries

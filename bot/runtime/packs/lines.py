"""On which line of a TOML file something stands, which `tomllib` does not tell."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{},=\n]"
    r"|[^\s\[\]{},=\"'\#]+",
    re.DOTALL,
)


def lines_of(text: str) -> Mapping[Path, int]:
    """The line of each table, key and first-level array element of a *valid* TOML text.

    `("prompt", 3, "kind")` is the key `kind` of the fourth `[[prompt]]`.
    """
    lines: dict[Path, int] = {}
    counts: Counter[Path] = Counter()
    table: Path = ()
    for line, pieces in _statements(text):
        if pieces[0] == "[":
            table = _table(pieces, counts)
            lines.setdefault(table, line)
        else:
            key = (*table, *_names(pieces[: pieces.index("=")]))
            lines[key] = line
            lines.update(_elements(key, line, pieces[pieces.index("=") + 1 :]))
    return lines


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of `path`, or of the nearest thing around it; the first line when there is none."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each table header and each `key = value`, with the line it begins on, as pieces.

    A newline inside a value stays as a piece, one outside ends the statement.
    """
    line, start, depth = 1, 1, 0
    statement: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece == "\n" and not depth:
            if statement:
                yield start, statement
            statement = []
        elif not piece.startswith("#"):
            if not statement:
                start = line
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
            statement.append(piece)
        line += piece.count("\n")
    if statement:
        yield start, statement


def _names(pieces: list[str]) -> Iterator[str]:
    for piece in pieces:
        if piece[0] in "\"'":
            yield piece[1:-1]
        else:
            yield from filter(None, piece.split("."))


def _table(pieces: list[str], counts: Counter[Path]) -> Path:
    """The path of a `[table]` or of the next `[[table]]`, through the latest of the arrays on the way."""
    path: Path = ()
    names = list(_names([piece for piece in pieces if piece not in "[]"]))
    for name in names[:-1]:
        path = (*path, name)
        if counts[path]:
            path = (*path, counts[path] - 1)
    path = (*path, names[-1])
    if pieces[1] == "[":
        counts[path] += 1
        path = (*path, counts[path] - 1)
    return path


def _elements(key: Path, line: int, value: list[str]) -> Iterator[tuple[Path, int]]:
    """The line of each element, when the value is an array."""
    if value[0] != "[":
        return
    depth, index, seen = 0, 0, False
    for piece in value:
        if piece in "]}":
            depth -= 1
        elif piece == "," and depth == 1:
            index, seen = index + 1, False
        elif piece != "\n" and depth == 1 and not seen:
            yield (*key, index), line
            seen = True
        if piece in "[{":
            depth += 1
        line += piece.count("\n")

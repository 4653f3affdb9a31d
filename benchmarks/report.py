"""What every benchmark says, and how: the parts of docs/performance.md.

A benchmark is `python -m benchmarks.<name> [--quick] [--json FILE]`. It measures, prints its `Section` as Markdown,
and writes it as JSON where asked; `scripts/bench` runs all of them, each in a process of its own, and puts the page
together. A number without a comparison in the same run says little, so every section has its ratios.
"""

import argparse
import json
import math
import resource
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header, with a line above that says what they are."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def markdown(self) -> str:
        """The table as Markdown; numbers are put to the right."""
        sides = ["---:" if all(isinstance(row[i], int | float) for row in self.rows) else "---" for i in self._columns]
        lines = [self.header, sides, *([written(cell) for cell in row] for row in self.rows)]
        return f"{self.caption}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)

    @property
    def _columns(self) -> range:
        return range(len(self.header))


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that was aimed at: what, how much of it, what was measured, and whether that is enough."""

    what: str
    wanted: str
    measured: str
    met: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark's part of the page. `how` says what was done, so that a reader could do it again."""

    title: str
    how: str
    tables: Sequence[Table]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """The section as Markdown."""
        parts = [f"## {self.title}", self.how, *(table.markdown() for table in self.tables)]
        if self.goals:
            rows = [(goal.what, goal.wanted, goal.measured, "yes" if goal.met else "**no**") for goal in self.goals]
            parts.append(Table("Against what was aimed at:", ("what", "aim", "measured", "met"), rows).markdown())
        parts += [f"- {note}" for note in self.notes]
        return "\n\n".join(parts)

    @classmethod
    def read(cls, told: Mapping[str, object]) -> "Section":
        """A section out of its JSON."""
        plain: dict[str, list[dict[str, object]]] = dict(told)  # type: ignore[arg-type]  -- our own JSON
        tables = [Table(**table) for table in plain.pop("tables")]  # type: ignore[arg-type]
        goals = [Goal(**goal) for goal in plain.pop("goals")]  # type: ignore[arg-type]
        return cls(tables=tables, goals=goals, **plain)  # type: ignore[arg-type]


def written(cell: Cell) -> str:
    """A cell with as many digits as mean something."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or cell == 0 or not math.isfinite(cell):
        return f"{cell:,}"
    digits = max(0, 2 - math.floor(math.log10(abs(cell))))
    return f"{cell:,.{digits}f}"


def growth(sizes: Sequence[float], totals: Sequence[float]) -> float:
    """The exponent k of totals ~ sizes**k, fitted to all sizes: 1 means that twice as many take twice as long."""
    return statistics.linear_regression([math.log(n) for n in sizes], [math.log(t) for t in totals]).slope


def peak_mebibytes() -> float:
    """The most memory that this process has held so far, in MiB (Linux; macOS counts in bytes)."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)


def resident_mebibytes(pid: int | str = "self") -> float:
    """The memory that a process holds now, in MiB. Linux only."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


def arguments(about: str | None, add: Callable[[argparse.ArgumentParser], object] | None = None) -> argparse.Namespace:
    """The options that every benchmark has, and those that `add` adds."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes and one run, in under a minute")
    parser.add_argument("--json", type=Path, help="write the section to this file too")
    if add is not None:
        add(parser)
    return parser.parse_args()


def tell(section: Section, file: Path | None) -> None:
    """Print a section, and write it where asked."""
    print(section.markdown())
    if file is not None:
        file.write_text(json.dumps(asdict(section), ensure_ascii=False, indent=1), "utf-8")

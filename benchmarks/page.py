"""Measures, and writes docs/performance.md.

    scripts/bench                  everything, which takes about two hours on two cores
    scripts/bench start cards        these parts; the others stay on the page as they were measured last
    scripts/bench --quick          everything small, printed and kept nowhere

Each benchmark runs in a process of its own, one after the other, so that none uses the memory or the time of
another. What was measured is kept in benchmarks/results, and the page is made of that.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.report import Section

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
PARTS = ("due", "occurrences", "reactions", "fanout", "start", "cards", "wall", "soak")
LIBRARIES = ("discord.py", "slack-bolt", "slack-sdk", "apscheduler", "sqlalchemy", "aiosqlite", "asyncpg", "aiohttp")

OPENING = """# Performance

Written by `scripts/bench`; please do not edit it by hand. Every part says how it was measured, beside what a user
would pick instead or what is the most that can be had, in the same run: such a ratio means something on another
machine too, while a time alone does not. Numbers are medians of several runs where nothing else is said. No time is
asserted in the tests; they hold query plans, numbers of statements, and that work for one card does not grow with the
number of communities.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One section, with the day and the machine that it was measured on."""

    section: Section
    day: str
    machine: str

    @classmethod
    def read(cls, file: Path) -> "Measured":
        """What was kept in a file."""
        told = json.loads(file.read_text("utf-8"))
        return cls(Section.read(told["section"]), told["day"], told["machine"])


def machine() -> str:
    """What it was measured on, in a sentence."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    kibibytes = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    memory = f", {kibibytes / 1024**2:.0f} GiB of memory" if kibibytes else ""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores of {processor}{memory}; {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}{_postgresql()}; {libraries}."
    )


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _postgresql() -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not installed:
        return ""
    said = subprocess.run([installed[-1], "--version"], capture_output=True, text=True, check=False)  # noqa: S603  a fixed name
    return f", PostgreSQL {said.stdout.split()[2]}" if said.returncode == 0 else ""


def measure(part: str, *, quick: bool) -> Section | None:
    """Run one benchmark to its end; None, with what it said on the screen, when it failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "section.json"
        command = [sys.executable, "-m", f"benchmarks.{part}", "--json", str(file), *(["--quick"] if quick else [])]
        done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  our own words
        sys.stderr.write(f"{part}: {time.monotonic() - began:.0f} s\n")
        if done.returncode or not file.exists():
            return None
        return Section.read(json.loads(file.read_text("utf-8")))


def keep(part: str, section: Section) -> None:
    """Keep what was measured beside the others."""
    RESULTS.mkdir(exist_ok=True)
    told = {"day": datetime.now(UTC).date().isoformat(), "machine": machine(), "section": asdict(section)}
    (RESULTS / f"{part}.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def page() -> str:
    """docs/performance.md out of everything that was kept."""
    kept = [Measured.read(RESULTS / f"{part}.json") for part in PARTS if (RESULTS / f"{part}.json").exists()]
    parts = [OPENING.strip()]
    for machine_ in dict.fromkeys(one.machine for one in kept):
        days = sorted({date.fromisoformat(one.day) for one in kept if one.machine == machine_})
        when = days[0].isoformat() if days[0] == days[-1] else f"{days[0]} to {days[-1]}"
        parts.append(f"Measured on {when} with {machine_}")
    goals = [goal for one in kept for goal in one.section.goals]
    missed = [goal for goal in goals if not goal.met]
    parts.append(
        f"Of {len(goals)} aims {len(goals) - len(missed)} are met."
        + "".join(f"\n\n- Not met: {goal.what}: {goal.measured}, aimed at {goal.wanted}." for goal in missed)
    )
    parts += [one.section.markdown() for one in kept]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Measure what is asked for; 1 when a benchmark failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, in some minutes; nothing is kept")
    asked = parser.parse_args()
    if strangers := set(asked.parts) - set(PARTS):
        parser.error(f"there is no benchmark called {', '.join(sorted(strangers))}; there are {', '.join(PARTS)}")
    failed: list[str] = []
    for part in asked.parts or PARTS:
        section = measure(part, quick=asked.quick)
        if section is None:
            failed.append(part)
        elif not asked.quick:
            keep(part, section)
            PAGE.write_text(page(), "utf-8")
    if failed:
        sys.stderr.write(f"These did not come through: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

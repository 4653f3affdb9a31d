"""How fast reactions are taken in and kept, beside the libraries' own clients that do nothing with them.

    python -m benchmarks.reactions

A process of its own listens: a discord.py client or a Bolt app with handlers that do nothing, or Kindling's listener
with its database. Another feeds it events through a real websocket on loopback, framed beforehand, as fast as they are
taken. On Discord an event is taken in when it is kept; on Slack when its acknowledgement has arrived, which Kindling
sends after the commit.
"""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field, replace

from benchmarks.report import Goal, Section, Table, arguments, growth, tell
from tests.flood.events import at_random, kept, once_each, settle_in
from tests.flood.run import IN_FLIGHT, flood
from tests.storage.databases import run_outside
from tests.storage.postgres import a_postgres, missing

LIBRARY = {"discord": "discord.py", "slack": "bolt"}
NAMES = {"discord.py": "discord.py, nothing done", "bolt": "Bolt, nothing done"}
SIZES = {"discord": (5_000, 10_000, 20_000), "slack": (2_000, 4_000, 8_000)}
"""No more at once than may wait on Discord's doorstep: with more the connection is given up, which is meant so."""
QUICK_SIZES = {"discord": (1_000, 2_000, 4_000), "slack": (300, 600, 1_200)}
ONE_BY_ONE = 1_000
FEW = 200
"""How many of Slack's events may wait for their acknowledgement where each has a commit of its own: it gives up after
2.5 seconds, and Slack would send them again."""
PER_SECOND, IN_TIME = 2_000, 5.0
EVENLY = 6_000
RUNS, KILLS = 5, 5
TIMES = (
    "The time is from an event's leaving the platform: on Discord until it is kept, on Slack until the platform has "
    "the acknowledgement. What the feeder is late with does not count. Within Kindling is from the instant at which "
    "the platform's library hands it over until it is kept; the rest is the websocket, the library and the answer. "
    "Both are medians of the runs; a run in which the machine's disk was busy with something else tells of that."
)
BARE = (
    "Nothing is kept sooner than a commit takes on this disk and these processors. SQLite by itself, with one row to "
    "keep and nobody else in its process, is measured after each even stretch; its p99 stands beside ours."
)
WHY = (
    "Kindling takes Discord's events before discord.py makes a task for each, and Slack's before Bolt looks for a "
    "token and a listener, so it can be faster than handlers that do nothing."
)
WHAT = "One event in seven takes an emoji off; 1,000 people react to 100 cards with six emoji."


@dataclass
class Line:
    """What was measured of one way of listening: events a second and microseconds of processor time, by size."""

    rates: dict[int, list[float]] = field(default_factory=dict)
    costs: dict[int, list[float]] = field(default_factory=dict)
    took: list[Sequence[float]] = field(default_factory=list)
    """Milliseconds of each event of an even stretch, by run."""
    within: list[Sequence[float]] = field(default_factory=list)
    bare: list[Sequence[float]] = field(default_factory=list)
    """Milliseconds of bare commits of one row, made just after, by run."""
    again: int = 0
    """Events that Slack had to send once more."""
    wrong: int = 0
    """Reactions that are kept and were not given, or were given and are not kept."""

    def rate(self, size: int) -> float:
        """Events a second, the median of the runs."""
        return statistics.median(self.rates[size])

    def cost(self, size: int) -> float:
        """Microseconds of processor time for an event, the same."""
        return statistics.median(self.costs[size])


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does: so many events at once, or so many evenly."""

    sizes: Sequence[int]
    evenly: int = 0
    met: bool = True
    """Whether everybody has reacted before, without haste."""
    in_flight: int = IN_FLIGHT


@asynccontextmanager
async def a_database(platform: str, kind: str = "sqlite") -> AsyncIterator[str]:
    """An address of a database with a community in it: in a file, or on a PostgreSQL server that ends with it."""
    with ExitStack() as stack:
        if kind == "postgresql":
            url = f"{stack.enter_context(a_postgres(durable=True))}/flood"
            await run_outside(url.rpartition("/")[0], "CREATE DATABASE flood")
        else:
            url = f"sqlite+aiosqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/kindling.sqlite"
        await settle_in(url, platform)
        await asyncio.to_thread(os.sync)  # what was measured before has its own writes
        yield url


async def measure(line: Line, who: str, platform: str, url: str, plan: "Plan") -> None:
    """One run of one way: every size, and at the end a stretch at an even pace."""
    async with flood(who, platform, url) as run:
        if plan.met:
            await run.meet()
        for number, size in enumerate(plan.sizes):
            pace = await run.pace(at_random(size, seed=number), in_flight=plan.in_flight)
            line.rates.setdefault(size, []).append(pace.rate)
            line.costs.setdefault(size, []).append(pace.cost)
        if plan.evenly:
            took = await run.took(at_random(plan.evenly, seed=99), PER_SECOND)
            line.took.append(took.in_all)
            line.within += [took.within] if took.within else []
        if plan.evenly and url:
            line.bare.append(await asyncio.to_thread(commits))
    line.again += run.feeder.again
    if url:
        line.wrong += len(run.truth.felt(platform) ^ await kept(url))


async def lost_to_kills(kills: int) -> tuple[int, int]:
    """Kill a listening process; how many acknowledged reactions were not there afterwards, and how many there were."""
    lost = acknowledged = 0
    for number in range(kills):
        async with a_database("slack") as url:
            async with flood("kindling", "slack", url) as run:
                told = await run.killed_at(once_each(20_000), 500 + 700 * number)
            acknowledged += len(told)
            lost += len(told - await kept(url))
    return lost, acknowledged


async def measured(platform: str, *, postgresql: bool, quick: bool) -> dict[str, Line]:
    """Every way of listening on one platform; in each run one after the other. The even stretches come first: the
    floods fill a disk's queue for a while."""
    library = LIBRARY[platform]
    sizes = (QUICK_SIZES if quick else SIZES)[platform]
    lines = {name: Line() for name in (library, "kindling", "one by one", "postgresql")}
    runs = 1 if quick else RUNS
    for plan in [Plan((), evenly=1_000 if quick else EVENLY)] * runs + [Plan(sizes)] * runs:
        await measure(lines[library], library, platform, "", replace(plan, met=False))
        for name, kind in (("kindling", "sqlite"), *([("postgresql", "postgresql")] if postgresql else [])):
            async with a_database(platform, kind) as url:
                await measure(lines[name], "kindling", platform, url, plan)
    async with a_database(platform) as url:
        few = Plan((ONE_BY_ONE // 5 if quick else ONE_BY_ONE,), met=not quick, in_flight=FEW)
        await measure(lines["one by one"], "kindling-one-by-one", platform, url, few)
    return {name: line for name, line in lines.items() if line.rates}


def percentile(values: Sequence[float], share: float) -> float:
    """What that share of the values is not above."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def usual(runs: Sequence[Sequence[float]], share: float) -> float:
    """What that share of the values of a run is not above, in the run in the middle."""
    return statistics.median(percentile(values, share) for values in runs)


def commits(number: int = 400) -> list[float]:
    """How many milliseconds SQLite by itself takes to keep one row for good on this disk: nothing is kept sooner."""
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, closing(sqlite3.connect(f"{folder}/bare.sqlite")) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE numbers (number INTEGER)")
        for one in range(number):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO numbers VALUES (?)", (one,))
            connection.execute("COMMIT")
            took.append(1000 * (time.perf_counter() - began))
    return took


def table(platform: str, lines: Mapping[str, Line]) -> Table:
    """A row for each way of listening."""
    called = {"kindling": "Kindling, SQLite", "postgresql": "Kindling, PostgreSQL", "one by one": "one commit an event"}
    sizes = list(lines["kindling"].rates)
    ceiling = lines[LIBRARY[platform]]
    rows = []
    for name, line in lines.items():
        largest = max(line.rates)
        share = line.rate(largest) / ceiling.rate(largest if largest in ceiling.rates else sizes[-1])
        rates = [round(line.rate(size)) if size in line.rates else "" for size in sizes]
        if name == "one by one":
            rates = [round(line.rate(largest)), "", ""]
        exponent = growth(sizes, [size / line.rate(size) for size in sizes]) if len(line.rates) > 1 else ""
        latency = [usual(line.took, share) for share in (0.5, 0.99)] if line.took else ["", ""]
        latency += [usual(line.within, share) for share in (0.5, 0.99)] if line.within else ["", ""]
        rows.append((called.get(name) or NAMES[name], *rates, share, exponent, line.cost(largest), *latency))
    bare = [usual(lines["kindling"].bare, share) for share in (0.5, 0.99)]
    rows.append(("a bare commit of SQLite's", *([""] * (len(sizes) + 3)), *bare, *bare))
    header = (
        "",
        *(f"{size:,} events" for size in sizes),
        "of the ceiling",
        "growth",
        "µs of processor",
        "p50 ms",
        "p99 ms",
        "p50 within",
        "p99 within",
    )
    caption = f"{platform.capitalize()}: events a second, and how long each takes at {PER_SECOND:,} a second."
    return Table(caption, header, rows)


def goals(platform: str, lines: Mapping[str, Line]) -> list[Goal]:
    """What was aimed at on one platform."""
    wanted = {"discord": 0.75, "slack": 0.85}[platform]
    ours, ceiling = lines["kindling"], lines[LIBRARY[platform]]
    largest = max(ours.rates)
    share = ours.rate(largest) / ceiling.rate(largest)
    p99, inside, floor = usual(ours.took, 0.99), usual(ours.within, 0.99), usual(ours.bare, 0.99)
    each = ", ".join(f"{percentile(values, 0.99):.1f}" for values in ours.took)
    told = f"{p99:.1f} ms (by run {each}; {inside:.1f} within Kindling; a bare commit: {floor:.1f})"
    wrong = sum(line.wrong for line in lines.values())
    name = platform.capitalize()
    return [
        Goal(f"{name}: share of the library's own speed", f"{wanted}", f"{share:.2f}", share >= wanted),
        Goal(f"{name}: p99 at {PER_SECOND:,} a second", "5 ms", told, p99 < IN_TIME),
        Goal(f"{name}: reactions that are not as the platform has them", "0", str(wrong), wrong == 0),
    ]


async def section(*, postgresql: bool, quick: bool) -> Section:
    """All of it."""
    platforms = {name: await measured(name, postgresql=postgresql, quick=quick) for name in ("discord", "slack")}
    lost, acknowledged = await lost_to_kills(1 if quick else KILLS)
    kept_all = Goal("acknowledged reactions lost to SIGKILL", "0", f"{lost} of {acknowledged:,}", lost == 0)
    again = sum(line.again for line in platforms["slack"].values())
    return Section(
        "Reactions taken in",
        __doc__.partition("\n\n    python")[0] + "\n\n" + __doc__.partition("reactions\n\n")[2].strip(),
        [table(name, lines) for name, lines in platforms.items()],
        [*(goal for name, lines in platforms.items() for goal in goals(name, lines)), kept_all],
        [BARE, TIMES, WHY, WHAT, f"Envelopes that Slack had to send once more, because nobody answered: {again}."],
    )


def main() -> None:
    """Measure and tell."""
    options = arguments(__doc__)
    if why := "that takes longer" if options.quick else missing():
        print(f"without PostgreSQL: {why}")
    tell(asyncio.run(section(postgresql=not why, quick=options.quick)), options.json)


if __name__ == "__main__":
    main()

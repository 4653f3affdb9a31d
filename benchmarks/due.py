"""How long it takes to turn due schedules into occurrences and deliveries, beside APScheduler in the same run.

    python -m benchmarks.due [--largest 100000]

Every community has one schedule in one of all IANA zones, and all are due at one instant, or one in a thousand of them.
Kindling's planner moves each schedule on and writes an occurrence and a delivery for it, durably, on SQLite with one
process and on PostgreSQL with one, two and four. APScheduler runs one job a community, from its memory store, which
keeps nothing, and from its SQLAlchemy store. Every measurement runs in processes of its own, so that its memory is its
own too. The ratio between the two is what can be compared between machines.
"""

import argparse
import asyncio
import importlib.util
import multiprocessing
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count as numbers
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import jobs, layers
from benchmarks.crowd import fill
from benchmarks.report import Cell, Goal, Section, Table, arguments, growth, peak_mebibytes, tell
from bot.storage.database import Database
from tests.storage.postgres import a_postgres, missing

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (500, 1_000, 2_000)
COMPARED, QUICK_COMPARED = 100_000, 2_000
"""The size at which the two are compared; SQL stores go no farther."""
TAKEN_APART, QUICK_TAKEN_APART = 50_000, 2_000
MORNINGS = 3
DAYS, QUICK_DAYS, OF_DAYS = 30, 4, 10_000
"""How many days in a row are planned, and the most communities for which they are."""
ONE_IN = 1_000
LOOKS = 200
MICRO = 1e6
FITTED = 3
"""How many sizes an exponent is fitted to at least."""
Result = TypeVar("Result")
_names = numbers()


@dataclass(frozen=True, slots=True)
class Planned:
    """What one process did in one morning, on the clock that all processes of a machine share."""

    cards: int
    began: float
    ended: float
    peak: float
    idle: float


@dataclass(frozen=True, slots=True)
class Mornings:
    """Some mornings of a crowd: seconds for one due card (median), and what else is told of them."""

    each: float
    total: float
    peak: float
    idle: float
    wrong: int


def plan(url: str, morning: int, workers: int, gate: str) -> Planned:
    """Plan a morning until nothing is due, beginning together with so many others; then look a few times more."""
    return asyncio.run(_plan(url, morning, workers, Path(gate)))


def _together(gate: Path, workers: int) -> None:
    """Wait until all have come."""
    (gate / str(os.getpid())).touch()
    while len(list(gate.iterdir())) < workers:
        time.sleep(0.001)


async def _plan(url: str, morning: int, workers: int, gate: Path) -> Planned:
    database = Database(url)
    calendar, clock = layers.a_calendar(database)
    clock.instant -= timedelta(days=1)
    await calendar.plan()  # connected, and everything imported
    clock.instant += timedelta(days=1 + morning)
    await asyncio.to_thread(_together, gate, workers)
    began, cards, empty = time.monotonic(), 0, False
    while not empty:
        planned = await calendar.plan()
        cards += planned
        empty = not planned
    await layers.keep_for_good(database)
    ended, looks = time.monotonic(), list[float]()
    for _ in range(LOOKS if workers == 1 else 0):
        before = time.perf_counter()
        await calendar.plan()
        looks.append(time.perf_counter() - before)
    await database.close()
    return Planned(cards, began, ended, peak_mebibytes(), statistics.median(looks) if looks else 0)


def post(url: str) -> None:
    """Have everything posted that was planned."""
    asyncio.run(_post(url))


async def _post(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE deliveries SET state = 'posted', message = id, posted_at = due_at"))
    await database.close()


class Bench:
    """Databases to fill, and processes to run in."""

    def __init__(self, folder: Path, server: str, mornings: int) -> None:
        self._folder = folder
        self._server = server
        self._mornings = mornings

    def new(self, kind: str, like: str = "") -> str:
        """The address of a new database, empty or like another that nobody uses."""
        name = f"due_{next(_names)}"
        if kind == "sqlite":
            file = self._folder / f"{name}.sqlite"
            if like:
                shutil.copyfile(like.removeprefix("sqlite+aiosqlite:///"), file)
            return f"sqlite+aiosqlite:///{file}"
        template = f" TEMPLATE {like.rpartition('/')[2]}" if like else ""
        self._outside(f"CREATE DATABASE {name}{template}")
        return f"{self._server}/{name}"

    def drop(self, url: str) -> None:
        """Give back what a database takes."""
        if url.startswith("sqlite"):
            for file in self._folder.glob(f"{Path(url).name}*"):
                file.unlink()
        else:
            self._outside(f"DROP DATABASE {url.rpartition('/')[2]}")

    def _outside(self, statement: str) -> None:
        async def run() -> None:
            engine = create_async_engine(f"{self._server}/postgres", isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                await connection.execute(text(statement))
            await engine.dispose()

        asyncio.run(run())

    def mornings(self, kind: str, size: int, workers: int = 1, one_in: int = 1) -> Mornings:
        """Fill a database, and plan some mornings of it with so many processes."""
        url = self.new(kind)
        with processes(1) as pool:
            pool.submit(fill, url, size, one_in).result()
        due, taken, told = -(-size // one_in), list[float](), list[Planned]()
        # Where few are due at first, the others are on the day after.
        often = self._mornings if size <= COMPARED and one_in == 1 else 1
        with processes(workers) as pool:
            for morning in range(often):
                gate = Path(tempfile.mkdtemp(dir=self._folder))
                asked = [pool.submit(plan, url, morning, workers, str(gate)) for _ in range(workers)]
                told = [done.result() for done in asked]
                taken.append(max(one.ended for one in told) - min(one.began for one in told))
        wrong = asyncio.run(_wrong(url, due, often))
        self.drop(url)
        total = statistics.median(taken)
        return Mornings(total / due, total, max(one.peak for one in told), told[0].idle, wrong)

    def days(self, kind: str, size: int, days: int) -> list[float]:
        """Seconds for one card on each of some days in a row. Each day's cards are posted before the next one."""
        url, each = self.new(kind), list[float]()
        with processes(1) as pool:
            pool.submit(fill, url, size).result()
            for day in range(days):
                gate = tempfile.mkdtemp(dir=self._folder)
                done = pool.submit(plan, url, day, 1, gate).result()
                each.append((done.ended - done.began) / size)
                pool.submit(post, url).result()
        self.drop(url)
        return each

    def taken_apart(self, kind: str, size: int) -> list[tuple[str, float]]:
        """Seconds for each card, layer by layer."""
        filled = self.new(kind)
        with processes(1) as pool:
            pool.submit(fill, filled, size).result()
            morning = asyncio.run(layers.listen(self.new(kind, filled)))

            def median(run: Callable[[str], float]) -> float:
                return statistics.median(run(self.new(kind, filled)) for _ in range(self._mornings)) / size

            def stripped(url: str) -> float:
                layers.strip(url.removeprefix("sqlite+aiosqlite:///"))
                return asyncio.run(layers.driver(url, morning))

            least = [("the statements, into bare tables", median(stripped))] if kind == "sqlite" else []
            driver = median(lambda url: asyncio.run(layers.driver(url, morning)))
            stored = median(lambda url: asyncio.run(layers.repositories(url, morning)))
            whole = median(lambda url: asyncio.run(layers.whole(url)))
        return [
            *least,
            ("the statements, from the driver alone", driver),
            ("repositories, on top", stored - driver),
            ("domain and service, on top", whole - stored),
            ("whole", whole),
        ]

    def job_store(self, kind: str, size: int) -> float:
        """Seconds that APScheduler takes for each job from its SQLAlchemy store."""
        url = self.new(kind)
        blocking = url.replace("+aiosqlite", "").replace("+asyncpg", "+psycopg")
        taken, _ = alone(jobs.measure, size, blocking)
        self.drop(url)
        return taken / size


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Fresh processes, which have nothing of this one's memory."""
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def alone(run: Callable[..., Result], *given: object) -> Result:
    """The result of a function in a process of its own."""
    with processes(1) as pool:
        return pool.submit(run, *given).result()


async def _wrong(url: str, due: int, mornings: int) -> int:
    """How many cards there are twice, or not at all."""
    database = Database(url)
    twice = "SELECT 1 FROM deliveries GROUP BY space_id, channel, due_at HAVING count(*) > 1"
    async with database.engine.connect() as connection:
        doubled = (await connection.execute(text(f"SELECT count(*) FROM ({twice}) AS twice"))).scalar_one()  # noqa: S608 -- our own
        cards = (await connection.execute(text("SELECT count(*) FROM deliveries"))).scalar_one()
    await database.close()
    return int(doubled) + abs(due * mornings - int(cards))


Ours = dict[tuple[str, int, int], Mornings]
"""By database, number of processes and size."""


def ours(bench: Bench, kinds: list[tuple[str, int]], sizes: tuple[int, ...]) -> Ours:
    """Every community due, by so many processes on each database, and the largest size with all of them."""
    return {(kind, workers, size): bench.mornings(kind, size, workers) for kind, workers in kinds for size in sizes}


def sizes_table(found: Ours, memory: dict[int, tuple[float, float]]) -> Table:
    """What each size takes, ours and APScheduler's from memory."""
    rows: list[list[Cell]] = [
        [
            f"{kind}, {workers} process{'es' if workers > 1 else ''}",
            size,
            one.each * MICRO,
            f"{one.peak:.0f}",
            f"{one.idle * MICRO:.0f}" if one.idle else "",
            one.wrong,
        ]
        for (kind, workers, size), one in found.items()
    ]
    rows += [
        ["APScheduler, memory store", size, taken / size * MICRO, f"{peak:.0f}", "", ""]
        for size, (taken, peak) in memory.items()
    ]
    header = ("", "due", "µs each", "peak MiB (a process)", "µs for a look at nothing", "doubled or lost")
    return Table("All due at one instant:", header, rows)


def exponents(found: Ours, memory: dict[int, tuple[float, float]]) -> dict[str, float]:
    """How the time grows with the number of communities, for each that was measured at three sizes or more."""
    totals: dict[str, dict[int, float]] = {"APScheduler, memory store": {size: t for size, (t, _) in memory.items()}}
    for (kind, workers, size), one in found.items():
        totals.setdefault(f"{kind}, {workers}", {})[size] = one.total
    return {name: growth(list(of), list(of.values())) for name, of in totals.items() if len(of) >= FITTED}


def section(bench: Bench, sizes: tuple[int, ...], compared: int, stored: int, apart: int, *, postgres: bool) -> Section:
    """Measure everything; `compared` is the size for APScheduler's memory store, `stored` that for its SQL store."""
    kinds = ["sqlite", *(["postgresql"] if postgres else [])]
    each = [("sqlite", 1), *([("postgresql", workers) for workers in (1, 2, 4)] if postgres else [])]
    found = ours(bench, each, sizes)
    memory = {size: alone(jobs.measure, size) for size in sizes}
    psycopg = importlib.util.find_spec("psycopg") is not None
    stores = {kind: bench.job_store(kind, stored) for kind in kinds if kind == "sqlite" or psycopg}
    few = [
        (kind, size, bench.mornings(kind, size, 1, ONE_IN).each)
        for kind in kinds
        for size in sizes
        if size >= 10 * ONE_IN or size == max(sizes)
    ]
    in_a_row = DAYS if compared > QUICK_COMPARED else QUICK_DAYS
    days = {kind: bench.days(kind, min(OF_DAYS, max(sizes)), in_a_row) for kind in kinds}
    layered = [(kind, name, seconds) for kind in kinds for name, seconds in bench.taken_apart(kind, apart)]
    exponent = exponents(found, memory)
    wrong = sum(one.wrong for one in found.values())
    own = {kind: found[kind, 1, stored].each for kind in kinds}
    in_memory = memory[compared][0] / compared / found["sqlite", 1, compared].each
    goals = [
        _ratio("APScheduler's memory store against ours on SQLite", 6, in_memory),
        *(
            _ratio(f"APScheduler's SQL store against ours, {kind}", least, stores[kind] / own[kind])
            for kind, least in (("sqlite", 60), ("postgresql", 40))
            if kind in stores
        ),
        *(
            Goal(f"growth exponent, {name}", "at most 1.05", f"{exponent[name]:.3f}", exponent[name] <= 1.05)  # noqa: PLR2004 -- the goal
            for name in (f"{kind}, 1" for kind in kinds)
        ),
        *(_memory(found, kind, sizes) for kind in kinds),
        Goal("cards doubled or lost", "0", str(wrong), wrong == 0),
    ]
    notes = [f"Growth exponents: {', '.join(f'{name} {value:.2f}' for name, value in exponent.items())}."]
    if postgres and not psycopg:
        notes.append("APScheduler's store on PostgreSQL needs psycopg: `pip install psycopg[binary]`.")
    if not postgres:
        notes.append(f"Nothing was measured on PostgreSQL: {missing()}.")
    return Section(
        "Due schedules",
        f"One schedule a community over all IANA zones, one channel each. Planned in batches of {layers.BATCH:,}, each "
        "one transaction, and the disk waited for at the end, as it is before anything is sent; medians of "
        f"{MORNINGS} mornings up to {COMPARED:,} communities. APScheduler 3.11 "
        "runs one job a community that does nothing. Every number is from processes of its own.",
        [
            sizes_table(found, memory),
            Table(
                f"APScheduler with its SQLAlchemy store, {stored:,} due:",
                ("", "µs each", "times as long as ours"),
                [[kind, taken * MICRO, taken / own[kind]] for kind, taken in stores.items()],
            ),
            Table(
                f"One in {ONE_IN:,} due:",
                ("", "communities", "µs each that is due"),
                [[kind, size, seconds * MICRO] for kind, size, seconds in few],
            ),
            Table(
                f"{min(OF_DAYS, max(sizes)):,} due on each of {in_a_row} days in a row:",
                ("", "µs each, first days", "last days"),
                [
                    [kind, statistics.median(each[1:4]) * MICRO, statistics.median(each[-3:]) * MICRO]
                    for kind, each in days.items()
                ],
            ),
            Table(
                f"What each layer costs, {apart:,} due:",
                ("", "", "µs each"),
                [[kind, name, seconds * MICRO] for kind, name, seconds in layered],
            ),
        ],
        goals,
        notes,
    )


def _ratio(what: str, least: float, measured: float) -> Goal:
    return Goal(what, f"at least {least} times as long", f"{measured:.1f}", measured >= least)


def _memory(found: Ours, kind: str, sizes: tuple[int, ...]) -> Goal:
    few, many = found[kind, 1, min(sizes)].peak, found[kind, 1, max(sizes)].peak
    what = f"peak memory at {max(sizes):,} beside that at {min(sizes):,}, {kind}"
    return Goal(what, "at most 1.2 times", f"{many / few:.2f}", many <= 1.2 * few)


def main() -> None:
    """Measure and tell."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--largest", type=int, default=max(SIZES), help="leave out what is larger")
        parser.add_argument("--stored", type=int, help="the size for APScheduler's SQL store, which takes minutes")

    asked = arguments(__doc__, add)
    sizes = QUICK_SIZES if asked.quick else tuple(size for size in SIZES if size <= asked.largest)
    compared = min(max(sizes), QUICK_COMPARED if asked.quick else COMPARED)
    apart = min(max(sizes), QUICK_TAKEN_APART if asked.quick else TAKEN_APART)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = "" if missing() else stack.enter_context(a_postgres(durable=True))
        bench = Bench(Path(folder), server, 1 if asked.quick else MORNINGS)
        stored = asked.stored or compared
        if stored not in sizes:
            raise SystemExit(f"--stored has to be one of {', '.join(map(str, sizes))}.")
        tell(section(bench, sizes, compared, stored, apart, postgres=bool(server)), asked.json)


if __name__ == "__main__":
    main()

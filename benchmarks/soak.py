"""Let `kindling run` live through weeks of a led clock, and look whether its memory stays as it is.

    python -m benchmarks.soak

One process, both adapters, twenty communities on the stand-ins. Each day everybody has a card, people react and take
back, press buttons and give commands; each week the gateway and the socket are lost once. What the process holds is
read from outside, day by day.
"""

import asyncio
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from random import Random

from benchmarks.report import Cell, Goal, Section, Table, arguments, resident_mebibytes, tell
from tests.acceptance.running import Running, kindling
from tests.endurance.counting import Count, count, felt_wrongly, unsettled
from tests.endurance.homes import EMOJI, Home, Rhythm, quietly
from tests.endurance.ledger import SqliteLedger
from tests.endurance.world import BEGINNINGS, World, a_world

WEEKS, QUICK_WEEKS = 8, 1
WARM = 360.0
"""Seconds of the computer's clock before which discord.py has not begun to forget."""
DAYS = 7
PATIENCE = 40.0
LEEWAY = timedelta(seconds=1)
HOW = """\
One process of `kindling run`, both adapters, twenty communities on the stand-ins. Each day everybody has a card, people
react and take back, press buttons and give commands; each week the gateway and the socket are lost once. The clock of
the process and of both platforms is led from one due instant to the next, and what the process holds is read from
outside at the end of each day. discord.py remembers the rate limit of every interaction for five minutes of the
computer's own clock, about 1 KiB each, and in five minutes weeks go by here: only what is held after six minutes is
looked at, when as many are forgotten as come."""
FLAT = 1.0
"""MiB in a week that count as noise: a garbage collector's and an allocator's habits, not a leak of ours."""
RHYTHMS = (
    Rhythm("Europe/Berlin", clock_time(11)),
    Rhythm("Africa/Lagos", clock_time(11)),
    Rhythm("Pacific/Kiritimati", clock_time(0)),
    Rhythm("America/New_York", clock_time(14)),
    Rhythm("America/Sao_Paulo", clock_time(16)),
    Rhythm("Pacific/Honolulu", clock_time(9), weekly=False),
)
SERVERS = 19


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process held at the end of a day, and how large its database was."""

    day: int
    lived: float
    """Seconds of the computer's clock since the beginning."""
    resident: float
    files: int
    threads: int
    database: float


@dataclass(slots=True)
class Soak:
    """The days so far."""

    world: World
    ledger: SqliteLedger
    chance: Random = field(default_factory=lambda: Random(8))
    samples: list[Sample] = field(default_factory=list)
    pressed: dict[str, set[str]] = field(default_factory=dict)
    commands: int = 0
    began: float = field(default_factory=time.monotonic)

    def settled(self) -> list[Sample]:
        """The days after the warming up; the second half of them all when it was not waited for."""
        return [one for one in self.samples if one.lived > WARM] or self.samples[len(self.samples) // 2 :]

    def enough(self, weeks: int, *, quick: bool) -> bool:
        """Whether so many weeks were lived through after the warming up."""
        return len(self.samples if quick else [one for one in self.samples if one.lived > WARM]) >= weeks * DAYS

    async def day(self, number: int, running: Running) -> None:
        """One day: cards at each of its instants, people, and a look at the process."""
        for due in self._instants():
            self.world.move_to(due + LEEWAY)
            await self._settled()
            await quietly(*(self._act(home) for home in self.world.homes))
        if number % DAYS == DAYS - 1:
            await self.world.discord.drop_gateway(resumable=False)
            self.world.slack.drop_sockets()
            await self.listening()
        await self._calm()
        self.samples.append(self._sample(number, running.process.pid))

    def _instants(self) -> list[datetime]:
        now = self.world.now()
        ahead = now + timedelta(days=1)
        return sorted({due for home in self.world.homes for _, due in home.rhythm.instants(now, ahead)})

    async def _settled(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await unsettled(self.ledger, self.world):  # noqa: ASYNC110 -- another process has no event
                await asyncio.sleep(0.05)

    async def _calm(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await felt_wrongly(self.world, self.ledger):  # noqa: ASYNC110 -- the same
                await asyncio.sleep(0.05)

    async def listening(self) -> None:
        """Wait until both platforms are listened to."""
        await self.world.discord.connected(within=PATIENCE)
        await self.world.slack.connected(within=PATIENCE)

    async def _act(self, home: Home) -> None:
        """What the people of one place do in a day."""
        cards = home.cards()[-2:]
        for card in cards:
            for _ in range(3):
                await home.toggle(self.chance.randint(0, 1), card, self.chance.choice(EMOJI))
        if cards and (person := await home.press(cards[-1])):
            self.pressed.setdefault(cards[-1].id, set()).add(person)
        if self.chance.choice([True, False]):
            await home.ask()
            self.commands += 1

    def _sample(self, day: int, pid: int) -> Sample:
        proc = Path("/proc") / str(pid)
        database = sum(file.stat().st_size for file in self.world.folder.glob("kindling.sqlite*")) / 1024**2
        files, threads = len(list((proc / "fd").iterdir())), len(list((proc / "task").iterdir()))
        return Sample(day, time.monotonic() - self.began, resident_mebibytes(pid), files, threads, database)


def slope(values: Sequence[float]) -> tuple[float, float]:
    """How much is added each week, by a straight line through the days, and twice its standard error."""
    days = list(range(len(values)))
    line = statistics.linear_regression(days, values)
    left = [value - line.slope * day - line.intercept for day, value in zip(days, values, strict=True)]
    spread = math.sqrt(sum(one * one for one in left) / max(1, len(values) - 2))
    error = spread / math.sqrt(sum((day - statistics.mean(days)) ** 2 for day in days))
    return line.slope * DAYS, 2 * error * DAYS


async def soak(weeks: int, *, quick: bool) -> tuple[Soak, Count, float]:
    """Live through so many weeks and as many before them as it takes to be warm, if it is not quick; what was sampled,
    what was counted, and how many seconds it took."""
    rhythms = [RHYTHMS[number % len(RHYTHMS)] for number in range(SERVERS)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kindling-soak-") as folder:
        async with a_world(Path(folder), rhythms, begin=BEGINNINGS[0]) as world:
            whole = Soak(world, SqliteLedger(Path(folder) / "kindling.sqlite"))
            opened = ("discord", "slack")
            async with kindling(world.config, world.secrets, led_by=world.clock, opened=opened) as running:
                await world.discord.until(lambda: bool(world.discord.commands), within=PATIENCE)
                await whole.listening()
                for home in world.homes:
                    await home.set_up()
                while not whole.enough(weeks, quick=quick):
                    await whole.day(number := len(whole.samples), running)
                    print(f"day {number + 1}: {whole.samples[-1].resident:.1f} MiB", file=sys.stderr, flush=True)
                await running.stop()
            counted = await count(world, whole.ledger, whole.pressed)
    return whole, counted, time.monotonic() - began


def section(whole: Soak, counted: Count, weeks: int, took: float) -> Section:
    """What the page says."""
    warm = whole.settled()
    growth, error = slope([one.resident for one in warm])
    half = len(warm) // 2
    first, second = (statistics.mean(one.resident for one in part) for part in (warm[:half], warm[half:]))
    flat = growth <= max(FLAT, error)
    wrong = len(counted.lost) + len(counted.doubled) + len(counted.wrong_day)
    rows: list[list[Cell]] = [
        [week + 1, round(one.lived), round(one.resident, 1), one.files, one.threads, round(one.database, 2)]
        for week, one in enumerate(whole.samples[DAYS - 1 :: DAYS])
    ]
    header = ["week", "after so many seconds", "resident, MiB", "open files", "threads", "database with its log, MiB"]
    tables = [Table("At the end of each week:", header, rows)]
    files, threads = {one.files for one in warm}, {one.threads for one in warm}
    goals = [
        Goal("weeks lived through", str(weeks), str(len(whole.samples) // DAYS), len(whole.samples) >= weeks * DAYS),
        Goal(
            f"growth of resident memory in the last {len(warm)} days",
            f"at most {FLAT} MiB a week, or its own error",
            f"{growth:+.2f} ± {error:.2f} MiB a week",
            flat,
        ),
        Goal(f"cards lost, doubled or on a wrong day, of {counted.cards}", "0", str(wrong), wrong == 0),
        Goal(
            f"reactions and presses that differ, of {counted.reactions + counted.presses}",
            "0",
            str(len(counted.reactions_wrong) + len(counted.presses_lost)),
            not counted.reactions_wrong and not counted.presses_lost,
        ),
    ]
    notes = [
        f"In the mean {first:.1f} MiB in the first half of those days, {second:.1f} in the second.",
        f"Open files {min(files)} to {max(files)}, threads {min(threads)} to {max(threads)} in that time.",
        f"{SERVERS} servers and one workspace; {whole.commands} commands; {took:.0f} s.",
    ]
    return Section("Weeks of running", HOW, tables, goals, notes)


def main() -> None:
    """Soak, and tell."""
    given = arguments(__doc__, lambda parser: parser.add_argument("--weeks", type=int, help="eight unless given"))
    weeks = given.weeks or (QUICK_WEEKS if given.quick else WEEKS)
    whole, counted, took = asyncio.run(soak(weeks, quick=given.quick))
    tell(section(whole, counted, weeks, took), given.json)


if __name__ == "__main__":
    main()

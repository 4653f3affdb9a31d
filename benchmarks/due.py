"""How long it takes to turn due schedules into occurrences and deliveries, beside APScheduler in the same run.

    python benchmarks/due.py --communities 10000

Both sides start with one schedule a community, all due at one instant. Kindling's planner moves every schedule on,
and writes an occurrence and a delivery for each, durably, to SQLite in a temporary folder. APScheduler runs one job a
community from its memory store and keeps nothing. The ratio between the two is what can be compared between machines.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.domain.community import Community, Space, Tone
from bot.domain.ids import CommunityId, ScheduleId, SpaceId, new_id
from bot.domain.places import Place
from bot.domain.schedule import EVERY_DAY, Ritual, Schedule, Target
from bot.runtime.library import built_in, load
from bot.services.calendar import Calendar
from bot.services.content import Contents
from bot.storage.database import Database
from bot.storage.migrate import migrate

BEFORE = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
RUNS = 3


class At:
    """A clock that stands still."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """The instant it stands at."""
        return self.instant


async def fill(database: Database, communities: int) -> None:
    """One community, space and schedule each, all due at 09:00 UTC."""
    async with database.unit_of_work() as work:
        for number in range(communities):
            community = Community(CommunityId(new_id()), new_id(), Tone.COMMUNITY, BEFORE)
            space = Space(SpaceId(new_id()), community.id, "none", str(number))
            await work.communities.save(community)
            await work.communities.save_space(space)
            target = Target(space.id, Place("none", space.key, "c"))
            schedule = Schedule(
                ScheduleId(new_id()), community.id, Ritual.MORNING, EVERY_DAY, clock_time(9), "UTC", date(2027, 2, 28),
                targets=(target,),
            )  # fmt: skip
            await work.schedules.save(schedule.armed(BEFORE))
        await work.commit()


async def kindling(communities: int) -> float:
    """Seconds a due schedule, median of several mornings."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite'}")
        await migrate(database.engine)
        await fill(database, communities)
        clock = At(BEFORE)
        calendar = Calendar(database, Contents(load([built_in()])), clock)
        taken: list[float] = []
        for day in range(RUNS):
            clock.instant = BEFORE + timedelta(days=day, hours=1)
            began = time.perf_counter()
            planned = 0
            while due := await calendar.plan():
                planned += due
            taken.append((time.perf_counter() - began) / planned)
        await database.close()
    return statistics.median(taken)


async def apscheduler(communities: int) -> float:
    """Seconds a due job, from the first look to the last job run."""
    scheduler = AsyncIOScheduler(timezone=UTC, executors={"default": AsyncIOExecutor()})
    done = asyncio.Event()
    ran = 0

    async def job() -> None:
        nonlocal ran
        ran += 1
        if ran == communities:
            done.set()

    scheduler.start(paused=True)
    due = datetime.now(UTC)
    for _ in range(communities):
        scheduler.add_job(job, CronTrigger(hour=9, timezone=UTC), next_run_time=due, misfire_grace_time=None)
    began = time.perf_counter()
    scheduler.resume()
    await done.wait()
    taken = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    return taken / communities


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--communities", type=int, default=5_000)
    communities = parser.parse_args().communities
    ours = asyncio.run(kindling(communities))
    theirs = asyncio.run(apscheduler(communities))
    print(f"{communities} communities due at one instant")
    print(f"Kindling, kept on SQLite:   {ours * 1e6:8.1f} µs each (median of {RUNS})")
    print(f"APScheduler, memory store:  {theirs * 1e6:8.1f} µs each")
    print(f"ratio (APScheduler / Kindling): {theirs / ours:.2f}")


if __name__ == "__main__":
    main()

"""APScheduler with one job a community, all due at one instant: what `due` compares with.

Each measurement runs in a process of its own. The scheduler is given its jobs while it is paused; the clock runs from
the moment it may begin until the last job has run and is kept for its next day.
"""

import asyncio
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from benchmarks.crowd import zones
from benchmarks.report import peak_mebibytes

_ran = 0


async def job() -> None:
    """Does nothing but be counted. A stored job is found by its name, so it stands here."""
    global _ran  # noqa: PLW0603 -- a stored job knows nothing but its module
    _ran += 1


def measure(count: int, url: str = "") -> tuple[float, float]:
    """Seconds for all of them, and the most memory in MiB; in memory, or kept at a (blocking) SQLAlchemy address."""
    return asyncio.run(_measure(count, url))


async def _measure(count: int, url: str) -> tuple[float, float]:
    store = SQLAlchemyJobStore(url) if url else MemoryJobStore()
    scheduler = AsyncIOScheduler(
        timezone=UTC,
        jobstores={"default": store},
        executors={"default": AsyncIOExecutor()},
        job_defaults={"misfire_grace_time": None, "max_instances": 1, "coalesce": True},
    )
    scheduler.start(paused=True)
    known = [ZoneInfo(name) for name in zones()]
    due = datetime.now(UTC)
    for number in range(count):
        zone = known[number % len(known)]
        there = due.astimezone(zone)
        trigger = CronTrigger(hour=there.hour, minute=there.minute, second=there.second, timezone=zone)
        scheduler.add_job(job, trigger, id=f"{number:09}", next_run_time=due)
    began = time.perf_counter()
    scheduler.resume()
    while _ran < count:  # noqa: ASYNC110 -- a stored job has no event to set
        await asyncio.sleep(0.001)
    taken = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    return taken, peak_mebibytes()

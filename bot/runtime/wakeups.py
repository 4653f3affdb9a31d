"""Wake-ups: APScheduler says when it is time, and a clock that jumps is noticed."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor  # pyright: ignore[reportMissingTypeStubs] -- it has none
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # pyright: ignore[reportMissingTypeStubs] -- the same
from apscheduler.triggers.date import DateTrigger  # pyright: ignore[reportMissingTypeStubs] -- the same
from apscheduler.triggers.interval import IntervalTrigger  # pyright: ignore[reportMissingTypeStubs] -- the same

from bot.ports import Clock

log = structlog.get_logger(__name__)

HEARTBEAT = timedelta(seconds=30)
CLOCK_CHECK = timedelta(seconds=5)
JUMP = timedelta(seconds=2)
SOON = timedelta(milliseconds=50)


class Scheduler(Protocol):
    """As much of APScheduler as is used here."""

    running: bool

    def start(self) -> None:
        """Begin to run jobs."""
        ...

    def shutdown(self, *, wait: bool) -> None:
        """Run no more jobs."""
        ...

    def add_job(
        self,
        func: Callable[[], object],
        trigger: object,
        *,
        id: str,  # noqa: A002 -- APScheduler's name for it
        replace_existing: bool = False,
    ) -> object:
        """Run a function as a trigger says."""
        ...

    def reschedule_job(self, job_id: str, *, trigger: object) -> object:
        """Give a job another trigger."""
        ...


def wall_ahead() -> timedelta:
    """How far the computer's wall clock is ahead of its monotonic one. It changes only when the wall clock jumps."""
    return timedelta(seconds=time.time() - time.monotonic())


class Wakeups:
    """APScheduler decides when to look; a second clock notices when the first one jumps.

    APScheduler sleeps by the monotonic clock towards an instant of the wall clock, so after a jump of the wall
    clock it would look too late: the watch compares both clocks and arms everything anew.
    """

    def __init__(
        self,
        clock: Clock,
        look: Callable[[], None],
        difference: Callable[[], timedelta] = wall_ahead,
        *,
        check: timedelta = CLOCK_CHECK,
    ) -> None:
        self._clock = clock
        self._look = look
        self._difference = difference
        self._check = check.total_seconds()
        self._due: datetime | None = None
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._scheduler = cast("Scheduler", scheduler)

    def start(self, tidy: Callable[[], object]) -> None:
        """Begin to look now and then. Needs a running loop."""
        self._scheduler.add_job(self._beat, IntervalTrigger(seconds=HEARTBEAT.seconds, timezone=UTC), id="heartbeat")
        soon = datetime.now(UTC) + HEARTBEAT  # also where the process is started anew each day
        self._scheduler.add_job(tidy, IntervalTrigger(hours=24, start_date=soon, timezone=UTC), id="tidy")
        self._scheduler.start()

    def stop(self) -> None:
        """Look no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def arm(self, due: datetime | None) -> None:
        """Look again at `due` by Kindling's clock, which may be ahead of the computer's."""
        self._due = due
        if due is None or not self._scheduler.running:
            return
        wait = max(due - self._clock.now(), SOON)
        at = datetime.now(UTC) + wait
        self._scheduler.add_job(self._beat, DateTrigger(at, timezone=UTC), id="due", replace_existing=True)

    async def watch_the_clock(self) -> None:
        """Arm everything anew whenever the wall clock and the monotonic clock part."""
        before = self._difference()
        while True:
            await asyncio.sleep(self._check)
            now = self._difference()
            if abs(now - before) > JUMP:
                log.warning("clock.jumped", seconds=round((now - before).total_seconds()))
                beat = IntervalTrigger(seconds=HEARTBEAT.seconds, timezone=UTC)
                self._scheduler.reschedule_job("heartbeat", trigger=beat)
                tidying = IntervalTrigger(hours=24, start_date=datetime.now(UTC) + SOON, timezone=UTC)
                self._scheduler.reschedule_job("tidy", trigger=tidying)
                self.arm(self._due)
                self._look()
            before = now

    async def _beat(self) -> None:
        self._look()

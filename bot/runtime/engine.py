"""The loops that make things happen: one plans, one sends, and APScheduler decides when to look.

What is due is a pure function of schedule and time; a missed or doubled look changes nothing.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.domain.delivery import Delivery, State
from bot.domain.errors import DatabaseProblem
from bot.domain.places import Place
from bot.ports import Clock, Storage
from bot.ports.chores import Chore
from bot.ports.tools import Watcher
from bot.runtime.wakeups import Wakeups
from bot.services.calendar import Calendar
from bot.services.delivering import Deliverer

log = structlog.get_logger(__name__)

LED_CHECK = timedelta(milliseconds=100)
"""For a clock that is led: it jumps several times in each of its days, and whoever leads it waits for it to be seen."""
AT_ONCE = 100
"""How many deliveries of one platform are under way at most: enough that the platform's limit is what they wait for,
and few enough that a card waits no more than seconds for its turn, and a crash leaves few in doubt."""
PARTING = timedelta(seconds=5)


class Bell:
    """Rung when there may be something to do. Ringing is cheap and can be done from anywhere in the loop."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Say that there may be something to do."""
        self._rung.set()

    async def heard(self) -> None:
        """Wait for the next ring; rings while nobody waited count as one."""
        await self._rung.wait()
        self._rung.clear()


@dataclass
class Rounds:
    """How often was looked what is to be done."""

    begun: int = 0
    over: int = 0


class Does(Protocol):
    """Does one kind of chore."""

    async def work_off(self, platform: str) -> int:
        """Do what is due on a platform as far as it goes now; how much there was."""
        ...


class Engine:
    """Plans, sends and does the chores until cancelled."""

    def __init__(
        self,
        calendar: Calendar,
        deliverer: Deliverer,
        chores: Mapping[Chore, Does],
        clock: Clock,
        watcher: Watcher,
        *,
        storage: Storage,
        difference: Callable[[], timedelta] | None = None,
    ) -> None:
        self._watcher = watcher
        self._calendar = calendar
        self._deliverer = deliverer
        self._chores = chores
        self._storage = storage
        self._chore_bell = Bell()
        self._at_work: dict[tuple[Chore, str], asyncio.Task[None]] = {}
        self._chore_rounds = Rounds()
        self.tidying: list[Callable[[], Awaitable[object]]] = []
        """What is tidied up once a day."""
        self._clock = clock
        self._plan_bell = Bell()
        self._send_bell = Bell()
        self._sending: set[asyncio.Task[None]] = set()
        self._ending = False
        self._lines: dict[Place, deque[Delivery]] = {}
        self._under_way: Counter[str] = Counter()
        self._left: frozenset[str] = frozenset()
        self._rounds = Rounds()
        self._round_over = asyncio.Condition()
        self._wakeups = (
            Wakeups(clock, self.nudge, difference, check=LED_CHECK) if difference else Wakeups(clock, self.nudge)
        )
        self._armed: datetime | None = None
        self._due: dict[str, datetime | None] = {}
        self.last_planned: datetime | None = None
        """When the planner last looked, for health."""
        self.posted = 0
        """How many cards were posted since the start."""

    def nudge(self) -> None:
        """There may be something to plan or to send, or a chore to do."""
        self._plan_bell.ring()
        self._send_bell.ring()
        self._chore_bell.ring()

    async def run(self) -> None:
        """Do all of it until cancelled; then let what is being sent arrive, for some seconds, and end."""
        self._wakeups.start(self._tidy)
        self.nudge()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_planning())
                tasks.create_task(self._keep_sending())
                tasks.create_task(self._keep_doing())
                tasks.create_task(self._wakeups.watch_the_clock())
        finally:
            self._wakeups.stop()

    async def settle(self) -> None:
        """Wait until everything that is due now was planned and tried."""
        while await self._calendar.plan():
            pass
        for _ in range(2):  # what was put off may be due again
            await self._a_round(self._rounds, self._send_bell)
            if not self._sending and not self._left:
                break
            await self._until(lambda: not self._sending and not self._left)
        for _ in range(2):  # what was done may have made something else due
            await self._a_round(self._chore_rounds, self._chore_bell)
            if not self._at_work:
                break
            await self._until(lambda: not self._at_work)

    async def _a_round(self, rounds: Rounds, bell: Bell) -> None:
        """Wait for a round that begins after this: one that is under way may have looked before."""
        wanted = rounds.begun + 1
        bell.ring()
        await self._until(lambda: rounds.over >= wanted)

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._round_over:
            await self._round_over.wait_for(holds)

    async def next_at(self) -> datetime | None:
        """When the next thing falls due."""
        async with self._storage.reading() as work:
            instants = [await work.schedules.next_at(), *(await work.outbox.next_at()).values()]
            instants += [instant for due in (await work.chores.next_at()).values() for instant in due.values()]
        return min((instant for instant in instants if instant), default=None)

    async def _keep_planning(self) -> None:
        while True:
            await self._plan_bell.heard()
            try:
                while await self._calendar.plan():
                    self._send_bell.ring()
                self.last_planned = self._clock.now()
                self._watcher.planned(good=True)
                self._arm("planning", [await self._calendar.next_at()])
            except DatabaseProblem:  # it was logged where it began; the heartbeat looks again
                self._watcher.planned(good=False)
            except Exception:  # the loop outlives any single failure
                log.exception("planner.failed")
                self._watcher.planned(good=False)

    async def _keep_sending(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            try:
                await self._send_when_asked(tasks)
            finally:
                await self._let_arrive()

    async def _send_when_asked(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await self._send_bell.heard()
            self._rounds.begun += 1
            try:
                self._arm("sending", (await self._start_sending(tasks)).values())
            except DatabaseProblem as problem:  # the same: leases run out, and the heartbeat looks again
                log.debug("sender.waits", code=problem.code)
            except Exception:  # the same
                log.exception("sender.failed")
            async with self._round_over:
                self._rounds.over = self._rounds.begun
                self._round_over.notify_all()

    async def _let_arrive(self) -> None:
        """Wait for what is being sent, and give back what was claimed and not begun."""
        self._ending = True
        if self._sending:
            await asyncio.wait(self._sending, timeout=PARTING.total_seconds())
        with suppress(DatabaseProblem):  # then the leases run out
            await self._deliverer.release()

    async def _start_sending(self, tasks: asyncio.TaskGroup) -> Mapping[str, datetime]:
        """Claim for each platform what it has room for; a slow one fills its own places and no more.

        Returns when there is more to do.
        """
        now, left, tried = self._clock.now(), set[str](), False
        waiting = await self._deliverer.next_at()
        for platform, next_at in waiting.items():
            if next_at > now:
                continue
            room, tried = AT_ONCE - self._under_way[platform], True
            claimed = await self._deliverer.claim(platform, room) if room > 0 else ()
            if len(claimed) >= room:
                left.add(platform)
            for delivery in claimed:
                self._line_up(tasks, delivery)
        self._left = frozenset(left)
        return await self._deliverer.next_at() if tried else waiting

    def _line_up(self, tasks: asyncio.TaskGroup, delivery: Delivery) -> None:
        """One channel's cards are sent one after the other, also those of a later claim."""
        self._under_way[delivery.place.platform] += 1
        if delivery.place in self._lines:
            self._lines[delivery.place].append(delivery)
            return
        self._lines[delivery.place] = deque([delivery])
        task = tasks.create_task(self._send_in_order(delivery.place))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_in_order(self, place: Place) -> None:
        """A theme comes before its mention, and a card whose lease ran out early because the clock jumped is not
        begun a second time. A failure of ours leaves its lease to run out.
        """
        line = self._lines[place]
        while line:
            delivery, settled = line.popleft(), False
            try:
                if not self._ending:
                    state = (await self._deliverer.carry_out(delivery)).state
                    self.posted += state is State.POSTED
                    settled = state.settled
            except DatabaseProblem as problem:
                log.debug("delivery.waits", delivery=delivery.id, code=problem.code)
            except Exception:  # one channel's trouble is not the others'
                log.exception("delivery.broke", delivery=delivery.id)
            if not line:
                del self._lines[place]
            self._done(place.platform, settled=settled)

    def _done(self, platform: str, *, settled: bool) -> None:
        """Look for more when half the places are free, and for what was put off, which comes at another time now."""
        self._under_way[platform] -= 1
        under_way = self._under_way[platform]
        if not settled or not under_way or (platform in self._left and under_way <= AT_ONCE // 2):
            self._send_bell.ring()
        if not under_way:  # what is posted may have to be pinned
            self._chore_bell.ring()

    async def _keep_doing(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._chore_bell.heard()
                self._chore_rounds.begun += 1
                try:
                    self._arm("chores", await self._start_doing(tasks))
                except DatabaseProblem as problem:  # the same
                    log.debug("chore.waits", code=problem.code)
                except Exception:  # the same
                    log.exception("chore.failed")
                async with self._round_over:
                    self._chore_rounds.over = self._chore_rounds.begun
                    self._round_over.notify_all()

    async def _start_doing(self, tasks: asyncio.TaskGroup) -> Sequence[datetime]:
        """Begin what is due of each chore on each platform; a slow one holds up no other.

        Returns when there is more to do. Whoever is at work looks for that at the end.
        """
        now, later = self._clock.now(), list[datetime]()
        for chore, due in (await self._to_be_done()).items():
            for platform, next_at in due.items():
                if next_at > now:
                    later.append(next_at)
                elif (chore, platform) not in self._at_work:
                    self._at_work[chore, platform] = tasks.create_task(self._work_off(chore, platform))
        return later

    async def _to_be_done(self) -> Mapping[Chore, Mapping[str, datetime]]:
        async with self._storage.reading(once=True) as work:
            return await work.chores.next_at()

    async def _work_off(self, chore: Chore, platform: str) -> None:
        """What fell due meanwhile is looked for at once; after trouble the heartbeat looks, or nobody would rest."""
        well = False
        try:
            while await self._chores[chore].work_off(platform):
                pass
            well = True
        except DatabaseProblem as problem:  # leases run out, and the heartbeat looks again
            log.debug("chore.waits", code=problem.code)
        except Exception:  # one chore's trouble is not the others'
            log.exception("chore.failed", platform=platform)
        finally:
            del self._at_work[chore, platform]
            async with self._round_over:
                self._round_over.notify_all()
        if well:
            self._chore_bell.ring()

    async def _tidy(self) -> None:
        """One kind of tidying that fails is not the others'."""
        for tidy in self.tidying:
            try:
                await tidy()
            except Exception:  # as said above
                log.exception("tidying.failed")

    def _arm(self, work: str, instants: Iterable[datetime | None]) -> None:
        """One kind of work falls due next at the earliest of these; look again at the earliest of all."""
        self._due[work] = min((instant for instant in instants if instant), default=None)
        due = min((instant for instant in self._due.values() if instant), default=None)
        if due is not None and due == self._armed and due <= self._clock.now():
            return  # that was looked at, and could not be taken: a free place or the heartbeat brings the next look
        self._armed = due
        self._wakeups.arm(due)

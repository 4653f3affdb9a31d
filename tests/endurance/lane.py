"""A lane of rounds: in each, `kindling run` is started, something happens, and it is killed.

A day has a round for each instant at which cards fall due, rounds after it, and a last one in which everything has to
come right before it is killed once more.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from tests.acceptance.running import Running, kindling
from tests.endurance.aims import AFTER, LIVE, Aim, Snare
from tests.endurance.counting import SHOWN, Unsettled, felt_wrongly, in_flight, under_way, unsettled
from tests.endurance.homes import EMOJI, Home, Shown, quietly
from tests.endurance.ledger import Ledger, PostgresLedger
from tests.endurance.moderator import look_after_doubts
from tests.endurance.troubles import AT_START, Disk, Trouble, a_while, disturb, heal, put
from tests.endurance.world import World

BOTH = ("discord", "slack")
PATIENCE = 12.0
REACHING = 30.0
"""Seconds for a process to come to where it shall die; a slow machine takes long to start one."""
BY_ITSELF = 45.0
"""Seconds in which a heartbeat comes for certain."""
STILL = 2.0
"""Seconds in which nothing happened, so that whatever is left waits for time to pass."""
SENDING_AIMS = {Aim.PLANNED, Aim.CLAIMED, Aim.REQUESTED, Aim.CARRIED_OUT, Aim.ANSWERED}
MINUTE = timedelta(minutes=1)
WINDOW = timedelta(hours=2, minutes=45)
"""A card may come up to three hours late; everything has to be right before that."""
JUMP = timedelta(minutes=11)
"""Longer than a lease and than the longest pause between two tries."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: what was aimed at and whether it was met, what the deliveries were in, what else went wrong."""

    aim: Aim
    met: bool
    platform: str
    states: Counter[str]
    troubles: tuple[str, ...]


@dataclass(slots=True)
class Lane:
    """One world and its database, through as many kills as are wanted."""

    name: str
    world: World
    ledger: Ledger
    chance: Random
    disk: Disk
    restart_server: Callable[[], None] | None = None
    told: Callable[["Lane"], None] = lambda _lane: None
    kills: list[Kill] = field(default_factory=list)
    pressed: dict[str, set[str]] = field(default_factory=dict)
    logged: Counter[str] = field(default_factory=Counter)
    worries: list[str] = field(default_factory=list)
    opening: float = 3.0
    settling: float = 60.0
    """Seconds for everything to come right at the end of a day."""
    hand: Counter[str] = field(default_factory=Counter)
    days: int = 0
    live_aims: Sequence[Aim] = LIVE
    """What the kills about a due instant are aimed at."""
    _deck: dict[Sequence[Aim], list[Aim]] = field(default_factory=dict)
    _gestures: list[asyncio.Task[None]] = field(default_factory=list)

    async def live(self, kills: int) -> None:
        """Set everything up, then live through days until so many kills have fallen, and end in good health."""
        await self._begin()
        while len(self.kills) < kills:
            await self._day(kills)
            self.days += 1
        await self._end()

    async def _begin(self) -> None:
        """The first start is killed while the database is made; after that everybody sets up."""
        async with self._process() as running:
            await a_while(self.chance, self.opening)
            self._kill(running)
        await self._record(Snare(Aim.STARTING, self.world, self.ledger, self.chance, "discord"), met=True)
        async with self._process(opened=BOTH) as running:
            await self._listening()
            for home in self.world.homes:
                await home.set_up()
            assert await running.stop() == 0

    async def _day(self, kills: int) -> None:
        groups = self._due_today()
        first = groups[0]
        for due in groups:
            live = due - timedelta(seconds=self.opening + 0.7)
            await self._round(self._draw(self.live_aims), max(live, self.world.now() + timedelta(seconds=1)), due)
            for _ in range(self.chance.randint(1, 2)):
                at = self.world.now() + self.chance.randint(6, 11) * MINUTE
                if len(self.kills) >= kills or at + JUMP > min(first + WINDOW - 5 * JUMP, self._next_of(groups, due)):
                    break
                await self._round(self._draw(AFTER), at)
        await self._last_round(max(groups[-1], self.world.now()) + JUMP, first + WINDOW)

    def _due_today(self) -> list[datetime]:
        """The instants of the coming day at which cards fall due."""
        now = self.world.now()
        all_due = [home.rhythm.instants(now, now + timedelta(days=2)) for home in self.world.homes]
        firsts = {next(due)[1] for due in all_due}
        return sorted(instant for instant in firsts if instant - min(firsts) <= timedelta(hours=1))

    @staticmethod
    def _next_of(groups: Sequence[datetime], due: datetime) -> datetime:
        return next((other for other in groups if other > due), due + WINDOW)

    def _draw(self, aims: Sequence[Aim]) -> Aim:
        """Every aim as often as any other, in an order that chance decides."""
        deck = self._deck.setdefault(aims, [])
        if not deck:
            deck += [aim for aim in aims if aim is not Aim.FULL or self.restart_server is None]
            if self.restart_server is not None:
                deck.append(Aim.OUTAGE)
            self.chance.shuffle(deck)
        return deck.pop()

    async def _round(self, aim: Aim, at: datetime, due: datetime | None = None) -> None:
        """One start and its kill."""
        self.world.move_to(at)
        aim, platform = await self._fitting(aim, due)
        snare = Snare(aim, self.world, self.ledger, self.chance, platform)
        troubles = self._troubles(aim)
        await snare.set()
        for trouble in troubles:
            put(self.world, trouble, self.chance)
        async with self._process() as running:
            met = await self._bring(snare, running, due, troubles)
            self._kill(running)
        await self._record(snare, met=met, troubles=troubles)
        heal(self.world)
        await snare.free()
        await self._people_alone()

    async def _fitting(self, aim: Aim, due: datetime | None) -> tuple[Aim, str]:
        """An aim and a platform on which it can be met; where nothing is to be sent or asked, the start is hit."""
        now = self.world.now() + timedelta(seconds=1)
        left = [one for one in await under_way(self.ledger) if one.state != "unsure" and one.next_at <= now]
        falling = {home.platform for home in self.world.homes if due in {at for _, at in self._around(home, due)}}
        possible = set(BOTH)
        if aim in SENDING_AIMS:
            possible = falling or {one.platform for one in left}
        elif aim is Aim.ASKING:
            possible = {one.platform for one in left if one.state == "sending"}
        elif aim in {Aim.FETCHING, Aim.FETCHED}:
            possible = {platform for (platform,) in await self.ledger.rows(SHOWN)}
        if not possible:
            return (aim, BOTH[0]) if aim is Aim.STARTING else await self._fitting(self._instead(aim), due)
        return aim, self.chance.choice(sorted(possible))

    @staticmethod
    def _instead(aim: Aim) -> Aim:
        return Aim.STARTING if aim in {Aim.FETCHING, Aim.FETCHED} else Aim.FETCHING

    @staticmethod
    def _around(home: Home, due: datetime | None) -> Iterable[tuple[date, datetime]]:
        return home.rhythm.instants(due - MINUTE, due + MINUTE) if due else ()

    async def _bring(self, snare: Snare, running: Running, due: datetime | None, troubles: Sequence[Trouble]) -> bool:
        """Let the process come to where it is to die."""
        if snare.aim is Aim.STARTING:
            await a_while(self.chance, self.opening * 1.2)
            return True
        if snare.aim is Aim.PLANNING:
            await self._until(due)
            await a_while(self.chance, 0.12)
            return True
        if snare.aim in {Aim.REACTING, Aim.EDITING, Aim.IDLE, Aim.FULL, Aim.OUTAGE}:
            await self._opened(running)
            with suppress(TimeoutError, AssertionError):
                await self._listening()
            for trouble in troubles:
                await disturb(self.world, trouble)
        match snare.aim:
            case Aim.REACTING:
                self._gesture(many=True)
                await a_while(self.chance, 0.15)
                return True
            case Aim.EDITING:
                return await snare.edited(list(self.world.homes), PATIENCE / 2)
            case Aim.IDLE:
                self._gesture()
                await self._calm(PATIENCE / 2)
                return True
            case Aim.FULL:
                return await self._fill_disk(running, due)
            case Aim.OUTAGE:
                return await self._lose_server(due)
            case _:
                return await snare.reached(REACHING)

    async def _until(self, due: datetime | None) -> None:
        wait = (due - self.world.now()).total_seconds() if due else 0.0
        await asyncio.sleep(max(0.0, wait))

    async def _fill_disk(self, running: Running, due: datetime | None) -> bool:
        """Full when cards fall due, or when people react; half the time there is room again before the kill, and
        some of these times everything has to come right by itself before it."""
        make_room = self.disk.fill(running.process.pid, self.chance)
        try:
            await self._until(due)
            self._gesture()
            await a_while(self.chance, 1.5)
            met = bool(running.logged("database.unusable"))
            if self.chance.choice([True, False]):
                make_room()
                if self.chance.choice([True, False, False]):
                    await self._recovered()
                else:
                    await a_while(self.chance, 1.5)
            return met
        finally:
            make_room()

    async def _recovered(self) -> None:
        """With room on the disk again, the process that met the full one goes on by itself."""
        end = time.monotonic() + BY_ITSELF
        while time.monotonic() < end:
            now = self.world.now()
            waiting = [one for one in await unsettled(self.ledger, self.world) if not _waits(one, now)]
            if not waiting and not await felt_wrongly(self.world, self.ledger):
                self.hand["a process that met a full disk went on by itself"] += 1
                return
            await asyncio.sleep(0.2)
        self.worries.append(f"day {self.days}: did not go on by itself after the disk was full")

    async def _lose_server(self, due: datetime | None) -> bool:
        """PostgreSQL ends every session, or the whole server breaks down and comes back."""
        await self._until(due)
        await a_while(self.chance, 0.1)
        if self.chance.random() < 0.5 and isinstance(self.ledger, PostgresLedger):
            await self.ledger.end_sessions()
        elif self.restart_server is not None:
            await asyncio.to_thread(self.restart_server)
        self._gesture()
        await a_while(self.chance, 1.0)
        return True

    async def _last_round(self, at: datetime, latest: datetime) -> None:
        """Everything comes right by itself, or with the hand of a moderator who is asked; then one more kill."""
        self.world.move_to(at)
        aim = self.chance.choice([Aim.IDLE, Aim.REACTING])
        snare = Snare(aim, self.world, self.ledger, self.chance, "discord")
        await snare.set()
        async with self._process() as running:
            await self._opened(running)
            await self._listening()
            await self._settled(latest)
            self._gesture(many=True)
            await self._calm(PATIENCE)
            if aim is Aim.REACTING:
                self._gesture(many=True)
                await a_while(self.chance, 0.05)
            self._kill(running)
        await self._record(snare, met=True)
        await self._people_alone()

    async def _settled(self, latest: datetime) -> None:
        """Wait until nothing is under way any more, letting time pass where all that is left waits for it."""
        end = time.monotonic() + self.settling
        before, since = list[Unsettled](), time.monotonic()
        while left := await unsettled(self.ledger, self.world):
            self.hand += await look_after_doubts(self.world, self.ledger)
            if left != before:
                before, since = left, time.monotonic()
            soonest = min((one.next_at for one in left if one.next_at), default=None)
            if time.monotonic() - since > STILL and soonest and self.world.now() < soonest < latest:
                self.world.move_to(soonest)
                since = time.monotonic()
            if time.monotonic() > end:
                self.worries.append(f"day {self.days}: not settled: {_in_words(left)}")
                return
            await asyncio.sleep(0.1)

    async def _calm(self, within: float) -> None:
        """Wait until the database knows the reactions as the platforms do."""
        await quietly(*self._gestures)
        self._gestures.clear()
        end = time.monotonic() + within
        while time.monotonic() < end:
            if not await felt_wrongly(self.world, self.ledger):
                return
            await asyncio.sleep(0.1)

    async def _end(self) -> None:
        """A last start in good health, stopped as a service manager does."""
        async with self._process(opened=BOTH) as running:
            await self._listening()
            await self._settled(self.world.now() + timedelta(hours=1))
            await self._calm(30)
            code = await running.stop()
            if code != 0:
                self.worries.append(f"it ended with {code}")
        await quietly(*self._gestures)

    @asynccontextmanager
    async def _process(self, opened: tuple[str, ...] = ()) -> AsyncIterator[Running]:
        async with kindling(self.world.config, self.world.secrets, led_by=self.world.clock, opened=opened) as running:
            yield running
        for line in running.lines:
            if line.get("level") in {"warning", "error", "critical"}:
                self.logged[str(line.get("message"))] += 1

    async def _opened(self, running: Running) -> None:
        began = time.monotonic()
        for platform in BOTH:
            await running.until("adapter.open", platform=platform)
        self.opening = 0.7 * self.opening + 0.3 * (time.monotonic() - began)

    async def _listening(self) -> None:
        await self.world.discord.connected(within=REACHING)
        await self.world.slack.connected(within=REACHING)
        await self.world.discord.until(lambda: bool(self.world.discord.commands), within=REACHING)

    @staticmethod
    def _kill(running: Running) -> None:
        running.process.kill()

    async def _record(self, snare: Snare, *, met: bool, troubles: Sequence[Trouble] = ()) -> None:
        states = await in_flight(self.world, self.ledger)
        self.kills.append(Kill(snare.aim, met, snare.platform, states, tuple(troubles)))
        self.told(self)

    def _troubles(self, aim: Aim) -> tuple[Trouble, ...]:
        """None, one or two; what disturbs connections only where somebody waits for them."""
        waits = aim in {Aim.REACTING, Aim.EDITING, Aim.IDLE, Aim.FULL, Aim.OUTAGE}
        possible = list(Trouble) if waits else list(AT_START)
        return tuple(self.chance.sample(possible, self.chance.choice([0, 1, 1, 2])))

    def _gesture(self, *, many: bool = False) -> None:
        """People react, take back, clear and press, while everything goes on."""
        for _ in range(self.chance.randint(4, 8) if many else 2):
            found = self._a_recent_card()
            if found is not None:
                home, card = found
                self._gestures.append(asyncio.create_task(quietly(self._one_gesture(home, card))))

    async def _one_gesture(self, home: Home, card: Shown) -> None:
        kind = self.chance.random()
        if kind < 0.7:
            await home.toggle(self.chance.randint(0, 1), card, self.chance.choice(EMOJI))
        elif kind < 0.8:
            await home.clear(card, self.chance.choice([None, *EMOJI]))
        elif person := await home.press(card):
            self.pressed.setdefault(card.id, set()).add(person)

    def _a_recent_card(self) -> tuple[Home, Shown] | None:
        home = self.chance.choice(list(self.world.homes))
        cards = home.cards()[-3:]
        return (home, self.chance.choice(cards)) if cards else None

    async def _people_alone(self) -> None:
        """What people do while Kindling is dead."""
        if self.chance.random() < 0.6:
            self._gesture()
        await quietly(*self._gestures)
        self._gestures.clear()


def _waits(one: Unsettled, now: datetime) -> bool:
    """Whether a delivery rightly waits: for a moderator, or for the end of a pause or of a dead worker's lease."""
    return one.state == "unsure" or (one.next_at is not None and one.next_at > now)


def _in_words(left: Sequence[Unsettled]) -> str:
    return ", ".join(f"{one.platform} {one.state}/{one.reason} due {one.due_at}" for one in left)

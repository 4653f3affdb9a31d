"""Hints between processes, over a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.app import Surroundings
from bot.compose import build_core
from bot.services.commands import COMMANDS
from bot.storage.database import Database
from bot.storage.hints import Hints
from tests.core.village import WISHES
from tests.house import Notebook, Room, StillClock, moderator
from tests.letters import Letters
from tests.prepared import the_library
from tests.storage.values import HOUR, NINE

CUT_OFF = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
)


@pytest.fixture
def kind() -> str:
    return "postgresql"


class Ear:
    """Counts what is heard."""

    def __init__(self, url: str) -> None:
        self.hints = Hints(url, self._again)
        self.times = 0
        self.lost = 0
        self._news = asyncio.Condition()

    async def _again(self, _: float) -> None:
        self.lost += 1
        await asyncio.sleep(0)

    def hear(self) -> None:
        self.times += 1
        self.told = asyncio.ensure_future(self._notify())

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._news:
            await self._news.wait_for(holds)


@asynccontextmanager
async def listening(*ears: Ear) -> AsyncIterator[None]:
    running = [asyncio.create_task(ear.hints.run(ear.hear)) for ear in ears]
    try:
        for ear in ears:
            await ear.until(lambda ear=ear: ear.times == 1)
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def test_a_hint_reaches_the_others_and_not_oneself(url: str) -> None:
    anna, ben, cleo = Ear(url), Ear(url), Ear(url)

    async with listening(anna, ben, cleo):
        anna.hints.tell()
        await ben.until(lambda: ben.times == 2)
        await cleo.until(lambda: cleo.times == 2)
        ben.hints.tell()
        await cleo.until(lambda: cleo.times == 3)
        await anna.until(lambda: anna.times == 2)

    assert (anna.times, ben.times, cleo.times) == (2, 2, 3)


async def test_a_lost_connection_comes_back_and_counts_as_a_hint(url: str, database: Database) -> None:
    anna, ben = Ear(url), Ear(url)

    async with listening(anna, ben):
        async with database.engine.connect() as connection:
            assert (await connection.execute(text(CUT_OFF))).scalar_one() == 2
        await anna.until(lambda: anna.times >= 2)
        await ben.until(lambda: ben.times >= 2)
        before = ben.times
        anna.hints.tell()
        await ben.until(lambda: ben.times > before)

    assert (anna.lost, ben.lost) == (1, 1)


async def test_what_was_told_before_there_was_a_connection_is_told_afterwards(url: str) -> None:
    anna, ben = Ear(url), Ear(url)
    anna.hints.tell()

    async with listening(ben), listening(anna):
        await ben.until(lambda: ben.times == 2)


@pytest.mark.parametrize("steps", range(4))
async def test_it_ends_when_it_is_cancelled_just_as_something_is_told(url: str, steps: int) -> None:
    anna = Ear(url)
    running = asyncio.create_task(anna.hints.run(anna.hear))
    await anna.until(lambda: anna.times == 1)
    for _ in range(5):
        await asyncio.sleep(0)

    anna.hints.tell()
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    done, _ = await asyncio.wait({running}, timeout=20)

    assert done


async def test_a_server_that_is_not_there_is_tried_again_and_again() -> None:
    tried = asyncio.Event()

    async def again(_: float) -> None:
        tried.set()
        await asyncio.Event().wait()

    hints = Hints("postgresql+asyncpg://kindling@127.0.0.1:1/kindling", again)
    running = asyncio.create_task(hints.run(lambda: None))
    async with asyncio.timeout(20):
        await tried.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_card_that_a_moderator_asks_for_is_posted_by_another_process(url: str, tmp_path: Path) -> None:
    clock, rooms = StillClock(NINE - HOUR), (Room(), Room())
    letters = Letters(Surroundings(clock, COMMANDS, tmp_path))
    databases, hints = (Database(url), Database(url)), (Hints(url), Hints(url))
    for room in rooms:
        room.messengers["letters"] = letters
    listener, worker = (
        build_core(database, the_library(), room, clock, watcher=Notebook(), tell_others=hint.tell)
        for database, room, hint in zip(databases, rooms, hints, strict=True)
    )
    posted = asyncio.Event()
    letters.arrived = posted.set
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(worker.engine.run()),
            tasks.create_task(hints[0].run(lambda: None)),
            tasks.create_task(hints[1].run(worker.engine.nudge)),
        ]

        await listener.kindling.command(moderator(), "kindling setup", WISHES)
        await listener.kindling.command(moderator(), "kindling post", {})
        async with asyncio.timeout(20):  # the next heartbeat comes after thirty
            await posted.wait()

        for task in running:
            task.cancel()
    for database in databases:
        await database.close()
    assert len(letters.letters) == 1

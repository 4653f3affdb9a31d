"""What is special about SQLite, each with a proof that the test can fail."""

import asyncio
import os
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.database import Database
from bot.storage.engine import create_engine
from tests.storage.values import COMMUNITY

ROUNDS, WORKERS = 100, 4


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'ours.sqlite'}")
    yield engine
    await engine.dispose()


@pytest.fixture
async def theirs(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """SQLAlchemy's own defaults."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'theirs.sqlite'}", connect_args={"timeout": 30})
    yield engine
    await engine.dispose()


async def count_together(engine: AsyncEngine) -> int:
    """Four tasks that each read a number and write it back, one higher, a hundred times."""
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (number INTEGER)"))
        await connection.execute(text("INSERT INTO numbers VALUES (0)"))

    async def count() -> None:
        for _ in range(ROUNDS):
            async with engine.begin() as connection:
                [number] = (await connection.execute(text("SELECT number FROM numbers"))).scalars()
                await connection.execute(text("UPDATE numbers SET number = :next"), {"next": number + 1})

    await asyncio.gather(*(count() for _ in range(WORKERS)))
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT number FROM numbers"))).scalar_one())


async def turns_of(engine: AsyncEngine) -> int:
    """How often the driver's thread is asked for one statement and its rows."""
    async with engine.connect() as connection:
        await connection.execute(text("CREATE TABLE numbers (number INTEGER)"))
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver._tx = queue = Counted(driver._tx)

        await connection.execute(text("INSERT INTO numbers VALUES (1), (2)"))
        before = queue.asked
        found = (await connection.execute(text("SELECT number FROM numbers"))).scalars().all()

        assert found == [1, 2]
        return queue.asked - before


class Counted:
    """A queue that counts what is put into it."""

    def __init__(self, queue: Any) -> None:
        self.queue, self.asked = queue, 0

    def put_nowait(self, item: object) -> None:
        self.asked += 1
        self.queue.put_nowait(item)


async def test_a_statement_takes_one_turn_of_the_thread(ours: AsyncEngine) -> None:
    assert await turns_of(ours) == 1


async def test_with_sqlalchemys_own_cursor_it_takes_four(theirs: AsyncEngine) -> None:
    assert await turns_of(theirs) == 4


async def test_a_single_question_takes_one_turn_and_no_transaction(database: Database) -> None:
    asked = [await turns_of_a_question(database, once=once) for once in (True, False, True)]

    assert asked == [1, 3, 1]


async def turns_of_a_question(database: Database, *, once: bool) -> int:
    """How often the driver's thread is asked for one question, from the beginning to the end of its transaction."""
    async with database.engine.connect() as connection:  # the next one gets the same
        driver: Any = (await connection.get_raw_connection()).driver_connection
    driver._tx = queue = Counted(getattr(driver._tx, "queue", driver._tx))
    async with database.reading(once=once) as work:
        assert await work.communities.space_of("letters", "nowhere") is None
    return queue.asked


async def test_what_a_statement_did_is_known_after_its_turn(ours: AsyncEngine) -> None:
    async with ours.begin() as connection:
        await connection.execute(text("CREATE TABLE numbers (number INTEGER UNIQUE)"))
        many = await connection.execute(text("INSERT INTO numbers VALUES (:number)"), [{"number": n} for n in range(3)])
        one = await connection.execute(text("INSERT INTO numbers VALUES (7)"))
        changed = await connection.execute(text("UPDATE numbers SET number = number + 10"))
        left = await connection.execute(text("DELETE FROM numbers WHERE number < 12 RETURNING number"))
        with pytest.raises(IntegrityError):
            await connection.execute(text("INSERT INTO numbers VALUES (17)"))

        assert (many.rowcount, one.lastrowid, changed.rowcount) == (3, 4, 4)
        assert (list(left.keys()), sorted(left.scalars())) == (["number"], [10, 11])
        assert (await connection.execute(text("SELECT number FROM numbers WHERE number < 0"))).all() == []


async def test_of_400_concurrent_changes_400_count(ours: AsyncEngine) -> None:
    assert await count_together(ours) == ROUNDS * WORKERS


async def test_with_the_library_s_defaults_changes_would_be_lost(theirs: AsyncEngine) -> None:
    assert await count_together(theirs) < ROUNDS * WORKERS


async def make_half(engine: AsyncEngine) -> list[str]:
    """The tables that remain of a change that breaks off in the middle."""
    with suppress(OperationalError):
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE half (id INTEGER)"))
            await connection.execute(text("CREATE TABLE half (id INTEGER)"))
    async with engine.connect() as connection:
        return list((await connection.execute(text("SELECT name FROM sqlite_master"))).scalars())


async def test_a_change_of_the_tables_that_breaks_off_leaves_nothing(ours: AsyncEngine) -> None:
    assert await make_half(ours) == []


async def test_with_the_library_s_defaults_half_a_change_would_stay(theirs: AsyncEngine) -> None:
    assert await make_half(theirs) == ["half"]


async def test_a_connection_keeps_a_journal_outlives_power_cuts_checks_keys_and_waits(ours: AsyncEngine) -> None:
    async with ours.connect() as connection:
        told = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }

    assert told == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 10_000}


async def test_every_transaction_has_a_connection_of_its_own(database: Database) -> None:
    async with database.unit_of_work() as writing, database.reading() as reading:
        await writing.communities.save(COMMUNITY)
        async with database.reading() as another:
            connections = [
                await work._connection.get_raw_connection()  # type: ignore[attr-defined] -- the only way to see it
                for work in (writing, reading, another)
            ]

            assert len({id(connection.driver_connection) for connection in connections}) == 3


async def test_readers_read_while_somebody_writes_and_see_what_was(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.communities.save(COMMUNITY)
        await work.commit()

    async with database.unit_of_work() as writing:
        await writing.communities.save(replace(COMMUNITY, plan="new"))
        async with database.reading() as reading:
            seen = await reading.communities.get(COMMUNITY.id)

    assert seen == COMMUNITY


async def test_a_writer_of_another_process_is_waited_for(database: Database, url: str) -> None:
    other = Database(url)
    async with other.unit_of_work() as first:
        await first.communities.save(COMMUNITY)

        async def second() -> None:
            async with database.unit_of_work() as work:
                await work.communities.save(replace(COMMUNITY, plan="second"))
                await work.commit()

        waiting = asyncio.create_task(second())
        await asyncio.wait([waiting], timeout=0.05)
        assert not waiting.done()
        await first.commit()
    await waiting

    async with other.reading() as work:
        assert (await work.communities.get(COMMUNITY.id)).plan == "second"
    await other.close()


def rights_in(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_only_its_owner_may_read_a_new_database_and_what_is_beside_it(tmp_path: Path) -> None:
    usual = os.umask(0o022)
    try:
        engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}")
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE numbers (number INTEGER)"))
        rights = rights_in(tmp_path)
        await engine.dispose()
    finally:
        os.umask(usual)

    assert rights == dict.fromkeys(("kindling.sqlite", "kindling.sqlite-wal", "kindling.sqlite-shm"), 0o600)


async def test_what_is_begun_behind_sqlalchemy_s_back_ends_when_the_connection_is_given_back(ours: AsyncEngine) -> None:
    async with ours.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute_fetchall("BEGIN IMMEDIATE")

    async with ours.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        assert not driver.in_transaction


async def test_who_is_called_off_while_waiting_for_the_lock_does_not_come_to_hold_it(ours: AsyncEngine) -> None:
    at_the_lock = asyncio.Event()

    async def change() -> None:
        async with ours.begin():
            raise AssertionError("it was called off before")

    async with ours.begin():
        event.listen(ours.sync_engine, "checkout", lambda *_: at_the_lock.set())  # it goes on to the lock at once
        waiting = asyncio.create_task(change())
        await at_the_lock.wait()
        waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert waiting.cancelled()
    async with ours.begin() as connection:
        await connection.execute(text("CREATE TABLE mine (id INTEGER)"))


async def test_closing_waits_for_a_statement_that_nobody_waits_for_any_more(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/numbers.sqlite")
    before, begun = set(threading.enumerate()), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def count() -> None:
        async with database.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.create_function("begun", 0, lambda: loop.call_soon_threadsafe(begun.set) and 1)
            numbers = "WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT i + 1 FROM n LIMIT 3000000)"
            await connection.exec_driver_sql(f"{numbers} SELECT sum(i) FROM n")  # noqa: S608 -- our own

    counting = asyncio.create_task(count())
    await begun.wait()
    while not counting.done():  # once while it waits for the statement, and again while it gives the connection up
        counting.cancel()
        await asyncio.sleep(0)

    await database.close()

    assert not [thread for thread in set(threading.enumerate()) - before if "_connection_worker" in thread.name]


async def test_closing_waits_for_a_connection_that_was_given_up_while_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/slow.sqlite")
    before, opening, disk = set(threading.enumerate()), asyncio.Event(), threading.Event()
    loop, connect = asyncio.get_running_loop(), sqlite3.connect

    def slow_to_open(*words: Any, **options: Any) -> sqlite3.Connection:
        loop.call_soon_threadsafe(opening.set)
        disk.wait()
        return connect(*words, **options)

    monkeypatch.setattr(sqlite3, "connect", slow_to_open)
    asking = asyncio.create_task(database.ping())
    await opening.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    closing = asyncio.create_task(database.close())
    await asyncio.wait({closing}, timeout=0.1)
    open_yet = not closing.done()
    disk.set()
    await closing

    assert open_yet
    assert not [thread for thread in set(threading.enumerate()) - before if "_connection_worker" in thread.name]

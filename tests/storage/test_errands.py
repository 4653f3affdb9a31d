"""Jobs that are carried out as a whole, on both databases, and in one turn of a thread on SQLite."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, event, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import KindlingError
from bot.ports import UnitOfWork
from bot.storage.database import Database, SqlUnitOfWork
from bot.storage.engine import create_engine
from bot.storage.errands import Blocking, Errands
from bot.storage.tables import communities
from tests.storage.values import COMMUNITY, DAY, TODAY, a_village

OTHER = replace(COMMUNITY, plan="other")
NUMBERS = "CREATE TABLE numbers (number INTEGER)"


async def save(work: UnitOfWork) -> str:
    await work.communities.save(OTHER)
    await work.commit()
    return "saved"


async def plans(database: Database) -> list[str]:
    async with database.engine.connect() as connection:
        return [row[0] for row in await connection.execute(select(communities.c.plan))]


async def test_what_a_job_commits_is_kept_and_what_it_returns_is_told(database: Database) -> None:
    told = await database.carry_out(save)

    assert told == "saved"
    assert await plans(database) == ["other"]


async def test_of_a_job_that_fails_nothing_remains_and_the_next_is_carried_out(database: Database) -> None:
    async def fail(work: UnitOfWork) -> None:
        await work.communities.save(replace(COMMUNITY, plan="third"))
        raise KindlingError

    with pytest.raises(KindlingError):
        await database.carry_out(fail)

    assert await plans(database) == []
    await database.carry_out(save)
    assert await plans(database) == ["other"]


async def test_of_a_job_that_does_not_commit_nothing_remains(database: Database) -> None:
    await database.carry_out(lambda work: work.communities.save(OTHER))

    assert await plans(database) == []


async def test_jobs_and_units_of_work_that_come_together_all_count(database: Database) -> None:
    await a_village(database)

    async def leave_out(work: UnitOfWork, number: int) -> None:
        [schedule] = await work.schedules.of_community(COMMUNITY.id)
        await work.schedules.save(replace(schedule, skip_dates=schedule.skip_dates | {TODAY + number * DAY}))
        await work.commit()

    async def in_a_unit_of_work(number: int) -> None:
        async with database.unit_of_work() as work:
            await leave_out(work, number)

    await asyncio.gather(
        *(database.carry_out(partial(leave_out, number=number)) for number in range(20)),
        *(in_a_unit_of_work(number) for number in range(20, 40)),
    )

    async with database.reading() as work:
        [schedule] = await work.schedules.of_community(COMMUNITY.id)
    assert len(schedule.skip_dates) == 40


WAITING = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}
FOR_THE_DISK = {"sqlite": "2", "postgresql": "on"}
FOR_NOTHING = {"sqlite": "1", "postgresql": "off"}


def wait_by_itself(connection: Any, _record: object) -> None:
    """As PostgreSQL does, but for the tests' own server, which is told to hurry."""
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit TO on")
    cursor.close()
    connection.commit()


@pytest.fixture
async def patient(database: Database) -> Database:
    if database.engine.dialect.name == "postgresql":
        await database.engine.dispose()
        event.listen(database.engine.sync_engine, "connect", wait_by_itself)
    return database


async def test_only_a_job_that_need_not_last_waits_for_no_disk(patient: Database) -> None:
    database = patient
    kind, found = database.engine.dialect.name, list[str]()

    async def look(work: UnitOfWork) -> None:
        connection = cast("SqlUnitOfWork", work)._connection
        found.append(str((await connection.exec_driver_sql(WAITING[kind])).scalar_one()))
        await work.communities.save(replace(OTHER, plan=f"plan {len(found)}"))
        await work.commit()

    await database.carry_out(look)
    await database.carry_out(look, lasting=False)
    await database.carry_out(look)

    assert found == [FOR_THE_DISK[kind], FOR_NOTHING[kind], FOR_THE_DISK[kind]]
    assert await plans(database) == ["plan 3"]


async def test_a_job_that_fails_and_need_not_last_leaves_the_next_one_lasting(patient: Database) -> None:
    database = patient
    kind, found = database.engine.dialect.name, list[str]()

    async def fail(work: UnitOfWork) -> None:
        raise KindlingError

    async def look(work: UnitOfWork) -> None:
        connection = cast("SqlUnitOfWork", work)._connection
        found.append(str((await connection.exec_driver_sql(WAITING[kind])).scalar_one()))

    with pytest.raises(KindlingError):
        await database.carry_out(fail, lasting=False)
    await database.carry_out(look)

    assert found == [FOR_THE_DISK[kind]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "numbers.sqlite"


@pytest.fixture
def errands(file: Path) -> Errands:
    return Errands(create_engine(f"sqlite+aiosqlite:///{file}").url)


async def make(connection: AsyncConnection) -> None:
    await connection.execute(text(NUMBERS))
    await connection.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": 1})
    await connection.commit()


async def test_a_job_that_nobody_waits_for_any_more_comes_to_its_end(errands: Errands, file: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    async def linger(connection: AsyncConnection) -> None:
        begun.set()
        go_on.wait()
        await make(connection)

    asked = asyncio.create_task(errands.carry_out(linger))
    await asyncio.to_thread(begun.wait)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    go_on.set()
    await errands.close()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT number FROM numbers").fetchall() == [(1,)]


def written(connection: Connection, number: int) -> None:
    connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", (number,))


async def numbers_after(errands: Errands, file: Path, job: Callable[[Blocking], Awaitable[None]]) -> list[int]:
    await errands.carry_out(make)
    with suppress(KeyError):
        await errands.carry_out(lambda connection: job(cast("Blocking", connection)))
    await errands.close()
    with closing(sqlite3.connect(file)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM numbers ORDER BY number")]


async def test_what_was_begun_is_there_for_whatever_comes_after_it(errands: Errands, file: Path) -> None:
    seen: list[int] = []

    async def job(connection: Blocking) -> None:
        for number in (2, 3):
            await connection.begin_sync(written, number)
        seen.extend((await connection.execute(text("SELECT number FROM numbers ORDER BY number"))).scalars())
        await connection.begin_sync(written, 4)
        await connection.commit()

    assert await numbers_after(errands, file, job) == [1, 2, 3, 4]
    assert seen == [1, 2, 3]


async def test_a_job_goes_on_while_what_it_began_is_written(errands: Errands, file: Path) -> None:
    gone_on = threading.Event()

    def wait(connection: Connection) -> None:
        assert gone_on.wait(60)
        written(connection, 2)

    async def job(connection: Blocking) -> None:
        await connection.begin_sync(wait)
        gone_on.set()
        await connection.commit()

    assert await numbers_after(errands, file, job) == [1, 2]


async def test_what_goes_wrong_with_what_was_begun_is_told_and_nothing_is_kept(errands: Errands, file: Path) -> None:
    def fail(connection: Connection) -> None:
        written(connection, 3)
        raise KeyError("pen")

    async def job(connection: Blocking) -> None:
        await connection.begin_sync(written, 2)
        await connection.begin_sync(fail)
        await connection.commit()

    await errands.carry_out(make)
    with pytest.raises(KeyError, match="pen"):
        await errands.carry_out(lambda connection: job(cast("Blocking", connection)))
    await errands.close()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT number FROM numbers").fetchall() == [(1,)]


async def test_what_went_wrong_and_was_told_is_not_told_again_by_what_comes_next(errands: Errands, file: Path) -> None:
    def fail(_connection: Connection) -> None:
        raise KeyError("pen")

    async def job(connection: Blocking) -> None:
        told = await connection.begin_sync(fail)
        with pytest.raises(KeyError, match="pen"):
            told()
        await connection.begin_sync(written, 2)
        await connection.commit()

    assert await numbers_after(errands, file, job) == [1, 2]


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_still_being_written_when_a_job_ends_without_commit_is_taken_back(
    errands: Errands, file: Path, fails: bool
) -> None:
    async def job(connection: Blocking) -> None:
        await connection.begin_sync(written, 2)
        if fails:
            raise KeyError

    assert await numbers_after(errands, file, job) == [1]


async def test_a_job_that_waits_for_something_else_is_refused_and_leaves_nothing(errands: Errands, file: Path) -> None:
    async def wait(connection: AsyncConnection) -> None:
        await make(connection)
        await connection.execute(text("INSERT INTO numbers VALUES (2)"))
        await asyncio.sleep(0)
        await connection.commit()

    with pytest.raises(RuntimeError, match="waits for nothing but its database"):
        await errands.carry_out(wait)
    await errands.close()

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT number FROM numbers").fetchall() == [(1,)]

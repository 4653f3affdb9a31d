"""Jobs that are carried out as a whole, on both databases, and in one turn of a thread on SQLite."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import KindlingError
from bot.ports import UnitOfWork
from bot.storage.database import Database
from bot.storage.engine import create_engine
from bot.storage.errands import Errands
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

"""What becomes of calls and loops when PostgreSQL breaks off, restarts, or lets one of two give way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from bot.app import Surroundings
from bot.compose import Core, build_core
from bot.domain.errors import DatabaseProblem
from bot.domain.message import Card
from bot.services.commands import COMMANDS
from bot.storage import copying, migrate
from bot.storage.database import Database
from bot.storage.engine import ANSWER
from tests.core.village import WISHES
from tests.house import Notebook, Room, StillClock, moderator
from tests.letters import Letters
from tests.prepared import the_library
from tests.storage.values import COMMUNITY, HOUR, NINE, a_schedule, a_village

END_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
"""What a restart of the server does to every connection."""
END_WHO_WAITS = f"{END_ALL} AND wait_event_type = 'Lock'"


@pytest.fixture
def kind() -> str:
    return "postgresql"


@pytest.fixture
async def helper(url: str) -> AsyncIterator[Database]:
    """A connection of somebody else's."""
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
def core(database: Database, tmp_path: Path) -> Core:
    clock, room = StillClock(NINE - HOUR), Room()
    room.messengers["letters"] = Letters(Surroundings(clock, COMMANDS, tmp_path))
    return build_core(database, the_library(), room, clock, watcher=Notebook())


async def ask(core: Core, name: str, **words: str) -> str:
    content = (await core.kindling.command(moderator(), name, words)).content
    assert isinstance(content, Card)
    return content.heading


async def ended(helper: Database, statement: str) -> int:
    async with helper.engine.begin() as connection:
        return int((await connection.execute(text(statement))).scalar_one())


async def test_connections_that_broke_off_while_nobody_used_them_are_made_anew(core: Core, helper: Database) -> None:
    await ask(core, "kindling setup", **WISHES)

    assert await ended(helper, END_ALL) > 0

    assert await ask(core, "kindling status") == "How things stand"


async def test_a_call_whose_connection_breaks_off_says_so_kindly_and_keeps_nothing(
    core: Core, database: Database, helper: Database
) -> None:
    await ask(core, "kindling setup", **WISHES)
    async with helper.engine.connect() as holder:
        await holder.execute(text("SELECT id FROM schedules FOR UPDATE"))
        asking = asyncio.create_task(ask(core, "kindling setup", **{**WISHES, "morning": "10:30"}))
        async with asyncio.timeout(20):
            while not await ended(helper, END_WHO_WAITS):  # noqa: ASYNC110 -- the server gives no event
                await asyncio.sleep(0.01)
        told = await asking

    assert told == "I cannot keep anything just now"
    async with database.reading() as work:
        space = await work.communities.space_of("letters", "village")
        assert space is not None
        assert {f"{s.at:%H:%M}" for s in await work.schedules.of_community(space.community)} == {"09:00"}
    assert await ask(core, "kindling setup", **{**WISHES, "morning": "10:30"}) == "Kindling is set up"


async def test_what_is_committed_over_a_lost_connection_is_told_as_lost(database: Database, helper: Database) -> None:
    async def keep() -> None:
        async with database.unit_of_work() as work:
            await work.communities.save(COMMUNITY)
            await ended(helper, END_ALL)
            await work.commit()

    with pytest.raises(DatabaseProblem) as told:
        await keep()

    assert told.value.code == "database.no_answer"


async def test_of_two_that_lock_crosswise_one_gives_way_and_keeps_nothing(database: Database, helper: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.schedules.save(a_schedule("evening"))
        await work.commit()
    both_hold = asyncio.Barrier(2)

    async def change(whose: Database, first: str, second: str) -> str:
        try:
            async with whose.unit_of_work() as work:
                await work.schedules.get(a_schedule(first).id)
                await both_hold.wait()
                await work.schedules.save(a_schedule(second, zone="UTC"))
                await work.commit()
        except DatabaseProblem as problem:
            return problem.code
        return "kept"

    with capture_logs() as said:
        outcomes = await asyncio.gather(change(database, "morning", "evening"), change(helper, "evening", "morning"))

    assert sorted(outcomes) == ["database.crossed", "kept"]
    assert [line["event"] for line in said] == ["database.crossed"]
    async with database.reading() as work:
        zones = [schedule.zone for schedule in await work.schedules.of_community(COMMUNITY.id)]
    assert sorted(zones) == ["Europe/Berlin", "UTC"]


async def test_the_engine_goes_on_after_the_connections_broke_off(core: Core, helper: Database) -> None:
    await ask(core, "kindling setup", **WISHES)
    running = asyncio.create_task(core.engine.run())
    await core.engine.settle()
    await ended(helper, END_ALL)

    await ask(core, "kindling post")
    async with asyncio.timeout(20):
        await core.engine.settle()

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert core.engine.posted == 1


async def test_a_statement_without_an_answer_is_given_up_and_the_next_one_answered(url: str) -> None:
    hurried = Database(url, answer=0.5)

    async def wait_for_long() -> None:
        async with hurried.unit_of_work() as work:
            await work._connection.execute(text("SELECT pg_sleep(600)"))

    with pytest.raises(DatabaseProblem, match="gave no answer in time") as told:
        await wait_for_long()

    assert told.value.code == "database.no_answer"
    await hurried.ping()
    await hurried.close()


def limit_of(connection: Connection) -> float | None:
    """For how many seconds the driver waits for an answer."""
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver._config.command_timeout  # type: ignore[no-any-return]


async def test_every_connection_waits_for_an_answer_only_so_long(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(limit_of) == ANSWER


async def test_a_step_of_the_database_may_take_its_time(
    database: Database, helper: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with helper.engine.begin() as connection:
        await connection.execute(text("DELETE FROM alembic_version"))
    limits: list[float | None] = []
    monkeypatch.setattr(migrate, "_upgrade", lambda connection: limits.append(limit_of(connection)))

    assert await migrate.migrate(database.engine)

    assert limits == [None]


async def test_a_copy_between_databases_may_take_its_time(url: str) -> None:
    async with copying._opened(url) as engine, engine.connect() as connection:
        assert await connection.run_sync(limit_of) is None

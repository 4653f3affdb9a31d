"""A database that cannot be used: said once, told kindly, and used again as soon as it can be."""

import asyncio
import errno
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from bot.domain.errors import DatabaseProblem
from bot.domain.ids import DeliveryId, OccurrenceId
from bot.domain.places import MessageRef
from bot.domain.reactions import Copy, Reacted
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.troubles import code_of
from tests.storage.values import COMMUNITY, NINE, SPACE, SQUARE, VILLAGE, a_village


@pytest.fixture
def kind() -> str:
    return "sqlite"


def limit(database: Database, pages: int) -> None:
    """Let SQLite find no room beyond so many pages, on every connection that is made from now on."""

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(database.engine.sync_engine, "connect", prepare)


async def fill(database: Database, name: str = "many") -> None:
    async with database.unit_of_work() as work:
        for number in range(400):
            await work._connection.exec_driver_sql(  # type: ignore[attr-defined] -- rows without meaning
                "INSERT INTO communities (id, seed, tone, language, plan, paused_until, created_at) "
                "VALUES (?, 'seed', 'community', 'en', ?, NULL, '2026-11-23 08:00:00')",
                (f"{name}-{number}", "p" * 90),
            )
        await work.commit()


async def test_a_full_disk_is_said_once_and_over_as_soon_as_there_is_room(database: Database) -> None:
    limit(database, 1)

    with capture_logs() as said:
        for _ in range(3):
            with pytest.raises(DatabaseProblem, match=r"full.*make room there") as problem:
                await fill(database)
        await database.engine.dispose()
        event.listen(database.engine.sync_engine, "connect", lambda connection, _: _give_room(connection))
        await fill(database)
        await database.ping()

    assert problem.value.code == "database.full"
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("database.unusable", "error"),
        ("database.usable_again", "info"),
    ]


def _give_room(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA max_page_count = 1000000")


async def test_what_a_full_disk_refused_is_not_half_there(database: Database) -> None:
    limit(database, 1)

    with pytest.raises(DatabaseProblem):
        await fill(database)

    async with database.reading() as work:
        left = await work._connection.exec_driver_sql("SELECT count(*) FROM communities")  # type: ignore[attr-defined]
        assert left.scalar_one() == 0


async def test_what_the_driver_says_of_reactions_is_told_like_everything_else(database: Database) -> None:
    await a_village(database)
    await database.engine.dispose()
    limit(database, 1)
    copy = Copy(DeliveryId("copy"), OccurrenceId("today"), VILLAGE)
    ref = MessageRef(SQUARE, "42")

    with pytest.raises(DatabaseProblem, match=r"full.*make room there") as problem:
        async with database.unit_of_work() as work:
            await work.reactions.take_in(
                [(copy, Reacted(ref, f"user {n}", "🌱", present=True, at=NINE)) for n in range(4000)]
            )

    assert problem.value.code == "database.full"


async def test_a_statement_of_ours_that_is_wrong_is_no_trouble_of_the_database(database: Database) -> None:
    with capture_logs() as said, pytest.raises(Exception, match="FOREIGN KEY"):  # noqa: PT012 -- one transaction
        async with database.unit_of_work() as work:
            await work.communities.save_space(SPACE)
            await work.commit()

    assert said == []
    await database.ping()


async def test_a_file_that_is_damaged_while_it_is_used_is_told(database: Database, url: str) -> None:
    file = Path(url.partition("///")[2])
    await fill(database)
    await database.engine.dispose()
    damage(file)

    with pytest.raises(DatabaseProblem, match="kindling restore") as problem:
        async with database.reading() as work:
            await work._connection.exec_driver_sql("SELECT * FROM communities ORDER BY plan")  # type: ignore[attr-defined]

    assert problem.value.code == "database.corrupt"


def damage(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size // 4 // 4096 * 4096)
        opened.write(b"\xa5" * (size // 2))


async def test_a_damaged_file_is_refused_at_the_start_and_stays_as_it_is(database: Database, url: str) -> None:
    file = Path(url.partition("///")[2])
    await fill(database)
    await database.close()
    damage(file)
    before = await asyncio.to_thread(file.read_bytes)

    with pytest.raises(DatabaseProblem, match=r"Nothing was changed.*kindling restore"):
        await migrate(database.engine)

    assert await asyncio.to_thread(file.read_bytes) == before


async def test_a_database_that_another_program_holds_is_waited_for_and_then_told(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)
    database = Database(url)
    with closing(sqlite3.connect(url.partition("///")[2], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseProblem) as problem:
            async with database.unit_of_work() as work:
                await work.communities.save(COMMUNITY)
        other.execute("ROLLBACK")

    await database.ping()
    async with database.unit_of_work() as work:
        await work.communities.save(COMMUNITY)
        await work.commit()
    assert problem.value.code == "database.locked"
    await database.close()


async def test_what_was_committed_is_not_told_as_lost_when_the_database_is_held_again_just_then(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)
    busy = Database(url)
    with closing(sqlite3.connect(url.partition("///")[2], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseProblem):
            async with busy.unit_of_work():
                pass
        other.execute("ROLLBACK")

        async with busy.unit_of_work() as work:
            await work.communities.save(COMMUNITY)
            await work.commit()
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseProblem):
            await busy.ping()
    await busy.close()

    async with database.reading() as work:
        assert await work.communities.get(COMMUNITY.id) == COMMUNITY


async def test_that_no_connection_is_free_for_long_is_told_like_a_database_that_does_not_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.01)

    async with AsyncExitStack() as taken:
        with pytest.raises(DatabaseProblem) as problem:  # noqa: PT012 -- until one is refused
            while True:
                await taken.enter_async_context(database.reading())

    assert problem.value.code == "database.no_answer"


async def test_a_server_that_goes_away_and_comes_back_is_used_again() -> None:
    database = Database("postgresql+asyncpg://kindling@127.0.0.1:1/kindling")

    with pytest.raises(DatabaseProblem) as problem:
        await database.ping()

    assert problem.value.code == "database.no_answer"
    await database.close()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "kindling.sqlite"), "database.read_only"),
        (OSError(errno.EROFS, "Read-only file system", "kindling.sqlite"), "database.read_only"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "kindling.sqlite"), "database.not_there"),
        (OSError(errno.EIO, "Input/output error", "kindling.sqlite"), "database.failing"),
        (OSError(errno.ENOSPC, "No space left on device", "kindling.sqlite"), "database.full"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "database.no_answer"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), "database.no_answer"),
    ],
)
def test_what_the_system_says_of_a_file_is_no_trouble_of_a_server(error: OSError, code: str) -> None:
    assert code_of(error) == code

"""SQLite's log: moved beside the commits, bounded, and never lost."""

import asyncio
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from bot.ports import UnitOfWork
from bot.storage import ahead_log
from bot.storage.ahead_log import AheadLog
from bot.storage.database import Database
from bot.storage.engine import PAGE, create_engine

ONE = "INSERT INTO numbers (room) VALUES (zeroblob(2000))"
"""Two of these rows have room in a page."""


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "numbers.sqlite"


@pytest.fixture
async def numbers(file: Path) -> AsyncIterator[Database]:
    """A database with one table that has room in each row."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE numbers (number INTEGER PRIMARY KEY, room BLOB)")
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that is worth moving, and long, after few pages."""
    monkeypatch.setattr(ahead_log, "WORTH_IT", 60)
    monkeypatch.setattr(ahead_log, "LONG", 200)
    monkeypatch.setattr(ahead_log, "CALM", 0.0)


async def write(database: Database, rows: int = 20) -> None:
    async with database.unit_of_work() as work:
        connection = work._connection
        for _ in range(rows):
            await connection.exec_driver_sql(ONE)
        await work.commit()


async def moved(database: Database) -> None:
    """Wait until nothing is being moved."""
    assert database._log is not None
    await database._log.settled()


def of_the_log(before: set[threading.Thread]) -> list[str]:
    """The threads that move a log and were not there before: other tests have theirs."""
    return [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("log")]


def pages(file: Path) -> int:
    """How long its log is."""
    return file.with_name(f"{file.name}-wal").stat().st_size // PAGE


def there(file: Path) -> int:
    """How many rows somebody finds who has the file without its log."""
    alone = file.with_name("alone.sqlite")
    alone.write_bytes(file.read_bytes())
    with closing(sqlite3.connect(f"file:{alone}?immutable=1", uri=True)) as connection:
        if not connection.execute("SELECT * FROM sqlite_schema").fetchall():
            return 0
        [(rows,)] = connection.execute("SELECT count(*) FROM numbers").fetchall()
        return int(rows)


@contextmanager
def held(database: Database) -> Iterator[threading.Event]:
    """Keep the log from being moved within; what is yielded is set while somebody is about to."""
    begun, free = threading.Event(), threading.Event()

    def wait(*_: object) -> None:
        begun.set()
        free.wait(10)
        begun.clear()

    assert database._log is not None
    event.listen(database._log._engine, "checkout", wait)
    try:
        yield begun
    finally:
        free.set()
        event.remove(database._log._engine, "checkout", wait)


@contextmanager
def no_room(file_size: int) -> Iterator[None]:
    """No file of this process may be written beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_was_committed_is_moved_into_the_file(numbers: Database, file: Path) -> None:
    await write(numbers, 60)
    await moved(numbers)

    assert there(file) == 60


async def test_for_a_few_rows_nothing_is_moved_and_no_thread_begun(numbers: Database, file: Path) -> None:
    before = set(threading.enumerate())
    await write(numbers, 2)
    await moved(numbers)

    assert there(file) == 0
    assert not of_the_log(before)


async def test_jobs_count_as_well(numbers: Database, file: Path) -> None:
    async def fill(work: UnitOfWork) -> None:
        for _ in range(60):
            await work._connection.exec_driver_sql(ONE)  # type: ignore[attr-defined] -- rows without meaning
        await work.commit()

    await numbers.carry_out(fill)
    await moved(numbers)

    assert there(file) == 60


async def test_a_log_stays_short_however_much_is_committed_without_a_pause(numbers: Database, file: Path) -> None:
    async def keep_writing() -> None:
        for _ in range(100):
            await write(numbers)

    await asyncio.gather(keep_writing(), keep_writing())
    await moved(numbers)

    assert there(file) == 4000
    assert pages(file) < 1000


async def test_nobody_who_writes_waits_while_the_log_is_moved(numbers: Database) -> None:
    with held(numbers) as begun:
        await write(numbers, 60)
        await asyncio.to_thread(begun.wait, 10)

        await write(numbers, 60)

        assert begun.is_set()


async def test_it_is_moved_when_nobody_has_written_for_a_moment(numbers: Database, file: Path) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        assert there(file) == 0
        if len(pauses) < 4:
            log.grew(1)

    await write(numbers, 10)
    log = AheadLog(numbers.engine.url, asyncio.Lock(), pause=pause)
    log.grew(20)
    await log.settled()
    await log.close()

    assert len(pauses) == 4
    assert there(file) == 10


async def test_a_long_log_is_moved_although_others_write(numbers: Database, file: Path) -> None:
    pauses = iter(range(100))

    async def pause(_: float) -> None:
        next(pauses)
        log.grew(20)

    await write(numbers, 10)
    log = AheadLog(numbers.engine.url, asyncio.Lock(), pause=pause)
    log.grew(20)
    await log.settled()
    await log.close()

    assert there(file) == 10


async def test_a_long_log_that_others_write_to_meanwhile_is_moved_to_its_end_in_a_gap(numbers: Database) -> None:
    gaps: list[int] = []
    rounds: list[object] = []

    @asynccontextmanager
    async def gap() -> AsyncIterator[None]:
        gaps.append(len(rounds))
        yield

    def somebody_writes(connection: object, _: object) -> None:
        rounds.append(connection)
        log.grew(1)

    async with numbers.reading() as work:
        await work._connection.exec_driver_sql("SELECT count(*) FROM numbers")
        await write(numbers, 300)
        await moved(numbers)
    log = AheadLog(numbers.engine.url, gap())
    event.listen(log._engine, "checkin", somebody_writes)
    log.grew(20)
    await log.settled()
    await log.close()

    assert gaps == [ahead_log.ROUNDS]
    assert len(rounds) == ahead_log.ROUNDS + 1


async def test_what_a_reader_holds_is_moved_later_and_the_log_begins_anew(numbers: Database, file: Path) -> None:
    await write(numbers)
    async with numbers.reading() as work:
        await work._connection.exec_driver_sql("SELECT count(*) FROM numbers")
        await write(numbers, 200)
        await moved(numbers)
        assert there(file) < 220
    for _ in range(20):
        await write(numbers)
        await moved(numbers)

    assert there(file) == 620
    assert pages(file) < 500


async def test_a_log_that_nobody_moves_is_moved_by_the_commit_that_makes_it_too_long(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.LONGEST_LOG", 100)
    engine = create_engine(f"sqlite+aiosqlite:///{file}")
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE numbers (number INTEGER PRIMARY KEY, room BLOB)")

    for _ in range(400):
        async with engine.begin() as connection:
            await connection.exec_driver_sql(ONE)

    assert pages(file) <= 110
    await engine.dispose()


async def test_a_log_that_a_reader_let_grow_is_cut_when_it_begins_anew(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.LONGEST_LOG", 100)
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE numbers (number INTEGER PRIMARY KEY, room BLOB)")
    async with database.reading() as work:
        await work._connection.exec_driver_sql("SELECT count(*) FROM numbers")
        await write(database, 400)
        await moved(database)
        assert pages(file) > 200
    await write(database, 60)
    await moved(database)

    await write(database, 1)

    assert pages(file) <= 101
    await database.close()


async def test_closing_leaves_neither_log_nor_thread(numbers: Database, file: Path) -> None:
    before = set(threading.enumerate())
    await write(numbers, 60)
    await moved(numbers)
    await write(numbers, 1)

    await numbers.close()

    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert there(file) == 61
    assert not of_the_log(before)


async def test_closing_waits_for_what_is_being_moved(numbers: Database, file: Path) -> None:
    with held(numbers) as begun:
        await write(numbers, 60)
        await asyncio.to_thread(begun.wait, 10)
        closing_ = asyncio.create_task(numbers.close())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not closing_.done()

    await closing_

    assert [one.name for one in file.parent.iterdir()] == [file.name]


async def test_a_disk_that_takes_no_more_is_told_once_and_over_when_it_does(numbers: Database, file: Path) -> None:
    assert numbers._log is not None
    with capture_logs() as said:
        with held(numbers) as begun:
            await write(numbers, 60)
            await asyncio.to_thread(begun.wait, 10)
            limited = no_room(16 * PAGE)
            limited.__enter__()
        try:
            await moved(numbers)
            numbers._log.grew(60)
            await moved(numbers)
        finally:
            limited.__exit__(None, None, None)
        assert numbers._log.trouble == "database.failing"
        async with numbers.reading() as work:
            rows = await work._connection.exec_driver_sql("SELECT count(*) FROM numbers")
            assert rows.scalar_one() == 60

        await write(numbers, 60)
        await moved(numbers)

    assert [(line["event"], line["log_level"]) for line in said] == [
        ("database.log_stays", "error"),
        ("database.log_moved_again", "info"),
    ]
    assert there(file) == 120
    assert numbers._log.trouble == ""


async def test_two_processes_on_one_file_move_its_log_beside_each_other(numbers: Database, file: Path) -> None:
    other = Database(f"sqlite+aiosqlite:///{file}")

    async def keep_writing(database: Database) -> None:
        for _ in range(40):
            await write(database)

    await asyncio.gather(keep_writing(numbers), keep_writing(other))
    await other.close()
    await numbers.close()

    assert there(file) == 1600
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import DatabaseProblem
from bot.ports.chores import Chore
from bot.storage import migrate as migrating
from bot.storage.alone import alone
from bot.storage.database import Database
from bot.storage.engine import create_engine
from bot.storage.migrate import current_step, migrate, newest_step
from bot.storage.tables import metadata
from tests.storage.databases import new_name, run_outside
from tests.storage.values import COMMUNITY

MIGRATIONS = Path(migrating.__file__).parent / "migrations"
NEXT_STEP = """
from alembic import op
import sqlalchemy as sa

revision = "{step}"
down_revision = "{newest}"
branch_labels = depends_on = None


def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer(), nullable=False))
    op.add_column("communities", sa.Column("note", sa.Text(), nullable=True))
    {then}
"""
BEFORE_0022 = (
    (
        "INSERT INTO communities (id, seed, tone, language, plan, created_at) "
        "VALUES ('c', 's', 'community', 'en', 'p', '2026-11-23 08:00:00+00:00')"
    ),
    "INSERT INTO spaces (id, community_id, platform, \"key\") VALUES ('s', 'c', 'letters', 'a')",
    (
        'INSERT INTO members (id, space_id, "user") VALUES '
        "('a', 's', 'a'), ('b', 's', 'b'), ('c', 's', 'c'), ('d', 's', 'd'), ('e', 's', 'e'), ('f', 's', 'f')"
    ),
    "INSERT INTO same_person (member_id, person_id) VALUES ('b', 'p'), ('f', 'p')",
)
"""B and F are one person."""
ACT = text(
    "INSERT INTO acts (id, community_id, space_id, author_id, telling, text, circle, shown_as, name, audience, "
    "standing, reason, created_at, seen, named_as, consent) VALUES "
    "(:act, 'c', 's', 'a', 'did', 'Soup', '', 'name', 'Ann', 'both', 'shown', '', '2026-11-23 08:00:00+00:00', 0, '', "
    "'')"
)
"""An act of A's, with her name."""
FELT = text(
    "INSERT INTO reactions (item, member_id, emoji, via, present, at) "
    "VALUES (:act, :member, 'x', 'v', true, '2026-11-23 08:00:00+00:00')"
)
BEFORE_0020 = (
    (
        "INSERT INTO communities (id, seed, tone, language, plan, created_at) "
        "VALUES ('c', 's', 'community', 'en', 'p', '2026-11-23 08:00:00+00:00')"
    ),
    (
        'INSERT INTO spaces (id, community_id, platform, "key", preview_at) '
        "VALUES ('told', 'c', 'letters', 'a', '2026-11-30 08:00:00+00:00'), ('untold', 'c', 'letters', 'b', NULL)"
    ),
)
"""A community with two spaces, of which one is told what the week brings."""
BEFORE_0024 = (
    *BEFORE_0022[:3],
    (
        "INSERT INTO schedules (id, community_id, ritual, weekdays, at, zone, starts, skip_dates) "
        "VALUES ('morning', 'c', 'morning', '0', '09:00', 'UTC', '2026-11-23', '[]')"
    ),
    (
        "INSERT INTO occurrences (id, schedule_id, community_id, ritual, local_date, due_at, skip) "
        "VALUES ('today', 'morning', 'c', 'morning', '2026-11-23', '2026-11-23 08:00:00+00:00', '')"
    ),
    (
        "INSERT INTO deliveries (id, occurrence_id, space_id, platform, space_key, channel, due_at, deadline, next_at, "
        "state, reason, attempts, claim, message) VALUES ('d', 'today', 's', 'letters', 'a', 'x', "
        "'2026-11-23 08:00:00+00:00', '2026-11-23 11:00:00+00:00', '2026-11-23 08:00:00+00:00', "
        "'posted', '', 1, '', '42')"
    ),
    "INSERT INTO rewrites (delivery_id, platform, next_at) VALUES ('d', 'letters', '2026-11-23 09:00:00+00:00')",
)
"""A card that was posted, and is to say something else."""
LONG_AFTER = datetime(2026, 12, 1, tzinfo=UTC)
NEWEST = newest_step()
NEXT = f"{int(NEWEST) + 1:04}"


@pytest.fixture
async def empty(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if kind == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}"
    address, name = request.getfixturevalue("postgres"), new_name()
    await run_outside(address, f"CREATE DATABASE {name}")
    return f"{address}/{name}"


@pytest.fixture
async def engine(empty: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(empty)
    yield engine
    await engine.dispose()


@pytest.fixture
def with_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Adds a step that this code does not have yet."""

    def add(then: str = "pass") -> None:
        steps = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, steps, ignore=shutil.ignore_patterns("__pycache__"))
        (steps / "versions" / f"{NEXT}_notes.py").write_text(NEXT_STEP.format(step=NEXT, newest=NEWEST, then=then))

        monkeypatch.setattr(migrating, "FOLDER", steps)

    return add


def copies(folder: Path) -> list[Path]:
    return list(folder.glob("*.before-*"))


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def keep_a_community(url: str) -> None:
    database = Database(url)
    async with database.unit_of_work() as work:
        await work.communities.save(COMMUNITY)
        await work.commit()
    await database.close()


async def test_a_migrated_database_has_the_tables_of_the_code(engine: AsyncEngine) -> None:
    await migrate(engine)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_migrated_sqlite_file_is_made_as_a_fresh_one_would_be(tmp_path: Path) -> None:
    migrated = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'migrated.sqlite'}")
    fresh = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'fresh.sqlite'}")

    await migrate(migrated)
    async with fresh.begin() as connection:
        await connection.run_sync(metadata.create_all)

    assert await shape(migrated) == await shape(fresh)
    for engine in (migrated, fresh):
        await engine.dispose()


async def migrate_before(engine: AsyncEngine, step: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to the step before one."""
    steps = folder / "migrations"
    shutil.copytree(MIGRATIONS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (steps / "versions").glob("[0-9]*_*.py"):
        if file.name > step:
            file.unlink()
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "FOLDER", steps)
        await migrate(engine)


async def test_when_weeks_are_told_comes_along_into_its_own_table(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_before(engine, "0020", tmp_path, monkeypatch)
    async with engine.begin() as connection:
        await connection.execute(text(BEFORE_0020[0]))
        await connection.execute(text(BEFORE_0020[1]))

    await migrate(engine, copying=False)

    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT space_id, platform FROM week_previews"))
        assert [tuple(row) for row in rows] == [("told", "letters")]


async def test_words_of_warmth_stay_where_at_least_four_people_felt_it_besides_a_named_author(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_before(engine, "0022", tmp_path, monkeypatch)
    async with engine.begin() as connection:
        for statement in BEFORE_0022:
            await connection.execute(text(statement))
        for act, members in {"four": "bcde", "author": "abcd", "twice": "bcdf"}.items():
            await connection.execute(ACT, {"act": act})
            await connection.execute(FELT, [{"act": act, "member": member} for member in members])

    await migrate(engine, copying=False)

    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT id, warmth FROM acts"))
        assert dict(map(tuple, rows)) == {"four": "few", "author": "", "twice": ""}


async def test_what_is_to_be_edited_and_who_is_to_be_asked_comes_along(
    engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate_before(engine, "0024", tmp_path, monkeypatch)
    async with engine.begin() as connection:
        for statement in BEFORE_0024:
            await connection.execute(text(statement))
        for act in ("named", "nobody"):
            await connection.execute(ACT, {"act": act})
        await connection.execute(text("UPDATE acts SET named_id = 'b', consent = 'unasked' WHERE id = 'named'"))

    await migrate(engine, copying=False)

    database = Database(engine.url.render_as_string(hide_password=False))
    async with database.unit_of_work() as work:
        claimed = await work.rewrites.claim("letters", LONG_AFTER, LONG_AFTER, 10)
        await work.rewrites.settle(claimed[0], None, LONG_AFTER)
        assert (await work.chores.next_at())[Chore.REWRITES] == {}
        assert [one.delivery for one in claimed] == ["d"]
        assert await work.acts.unasked(10) == ["named"]
    await database.close()


async def shape(engine: AsyncEngine) -> dict[str, Any]:
    """Columns, keys and indexes of every table, in a form that can be compared."""

    def look(connection: Connection) -> dict[str, Any]:
        inspector = inspect(connection)
        return {
            table: (
                [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)],
                inspector.get_pk_constraint(table)["constrained_columns"],
                sorted(str(sorted(key.items(), key=str)) for key in inspector.get_foreign_keys(table)),
                sorted(str(sorted(key.items(), key=str)) for key in inspector.get_unique_constraints(table)),
                sorted(str((index["name"], index["column_names"])) for index in inspector.get_indexes(table)),
            )
            for table in inspector.get_table_names()
            if table != "alembic_version"
        }

    async with engine.connect() as connection:
        return await connection.run_sync(look)


def test_every_step_is_named_as_its_file_begins() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())

    assert [Path(script.path).name.partition("_")[0] for script in scripts] == [script.revision for script in scripts]
    assert newest_step() == scripts[0].revision


async def test_migrating_twice_does_nothing_the_second_time(engine: AsyncEngine) -> None:
    assert await migrate(engine)
    assert not await migrate(engine)
    assert await current_step(engine) == newest_step()


async def test_an_empty_database_is_at_no_step(engine: AsyncEngine) -> None:
    assert await current_step(engine) is None


async def test_a_database_newer_than_the_code_is_refused_and_stays_as_it_is(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = await tables(engine)

    with pytest.raises(DatabaseProblem, match=r"at step 9999.*newer.*Nothing was changed"):
        await migrate(engine)

    assert await current_step(engine) == "9999"
    assert await tables(engine) == before


async def test_a_newer_sqlite_file_is_not_even_copied(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}")
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseProblem):
        await migrate(engine)

    assert copies(tmp_path) == []
    await engine.dispose()


async def test_the_next_step_keeps_what_is_there(
    engine: AsyncEngine, empty: str, with_next_step: Callable[[], None]
) -> None:
    await migrate(engine)
    await keep_a_community(empty)
    with_next_step()

    assert await migrate(engine)

    assert await current_step(engine) == NEXT
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT seed, note FROM communities"))).all() == [("seed", None)]


async def test_a_step_that_fails_leaves_nothing_behind(
    engine: AsyncEngine, with_next_step: Callable[[str], None]
) -> None:
    await migrate(engine)
    before = await tables(engine)
    with_next_step('op.execute("SELECT * FROM nowhere")')

    with pytest.raises(DatabaseProblem, match="nowhere"):
        await migrate(engine)

    assert await tables(engine) == before
    assert await current_step(engine) == NEWEST


async def test_before_a_step_a_sqlite_file_is_copied_whole(tmp_path: Path, with_next_step: Callable[[], None]) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}"
    engine = create_engine(url)
    await migrate(engine)
    await keep_a_community(url)
    with_next_step()

    await migrate(engine)

    [copy] = copies(tmp_path)
    assert copy.name == f"kindling.sqlite.before-{NEWEST}"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
        assert connection.execute("SELECT seed FROM communities").fetchall() == [("seed",)]
        assert "note" not in {row[1] for row in connection.execute("PRAGMA table_info(communities)")}
    await engine.dispose()


async def test_an_empty_sqlite_file_is_not_copied(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}")

    await migrate(engine)

    assert copies(tmp_path) == []
    await engine.dispose()


async def test_several_who_migrate_at_once_do_it_once(
    empty: str, with_next_step: Callable[[], None], tmp_path: Path
) -> None:
    first = create_engine(empty)
    await migrate(first)
    await keep_a_community(empty)
    with_next_step()
    engines = [first, *(create_engine(empty) for _ in range(3))]

    done = await asyncio.gather(*(migrate(engine) for engine in engines))

    assert sum(done) == 1
    assert await current_step(first) == NEXT
    for copy in copies(tmp_path):
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
    for engine in engines:
        await engine.dispose()


async def test_two_processes_that_begin_at_once_both_come_through(empty: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from bot.storage.engine import create_engine\n"
        "from bot.storage.migrate import migrate\n"
        "async def main():\n"
        "    engine = create_engine(sys.argv[1])\n"
        "    print(await migrate(engine))\n"
        "    await engine.dispose()\n"
        "asyncio.run(main())\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", program, empty], stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220, S603 -- two real processes
        for _ in range(2)
    ]

    said = [process.communicate(timeout=60)[0].strip() for process in both]

    assert sorted(said) == ["False", "True"]


async def test_a_database_that_another_program_holds_is_told_about_clearly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)
    file = tmp_path / "kindling.sqlite"
    engine = create_engine(f"sqlite+aiosqlite:///{file}")

    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseProblem, match=r"locked.*If another program holds it"):
            await migrate(engine)

    await engine.dispose()


async def test_a_file_that_is_no_database_is_told_about_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "kindling.sqlite"
    file.write_text("a letter, not a database. " * 100)
    before = file.read_bytes()
    engine = create_engine(f"sqlite+aiosqlite:///{file}")

    with pytest.raises(DatabaseProblem, match="not a database"):
        await migrate(engine)

    assert file.read_bytes() == before
    await engine.dispose()


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////nowhere/at/all/kindling.sqlite", "postgresql+asyncpg://kindling@127.0.0.1:1/kindling"]
)
async def test_a_database_that_is_not_there_is_told_about(url: str) -> None:
    engine = create_engine(url)

    with pytest.raises(DatabaseProblem, match="cannot be used"):
        await migrate(engine)

    await engine.dispose()


async def test_a_database_that_does_not_exist_on_the_server_is_told_about(postgres: str) -> None:
    engine = create_engine(f"{postgres}/no_such_database")

    with pytest.raises(DatabaseProblem, match="no_such_database") as told:
        await migrate(engine)

    assert told.value.code == "database.no_such"
    await engine.dispose()


async def test_a_user_that_the_server_does_not_know_is_told_about(postgres: str) -> None:
    engine = create_engine(make_url(f"{postgres}/postgres").set(username="stranger", password="none"))

    with pytest.raises(DatabaseProblem, match="Look at the user and the password in its address") as told:
        await migrate(engine)

    assert told.value.code == "database.not_let_in"
    await engine.dispose()


async def test_a_user_that_may_make_no_tables_is_told_about(
    postgres: str, with_next_step: Callable[[str], None]
) -> None:
    name = new_name()
    await run_outside(postgres, f"CREATE DATABASE {name}")
    engine = create_engine(f"{postgres}/{name}")
    with_next_step('op.execute("DO $$ BEGIN RAISE insufficient_privilege; END $$")')

    with pytest.raises(DatabaseProblem, match="the owner of the database") as told:
        await migrate(engine)

    assert told.value.code == "database.not_allowed"
    await engine.dispose()


async def test_by_hand_nothing_is_migrated_under_a_kindling_that_runs(
    engine: AsyncEngine, empty: str, with_next_step: Callable[[], None]
) -> None:
    await migrate(engine)
    with_next_step()
    by_hand = create_engine(empty)

    with at_work(engine):
        async with engine.connect():
            with pytest.raises(DatabaseProblem, match="one is running on it"):
                await migrate(by_hand, by_hand=True)
    await engine.dispose()

    assert await current_step(by_hand) == NEWEST
    assert await migrate(by_hand, by_hand=True)
    await by_hand.dispose()


def at_work(engine: AsyncEngine) -> AbstractContextManager[None]:
    """What keeps others out while a Kindling runs: on PostgreSQL, that it is connected."""
    return alone(Path(str(engine.url.database))) if engine.dialect.name == "sqlite" else nullcontext()

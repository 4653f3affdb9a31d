"""Fixtures: a migrated database of each kind, fresh for every test."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.prepared import a_migrated_file, in_a_loop_of_its_own
from tests.storage.postgres import NAMED, PROGRAMS, a_postgres, missing

KINDS = ["sqlite", "postgresql"]
_numbers = count()
_servers: list[str] = []
"""The server that was made, if one was."""
_ready: list[str] = []
"""Databases that were made and that nobody asked for yet."""
AT_ONCE = 4
"""How many are made with one connection: to connect takes as long as to make one."""
COPIES_FILES_SINCE = 15
"""The PostgreSQL that can be asked to."""
_session = f"kindling_test_{uuid4().hex[:10]}"
"""What the names of this session's databases begin with: others may use the same server."""


def new_name() -> str:
    """A name for a database that nobody else has."""
    return f"{_session}_{next(_numbers)}"


async def run_outside(address: str, *statements: str) -> None:
    """Statements that no transaction may hold, such as CREATE DATABASE."""
    engine = create_async_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


async def _make_template(address: str) -> None:
    await run_outside(address, f"CREATE DATABASE {_session}_template")
    database = Database(f"{address}/{_session}_template")
    await migrate(database.engine)
    await database.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server that has a migrated template.

    It is tests/conftest.py that imports this, and nobody else: whatever imports a fixture of a session has one of its
    own, and nine servers took longer to make than most of what was tested in them.
    """
    assert not _servers, "somebody imported `server`; `postgres` may be imported, and passes on the one there is"
    if why := missing():
        (pytest.fail if os.environ.get("KINDLING_REQUIRE_POSTGRES") else pytest.skip)(why)
    with _named(named) if (named := os.environ.get(NAMED, "")) else a_postgres() as address:
        _servers.append(address)
        in_a_loop_of_its_own(_make_template(address))
        yield address


@pytest.fixture
def postgres(server: str) -> str:
    """The address of the server, for whoever wants PostgreSQL alone."""
    return server


@contextmanager
def _named(address: str) -> Iterator[str]:
    """The server that somebody named; what was made there is gone at the end."""
    server = f"postgresql+asyncpg://{address.partition('://')[2].rstrip('/')}"
    try:
        in_a_loop_of_its_own(run_outside(server, "SELECT 1"))
    except (OSError, SQLAlchemyError) as error:
        pytest.fail(
            f"{NAMED} names a server that cannot be used: {error}. Write postgresql://user:password@127.0.0.1:5432, "
            "with a user who may make databases; it has to be on this computer.",
            pytrace=False,
        )
    yield server
    in_a_loop_of_its_own(_drop_all(server))


async def _drop_all(server: str) -> None:
    engine = create_async_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        made = text("SELECT datname FROM pg_database WHERE starts_with(datname, :session)")
        for name in (await connection.execute(made, {"session": _session})).scalars().all():
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    file = tmp_path_factory.mktemp("template") / "kindling.sqlite"
    file.write_bytes(a_migrated_file())
    return file


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated, empty database."""
    return await a_fresh(kind, request, tmp_path / "kindling.sqlite")


@pytest.fixture
async def another_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a second one, to compare with."""
    return await a_fresh(kind, request, tmp_path / "another.sqlite")


async def a_fresh(kind: str, request: pytest.FixtureRequest, file: Path) -> str:
    if kind == "sqlite":
        file.write_bytes(a_migrated_file())  # noqa: ASYNC240 -- a small file
        return f"sqlite+aiosqlite:///{file}"
    return await a_database(request.getfixturevalue("postgres"))


async def a_database(server: str) -> str:
    """The address of a migrated, empty database on a server."""
    if not _ready:
        _ready.extend(new_name() for _ in range(AT_ONCE))
        like = f"TEMPLATE {_session}_template{_strategy()}"
        await run_outside(server, *(f"CREATE DATABASE {name} {like}" for name in _ready))
    return f"{server}/{_ready.pop()}"


def _strategy() -> str:
    """On a server of ours, which waits for no disk, copying files is half the work of writing them into the log."""
    ours = not os.environ.get(NAMED) and PROGRAMS and int(PROGRAMS[0].parent.parent.name) >= COPIES_FILES_SINCE
    return " STRATEGY FILE_COPY" if ours else ""


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()

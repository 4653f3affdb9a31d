"""Fixtures: a migrated database of each kind, fresh for every test."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.storage.postgres import a_postgres, missing

KINDS = ["sqlite", "postgresql"]
_numbers = count()


def in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Run something to its end, whether or not a loop is running here."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()


async def run_outside(address: str, statement: str) -> None:
    """One statement that no transaction may hold, such as CREATE DATABASE."""
    engine = create_async_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def _make_template(address: str) -> None:
    await run_outside(address, "CREATE DATABASE template_of_tests")
    database = Database(f"{address}/template_of_tests")
    await migrate(database.engine)
    await database.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server that has a migrated template."""
    if why := missing():
        pytest.skip(why)
    with a_postgres() as address:
        in_a_loop_of_its_own(_make_template(address))
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    file = tmp_path_factory.mktemp("template") / "kindling.sqlite"

    async def make() -> None:
        database = Database(f"sqlite+aiosqlite:///{file}")
        await migrate(database.engine)
        await database.close()

    in_a_loop_of_its_own(make())
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
        file.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())  # noqa: ASYNC240 -- a small file
        return f"sqlite+aiosqlite:///{file}"
    address = request.getfixturevalue("postgres")
    name = f"test_{next(_numbers)}"
    await run_outside(address, f"CREATE DATABASE {name} TEMPLATE template_of_tests")
    return f"{address}/{name}"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()

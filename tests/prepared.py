"""What many tests begin with, made once by each process: a migrated SQLite file, the library that comes along, and the
SQL of its statements."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

from bot.ports import Library
from bot.runtime.library import built_in, load
from bot.storage import engine
from bot.storage.database import Database
from bot.storage.migrate import migrate

STATEMENTS = 5000
"""How many statements are remembered; a whole run of the tests has fewer."""


class Compiled(LRUCache[tuple[Any, ...], Any]):
    """What SQLAlchemy makes of a statement, for all engines of a kind. It makes it once by each engine otherwise, and
    nearly every test has one of its own: a fifth of their time went into writing the same SQL."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_of_its_kind(key), default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(_of_its_kind(key), value)


def _of_its_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """A key without the engine's own dialect, which is like every other of its name and driver."""
    dialect: Dialect = key[0]
    return (dialect.name, dialect.driver, *key[1:])


def remember_statements() -> None:
    """Let all engines that are made from now on share what they make of statements."""
    options = {"compiled_cache": Compiled(STATEMENTS)}
    engine.create_async_engine = partial(engine.create_async_engine, execution_options=options)
    engine.create_sync_engine = partial(engine.create_sync_engine, execution_options=options)


@cache
def the_library() -> Library:
    """The built-in packs. Nobody can change it, so everybody may have the same."""
    return load([built_in()])


def in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Run something to its end, whether or not a loop is running here."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, work).result()


@cache
def a_migrated_file() -> bytes:
    """What stands in a SQLite file that is migrated and has nothing in it. Most tests are not about migrating."""
    with TemporaryDirectory(prefix="kindling-template-") as folder:
        file = Path(folder) / "kindling.sqlite"

        async def make() -> None:
            database = Database(f"sqlite+aiosqlite:///{file}")
            await migrate(database.engine)
            await database.close()

        in_a_loop_of_its_own(make())
        return file.read_bytes()


def database_in(folder: Path) -> Database:
    """The database in a folder: a fresh one, or the one that was left there before."""
    file = folder / "kindling.sqlite"
    if not file.exists():
        file.write_bytes(a_migrated_file())
    return Database(f"sqlite+aiosqlite:///{file}")

"""What many tests begin with, made once by each process: a migrated SQLite file, and the library that comes along."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.ports import Library
from bot.runtime.library import built_in, load
from bot.storage.database import Database
from bot.storage.migrate import migrate


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

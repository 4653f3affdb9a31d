"""One process on a SQLite database: a second would open every connection a second time."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import DatabaseProblem
from bot.storage.engine import NAME


@contextmanager
def alone(database: Path) -> Generator[None]:
    """Be the only Kindling that runs on a database's file. Raises `DatabaseProblem` when another one does.

    What is held is a file beside it, which the system gives free when this process ends, however it ends.
    """
    beside = database.with_name(f"{database.name}.lock")
    beside.parent.mkdir(parents=True, exist_ok=True)
    with open(beside, "a+", opener=_not_elsewhere) as file:
        if os.geteuid() == 0:  # root restores for a service, which has to be able to hold it afterwards
            owner = (database if database.exists() else beside.parent).stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise DatabaseProblem(
                f"Kindling is running on {database} already, as process {file.read().strip() or 'unknown'}. Nothing "
                "was started a second time: stop that one first, or leave it to its work."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _not_elsewhere(name: str, flags: int) -> int:
    """Open no file that a link leads to: what root writes into is in this folder."""
    return os.open(name, flags | os.O_NOFOLLOW, 0o666)


async def refuse_company(engine: AsyncEngine) -> None:
    """Raise `DatabaseProblem` when another Kindling is connected to a PostgreSQL database."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()"
    )
    async with engine.connect() as connection:
        if (await connection.execute(others, {"name": NAME})).scalar_one():
            raise DatabaseProblem("Kindling is running on this database. Stop every process of it first.")

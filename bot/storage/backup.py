"""A SQLite database copied while others use it: whole and checked, or not at all."""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkstemp
from time import monotonic
from urllib.parse import quote

from bot.domain.errors import DatabaseProblem
from bot.storage.engine import BUSY_MILLISECONDS
from bot.storage.troubles import CORRUPT, told

Progress = Callable[[int, int], None]
"""Is told now and then how much is done, and of how much."""

PAGES_AT_A_TIME = 2_000
BESIDE = ("-journal", "-wal", "-shm")
"""What SQLite may keep beside a database's file."""


def unnoticed(_done: int, _whole: int) -> None:
    """Progress that nobody watches."""


def back_up(database: Path, to: Path, *, over: bool = False, progress: Progress = unnoticed) -> int:
    """Copy a database, which may be in use, into the file `to`; its size in bytes.

    The file appears when all of it is there and was checked. One that exists is replaced only with `over`.
    Only its owner may read it. Raises `DatabaseProblem`.
    """
    _refuse(database, to, over=over)
    with told("No backup was made."), part_of(to) as part:
        copy(in_use(database), part, progress)
        check(part, database)
        sync(part)
        part.replace(to)
        sync(to.parent)
        return to.stat().st_size


def _refuse(database: Path, to: Path, *, over: bool) -> None:
    """Say why a backup cannot go there, before anything is begun."""
    if not database.is_file():
        raise DatabaseProblem(f"There is no database at {database} yet, so there is nothing to back up.")
    if not to.parent.is_dir():
        raise DatabaseProblem(f"The folder {to.parent} is not there. Make it first, or name another.")
    if to.is_dir():
        raise DatabaseProblem(f"{to} is a folder. Name a file in it, such as {to / 'kindling-backup.sqlite'}.")
    if to.exists() and any(
        to.samefile(f"{database}{end}") for end in ("", *BESIDE) if Path(f"{database}{end}").exists()
    ):
        raise DatabaseProblem(f"{to} is the database itself. Name another file.")
    if to.exists() and not over:
        raise DatabaseProblem(f"{to} is there already. Name another file, or say --force to replace it.")


@contextmanager
def part_of(file: Path) -> Generator[Path]:
    """An empty file beside `file` to write into, which only its owner may read. Whatever is left of it is removed."""
    descriptor, name = mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
    finally:
        for end in ("", *BESIDE):
            Path(f"{part}{end}").unlink(missing_ok=True)


def in_use(file: Path) -> sqlite3.Connection:
    """A connection that only reads, from a database that others may be changing."""
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, isolation_level=None)


def reading(file: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even what lies beside the file."""
    alone = "" if Path(f"{file}-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"file:{quote(str(file))}?mode=ro{alone}", uri=True, isolation_level=None)


def copy(source: sqlite3.Connection, part: Path, progress: Progress = unnoticed) -> None:
    """Copy one state of a database into a single file, whatever others write meanwhile, and close it.

    The transaction keeps that state: without it, SQLite begins anew whenever somebody has written.
    """
    with closing(source), closing(sqlite3.connect(part)) as copied:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchall()
        source.backup(copied, pages=PAGES_AT_A_TIME, progress=lambda _, left, whole: progress(whole - left, whole))
        copied.execute("PRAGMA journal_mode = DELETE")


def check(copied: Path, original: Path) -> None:
    """Raise when a copy is damaged, which means that its original is."""
    with closing(reading(copied)) as connection:
        try:
            [(said,), *_] = connection.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as error:
            said = str(error)
    if said != "ok":
        raise DatabaseProblem(
            f"{original} is damaged ({said.splitlines()[0]}), so no copy of it can be trusted. Restore another backup, "
            "an earlier one, with `kindling restore`.",
            CORRUPT,
        )


def look(database: Path, seconds: float) -> None:
    """Raise `DatabaseProblem` when a database that may be in use is damaged, as far as that shows within `seconds`."""
    end = monotonic() + seconds
    with closing(in_use(database)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.set_progress_handler(lambda: monotonic() > end, 10_000)
        try:
            [(said,), *_] = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                return
            raise
    if said != "ok":
        raise DatabaseProblem(
            f"the database {database} is damaged ({said.splitlines()[0]}). Nothing was changed. Put a backup in its "
            "place with `kindling restore`.",
            CORRUPT,
        )


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A backup put in the place of a SQLite database: all of it or nothing, and with a way back."""

import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from bot.domain.errors import DatabaseProblem
from bot.storage.backup import Progress, check, copy, part_of, reading, sync, unnoticed
from bot.storage.troubles import LOCKED, code_of, told

OURS = {"alembic_version", "communities", "schedules", "occurrences", "deliveries"}
NOTHING_CHANGED = "Nothing was changed."


@contextmanager
def unpacked(backup: Path, database: Path, progress: Progress = unnoticed) -> Generator[Path]:
    """A checked copy of a backup, beside the database that it is going to replace. Raises `DatabaseProblem`."""
    if not backup.is_file():
        raise DatabaseProblem(f"There is no file {backup}. {NOTHING_CHANGED}")
    if database.exists() and backup.samefile(database):
        raise DatabaseProblem(f"{backup} is the database itself, so there is nothing to restore. {NOTHING_CHANGED}")
    with told(NOTHING_CHANGED), part_of(database) as part:
        _must_be_ours(backup)
        copy(reading(backup), part, progress)
        check(part, backup)
        yield part


def _must_be_ours(backup: Path) -> None:
    try:
        with closing(reading(backup)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise DatabaseProblem(f"{backup} is no SQLite database ({error}). {NOTHING_CHANGED}") from error
    if not names >= OURS:
        raise DatabaseProblem(f"{backup} is a database, but none of Kindling's. {NOTHING_CHANGED}")


def put_in_place(part: Path, database: Path, at: datetime) -> Path | None:
    """Let `part` be the database from now on; where the one from before is kept, if there was one.

    At every instant there is a whole database under the name: the old one or the new one.
    """
    with told(NOTHING_CHANGED):
        _single_file(part)
        _give_to_owner(part, database if database.exists() else database.parent)
        sync(part)
        kept = _kept(database, at) if database.exists() else None
        part.replace(database)
        sync(database.parent)
        return kept


def _kept(database: Path, at: datetime) -> Path:
    """A second name for the database as it is.

    One that is damaged, which may be why somebody restores, is kept untouched with what SQLite has beside it:
    opening it may throw that away, so it has its second name before.
    """
    kept, log = database.with_name(f"{database.name}.before-restore-{at:%Y%m%dT%H%M%SZ}"), Path(f"{database}-wal")
    _second_name(database, kept)
    if log.exists():
        _second_name(log, Path(f"{kept}-wal"))
    try:
        _single_file(database)
    except sqlite3.DatabaseError as error:
        if code_of(error) == LOCKED:
            for name in (kept, Path(f"{kept}-wal")):
                name.unlink(missing_ok=True)
            raise
        log.unlink(missing_ok=True)
    else:
        Path(f"{kept}-wal").unlink(missing_ok=True)
        if not kept.samefile(database):
            shutil.copy2(database, kept)
    Path(f"{database}-shm").unlink(missing_ok=True)
    return kept


def _second_name(file: Path, name: Path) -> None:
    try:
        os.link(file, name)
    except OSError:  # a file system without second names
        shutil.copy2(file, name)


def _single_file(database: Path) -> None:
    """Fold what lies beside a database into it. Raises when anybody else has it open."""
    with closing(sqlite3.connect(database, timeout=1, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()


def _give_to_owner(part: Path, owner: Path) -> None:
    """Let whoever could use the old file use the new one, also when root restores for a service."""
    if owner.is_file():
        shutil.copymode(owner, part)
    if os.geteuid() == 0:
        shutil.chown(part, owner.stat().st_uid, owner.stat().st_gid)

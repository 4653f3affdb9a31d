"""Copies of a SQLite database in use, and what puts them back."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.errors import DatabaseProblem
from bot.storage import backup
from bot.storage.backup import back_up
from bot.storage.restore import put_in_place, unpacked

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Path:
    """A database of Kindling's with enough in it to be copied in several steps."""
    file = tmp_path / "kindling.sqlite"
    file.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN")
        for number in range(2_000):
            connection.execute(
                "INSERT INTO communities (id, seed, tone, language, plan, paused_until, created_at) "
                "VALUES (?, 'seed', 'community', 'en', 'plan', NULL, '2026-11-23 08:00:00')",
                (f"community-{number}",),
            )
        connection.execute("COMMIT")
    return file


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "PAGES_AT_A_TIME", 5)


@pytest.fixture
def others(database: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else's connection."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        yield connection


def plans(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {plan for (plan,) in connection.execute("SELECT plan FROM communities")}


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()} - {"kindling.sqlite", "kindling.sqlite-wal", "kindling.sqlite-shm"}


def test_a_backup_has_one_state_though_somebody_writes_between_all_its_steps(
    database: Path, tmp_path: Path, others: sqlite3.Connection, small_steps: None
) -> None:
    steps: list[tuple[int, int]] = []

    def write(done: int, whole: int) -> None:
        steps.append((done, whole))
        others.execute("UPDATE communities SET plan = ?", (f"plan {len(steps)}",))

    back_up(database, tmp_path / "copy.sqlite", progress=write)

    assert plans(tmp_path / "copy.sqlite") == {"plan"}
    assert len(plans(database)) == 1 != plans(database) != {"plan"}
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1][0] == steps[-1][1]


def test_without_a_transaction_sqlite_would_begin_anew_at_every_write(
    database: Path, tmp_path: Path, others: sqlite3.Connection
) -> None:
    steps: list[int] = []

    def write(_: int, left: int, whole: int) -> None:
        steps.append(whole - left)
        if len(steps) < 20:
            others.execute("UPDATE communities SET plan = ?", (f"plan {len(steps)}",))

    with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(tmp_path / "copy.sqlite")) as new:
        old.backup(new, pages=5, progress=write)

    assert steps[:20] == [5] * 20


def test_a_backup_is_one_file_that_only_its_owner_may_read(database: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        size = back_up(database, tmp_path / "copy.sqlite")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "copy.sqlite").stat().st_mode) == 0o600
    assert (tmp_path / "copy.sqlite").stat().st_size == size > 100_000
    assert files(tmp_path) == {"copy.sqlite"}


def test_a_backup_that_breaks_off_leaves_nothing(database: Path, tmp_path: Path, small_steps: None) -> None:
    def break_off(done: int, _: int) -> None:
        if done > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(database, tmp_path / "copy.sqlite", progress=break_off)

    assert files(tmp_path) == set()


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copy.write_text("a letter")

    with pytest.raises(DatabaseProblem, match=r"is there already.*--force"):
        back_up(database, copy)
    kept = copy.read_text()
    back_up(database, copy, over=True)

    assert kept == "a letter"
    assert plans(copy) == {"plan"}


@pytest.mark.parametrize("name", ["kindling.sqlite", "kindling.sqlite-wal", "link"])
def test_the_database_itself_is_never_replaced(
    database: Path, tmp_path: Path, name: str, others: sqlite3.Connection
) -> None:
    others.execute("UPDATE communities SET plan = 'new'")
    (tmp_path / "link").symlink_to(database)

    with pytest.raises(DatabaseProblem, match="is the database itself"):
        back_up(database, tmp_path / name, over=True)

    assert plans(database) == {"new"}


def test_what_is_missing_is_told(database: Path, tmp_path: Path) -> None:
    with pytest.raises(DatabaseProblem, match=r"The folder .*nowhere is not there"):
        back_up(database, tmp_path / "nowhere" / "copy.sqlite")
    with pytest.raises(DatabaseProblem, match=r"is a folder\. Name a file in it"):
        back_up(database, tmp_path)
    with pytest.raises(DatabaseProblem, match="There is no database"):
        back_up(tmp_path / "none.sqlite", tmp_path / "copy.sqlite")


def damage(file: Path) -> None:
    """Garbage in the file's middle, as a dying disk leaves it."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size // 2 // 4096 * 4096)
        opened.write(b"\xa5" * 16_384)


def test_a_damaged_database_makes_no_backup(database: Path, tmp_path: Path) -> None:
    damage(database)

    with pytest.raises(DatabaseProblem, match="is damaged"):
        back_up(database, tmp_path / "copy.sqlite")

    assert files(tmp_path) == set()


def restore(file: Path, database: Path) -> Path | None:
    with unpacked(file, database) as part:
        return put_in_place(part, database, AT)


def test_a_restored_database_is_the_backup_and_the_one_from_before_is_kept(
    database: Path, tmp_path: Path, others: sqlite3.Connection
) -> None:
    back_up(database, tmp_path / "copy.sqlite")
    others.execute("UPDATE communities SET plan = 'since'")
    others.close()

    kept = restore(tmp_path / "copy.sqlite", database)

    assert kept == tmp_path / "kindling.sqlite.before-restore-20261123T080000Z"
    assert (plans(database), plans(kept)) == ({"plan"}, {"since"})
    assert files(tmp_path) == {"copy.sqlite", kept.name}


def test_a_restore_can_be_undone(database: Path, tmp_path: Path, others: sqlite3.Connection) -> None:
    back_up(database, tmp_path / "copy.sqlite")
    others.execute("UPDATE communities SET plan = 'since'")
    others.close()
    kept = restore(tmp_path / "copy.sqlite", database)
    assert kept is not None

    with unpacked(kept, database) as part:
        put_in_place(part, database, AT.replace(minute=1))

    assert plans(database) == {"since"}


def test_a_damaged_database_is_replaced_and_kept_as_it_is_with_what_lies_beside_it(
    database: Path, tmp_path: Path
) -> None:
    back_up(database, tmp_path / "copy.sqlite")
    database.write_bytes(b"no database any more")
    (tmp_path / "kindling.sqlite-wal").write_bytes(b"its journal")

    kept = restore(tmp_path / "copy.sqlite", database)

    assert plans(database) == {"plan"}
    assert kept is not None
    assert kept.read_bytes() == b"no database any more"
    assert Path(f"{kept}-wal").read_bytes() == b"its journal"


def test_a_database_that_a_program_has_open_is_not_replaced(
    database: Path, tmp_path: Path, others: sqlite3.Connection
) -> None:
    back_up(database, tmp_path / "copy.sqlite")
    others.execute("UPDATE communities SET plan = 'since'")

    with pytest.raises(DatabaseProblem, match=r"locked\. Nothing was changed"):
        restore(tmp_path / "copy.sqlite", database)

    assert plans(database) == {"since"}
    assert files(tmp_path) == {"copy.sqlite"}


def test_what_is_no_backup_is_refused(database: Path, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("a letter, not a database. " * 100)
    with closing(sqlite3.connect(tmp_path / "foreign")) as connection:
        connection.execute("CREATE TABLE songs (title)")
    back_up(database, tmp_path / "damaged")
    damage(tmp_path / "damaged")

    for name, why in {
        "nowhere": "There is no file",
        "letter": "is no SQLite database",
        "foreign": "none of Kindling's",
        "damaged": "is damaged",
        "kindling.sqlite": "is the database itself",
    }.items():
        with pytest.raises(DatabaseProblem, match=why):
            restore(tmp_path / name, database)

    assert plans(database) == {"plan"}
    assert files(tmp_path) == {"letter", "foreign", "damaged"}


def test_a_backup_in_a_folder_that_cannot_be_written_is_restored(database: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    back_up(database, shelf / "copy.sqlite")
    before = (shelf / "copy.sqlite").stat().st_mtime_ns
    shelf.chmod(0o500)
    try:
        restore(shelf / "copy.sqlite", database)
    finally:
        shelf.chmod(0o700)

    assert [file.name for file in shelf.iterdir()] == ["copy.sqlite"]
    assert (shelf / "copy.sqlite").stat().st_mtime_ns == before

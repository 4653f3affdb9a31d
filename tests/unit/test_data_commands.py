"""`kindling backup` and `kindling restore`, as somebody types them."""

import fcntl
import resource
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.storage.alone import alone
from tests.acceptance.running import command, surroundings
from tests.storage.databases import sqlite_template

__all__ = ["sqlite_template"]
SECRET = "correct-horse"


@pytest.fixture
def config(tmp_path: Path, sqlite_template: Path) -> Path:
    """The configuration of a Kindling that has a database."""
    (tmp_path / "config.toml").write_text('[data]\nfolder = "."\n')
    (tmp_path / "kindling.sqlite").write_bytes(sqlite_template.read_bytes())
    return tmp_path / "config.toml"


def kindling(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)])


def test_a_backup_says_where_it_is_and_how_large(config: Path) -> None:
    told = kindling(config, "backup", str(config.parent / "copy.sqlite"))

    assert told.exit_code == 0
    assert f"{config.parent / 'copy.sqlite'} (" in told.output
    assert " kB), whole and checked" in told.output


@pytest.mark.parametrize(
    "words", [("backup", "copy.sqlite"), ("migrate",), ("preview",), ("preview", "--html", "w.html")]
)
def test_what_needs_no_platform_needs_no_token(
    config: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(config.parent)
    config.write_text('[data]\nfolder = "."\n[adapters.discord]\n[adapters.slack]\n')

    told = kindling(config, *words)

    assert (told.exit_code, "TOKEN" in told.output) == (0, False)


def test_a_token_that_is_not_needed_is_not_complained_about(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINDLING_DISCORD_TOKEN", SECRET)

    told = kindling(config, "backup", str(config.parent / "copy.sqlite"))

    assert (told.exit_code, "KINDLING_DISCORD_TOKEN" in told.output) == (0, False)


def test_a_backup_over_a_file_needs_a_word(config: Path) -> None:
    (config.parent / "copy.sqlite").write_text("a letter")

    refused = kindling(config, "backup", str(config.parent / "copy.sqlite"))
    forced = kindling(config, "backup", str(config.parent / "copy.sqlite"), "--force")

    assert (refused.exit_code, "is there already" in refused.output) == (1, True)
    assert forced.exit_code == 0


def test_a_disk_without_room_is_told_in_a_sentence_and_nothing_is_left(config: Path) -> None:
    done = subprocess.run(  # noqa: S603 -- our own words
        command("backup", "copy.sqlite", "--config", str(config)),
        cwd=config.parent,
        env=surroundings({}),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "No backup was made. " in done.stderr
    assert "room" in done.stderr
    assert "Traceback" not in done.stderr
    assert [file.name for file in config.parent.glob("copy*")] == []


def test_for_postgresql_the_command_is_told_without_the_password(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[database]\nurl = "postgresql://kindling:{SECRET}@db.example:5433/wall?sslmode=require"\n'
    )

    backup = kindling(tmp_path / "config.toml", "backup", str(tmp_path / "copy"))
    restore = kindling(tmp_path / "config.toml", "restore", str(tmp_path / "copy"))

    address = "postgresql://kindling@db.example:5433/wall?sslmode=require"
    assert (backup.exit_code, restore.exit_code) == (1, 1)
    assert f"pg_dump --format=custom --file={tmp_path / 'copy'} '--dbname={address}'" in backup.output
    assert f"pg_restore --clean --if-exists '--dbname={address}' {tmp_path / 'copy'}" in restore.output
    assert f"kindling restore --already-in-place --config {tmp_path / 'config.toml'}" in restore.output
    assert SECRET not in backup.output + restore.output


def test_a_restore_says_how_to_undo_it_and_undoing_works(config: Path) -> None:
    kindling(config, "backup", str(config.parent / "copy.sqlite"))
    with closing(sqlite3.connect(config.parent / "kindling.sqlite")) as connection:
        connection.execute("CREATE TABLE since (id)")

    told = kindling(config, "restore", str(config.parent / "copy.sqlite"))
    without = names(config.parent / "kindling.sqlite")
    [undo] = [line for line in told.output.splitlines() if "To undo this" in line]
    undone = kindling(config, "restore", undo.split()[-1])

    assert f"kindling restore --config {config} " in undo
    assert (told.exit_code, undone.exit_code) == (0, 0)
    assert "since" not in without
    assert "since" in names(config.parent / "kindling.sqlite")
    assert "No card is due now" in told.output


def with_a_place(config: Path) -> Path:
    """A backup of a database that has one place, `old`."""
    with closing(sqlite3.connect(config.parent / "kindling.sqlite")) as connection:
        about = "INSERT INTO communities (id, seed, tone, language, plan, created_at) VALUES "
        connection.execute(about + "('c', 's', 'community', 'en', 'kindling.widening', '2026-11-23 07:00:00')")
        connection.execute("INSERT INTO spaces (id, community_id, platform, key) VALUES ('old', 'c', 'discord', '1')")
        connection.commit()
    kindling(config, "backup", str(config.parent / "copy.sqlite"))
    return config.parent / "copy.sqlite"


def places(config: Path) -> list[str]:
    with closing(sqlite3.connect(config.parent / "kindling.sqlite")) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM spaces")]


def test_a_place_that_was_erased_since_the_backup_is_gone_once_it_is_restored(config: Path) -> None:
    copy = with_a_place(config)
    before = kindling(config, "restore", str(copy))
    kept = places(config)
    (config.parent / "kindling.sqlite.erased").write_text("# Places.\nold 2026-11-24\nanother 2026-11-25\n")

    told = kindling(config, "restore", str(copy))

    assert ("were erased" in before.output or "was erased" in before.output, kept) == (False, ["1"])
    assert told.exit_code == 0
    assert "1 place of the backup was erased since by its own moderators" in " ".join(told.output.split())
    assert places(config) == []


def test_the_id_of_a_place_that_was_erased_can_be_named(config: Path) -> None:
    copy = with_a_place(config)

    told = kindling(config, "restore", str(copy), "--erased", "old", "--erased", "another")

    assert (told.exit_code, places(config)) == (0, [])
    assert "old " in (config.parent / "kindling.sqlite.erased").read_text()


def names(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def test_the_copy_that_an_upgrade_leaves_can_be_restored(config: Path) -> None:
    database = config.parent / "kindling.sqlite"
    before_the_step = config.parent / "kindling.sqlite.before-0001"
    kindling(config, "backup", str(before_the_step))
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    too_new = kindling(config, "migrate")
    told = kindling(config, "restore", str(before_the_step))

    assert "newer" in too_new.output
    assert told.exit_code == 0
    assert kindling(config, "migrate").output == "The database was up to date already.\n"


def test_a_backup_of_a_newer_kindling_is_refused_and_nothing_changes(config: Path) -> None:
    copy, database = config.parent / "copy.sqlite", config.parent / "kindling.sqlite"
    kindling(config, "backup", str(copy))
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = database.read_bytes()

    told = kindling(config, "restore", str(copy))

    assert (told.exit_code, "used by a newer" in told.output) == (1, True)
    assert database.read_bytes() == before
    assert list(config.parent.glob("*.before-*")) == []


@pytest.mark.parametrize("words", [["copy.sqlite"], ["--already-in-place"]])
def test_nothing_is_restored_while_kindling_runs(config: Path, words: list[str]) -> None:
    kindling(config, "backup", str(config.parent / "copy.sqlite"))
    words = [str(config.parent / word) if word == "copy.sqlite" else word for word in words]

    with (config.parent / "kindling.sqlite.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = kindling(config, "restore", *words)

    assert (told.exit_code, "Stop it, restore, and start it again" in told.output) == (1, True)


def test_a_restore_wants_a_file_or_the_word_that_it_is_done(config: Path) -> None:
    neither = kindling(config, "restore")
    both = kindling(config, "restore", str(config), "--already-in-place")
    done = kindling(config, "restore", "--already-in-place")

    assert (neither.exit_code, both.exit_code, done.exit_code) == (1, 1, 0)
    assert "not both" in both.output


def test_a_restore_without_a_database_before_makes_it(config: Path) -> None:
    kindling(config, "backup", str(config.parent / "copy.sqlite"))
    (config.parent / "kindling.sqlite").unlink()

    told = kindling(config, "restore", str(config.parent / "copy.sqlite"))

    assert told.exit_code == 0
    assert "deliveries" in names(config.parent / "kindling.sqlite")
    assert "from before" not in told.output


@pytest.mark.parametrize("name", ["migrate", "doctor", "preview"])
def test_a_damaged_database_is_told_by_every_command_and_stays_as_it_is(config: Path, name: str) -> None:
    database = config.parent / "kindling.sqlite"
    with database.open("r+b") as opened:
        opened.seek(8192)
        opened.write(b"\xa5" * 60_000)
    before = database.read_bytes()

    told = kindling(config, name)

    assert (told.exit_code, "kindling restore" in told.output, "Traceback" in told.output) == (1, True, False)
    assert database.read_bytes() == before


def test_a_database_that_another_program_holds_is_told_by_the_doctor(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)
    monkeypatch.setattr("bot.storage.backup.BUSY_MILLISECONDS", 20)
    with closing(sqlite3.connect(config.parent / "kindling.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")

        told = kindling(config, "doctor")

    assert (told.exit_code, "If another program holds it" in told.output) == (1, True)


@pytest.mark.parametrize("name", ["migrate", "doctor", "preview"])
def test_a_database_is_not_brought_up_to_date_under_a_kindling_that_runs(config: Path, name: str) -> None:
    database = config.parent / "kindling.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    before = database.read_bytes()

    with alone(database):
        told = kindling(config, name)

    assert (told.exit_code, "one is running on it. Stop it first" in told.output) == (1, True)
    assert database.read_bytes() == before


@pytest.mark.parametrize("name", ["migrate", "preview"])
def test_what_is_up_to_date_can_be_looked_at_while_kindling_runs(config: Path, name: str) -> None:
    with alone(config.parent / "kindling.sqlite"):
        assert kindling(config, name).exit_code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_is_stopped_says_so_and_leaves_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr("bot.storage.backup.check", lambda *_: signal.raise_signal(number))

    told = kindling(config, "backup", str(config.parent / "copy.sqlite"))

    assert (told.exit_code, told.output) == (130, "Stopped. No backup was made.\n")
    assert list(config.parent.glob("copy*")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_restore_that_is_stopped_says_so_and_changes_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    kindling(config, "backup", str(config.parent / "copy.sqlite"))
    before = (config.parent / "kindling.sqlite").read_bytes()
    monkeypatch.setattr("bot.storage.restore.check", lambda *_: signal.raise_signal(number))

    told = kindling(config, "restore", str(config.parent / "copy.sqlite"))

    assert (told.exit_code, told.output) == (130, "Stopped. Nothing was changed.\n")
    assert (config.parent / "kindling.sqlite").read_bytes() == before
    assert list(config.parent.glob("*.part*")) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_restore_that_takes_its_place_is_done_to_the_end(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    kindling(config, "backup", str(config.parent / "copy.sqlite"))
    monkeypatch.setattr("bot.storage.restore.sync", lambda _: signal.raise_signal(number))

    told = kindling(config, "restore", str(config.parent / "copy.sqlite"))

    assert (told.exit_code, f"in the place of {config.parent / 'kindling.sqlite'}." in told.output) == (0, True)


def test_a_copy_between_databases_that_is_stopped_says_so(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.storage.copying._must_be_empty", lambda *_: signal.raise_signal(signal.SIGTERM))

    told = kindling(config, "migrate-data", "--to", f"sqlite:///{config.parent / 'other.sqlite'}")

    assert (told.exit_code, "Stopped. Nothing was copied" in told.output) == (130, True)
    with closing(sqlite3.connect(config.parent / "other.sqlite")) as other:
        assert other.execute("SELECT count(*) FROM communities").fetchall() == [(0,)]


def test_a_database_that_cannot_be_written_is_found_by_the_doctor(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)
    with closing(sqlite3.connect(config.parent / "kindling.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # who reads comes by, and who writes does not

        told = kindling(config, "doctor")

    assert (told.exit_code, "The database cannot be used" in told.output) == (1, True)


def test_all_data_is_copied_with_a_verdict_for_each_table(config: Path) -> None:
    told = kindling(config, "migrate-data", "--to", f"sqlite:///{config.parent / 'other.sqlite'}")
    again = kindling(config, "migrate-data", "--from", f"sqlite:///{config.parent / 'none.sqlite'}")

    assert told.exit_code == 0
    assert "0  deliveries  (000000000000 on both sides)" in told.output
    assert "every row is the same on both sides" in told.output
    assert (again.exit_code, "There is no database" in again.output) == (1, True)


def test_an_address_that_cannot_be_read_is_told_without_its_password(config: Path) -> None:
    bad = kindling(config, "migrate-data", "--to", f"postgresql://kindling:{SECRET}@host:port/name")
    down = kindling(config, "migrate-data", "--to", f"postgresql://kindling:{SECRET}@127.0.0.1:1/name")

    assert (bad.exit_code, down.exit_code) == (2, 1)
    assert "Look whether the database server runs" in down.output
    assert SECRET not in bad.output + down.output


@pytest.mark.parametrize(
    ("from_", "to", "sentence"),
    [
        ("kindling.sqlite", "no/such/folder.sqlite", "is not there"),
        ("kindling.sqlite", "letter.txt", "not a database"),
        ("letter.txt", "other.sqlite", "not a database"),
        ("stamps.sqlite", "other.sqlite", "none of Kindling's"),
        ("none.sqlite", "other.sqlite", "There is no database"),
    ],
)
def test_a_wrong_address_leaves_nothing_behind(config: Path, from_: str, to: str, sentence: str) -> None:
    folder = config.parent
    (folder / "letter.txt").write_text("Dear Ben, " * 100)
    with closing(sqlite3.connect(folder / "stamps.sqlite")) as connection:
        connection.execute("CREATE TABLE stamps (id)")
    before = sorted(folder.iterdir())

    told = kindling(config, "migrate-data", "--from", f"sqlite:///{folder / from_}", "--to", f"sqlite:///{folder / to}")

    assert (told.exit_code, sentence in " ".join(told.output.split())) == (1, True)
    assert sorted(folder.iterdir()) == before


def test_a_server_that_is_not_there_leaves_nothing_behind(config: Path) -> None:
    before = sorted(config.parent.iterdir())

    told = kindling(config, "migrate-data", "--to", "postgresql://kindling@127.0.0.1:1/name")

    assert told.exit_code == 1
    assert sorted(config.parent.iterdir()) == before


def test_nothing_is_copied_from_a_database_into_itself(config: Path) -> None:
    told = kindling(config, "migrate-data", "--to", f"sqlite:///{config.parent / 'kindling.sqlite'}")

    assert (told.exit_code, "the same database" in told.output) == (1, True)

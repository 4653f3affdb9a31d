"""Roles and shards, as an operator asks for them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import Shards
from bot.cli import app
from bot.cli.sharing import read_shards, shared
from bot.domain.errors import DatabaseProblem
from bot.settings import BadSettings, Role, Settings, load
from bot.storage.alone import alone

POSTGRESQL = {"KINDLING_DATABASE_URL": "postgresql://kindling@127.0.0.1/kindling"}


def settings(folder: Path, **environment: str) -> Settings:
    config = folder / "config.toml"
    config.write_text("")
    return load(config, environment, {})


@pytest.mark.parametrize(
    ("text", "count", "shards"),
    [
        ("", 0, None),
        ("", 3, Shards((0, 1, 2), 3)),
        ("0,1", 4, Shards((0, 1), 4)),
        (" 3, 1 ,3", 4, Shards((1, 3), 4)),
    ],
)
def test_shards_are_read(text: str, count: int, shards: Shards | None) -> None:
    assert read_shards(text, count) == shards


@pytest.mark.parametrize(
    ("text", "count", "cure"),
    [
        ("0,1", 0, "--shard-count 4"),
        ("4", 4, "the last one is 3"),
        ("-1", 4, "commas"),
        ("0,", 4, "commas"),
        ("one", 4, "commas"),
        ("²", 4, "commas"),
    ],
)
def test_shards_that_cannot_be_are_refused_with_a_cure(text: str, count: int, cure: str) -> None:
    with pytest.raises(ValueError, match=cure):
        read_shards(text, count)


def test_a_role_comes_from_the_option_before_the_settings(tmp_path: Path) -> None:
    known = settings(tmp_path, **POSTGRESQL, KINDLING_RUN_ROLE="worker")

    assert shared(known, None, "", 0)[0].run.role is Role.WORKER
    assert shared(known, Role.LISTENER, "", 0)[0].run.role is Role.LISTENER


def test_all_that_is_wrong_with_roles_and_shards_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as told:
        shared(settings(tmp_path), Role.WORKER, "9", 4)

    said = str(told.value)
    assert "share a PostgreSQL database" in said
    assert "Shards are for listeners" in said
    assert "the last one is 3" in said


def test_a_role_that_sqlite_cannot_have_ends_the_command(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[adapters.web]\n")

    told = CliRunner().invoke(app, ["run", "--config", str(config), "--role", "listener"])

    assert (told.exit_code, "one process that does everything" in told.output) == (2, True)


def test_a_second_kindling_on_a_file_is_refused_with_the_first_ones_number(tmp_path: Path) -> None:
    database = tmp_path / "data" / "kindling.sqlite"
    holding = (
        "import sys; from pathlib import Path; from bot.storage.alone import alone\n"
        "with alone(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(  # noqa: S603 -- a real second process
        [sys.executable, "-c", holding, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"

        with pytest.raises(DatabaseProblem, match=rf"already, as process {other.pid}\."), alone(database):
            pass

        other.kill()  # not even a chance to give it back
    with alone(database):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_root_held_can_be_held_by_the_service_afterwards(tmp_path: Path) -> None:
    database = tmp_path / "kindling.sqlite"
    database.touch()
    os.chown(database, 12345, 12345)

    with alone(database):
        pass

    beside = tmp_path / "kindling.sqlite.lock"
    assert (beside.stat().st_uid, beside.stat().st_gid) == (12345, 12345)


def test_what_is_held_is_never_a_file_somewhere_else(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    (tmp_path / "kindling.sqlite.lock").symlink_to(elsewhere)

    with pytest.raises(OSError, match="symbolic link"), alone(tmp_path / "kindling.sqlite"):
        pass

    assert elsewhere.read_text() == "precious"

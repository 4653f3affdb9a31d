import json
import subprocess
import sys
from asyncio import to_thread
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.runtime.vault import vault
from tests.core.village import a_village, set_up


def kindling(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_playground_does_not_touch_the_data_of_a_kindling_that_runs(tmp_path: Path) -> None:
    config, data = tmp_path / "config.toml", tmp_path / "data"
    config.write_text("")
    kindling("migrate", "--config", str(config))
    before = (data / "kindling.sqlite").read_bytes()

    told = kindling("demo", "--fresh", "--data", str(data))

    assert (told.exit_code, "not the playground's" in told.output) == (1, True)
    assert [file.name for file in data.iterdir()] == ["kindling.sqlite"]
    assert (data / "kindling.sqlite").read_bytes() == before


def test_what_stands_in_a_pack_moves_no_terminal_about(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('format = 1\n"\\u001b]0;owned\\u0007\\u009b2J\\u202e" = 1\n')

    told = kindling("packs", "check", str(tmp_path))

    assert "owned" in told.output
    assert not set(told.output) & set("\x1b\x07\x9b\u202e")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", json.dumps({"ahead_seconds": 1e15})])
def test_a_clock_that_cannot_be_read_is_told_with_a_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "clock.json").write_text(content)

    told = kindling("demo", "--data", str(tmp_path))

    assert (told.exit_code, "Start with --fresh" in told.output) == (1, True)


def test_a_room_that_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "playground.sqlite").write_bytes(b"not a database" * 100)

    told = kindling("demo", "--data", str(tmp_path), "--port", "0")

    assert (told.exit_code, "Move it away and start again" in told.output) == (1, True)


@pytest.mark.parametrize("command", ["migrate", "preview"])
def test_a_data_folder_that_is_none_is_told_in_a_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "data").write_text("a file")
    (tmp_path / "config.toml").write_text("")

    told = kindling(command, "--config", str(tmp_path / "config.toml"))

    assert (told.exit_code, f"{tmp_path / 'data'} cannot be used" in told.output) == (1, True)


async def test_the_cards_that_are_coming_are_drawn_as_each_platform_shows_them(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
    config, page = tmp_path / "config.toml", tmp_path / "week.html"
    config.write_text('[data]\nfolder = "."\n')

    told = await to_thread(kindling, "preview", "--config", str(config), "--html", str(page))
    everywhere = page.read_text("utf-8")
    await to_thread(kindling, "preview", "--config", str(config), "--html", str(page), "--as", "slack")
    on_slack = page.read_text("utf-8")
    strange = await to_thread(kindling, "preview", "--config", str(config), "--html", str(page), "--as", "letters")

    assert told.exit_code == 0
    assert everywhere.count("As Discord shows it") == everywhere.count("As Slack shows it") > 0
    assert everywhere.count("As Slack shows it") == on_slack.count("As Slack shows it") > on_slack.count("As Discord")
    assert "<h2>letters:village, " in everywhere
    assert (strange.exit_code, "these can: discord, slack" in strange.output) == (1, True)
    assert page.read_text("utf-8") == on_slack


async def test_a_page_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
    (tmp_path / "config.toml").write_text('[data]\nfolder = "."\n')

    told = await to_thread(kindling, "preview", "--config", str(tmp_path / "config.toml"), "--html", str(tmp_path))

    assert (told.exit_code, "cannot be used" in told.output) == (1, True)


def test_ctrl_c_while_it_begins_ends_it_without_a_traceback() -> None:
    program = (
        "from bot import __main__ as begun\n"
        "def stopped():\n    raise KeyboardInterrupt\n"
        "begun.imported = stopped\n"
        "begun.main()"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 -- our own words

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_new_secret_key_can_be_used_at_once_and_is_another_each_time() -> None:
    first, second = (kindling("secret", "new").output.strip() for _ in range(2))

    assert vault([first]).unseal(vault([first]).seal("t")) == "t"
    assert first != second

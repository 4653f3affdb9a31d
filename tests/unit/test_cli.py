import json
import subprocess
import sys
from asyncio import to_thread
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.cli.errands import examine
from bot.runtime.library import built_in
from bot.runtime.vault import vault
from bot.settings import load
from bot.storage.migrate import newest_step
from tests.core.village import a_village, set_up
from tests.house import StillClock


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


def test_while_nothing_is_set_up_no_page_is_written(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")

    told = kindling("preview", "--config", str(tmp_path / "config.toml"), "--html", str(tmp_path / "week.html"))

    assert (told.exit_code, "Nothing is set up yet" in told.output) == (0, True)
    assert not (tmp_path / "week.html").exists()


@pytest.mark.parametrize("more", [(), ("--html", "week.html")])
async def test_a_place_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path, more: tuple[str, ...]) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
    (tmp_path / "config.toml").write_text('[data]\nfolder = "."\n')
    config = str(tmp_path / "config.toml")

    told = await to_thread(kindling, "preview", "--config", config, "--space", "letters:vilage", *more)
    shown = await to_thread(kindling, "preview", "--config", config, "--space", "letters:village")

    assert (told.exit_code, "Name one of these, or none: letters:village." in told.output) == (1, True)
    assert (shown.exit_code, "letters:village" in shown.output) == (0, True)


def test_it_says_which_version_it_is_and_at_which_step_its_database_is() -> None:
    told = kindling("--version")

    assert (told.exit_code, f"(database step {newest_step()}, " in told.output) == (0, True)


def test_help_has_a_short_name_everywhere() -> None:
    assert [kindling(*words, "-h").exit_code for words in ((), ("run",), ("packs", "check"))] == [0, 0, 0]


def test_ctrl_c_while_it_begins_ends_it_without_a_traceback() -> None:
    program = (
        "from bot import __main__ as begun\n"
        "def stopped():\n    raise KeyboardInterrupt\n"
        "begun.imported = stopped\n"
        "begun.main()"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 -- our own words

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_it_is_told_which_configuration_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "here"))
    without = kindling(command)
    (tmp_path / "config.toml").write_text("")
    with_one = kindling(command)

    assert "There is no config.toml in this folder" in without.output
    assert f"The configuration is {tmp_path / 'config.toml'}." in with_one.output


@pytest.mark.parametrize(("year", "good"), [(1970, False), (2026, True)])
async def test_a_clock_that_was_never_set_is_found_by_the_doctor(tmp_path: Path, year: int, good: bool) -> None:
    (tmp_path / "config.toml").write_text("")
    settings = load(tmp_path / "config.toml", {}, {})

    findings = await examine(settings, {}, StillClock(datetime(year, 1, 1, 12, 30, tzinfo=UTC)))

    [clock] = [finding for finding in findings if finding.code == "clock"]
    assert clock.good is good
    assert f"{year}-01-01 12:30 UTC" in clock.sentence


@pytest.mark.parametrize("command", ["check", "doctor"])
@pytest.mark.parametrize(("language", "lacks"), [("fr", True), ("en-GB", False)])
def test_a_language_that_no_pack_is_in_is_told(
    tmp_path: Path,
    command: str,
    language: str,
    lacks: bool,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[prompts]\nlanguage = "{language}"\n')

    told = kindling(command, "--config", str(config))

    assert (f"No pack is in the language {language}, so cards come in English" in told.output) is lacks
    assert told.exit_code == 1 or not lacks


@pytest.mark.parametrize("command", ["check", "register"])
def test_a_folder_of_packs_that_is_not_there_is_told(tmp_path: Path, command: str) -> None:
    told = kindling("packs", command, str(tmp_path / "none"))

    assert (told.exit_code, "There is no such folder" in told.output) == (1, True)


def test_a_register_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    pack = (built_in() / "en" / "strengths.toml").read_text("utf-8")
    (tmp_path / "strengths.toml").write_text(pack, "utf-8")
    (tmp_path / "ids.txt").mkdir()

    told = kindling("packs", "register", str(tmp_path))

    assert (told.exit_code, f"{tmp_path / 'ids.txt'} cannot be used" in told.output) == (1, True)


def test_a_new_secret_key_can_be_used_at_once_and_is_another_each_time() -> None:
    first, second = (kindling("secret", "new").output.strip() for _ in range(2))

    assert vault([first]).unseal(vault([first]).seal("t")) == "t"
    assert first != second

"""A fourth adapter is its own package and a table in the configuration; nothing of Kindling changes for it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.nursery import born
from tests.acceptance.running import ROOT, Beginning, by_its_command
from tests.fourth.installing import LETTERBOX, install, install_broken
from tests.fourth.running import PATIENCE, Running, kindling
from tests.prepared import a_migrated_file

MAYA = {"user": "maya", "moderates": True, "channel": "square"}
ROBIN = {"user": "robin", "channel": "square"}
WISHES = {"channel": "square", "zone": "Europe/Berlin", "morning": "09:00", "days": "every day", "weekly": "off"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder on Python's path, with the letterbox installed in it."""
    site = tmp_path / "site"
    site.mkdir()
    install(LETTERBOX, site)
    return site


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return configured(tmp_path, "[adapters.letters]\nbox = 'letters'\n")


def configured(folder: Path, adapters: str) -> Path:
    config = folder / "config.toml"
    (folder / "data").mkdir()
    (folder / "data" / "kindling.sqlite").write_bytes(a_migrated_file())
    config.write_text(f"[data]\nfolder = 'data'\n[http]\nport = 0\n[log]\nformat = 'json'\n{adapters}")
    return config


@dataclass
class Village:
    """People who knock, and the letters that come."""

    running: Running
    box: Path
    port: int

    async def knock(self, who: dict[str, Any], **what: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(json.dumps(who | what).encode() + b"\n")
            answer: dict[str, Any] = json.loads(await reader.readline())
            writer.close()
            await writer.wait_closed()
        return answer

    async def post(self) -> dict[str, Any]:
        """Set up and ask for the day's card; what was written, with its name under `on`."""
        await self.knock(MAYA, command="kindling setup", words=WISHES)
        await self.knock(MAYA, command="kindling post")
        await self.running.until("card.posted", platform="letters")
        [letter] = self.letters
        return json.loads(letter.read_text()) | {"on": letter.stem}

    @property
    def letters(self) -> list[Path]:
        return sorted((self.box / "square").glob("*.json"))


@asynccontextmanager
async def at_the_letterbox(config: Path, site: Path, begin: Beginning = born) -> AsyncIterator[Village]:
    async with kindling(config, site, begin) as running:
        await running.until("adapter.open", platform="letters")
        box = config.parent / "data" / "letters"
        yield Village(running, box, int((box / "port").read_text()))


async def test_a_table_turns_it_on_and_it_is_set_up_like_any_other(config: Path, site: Path) -> None:
    shutil.rmtree(config.parent / "data")  # the very first start

    async with at_the_letterbox(config, site, by_its_command) as village:
        answer = await village.knock(MAYA, command="kindling setup", words=WISHES)

        assert "Kindling is set up" in answer["text"]
        assert village.letters == []


async def test_it_gets_a_card_and_its_buttons_work(config: Path, site: Path) -> None:
    async with at_the_letterbox(config, site) as village:
        card = await village.post()
        answer = await village.knock(ROBIN, press=card["buttons"]["Another idea"], on=card["on"])

        assert card["text"].startswith("Today’s intention")
        assert answer["text"].startswith("An idea for today")


async def test_a_card_comes_once_also_over_a_restart(config: Path, site: Path) -> None:
    async with at_the_letterbox(config, site) as village:
        first = await village.post()
        await village.running.end()

    async with at_the_letterbox(config, site) as village:
        answer = await village.knock(MAYA, command="kindling post")

        assert answer["text"].startswith("Today's card")
        assert [letter.stem for letter in village.letters] == [first["on"]]


async def test_it_ends_when_it_is_asked_to(config: Path, site: Path) -> None:
    async with at_the_letterbox(config, site) as village:
        await village.post()

        assert await village.running.end() == 0
        assert [line for line in village.running.lines if "Traceback" in line] == []


async def test_a_broken_plugin_takes_no_other_down(config: Path, site: Path) -> None:
    install_broken(site)

    async with at_the_letterbox(config, site, by_its_command) as village:
        warned = await village.running.until("plugin.broken", plugin="pigeons")

        assert "the pigeons flew away" in warned["problem"]
        assert village.running.logged("plugin.broken", plugin="smoke")
        assert "Kindling is set up" in (await village.knock(MAYA, command="kindling setup", words=WISHES))["text"]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("[adapters.leters]\n", "Did you mean “letters”?"),
        ("[adapters.carrier_pigeons]\n", "There is no adapter of this name."),
    ],
    ids=["a slip", "a stranger"],
)
async def test_a_table_that_is_not_right_says_so(tmp_path: Path, site: Path, table: str, told: str) -> None:
    async with kindling(configured(tmp_path, table), site) as running:
        async with asyncio.timeout(PATIENCE):
            code = await running.process.wait()

    assert code == 2
    assert told in "".join(running.lines)


async def test_a_table_of_a_broken_plugin_says_so(tmp_path: Path, site: Path) -> None:
    install_broken(site)

    async with kindling(configured(tmp_path, "[adapters.pigeons]\n"), site) as running:
        async with asyncio.timeout(PATIENCE):
            code = await running.process.wait()

    assert code == 2
    assert "the pigeons flew away" in "".join(running.lines)


async def test_without_its_table_it_stays_off(tmp_path: Path, site: Path) -> None:
    config = configured(tmp_path, "[adapters.web]\nport = 0\nzone = 'Europe/Berlin'\n")

    async with kindling(config, site) as running:
        await running.until("adapter.open", platform="web")
        assert await running.end() == 0

    assert running.logged("adapter.open", platform="letters") == []
    assert not (tmp_path / "data" / "box").exists()


@pytest.mark.parametrize("package", ["bot", "adapters"])
def test_nothing_of_kindling_knows_it(package: str) -> None:
    names = ("letterbox", "adapters.letters", '"letters"')
    sources = [path for path in (ROOT / package).rglob("*.py") if any(name in path.read_text() for name in names)]

    assert sources == []

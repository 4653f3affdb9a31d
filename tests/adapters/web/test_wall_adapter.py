"""`[adapters.wall]`: how the wall's pages are turned on, and what an adapter without channels answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from pydantic import BaseModel, ValidationError

from adapters.discord import plugin as discord
from adapters.slack import plugin as slack
from adapters.web import plugin as playground
from adapters.web.adapter import WebAdapter
from adapters.web.wall import WallSettings, in_the_open, plugin
from adapters.web.wall_adapter import WallAdapter
from bot.app import Plugin, Surroundings
from bot.compose import House, open_house, run
from bot.domain.errors import Unreachable
from bot.domain.message import Card
from bot.domain.places import Actor, MessageRef, Person, Place
from bot.runtime.clock import SystemClock
from bot.services.commands import COMMANDS
from bot.settings import load
from tests.adapters.web.walls import Wall
from tests.core.village import a_village, card_of, command, set_up
from tests.house import PAGES
from tests.prepared import a_migrated_file

NOWHERE = Place("wall", "x", "y")
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def made(settings: BaseModel, folder: Path, kind: Plugin = plugin) -> WallAdapter:
    adapter = kind.create(settings, Surroundings(SystemClock(), COMMANDS, folder))
    assert isinstance(adapter, WallAdapter)
    return adapter


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """What `kindling run` makes of a configuration with the table, and does."""
    (tmp_path / "kindling.sqlite").write_bytes(a_migrated_file())
    config = tmp_path / "config.toml"
    config.write_text('[data]\nfolder = "."\n[http]\nport = 0\n[adapters.wall]\nport = 0\n[adapters.web]\nport = 0\n')
    plugins = {"wall": plugin, "web": playground}
    async with open_house(load(config, {}, plugins), plugins, SystemClock()) as house:
        running = asyncio.create_task(run(house))
        try:
            yield house
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_running_kindling_serves_the_page_that_a_moderator_opens(house: House) -> None:
    wall, playing = house.adapters["wall"], house.adapters["web"]
    assert isinstance(wall, WallAdapter)
    assert isinstance(playing, WebAdapter)
    async with asyncio.timeout(20):
        await wall.serving.wait()
        while playing._ground.kindling is None:
            await playing._bell.ticket.wait()
    maya = Actor(Person("web", "playground", "maya"), may_moderate=True, channel="c-kindness", zone="Europe/Berlin")

    card = card_of(await house.core.kindling.command(maya, "kindling wall open", {"who": "everyone"}))

    [address] = [word for word in card.plain().split() if "/wall/" in word]
    assert address.startswith(f"{wall.pages}/wall/")
    async with aiohttp.request("GET", address) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("settings", "begins"),
    [
        ({}, "http://127.0.0.1:8322"),
        ({"host": "::1", "port": 1}, "http://[::1]:1"),
        ({"address": "https://kindness.example/"}, "https://kindness.example"),
        ({"address": "https://example.org/our/walls/"}, "https://example.org/our/walls"),
    ],
)
async def test_addresses_begin_as_was_set_also_where_they_are_not_served(
    tmp_path: Path, settings: dict[str, object], begins: str
) -> None:
    assert made(WallSettings.model_validate(settings), tmp_path).pages == begins


@pytest.mark.parametrize(
    "address", ["kindness.example", "ftp://x", "https://", "https://x?y", "https://x#y", "https://x y"]
)
def test_an_address_that_none_can_begin_with_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        WallSettings(address=address)


async def test_another_adapters_settings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no settings for the wall"):
        plugin.create(playground.settings(), Surroundings(SystemClock(), COMMANDS, tmp_path))


async def test_a_port_that_is_taken_is_told_with_a_cure(wall: Wall, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        other = made(WallSettings(port=taken.getsockname()[1]), tmp_path)

        with pytest.raises(Unreachable) as refused:
            await other.listen(wall.house.kindling)

    assert refused.value.code == "wall.address_unusable"
    assert "[adapters.wall]" in refused.value.sentence


async def test_where_nobody_listens_nothing_is_served(tmp_path: Path) -> None:
    adapter = made(WallSettings(port=0), tmp_path)

    await adapter.open()

    assert not adapter.serving.is_set()
    await adapter.close()
    await adapter.close()


async def test_it_serves_again_after_it_ended(wall: Wall) -> None:
    listening = [task for task in asyncio.all_tasks() if "WallAdapter.listen" in repr(task)]
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    ended = wall.adapter.serving.is_set()

    again = asyncio.create_task(wall.adapter.listen(wall.house.kindling))
    async with asyncio.timeout(5):
        await wall.adapter.serving.wait()
    answer, _ = await wall.get()
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)

    assert (ended, answer.status) == (False, 200)


async def test_nothing_can_be_posted_there(tmp_path: Path) -> None:
    adapter = made(WallSettings(), tmp_path)
    ref = MessageRef(NOWHERE, "1")

    for refused in (
        adapter.send(NOWHERE, Card("A card"), "k"),
        adapter.edit(ref, Card("A card"), "k"),
        adapter.tell(Person("wall", "x", "robin"), Card("A card")),
    ):
        with pytest.raises(Unreachable, match=r"^wall\."):
            await refused
    await adapter.delete(ref)
    assert await adapter.find(NOWHERE, "k", NINE) is None
    assert await adapter.recognise(ref, ["k"]) is None
    assert await adapter.reactions(ref) == frozenset()
    assert [lack.code for lack in await adapter.examine(NOWHERE)] == ["wall.no_channels"]
    assert adapter.show(Card("Tea “for two”")) == '"Tea “for two”"'


@pytest.mark.parametrize(
    ("settings", "good"),
    [
        ({}, True),
        ({"address": "https://kindness.example"}, True),
        ({"address": "http://kindness.example"}, False),
        ({"host": "0.0.0.0"}, False),
        ({"host": "0.0.0.0", "address": "https://kindness.example"}, True),
        ({"address": "http://localhost:8322"}, True),
    ],
)
async def test_the_doctor_says_whether_others_can_read_along(
    tmp_path: Path, settings: dict[str, object], good: bool
) -> None:
    [found] = await made(WallSettings.model_validate(settings), tmp_path).diagnose()

    assert (found.good, bool(found.cure)) == (good, not good)


@pytest.mark.parametrize(
    ("settings", "desk", "good"),
    [
        ({"moderators": True}, "http://127.0.0.1:8322/desk", [True, True]),
        ({"moderators": True, "address": "https://x.example/ours/"}, "https://x.example/ours/desk", [True, True]),
        ({"moderators": True, "address": "http://x.example"}, "", [False, False]),
        ({"moderators": True, "host": "0.0.0.0"}, "", [False, False]),
        ({"address": "https://x.example"}, "", [True]),
    ],
)
async def test_moderators_come_in_where_that_is_turned_on_and_nobody_reads_along(
    tmp_path: Path, settings: dict[str, object], desk: str, good: list[bool]
) -> None:
    adapter = made(WallSettings.model_validate(settings), tmp_path)

    assert adapter.desk == desk
    assert [found.good for found in await adapter.diagnose()] == good


@pytest.mark.parametrize(("moderators", "status"), [(True, 401), (False, 404)])
async def test_moderators_pages_are_served_where_they_are_turned_on(
    wall: Wall, tmp_path: Path, moderators: bool, status: int
) -> None:
    adapter = made(WallSettings(port=0, moderators=moderators), tmp_path)
    listening = asyncio.create_task(adapter.listen(wall.house.kindling))
    async with asyncio.timeout(5):
        await adapter.serving.wait()

    async with wall.session.get(f"{adapter.pages}/desk/") as answer:
        found = answer.status
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)

    assert found == status


async def test_in_a_running_kindling_a_moderator_of_one_platform_signs_in_at_anothers_pages(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    tables = "[adapters.wall]\nport = 0\nmoderators = true\n[adapters.web]\nport = 0\n"
    config.write_text(f'[data]\nfolder = "."\n[http]\nport = 0\n{tables}')
    plugins = {"wall": plugin, "web": playground}
    async with open_house(load(config, {}, plugins), plugins, SystemClock()) as house, aiohttp.ClientSession() as asks:
        running = asyncio.create_task(run(house))
        wall, playing = house.adapters["wall"], house.adapters["web"]
        assert isinstance(wall, WallAdapter)
        assert isinstance(playing, WebAdapter)
        async with asyncio.timeout(20):
            await wall.serving.wait()
            while playing._ground.kindling is None:
                await playing._bell.ticket.wait()
        maya = Actor(Person("web", "playground", "maya"), may_moderate=True, channel="c-kindness")
        card = card_of(await house.core.kindling.command(maya, "kindling web", {}))

        [address] = [word for word in card.plain().split() if "/desk/in/" in word]
        async with asks.get(address) as answer:
            page = await answer.text()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert address.startswith(f"{wall.pages}/desk/in/")
    assert "Sign in here" in page


def test_a_name_that_only_looks_like_this_computer_is_another() -> None:
    assert in_the_open("http://localhost.example")
    assert in_the_open("http://127.0.0.1.example")
    assert not in_the_open("http://127.0.0.2")


@pytest.mark.parametrize(
    ("kind", "settings"),
    [(discord, {"token": "none"}), (slack, {"bot_token": "xoxb-none", "app_token": "xapp-none"})],
)
async def test_the_address_arrives_letter_for_letter(tmp_path: Path, kind: Plugin, settings: dict[str, str]) -> None:
    surroundings = Surroundings(SystemClock(), COMMANDS, tmp_path)
    adapter = kind.create(kind.settings.model_validate(settings), surroundings)
    async with a_village(tmp_path) as house:
        await set_up(house)

        card = await command(house, "kindling wall open", who="link")

    [address] = [word for word in card.plain().split() if word.startswith(PAGES)]
    assert address in adapter.show(card)

"""What happens within one millisecond is told in its order too, whichever process it happened in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.compose import build_core
from bot.domain.message import Card
from bot.domain.places import Actor
from tests.core.before import be_set_up
from tests.core.linked import MAYA, TOMAS, link
from tests.core.test_alerts import share
from tests.core.test_overseeing import listed
from tests.core.village import a_village, card_of, command, press
from tests.house import House, moderator
from tests.prepared import the_library

OFTEN = 4


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, in which no time passes."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        yield house


def told(audit: Card) -> list[str]:
    return [line.split(" (")[0] for line in listed(audit)]


async def test_changes_and_decisions_of_one_instant_are_listed_newest_first(house: House) -> None:
    await command(house, "kindling wall open", who="link")
    for day in range(1, 1 + OFTEN):
        await command(house, "kindling pause", until=f"2026-12-0{day}")
        await press(house, await command(house, "kindling wall open"), "Make a new address")

    said = [line[:14] for line in told(await command(house, "kindling audit"))]
    assert said == ["the wall's pag", "no cards befor"] * OFTEN


async def test_undo_takes_back_the_newest_of_one_instant(house: House) -> None:
    for day in range(1, 2 + OFTEN):
        await command(house, "kindling pause", until=f"2026-12-0{day}")
        await command(house, "kindling export")
    await press(house, await command(house, "kindling audit"), "Undo")

    assert "no cards before Fri 4 Dec 2026" in (await command(house, "kindling status")).plain()


async def test_two_processes_that_change_something_in_one_instant_keep_the_order(house: House) -> None:
    other = build_core(house.database, the_library(), house.room, house.clock, watcher=house.notebook)
    doors = [house.kindling, other.kindling]
    days = [f"2026-12-0{day}" for day in range(1, 8)]
    for number, day in enumerate(days):
        await doors[number % 2].command(moderator(), "kindling pause", {"until": day})

    said = told(await command(house, "kindling audit"))[: len(days)]
    assert [line.split()[4] for line in said] == ["7", "6", "5", "4", "3", "2", "1"]


async def test_what_concerns_one_place_alone_has_its_place_among_the_rest(house: House) -> None:
    await be_set_up(house, TOMAS, channel="market", weekly="off")
    await link(house)
    said: list[str] = []
    for number in range(OFTEN):
        channel = ("market", "stalls")[number % 2]
        await wall_in(house, channel)
        said.append("the wall's channel was chosen")
        await command(house, "kindling pause", MAYA, until=f"2026-12-0{number + 1}")
        said.append(f"no cards before {('Tue', 'Wed', 'Thu', 'Fri')[number]} {number + 1} Dec 2026")

    assert told(await command(house, "kindling audit", TOMAS))[: len(said)] == said[::-1]


async def test_why_an_act_is_on_the_wall_is_told_in_order(house: House) -> None:
    await command(house, "kindling wall setup", rule="review", channel="square")
    await share(house, "Shared my umbrella.")
    for _ in range(OFTEN):
        published = await press(house, await command(house, "kindling wall queue"), "Publish")
        await press(house, published, "Undo")
    published = await press(house, await command(house, "kindling wall queue"), "Publish")

    said = listed(await command(house, "kindling audit"))
    shown = [line.split(" (")[0] for line in said if "act." in line]
    assert len(shown) > OFTEN
    assert shown == (["published", "taken back to be looked at again"] * len(said))[: len(shown)]


async def wall_in(house: House, channel: str, actor: Actor = TOMAS) -> Card:
    words = {"channel": channel, "rule": "open", "recap": "off"}
    return card_of(await house.kindling.command(actor, "kindling wall setup", words))

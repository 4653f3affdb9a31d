"""Whoever left a place still has the buttons in their direct messages: they take back what is theirs, and no more."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.message import Action, Card
from bot.domain.places import Actor, Standing
from bot.storage.tables import acts
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, on_wall, shared
from tests.core.village import a_village, card_of, rows
from tests.house import House, member

ROBIN = member("robin")
DIRECTLY = replace(ROBIN, channel="")
REFUSED = "you are not in the place that this is about"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village with an act of Robin's, who has left it since."""
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await shared(house, member("sam"), text="Sam watered the plants.")
        await house.core.engine.settle()
        yield house


async def presses(house: House, name: str, subject: str, actor: Actor = DIRECTLY) -> Card:
    return card_of(await house.kindling.press(actor, Action(name, subject)))


@pytest.mark.parametrize("name", ["share", "edit", "publish", "wall", "read", "warm", "more", "why", "report", "agree"])
async def test_whoever_left_reads_and_shares_nothing_from_a_direct_message(house: House, name: str) -> None:
    act = await shared(house, ROBIN)
    await house.core.engine.settle()

    assert REFUSED in (await presses(house, name, act)).plain()


async def test_whoever_left_sends_no_form(house: House) -> None:
    act = await shared(house, ROBIN)

    told = card_of(await house.kindling.submit(DIRECTLY, "share", act, TOLD | {"text": "Look at this!"}))

    assert REFUSED in told.plain()
    assert "Look at this!" not in [row["text"] for row in await rows(house, acts)]


async def test_whoever_left_takes_back_what_they_shared(house: House) -> None:
    down, gone = await shared(house, ROBIN, text="One."), await shared(house, ROBIN, text="Two.")
    await house.core.engine.settle()

    answers = [
        await presses(house, "mine", ""),
        await presses(house, "down", down),
        await presses(house, "remove", gone),
        await presses(house, "erase", gone),
    ]
    await house.core.engine.settle()

    assert not any(REFUSED in answer.plain() for answer in answers)
    assert [card.plain() for card in on_wall(house) if "Sam" not in card.plain()] == []


async def test_whoever_is_there_shares_from_a_direct_message_as_ever(house: House) -> None:
    house.letters.people[ROBIN.person] = Standing(may_moderate=False, name="Robin")
    act = await shared(house, ROBIN)

    told = card_of(await house.kindling.submit(DIRECTLY, "share", act, TOLD | {"text": "Better words."}))

    assert "Better words." in told.plain()

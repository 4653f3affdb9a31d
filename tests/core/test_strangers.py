"""People of another organisation, in a channel that is shared with it: they see what stands there, and no more."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.message import Action
from bot.domain.places import MessageRef, Place
from bot.domain.said import Channel, Said
from bot.services.commands import COMMANDS
from bot.storage.tables import acts
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, on_wall, shared
from tests.core.village import DAY, a_village, card_of, marks, press, rows, the_delivery
from tests.house import House, member

ZOE = replace(member("zoe"), stranger=True)
REFUSED = "That is for the people of this place."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        yield house


@pytest.mark.parametrize("name", ["share", "wall", "read", "edit", "publish", "join", "vote"])
async def test_a_stranger_reads_no_further_on_the_wall_and_shares_nothing(house: House, name: str) -> None:
    act = await shared(house, member())

    told = card_of(await house.kindling.press(ZOE, Action(name, act)))

    assert REFUSED in told.plain()
    assert TOLD["text"] not in told.plain()


async def test_a_stranger_sends_no_form_types_no_command_and_uses_no_menu(house: House) -> None:
    ref = MessageRef(Place("letters", "village", "square"), "1")

    told = [
        await house.kindling.submit(ZOE, "share", "", TOLD),
        await house.kindling.submit(ZOE, "picture", "", {}),
        await house.kindling.menu(ZOE, "add", Said(ref, "zoe", "Look here", by_bot=False, where=Channel.OPEN)),
        *[await house.kindling.command(ZOE, one.name, {}) for one in COMMANDS],
    ]

    assert all(REFUSED in card_of(reply).plain() for reply in told)
    assert await rows(house, acts) == []


async def test_a_stranger_answers_the_card_that_they_see_and_the_act_beside_it(house: House) -> None:
    act = await shared(house, member())
    await house.forward(DAY)
    card = (await the_delivery(house)).id

    tried = card_of(await house.kindling.press(ZOE, Action("try", card)))
    told = [card_of(await house.kindling.press(ZOE, Action(name, act))) for name in ("warm", "more", "report")]

    assert not any(REFUSED in answer.plain() for answer in (tried, *told))
    assert ("🌱", "button") in await marks(house)


async def test_whoever_counts_as_a_stranger_by_now_takes_back_what_they_shared(house: House) -> None:
    down, gone = await shared(house, member("zoe"), text="One."), await shared(house, member("zoe"), text="Two.")
    await house.core.engine.settle()

    own = card_of(await house.kindling.press(ZOE, Action("more", down)))
    await press(house, own, "Take it off the wall", ZOE)
    asked = await press(house, card_of(await house.kindling.press(ZOE, Action("more", gone))), "Remove it", ZOE)
    await press(house, asked, "Remove for good", ZOE)
    await house.core.engine.settle()

    assert on_wall(house) == []
    assert [row["text"] for row in await rows(house, acts)] == ["One."]

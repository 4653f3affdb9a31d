"""Pictures that were drawn here: on every platform they, or the words for them, go and come with their message."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import Adapter
from bot.domain.garden import Seed, picture, words
from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Picture
from bot.domain.packs import Circle
from bot.domain.wall import Telling
from tests.contracts.cards import MORNING
from tests.contracts.home import Home, at_home
from tests.contracts.platform import Platform, Seen
from tests.contracts.villages import ONCE_EACH, on

PNG = b"\x89PNG\r\n\x1a\n-a-garden"


def garden(telling: Telling, circle: Circle) -> Picture:
    seeds = [Seed(ActId("act"), telling, circle)]
    return Picture("", words(seeds), svg=picture(seeds), png=PNG)


TULIPS: Card = replace(MORNING, picture=garden(Telling.DID, Circle.CLOSE))
DAISIES: Card = replace(MORNING, picture=garden(Telling.NOTICED, Circle.COLLEAGUES))


@on(*ONCE_EACH)
async def test_whoever_does_not_see_the_picture_has_its_words(platform: Platform, adapter: Adapter) -> None:
    await adapter.send(platform.place, TULIPS, "d1")

    [message] = await platform.channel(platform.place)
    assert "A garden with tulips in gold" in message.text
    assert MORNING.heading in message.text
    assert message.buttons
    assert not message.pings


@on(*ONCE_EACH)
async def test_where_no_picture_could_be_made_its_words_are_there(platform: Platform, adapter: Adapter) -> None:
    assert TULIPS.picture is not None

    await adapter.send(platform.place, replace(TULIPS, picture=replace(TULIPS.picture, png=b"")), "d1")

    [message] = await platform.channel(platform.place)
    assert "A garden with tulips in gold" in message.text


@on(*ONCE_EACH)
async def test_a_message_with_a_picture_is_known_by_its_key(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, TULIPS, "d1")

    assert await adapter.recognise(ref, ["d0", "d1"]) == "d1"


@on(*ONCE_EACH)
async def test_an_edit_puts_another_picture_in_its_place(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, TULIPS, "d1")

    await adapter.edit(ref, DAISIES, "d1")

    [message] = await platform.channel(platform.place)
    assert "A garden with daisies in blue" in message.text
    assert "tulips" not in message.text
    assert await adapter.recognise(ref, ["d1"]) == "d1"


@on(*ONCE_EACH)
async def test_an_edit_without_a_picture_leaves_none(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, TULIPS, "d1")

    await adapter.edit(ref, MORNING, "d1")

    [message] = await platform.channel(platform.place)
    assert "A garden" not in message.text


@pytest.fixture
async def home(platform: Platform, tmp_path: Path) -> AsyncIterator[Home]:
    async with at_home(platform, tmp_path) as home:
        yield home


async def shared(home: Home, name: str, text: str, telling: str) -> Action:
    """Put an act on the wall; the button that removes it for good."""
    author = home.platform.actor(name)
    values = {"text": text, "telling": telling, "circle": "close", "shown_as": "someone"}
    preview = (await home.kindling.submit(author, "share", "", values)).content
    [put] = [choice.action for choice in preview.choices if choice.label == "Put it on the wall"]
    await home.kindling.press(author, put)
    return Action("erase", put.subject)


async def recaps(platform: Platform) -> list[Seen]:
    return [message for message in await platform.channel(platform.place) if "This week in kindness" in message.text]


@on(*ONCE_EACH)
async def test_the_recap_comes_with_its_garden_and_loses_what_is_removed(platform: Platform, home: Home) -> None:
    await home.set_up()
    rules = {"channel": platform.place.channel, "recap": "fri"}
    await home.kindling.command(platform.actor("maya"), "kindling wall setup", rules)
    erase = await shared(home, "robin", "Somebody carried my shopping.", "received")
    await shared(home, "sam", "I wrote to my aunt.", "did")
    await home.forward(timedelta(days=4, hours=10))
    [before] = await recaps(platform)

    await home.kindling.press(platform.actor("robin"), erase)
    await home.core.engine.settle()

    [after] = await recaps(platform)
    assert "A garden with tulips in gold and rose" in before.text
    assert "Somebody carried my shopping." in before.text
    assert before.buttons == after.buttons == ("Share a kindness", "Read the wall")
    assert "A garden with tulips in gold" in after.text
    assert "rose" not in after.text
    assert "shopping" not in after.text
    assert "I wrote to my aunt." in after.text

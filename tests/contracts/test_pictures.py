"""Pictures that were drawn here: on every platform they, or the words for them, go and come with their message."""

from dataclasses import replace

from bot.app import Adapter
from bot.domain.garden import Seed, picture, words
from bot.domain.ids import ActId
from bot.domain.message import Card, Picture
from bot.domain.packs import Circle
from bot.domain.wall import Telling
from tests.contracts.cards import MORNING
from tests.contracts.platform import Platform
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

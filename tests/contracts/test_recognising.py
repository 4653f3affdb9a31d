"""What a message was sent with, asked of the message itself."""

import pytest

from bot.app import Adapter
from bot.domain.errors import Unreachable
from bot.domain.message import Card
from bot.domain.places import MessageRef
from tests.contracts.cards import EVENING, MORNING, PLAIN
from tests.contracts.platform import Platform, Remote
from tests.contracts.villages import DISCORD, ONCE_EACH, REMOTE, on


@on(*ONCE_EACH)
@pytest.mark.parametrize("card", [MORNING, PLAIN], ids=["with buttons", "without"])
async def test_of_several_keys_the_message_s_own_is_told(platform: Platform, adapter: Adapter, card: Card) -> None:
    await adapter.send(platform.place, card, "d1")
    ref = await adapter.send(platform.place, card, "d2")

    assert await adapter.recognise(ref, {"d1", "d2", "d3"}) == "d2"


@on(*ONCE_EACH)
@pytest.mark.parametrize("keys", [{"d2", "d", "d11", ""}, set[str]()], ids=["others", "none"])
async def test_a_message_with_another_key_is_not_recognised(
    platform: Platform, adapter: Adapter, keys: set[str]
) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    assert await adapter.recognise(ref, keys) is None


@on(*ONCE_EACH)
async def test_a_message_is_recognised_after_people_put_emoji_on_it(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.react("robin", ref, "🌱")

    assert await adapter.recognise(ref, {"d1"}) == "d1"


@on(*ONCE_EACH)
async def test_an_edited_message_is_still_recognised(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await adapter.edit(ref, EVENING, "d1")

    assert await adapter.recognise(ref, {"d1"}) == "d1"


@on(*ONCE_EACH)
async def test_a_message_that_is_gone_is_not_recognised(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.take_away(ref)

    assert await adapter.recognise(ref, {"d1"}) is None


@on(*ONCE_EACH)
async def test_a_message_of_another_place_is_not_recognised(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.other, MORNING, "d1")

    assert await adapter.recognise(MessageRef(platform.place, ref.message), {"d1"}) is None


@on(*REMOTE)
async def test_somebody_else_s_copy_of_a_message_is_not_recognised(platform: Remote, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    assert await adapter.recognise(await platform.sent_on("robin", ref), {"d1"}) is None


@on(DISCORD)
async def test_where_we_may_not_look_the_place_is_closed_to_us(platform: Remote, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    platform.blind()

    with pytest.raises(Unreachable):
        await adapter.recognise(ref, {"d1"})

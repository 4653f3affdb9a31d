"""Editing and deleting cards."""

import pytest

from bot.app import Adapter
from bot.domain.errors import Gone
from bot.domain.message import Card, Quote
from tests.contracts.cards import EVENING, EVERYTHING, MORNING, PLAIN, hostile
from tests.contracts.platform import Platform
from tests.contracts.villages import ONCE_EACH, on


@on(*ONCE_EACH)
async def test_an_edited_message_shows_the_new_card_instead(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, EVERYTHING, "d1")

    await adapter.edit(ref, EVENING, "d1")

    [message] = await platform.channel(platform.place)
    assert "What went well?" in message.text
    assert "encourage" not in message.text
    assert "A tree with eight leaves" not in message.text


@on(*ONCE_EACH)
async def test_an_edited_message_has_the_buttons_of_the_new_card(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    await adapter.edit(ref, EVENING, "d1")

    message = await platform.at(ref)
    assert message is not None
    assert message.buttons == ("Resting today",)


@on(*ONCE_EACH)
async def test_an_edit_to_a_card_without_buttons_leaves_none(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    await adapter.edit(ref, PLAIN, "d1")

    message = await platform.at(ref)
    assert message is not None
    assert message.buttons == ()


@on(*ONCE_EACH)
async def test_an_edit_leaves_other_messages_alone(platform: Platform, adapter: Adapter) -> None:
    first = await adapter.send(platform.place, MORNING, "d1")
    second = await adapter.send(platform.place, MORNING, "d2")
    untouched = await platform.at(second)

    await adapter.edit(first, EVENING, "d1")

    assert await platform.at(second) == untouched


@on(*ONCE_EACH)
async def test_an_edit_pings_nobody(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    await adapter.edit(ref, hostile("@everyone <!channel> <@1>"), "d1")

    message = await platform.at(ref)
    assert message is not None
    assert not message.pings


@on(*ONCE_EACH)
async def test_editing_a_message_that_somebody_deleted_says_so(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.take_away(ref)

    with pytest.raises(Gone):
        await adapter.edit(ref, EVENING, "d1")


@on(*ONCE_EACH)
async def test_a_deleted_message_is_gone(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    await adapter.delete(ref)

    assert await platform.channel(platform.place) == []


@on(*ONCE_EACH)
async def test_deleting_twice_is_fine(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await adapter.delete(ref)

    await adapter.delete(ref)

    assert await platform.channel(platform.place) == []


@on(*ONCE_EACH)
async def test_deleting_what_somebody_else_deleted_is_fine(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.take_away(ref)

    await adapter.delete(ref)

    assert await platform.channel(platform.place) == []


@on(*ONCE_EACH)
async def test_a_deletion_leaves_other_messages_alone(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await adapter.send(platform.place, EVENING, "d2")

    await adapter.delete(ref)

    [left] = await platform.channel(platform.place)
    assert "What went well?" in left.text


async def shown_by_an_edit(platform: Platform, adapter: Adapter, words: str) -> str:
    """What is read when a card with these words is sent, and then shown in place of another one."""
    card = Card("Shared", (Quote(words),))
    await adapter.send(platform.place, card, "d1")
    ref = await adapter.send(platform.place, MORNING, "d2")
    await adapter.edit(ref, card, "d1")
    message = await platform.at(ref)
    assert message is not None
    return message.text


@on(*ONCE_EACH)
@pytest.mark.parametrize("words", ["kindness " * 150, "🌱" * 1200], ids=["words", "emoji"])
async def test_what_can_be_sent_can_also_be_shown_by_an_edit(platform: Platform, adapter: Adapter, words: str) -> None:
    assert words[:100].strip() in await shown_by_an_edit(platform, adapter, words)


@on(*ONCE_EACH)
@pytest.mark.parametrize("words", ["&" * 1500, "<>" * 700], ids=["ampersands", "angles"])
async def test_signs_that_are_escaped_can_be_shown_by_an_edit(platform: Platform, adapter: Adapter, words: str) -> None:
    assert words[:100] in await shown_by_an_edit(platform, adapter, words)

"""Posting cards: what people see of them, and what happens to a post that goes wrong."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import Adapter
from bot.domain.errors import TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.message import Card, Quote, Text
from bot.domain.places import MessageRef, Place
from tests.contracts.cards import EVERYTHING, HOSTILE, MORNING, PLAIN, TRY, WORDS, hostile, long
from tests.contracts.in_letters import InLetters
from tests.contracts.platform import Platform, Remote, Seen
from tests.contracts.villages import DISCORD, LETTERS, ONCE_EACH, REMOTE, SLACK_WITH_HISTORY, WEB, on


async def seen(platform: Platform, ref: MessageRef) -> Seen:
    found = await platform.at(ref)
    assert found is not None, "the reference leads nowhere"
    return found


@on(*ONCE_EACH)
async def test_a_card_shows_all_its_words(platform: Platform, adapter: Adapter) -> None:
    message = await seen(platform, await adapter.send(platform.place, EVERYTHING, "d1"))

    assert [words for words in WORDS if words not in message.text] == []


@on(*ONCE_EACH)
async def test_a_card_shows_its_buttons_in_order(platform: Platform, adapter: Adapter) -> None:
    message = await seen(platform, await adapter.send(platform.place, EVERYTHING, "d1"))

    assert message.buttons == ("I'll try one", "Another idea", "Resting today")


@on(*ONCE_EACH)
async def test_a_card_without_buttons_has_none(platform: Platform, adapter: Adapter) -> None:
    message = await seen(platform, await adapter.send(platform.place, PLAIN, "d1"))

    assert message.buttons == ()


@on(*ONCE_EACH)
async def test_a_card_is_posted_once_and_where_it_belongs(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    assert ref.place == platform.place
    assert len(await platform.channel(platform.place)) == 1
    assert await platform.channel(platform.other) == []


@on(*ONCE_EACH)
@pytest.mark.parametrize("words", HOSTILE)
async def test_no_words_ping_anybody(platform: Platform, adapter: Adapter, words: str) -> None:
    message = await seen(platform, await adapter.send(platform.place, hostile(words), "d1"))

    assert not message.pings


@on(*ONCE_EACH)
@pytest.mark.parametrize("words", HOSTILE)
async def test_words_are_shown_as_they_were_written(platform: Platform, adapter: Adapter, words: str) -> None:
    message = await seen(platform, await adapter.send(platform.place, hostile(words), "d1"))

    kinds = ("Heading", "Text", "Strong", "Item", "Label", "Title", "Quote", "By", "Alt", "Footnote")
    assert [kind for kind in kinds if f"{kind} {words}" not in message.text] == []


@on(*ONCE_EACH)
async def test_too_many_words_are_refused_or_shortened(platform: Platform, adapter: Adapter) -> None:
    try:
        ref = await adapter.send(platform.place, long(50_000), "d1")
    except Unacceptable:
        assert await platform.channel(platform.place) == []
    else:
        assert "kindness" in (await seen(platform, ref)).text


@on(*ONCE_EACH)
async def test_too_many_words_of_a_person_are_shortened_before_anything_else(
    platform: Platform, adapter: Adapter
) -> None:
    card = Card("What was shared", (Quote("*kind* " * 700),), MORNING.choices, footnote="You decide what fits.")

    message = await seen(platform, await adapter.send(platform.place, card, "d1"))

    assert "What was shared" in message.text
    assert "You decide what fits." in message.text
    assert message.buttons == ("I'll try one", "Another idea")


@on(*ONCE_EACH)
@pytest.mark.parametrize("where", ["closed", "gone", "elsewhere"])
async def test_a_place_that_is_closed_to_us_is_unreachable_with_a_sentence(
    platform: Platform, adapter: Adapter, where: str
) -> None:
    place: Place = getattr(platform, where)

    with pytest.raises(Unreachable) as refused:
        await adapter.send(place, MORNING, "d1")

    assert refused.value.code
    assert refused.value.sentence[0].isupper()
    assert refused.value.sentence.endswith(".")


@on(*REMOTE)
async def test_an_answer_that_is_lost_leaves_it_uncertain(platform: Remote, adapter: Adapter) -> None:
    platform.lose_the_answer()

    with pytest.raises(Uncertain):
        await adapter.send(platform.place, MORNING, "d1")

    assert len(await platform.channel(platform.place)) == 1


@on(*REMOTE)
async def test_a_request_that_is_lost_is_not_taken_for_a_success_nor_a_refusal(
    platform: Remote, adapter: Adapter
) -> None:
    platform.lose_the_request()

    with pytest.raises((TryLater, Uncertain)):
        await adapter.send(platform.place, MORNING, "d1")

    assert await platform.channel(platform.place) == []


@on(*REMOTE)
async def test_a_platform_that_went_down_can_be_tried_later(platform: Remote, adapter: Adapter) -> None:
    await platform.go_down()

    for _ in range(2):  # over the connection that was open until now, and over a new one
        with pytest.raises((TryLater, Uncertain)):
            await adapter.send(platform.place, MORNING, "d1")


@on(*REMOTE)
async def test_a_connection_that_is_refused_carried_nothing_out(platform: Remote) -> None:
    await platform.adapter.open()
    await platform.go_down()
    with pytest.raises((TryLater, Uncertain)):  # over the connection that was open until now
        await platform.adapter.send(platform.place, MORNING, "d1")

    with pytest.raises(TryLater):
        await platform.adapter.send(platform.place, MORNING, "d1")


@on(*REMOTE)
async def test_a_long_rate_limit_is_told_with_its_length(platform: Remote, adapter: Adapter) -> None:
    platform.limit(timedelta(seconds=120))

    with pytest.raises(TryLater) as limited:
        await adapter.send(platform.place, MORNING, "d1")

    assert limited.value.after == timedelta(seconds=120)
    assert await platform.channel(platform.place) == []


@on(WEB, DISCORD)
async def test_a_quick_repeat_gives_the_first_message(platform: Platform, adapter: Adapter) -> None:
    first = await adapter.send(platform.place, MORNING, "d1")
    second = await adapter.send(platform.place, MORNING, "d1")

    assert first == second
    assert len(await platform.channel(platform.place)) == 1


@on(WEB, DISCORD)
async def test_a_repeat_by_another_worker_at_the_same_time_shows_one_card(platform: Platform, adapter: Adapter) -> None:
    twin = platform.another() if isinstance(platform, Remote) else adapter
    await twin.open()

    refs = await asyncio.gather(*(each.send(platform.place, MORNING, "d1") for each in (adapter, twin, adapter)))
    await twin.close() if twin is not adapter else None

    assert len(set(refs)) == 1
    assert len(await platform.channel(platform.place)) == 1


@on(DISCORD)
async def test_a_repeat_after_a_lost_answer_shows_one_card(platform: Remote, adapter: Adapter) -> None:
    platform.lose_the_answer()
    with pytest.raises(Uncertain):
        await adapter.send(platform.place, MORNING, "d1")

    ref = await adapter.send(platform.place, MORNING, "d1")

    assert await platform.at(ref)
    assert len(await platform.channel(platform.place)) == 1


@on(DISCORD, SLACK_WITH_HISTORY)
async def test_a_card_whose_answer_was_lost_is_found(platform: Remote, adapter: Adapter) -> None:
    platform.lose_the_answer()
    with pytest.raises(Uncertain):
        await adapter.send(platform.place, MORNING, "d1")

    ref = await adapter.find(platform.place, "d1", platform.clock.now())

    assert ref is not None
    assert await platform.at(ref)


@on(LETTERS)
async def test_letters_lose_answers_too_when_they_are_told_to(platform: InLetters, adapter: Adapter) -> None:
    platform.adapter.faults.append(("after", Uncertain("lost")))

    with pytest.raises(Uncertain):
        await adapter.send(platform.place, MORNING, "d1")

    assert len(await platform.channel(platform.place)) == 1


@on(*ONCE_EACH)
async def test_the_same_key_in_another_place_is_another_card(platform: Platform, adapter: Adapter) -> None:
    await adapter.send(platform.place, MORNING, "d1")
    await adapter.send(platform.other, MORNING, "d1")

    assert len(await platform.channel(platform.place)) == len(await platform.channel(platform.other)) == 1


@on(*ONCE_EACH)
async def test_another_key_in_the_same_place_is_another_card(platform: Platform, adapter: Adapter) -> None:
    refs = [await adapter.send(platform.place, MORNING, key) for key in ("d1", "d2")]

    assert len(set(refs)) == len(await platform.channel(platform.place)) == 2


@on(*ONCE_EACH)
async def test_twenty_cards_at_once_all_come_once(platform: Platform, adapter: Adapter) -> None:
    cards = [Card(f"Card {number:02}") for number in range(20)]

    refs = await asyncio.gather(*(adapter.send(platform.place, card, card.heading) for card in cards))

    texts = [(await seen(platform, ref)).text for ref in refs]
    assert [card.heading in text for card, text in zip(cards, texts, strict=True)] == [True] * 20
    assert len(await platform.channel(platform.place)) == 20


@on(*ONCE_EACH)
async def test_twenty_cards_at_once_to_several_places_all_come_once(platform: Platform, adapter: Adapter) -> None:
    places = (platform.place, platform.other)

    refs = await asyncio.gather(*(adapter.send(places[n % 2], Card(f"Card {n:02}"), f"d{n}") for n in range(20)))

    assert len(set(refs)) == 20
    assert [len(await platform.channel(place)) for place in places] == [10, 10]


@on(*ONCE_EACH)
@pytest.mark.parametrize("words", ["nothing \x00 there", "turned \u202e round", "\u200b", ""])
async def test_words_that_are_no_words_are_no_bug(platform: Platform, adapter: Adapter, words: str) -> None:
    card = Card("Heading", (Text(words), Quote(words, by=words)), (TRY,), footnote=words)

    message = await seen(platform, await adapter.send(platform.place, card, "d1"))

    assert message.text


@on(*ONCE_EACH)
async def test_half_of_a_character_is_no_bug(platform: Platform, adapter: Adapter) -> None:
    card = Card("Heading", (Quote("half of a \ud83d smile"),))

    assert "smile" in (await seen(platform, await adapter.send(platform.place, card, "d1"))).text

"""Unsure cards that are known again by the first reaction to them."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Felt
from bot.services.comparing import LOOKS
from bot.services.recognising import CLOSED_FOR
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    SQUARE,
    BlindLetters,
    a_village,
    command,
    labels,
    line,
    marks,
    mornings,
    press,
    states,
    surroundings,
    the_delivery,
)
from tests.house import House, moderator

CARD = MessageRef(SQUARE, "0")
OTHER = MessageRef(SQUARE, "1")
ROBIN = Person("letters", "village", "robin")
SEEDLING = "🌱"


@dataclass
class AskedLetters(BlindLetters):
    """Letters that write down what they are asked about messages; `troubles` come instead of the first answers."""

    asked: list[tuple[MessageRef, set[str]]] = field(default_factory=list)
    troubles: list[AdapterError] = field(default_factory=list)

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        self.asked.append((ref, set(keys)))
        if self.troubles:
            raise self.troubles.pop(0)
        return await super().recognise(ref, keys)


def asked_letters(house: House, blind: int) -> AskedLetters:
    """Letters that cannot be searched so often, in the house's place."""
    letters = AskedLetters(surroundings(house), blindness=[Uncertain("cannot_look")] * blind)
    house.letters = house.room.messengers["letters"] = letters
    return letters


async def an_unsure_card(house: House) -> AskedLetters:
    """The morning's card is in the square, and nobody knows that it is. A letter of somebody else follows."""
    letters = asked_letters(house, blind=1)
    await be_set_up(house, weekly="off")
    letters.faults = [("after", Uncertain("lost"))]
    await house.until(NINE + HOUR)
    assert await states(house) == [("unsure", "cannot_look")]
    await letters.send(SQUARE, letters.letters[0].card, "another key")
    return letters


async def react(house: House, ref: MessageRef = CARD, *, present: bool = True) -> None:
    """Robin does it on the platform too, as far as Kindling can ask it."""
    felt = house.letters.letters[int(ref.message)].reactions
    (felt.add if present else felt.discard)(Felt("robin", SEEDLING))
    await house.kindling.reacted(ROBIN, ref, SEEDLING, present=present, at=house.clock.now())


async def look(house: House) -> None:
    await house.core.recognising.look_again()


async def test_an_unsure_card_is_posted_when_somebody_reacts_to_it_and_the_reaction_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await an_unsure_card(house)

        await react(house)
        await look(house)

        assert await states(house) == [("posted", "")]
        assert (await the_delivery(house)).ref == CARD
        assert await marks(house) == {(SEEDLING, "copy")}


async def test_a_card_that_was_recognised_is_not_offered_to_be_posted_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await an_unsure_card(house)
        before = labels(await command(house, "kindling status"))

        await react(house)
        await look(house)

        status = await command(house, "kindling status")
        assert ("Post again" in before, "Post again" in labels(status)) == (True, False)
        assert line(status, "Last morning intention").endswith("posted")
        await house.until(NINE + 5 * HOUR)
        assert len(mornings(house)) == 2  # the card, and the letter of somebody else


async def test_the_button_that_a_moderator_was_sent_posts_no_recognised_card_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await an_unsure_card(house)
        [(_, question)] = house.letters.told
        await react(house)
        await look(house)

        answer = await press(house, question, "Post again")
        await house.core.engine.settle()

        assert answer.heading == "It is there"
        assert await states(house) == [("posted", "")]


async def test_a_card_that_is_touched_before_it_is_posted_again_is_left_at_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        letters.faults = [("before", TryLater("busy", 5 * MINUTE))]
        await press(house, await command(house, "kindling status"), "Post again")
        await house.core.engine.settle()

        await react(house)
        await look(house)
        await house.until(NINE + 3 * HOUR)

        assert await states(house) == [("posted", "")]
        assert (await the_delivery(house)).ref == CARD
        assert len(mornings(house)) == 2  # the card, and the letter of somebody else


async def test_what_is_done_to_a_recognised_card_from_then_on_is_kept_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await an_unsure_card(house)
        await react(house)
        await look(house)
        house.clock.at += MINUTE

        await react(house, present=False)

        assert await marks(house) == set()


async def test_a_message_that_carries_another_key_is_not_taken_for_the_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)

        await react(house, OTHER)
        await look(house)

        assert letters.asked == [(OTHER, {(await the_delivery(house)).id})]
        assert await states(house) == [("unsure", "cannot_look")]


async def test_where_no_card_is_unsure_nothing_is_asked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = asked_letters(house, blind=0)
        await be_set_up(house, weekly="off")
        await house.until(NINE + HOUR)
        await letters.send(SQUARE, letters.letters[0].card, "another key")

        await react(house, OTHER)
        await look(house)

        assert letters.asked == []


async def test_in_another_channel_than_the_unsure_card_s_nothing_is_asked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        garden = Place("letters", "village", "garden")
        ref = await letters.send(garden, letters.letters[0].card, "another key")

        await react(house, ref)
        await look(house)

        assert letters.asked == []


async def test_a_message_is_asked_about_once_however_often_it_is_touched(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)

        for _ in range(2 * LOOKS):
            await react(house, OTHER)
            await look(house)

        assert len(letters.asked) == 1


async def test_a_message_is_asked_about_again_when_another_card_is_unsure(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        await react(house, OTHER)
        await look(house)
        letters.faults, letters.blindness = [("after", Uncertain("lost"))], [Uncertain("cannot_look")]
        await house.until(NINE + DAY + HOUR)

        await react(house, OTHER)
        await look(house)

        (_, first), (_, second) = letters.asked
        assert len(first) == len(second) == 1
        assert first != second


async def test_what_was_only_taken_off_a_message_asks_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)

        await react(house, present=False)
        await look(house)

        assert letters.asked == []


@pytest.mark.parametrize("trouble", [TryLater("busy"), Uncertain("lost")], ids=["too busy", "answer lost"])
async def test_a_platform_that_does_not_answer_is_asked_until_it_does(tmp_path: Path, trouble: AdapterError) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        letters.troubles = [trouble] * 2 * LOOKS
        await react(house)

        for _ in range(2 * LOOKS):
            await look(house)
        undecided = await states(house)
        await look(house)

        assert undecided == [("unsure", "cannot_look")]
        assert await states(house) == [("posted", "")]
        assert await marks(house) == {(SEEDLING, "copy")}


async def test_a_busy_platform_is_left_alone_until_the_next_look(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        letters.troubles = [TryLater("busy")]
        await react(house, OTHER)
        await react(house)

        await look(house)
        asked_at_first = len(letters.asked)
        await look(house)

        assert asked_at_first == 1
        assert await states(house) == [("posted", "")]


async def test_a_platform_that_is_not_open_is_asked_when_it_is(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        await react(house)
        del house.room.messengers["letters"]

        for _ in range(2 * LOOKS):
            await look(house)
        house.room.messengers["letters"] = letters
        await look(house)

        assert await states(house) == [("posted", "")]


async def test_a_place_that_is_closed_to_us_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        letters.troubles = [Unreachable("closed", "Please open it.")]
        await react(house)
        await look(house)
        house.clock.at += CLOSED_FOR - MINUTE
        await react(house)
        await look(house)
        asked_meanwhile = len(letters.asked)
        house.clock.at += MINUTE

        await react(house)
        await look(house)

        assert asked_meanwhile == 1
        assert await states(house) == [("posted", "")]


async def test_a_message_that_the_platform_will_not_speak_of_is_asked_about_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        letters.troubles = [Unacceptable("odd")]

        for _ in range(2):
            await react(house)
            await look(house)

        assert len(letters.asked) == 1
        assert await states(house) == [("unsure", "cannot_look")]


async def test_while_a_message_is_asked_about_reactions_are_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        reached, gate, answer = asyncio.Event(), asyncio.Event(), letters.recognise

        async def slowly(ref: MessageRef, keys: Collection[str]) -> str | None:
            reached.set()
            await gate.wait()
            return await answer(ref, keys)

        letters.recognise = slowly  # type: ignore[method-assign] -- a slow platform
        await react(house)
        looking = asyncio.create_task(look(house))
        await reached.wait()

        await react(house, OTHER)
        waiting, under_way = house.core.reactions.waiting, not looking.done()
        gate.set()
        await looking

        assert (waiting, under_way) == (0, True)
        assert await states(house) == [("posted", "")]


async def test_a_card_that_is_posted_again_meanwhile_is_not_adopted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        answer = letters.recognise

        async def meanwhile(ref: MessageRef, keys: Collection[str]) -> str | None:
            told = await answer(ref, keys)
            status = await command(house, "kindling status")
            [again] = [choice.action for choice in status.choices if choice.label == "Post again"]
            await house.kindling.press(moderator(), again)
            await house.core.engine.settle()
            return told

        letters.recognise = meanwhile  # type: ignore[method-assign] -- a moderator is quicker
        await react(house)
        await look(house)

        assert await states(house) == [("posted", "")]
        assert (await the_delivery(house)).message == "2"


async def test_a_database_that_fails_at_that_moment_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_village(tmp_path) as house:
        await an_unsure_card(house)
        await react(house)

        def broken() -> None:
            raise DatabaseProblem("The disk is full.", "database.full")

        with monkeypatch.context() as trouble:
            trouble.setattr(house.database, "unit_of_work", broken)
            await look(house)
        undecided = await states(house)
        await look(house)

        assert undecided == [("unsure", "cannot_look")]
        assert await states(house) == [("posted", "")]
        assert await marks(house) == {(SEEDLING, "copy")}


async def test_looking_goes_on_after_a_fault(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        letters = await an_unsure_card(house)
        answer, looks = letters.recognise, 0

        async def faulty(ref: MessageRef, keys: Collection[str]) -> str | None:
            letters.recognise = answer  # type: ignore[method-assign] -- only the first time
            raise RuntimeError("a bug of an adapter")

        async def pause(seconds: float) -> None:
            nonlocal looks
            looks += 1
            if looks > 2:
                raise asyncio.CancelledError

        letters.recognise = faulty  # type: ignore[method-assign] -- an adapter with a bug
        house.core.recognising._pause = pause
        await react(house)
        with pytest.raises(asyncio.CancelledError):
            await house.core.recognising.keep_looking()

        assert await states(house) == [("posted", "")]

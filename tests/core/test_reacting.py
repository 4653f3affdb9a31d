import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import TryLater, Uncertain
from bot.domain.message import Action, Card
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Felt
from bot.services.comparing import PAUSES, Comparing
from bot.services.reactions import KEEP_REMOVED
from bot.storage.database import SqlUnitOfWork
from bot.storage.tables import reactions
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    SQUARE,
    BlindLetters,
    a_village,
    a_worker,
    command,
    marks,
    press,
    rows,
    surroundings,
    the_delivery,
)
from tests.house import House, member
from tests.letters import Letters

CARD = MessageRef(SQUARE, "0")
ROBIN = Person("letters", "village", "robin")
SAM = Person("letters", "village", "sam")
SEEDLING = "🌱"
HEART = "❤️"


async def one_card(house: House) -> Card:
    await be_set_up(house, weekly="off")
    await house.until(NINE)
    return house.letters.letters[0].card


async def felt(house: House) -> set[tuple[str, str]]:
    """The (emoji, via) of all marks that are present, with how many members made each."""
    return {(row["member_id"], row["emoji"]) for row in await rows(house, reactions) if row["present"]}


async def react(house: House, emoji: str, at: datetime, *, present: bool = True, who: Person = ROBIN) -> None:
    await house.kindling.reacted(who, CARD, emoji, present=present, at=at)


async def test_a_reaction_is_kept_and_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)

        await react(house, SEEDLING, NINE)
        kept = await marks(house)
        await react(house, SEEDLING, NINE + MINUTE, present=False)

        assert kept == {(SEEDLING, "copy")}
        assert await marks(house) == set()


async def test_a_reaction_that_comes_twice_counts_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)

        await react(house, SEEDLING, NINE)
        await react(house, SEEDLING, NINE)

        assert len(await felt(house)) == 1


async def test_a_late_add_does_not_undo_a_removal(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)

        await react(house, SEEDLING, NINE + MINUTE, present=False)
        await react(house, SEEDLING, NINE)

        assert await marks(house) == set()


async def test_one_emoji_in_two_spellings_is_one_reaction(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)

        await react(house, "❤️", NINE)
        await react(house, "❤", NINE + MINUTE)
        await react(house, "👍🏽", NINE)
        await react(house, "👍", NINE)

        assert await marks(house) == {("❤", "copy"), ("👍", "copy")}


async def test_clearing_one_emoji_leaves_the_others(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        await react(house, SEEDLING, NINE)
        await react(house, HEART, NINE)
        await react(house, HEART, NINE, who=SAM)

        await house.kindling.cleared(CARD, HEART, NINE + MINUTE)

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_clearing_all_leaves_the_button_s_mark(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)
        await react(house, SEEDLING, NINE)
        await press(house, card, "I'll try one", member())

        await house.kindling.cleared(CARD, None, NINE + MINUTE)

        assert await marks(house) == {(SEEDLING, "button")}


async def test_an_old_clearing_leaves_what_came_after_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        await react(house, SEEDLING, NINE + HOUR)

        await house.kindling.cleared(CARD, None, NINE + MINUTE)

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_the_button_does_the_same_as_the_emoji_and_can_be_undone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)

        answer = await press(house, card, "I'll try one", member())
        pressed = await marks(house)
        await press(house, answer, "Take it back", member())

        assert pressed == {(SEEDLING, "button")}
        assert await marks(house) == set()


async def test_whatever_the_clock_does_the_last_press_counts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)
        answer = await press(house, card, "I'll try one", member())
        house.clock.at = NINE - HOUR

        await press(house, answer, "Take it back", member())
        taken_back = await marks(house)
        await press(house, card, "I'll try one", member())

        assert taken_back == set()
        assert await marks(house) == {(SEEDLING, "button")}


async def test_taking_the_emoji_off_leaves_the_button_s_mark(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)
        await press(house, card, "I'll try one", member())
        await react(house, SEEDLING, NINE)

        await react(house, SEEDLING, NINE + MINUTE, present=False)

        assert await marks(house) == {(SEEDLING, "button")}


async def test_a_reaction_on_a_message_that_is_no_card_is_not_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)

        await house.kindling.reacted(ROBIN, MessageRef(SQUARE, "99"), SEEDLING, present=True, at=NINE)

        assert await rows(house, reactions) == []


@dataclass
class QuickLetters(Letters):
    """People here react before the answer to our request has come."""

    on_posting: list[Felt] = field(default_factory=list)

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        ref = await super().send(place, card, key)
        self.letters[-1].reactions.update(self.on_posting)
        assert self.kindling
        for one in self.on_posting:
            person = Person(place.platform, place.space, one.user)
            await self.kindling.reacted(person, ref, one.emoji, present=True, at=self.letters[-1].at)
        return ref


async def test_a_reaction_that_is_quicker_than_our_answer_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        quick = QuickLetters(surroundings(house), on_posting=[Felt("robin", SEEDLING)], kindling=house.kindling)
        house.letters = house.room.messengers["letters"] = quick

        await one_card(house)

        assert await marks(house) == {(SEEDLING, "copy")}


@dataclass
class BusyLetters(QuickLetters):
    """Letters whose platform is too busy at first to tell who reacted."""

    busy: int = 1

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        if self.busy:
            self.busy -= 1
            raise TryLater("busy")
        return await super().reactions(ref)


async def test_a_quick_reaction_is_kept_also_when_the_platform_is_too_busy_to_be_asked_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        busy = BusyLetters(surroundings(house), on_posting=[Felt("robin", SEEDLING)], kindling=house.kindling)
        house.letters = house.room.messengers["letters"] = busy
        await one_card(house)
        asked_once = await marks(house)

        await house.core.comparing.look_again()

        assert asked_once == set()
        assert await marks(house) == {(SEEDLING, "copy")}


async def test_reactions_to_a_card_that_could_not_be_kept_for_long_are_fetched(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        unit_of_work = house.database.unit_of_work

        @asynccontextmanager
        async def held_up() -> AsyncIterator[SqlUnitOfWork]:
            if house.letters.letters and house.clock.at == NINE:
                house.clock.at += MINUTE
                house.letters.letters[0].reactions.add(Felt("robin", SEEDLING))
            async with unit_of_work() as work:
                yield work

        house.database.unit_of_work = held_up  # type: ignore[method-assign] -- a slow disk

        await house.until(NINE)

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_a_reaction_on_a_card_in_doubt_is_fetched_when_the_card_is_found(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("after", Uncertain("lost"))]
        house.clock.at = NINE
        await house.core.engine.settle()
        house.letters.letters[0].reactions.add(Felt("robin", SEEDLING))
    async with a_village(tmp_path, NINE + MINUTE, house.letters) as house:
        await house.kindling.connected("letters")

        await house.until(NINE + HOUR)

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_reactions_on_an_unsure_card_are_fetched_when_somebody_touches_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        blind = BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")])
        house.letters = house.room.messengers["letters"] = blind
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE + HOUR)
        house.letters.letters[0].reactions.add(Felt("robin", SEEDLING))
        delivery = await the_delivery(house)

        await house.kindling.press(member(user="sam"), Action("rest", delivery.id), CARD)

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_what_was_missed_while_away_is_applied_both_ways(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        await react(house, SEEDLING, NINE)
        await react(house, HEART, NINE)
    async with a_village(tmp_path, NINE + HOUR, house.letters) as house:
        house.letters.letters[0].reactions = {Felt("robin", HEART), Felt("sam", "🌻")}

        await house.kindling.connected("letters")

        assert await marks(house) == {("❤", "copy"), ("🌻", "copy")}


async def test_an_event_during_a_comparison_is_the_newer_word(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        house.letters.letters[0].reactions = {Felt("robin", SEEDLING)}
        asked = house.letters.reactions

        async def meanwhile(ref: MessageRef) -> frozenset[Felt]:
            said = await asked(ref)
            house.clock.at += timedelta(seconds=1)
            await react(house, SEEDLING, house.clock.at, present=False)
            return said

        house.letters.reactions = meanwhile  # type: ignore[method-assign] -- an event comes in between
        await house.kindling.connected("letters")

        assert await marks(house) == set()


async def test_what_the_platform_is_too_busy_to_tell_is_asked_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        house.letters.letters[0].reactions.add(Felt("robin", SEEDLING))
        busy = [TryLater("busy"), Uncertain("lost")]
        paused: list[float] = []

        class BusyLetters(Letters):
            async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
                if busy:
                    raise busy.pop()
                return await super().reactions(ref)

        async def pause(seconds: float) -> None:
            paused.append(seconds)

        house.room.messengers["letters"] = BusyLetters(surroundings(house), letters=house.letters.letters)
        await Comparing(house.database, house.room, house.clock, pause).compare("letters")

        assert paused == list(PAUSES[:2])
        assert {emoji for _, emoji in await felt(house)} == {SEEDLING}


async def test_a_comparison_leaves_the_button_s_marks_alone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)
        await press(house, card, "I'll try one", member())

        await house.kindling.connected("letters")

        assert await marks(house) == {(SEEDLING, "button")}


async def test_a_platform_that_does_not_answer_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        await react(house, SEEDLING, NINE)

        async def no_answer(_: MessageRef) -> frozenset[Felt]:
            raise TryLater("down")

        async def no_pause(_: float) -> None:
            pass

        house.letters.reactions = no_answer  # type: ignore[method-assign] -- the platform is down
        await Comparing(house.database, house.room, house.clock, no_pause).compare("letters")

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_comparisons_at_the_same_time_end_in_the_platform_s_state(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        house.letters.letters[0].reactions = {Felt("robin", SEEDLING), Felt("sam", SEEDLING)}

        await asyncio.gather(*(house.kindling.connected("letters") for _ in range(5)))

        assert len(await felt(house)) == 2


async def test_a_comparison_that_was_cancelled_while_waiting_does_not_stop_the_next(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        asked, gate = asyncio.Event(), asyncio.Event()
        answer = house.letters.reactions

        async def slowly(ref: MessageRef) -> frozenset[Felt]:
            asked.set()
            await gate.wait()
            return await answer(ref)

        house.letters.reactions = slowly  # type: ignore[method-assign] -- a slow platform
        first = asyncio.create_task(house.kindling.connected("letters"))
        await asked.wait()
        second = asyncio.create_task(house.kindling.connected("letters"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        gate.set()
        await first
        house.letters.letters[0].reactions = {Felt("robin", SEEDLING)}

        await house.kindling.connected("letters")

        assert await marks(house) == {(SEEDLING, "copy")}


async def test_old_cards_are_not_asked_about(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        await command(house, "kindling pause", until="2027-01-01")
        house.letters.letters[0].reactions = {Felt("robin", SEEDLING)}
        await house.until(NINE + 9 * DAY)

        await house.kindling.connected("letters")

        assert await marks(house) == set()


async def test_marks_taken_back_long_ago_are_forgotten_and_others_are_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)
        await react(house, SEEDLING, NINE, present=False)
        await react(house, HEART, NINE)
        house.clock.at = NINE + KEEP_REMOVED + MINUTE

        await house.core.reactions.tidy()  # the engine does it once a day

        assert [row["emoji"] for row in await rows(house, reactions)] == ["❤"]


async def test_a_card_of_another_community_is_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)
        stranger = member(user="quinn", space="hamlet")

        tried = await press(house, card, "I'll try one", stranger)
        another = await press(house, card, "Another idea", stranger)

        assert tried.heading == another.heading == "Not this time"
        assert await rows(house, reactions) == []


async def test_a_card_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await one_card(house)

        reply = await house.kindling.press(member(), Action("try", "no-such-card"))

        assert isinstance(reply.content, Card)
        assert reply.content.heading == "Not this time"


async def test_the_same_press_gives_the_same_idea_and_each_next_one_another(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_card(house)

        first = await press(house, card, "Another idea", member())
        again = await press(house, card, "Another idea", member())
        second = await press(house, first, "Another idea", member())

        assert first == again
        assert first.body != second.body
        assert all(part.plain() not in first.plain() for part in card.body[1].items)  # type: ignore[union-attr]


@pytest.mark.parametrize("worker", ["anna", "a-machine-with-a-very-long-name." * 4])
async def test_a_worker_may_be_called_anything(tmp_path: Path, worker: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        assert await a_worker(house, worker).claim("letters", 10) == []


async def test_taking_back_counts_also_when_the_clock_went_back_over_a_restart(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE)
        [letter] = house.letters.letters
        await press(house, letter.card, "I'll try one", member())

    async with a_village(tmp_path, NINE - HOUR, house.letters) as house:
        await house.kindling.press(member(), Action("untry", letter.key))

        assert await marks(house) == set()

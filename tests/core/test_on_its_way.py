"""What moderators decide while a card is on its way, or waits in a pause, when it turns out that it did not arrive."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.errors import AdapterError, TryLater, Uncertain
from bot.domain.message import Action, Card
from bot.domain.places import MessageRef, Place
from bot.storage.database import Database
from tests.core.before import be_set_up
from tests.core.test_moderators_at_once import a_village_on
from tests.core.test_schedules import form_of
from tests.core.test_votes import form, submit, votes
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    BlindLetters,
    a_village,
    card_of,
    command,
    headings,
    mornings,
    press,
    skips,
    states,
    surroundings,
)
from tests.house import House, moderator
from tests.letters import Letters
from tests.storage.databases import database, kind, postgres, sqlite_template, url

__all__ = ["database", "kind", "postgres", "sqlite_template", "url"]
REFUSED = pytest.mark.parametrize("fault", [TryLater("busy"), Uncertain("no_answer")], ids=["busy", "no_answer"])
DECIDED = pytest.mark.parametrize("what", ["pause", "skip", "remove"])


@dataclass
class Refusing(Letters):
    """While the first letter is on its way, something happens; then it is refused, or nobody hears of it any more."""

    meanwhile: Callable[[], Awaitable[object]] | None = None
    fault: AdapterError | None = None

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None and self.fault is not None:
            await meanwhile()
            raise self.fault
        return await super().send(place, card, key)


def refuse(house: House, meanwhile: Callable[[], Awaitable[object]], fault: AdapterError) -> None:
    """Have the next card refused, after something happened."""
    house.letters = Refusing(surroundings(house), letters=house.letters.letters, meanwhile=meanwhile, fault=fault)
    house.room.messengers["letters"] = house.letters


async def decide(house: House, what: str) -> None:
    """A moderator pauses everything, leaves today out, or removes the schedule."""
    match what:
        case "pause":
            await command(house, "kindling pause", until="2026-11-26")
        case "skip":
            await command(house, "kindling skip", when="2026-11-23")
        case _:
            chosen = form_of(await house.kindling.press(moderator(), Action("open", "which")))
            shown = await house.kindling.submit(moderator(), "which", "", {"schedule": chosen.fields[0].options[0][0]})
            await press(house, await press(house, card_of(shown), "Remove"), "Remove")


async def a_card_in_doubt(house: House) -> None:
    """The morning's card did not arrive, and the platform is away for an hour, so nobody can look."""
    await be_set_up(house, weekly="off")
    blind = BlindLetters(surroundings(house), blindness=[TryLater("away", HOUR)])
    house.room.messengers["letters"] = house.letters = blind
    blind.faults = [("before", Uncertain("no_answer"))]
    await house.until(NINE + 10 * MINUTE)


async def elsewhere(house: House) -> None:
    words = {"channel": "green", "zone": "Europe/Berlin", "morning": "09:00", "weekly": "off"}
    await command(house, "kindling setup", **words)


# While it is being sent


@REFUSED
@DECIDED
async def test_a_card_that_did_not_arrive_does_not_come_after_what_was_decided_meanwhile(
    database: Database, tmp_path: Path, what: str, fault: AdapterError
) -> None:
    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house, weekly="off")
        refuse(house, lambda: decide(house, what), fault)

        await house.until(NINE + 2 * HOUR)

        assert headings(house) == []
        reasons = {"pause": "paused", "skip": "day_off", "remove": "removed"}
        assert await states(house) == [("skipped", reasons[what])]


async def test_a_card_that_arrived_is_posted_whatever_was_decided_meanwhile(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("after", Uncertain("no_answer"))]
        await house.until(NINE)

        await decide(house, "pause")
        await house.until(NINE + HOUR)

        assert mornings(house) == [NINE]
        assert await states(house) == [("posted", "")]


async def test_a_pause_holds_back_a_card_in_doubt_that_turns_out_not_to_be_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_card_in_doubt(house)

        await decide(house, "pause")
        await house.until(NINE + DAY)

        assert headings(house) == []
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "paused")]


async def test_a_card_in_doubt_comes_after_all_when_the_pause_ends_before_anybody_knows(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_card_in_doubt(house)

        await decide(house, "pause")
        await command(house, "kindling pause", until="off")
        await house.until(NINE + 2 * HOUR)

        assert len(mornings(house)) == 1


async def test_a_card_in_doubt_comes_in_a_pause_when_a_moderator_posts_it_now(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_card_in_doubt(house)

        await decide(house, "pause")
        await command(house, "kindling post")
        await house.until(NINE + 2 * HOUR)

        assert len(mornings(house)) == 1


async def test_a_vote_that_was_taken_back_while_its_card_was_on_its_way_is_not_posted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE + DAY)
        answered, said = asyncio.Event(), list[Card]()

        async def undone() -> None:
            await answered.wait()
            await press(house, said[0], "Undo")

        refuse(house, undone, TryLater("busy"))
        said.append(card_of(await submit(house, await form(house, "Let people vote"))))
        answered.set()
        await house.forward(HOUR)

        assert votes(house) == []


# While it waits in a pause


@pytest.mark.parametrize("what", ["skip", "remove"])
async def test_what_is_decided_in_a_pause_holds_when_the_pause_ends(tmp_path: Path, what: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)
        await decide(house, "pause")
        await decide(house, what)

        await command(house, "kindling pause", until="off")
        await house.until(NINE + 2 * HOUR)

        assert headings(house) == []


async def test_a_card_that_waited_in_a_pause_comes_where_its_schedule_posts_by_then(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)
        await decide(house, "pause")
        await elsewhere(house)

        await command(house, "kindling pause", until="off")
        await house.until(NINE + 2 * HOUR)

        assert [letter.place.channel for letter in house.letters.letters] == ["green"]


async def test_a_card_that_was_posted_in_the_pause_does_not_come_again_after_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)
        await decide(house, "pause")
        await elsewhere(house)
        await command(house, "kindling post")
        await house.core.engine.settle()

        await command(house, "kindling pause", until="off")
        await house.until(NINE + 2 * HOUR)

        assert [letter.place.channel for letter in house.letters.letters] == ["green"]

"""Leaving: asked twice, stopped at once, taken back within a minute, and then everything is gone."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.domain.errors import TryLater, Uncertain, Unreachable
from bot.domain.message import Action, Card
from bot.domain.places import Actor, MessageRef
from bot.storage.tables import acts, communities, leavings, members, metadata, spaces
from tests.core.before import be_set_up
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, copies, link, two_places
from tests.core.test_on_its_way import refuse
from tests.core.test_recap import FRIDAY_EVENING, letters, with_recap
from tests.core.test_sharing import share
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    a_village,
    button,
    card_of,
    command,
    labels,
    line,
    press,
    rows,
)
from tests.house import House, member, moderator


async def asked(house: House, actor: Actor = MAYA) -> Card:
    """The last question."""
    return await press(house, await command(house, "kindling leave", actor), "Go on", actor)


async def agreed(house: House, actor: Actor = MAYA) -> Card:
    """The answer to the last yes."""
    return await press(house, await asked(house, actor), "Erase everything", actor)


async def leave(house: House, actor: Actor = MAYA) -> None:
    await agreed(house, actor)
    await house.forward(2 * MINUTE)


def cards(house: House) -> list[datetime]:
    """When morning cards came."""
    return [letter.at for letter in house.letters.letters if letter.card.heading == "Today’s intention"]


async def traces(house: House, of: Collection[str]) -> set[str]:
    """The tables in which one of these texts stands, wherever in a row."""
    found: set[str] = set()
    async with house.database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                if any(name in str(value) for value in row for name in of):
                    found.add(table.name)
    return found


async def ids_of(house: House, key: str) -> set[str]:
    """All that a place is known by in the database, and everybody in it, and what they wrote."""
    [space] = [row for row in await rows(house, spaces) if row["key"] == key]
    there = [
        row["id"] for table in (members, acts) for row in await rows(house, table) if row["space_id"] == space["id"]
    ]
    people = [row["user"] for row in await rows(house, members) if row["space_id"] == space["id"]]
    return {space["id"], key, *there, *people}


async def test_only_moderators_are_asked_and_at_each_press(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        first, last = await command(house, "kindling leave"), await asked(house)

        said = [
            await command(house, "kindling leave", member()),
            await press(house, first, "Go on", member()),
            await press(house, last, "Erase everything", member()),
        ]

        assert {card.heading for card in said} == {"Not this time"}
        assert await rows(house, leavings) == []


async def test_the_first_question_tells_what_would_be_erased_and_offers_an_export(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        await share(house, member("sam"), shown_as="me")
        await house.until(NINE)

        card = await command(house, "kindling leave")

        assert line(card, "Acts").startswith("1 kindness on the wall")
        assert line(card, "Copies").startswith("1 message ")
        assert line(card, "Cards").startswith("what is known of 1 card,")
        assert labels(card) == ["Export first", "Go on"]


async def test_nothing_is_erased_before_the_second_yes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)

        await asked(house)
        await house.until(NINE)

        assert len(copies(house, "village")) == 1
        assert cards(house) == [NINE]


async def test_a_yes_after_ten_minutes_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        last = await asked(house)
        house.clock.at += 10 * MINUTE + timedelta(seconds=1)

        said = await press(house, last, "Erase everything")
        await house.until(NINE)

        assert said.heading == "That question has grown old"
        assert cards(house) == [NINE]


@pytest.mark.parametrize("detail", ["", "yes", "99999999999999", "²", "-1"])
async def test_a_yes_without_its_time_changes_nothing(tmp_path: Path, detail: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        yes = button(await asked(house), "Erase everything")

        said = card_of(await house.kindling.press(MAYA, Action(yes.name, yes.subject, detail)))

        assert said.heading == "That question has grown old"


async def test_a_yes_given_in_another_place_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        last = await asked(house)

        said = await press(house, last, "Erase everything", TOMAS)

        assert said.heading == "Not this time"
        assert await rows(house, leavings) == []


async def test_cards_stop_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE - timedelta(seconds=30))

        await agreed(house)
        await house.until(NINE)

        assert cards(house) == []


async def test_staying_within_the_minute_brings_everything_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        card = await agreed(house)

        said = await press(house, card, "Stay after all")
        await house.until(NINE + DAY)

        assert said.heading == "Kindling stays"
        assert cards(house) == [NINE, NINE + DAY]
        assert len(copies(house, "village")) == 1


async def test_a_card_that_fell_due_in_the_minute_comes_when_they_stay(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE - timedelta(seconds=30))
        card = await agreed(house)
        await house.until(NINE + timedelta(seconds=10))

        await press(house, card, "Stay after all")
        await house.core.engine.settle()

        assert cards(house) == [NINE + timedelta(seconds=10)]


async def test_a_card_that_waited_for_another_try_comes_when_they_stay(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE)
        card = await agreed(house)

        await press(house, card, "Stay after all")
        await house.core.engine.settle()

        assert cards(house) == [NINE]


async def test_a_card_that_is_on_its_way_is_not_lost_when_they_stay(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        said: list[Card] = []

        async def leaving() -> None:
            said.append(await agreed(house))

        refuse(house, leaving, TryLater("busy"))
        await house.until(NINE)

        await press(house, said[0], "Stay after all")
        await house.until(NINE + HOUR)

        assert len(cards(house)) == 1


async def test_a_card_in_doubt_is_asked_about_when_they_stay(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", Uncertain("no_answer"))]
        await house.until(NINE + timedelta(seconds=10))

        await press(house, await agreed(house), "Stay after all")
        await house.until(NINE + HOUR)

        assert len(cards(house)) == 1


async def test_who_stays_in_a_pause_that_began_meanwhile_has_no_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await house.until(NINE + DAY - MINUTE)
        house.letters.faults = [("before", TryLater("busy", HOUR))] * 2
        await house.until(NINE + DAY)
        leaving, before = await agreed(house, TOMAS), len(house.letters.letters)
        await command(house, "kindling pause", MAYA, until="2026-12-01")

        await press(house, leaving, "Stay after all", TOMAS)
        await house.until(NINE + DAY + 2 * HOUR)

        assert len(house.letters.letters) == before


async def test_after_the_minute_nobody_can_stay(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        card = await agreed(house)
        await house.forward(2 * MINUTE)

        said = await press(house, card, "Stay after all")

        assert said.heading == "It has begun"
        assert await rows(house, spaces) == []


async def test_the_wall_is_taken_away_and_nothing_of_the_place_is_left(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await share(house, member("sam"), shown_as="me")
        await house.until(NINE)

        await leave(house)

        assert copies(house, "village") == []
        assert {table.name for table in metadata.sorted_tables if await rows(house, table)} == set()


async def test_a_weekly_recap_is_taken_away_with_the_words_that_it_quotes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        await house.until(FRIDAY_EVENING)
        before = letters(house)

        await leave(house)

        assert len(before) == 1
        assert letters(house) == []


async def test_whoever_asked_hears_of_the_end_and_how_the_bot_is_taken_out(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await leave(house)

        person, card = house.letters.told[-1]
        assert person == MAYA.person
        assert house.letters.way_out in card.plain()
        assert "by hand" not in card.plain()


async def test_a_yes_given_twice_and_at_once_is_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        last = await asked(house)

        said = await asyncio.gather(*(press(house, last, "Erase everything") for _ in range(3)))
        await house.forward(2 * MINUTE)

        assert {card.heading for card in said} == {"Kindling is leaving"}
        assert [card.heading for _, card in house.letters.told] == ["Goodbye, and thank you"]


async def test_what_cannot_be_removed_yet_is_tried_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        house.room.messengers["letters"] = Stubborn(house, TryLater("down", HOUR), until=house.clock.at + 3 * HOUR)
        await agreed(house)
        await house.forward(2 * HOUR)
        meanwhile = copies(house, "village")

        await house.forward(3 * HOUR)

        assert len(meanwhile) == 1
        assert copies(house, "village") == []
        assert await rows(house, communities) == []


async def test_after_a_day_everything_is_erased_and_what_was_left_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        house.room.messengers["letters"] = Stubborn(house, TryLater("down", HOUR), until=house.clock.at + 9 * DAY)
        await agreed(house)
        await house.forward(DAY)
        before = await rows(house, acts)

        await house.forward(2 * MINUTE)

        assert len(before) == 1
        assert await rows(house, communities) == []
        assert "1 message of the wall #square" in house.letters.told[-1][1].plain()


async def test_what_cannot_be_reached_any_more_holds_nothing_up_and_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        closed = Unreachable("letters.closed", "Closed.")
        house.room.messengers["letters"] = Stubborn(house, closed, until=house.clock.at + 9 * DAY)

        await leave(house)

        assert await rows(house, communities) == []
        assert "1 message of the wall #square" in house.letters.told[-1][1].plain()


async def test_a_place_that_comes_back_starts_new_even_while_it_is_being_erased(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        down = house.clock.at + 3 * HOUR
        house.room.messengers["letters"] = Stubborn(house, TryLater("down", HOUR), until=down)
        await leave(house)

        status = await command(house, "kindling status")
        await be_set_up(house, weekly="off")
        wall = await command(house, "kind wall", ROBIN)
        await house.until(NINE + 5 * HOUR)

        assert status.heading == "Kindling is not set up here yet"
        assert "carried my shopping" not in wall.plain()
        assert [row["key"] for row in await rows(house, spaces)] == ["village"]
        assert copies(house, "village") == []


async def test_a_bot_that_is_removed_meanwhile_is_erased_all_the_same(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await agreed(house)

        await house.kindling.left("letters", "village")
        await house.forward(2 * MINUTE)

        assert await rows(house, communities) == []


@pytest.mark.parametrize(("goes", "stays", "gone"), [(MAYA, "town", "village"), (TOMAS, "village", "town")])
async def test_a_linked_place_keeps_its_own_and_nothing_of_the_one_that_leaves(
    tmp_path: Path, goes: Actor, stays: str, gone: str
) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await share(house, ROBIN, text="Written in the village.", audience="both")
        await share(house, TARA, text="Written in the town.", audience="both")
        await house.until(NINE + DAY)
        known = await ids_of(house, gone)
        shown = {place: sorted(copies(house, place)) for place in ("village", "town")}

        await leave(house, goes)
        posted = len(cards(house))
        await house.until(NINE + 2 * DAY)

        assert {len(found) for found in shown.values()} == {2}
        assert copies(house, gone) == []
        assert copies(house, stays) == [f"Written in the {stays}."]
        assert await traces(house, known) == set()
        assert len(cards(house)) == posted + 1
        assert len(await rows(house, communities)) == 1
        audit = await command(house, "kindling audit", TOMAS if goes is MAYA else MAYA)
        assert "a linked place was unlinked, by another moderator" in audit.plain().replace(" (space.unlinked)", "")
        assert "Unlinked" in [card.heading for person, card in house.letters.told if person.space == stays]


async def test_cards_that_a_linked_place_got_are_still_its_own(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await house.until(NINE + DAY)
        [letter] = [one for one in house.letters.letters if one.place.space == "town" and one.at == NINE + DAY]

        await leave(house)
        ref = MessageRef(letter.place, str(house.letters.letters.index(letter)))
        said = card_of(await house.kindling.press(TARA, button(letter.card, "I'll try one"), ref))

        assert said.heading != "Not this time"


async def test_another_community_is_untouched(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await share(house, TARA)
        await house.until(NINE)
        town = await ids_of(house, "town")
        before = await traces(house, town)

        await leave(house)

        assert await traces(house, town) == before
        assert len(copies(house, "town")) == 1


async def test_the_audit_tells_that_they_stayed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await press(house, await agreed(house), "Stay after all")

        said = await command(house, "kindling audit", moderator("noor"))

        assert "Kindling was asked to leave" in said.plain()
        assert "Kindling stayed after all" in said.plain()


class Stubborn:
    """The letters, from which nothing can be taken away until an instant."""

    def __init__(self, house: House, fault: Exception, until: object) -> None:
        self._house, self._fault, self._until = house, fault, until

    def __getattr__(self, name: str) -> object:
        return getattr(self._house.letters, name)

    async def delete(self, ref: MessageRef) -> None:
        if self._house.clock.at < self._until:  # type: ignore[operator]
            raise self._fault
        await self._house.letters.delete(ref)

"""Troubles that nobody plans for: each stays small, and somebody who can help is told."""

from pathlib import Path

from sqlalchemy import update

from bot.domain.errors import TryLater, Uncertain
from bot.domain.places import Person
from bot.storage.tables import communities, schedules
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MORNING,
    NINE,
    a_village,
    card_of,
    command,
    headings,
    press,
    rows,
    set_up,
    states,
)
from tests.house import House, moderator

OTHERS = moderator("mo", space="hamlet", channel="green")


async def lose_an_answer(house: House) -> None:
    """The first card's answer is lost, and the platform does not let us look."""

    async def blind(*_: object) -> None:
        raise Uncertain("blind")

    house.letters.find = blind  # type: ignore[method-assign, assignment] -- as on Slack with the least scopes
    house.letters.faults = [("before", Uncertain("lost"))]
    await house.until(NINE + MINUTE)


async def test_a_card_that_may_not_have_arrived_is_asked_about_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await lose_an_answer(house)
        await house.until(NINE + 2 * DAY)

        [(person, card)] = house.letters.told
        assert person == Person("letters", "village", "maya")
        assert "#square" in card.plain()
        assert (await states(house))[0] == ("unsure", "blind")


async def test_the_question_carries_a_way_to_post_it_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await lose_an_answer(house)
        [(_, asked)] = house.letters.told

        await press(house, asked, "Post again")
        await house.core.engine.settle()

        assert headings(house) == [MORNING]


async def test_a_doubt_that_cannot_be_settled_ends_after_a_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off", days="mon")

        async def busy(*_: object) -> None:
            raise TryLater("busy", HOUR)

        house.letters.find = busy  # type: ignore[method-assign, assignment] -- a channel too busy to be searched
        house.letters.faults = [("before", Uncertain("lost"))]
        await house.until(NINE + 2 * DAY)

        assert await states(house) == [("unsure", "no_answer")]


async def test_a_zone_that_is_not_known_here_stops_nobody_else(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await be_set_up(house, OTHERS, weekly="off", channel="green")
        [first, _] = await rows(house, communities, communities.c.created_at, communities.c.id)
        async with house.database.engine.begin() as connection:
            await connection.execute(
                update(schedules).where(schedules.c.community_id == first["id"]).values(zone="Mars/Base")
            )

        await house.core.engine.settle()
        house.clock.at = NINE
        await house.core.engine.settle()

        assert headings(house) == [MORNING]


async def test_a_card_that_waits_follows_to_the_channel_that_was_chosen_meanwhile(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)

        await set_up(house, weekly="off", channel="garden")
        await house.until(NINE + 2 * HOUR)

        assert [letter.place.channel for letter in house.letters.letters] == ["garden"]


async def test_a_list_of_spaces_that_knows_none_of_ours_ends_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await be_set_up(house, OTHERS, weekly="off", channel="green")

        await house.kindling.connected("letters", [])
        await house.kindling.connected("letters", ["elsewhere"])
        await house.until(NINE)

        assert headings(house) == [MORNING, MORNING]


async def test_one_value_needs_no_name_where_there_is_only_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        paused = card_of(await house.kindling.typed(moderator(), "kindling", "pause 2w"))
        resumed = card_of(await house.kindling.typed(moderator(), "kindling", "pause off"))

        assert "7 Dec 2026" in paused.plain()
        assert resumed.heading == "The pause is over"


async def test_pausing_where_nothing_is_set_up_offers_to_set_up(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        assert "not set up here yet" in (await command(house, "kindling pause", until="2w")).heading

import asyncio
from pathlib import Path

from bot.domain.errors import TryLater, Uncertain
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MORNING,
    NINE,
    SlowLetters,
    a_village,
    command,
    headings,
    mornings,
    set_up,
    states,
    surroundings,
)
from tests.house import moderator


async def test_leaving_stops_everything_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await house.kindling.left("letters", "village")
        await house.until(NINE + 8 * DAY)

        assert headings(house) == []


async def test_leaving_ends_a_card_that_waits_for_another_try(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE)

        await house.kindling.left("letters", "village")
        await house.until(NINE + 2 * HOUR)

        assert headings(house) == []
        assert await states(house) == [("skipped", "space_left")]


async def test_leaving_ends_a_card_in_doubt(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", Uncertain("lost"))]
        house.clock.at = NINE
        await house.core.engine.settle()

        await house.kindling.left("letters", "village")
        await house.until(NINE + HOUR)

        assert headings(house) == []
        assert await states(house) == [("unsure", "space_left")]


async def test_leaving_while_a_card_is_being_sent_leaves_the_truth(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        slow = SlowLetters(surroundings(house))
        house.letters = house.room.messengers["letters"] = slow
        house.clock.at = NINE
        house.core.engine.nudge()
        await slow.reached.wait()

        await house.kindling.left("letters", "village")
        on_leaving = await states(house)
        slow.gate.set()
        await house.core.engine.settle()

        assert on_leaving == [("unsure", "space_left")]
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_a_return_posts_nothing_before_it_is_set_up_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.left("letters", "village")

        await house.kindling.joined("letters", "village")
        await house.until(NINE + 2 * DAY)
        nothing = headings(house)
        status = await command(house, "kindling status")
        await set_up(house, weekly="off")
        await house.until(NINE + 3 * DAY)

        assert nothing == []
        assert status.heading == "Kindling is not set up here yet"
        assert mornings(house) == [NINE + 3 * DAY]


async def test_a_return_on_the_same_day_gives_no_second_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE)
        await house.kindling.left("letters", "village")
        await house.kindling.joined("letters", "village")

        await set_up(house, weekly="off", morning="10:00")
        await command(house, "kindling post")
        await house.until(NINE + 3 * HOUR)

        assert mornings(house) == [NINE]


async def test_a_comparison_on_connecting_applies_what_was_missed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await be_set_up(house, moderator(space="hamlet"), weekly="off")

        await house.kindling.connected("letters", {"hamlet", "newtown"})
        await house.until(NINE)

        assert [letter.place.space for letter in house.letters.letters] == ["hamlet"]


async def test_a_platform_that_does_not_say_where_it_is_stops_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await house.kindling.connected("letters")
        await house.until(NINE)

        assert len(mornings(house)) == 1


async def test_leaving_twice_and_leaving_nowhere_are_harmless(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await asyncio.gather(*(house.kindling.left("letters", space) for space in ("village", "village", "nowhere")))
        await house.until(NINE + MINUTE)

        assert headings(house) == []

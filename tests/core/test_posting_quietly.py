"""`/kindling post` in quiet hours asks once, and what is said then is looked at again at the press."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.core.before import be_set_up
from tests.core.test_schedules import change, opened
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NINE,
    a_village,
    button,
    card_of,
    command,
    labels,
    mornings,
    press,
)
from tests.house import House, member, moderator


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village at 08:00 on a Monday, in which it is quiet until half past; its card comes at nine."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await change(house, await opened(house, "community"), quiet="21:00-08:30")
        yield house


async def test_in_quiet_hours_it_is_asked_and_nothing_comes_yet(house: House) -> None:
    asked = await command(house, "kindling post")
    await house.forward(MINUTE)

    assert "It is quiet here until 08:30, Europe/Berlin. Post anyway?" in asked.plain()
    assert labels(asked) == ["Post anyway", "Preview the week"]
    assert mornings(house) == []
    await house.until(NINE)
    assert mornings(house) == [NINE]


async def test_whoever_means_it_has_it_posted_and_no_second_one_comes(house: House) -> None:
    posted = await press(house, await command(house, "kindling post"), "Post anyway")
    await house.until(NINE + HOUR)

    assert "No second one comes today" in posted.plain()
    assert mornings(house) == [MONDAY]


async def test_the_button_of_another_card_asks_as_well(house: House) -> None:
    asked = await press(house, await command(house, "kindling status"), "Post today's card now")

    assert asked.heading == "Quiet hours"


async def test_outside_of_quiet_hours_nothing_is_asked(house: House) -> None:
    await house.until(MONDAY + 31 * MINUTE)
    posted = await command(house, "kindling post")

    assert "No second one comes today" in posted.plain()


async def test_what_is_there_already_is_not_asked_about(house: House) -> None:
    await press(house, await command(house, "kindling post"), "Post anyway")
    await house.forward(MINUTE)

    assert "No second one comes today" in (await command(house, "kindling post")).plain()
    assert mornings(house) == [MONDAY]


async def test_only_moderators_say_so(house: House) -> None:
    anyway = button(await command(house, "kindling post"), "Post anyway")
    refused = card_of(await house.kindling.press(member(), anyway))
    await house.forward(MINUTE)

    assert "for moderators" in refused.plain()
    assert mornings(house) == []


async def test_what_was_asked_of_one_day_does_not_hold_on_another(house: House) -> None:
    anyway = button(await command(house, "kindling post"), "Post anyway")
    await house.until(MONDAY + DAY)
    told = card_of(await house.kindling.press(moderator(), anyway))
    await house.forward(MINUTE)

    assert told.heading == "It is another day by now"
    assert mornings(house) == [NINE]

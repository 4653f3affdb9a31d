"""What comes next is one thing, wherever it is told: also when a single card was moved, or left out, ahead of its
time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.message import Card
from tests.core.test_previewing import fill, form_of, look_at, preview
from tests.core.village import DAY, HOUR, MINUTE, NINE, a_village, command, labels, line, press, set_up
from tests.house import House, member

MORNING = "Morning intention"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, on a Monday morning before its card."""
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        yield house


async def move(house: House, index: int, at: str) -> Card:
    return await fill(house, await form_of(house, await look_at(house, index), "Move it"), at=at)


async def told(house: House) -> set[str]:
    """When the next card comes, as each of those says who tell it; a moment without its zone."""
    status = line(await command(house, "kindling status"), MORNING).partition("Next: ")[2]
    settings = line(await command(house, "kindling settings"), MORNING).partition("Next: ")[2].rstrip(".")
    begun = line(await set_up(house, weekly="off"), "First card").partition(";")[0]
    resumed = await command(house, "kindling pause", until="off")
    today = (await command(house, "kind today", member())).plain().partition("Next card: ")[2].strip(".")
    over = resumed.plain().partition("Next card: ")[2].partition(",")[0]
    heard = {status, settings, begun, over, today or status}
    return {one.removesuffix(" Europe/Berlin") for one in heard}


async def next_in_preview(house: House) -> str:
    coming = [one for one in await preview(house) if ": no " not in one]
    return coming[0].partition(": ")[0]


async def test_a_card_moved_to_later_comes_next_at_its_new_time(house: House) -> None:
    await move(house, 0, "16:30")

    assert await told(house) == {"Mon 23 Nov 16:30"}


async def test_a_card_moved_to_later_comes_next_also_when_its_old_time_has_passed(house: House) -> None:
    await move(house, 0, "16:30")
    await house.until(NINE + HOUR)

    assert await told(house) == {"Mon 23 Nov 16:30"}


async def test_a_card_moved_to_earlier_comes_next_at_its_new_time(house: House) -> None:
    await house.until(NINE + MINUTE)
    await move(house, 0, "07:15")

    assert await told(house) == {"Tue 24 Nov 07:15"}


async def test_a_card_that_came_earlier_than_its_schedule_says_does_not_come_next(house: House) -> None:
    await house.until(NINE + MINUTE)
    await move(house, 0, "07:15")
    await house.until(NINE + DAY - HOUR)

    assert await told(house) == {"Wed 25 Nov 09:00"}


async def test_a_card_left_out_ahead_does_not_come_next(house: House) -> None:
    await press(house, await look_at(house, 0), "Skip it")

    assert await told(house) == {"Tue 24 Nov 09:00"}


async def test_a_card_that_comes_after_all_comes_next(house: House) -> None:
    await press(house, await press(house, await look_at(house, 0), "Skip it"), "Undo")

    assert await told(house) == {"Mon 23 Nov 09:00"}


async def test_several_days_left_out_ahead_are_passed_over(house: House) -> None:
    for _ in range(2):
        for index in range(3):
            card = await look_at(house, index)
            if "Skip it" in labels(card):
                await press(house, card, "Skip it")

    assert await told(house) == {"Thu 26 Nov 09:00"}


async def test_in_a_pause_a_moved_card_does_not_come_next(house: House) -> None:
    await move(house, 0, "16:30")
    paused = await command(house, "kindling pause", until="2026-11-26")
    status = line(await command(house, "kindling status"), MORNING)

    assert "Next: Thu 26 Nov 09:00" in status
    assert "Next card: Mon 23 Nov 16:30" in (await press(house, paused, "End the pause")).plain()


async def test_whatever_was_decided_it_is_what_the_preview_says(house: House) -> None:
    for index, at in ((0, "18:00"), (1, "07:00"), (2, "21:15")):
        await move(house, index, at)
    for _ in range(5):
        await house.forward(11 * HOUR)
        status = line(await command(house, "kindling status"), MORNING).partition("Next: ")[2]

        assert status == f"{await next_in_preview(house)} Europe/Berlin"

"""What comes next is one thing, wherever it is told: also when a single card was moved, or left out, ahead of its
time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.message import Card, Items
from bot.services.upcoming import ENDED
from tests.core.before import be_set_up
from tests.core.test_challenge import add, change
from tests.core.test_previewing import fill, form_of, look_at, preview
from tests.core.test_schedules import change as settle
from tests.core.test_schedules import opened
from tests.core.village import DAY, HOUR, MINUTE, NINE, a_village, command, labels, line, press, set_up
from tests.house import House, member

MORNING, CHALLENGE = "Morning intention", "Weekly challenge"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, on a Monday morning before its card."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
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


async def weekly(house: House, **weeks: str) -> None:
    """A weekly challenge on Mondays, the first of which is announced; something is done to one of its weeks."""
    await set_up(house, weekly="mon")
    await house.until(NINE + MINUTE)
    if weeks:
        await change(house, "Edit or end", **weeks)


async def told_of_weeks(house: House) -> set[str]:
    """When the next week is announced, as each of those says who tell it."""
    status = await next_of(house, "Mon at")
    settings = line(await command(house, "kindling settings"), CHALLENGE).partition("Next: ")[2].removesuffix(".")
    begun = line(await set_up(house, weekly="mon"), CHALLENGE)
    return {status, settings, begun}


async def test_while_the_calendar_of_weeks_goes_on_the_next_week_is_told(house: House) -> None:
    await weekly(house)

    assert await told_of_weeks(house) == {"Mon 30 Nov 09:00 Europe/Berlin"}


async def test_the_last_week_of_a_calendar_is_told(house: House) -> None:
    await weekly(house, week="0", what="end")

    assert await told_of_weeks(house) == {"Mon 30 Nov 09:00 Europe/Berlin"}


async def test_a_calendar_of_weeks_that_has_ended_is_told_of(house: House) -> None:
    await weekly(house, week="0", what="end")
    await house.until(NINE + 7 * DAY + MINUTE)

    assert await told_of_weeks(house) == {"nothing is planned: the calendar of weeks has ended (/kindling challenge)"}


async def test_a_calendar_that_goes_on_after_all_is_told_of(house: House) -> None:
    await weekly(house, week="0", what="end")
    await house.until(NINE + 7 * DAY + MINUTE)
    await change(house, "Edit or end", what="on")

    assert await told_of_weeks(house) == {"Mon 7 Dec 09:00 Europe/Berlin"}


@pytest.mark.parametrize("on", ["2026-12-23", "2027-09-22"])
async def test_after_the_end_a_theme_with_a_date_comes_next(house: House, on: str) -> None:
    await weekly(house, week="0", what="end")
    await add(house, "yourself", "Noticing", on=on)
    await house.until(NINE + 7 * DAY + MINUTE)
    monday = {"2026-12-23": "Mon 21 Dec 09:00", "2027-09-22": "Mon 20 Sep 09:00"}[on]

    assert await told_of_weeks(house) == {f"{monday} Europe/Berlin"}


async def test_after_the_end_a_plan_that_is_to_begin_comes_next(house: House) -> None:
    await weekly(house, week="0", what="end")
    await change(house, "Choose a plan", plan="caregivers", begins="2026-12-30")
    await house.until(NINE + 7 * DAY + MINUTE)

    assert await told_of_weeks(house) == {"Mon 28 Dec 09:00 Europe/Berlin"}


async def next_of(house: House, days: str) -> str:
    """When the weekly challenge of these days comes next, as the status says."""
    card = await command(house, "kindling status")
    [item] = [item for part in card.body if isinstance(part, Items) for item in part.items if days in item.text]
    return item.text.partition("Next: ")[2]


async def test_where_a_second_card_announces_the_same_week_the_last_one_is_told_of_both(house: House) -> None:
    await weekly(house, week="0", what="end")
    second = await opened(house, "schedule")
    await settle(house, second, ritual="challenge", days="thu", at="09:00", zone="Europe/Berlin", channel="garden")
    thursday = [await next_of(house, days) for days in ("Mon at", "Thu at")]
    await house.until(NINE + 7 * DAY + MINUTE)
    after = [await next_of(house, days) for days in ("Mon at", "Thu at")]
    await house.until(NINE + 10 * DAY + MINUTE)
    ended = [await next_of(house, days) for days in ("Mon at", "Thu at")]

    assert thursday == ["Mon 30 Nov 09:00 Europe/Berlin", "Thu 26 Nov 09:00 Europe/Berlin"]
    assert after == [ENDED, "Thu 3 Dec 09:00 Europe/Berlin"]
    assert ended == [ENDED, ENDED]


async def test_what_is_told_of_weeks_is_what_comes(house: House) -> None:
    await weekly(house, week="0", what="end")
    await add(house, "yourself", "Noticing", on="2026-12-23")
    said: list[set[str]] = []
    for _ in range(5):
        said.append(await told_of_weeks(house))
        await house.forward(7 * DAY)
    came = [letter.at for letter in house.letters.letters if letter.card.heading.startswith("This week: ")]
    asked = [NINE + MINUTE + week * 7 * DAY for week in range(5)]
    then = [next((f"{at + HOUR:%a %-d %b %H:%M} Europe/Berlin" for at in came if at > now), ENDED) for now in asked]

    assert said == [{one} for one in then]
    assert (len(came), then.count(ENDED)) == (3, 1)

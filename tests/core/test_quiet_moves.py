"""Moved cards beside quiet hours that are set afterwards, beside Undo, beside other days, and beside the clocks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.forms import Rejected
from bot.domain.message import Card
from tests.core.before import be_set_up
from tests.core.test_previewing import fill, form_of, look_at, preview
from tests.core.test_schedules import change, opened
from tests.core.village import DAY, HOUR, MINUTE, NINE, a_village, command, line, mornings, press, skips
from tests.house import House, moderator


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, on a Monday morning before its card."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        yield house


async def move(house: House, index: int, at: str) -> Card:
    return await fill(house, await form_of(house, await look_at(house, index), "Move it"), at=at)


async def refused(house: House, index: int, at: str) -> str:
    form = await form_of(house, await look_at(house, index), "Move it")
    reply = await house.kindling.submit(moderator(), form.name, form.subject, {"at": at})
    assert isinstance(reply.content, Rejected)
    return reply.content.problems["at"]


async def quiet(house: House, hours: str) -> Card:
    reply = await change(house, await opened(house, "community"), quiet=hours)
    assert isinstance(reply.content, Card)
    return reply.content


# Quiet hours that are set later


async def test_a_card_moved_into_hours_that_are_quiet_by_now_comes_at_its_own_time_and_it_is_said(house: House) -> None:
    await move(house, 1, "21:30")
    told = await quiet(house, "21:00-07:00")
    await house.until(NINE + 2 * DAY)

    assert "The card of Tue 24 Nov 21:30 comes at 09:00 instead." in told.plain()
    assert mornings(house) == [NINE, NINE + DAY, NINE + 2 * DAY]


async def test_where_its_own_time_has_passed_it_comes_just_before_it_is_quiet(house: House) -> None:
    await move(house, 0, "21:30")
    await house.until(NINE + HOUR)
    told = await quiet(house, "21:00-07:00")
    await house.until(NINE + 20 * HOUR)

    assert "The card of Mon 23 Nov 21:30 comes at 20:59 instead." in told.plain()
    assert mornings(house) == [NINE + 12 * HOUR - MINUTE]


async def test_or_when_it_is_quiet_no_more_on_that_day(house: House) -> None:
    await move(house, 0, "14:00")
    await house.until(NINE + HOUR)
    told = await quiet(house, "13:00-15:00")
    await house.until(NINE + 20 * HOUR)

    assert "The card of Mon 23 Nov 14:00 comes at 15:00 instead." in told.plain()
    assert mornings(house) == [NINE + 6 * HOUR]


async def test_where_nothing_of_its_day_is_left_it_does_not_come_and_it_is_said(house: House) -> None:
    await move(house, 0, "21:30")
    await house.until(NINE + 12 * HOUR + 10 * MINUTE)
    told = await quiet(house, "21:00-07:00")
    seen = await preview(house)
    await house.until(NINE + 20 * HOUR)

    assert "The card of Mon 23 Nov 21:30 does not come: nothing of its day is left" in told.plain()
    assert "it was moved to a time that is quiet by now" in seen[0]
    assert "quiet by now" in line(await command(house, "kindling status"), "Last morning intention")
    assert mornings(house) == []


async def test_it_comes_after_all_when_the_quiet_hours_are_taken_back_in_time(house: House) -> None:
    await move(house, 0, "21:30")
    await house.until(NINE + 12 * HOUR + 10 * MINUTE)
    await press(house, await quiet(house, "21:00-07:00"), "Undo")
    await house.until(NINE + 20 * HOUR)

    assert mornings(house) == [NINE + 12.5 * HOUR]


async def test_quiet_hours_beside_a_moved_card_leave_it_where_it_is(house: House) -> None:
    await move(house, 0, "20:30")
    told = await quiet(house, "21:00-07:00")
    await house.until(NINE + 20 * HOUR)

    assert "instead" not in told.plain()
    assert mornings(house) == [NINE + 11.5 * HOUR]


# Undo


async def test_undo_of_a_move_brings_no_card_into_quiet_hours(house: House) -> None:
    await move(house, 1, "21:30")
    back = await move(house, 1, "16:00")
    await quiet(house, "21:00-07:00")
    told = await press(house, back, "Undo")
    await house.until(NINE + 2 * DAY - HOUR)

    assert "21:30 lies in the quiet hours here" in told.plain()
    assert mornings(house) == [NINE, NINE + DAY + 7 * HOUR]


async def test_undo_of_a_move_loses_no_card_whose_own_time_was_long_ago(house: House) -> None:
    moved = await move(house, 0, "16:30")
    await house.until(NINE + 5 * HOUR)
    told = await press(house, moved, "Undo")
    await house.until(NINE + 12 * HOUR)

    assert "By itself it would have come at 09:00, which is too long ago" in told.plain()
    assert mornings(house) == [NINE + 7.5 * HOUR]
    assert await skips(house) == [("23 Nov", "")]


# Another day


async def test_the_form_says_that_a_card_keeps_its_day_and_what_helps(house: House) -> None:
    form = await form_of(house, await look_at(house, 1), "Move it")

    assert form.intro.startswith("It stays on its day, Tue 24 Nov 2026. For another day: skip it here, and then post")
    assert "/kindling post" in form.intro
    assert "/kindling settings" in form.intro


@pytest.mark.parametrize("typed", ["tomorrow 16:30", "2026-11-25 16:30", "wed 16:30", "friday", "2026-11-24"])
async def test_another_day_is_answered_kindly(house: House, typed: str) -> None:
    told = await refused(house, 1, typed) if typed != "tomorrow 16:30" else await refused(house, 2, typed)

    assert told.startswith("A card stays on its day, ")
    assert "skip it here" in told


async def test_its_own_day_may_be_named(house: House) -> None:
    await move(house, 1, "tomorrow 16:30")
    await house.until(NINE + DAY + 10 * HOUR)

    assert mornings(house) == [NINE, NINE + DAY + 7.5 * HOUR]


# A change of the clocks

IN_SPRING = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
"""The evening before the clocks skip 02:00 to 03:00 in Berlin; 21:00 there."""
IN_AUTUMN = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
"""The evening before 02:00 to 03:00 comes twice there; 22:00 there."""


async def test_a_time_that_the_clocks_skip_is_the_end_of_the_gap_and_it_is_said(tmp_path: Path) -> None:
    async with a_village(tmp_path, IN_SPRING) as house:
        await be_set_up(house, weekly="off")
        told = await move(house, 0, "02:30")
        await house.forward(12 * HOUR)

        assert "The clocks skip 02:30 on that day, so it comes at 03:00." in told.plain()
        assert mornings(house) == [datetime(2027, 3, 28, 1, 0, tzinfo=UTC)]


async def test_a_skipped_time_whose_end_is_quiet_is_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path, IN_SPRING) as house:
        await be_set_up(house, weekly="off")
        await quiet(house, "03:00-06:00")

        assert "03:00 lies in the quiet hours" in await refused(house, 0, "02:30")


async def test_a_time_that_comes_twice_is_the_first_one_and_it_is_said(tmp_path: Path) -> None:
    async with a_village(tmp_path, IN_AUTUMN) as house:
        await be_set_up(house, weekly="off")
        told = await move(house, 0, "02:30")
        await house.forward(12 * HOUR)

        assert "02:30 comes twice on that day, and the card comes the first time." in told.plain()
        assert mornings(house) == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


async def test_of_a_time_that_comes_twice_the_second_is_not_meant(tmp_path: Path) -> None:
    async with a_village(tmp_path, IN_AUTUMN + 5 * HOUR) as house:  # 02:00 for the second time
        await be_set_up(house, weekly="off")

        assert "02:30 comes twice on that day" in await refused(house, 0, "02:30")

"""Cards that moderators decided about before their time, when something else is changed afterwards."""

from pathlib import Path

import pytest

from bot.domain.forms import Rejected
from bot.domain.message import Card
from tests.core.before import be_set_up
from tests.core.test_attention import close_the_square
from tests.core.test_previewing import fill, form_of, look_at
from tests.core.test_schedules import change, form_behind, opened, shown
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    a_village,
    card_of,
    command,
    mornings,
    press,
)
from tests.house import House, moderator

WEDNESDAY, FRIDAY = NINE + 2 * DAY, NINE + 4 * DAY


async def swap(house: House, *days: int) -> None:
    """Other texts on the mornings so many days from now, of a village without weekly themes."""
    for day in days:
        await press(house, await look_at(house, day), "Another text")


async def change_morning(house: House, **words: str) -> Card:
    form = await form_behind(house, await shown(house, "morning intention"), "Change")
    return card_of(await change(house, form, **words))


async def test_no_card_before_a_swapped_one_is_lost_when_the_schedule_changes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await swap(house, 4)

        await change_morning(house, at="10:00")
        await house.until(NINE + 5 * DAY + 2 * HOUR)

        assert mornings(house) == [NINE + HOUR + n * DAY for n in range(6)]


@pytest.mark.parametrize("how", ["skip", "rest", "days", "remove"])
async def test_a_swapped_card_does_not_come_on_a_day_that_has_none_any_more(tmp_path: Path, how: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await swap(house, 2, 4)

        match how:
            case "skip":
                await command(house, "kindling skip", when="2026-11-25")
            case "rest":
                await change(house, await opened(house, "community"), rest="wed")
            case "days":
                await change_morning(house, days="mon, tue, thu, fri")
            case _:
                asked = await press(house, await shown(house, "morning intention"), "Remove")
                await press(house, asked, "Remove")
        await house.until(FRIDAY + HOUR)

        posted = [NINE + n * DAY for n in (0, 1, 3, 4)]
        assert mornings(house) == ([] if how == "remove" else posted)


@pytest.mark.parametrize("how", ["skip", "remove"])
async def test_a_swapped_card_comes_after_all_when_that_is_taken_back(tmp_path: Path, how: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await swap(house, 2)
        wanted = await look_at(house, 2)

        if how == "skip":
            done = await command(house, "kindling skip", when="2026-11-25")
        else:
            done = await press(house, await press(house, await shown(house, "morning intention"), "Remove"), "Remove")
        await press(house, done, "Undo")
        await house.until(WEDNESDAY)

        assert mornings(house) == [NINE + n * DAY for n in range(3)]
        assert house.letters.letters[-1].card.body == wanted.body


async def test_a_swapped_card_keeps_its_text_and_comes_at_the_new_time_in_the_new_channel(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await swap(house, 2)
        wanted = await look_at(house, 2)

        await change_morning(house, at="10:00", channel="garden")
        await house.until(WEDNESDAY + HOUR)

        last = house.letters.letters[-1]
        assert (last.card.body, last.at, last.place.channel) == (wanted.body, WEDNESDAY + HOUR, "garden")


@pytest.mark.parametrize("how", ["the channel is mended", "another is chosen"])
async def test_a_swapped_card_comes_though_the_card_before_it_was_refused(tmp_path: Path, how: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await swap(house, 1)
        await close_the_square(house)
        house.letters.faults.clear()

        if how == "the channel is mended":
            await press(house, await command(house, "kindling status"), "Check again")
        else:
            words = {"channel": "green", "zone": "Europe/Berlin", "morning": "09:00", "weekly": "off"}
            await house.kindling.command(moderator(), "kindling setup", words)
        await house.until(NINE + 2 * DAY)

        assert [at for at in mornings(house) if at > NINE + HOUR] == [NINE + DAY, NINE + 2 * DAY]


async def test_a_moved_card_does_not_come_in_quiet_hours_that_are_set_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await fill(house, await form_of(house, await look_at(house, 1), "Move it"), at="21:30")

        await change(house, await opened(house, "community"), quiet="21:00-07:00")
        await house.until(NINE + DAY + 20 * HOUR)

        assert mornings(house) == [NINE, NINE + DAY]


async def test_a_card_is_not_moved_into_quiet_hours(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await change(house, await opened(house, "community"), quiet="21:00-07:00")
        form = await form_of(house, await look_at(house, 1), "Move it")

        reply = await house.kindling.submit(moderator(), form.name, form.subject, {"at": "21:30"})

        assert isinstance(reply.content, Rejected)
        assert "quiet hours" in reply.content.problems["at"]


async def test_a_form_from_before_a_pause_brings_no_card_into_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        form = await form_of(house, await look_at(house, 1), "Move it")
        await command(house, "kindling pause", until="2026-11-27")

        refused = await fill(house, form, at="11:00")
        await house.until(NINE + DAY + 3 * HOUR)

        assert "paused by a moderator" in refused.plain()
        assert mornings(house) == []


async def test_undoing_a_skip_brings_no_card_into_a_pause(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        skipped = await press(house, await look_at(house, 0), "Skip it")
        await house.until(NINE + 5 * MINUTE)
        await command(house, "kindling pause", until="2026-11-25")

        await press(house, skipped, "Undo")
        await house.until(NINE + DAY)

        assert mornings(house) == []


async def test_undoing_a_skip_brings_no_card_on_a_day_that_the_schedule_left(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        skipped = await press(house, await look_at(house, 1), "Skip it")
        await change_morning(house, days="fri")

        await press(house, skipped, "Undo")
        await house.until(FRIDAY)

        assert mornings(house) == [FRIDAY]


async def test_the_audit_is_read_after_the_schedule_of_a_changed_card_was_removed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await swap(house, 1)
        await press(house, await press(house, await shown(house, "morning intention"), "Remove"), "Remove")
        await press(house, card_of(await house.kindling.command(moderator(), "kindling audit", {})), "Undo")
        await press(house, await press(house, await shown(house, "morning intention"), "Remove"), "Remove")

        audit = await command(house, "kindling audit")

        assert audit.heading == "What was decided"


async def test_days_of_a_card_that_is_gone_are_not_skipped_everywhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        values = {"when": "tomorrow", "which": "a schedule that was removed meanwhile"}
        refused = card_of(await house.kindling.submit(moderator(), "skip", "", values))
        await house.until(NINE + DAY)

        assert "not there any more" in refused.plain()
        assert mornings(house) == [NINE, NINE + DAY]

"""`/kindling status`: what comes, how late the last card was, what is missing now, and what did not come lately."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import Unacceptable
from bot.domain.message import Card, Items
from bot.domain.places import Lack
from bot.services.wording import length
from tests.core.before import be_set_up
from tests.core.test_holidays import imported
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    a_village,
    command,
    labels,
    line,
    press,
)

MISSING = Lack("letters.no_ink", "There is no ink. Please bring some.")


def under(card: Card, title: str) -> list[str]:
    """The lines of the list with this title."""
    return [
        item.plain() for part in card.body if isinstance(part, Items) and part.title == title for item in part.items
    ]


def left_out(card: Card) -> list[str]:
    return under(card, "Not posted lately:")


def missing(card: Card) -> list[str]:
    return under(card, "Missing at this moment, to hand to an administrator:")


async def test_each_schedule_says_when_its_next_card_comes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        status = await command(house, "kindling status")

        assert line(status, "Morning intention").endswith("Next: Mon 23 Nov 09:00 Europe/Berlin")
        assert line(status, "Weekly challenge").endswith("Next: Mon 23 Nov 09:00 Europe/Berlin")


async def test_a_card_that_came_late_says_how_late(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
    async with a_village(tmp_path, NINE + 47 * MINUTE) as house:
        await house.forward(MINUTE)

        status = await command(house, "kindling status")

        assert line(status, "Last morning intention") == "Mon 23 Nov 2026: posted, 47 minutes late"


async def test_a_card_that_came_in_time_says_no_more_than_that(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
    async with a_village(tmp_path, NINE + 4 * MINUTE) as house:
        await house.forward(MINUTE)

        status = await command(house, "kindling status")

        assert line(status, "Last morning intention") == "Mon 23 Nov 2026: posted"


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (MINUTE, "1 minute"),
        (89 * MINUTE, "89 minutes"),
        (90 * MINUTE, "about 2 hours"),
        (150 * MINUTE, "about 2 hours"),
        (35 * HOUR, "about 35 hours"),
        (36 * HOUR, "about 2 days"),
        (timedelta(days=3, hours=2), "about 3 days"),
    ],
)
def test_lengths_are_told_as_people_tell_them(time: timedelta, words: str) -> None:
    assert length(time) == words


async def test_a_right_that_is_missing_since_the_set_up_is_told_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        house.letters.lacks = [MISSING]
        await be_set_up(house)

        status = await command(house, "kindling status")

        assert missing(status) == ["There is no ink. Please bring some. #square"]
        assert "Check again" in labels(status)


async def test_a_right_that_was_lost_is_told_before_any_card_fails_and_not_after_it_was_restored(
    tmp_path: Path,
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.lacks = [MISSING]
        lost = await command(house, "kindling status")
        house.letters.lacks = []
        restored = await command(house, "kindling status")

        assert missing(lost) != []
        assert missing(restored) == []
        assert "Check again" not in labels(restored)


async def test_days_that_were_left_out_are_told_with_the_reason(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-11-26")
        await house.until(NINE + 4 * DAY)

        assert left_out(await command(house, "kindling status")) == [
            "Morning intention: Mon 23 Nov 2026 to Wed 25 Nov 2026: paused by a moderator"
        ]


async def test_days_with_a_card_between_are_told_apart(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        for _ in range(2):
            house.letters.faults = [("before", Unacceptable("letters.too_long"))]
            await house.forward(DAY)
            await house.forward(DAY)
        await house.forward(HOUR)

        assert left_out(await command(house, "kindling status")) == [
            "Morning intention: Wed 25 Nov 2026: not posted (Kindling could not write there)",
            "Morning intention: Mon 23 Nov 2026: not posted (Kindling could not write there)",
        ]


async def test_what_came_every_day_leaves_nothing_to_tell(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + 5 * DAY)

        assert left_out(await command(house, "kindling status")) == []


async def test_what_is_long_ago_is_not_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-11-24")
        await house.until(NINE + 16 * DAY)

        assert left_out(await command(house, "kindling status")) == []


async def test_everything_at_once_still_fits_on_a_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.lacks = [MISSING]
        await command(house, "kindling pause", until="2026-12-20")

        status = await command(house, "kindling status")

        assert len(status.choices) <= 5
        assert "Checked again" in (await press(house, status, "Check again")).plain()


HOLIDAYS = """BEGIN:VCALENDAR
X-WR-CALNAME:Berlin holidays
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261123
SUMMARY:Lantern day
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261124
END:VEVENT
END:VCALENDAR
"""


async def test_a_day_off_is_called_by_its_name_and_its_calendars(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await imported(house, HOLIDAYS)
        await command(house, "kindling skip", when="2026-11-25")
        await house.until(NINE + HOUR)
        on_the_day = line(await command(house, "kindling status"), "Last morning intention")
        doctor = (await command(house, "kindling doctor")).plain()
        await house.until(NINE + 3 * DAY + HOUR)
        afterwards = left_out(await command(house, "kindling status"))

        assert on_the_day == "Mon 23 Nov 2026: not posted (Lantern day: from your calendar “Berlin holidays”)"
        assert "Mon 23 Nov 2026: Lantern day: from your calendar “Berlin holidays” (day_off)" in doctor
        assert [said.partition(": ")[2] for said in afterwards] == [
            "Wed 25 Nov 2026: a day off in this community, left out with /kindling skip",
            "Tue 24 Nov 2026: a day off from your calendar “Berlin holidays”",
            "Mon 23 Nov 2026: Lantern day: from your calendar “Berlin holidays”",
        ]


async def test_a_day_off_whose_calendar_is_gone_is_still_a_day_off(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        done = await imported(house, HOLIDAYS)
        await house.until(NINE + HOUR)
        await press(house, done, "Undo")

        told = line(await command(house, "kindling status"), "Last morning intention")
        assert told == "Mon 23 Nov 2026: not posted (a day off in this community)"

from datetime import timedelta
from pathlib import Path

from bot.domain.errors import TryLater
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MORNING,
    NINE,
    a_sleeping_village,
    a_village,
    a_worker,
    command,
    headings,
    line,
    moments,
    mornings,
    named,
    set_up,
    skips,
    states,
)
from tests.house import House
from tests.prepared import the_library

WEEK = 7 * DAY


def themes(house: House) -> list[str]:
    return [heading for heading in headings(house) if heading.startswith("This week: ")]


UNQUOTED = str.maketrans("", "", "“”")


def mentions(house: House) -> list[str]:
    """The line about the week on every morning card; empty where there is none."""
    cards = [letter.card.plain().splitlines() for letter in house.letters.letters if named(letter.card) == MORNING]
    said = [next((line for line in lines if line.startswith("This week: ")), "") for lines in cards]
    return [line.translate(UNQUOTED) for line in said]


async def test_the_theme_is_announced_before_the_morning_card_of_the_same_minute(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await house.until(NINE + 3 * WEEK)

        by_day = [headings(house)[i : i + 2] for i, heading in enumerate(headings(house)) if heading in themes(house)]
        assert len(by_day) == 4
        assert all(pair[1] == MORNING for pair in by_day)


async def test_the_order_holds_when_more_is_due_than_one_worker_takes(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house)
        house.clock.at = NINE
        while await house.core.calendar.plan():
            pass
        worker = a_worker(house, "ben")

        [first] = await worker.claim("letters", 1)
        [second] = await worker.claim("letters", 1)
        await worker.carry_out(first)
        await worker.carry_out(second)

        assert headings(house) == ["This week: A friend to yourself", MORNING]


async def test_every_morning_mentions_the_theme_of_its_week(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await house.until(NINE + 2 * WEEK - MINUTE)

        first, second = themes(house)
        said = mentions(house)
        assert all(text.startswith(first) for text in said[:7])
        assert all(text.startswith(second) for text in said[7:14])
        assert len(said) == 14


async def test_a_morning_before_the_first_theme_mentions_none(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="wed")

        await house.until(NINE + 2 * DAY)

        assert mentions(house)[:2] == ["", ""]
        assert mentions(house)[2].startswith(themes(house)[0])


async def test_four_weeks_widen_and_then_go_round_again_with_other_themes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        await house.until(NINE + 11 * WEEK)

        plan = the_library().plan("widening-circles")
        said = [heading.removeprefix("This week: ") for heading in themes(house)]
        wanted = [the_library().theme(plan.theme(week)) for week in range(12)]
        assert said == [theme.title for theme in wanted if theme]
        assert len(set(said[:8])) == 8
        circles = [theme.circle.value for theme in wanted if theme]
        assert circles == ["self", "close", "colleagues", "strangers"] * 3


async def test_a_week_that_was_paused_is_not_used_up(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + 2 * DAY)
        await command(house, "kindling pause", until="2026-12-03")

        await house.until(NINE + 2 * WEEK)

        plan = the_library().plan("widening-circles")
        wanted = [the_library().theme(plan.theme(week)) for week in range(2)]
        assert themes(house) == [f"This week: {theme.title}" for theme in wanted if theme]


async def test_after_a_paused_week_a_morning_mentions_no_old_theme(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE)
        await command(house, "kindling pause", until="2026-12-03")

        await house.until(NINE + 10 * DAY)

        assert mentions(house)[1:] == [""]


async def test_a_weekly_card_may_come_two_days_late_and_no_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="sat")
    async with a_village(tmp_path, NINE + 2 * DAY) as house:
        await house.core.engine.settle()

        assert headings(house) == ["This week: A friend to yourself"]

    async with a_village(tmp_path, NINE + WEEK + 2 * DAY + timedelta(seconds=1)) as house:
        await house.core.engine.settle()

        assert headings(house) == []
        assert await skips(house, "challenge") == [("23 Nov", ""), ("30 Nov", "too_late")]


async def test_a_theme_that_has_to_wait_keeps_its_place_in_the_plan(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        house.letters.faults = [("before", TryLater("busy", HOUR))]

        await house.until(NINE + 3 * HOUR)

        assert sorted(headings(house)) == ["This week: A friend to yourself", MORNING]
        assert await states(house) == [("posted", ""), ("posted", "")]


async def test_switching_the_weekly_theme_off_and_on_goes_on_in_the_plan(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE)
        await set_up(house, days="mon", weekly="off")
        await house.until(NINE + WEEK)

        card = await set_up(house, days="mon", weekly="mon")
        await house.until(NINE + 2 * WEEK)

        plan = the_library().plan("widening-circles")
        wanted = [the_library().theme(plan.theme(week)) for week in range(2)]
        assert themes(house) == [f"This week: {theme.title}" for theme in wanted if theme]
        assert line(card, "Weekly challenge").startswith("Mon 7 Dec 09:00")
        assert len(mornings(house)) == 3
        assert [at for heading, at in moments(house) if heading in themes(house)] == [NINE, NINE + 2 * WEEK]

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.domain.errors import TryLater
from bot.domain.forms import Form, Rejected
from bot.storage.tables import schedules
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    MORNING,
    NINE,
    a_village,
    command,
    headings,
    labels,
    line,
    mornings,
    named,
    press,
    rows,
    set_up,
    skips,
    states,
)
from tests.house import House, member, moderator


async def leave_out(house: House, *days: date) -> None:
    for row in await rows(house, schedules):
        async with house.database.unit_of_work() as work:
            schedule = await work.schedules.get(row["id"])
            await work.schedules.save(replace(schedule, skip_dates=frozenset(days)))
            await work.commit()


async def test_a_pause_leaves_out_every_date_before_its_end(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await command(house, "kindling pause", until="2026-11-26")
        await house.until(NINE + 3 * DAY)

        assert mornings(house) == [NINE + 3 * DAY]
        assert await skips(house) == [("23 Nov", "paused"), ("24 Nov", "paused"), ("25 Nov", "paused"), ("26 Nov", "")]


async def test_ending_a_pause_brings_cards_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        paused = await command(house, "kindling pause", until="2w")
        await house.until(NINE + DAY)

        resumed = await press(house, paused, "End the pause")
        await house.until(NINE + 2 * DAY)

        assert resumed.heading == "The pause is over"
        assert mornings(house) == [NINE + 2 * DAY]


async def test_a_paused_day_that_is_over_stays_as_it_was(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-12-01")
        await house.until(NINE)

        await command(house, "kindling pause", until="off")
        await house.until(NINE + HOUR)

        assert headings(house) == []


async def test_a_pause_holds_back_a_card_that_is_waiting_for_another_try(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)

        await command(house, "kindling pause", until="2026-11-26")
        await house.until(NINE + DAY)

        assert headings(house) == []
        assert await states(house) == [("skipped", "paused")]


async def test_a_pause_has_to_end_in_the_future(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        reply = await house.kindling.command(moderator(), "kindling pause", {"until": "2026-11-23"})

        assert isinstance(reply.content, Rejected)


async def test_a_pause_without_a_date_asks_for_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        reply = await house.kindling.command(moderator(), "kindling pause", {})

        assert isinstance(reply.content, Form)


async def test_a_pause_until_the_last_of_all_dates_breaks_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, zone="America/New_York", morning="23:00")

        await command(house, "kindling pause", until="9999-12-31")
        status = await command(house, "kindling status")
        setup = await set_up(house, zone="America/New_York", morning="23:00")

        assert "Paused" in status.plain()
        assert "nothing is planned" in setup.plain()


async def test_a_skip_date_is_decided_and_nothing_is_posted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await leave_out(house, date(2026, 11, 24))

        await house.until(NINE + 2 * DAY)

        assert mornings(house) == [NINE, NINE + 2 * DAY]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "skip_date"), ("25 Nov", "")]


async def test_posting_now_counts_as_the_card_of_the_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await command(house, "kindling post")
        await house.until(NINE + DAY)

        assert mornings(house) == [MONDAY, NINE + DAY]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "")]


async def test_posting_twice_posts_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await command(house, "kindling post")
        await command(house, "kindling post")
        await house.core.engine.settle()
        await command(house, "kindling post")
        await house.until(NINE + HOUR)

        assert mornings(house) == [MONDAY]


async def test_posting_after_the_card_of_the_day_posts_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE)

        await command(house, "kindling post")
        await house.until(NINE + HOUR)

        assert mornings(house) == [NINE]


async def test_posting_on_a_day_that_is_left_out_posts_and_only_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-11-25")
        await house.until(NINE + HOUR)

        await command(house, "kindling post")
        await command(house, "kindling post")
        await house.until(NINE + DAY + HOUR)

        assert mornings(house) == [NINE + HOUR]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "paused")]


async def test_status_tells_the_next_card_that_really_comes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling post")
        await house.core.engine.settle()

        status = await command(house, "kindling status")

        assert line(status, "Morning intention").endswith("Next: Tue 24 Nov 09:00 Europe/Berlin")
        assert line(status, "Last morning intention") == "Mon 23 Nov 2026: posted"


async def test_resuming_after_a_post_announces_the_card_that_really_comes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling post")
        await house.core.engine.settle()

        resumed = await command(house, "kindling pause", until="off")

        assert "Next card: Tue 24 Nov 09:00 Europe/Berlin, “Morning intention”." in resumed.plain()


async def test_members_are_told_of_no_card_that_a_pause_holds_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-11-26")

        today = await command(house, "kind today", member())

        assert "Next card: Thu 26 Nov 09:00 Europe/Berlin." in today.plain()


async def test_the_card_of_the_day_is_shown_in_private_with_its_buttons(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE)

        today = await command(house, "kind today", member())

        assert today == house.letters.letters[0].card


async def test_the_preview_comes_true(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        preview = await command(house, "kindling preview")

        await house.until(MONDAY + 7 * DAY)

        said = [line.split(": ", 1)[1] for line in preview.plain().splitlines() if line.startswith("- ")]
        came = [letter.card for letter in house.letters.letters]
        assert [text.removeprefix("This week: ") for text in said] == [
            card.plain().splitlines()[1] if named(card) == MORNING else card.heading.removeprefix("This week: ")
            for card in came
        ]
        assert len(said) == 8


async def test_looking_at_the_preview_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        first = await command(house, "kindling preview")
        second = await command(house, "kindling preview")

        assert first == second
        assert await skips(house) == []


async def test_the_preview_names_what_does_not_come_and_why(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await leave_out(house, date(2026, 11, 26))
        await command(house, "kindling pause", until="2026-11-25")

        preview = await command(house, "kindling preview")

        lines = preview.plain().splitlines()[1:5]
        assert lines[0].endswith("no morning intention (paused by a moderator)")
        assert lines[1].endswith("no morning intention (paused by a moderator)")
        assert "no morning" not in lines[2]
        assert lines[3].endswith("no morning intention (a day the schedule leaves out)")


async def test_the_preview_leaves_out_the_card_that_was_posted_already(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling post")

        preview = await command(house, "kindling preview")

        assert preview.plain().splitlines()[1].startswith("- Tue 24 Nov 09:00: ")


async def test_status_offers_the_end_of_a_pause(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-11-30")

        status = await command(house, "kindling status")

        assert "End the pause" in labels(status)
        assert "no cards before Mon 30 Nov 2026" in status.plain()


async def test_a_card_that_the_grace_still_allows_comes_late_and_one_beyond_it_never(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
    late = NINE + 3 * HOUR
    async with a_village(tmp_path, late) as house:
        await house.core.engine.settle()

        assert mornings(house) == [late]

    async with a_village(tmp_path, late + DAY + MINUTE) as house:
        await house.core.engine.settle()

        assert mornings(house) == []
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "too_late")]


async def test_after_a_long_absence_every_date_is_decided_and_only_the_last_is_posted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
    async with a_village(tmp_path, datetime(2027, 1, 4, 8, 30, tzinfo=UTC)) as house:
        await house.core.engine.settle()

        decided = await skips(house)
        assert len(decided) == 43
        assert [skip for _, skip in decided] == ["too_late"] * 42 + [""]
        assert len(mornings(house)) == 1


async def test_a_pause_that_was_none_is_not_told_to_be_over(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        told = await command(house, "kindling pause", until="off")

        assert told.heading == "There was no pause"
        assert "Next card: Mon 23 Nov 09:00" in told.plain()


async def test_whoever_pauses_may_name_a_weekday(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        told = await command(house, "kindling pause", until="friday")

        assert "before Fri 27 Nov 2026" in told.plain()


async def test_days_that_are_skipped_are_told_as_everywhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        told = await command(house, "kindling skip", when="24 dec to 3 jan")

        assert "on Thu 24 Dec 2026 to Sun 3 Jan 2027. Nothing is posted about it." in told.plain()

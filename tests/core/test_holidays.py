"""Holidays out of a calendar file: shown first, then days without cards, and gone as one."""

import asyncio
from pathlib import Path

from bot.domain.forms import Rejected
from bot.domain.message import Action, Card, Reply
from bot.domain.places import Actor
from bot.domain.uploads import Upload
from bot.storage.tables import days_off
from tests.core.before import be_set_up
from tests.core.test_schedules import add, came, form_of, problems_of
from tests.core.village import (
    DAY,
    HOUR,
    MONDAY,
    NINE,
    a_village,
    card_of,
    command,
    labels,
    mornings,
    press,
    rows,
    skips,
)
from tests.house import House, member, moderator

FREE = """BEGIN:VCALENDAR
X-WR-CALNAME:Feiertage
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261124
DTEND;VALUE=DATE:20261126
SUMMARY:Two @everyone days
END:VEVENT
END:VCALENDAR
"""


async def handed_over(house: House, text: str = FREE, name: str = "", actor: Actor | None = None) -> Reply:
    upload = {"file": Upload("free.ics", text.encode())}
    return await house.kindling.submit(actor or moderator(), "holidays", "", {"name": name}, upload)


async def imported(house: House, text: str = FREE, name: str = "") -> Card:
    return await press(house, card_of(await handed_over(house, text, name)), "Leave them out")


async def test_one_person_s_calendars_are_read_one_at_a_time(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        first, second, of_another = await asyncio.gather(
            handed_over(house), handed_over(house), handed_over(house, actor=moderator("noor"))
        )

        taken = [reply.content.heading for reply in (first, second, of_another) if isinstance(reply.content, Card)]
        [refused] = [one.content for one in (first, second) if isinstance(one.content, Rejected)]
        assert "still looking at the file before" in refused.problems["file"]
        assert taken == ["Holidays: “Feiertage”"] * 2


async def test_a_calendar_is_shown_before_it_holds(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        shown = card_of(await handed_over(house))
        await house.until(NINE + 2 * DAY)

        assert "2 days without cards, by the clock of Europe/Berlin" in shown.plain()
        assert "“Tue 24 Nov to Wed 25 Nov 2026: Two @everyone days”" in shown.plain()
        assert len(mornings(house)) == 3


async def test_a_confirmed_calendar_leaves_its_days_out_everywhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await add(house)

        done = await imported(house)
        await house.until(NINE + 3 * DAY)

        assert "No card comes on “Feiertage”." in done.plain()
        assert [at for _, _, at in came(house)] == ["Mon 09:00", "Mon 20:00", "Thu 09:00"]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "day_off"), ("25 Nov", "day_off"), ("26 Nov", "")]


async def test_confirming_twice_is_confirming_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        shown = card_of(await handed_over(house))

        await press(house, shown, "Leave them out")
        again = await press(house, shown, "Leave them out")

        assert again.heading == "They are left out"
        assert len(await rows(house, days_off)) == 1


async def test_an_import_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        done = await imported(house)

        await press(house, done, "Undo")
        await house.until(NINE + DAY)

        assert len(mornings(house)) == 2


async def test_a_set_is_removed_as_one_by_its_name(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await imported(house, name="School")
        await imported(house, FREE.replace("20261124", "20261123").replace("20261126", "20261124"), name="Town")
        form = form_of(await house.kindling.press(moderator(), await remove_button(house)))
        [school] = [value for value, label in form.fields[0].options if label == "School"]

        await house.kindling.submit(moderator(), "holidays_gone", "", {"set": school})
        await house.until(NINE + DAY)

        assert mornings(house) == [NINE + DAY]


async def remove_button(house: House) -> Action:
    settings = await command(house, "kindling settings")
    overview = await press(house, settings, "Holidays")
    [action] = [choice.action for choice in overview.choices if choice.label == "Remove one"]
    return action


async def test_a_calendar_of_the_same_name_takes_the_place_of_the_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await imported(house)

        shown = card_of(
            await handed_over(house, FREE.replace("DTSTART;VALUE=DATE:20261124", "DTSTART;VALUE=DATE:20261125"))
        )
        await press(house, shown, "Leave them out")
        await house.until(NINE + 2 * DAY)

        assert "take the place" in shown.plain()
        assert mornings(house) == [NINE, NINE + DAY]


async def test_each_schedule_counts_an_instant_by_its_own_clock(tmp_path: Path) -> None:
    evening = FREE.replace("DTSTART;VALUE=DATE:20261124", "DTSTART:20261124T200000Z").replace(
        "DTEND;VALUE=DATE:20261126", "DTEND:20261124T220000Z"
    )
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await add(house, zone="Asia/Tokyo", at="12:00")

        await imported(house, evening)
        await house.until(MONDAY + 3 * DAY)

        assert ("24 Nov", "day_off") in await skips(house)
        assert ("25 Nov", "day_off") in await skips(house, "evening")
        assert ("24 Nov", "") in await skips(house, "evening")


async def test_what_is_no_calendar_is_refused_in_the_form(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        wrong = await handed_over(house, "hello", name="Town")
        large = await handed_over(house, "x" * (1024 * 1024 + 1))
        other = await house.kindling.submit(moderator(), "holidays", "", {}, {"file": Upload("a.exe", b"x")})
        over = await handed_over(house, FREE.replace("2026", "2025"))

        assert "Line 1" in problems_of(wrong)["file"]
        assert isinstance(wrong.content, Rejected)
        assert wrong.content.form.fields[1].value == "Town"
        assert "too large" in problems_of(large)["file"]
        assert ".ics" in problems_of(other)["file"]
        assert "nothing in that calendar" in problems_of(over)["file"]


async def test_only_moderators_import_confirm_and_remove(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        shown = card_of(await handed_over(house))

        answers = [await handed_over(house, actor=member())]
        answers += [await house.kindling.press(member(), choice.action) for choice in shown.choices]
        answers.append(await house.kindling.submit(member(), "holidays_gone", "", {"set": "x"}))

        assert {card_of(answer).heading for answer in answers} == {"Not this time"}


async def test_another_community_cannot_confirm_what_was_offered_here(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        shown = card_of(await handed_over(house))

        answer = await press(house, shown, "Leave them out", moderator(space="town"))

        assert "do not have that calendar" in answer.plain()


async def test_a_calendar_that_nobody_confirms_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await imported(house, name="Kept")
        await handed_over(house, name="Never confirmed")
        house.clock.at = MONDAY + DAY + HOUR

        for tidy in house.core.engine.tidying:
            await tidy()

        assert [row["name"] for row in await rows(house, days_off)] == ["Kept"]


async def test_the_overview_names_each_set(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await imported(house)
        settings = await command(house, "kindling settings")

        overview = await press(house, settings, "Holidays")

        assert "- Feiertage: 2 days still to come" in overview.plain()
        assert labels(overview) == ["Import a calendar", "Remove one", "All settings"]
        assert "“Feiertage”: Tue 24 Nov to Wed 25 Nov 2026" in settings.plain()

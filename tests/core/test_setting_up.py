from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.errors import TryLater
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action
from tests.core.test_overseeing import listed
from tests.core.test_schedules import form_of
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    MORNING,
    NINE,
    WISHES,
    a_village,
    button,
    card_of,
    command,
    headings,
    line,
    moments,
    mornings,
    press,
    set_up,
    skips,
)
from tests.house import House, moderator


async def test_nothing_is_posted_before_the_first_card_that_was_announced(tmp_path: Path) -> None:
    async with a_village(tmp_path, MONDAY) as house:
        card = await set_up(house)

        await house.until(NINE - timedelta(seconds=1))

        assert line(card, "First card") == "Mon 23 Nov 09:00 Europe/Berlin; nothing before that"
        assert headings(house) == []


async def test_the_first_card_comes_at_the_announced_instant(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")

        await house.until(NINE)

        assert moments(house) == [(MORNING, NINE)]


async def test_a_time_that_is_past_today_begins_tomorrow(tmp_path: Path) -> None:
    async with a_village(tmp_path, NINE + MINUTE) as house:
        card = await set_up(house, weekly="off")

        await house.until(NINE + 2 * HOUR)

        assert line(card, "First card") == "Tue 24 Nov 09:00 Europe/Berlin; nothing before that"
        assert headings(house) == []


async def test_the_very_minute_of_setting_up_is_not_after_it(tmp_path: Path) -> None:
    async with a_village(tmp_path, NINE) as house:
        await set_up(house, weekly="off")

        await house.until(NINE + DAY)

        assert mornings(house) == [NINE + DAY]


async def test_cards_come_on_the_chosen_weekdays_only(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, days="tue, thu", weekly="off")

        await house.until(MONDAY + 14 * DAY)

        assert [at.strftime("%a %d") for at in mornings(house)] == ["Tue 24", "Thu 26", "Tue 01", "Thu 03"]


async def test_nothing_comes_in_a_place_that_was_never_set_up(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await house.kindling.joined("letters", "village")
        await command(house, "kindling status")

        await house.forward(8 * DAY)

        assert headings(house) == []


async def test_setting_up_again_on_the_same_day_gives_no_second_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await house.until(NINE + MINUTE)

        card = await set_up(house, morning="11:00")
        await house.until(MONDAY + 30 * HOUR)

        assert line(card, "First card").startswith("Tue 24 Nov 11:00")
        assert moments(house) == [
            ("This week: A friend to yourself", NINE),
            (MORNING, NINE),
            (MORNING, NINE + DAY + 2 * HOUR),
        ]


async def test_setting_up_before_the_card_moves_the_card_of_the_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")

        await set_up(house, weekly="off", morning="11:30")
        await house.until(NINE + 12 * HOUR)

        assert mornings(house) == [NINE + 2 * HOUR + 30 * MINUTE]


async def test_changing_the_zone_gives_no_local_date_a_second_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        await house.until(NINE)

        await set_up(house, weekly="off", zone="America/Los_Angeles")
        await house.until(NINE + 2 * DAY)

        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "")]
        assert mornings(house) == [NINE, datetime(2026, 11, 24, 17, 0, tzinfo=UTC)]


async def test_a_channel_chosen_today_takes_over_tomorrow(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        await house.until(NINE)

        await set_up(house, weekly="off", channel="garden")
        await house.until(NINE + DAY)

        assert [letter.place.channel for letter in house.letters.letters] == ["square", "garden"]


async def test_the_one_form_knows_the_person_and_the_place(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        one_form = button(await command(house, "kindling setup"), "All on one form")
        reply = await house.kindling.press(moderator(), one_form)

        assert isinstance(reply.content, Form)
        values = {field.name: field.value for field in reply.content.fields}
        assert values == {
            "channel": "square",
            "zone": "Europe/Berlin",
            "morning": "09:00",
            "days": "every day",
            "weekly": "mon",
        }


async def test_every_mistake_of_a_setup_is_told_at_once_and_nothing_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        wrong = {"channel": "#square", "zone": "Europe/Berlni", "morning": "9", "days": "someday", "weekly": "noon"}

        reply = await house.kindling.command(moderator(), "kindling setup", wrong)

        assert isinstance(reply.content, Rejected)
        assert set(reply.content.problems) == set(wrong)
        assert (await command(house, "kindling status")).heading == "Kindling is not set up here yet"


async def test_a_form_sent_back_sets_up_like_the_command(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        asked = form_of(await house.kindling.press(moderator(), Action("open", "setup")))
        reply = await house.kindling.submit(moderator(), "setup", asked.subject, WISHES)

        await house.until(NINE)

        assert card_of(reply).heading == "Kindling is set up"
        assert len(mornings(house)) == 1


async def test_the_set_up_form_of_a_button_shows_what_is_set(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        status = await command(house, "kindling status")
        await set_up(house, days="mon-fri", morning="07:45", weekly="off", zone="Asia/Kolkata", channel="garden")

        walk = await press(house, status, "Set up Kindling")
        reply = await house.kindling.press(moderator(), button(walk, "All on one form"))

        assert isinstance(reply.content, Form)
        values = {field.name: field.value for field in reply.content.fields}
        assert values["days"] == "mon-fri"
        assert (values["morning"], values["weekly"]) == ("07:45", "off")
        assert (values["zone"], values["channel"]) == ("Asia/Kolkata", "garden")


async def test_setting_up_during_a_pause_announces_the_card_after_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-11-27")

        card = await set_up(house, weekly="off", morning="10:00")
        await house.until(MONDAY + 5 * DAY)

        assert line(card, "First card") == "Fri 27 Nov 10:00 Europe/Berlin; nothing before that"
        assert mornings(house)[0] == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


async def test_posting_from_the_setup_card_counts_as_the_card_of_the_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await set_up(house, weekly="off")

        await press(house, card, "Post today's card now")
        await house.until(NINE + DAY)

        assert mornings(house) == [MONDAY, NINE + DAY]


async def test_a_card_before_the_window_closes_at_midnight_in_a_zone_far_ahead(tmp_path: Path) -> None:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # already the 24th on Kiritimati
    async with a_village(tmp_path, noon) as house:
        await set_up(house, weekly="off", zone="Pacific/Kiritimati", morning="00:00")

        await house.until(noon + 3 * DAY)

        assert await skips(house) == [("25 Nov", ""), ("26 Nov", ""), ("27 Nov", "")]


async def test_setting_up_is_in_the_audit_log_and_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await house.forward(MINUTE)
        await set_up(house, morning="11:00")
        audit = await command(house, "kindling audit")

        await press(house, await press(house, audit, "Undo"), "Undo")
        await press(house, audit, "Undo")

        assert listed(audit)[:2] == [
            "“Weekly challenge” was changed: Mon at 11:00, Europe/Berlin (schedule), by you",
            "“Morning intention” was changed: every day at 11:00, Europe/Berlin (schedule), by you",
        ]
        assert line(await command(house, "kindling status"), "Weekly challenge").startswith("Mon at 09:00")


async def test_setting_up_the_same_twice_is_one_change(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await set_up(house)

        assert len(listed(await command(house, "kindling audit"))) == 2


async def test_taking_back_the_first_set_up_leaves_nothing_to_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        async with house.database.reading() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            made = await work.changes.page(space.community, space.id, 5)
        for change in made:
            await house.kindling.press(moderator(), Action("undo", change.id))
        await house.until(NINE + DAY)

        assert moments(house) == []


async def test_of_two_who_set_up_with_the_form_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        mine = (await house.kindling.press(moderator(), Action("open", "setup"))).content
        hers = (await house.kindling.press(moderator("noor"), Action("open", "setup"))).content
        assert isinstance(mine, Form)
        assert isinstance(hers, Form)
        await house.kindling.submit(moderator("noor"), "setup", hers.subject, WISHES | {"morning": "11:00"})
        told = card_of(await house.kindling.submit(moderator(), "setup", mine.subject, WISHES | {"days": "mon"}))

        assert "Somebody else changed this" in told.plain()
        assert line(await command(house, "kindling status"), "Morning intention").startswith("every day at 11:00")


async def test_a_card_that_was_changed_ahead_keeps_no_other_from_coming(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        card = card_of(await house.kindling.press(moderator(), Action("ahead_skip", await ahead(house, 3))))
        await set_up(house, weekly="off", morning="10:00")
        await house.until(NINE + 4 * DAY + 2 * HOUR)

        assert card.heading == "Changed"
        assert mornings(house) == [NINE + HOUR + n * DAY for n in (0, 1, 2, 4)]


async def test_a_card_that_waits_for_another_try_goes_to_the_channel_chosen_anew(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        await house.kindling.press(moderator(), Action("ahead_skip", await ahead(house, 3)))
        house.letters.faults = [("before", TryLater("letters.asleep", 10 * MINUTE))]
        await house.until(NINE)
        await set_up(house, weekly="off", channel="garden")
        await house.until(NINE + HOUR)

        assert [letter.place.channel for letter in house.letters.letters] == ["garden"]


async def ahead(house: House, days: int) -> str:
    """The name of the card that comes so many days after today's."""
    form = (await house.kindling.press(moderator(), Action("open", "ahead"))).content
    assert isinstance(form, Form)
    return form.fields[0].options[days][0]

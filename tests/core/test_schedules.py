"""Several schedules of a ritual, and what moderators change of them in `/kindling settings`."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import TryLater
from bot.domain.forms import Form, Rejected
from bot.domain.message import Card, Reply
from bot.services.cards import EVENING, NOTICING
from bot.storage.tables import occurrences, schedules
from tests.core.before import be_set_up
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
    line,
    mornings,
    press,
    rows,
    set_up,
    skips,
    states,
)
from tests.house import House, member, moderator

EVENINGS = {"ritual": "evening", "channel": "garden", "days": "every day", "at": "20:00", "zone": "Europe/Berlin"}
TOMAS = moderator("tomas")


async def add(house: House, **words: str) -> Card:
    """A card added with the usual wishes, and these."""
    return card_of(await house.kindling.submit(moderator(), "schedule", "", EVENINGS | words))


async def opened(house: House, form: str) -> Form:
    settings_ = await command(house, "kindling settings")
    [action] = [choice.action for choice in settings_.choices if choice.action.subject == form]
    return form_of(await house.kindling.press(moderator(), action))


def form_of(reply: Reply) -> Form:
    assert isinstance(reply.content, Form)
    return reply.content


def problems_of(reply: Reply) -> dict[str, str]:
    assert isinstance(reply.content, Rejected)
    return dict(reply.content.problems)


async def shown(house: House, label: str = "evening reflection") -> Card:
    """The card of one schedule, chosen from the list."""
    form = await opened(house, "which")
    [value] = [value for value, said in form.fields[0].options if said.lower().startswith(label)]
    return card_of(await house.kindling.submit(moderator(), "which", "", {"schedule": value}))


async def form_behind(house: House, card: Card, label: str) -> Form:
    return form_of(await house.kindling.press(moderator(), button(card, label)))


def filled(form: Form, **words: str) -> dict[str, str]:
    return {field.name: field.value for field in form.fields} | words


async def change(house: House, form: Form, **words: str) -> Reply:
    return await house.kindling.submit(moderator(), form.name, form.subject, filled(form, **words))


def came(house: House) -> list[tuple[str, str, str]]:
    """What was posted: heading, channel, and when in Berlin's winter."""
    return [
        (letter.card.heading, letter.place.channel, f"{letter.at + HOUR:%a %H:%M}") for letter in house.letters.letters
    ]


async def test_an_evening_reflection_comes_in_its_own_channel_at_its_own_time(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        added = await add(house)
        await house.until(MONDAY + 14 * HOUR)

        assert line(added, "Next card") == "Mon 23 Nov 20:00 Europe/Berlin; nothing before that"
        assert came(house) == [
            ("Today’s intention", "square", "Mon 09:00"),
            ("Evening reflection", "garden", "Mon 20:00"),
        ]
        card = house.letters.letters[1].card
        assert EVENING in card.plain()
        assert labels(card) == ["Share a kindness", "Read one of mine", "Resting today"]


async def test_a_mindful_act_is_one_small_thing_with_a_line_of_noticing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, ritual="mindful", at="12:30")

        await house.until(MONDAY + 2 * DAY)

        first, second = (letter.card for letter in house.letters.letters)
        assert NOTICING in first.plain()
        assert labels(first) == ["I'll try it", "Another idea", "Share a kindness", "Resting today"]
        assert first.body != second.body


async def test_what_one_tries_at_midday_is_on_the_card_like_a_seedling(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, ritual="mindful", at="12:30")
        await house.until(MONDAY + 6 * HOUR)

        tried = await press(house, house.letters.letters[0].card, "I'll try it", member())

        assert tried.plain().splitlines()[1] == "In your own time. Noticing how it feels is part of it."


async def test_one_reads_ones_own_act_from_the_evening_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        await house.until(MONDAY + 14 * HOUR)

        read = await press(house, house.letters.letters[0].card, "Read one of mine", member())

        assert read.heading == "Your kindnesses"
        assert "Whatever you share or keep, you find it here." in read.plain()


async def test_neither_of_the_two_comes_unless_it_was_chosen(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await house.until(MONDAY + 2 * DAY)

        assert {heading for heading, _, _ in came(house)} == {"Today’s intention"}


async def test_two_mornings_come_side_by_side_and_setting_up_changes_the_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.forward(MINUTE)
        await add(house, ritual="morning", at="07:00", channel="garden")

        await set_up(house, weekly="off", morning="10:00")
        await house.until(MONDAY + 30 * HOUR)

        assert [(channel, at) for _, channel, at in came(house)] == [
            ("square", "Mon 10:00"),
            ("garden", "Tue 07:00"),
            ("square", "Tue 10:00"),
        ]


async def test_several_of_a_kind_have_names_that_differ(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        for _ in range(3):
            await add(house)

        settings_ = await command(house, "kindling settings")

        for name in ("Evening reflection", "Evening reflection 2", "Evening reflection 3"):
            assert line(settings_, name).startswith("every day at 20:00. Next: Mon 23 Nov 20:00")


async def test_two_weekly_challenges_announce_one_theme_and_use_up_one_week(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await add(house, ritual="challenge", days="tue", channel="garden")

        await house.until(MONDAY + 9 * DAY)

        themes = [heading for heading, _, _ in came(house) if heading.startswith("This week")]
        assert len(themes) == 4
        assert themes[0] == themes[1] != themes[2] == themes[3]


async def test_two_challenges_of_the_same_minute_announce_one_theme(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await add(house, ritual="challenge", days="mon", at="09:00", channel="garden")

        await house.until(MONDAY + 8 * DAY)

        themes = [heading for heading, _, _ in came(house) if heading.startswith("This week")]
        assert themes[0] == themes[1] != themes[2] == themes[3]


async def test_what_is_changed_of_a_schedule_holds_from_the_card_that_is_announced(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await form_behind(house, await shown(house), "Change")

        done = card_of(await change(house, form, at="18:30", days="tue", channel="square"))
        await house.until(MONDAY + 8 * DAY)

        assert line(done, "Next card") == "Tue 24 Nov 18:30 Europe/Berlin; nothing before that"
        assert came(house) == [("Evening reflection", "square", "Tue 18:30")]


async def test_changing_the_zone_after_the_card_gives_the_date_no_second_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, at="09:00")
        await house.until(NINE)
        form = await form_behind(house, await shown(house), "Change")

        await change(house, form, zone="America/Los_Angeles")
        await house.until(NINE + 2 * DAY)

        assert await skips(house, "evening") == [("23 Nov", ""), ("24 Nov", "")]


async def test_a_change_is_told_in_the_audit_log_and_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await form_behind(house, await shown(house), "Change")
        done = card_of(await change(house, form, at="18:30"))

        audit = await command(house, "kindling audit")
        await press(house, done, "Undo")

        assert "“Evening reflection” was changed: every day at 18:30, Europe/Berlin (schedule)" in audit.plain()
        assert line(await command(house, "kindling settings"), "Evening reflection").startswith("every day at 20:00")


async def test_two_moderators_at_once_do_not_overwrite_each_other_unseen(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await form_behind(house, await shown(house), "Change")
        await house.kindling.submit(TOMAS, form.name, form.subject, filled(form, at="19:00"))

        answer = card_of(await change(house, form, at="21:00"))

        assert answer.heading == "Somebody was quicker"
        assert line(await command(house, "kindling settings"), "Evening reflection").startswith("every day at 19:00")


async def test_every_mistake_in_a_form_is_told_at_once_and_nothing_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        wrong = {"ritual": "recap", "channel": "", "days": "someday", "at": "25", "zone": "Berlni"}

        reply = await house.kindling.submit(moderator(), "schedule", "", wrong)

        assert set(problems_of(reply)) == set(wrong)
        assert await rows(house, schedules) == []


async def test_name_start_end_days_and_grace_are_behind_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await form_behind(house, await shown(house), "More")

        await change(
            house, form, name="Lamps out", starts="2026-11-24", ends="2026-11-28", skips="2026-11-25..2026-11-26"
        )
        await house.until(MONDAY + 10 * DAY)

        assert line(await command(house, "kindling settings"), "Lamps out").endswith("Next: nothing is planned.")
        assert [at for _, _, at in came(house)] == ["Tue 20:00", "Fri 20:00", "Sat 20:00"]
        assert await skips(house, "evening") == [
            ("24 Nov", ""),
            ("25 Nov", "skip_date"),
            ("26 Nov", "skip_date"),
            ("27 Nov", ""),
            ("28 Nov", ""),
        ]


async def test_a_grace_of_its_own_decides_how_late_a_card_may_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, at="09:00")
        form = await form_behind(house, await shown(house), "More")
        await change(house, form, grace="30m")
    async with a_village(tmp_path, NINE + 31 * MINUTE) as house:
        await house.core.engine.settle()

        assert await skips(house, "evening") == [("23 Nov", "too_late")]


async def test_a_grace_or_a_date_beyond_all_bounds_is_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await form_behind(house, await shown(house), "More")

        wrong = await change(house, form, grace="5d", ends="2026-11-01", skips="2026-12-24..2026-12-01")

        assert set(problems_of(wrong)) == {"grace", "ends", "skips"}
        assert "15m to 12h" in problems_of(wrong)["grace"]


async def test_two_schedules_never_have_one_name(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        await add(house, at="21:00")
        form = await form_behind(house, await shown(house, "evening reflection 2"), "More")

        wrong = await change(house, form, name="evening REFLECTION")

        assert set(problems_of(wrong)) == {"name"}


async def test_removing_is_asked_once_more_and_can_be_taken_back_without_a_second_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, at="09:00")
        await house.until(NINE)
        asked = await press(house, await shown(house), "Remove")

        removed = await press(house, asked, "Remove")
        gone = await command(house, "kindling settings")
        await press(house, removed, "Undo")
        await house.until(NINE + DAY)

        assert "No card is set up here yet." in gone.plain()
        assert [at for _, _, at in came(house)] == ["Mon 09:00", "Tue 09:00"]


async def test_a_removed_schedule_brings_nothing_and_its_waiting_card_stays_away(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, at="09:00")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)

        asked = await press(house, await shown(house), "Remove")
        await press(house, asked, "Remove")
        await house.until(NINE + 3 * DAY)

        assert came(house) == []
        assert await states(house) == [("skipped", "removed")]


async def test_removing_twice_removes_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        asked = await press(house, await shown(house), "Remove")

        await press(house, asked, "Remove")
        again = await press(house, asked, "Remove")

        assert again.heading == "It is gone"


async def test_the_recap_follows_the_wall_and_is_neither_changed_nor_removed_here(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling wall setup", recap="fri")

        card = await shown(house, "weekly recap")

        assert labels(card) == ["More", "When it is posted", "All settings"]
        assert "/kindling wall setup" in card.plain()


async def test_the_recap_keeps_to_the_mornings_zone_when_that_is_changed_here(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling wall setup", recap="fri")
        form = await form_behind(house, await shown(house, "morning"), "Change")

        await change(house, form, zone="Asia/Tokyo")

        assert {row["zone"] for row in await rows(house, schedules)} == {"Asia/Tokyo"} | {
            row["zone"] for row in await rows(house, schedules) if row["ritual"] == "challenge"
        }


async def test_in_quiet_hours_no_card_can_be_set_up(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        form = await opened(house, "community")
        await change(house, form, quiet="21:00-07:00")

        late = await house.kindling.submit(moderator(), "schedule", "", EVENINGS | {"at": "22:15"})
        early = await house.kindling.command(
            moderator(), "kindling setup", {"channel": "square", "zone": "Europe/Berlin", "morning": "06:59"}
        )

        assert "21:00-07:00" in problems_of(late)["at"]
        assert "21:00-07:00" in problems_of(early)["morning"]


async def test_quiet_hours_that_a_card_lies_in_are_refused_with_its_name(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await opened(house, "community")

        wrong = await change(house, form, quiet="19:00-07:00")

        assert "“Evening reflection” comes every day at 20:00" in problems_of(wrong)["quiet"]


async def test_a_card_that_is_late_waits_for_the_end_of_quiet_hours(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, ritual="challenge", days="mon", at="20:30")
        await change(house, await opened(house, "community"), quiet="21:00-07:00")
        house.letters.faults = [("before", TryLater("busy", HOUR))]

        await house.until(MONDAY + 25 * HOUR)

        assert [at for _, _, at in came(house)] == ["Tue 07:00"]


async def test_a_late_card_whose_grace_ends_in_quiet_hours_is_not_posted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house, at="20:30")
        await change(house, await opened(house, "community"), quiet="21:00-07:00")
        house.letters.faults = [("before", TryLater("busy", HOUR))]

        await house.until(MONDAY + 24 * HOUR)

        assert came(house) == []
        assert await states(house) == [("skipped", "too_late")]


async def test_a_rest_day_has_no_cards_until_it_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        form = await opened(house, "community")

        kept = card_of(await change(house, form, rest="tue"))
        await house.until(NINE + 2 * DAY)
        await press(house, kept, "Undo")
        await house.until(NINE + 8 * DAY)

        assert [f"{at:%a}" for at in mornings(house)] == ["Mon", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon", "Tue"]


async def test_a_card_that_would_only_come_on_the_rest_day_is_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await opened(house, "community")
        await change(house, form, rest="mon")

        reply = await house.kindling.submit(moderator(), "schedule", "", EVENINGS | {"days": "mon"})

        assert "Monday is the rest day" in problems_of(reply)["days"]


async def test_the_tone_decides_what_is_asked_from_then_on(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        form = await opened(house, "community")

        kept = card_of(await change(house, form, tone="workplace"))

        assert "The tone is workplace" in kept.plain()
        assert "Next card: Mon 23 Nov 09:00 Europe/Berlin" in kept.plain()


async def test_only_moderators_see_and_change_settings(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        card = await shown(house)
        form = await form_behind(house, card, "Change")
        robin = member()

        answers = [
            await house.kindling.command(robin, "kindling settings", {}),
            await house.kindling.command(robin, "kindling skip", {"when": "today"}),
            await house.kindling.submit(robin, form.name, form.subject, filled(form, at="21:00")),
            await house.kindling.submit(robin, "schedule_more", form.subject, {}),
            await house.kindling.submit(robin, "community", "", {}),
            await house.kindling.submit(robin, "skip", "", {"when": "today"}),
            *[await house.kindling.press(robin, choice.action) for choice in card.choices],
        ]

        assert {card_of(answer).heading for answer in answers} == {"Not this time"}
        assert line(await command(house, "kindling settings"), "Evening reflection").startswith("every day at 20:00")


async def test_another_communitys_schedule_is_not_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await add(house)
        form = await form_behind(house, await shown(house), "Change")
        stranger = moderator(space="town")

        reply = await house.kindling.submit(stranger, form.name, form.subject, filled(form, at="21:00"))

        assert "not there any more" in card_of(reply).plain()


async def test_skipping_today_is_silent_everywhere_and_seen_in_the_preview(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await add(house)

        await command(house, "kindling skip", when="today")
        preview = await command(house, "kindling preview")
        await house.until(MONDAY + DAY)

        assert came(house) == []
        why = "(a day off in this community, left out with /kindling skip)"
        assert preview.plain().splitlines()[1].endswith(f"no morning intention {why}")
        assert await skips(house) == [("23 Nov", "day_off")]
        assert await skips(house, "evening") == [("23 Nov", "day_off")]


async def test_a_skipped_range_is_left_out_and_the_answer_tells_the_next_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        said = card_of(await house.kindling.typed(moderator(), "kindling", "skip 2026-11-23..2026-11-25"))
        await house.until(MONDAY + 3 * DAY + 2 * HOUR)

        assert "Next card: Thu 26 Nov 09:00 Europe/Berlin" in said.plain()
        assert mornings(house) == [NINE + 3 * DAY]


async def test_a_skip_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        said = await command(house, "kindling skip", when="2026-11-23..2026-11-24")

        await press(house, said, "Undo")
        await house.until(NINE + DAY)

        assert mornings(house) == [NINE, NINE + DAY]


async def test_one_schedule_alone_is_skipped(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await add(house)
        form = form_of(await house.kindling.command(moderator(), "kindling skip", {}))
        [evening] = [value for value, label in form.fields[1].options if label.startswith("Evening")]

        await change(house, form, which=evening)
        await house.until(MONDAY + DAY)

        assert [heading for heading, _, _ in came(house)] == ["Today’s intention"]


async def test_a_skip_holds_back_a_card_that_waits_for_another_try(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE + MINUTE)

        await command(house, "kindling skip", when="today")
        await house.until(NINE + 4 * HOUR)

        assert came(house) == []
        assert await states(house) == [("skipped", "day_off")]


async def test_a_day_that_is_over_or_no_day_is_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        over = await house.kindling.command(moderator(), "kindling skip", {"when": "2026-11-01"})
        none = await house.kindling.command(moderator(), "kindling skip", {"when": "someday"})
        endless = await house.kindling.command(moderator(), "kindling skip", {"when": "2026-12-01..9999-12-01"})

        assert "over" in problems_of(over)["when"]
        assert "someday" in problems_of(none)["when"]
        assert "two years" in problems_of(endless)["when"]


async def test_a_card_added_later_keeps_to_the_days_off_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling skip", when="2026-11-24")

        await add(house)
        await house.until(MONDAY + 2 * DAY)

        assert await skips(house, "evening") == [("23 Nov", ""), ("24 Nov", "day_off")]


ZONES = ("Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu", "Pacific/Pago_Pago")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("change", "change", "skip", "remove", "undo", "rest", "wait")),
        st.sampled_from(ZONES),
        st.times().map(lambda at: f"{at:%H:%M}"),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=12, deadline=None)
@given(ACTS)
def test_whatever_is_changed_when_no_date_gets_two_cards_and_none_comes_unannounced(
    acts: list[tuple[str, str, str, int]],
) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with a_village(Path(folder)) as house:
                await live(house, acts)

    asyncio.run(run())


async def live(house: House, acts: list[tuple[str, str, str, int]]) -> None:
    """Carry acts out with hours between them: the card that is announced after each is the next one that comes."""
    assert told(await add(house)) == await next_card(house)
    last: Card | None = None
    for act, zone, at, hours in acts:
        posted = len(house.letters.letters)
        last = await carry_out(house, act, zone, at, last) or last
        announced = await next_card(house)
        await house.until(house.clock.at + timedelta(hours=hours))
        fresh = [letter.at for letter in house.letters.letters[posted:]]
        assert fresh[:1] == ([announced] if announced and announced <= house.clock.at else [])
    decided = await rows(house, occurrences)
    dates = [(row["schedule_id"], row["local_date"]) for row in decided if not row["skip"]]
    assert len(dates) == len(set(dates)) == len(house.letters.letters)


async def next_card(house: House) -> datetime | None:
    async with house.database.reading() as work:
        [row] = await rows(house, schedules)
        found = await work.schedules.find(row["id"])
    return next((instant for _, instant in found.cards()), None) if found else None


def told(card: Card) -> datetime:
    said = line(card, "Next card").split(" Europe")[0]
    return datetime.strptime(f"2026 {said} +0100", "%Y %a %d %b %H:%M %z").astimezone(UTC)


async def carry_out(house: House, act: str, zone: str, at: str, last: Card | None) -> Card | None:
    """One act, where it can be done; the card that answers it."""
    there = "Evening reflection" in (await command(house, "kindling settings")).plain()
    match act:
        case "change" if there:
            form = await form_behind(house, await shown(house), "Change")
            return card_of(await change(house, form, zone=zone, at=at))
        case "remove" if there:
            return await press(house, await press(house, await shown(house), "Remove"), "Remove")
        case "skip" if there:
            return await command(house, "kindling skip", when="tomorrow")
        case "rest":
            form = await opened(house, "community")
            return card_of(await change(house, form, rest=f"{date(2026, 11, 23 + int(at[:2]) % 7):%a}".lower()))
        case "undo" if last is not None and "Undo" in labels(last):
            return await press(house, last, "Undo")
        case _:
            return None


async def test_every_answer_of_setting_up_is_reached_from_the_settings(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await opened(house, "settings")
        ways: dict[str, list[str]] = {}
        for topic, _ in form.fields[0].options:
            card = card_of(await house.kindling.submit(moderator(), "settings", "", {"topic": topic}))
            for choice in card.choices:
                reply = await house.kindling.press(moderator(), choice.action)
                name = reply.content.name if isinstance(reply.content, Form) else card_of(reply).heading
                ways.setdefault(topic, []).append(name)

        assert ways["cards"][:2] == ["which", "schedule"]
        assert [ways[name][0] for name in ("community", "wall", "support", "moderators", "pause")] == [
            "community",
            "wall",
            "support",
            "moderators",
            "pause",
        ]
        assert ways["off"][:2] == ["skip", "Holidays"]
        refused = {"Not this time", "That button is from another time"}
        assert all(name not in refused for names in ways.values() for name in names)


async def test_a_setting_that_is_none_is_refused_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        told = card_of(await house.kindling.submit(moderator(), "settings", "", {"topic": "moon"}))
        refused = card_of(await house.kindling.submit(member(), "settings", "", {"topic": "wall"}))

        assert "/kindling settings shows what there is" in told.plain()
        assert "for moderators" in refused.plain()

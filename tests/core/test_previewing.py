"""The next seven days, and what moderators change in them before they come."""

from datetime import date, timedelta
from pathlib import Path

from bot.domain.days import DaysOff, Off
from bot.domain.forms import Form, Rejected
from bot.domain.ids import CommunityId
from bot.domain.message import Action, Card, Items, Text
from bot.domain.places import Actor
from bot.services.ahead import subject_of
from bot.services.free_days import follow
from tests.core.before import be_set_up
from tests.core.test_schedules import change as settle
from tests.core.test_schedules import opened
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    SQUARE,
    a_village,
    button,
    card_of,
    command,
    labels,
    moments,
    mornings,
    press,
    skips,
)
from tests.house import House, member, moderator
from tests.storage.hearing import heard

NOOR = moderator("noor")
OF_MORNING = ["Another text", "Own words", "Move it", "Skip it", "Show it"]


def days(card: Card) -> list[str]:
    return [f"{item.label}: {item.text}" for part in card.body if isinstance(part, Items) for item in part.items]


async def preview(house: House) -> list[str]:
    return days(await command(house, "kindling preview"))


async def look_at(house: House, index: int, actor: Actor | None = None) -> Card:
    """The card with this place in the list, as a moderator picks it from the form."""
    actor = actor or moderator()
    change = button(card_of(await house.kindling.command(actor, "kindling preview", {})), "Change one")
    form = (await house.kindling.press(actor, change)).content
    assert isinstance(form, Form)
    [field] = form.fields
    values = {"card": field.options[index][0]}
    return card_of(await house.kindling.submit(actor, form.name, form.subject, values))


async def form_of(house: House, card: Card, label: str, actor: Actor | None = None) -> Form:
    form = (await house.kindling.press(actor or moderator(), button(card, label))).content
    assert isinstance(form, Form)
    return form


async def fill(house: House, form: Form, actor: Actor | None = None, **values: str) -> Card:
    return card_of(await house.kindling.submit(actor or moderator(), form.name, form.subject, values))


def question(card: Card) -> str:
    return next(part.text for part in card.body if isinstance(part, Text))


async def test_a_card_to_come_is_seen_whole_with_what_can_be_changed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        tomorrow = await look_at(house, 2)

        assert tomorrow.heading == "Tue 24 Nov 09:00: Morning intention"
        assert labels(tomorrow) == OF_MORNING
        await house.forward(DAY + 2 * HOUR)
        assert house.letters.letters[-1].card.body == tomorrow.body


async def test_another_text_comes_in_the_place_of_the_one_shown(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        before = await look_at(house, 2)
        await press(house, before, "Another text")
        after = await look_at(house, 2)
        await house.forward(DAY + 2 * HOUR)

        assert question(after) != question(before)
        assert question(house.letters.letters[-1].card) == question(after)
        assert len(mornings(house)) == 2


async def test_texts_that_were_swapped_away_do_not_come_back_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        seen = []
        for _ in range(4):
            card = await look_at(house, 2)
            seen.append(question(card))
            await press(house, card, "Another text")

        assert len(set(seen)) == 4


async def test_a_card_says_what_a_moderator_wrote_that_one_time(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house, await look_at(house, 2), "Own words")
        await fill(house, form, text="Who carried you\n this week?")
        await house.forward(3 * DAY)

        said = [question(letter.card) for letter in house.letters.letters]
        assert said.count("Who carried you this week?") == 1
        assert question(house.letters.letters[2].card) == "Who carried you this week?"
        assert isinstance(house.letters.letters[2].card.body[1], Items)


async def test_own_words_that_are_none_are_asked_for_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house, await look_at(house, 2), "Own words")
        reply = await house.kindling.submit(moderator(), form.name, form.subject, {"text": "x" * 241})

        assert isinstance(reply.content, Rejected)
        assert "240 characters" in reply.content.problems["text"]


async def test_a_card_that_is_skipped_does_not_come_and_the_next_one_does(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await press(house, await look_at(house, 2), "Skip it")
        await house.forward(2 * DAY + 2 * HOUR)

        assert mornings(house) == [NINE, NINE + 2 * DAY]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "skip_date"), ("25 Nov", "")]


async def test_a_skipped_card_comes_after_all(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await press(house, await look_at(house, 2), "Skip it")
        await press(house, await look_at(house, 2), "Let it come after all")
        await house.forward(DAY + 2 * HOUR)

        assert mornings(house) == [NINE, NINE + DAY]


async def test_a_card_is_moved_within_its_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house, await look_at(house, 2), "Move it")
        told = await fill(house, form, at="16:30")

        assert "A card comes at Tue 24 Nov 16:30 Europe/Berlin" in told.plain()
        await house.forward(3 * DAY)
        assert mornings(house) == [NINE, NINE + DAY + timedelta(hours=7.5), NINE + 2 * DAY]


async def test_a_moved_card_is_seen_at_its_new_time_also_when_the_old_one_has_passed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await fill(house, await form_of(house, await look_at(house, 2), "Move it"), at="16:30")
        assert any(line.startswith("Tue 24 Nov 16:30") for line in await preview(house))
        await house.forward(DAY + 3 * HOUR)

        assert (await preview(house))[0].startswith("Tue 24 Nov 16:30")
        assert len([line for line in await preview(house) if line.startswith("Tue 24")]) == 1


async def test_a_card_moved_to_earlier_comes_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await fill(house, await form_of(house, await look_at(house, 2), "Move it"), at="07:15")
        await house.forward(2 * DAY)

        assert mornings(house) == [NINE, NINE + DAY - timedelta(hours=1.75)]


async def test_a_card_is_not_moved_to_what_has_passed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house, await look_at(house, 1), "Move it")
        reply = await house.kindling.submit(moderator(), form.name, form.subject, {"at": "07:00"})

        assert isinstance(reply.content, Rejected)
        assert "has passed" in reply.content.problems["at"]


async def test_what_was_changed_ahead_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        skipped = await press(house, await look_at(house, 2), "Skip it")
        await press(house, skipped, "Undo")
        await house.forward(DAY + 2 * HOUR)

        assert mornings(house) == [NINE, NINE + DAY]


async def test_a_moved_card_taken_back_after_its_old_time_comes_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        moved = await fill(house, await form_of(house, await look_at(house, 2), "Move it"), at="16:30")
        await house.forward(DAY + 2 * HOUR)
        await press(house, moved, "Undo")
        await house.forward(MINUTE)

        assert len(mornings(house)) == 2
        assert mornings(house)[1] < NINE + DAY + 2 * HOUR


async def test_a_posted_card_is_left_as_it_is(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        card = await look_at(house, 1)
        skip = button(card, "Skip it")
        await house.forward(2 * HOUR)

        assert "posted already" in card_of(await house.kindling.press(moderator(), skip)).plain()
        assert mornings(house) == [NINE]


async def test_two_moderators_who_change_one_card_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        mine = await form_of(house, await look_at(house, 2), "Move it")
        hers = await form_of(house, await look_at(house, 2, NOOR), "Move it", NOOR)
        await fill(house, hers, NOOR, at="16:30")
        told = await fill(house, mine, at="11:00")
        await house.forward(2 * DAY)

        assert told.heading == "Somebody was quicker"
        assert mornings(house)[1] == NINE + DAY + timedelta(hours=7.5)


async def test_a_theme_is_skipped_but_not_moved_behind_its_mention(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        theme = await look_at(house, 0)
        move = Action("ahead_move", button(theme, "Skip it").subject)
        form = (await house.kindling.press(moderator(), move)).content
        assert isinstance(form, Form)

        assert labels(theme) == ["Skip it", "Show it"]
        assert "before the cards that mention it" in (await fill(house, form, at="20:00")).plain()
        await press(house, theme, "Skip it")
        await house.forward(2 * HOUR)
        assert len(moments(house)) == 1
        assert len(mornings(house)) == 1


async def test_the_very_card_is_shown_with_buttons_that_do_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await press(house, await look_at(house, 2), "Show it")

        assert shown.heading == "Today’s intention"
        assert "only a preview" in (await press(house, shown, "I'll try one")).plain()


async def test_members_change_nothing_ahead(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        card = await look_at(house, 2)
        for label in OF_MORNING:
            reply = await house.kindling.press(member(), button(card, label))
            assert "for moderators" in card_of(reply).plain()


async def test_a_card_of_another_community_is_unknown(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        skip = button(await look_at(house, 2), "Skip it")
        stranger = moderator("maya", space="city")

        assert "as it is" in card_of(await house.kindling.press(stranger, skip)).plain()
        await house.forward(DAY + 2 * HOUR)
        assert len(mornings(house)) == 2


async def test_a_card_changed_ahead_rests_in_a_pause_and_comes_when_that_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await press(house, await look_at(house, 2), "Another text")
        await press(house, await look_at(house, 3), "Another text")
        await command(house, "kindling pause", until="2026-11-25")
        await house.forward(DAY + 2 * HOUR)
        assert mornings(house) == []
        await command(house, "kindling pause", until="off")
        await house.forward(DAY)

        assert mornings(house)[-1] == NINE + 2 * DAY
        assert all(place == SQUARE for place in {letter.place for letter in house.letters.letters})


async def test_a_look_ahead_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        before = await preview(house)
        await look_at(house, 3)

        assert await preview(house) == before
        assert "card" not in (await command(house, "kindling audit")).plain()


async def test_evening_and_mindful_cards_are_seen_by_their_names_and_changed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        for ritual, at in (("mindful", "12:30"), ("evening", "20:00"), ("evening", "21:00")):
            await add(house, ritual, at)
        seen = await preview(house)
        evening = await pick(house, "2026-11-24", "Evening reflection 2")
        form = await form_of(house, await pick(house, "2026-11-24", "Mindful act"), "Own words")
        await fill(house, form, text="Look at the sky once.")
        await press(house, await pick(house, "2026-11-24", "Evening reflection"), "Skip it")
        await house.forward(DAY + 16 * HOUR)

        assert [line.split(": ")[1] for line in seen[1:4]] == [
            "Mindful act",
            "Evening reflection",
            "Evening reflection 2",
        ]
        assert labels(evening) == OF_MORNING
        on_tuesday = [letter.card for letter in house.letters.letters if letter.at > NINE + 18 * HOUR]
        assert [card.heading for card in on_tuesday] == [
            "Today’s intention",
            "One small act, on purpose",
            "Evening reflection",
        ]
        assert "Look at the sky once." in on_tuesday[1].plain()
        assert on_tuesday[2].body[0] == evening.body[0]


async def test_a_card_is_not_picked_on_a_day_on_which_it_does_not_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for at in ("10:00", "12:30", "20:00"):
            await add(house, "mindful", at)
        form = (await house.kindling.press(moderator(), Action("open", "ahead"))).content
        assert isinstance(form, Form)
        [weekly] = [value for value, label in form.fields[1].options if label == "Weekly challenge"]
        told = await house.kindling.submit(moderator(), "ahead", "", {"day": "2026-11-25", "which": weekly})

        assert isinstance(told.content, Rejected)
        assert list(told.content.problems) == ["day"]


async def test_a_card_is_moved_neither_into_quiet_hours_nor_to_a_time_that_has_passed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await set_community(house, quiet="21:00-07:00")
        form = await form_of(house, await look_at(house, 1), "Move it")
        quiet = await house.kindling.submit(moderator(), form.name, form.subject, {"at": "22:00"})
        form = await form_of(house, await look_at(house, 0), "Move it")
        passed = await house.kindling.submit(moderator(), form.name, form.subject, {"at": "07:30"})

        assert isinstance(quiet.content, Rejected)
        assert "lies in the quiet hours" in quiet.content.problems["at"]
        assert isinstance(passed.content, Rejected)
        assert "has passed" in passed.content.problems["at"]


async def test_a_holiday_is_shown_with_its_name(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        async with house.database.unit_of_work() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            day = date(2026, 11, 25)
            await work.days_off.save(DaysOff("d", space.community, "School", (Off(day, day, "Lantern day"),)))
            await follow(work, space.community, house.clock.now())
            await work.commit()

        seen = await preview(house)
        assert "Wed 25 Nov 09:00: no morning intention (Lantern day: from your calendar “School”)" in seen
        assert "Lantern day" in (await look_at(house, 2)).plain()


async def add(house: House, ritual: str, at: str) -> None:
    values = {"ritual": ritual, "channel": "square", "days": "every day", "at": at, "zone": "Europe/Berlin"}
    await house.kindling.submit(moderator(), "schedule", "", values)


async def pick(house: House, day: str, name: str) -> Card:
    """A card by its day and its name, where there are too many for one list."""
    form = (await house.kindling.press(moderator(), Action("open", "ahead"))).content
    assert isinstance(form, Form)
    [which] = [value for value, label in form.fields[1].options if label == name]
    return card_of(await house.kindling.submit(moderator(), form.name, form.subject, {"day": day, "which": which}))


async def set_community(house: House, **words: str) -> None:
    form = (await house.kindling.press(moderator(), Action("open", "community"))).content
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields} | words
    await house.kindling.submit(moderator(), form.name, form.subject, values)


async def with_several_cards(house: House) -> CommunityId:
    """A second morning far away, a theme announced after the first one, and what comes at midday and in the evening."""
    await be_set_up(house, weekly="off")
    for card in (
        {"ritual": "challenge", "days": "wed", "at": "10:00"},
        {"ritual": "morning", "name": "Far away", "at": "06:30", "zone": "Pacific/Auckland", "channel": "garden"},
        {"ritual": "mindful", "at": "12:30"},
        {"ritual": "evening", "at": "20:00"},
    ):
        usual = {"days": "every day", "zone": "Europe/Berlin", "channel": "square"}
        card_of(await settle(house, await opened(house, "schedule"), **(usual | card)))
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
    assert space is not None
    return space.community


async def test_what_is_foreseen_of_several_schedules_is_what_is_posted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        community = await with_several_cards(house)
        seen = await house.core.calendar.coming(community, 7)
        for index, what in ((5, "Skip it"), (7, "Another text"), (11, "Another text")):
            subject = subject_of(seen[index].schedule, seen[index].local_date)
            card = card_of(await house.kindling.submit(moderator(), "ahead", "", {"card": subject}))
            await press(house, card, what)
        coming = await house.core.calendar.coming(community, 9)
        foreseen = [(one.due_at, one.card.plain()) for one in coming if one.card]

        await house.forward(9 * DAY)

        assert [(letter.at, letter.card.plain()) for letter in house.letters.letters] == foreseen
        assert len(foreseen) > 30


async def test_however_many_cards_a_week_has_it_takes_as_many_statements(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="wed")
        counts: list[int] = []
        for number in range(1, 13):
            words = {"ritual": "morning", "name": f"Card {number}", "at": f"10:{number:02}", "channel": f"c{number}"}
            usual = {"days": "every day", "zone": "Europe/Berlin"}
            card_of(await settle(house, await opened(house, "schedule"), **(usual | words)))
            with heard(house.database) as said:
                await command(house, "kindling preview")
            counts.append(len(said))

        assert counts[0] == counts[-1]

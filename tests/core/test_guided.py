"""Setting up step by step: left and taken up again, nothing before the first card, and tried out for real."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.domain.community import Tone
from bot.domain.errors import TryLater, Uncertain
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Items
from bot.domain.places import Actor, Lack, MessageRef, Place
from bot.domain.wall import Rule
from bot.services.trying import LEFT
from bot.storage.tables import metadata
from tests.core.before import be_set_up
from tests.core.test_overseeing import listed
from tests.core.village import (
    DAY,
    HOUR,
    MONDAY,
    MORNING,
    NINE,
    SQUARE,
    a_village,
    button,
    card_of,
    command,
    labels,
    line,
    moments,
    press,
    rows,
    set_up,
)
from tests.house import House, member, moderator
from tests.letters import CLOSED

NOOR = moderator("noor")
WHERE = {"channel": "square", "wall": "other", "wall_channel": "garden"}
WHEN = {"zone": "Europe/Berlin", "days": "mon,tue,wed,thu,fri", "morning": "09:00", "weekly": "off"}
MORE = {"evening": "20:00", "quiet": "21:30-07:00", "rest": "sun"}
TONE = {"tone": "workplace", "language": "en"}
WALL = {"rule": "review", "links": "no", "words": "pineapple", "recap": "fri"}
SUPPORT = {"region": "elsewhere", "contacts": "Ines from the council | write to ines@example.org | weekday evenings"}
ALL = {"where": WHERE, "when": WHEN, "more": MORE, "tone": TONE, "wall": WALL, "support": SUPPORT}


async def opened(house: House, card: Card, actor: Actor | None = None) -> Form:
    """The form of a card's first button."""
    reply = await house.kindling.press(actor or moderator(), card.choices[0].action)
    assert isinstance(reply.content, Form), reply.content
    return reply.content


async def fill_in(house: House, card: Card, values: Mapping[str, str], actor: Actor | None = None) -> Card:
    """Open the form of a card's first button, and send it filled in with these values."""
    form = await opened(house, card, actor)
    filled = {field.name: field.value for field in form.fields} | values
    return card_of(await house.kindling.submit(actor or moderator(), form.name, form.subject, filled))


async def walked(house: House, upto: str = "support") -> Card:
    """Everything answered as far as a step; the card that comes after it."""
    card = await command(house, "kindling setup")
    for step, values in ALL.items():
        card = await fill_in(house, card, values)
        if step == upto:
            break
    return card


async def test_the_walk_ends_with_the_first_card_that_is_announced(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        begun = await press(house, await walked(house), "Begin")

        assert line(begun, "First card") == "Mon 23 Nov 09:00 Europe/Berlin; nothing before that"
        await house.until(NINE)
        assert moments(house) == [(MORNING, NINE)]


async def test_a_walk_that_is_not_ended_posts_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await walked(house)

        await house.until(NINE + 8 * DAY)

        assert moments(house) == []
        assert (await command(house, "kindling status")).heading == "Kindling is not set up here yet"


async def test_a_walk_can_be_left_and_taken_up_again_after_a_restart(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house, "more"), "Later")
    async with a_village(tmp_path, MONDAY + DAY) as house:
        card = await command(house, "kindling setup", NOOR)

        assert card.heading == "Setting up, 4 of 7: Tone and language"
        assert "Somebody got as far as 4 of 7 yesterday." in card.plain()
        assert "every day" not in card.plain()
        assert "Mon-Fri at 09:00 Europe/Berlin" in line(card, "When")


async def test_whoever_answered_last_is_told_so_and_nobody_is_named(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await walked(house, "where")

        assert "You got as far as 2 of 7 today." in (await command(house, "kindling setup")).plain()
        assert "maya" not in (await command(house, "kindling setup", NOOR)).plain()


async def test_an_answer_can_be_changed_by_going_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await press(house, await walked(house, "when"), "Back")
        await fill_in(house, card, {"morning": "08:30"})

        assert "at 08:30" in line(await command(house, "kindling setup"), "When")


async def test_what_may_be_skipped_is_skipped_and_what_is_needed_is_not(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        first = await command(house, "kindling setup")
        card = await walked(house, "when")
        for _ in range(4):
            card = await press(house, card, "Skip this")
        begun = await press(house, card, "Begin")

        assert labels(first) == ["Choose the channels", "All on one form", "Later"]
        assert card.heading == "Setting up, 7 of 7: Try it out, and begin"
        assert begun.heading == "Kindling is set up"


async def test_beginning_without_what_is_needed_goes_to_what_is_missing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await walked(house, "where")
        await house.kindling.press(moderator(), Action("guide_go", "begin"))
        begin = button(await command(house, "kindling setup"), "Begin")
        told = card_of(await house.kindling.press(moderator(), begin))

        assert card.heading == "Setting up, 2 of 7: When"
        assert told.heading == card.heading
        assert "This is needed first." in told.plain()
        assert (await command(house, "kindling status")).heading == "Kindling is not set up here yet"


async def test_mistakes_are_told_beside_their_fields_and_nothing_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await opened(house, await walked(house, "where"))
        wrong = {"zone": "Atlantis", "days": "", "morning": "late", "weekly": "someday"}
        reply = await house.kindling.submit(moderator(), form.name, form.subject, wrong)

        assert isinstance(reply.content, Rejected)
        assert set(reply.content.problems) == set(wrong)
        assert (await command(house, "kindling setup")).heading == "Setting up, 2 of 7: When"


async def test_another_channel_for_the_wall_has_to_be_named(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await opened(house, await command(house, "kindling setup"))
        answer = {"channel": "square", "wall": "other", "wall_channel": ""}
        reply = await house.kindling.submit(moderator(), form.name, form.subject, answer)

        assert isinstance(reply.content, Rejected)
        assert list(reply.content.problems) == ["wall"]


async def test_of_two_who_answer_the_same_step_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await command(house, "kindling setup")
        mine, hers = await opened(house, card), await opened(house, card, NOOR)
        await house.kindling.submit(NOOR, hers.name, hers.subject, WHERE | {"channel": "garden"})
        told = card_of(await house.kindling.submit(moderator(), mine.name, mine.subject, WHERE))

        assert "Somebody else changed this" in told.plain()
        assert line_of_channel(await command(house, "kindling setup"), "Cards") == "garden"


async def test_of_two_who_answer_different_steps_neither_is_lost(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        wall_card = await walked(house, "tone")
        mine = await opened(house, wall_card)
        hers_card = card_of(await house.kindling.press(NOOR, Action("guide_go", "tone")))
        await fill_in(house, hers_card, {"tone": "community"}, NOOR)
        await house.kindling.submit(moderator(), mine.name, mine.subject, WALL)

        card = await command(house, "kindling setup")
        assert line(card, "Tone and language") == "community, English"
        assert "what a moderator has looked at first" in line(card, "What comes on the wall")


async def test_beginning_shows_first_what_somebody_else_answered_meanwhile(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        mine = button(await walked(house), "Begin")
        hers = card_of(await house.kindling.press(NOOR, Action("guide_go", "when")))
        await fill_in(house, hers, {"morning": "12:00"}, NOOR)
        told = card_of(await house.kindling.press(moderator(), mine))
        begun = await press(house, told, "Begin")

        assert "Somebody answered something meanwhile" in told.plain()
        assert "at 12:00" in line(told, "When")
        assert line(begun, "First card").startswith("Mon 23 Nov 12:00")


async def test_beginning_twice_sets_up_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        begin = button(await walked(house), "Begin")
        await house.kindling.press(moderator(), begin)
        again = card_of(await house.kindling.press(NOOR, begin))
        await house.until(NINE)

        assert "set up here already" in again.plain()
        assert moments(house) == [(MORNING, NINE)]


async def test_beginning_where_a_right_is_missing_names_it_and_keeps_the_rest(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        last = await walked(house)
        house.letters.lacks = [Lack("letters.no_stamps", "There are no stamps. Please buy some.")]
        begun = await press(house, last, "Begin")
        house.letters.lacks = []
        await house.until(NINE)

        assert begun.heading == "Kindling is set up, and needs a hand"
        assert begun.plain().count("There are no stamps. Please buy some.") == 2
        assert moments(house) == [(MORNING, NINE)]


async def test_what_cannot_be_kept_at_the_end_keeps_nothing_at_all(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        last = await walked(house)
        async with house.database.unit_of_work() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            walk = await work.setups.get(space.id)
            assert walk is not None
            answers = {**walk.answers, "when": {**walk.answers["when"], "zone": "Atlantis/Sunken"}}
            await work.setups.save(replace(walk, answers=answers))
            await work.commit()
        begin = button(await command(house, "kindling setup"), "Begin")
        told = card_of(await house.kindling.press(moderator(), begin))

        assert button(last, "Begin") != begin
        assert "is not a time zone I know" in told.plain()
        assert (await command(house, "kindling audit")).plain().endswith("decided nothing here so far.")
        assert (await command(house, "kindling status")).heading == "Kindling is not set up here yet"


async def test_the_walk_is_offered_where_nothing_is_set_up(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await press(house, await command(house, "kindling status"), "Set up Kindling")

        assert card.heading == "Setting up, 1 of 7: Where"


async def test_a_form_of_a_walk_that_ended_meanwhile_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        last = await walked(house)
        tone = card_of(await house.kindling.press(moderator(), Action("guide_go", "tone")))
        form = await opened(house, tone)
        await press(house, last, "Begin")
        told = card_of(await house.kindling.submit(NOOR, form.name, form.subject, TONE))

        assert "Somebody else changed this" in told.plain()


async def test_steps_that_are_none_are_refused_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        for action in (Action("guide_go", "moon"), Action("guide_form", "moon"), Action("guide_form", "begin")):
            assert "/kindling setup" in card_of(await house.kindling.press(moderator(), action)).plain()
        assert "/kindling setup" in card_of(await house.kindling.submit(moderator(), "guide", "moon.x", {})).plain()


async def test_everything_that_was_answered_holds_after_beginning(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Begin")

        async with house.database.reading() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            community, wall = await work.communities.get(space.community), await work.walls.get(space.community)
            place = await work.walls.place(space.id)
            assert await work.setups.get(space.id) is None
        assert (community.tone, community.language) == (Tone.WORKPLACE, "en")
        assert (wall.rule, wall.links, wall.words) == (Rule.REVIEW, False, ("pineapple",))
        assert place is not None
        assert place.channel == "garden"
        assert "Ines from the council" in (await command(house, "kind support", member())).plain()
        assert "Fri at 17:00" in (await command(house, "kindling status")).plain()


async def test_what_began_is_in_the_audit_log_and_can_be_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Begin")
        audit = await command(house, "kindling audit")
        taken_back = await press(house, audit, "Undo")

        assert set(listed(audit)) == {
            "the people to talk to were changed (support), by you",
            "the wall's rules were changed (wall.rules), by you",
            "“Morning intention” was set: Mon-Fri at 09:00, Europe/Berlin (schedule), by you",
            "“Weekly challenge” was set: off (schedule), by you",
            "“Evening reflection” was set: Mon-Fri at 20:00, Europe/Berlin (schedule), by you",
            "“Weekly recap” was set: Fri at 17:00, Europe/Berlin (schedule), by you",
            "the tone is workplace; quiet hours are 21:30-07:00; the rest day is Sunday (community), by you",
            "the wall's channel was chosen (wall.place), by you",
        }
        assert taken_back.heading == "Taken back"


async def test_the_walk_brings_an_evening_card_a_rest_day_and_quiet_hours(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        last = await walked(house)
        begun = await press(house, last, "Begin")
        settings = await command(house, "kindling settings")
        await house.until(MONDAY + 13 * HOUR)

        assert line(last, "Evening card") == "at 20:00"
        assert begun.heading == "Kindling is set up"
        assert line(settings, "Evening reflection").startswith("Mon-Fri at 20:00. Next: Mon 23 Nov 20:00")
        assert line(settings, "Quiet hours").startswith("21:30-07:00")
        assert line(settings, "Rest day") == "Sunday"
        assert [letter.card.heading for letter in house.letters.letters] == ["Today’s intention", "Evening reflection"]


async def test_no_evening_card_comes_unless_a_time_is_named(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await walked(house, "when")
        await fill_in(house, card, {"evening": "", "quiet": "", "rest": "off"})
        await press(house, card_of(await house.kindling.press(moderator(), Action("guide_go", "begin"))), "Begin")

        assert "Evening" not in (await command(house, "kindling settings")).plain()


async def test_walking_again_takes_the_evening_card_away_and_undo_brings_it_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Begin")
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "more")))
        await fill_in(house, card, {"evening": "none"})
        await press(house, card_of(await house.kindling.press(moderator(), Action("guide_go", "begin"))), "Begin")
        gone = await command(house, "kindling settings")
        await press(house, await command(house, "kindling audit"), "Undo")

        assert "Evening" not in gone.plain()
        assert "Evening reflection" in (await command(house, "kindling settings")).plain()


async def test_walking_again_leaves_alone_what_was_not_answered(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Begin")
        before = len(listed(await command(house, "kindling audit")))
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "begin")))
        await press(house, card, "Begin")

        assert len(listed(await command(house, "kindling audit"))) == before


async def test_walking_again_moves_the_evening_card_along_where_it_is_with_the_morning_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Begin")
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "where")))
        card = await fill_in(house, card, WHERE | {"channel": "market"})
        await fill_in(house, card, WHEN | {"days": "mon,wed"})
        await press(house, card_of(await house.kindling.press(moderator(), Action("guide_go", "begin"))), "Begin")
        settings = await command(house, "kindling settings")

        assert line(settings, "Evening reflection").startswith("Mon, Wed at 20:00")
        assert line_of_channel(settings, "Evening reflection") == "market"


async def test_times_that_do_not_go_together_are_told_beside_their_fields(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await opened(house, await walked(house, "when"))
        wrong = {"evening": "20:00", "quiet": "19:00-10:00", "rest": "off"}
        told = await house.kindling.submit(moderator(), form.name, form.subject, wrong)
        unread = await house.kindling.submit(
            moderator(), form.name, form.subject, {"evening": "late", "quiet": "nights", "rest": "off"}
        )
        await house.kindling.submit(moderator(), form.name, form.subject, MORE)
        when = await opened(house, card_of(await house.kindling.press(moderator(), Action("guide_go", "when"))))
        early = {"zone": "Europe/Berlin", "days": "sun", "morning": "06:00", "weekly": "off"}
        back = await house.kindling.submit(moderator(), when.name, when.subject, early)

        assert isinstance(told.content, Rejected)
        assert set(told.content.problems) == {"evening", "quiet"}
        assert isinstance(unread.content, Rejected)
        assert set(unread.content.problems) == {"evening", "quiet"}
        assert isinstance(back.content, Rejected)
        assert set(back.content.problems) == {"morning", "days"}


async def test_quiet_hours_move_together_with_the_cards_that_lay_outside_them(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Begin")
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "more")))
        await fill_in(house, card, {"evening": "none", "quiet": "off"})
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "when")))
        await fill_in(house, card, WHEN | {"morning": "06:00"})
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "more")))
        await fill_in(house, card, {"quiet": "08:00-12:00"})
        begun = await press(
            house, card_of(await house.kindling.press(moderator(), Action("guide_go", "begin"))), "Begin"
        )

        assert begun.heading == "Kindling is set up"
        settings = await command(house, "kindling settings")
        assert line(settings, "Morning intention").startswith("Mon-Fri at 06:00")
        assert line(settings, "Quiet hours").startswith("08:00-12:00")


async def test_what_does_not_go_with_another_card_is_told_at_the_end_and_nothing_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        noon = {"ritual": "mindful", "channel": "square", "days": "every day", "at": "12:30", "zone": "Europe/Berlin"}
        await house.kindling.submit(moderator(), "schedule", "", noon)
        card = card_of(await house.kindling.press(moderator(), Action("guide_go", "more")))
        await fill_in(house, card, {"quiet": "12:00-13:00"})
        told = await press(
            house, card_of(await house.kindling.press(moderator(), Action("guide_go", "begin"))), "Begin"
        )

        assert told.heading == "Setting up, 3 of 7: More about when"
        assert "“Mindful act” comes every day at 12:30" in told.plain()
        assert line(await command(house, "kindling settings"), "Quiet hours") == "none"


async def test_people_to_talk_to_can_be_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = (await house.kindling.command(moderator(), "kindling support", {})).content
        assert isinstance(form, Form)
        kept = card_of(await house.kindling.submit(moderator(), "support", form.subject, SUPPORT))
        await press(house, kept, "Undo")

        assert "Ines" not in (await command(house, "kind support")).plain()


async def test_a_wall_in_no_channel_is_shown_in_none(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await fill_in(house, await command(house, "kindling setup"), WHERE | {"wall": "none"})
        card = await fill_in(house, card, WHEN)
        for _ in range(4):
            card = await press(house, card, "Skip this")
        begun = await press(house, card, "Begin")
        values = {"kind": "did", "text": "I carried the shopping", "circle": "", "by": "nobody"}
        await house.kindling.submit(member(), "share", "", values)
        await house.until(NINE)

        assert line(begun, "The wall") == "in no channel"
        assert moments(house) == [(MORNING, NINE)]
        assert "It has no channel here yet" in (await command(house, "kindling doctor")).plain()


async def test_walking_again_changes_what_is_set_at_the_end_and_no_earlier(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        card = await press(house, await command(house, "kindling setup"), "Skip this")
        card = await fill_in(house, card, {"morning": "11:00"})
        before = (await command(house, "kindling status")).plain()
        for _ in range(4):
            card = await press(house, card, "Skip this")
        await press(house, card, "Begin")

        assert "at 09:00" in before
        assert "at 11:00" in (await command(house, "kindling status")).plain()


async def test_each_form_begins_with_what_is_set(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="tue, thu", morning="07:45", weekly="wed", zone="Asia/Kolkata", channel="garden")
        first = await command(house, "kindling setup")
        where = await opened(house, first)
        when = await opened(house, await press(house, first, "Skip this"))

        assert {field.name: field.value for field in where.fields}["channel"] == "garden"
        assert {field.name: field.value for field in when.fields} == {
            "zone": "Asia/Kolkata",
            "days": "tue,thu",
            "morning": "07:45",
            "weekly": "wed",
        }


async def test_people_to_talk_to_are_suggested_for_the_chosen_time_zone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await fill_in(house, await command(house, "kindling setup"), WHERE)
        card = await fill_in(house, card, WHEN | {"zone": "Pacific/Auckland"})
        for _ in range(3):
            card = await press(house, card, "Skip this")
        form = await opened(house, card)
        moved = {"region": "AU", "contacts": form.fields[1].value}
        last = card_of(await house.kindling.submit(moderator(), form.name, form.subject, moved))

        assert form.fields[0].value == "NZ"
        assert "1737" in form.fields[1].value
        assert line(last, "Somebody to talk to") == "Lifeline, Beyond Blue"


async def test_only_moderators_walk(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await walked(house)
        actions = ["guide", "guide_try", "guide_later"]
        presses = [button(card, "Begin"), Action("guide_form", "when"), Action("guide_go", "when")]
        for action in [*presses, *map(Action, actions)]:
            assert "for moderators" in card_of(await house.kindling.press(member(), action)).plain()
        for form in ("guide", "support"):
            assert "for moderators" in card_of(await house.kindling.submit(member(), form, "when.x", WHEN)).plain()


async def test_trying_out_posts_a_line_reads_it_back_and_takes_it_away(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await press(house, await walked(house), "Try it out")

        assert "It works: I posted a line, read it back and took it away again." in card.plain()
        letter = house.letters.letters[0]
        assert (letter.place.channel, letter.card.heading, letter.gone) == ("square", "Trying this channel out", True)
        assert "Begin" in labels(card)


async def test_trying_out_tries_the_channel_of_the_wall_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await press(house, await walked(house), "Try it out")

        assert [(letter.place.channel, letter.gone) for letter in house.letters.letters] == [
            ("square", True),
            ("garden", True),
        ]


async def test_trying_out_names_what_is_missing_in_words_for_an_administrator(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await walked(house)
        house.letters.lacks = [Lack("letters.no_stamps", "There are no stamps. Please buy some.")]
        house.letters.closed |= {SQUARE, Place("letters", "village", "garden")}
        tried = await press(house, card, "Try it out")

        assert "Please hand this to an administrator:" in tried.plain()
        assert "There are no stamps. Please buy some." in tried.plain()
        assert CLOSED.sentence in tried.plain()
        assert house.letters.letters == []


async def test_a_line_whose_answer_was_lost_is_found_and_taken_away(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await walked(house)
        house.letters.faults.append(("after", Uncertain("letters.lost")))
        tried = await press(house, card, "Try it out")

        assert "The platform did not answer just now." in tried.plain()
        assert [letter.gone for letter in house.letters.letters] == [True, True]


async def test_a_line_that_was_left_is_taken_away_at_the_next_try_also_after_a_restart(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await one_channel(house)
        stubborn(house, TryLater("letters.busy"))
        left = await press(house, card, "Try it out")
        letters = house.letters
        assert [letter.gone for letter in letters.letters] == [False]
    async with a_village(tmp_path, MONDAY + HOUR, letters) as house:
        await press(house, await command(house, "kindling setup", NOOR), "Try it out", NOOR)

        assert LEFT.sentence in left.plain()
        assert [letter.gone for letter in house.letters.letters] == [True, True]


async def test_a_line_that_was_left_is_taken_away_though_somebody_else_tried_at_the_same_time(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card, left, delete = await one_channel(house), list[Card](), house.letters.delete

        async def then_noor_tries(ref: MessageRef) -> None:
            await delete(ref)
            stubborn(house, TryLater("letters.busy"))
            left.append(await press(house, card, "Try it out", NOOR))

        house.letters.delete = then_noor_tries  # type: ignore[method-assign] -- before this moderator is told
        await press(house, card, "Try it out")
        house.letters.delete = delete  # type: ignore[method-assign]
        await press(house, left[0], "Try it out", NOOR)

        assert LEFT.sentence in left[0].plain()
        assert [letter.gone for letter in house.letters.letters] == [True, True, True]


async def test_a_line_that_somebody_takes_away_at_once_is_missed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await walked(house)
        house.letters.arrived = lambda: setattr(house.letters.letters[-1], "key", "")
        tried = await press(house, card, "Try it out")

        assert "I posted a line and did not find it again." in tried.plain()


async def test_set_up_with_words_needs_no_walk(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await set_up(house, weekly="off")

        assert card.heading == "Kindling is set up"


async def test_help_is_there_before_anything_is_set_up_and_leaves_no_trace(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        before = await everything(house)
        card = await command(house, "kind support", member())

        assert "please call your local emergency number" in card.plain()
        assert "https://findahelpline.com" in card.plain()
        assert await everything(house) == before


async def test_moderators_name_whom_people_can_talk_to(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        reply = await house.kindling.command(moderator(), "kindling support", {})
        assert isinstance(reply.content, Form)
        values = {"region": "DE", "contacts": "Maya | write to @maya | weekday mornings\nTelefonSeelsorge | 116123"}
        await house.kindling.submit(moderator(), "support", reply.content.subject, values)
        card = await command(house, "kind support", member())

        assert reply.content.fields[0].value == "DE"
        assert "please call 112" in card.plain()
        assert line(card, "Maya") == "write to @maya, weekday mornings"
        assert line(card, "TelefonSeelsorge") == "116123"


async def test_lines_that_cannot_be_read_are_told_with_how_to_write_them(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        reply = await house.kindling.command(moderator(), "kindling support", {})
        assert isinstance(reply.content, Form)
        for wrong in ("Maya", "a | b | c | d", " | 116123", "\n".join(f"Maya {n} | here" for n in range(6))):
            values = {"region": "DE", "contacts": wrong}
            told = await house.kindling.submit(moderator(), "support", reply.content.subject, values)
            assert isinstance(told.content, Rejected)
            assert list(told.content.problems) == ["contacts"]


async def test_of_two_who_change_whom_to_talk_to_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        mine = (await house.kindling.command(moderator(), "kindling support", {})).content
        assert isinstance(mine, Form)
        await house.kindling.submit(NOOR, "support", mine.subject, SUPPORT)
        told = card_of(await house.kindling.submit(moderator(), "support", mine.subject, {"region": "DE"}))

        assert "Somebody else changed this" in told.plain()


async def one_channel(house: House) -> Card:
    """The last card, with the wall in the cards' channel."""
    card = await fill_in(house, await command(house, "kindling setup"), WHERE | {"wall": "same"})
    for values in (WHEN, MORE, TONE, WALL, SUPPORT):
        card = await fill_in(house, card, values)
    return card


def stubborn(house: House, error: TryLater) -> None:
    """From now on nothing can be taken away from the letters of this house."""

    async def refuse(_: object) -> None:
        raise error

    house.letters.delete = refuse  # type: ignore[method-assign]


def line_of_channel(card: Card, label: str) -> str:
    items = [item for part in card.body if isinstance(part, Items) for item in part.items]
    [channel] = [item.channel for item in items if item.label == label]
    return channel


async def everything(house: House) -> dict[str, list[Mapping[str, object]]]:
    return {table.name: await rows(house, table) for table in metadata.sorted_tables}

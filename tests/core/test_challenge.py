"""The calendar of weeks: moderators choose, order, date, write and end themes, and members see what was seen coming."""

from collections.abc import Sequence
from pathlib import Path

from bot.domain.forms import Form, Rejected
from bot.domain.ids import PlanId
from bot.domain.message import Action, Card, Items, Reply
from bot.domain.places import Actor
from bot.domain.weeks import DATED_LIMIT
from tests.core.before import be_set_up
from tests.core.linked import TOMAS, link
from tests.core.test_overseeing import listed
from tests.core.village import (
    DAY,
    MINUTE,
    NINE,
    a_village,
    button,
    card_of,
    command,
    labels,
    line,
    press,
    skips,
)
from tests.house import House, member, moderator
from tests.prepared import the_library

NOOR = moderator("noor")
WEEK = 7 * DAY
OURS = {
    "title": "Tea at four",
    "text": "A pot of tea stands in the kitchen at four. Whoever likes comes by.",
    "daily": "There is a cup for you at four.",
    "circle": "colleagues",
    "ideas": "Put the kettle on.\nAsk somebody along.",
}


def titles(plan: str, *weeks: int) -> list[str]:
    library = the_library()
    found = [library.theme(library.plan(plan).theme(week)) for week in weeks]
    return [theme.title for theme in found if theme]


CIRCLES = titles("widening-circles", *range(12))


def announced(house: House) -> list[str]:
    cards = [letter.card.heading for letter in house.letters.letters]
    return [heading.removeprefix("This week: ") for heading in cards if heading.startswith("This week: ")]


def coming(card: Card) -> list[str]:
    """The titles of the coming weeks on the calendar's card."""
    items = [item for part in card.body if isinstance(part, Items) for item in part.items]
    return [item.text.partition(" (because")[0] for item in items]


def dates(card: Card) -> list[str]:
    return [item.label for part in card.body if isinstance(part, Items) for item in part.items]


async def calendar(house: House, actor: Actor | None = None) -> Card:
    return await command(house, "kindling challenge", actor)


async def form(house: House, label: str, actor: Actor | None = None, card: Card | None = None) -> Form:
    shown = card or await calendar(house, actor)
    reply = await house.kindling.press(actor or moderator(), button(shown, label))
    assert isinstance(reply.content, Form), reply.content
    return reply.content


async def submit(house: House, filled: Form, actor: Actor | None = None, **values: str) -> Reply:
    """A form sent as it was shown, but for these values."""
    shown = {field.name: field.value for field in filled.fields}
    assert values.keys() <= shown.keys()
    return await house.kindling.submit(actor or moderator(), filled.name, filled.subject, shown | values)


async def change(house: House, label: str, actor: Actor | None = None, **values: str) -> Card:
    return card_of(await submit(house, await form(house, label, actor), actor, **values))


async def add(house: House, circle: str, title: str, **values: str) -> Card:
    chosen = await from_circle(house, circle)
    return card_of(await submit(house, chosen, **{"theme": value_of(chosen, "theme", title)} | values))


async def from_circle(house: House, circle: str) -> Form:
    return await form(house, f"For {circle}", card=await press(house, await calendar(house), "Add a theme"))


def value_of(shown: Form, name: str, label: str) -> str:
    [options] = [field.options for field in shown.fields if field.name == name]
    [value] = [value for value, text in options if label in text]
    return value


def problems(reply: Reply) -> Sequence[str]:
    assert isinstance(reply.content, Rejected), reply.content
    return list(reply.content.problems.values())


async def test_a_moderator_sees_the_week_and_the_eight_after_it_with_their_dates(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + DAY)

        card = await calendar(house)

        assert f"This week, announced: “{CIRCLES[0]}”." in card.plain()
        assert coming(card) == CIRCLES[1:9]
        assert dates(card)[:2] == ["Mon 30 Nov 2026", "Mon 7 Dec 2026"]


async def test_what_the_calendar_shows_is_announced_when_nothing_changes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        seen = coming(await calendar(house))

        await house.until(NINE + 7 * WEEK)

        assert announced(house) == seen


async def test_another_plan_counts_from_the_next_announcement_and_says_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + 2 * DAY)

        said = await change(house, "Choose a plan", plan="eight-gentle-weeks")
        await house.until(NINE + 2 * WEEK)

        assert "from the next announcement on, Mon 30 Nov 09:00 Europe/Berlin" in said.plain()
        assert announced(house) == [CIRCLES[0], *titles("eight-gentle-weeks", 0, 1)]


async def test_mornings_of_the_week_in_which_the_plan_changed_keep_its_theme(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + 2 * DAY)
        await change(house, "Choose a plan", plan="caregivers")

        await house.until(NINE + 6 * DAY)

        mornings = [letter.card.plain() for letter in house.letters.letters if "intention" in letter.card.heading]
        assert len(mornings) == 7
        assert all(f"This week: “{CIRCLES[0]}”." in text for text in mornings)


async def test_members_see_no_calendar_and_change_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await form(house, "Choose a plan")

        refused = await submit(house, shown, member(), plan="caregivers")

        assert "for moderators" in card_of(refused).plain()
        assert "for moderators" in (await calendar(house, member())).plain()
        assert coming(await calendar(house)) == CIRCLES[:8]


async def test_an_inserted_theme_comes_next_and_the_plan_goes_on_after_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE + DAY)

        await add(house, "a stranger or the community", "Good neighbours")
        await house.until(NINE + 3 * WEEK)

        assert announced(house) == [CIRCLES[0], "Good neighbours", *CIRCLES[1:3]]


async def test_a_theme_comes_for_some_weeks_in_a_row(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        await add(house, "yourself", "Noticing", times="2")
        await house.until(NINE + 2 * WEEK)

        assert announced(house) == ["Noticing", "Noticing", CIRCLES[0]]


async def test_a_theme_with_a_date_comes_in_its_week_and_the_order_is_left_alone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        card = await add(house, "yourself", "Noticing", on="2026-12-03")
        await house.until(NINE + 3 * WEEK)

        assert coming(card)[:3] == [CIRCLES[0], "Noticing", CIRCLES[1]]
        assert announced(house) == [CIRCLES[0], "Noticing", *CIRCLES[1:3]]


async def test_a_theme_whose_dates_week_was_paused_does_not_come_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await add(house, "yourself", "Noticing", on="2026-12-03")
        await house.until(NINE + DAY)
        await command(house, "kindling pause", until="2026-12-07")

        await house.until(NINE + 3 * WEEK)

        assert announced(house) == CIRCLES[:3]


async def test_two_themes_cannot_have_dates_in_one_week(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await add(house, "yourself", "Noticing", on="2026-12-03")
        shown = await from_circle(house, "yourself")

        refused = await submit(house, shown, on="2026-12-06")

        assert problems(refused) == ["That week has a theme with a date already. Please name a day in another week."]


async def test_a_date_in_a_week_that_is_announced_is_refused_with_the_next_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + DAY)
        shown = await form(house, "Choose a plan")

        refused = await submit(house, shown, begins="2026-11-27")

        assert problems(refused) == ["That week is announced or over. The next one begins on Mon 30 Nov 2026."]


async def test_the_order_is_changed_by_choosing_a_week_and_where_it_moves(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        await change(house, "Change the order", week="2", to="0")
        await house.until(NINE + 3 * WEEK)

        assert announced(house) == [CIRCLES[2], CIRCLES[0], CIRCLES[1], CIRCLES[3]]


async def test_a_plan_begins_in_the_week_of_its_date(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        card = await change(house, "Choose a plan", plan="workplace", begins="2026-12-09")
        await house.until(NINE + 3 * WEEK)

        assert "In the week of Wed 9 Dec 2026 the plan “Kind at work” begins." in card.plain()
        assert announced(house) == [*CIRCLES[:2], *titles("workplace", 0, 1)]
        assert coming(card)[:4] == announced(house)


async def test_after_the_end_no_challenge_is_announced_and_it_is_told_why(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await change(house, "Edit or end", week="1", what="end")

        await house.until(NINE + 3 * WEEK)

        assert announced(house) == CIRCLES[:2]
        assert await skips(house, "challenge") == [
            ("23 Nov", ""),
            ("30 Nov", ""),
            ("07 Dec", "no_theme"),
            ("14 Dec", "no_theme"),
        ]
        status = (await command(house, "kindling status")).plain()
        assert "not posted (the calendar of weeks has come to its end; /kindling challenge goes on with it)" in status
        assert "has come to its end" in (await calendar(house)).plain()
        foreseen = (await command(house, "kindling preview")).plain()
        assert "no weekly challenge (the calendar of weeks has come to its end" in foreseen


async def test_mornings_after_the_end_mention_no_theme(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await change(house, "Edit or end", week="0", what="end")

        await house.until(NINE + WEEK + DAY)

        mornings = [letter.card.plain() for letter in house.letters.letters if "intention" in letter.card.heading]
        assert ["This week:" in text for text in mornings] == 7 * [True] + 2 * [False]


async def test_a_calendar_that_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await change(house, "Edit or end", week="0", what="end")
        await house.until(NINE + 2 * WEEK)

        await change(house, "Edit or end", what="on")
        await house.until(NINE + 4 * WEEK)

        assert announced(house) == CIRCLES[:3]


async def test_a_plan_that_ends_is_announced_once_through(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        await change(house, "Choose a plan", plan="workplace", after="end")
        await house.until(NINE + 8 * WEEK)

        assert announced(house) == titles("workplace", *range(6))


async def test_a_week_is_left_out_or_comes_once_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        await change(house, "Edit or end", week="0", what="out")
        await change(house, "Edit or end", week="1", what="again")
        await house.until(NINE + 3 * WEEK)

        assert announced(house) == [CIRCLES[1], CIRCLES[2], CIRCLES[2], CIRCLES[3]]


async def test_a_week_gets_a_date_another_one_and_loses_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        dated = await change(house, "Edit or end", week="0", what="date", date="2026-12-09")
        shown = await form(house, "Edit or end")
        week = value_of(shown, "week", CIRCLES[0])

        later = await change(house, "Edit or end", week=week, what="date", date="2026-12-15")
        shown = await form(house, "Edit or end")
        gone = await change(house, "Edit or end", week=value_of(shown, "week", CIRCLES[0]), what="out")

        assert coming(dated)[:4] == [CIRCLES[1], CIRCLES[2], CIRCLES[0], CIRCLES[3]]
        assert coming(later)[:4] == [*CIRCLES[1:4], CIRCLES[0]]
        assert coming(gone) == CIRCLES[1:9]


async def test_a_theme_of_our_own_is_announced_and_mentioned_each_morning(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE + DAY)
        blank = await form(house, "Write our own", card=await press(house, await calendar(house), "Add a theme"))

        kept = card_of(await submit(house, blank, **OURS))
        await press(house, kept, "Have it come next")
        await house.until(NINE + WEEK)

        challenge, morning = [letter.card.plain() for letter in house.letters.letters][-2:]
        assert announced(house)[-1] == "Tea at four"
        assert all(text in challenge for text in (OURS["text"], "Put the kettle on.", "Ask somebody along."))
        assert "This week: “Tea at four”. There is a cup for you at four." in morning


async def test_a_theme_of_our_own_can_be_chosen_with_a_place_or_a_date(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        blank = await form(house, "Write our own", card=await press(house, await calendar(house), "Add a theme"))
        kept = card_of(await submit(house, blank, **OURS))

        card = card_of(await submit(house, await form(house, "Choose when", card=kept), on="2026-12-03"))

        assert coming(card)[:2] == [CIRCLES[0], "Tea at four"]
        offered = await from_circle(house, "a colleague or acquaintance")
        assert offered.fields[0].options[0][1] == "Tea at four"


async def test_what_does_not_fit_into_a_theme_is_told_field_by_field(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        blank = await form(house, "Write our own", card=await press(house, await calendar(house), "Add a theme"))

        wrong = OURS | {"title": " ", "daily": "a" * 141, "ideas": "1\n2\n3\n4", "circle": "cats"}
        reply = await submit(house, blank, **wrong)

        assert isinstance(reply.content, Rejected)
        assert set(reply.content.problems) == {"title", "daily", "ideas", "circle"}
        assert next(one.value for one in reply.content.form.fields if one.name == "text") == OURS["text"]


async def test_a_built_in_theme_that_is_edited_takes_its_place_in_coming_weeks(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE)
        old = the_library().plan("widening-circles").theme(1)
        edit = await change(house, "Edit or end", week="0", what="edit")
        shown = await form(house, "Write it anew", card=edit)

        await submit(house, shown, title="Said aloud, in ours")
        await house.until(NINE + WEEK)

        assert shown.subject.endswith(f"/{old}")
        assert announced(house) == [CIRCLES[0], "Said aloud, in ours"]


async def test_editing_a_theme_leaves_its_announced_week_as_it_was(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await add(house, "yourself", "Noticing", times="2")
        await house.until(NINE + DAY)
        edit = await change(house, "Edit or end", week="0", what="edit")

        await submit(house, await form(house, "Write it anew", card=edit), title="Looking around")
        await house.until(NINE + WEEK)

        mornings = [letter.card.plain() for letter in house.letters.letters if "intention" in letter.card.heading]
        assert ["“Noticing”" in text for text in mornings] == 7 * [True] + [False]
        assert announced(house) == ["Noticing", "Looking around"]


async def test_a_change_is_in_the_audit_log_and_is_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await change(house, "Choose a plan", plan="caregivers")
        log = await command(house, "kindling audit")

        await press(house, log, "Undo")

        assert listed(log)[:1] == ["the weeks follow “For those who care” (challenge), by you"]
        assert coming(await calendar(house)) == CIRCLES[:8]


async def test_an_order_from_before_an_announcement_cannot_come_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await change(house, "Choose a plan", plan="caregivers")
        await house.until(NINE + MINUTE)

        refused = await press(house, await command(house, "kindling audit"), "Undo")

        assert "what is announced stays" in refused.plain()
        assert coming(await calendar(house)) == titles("caregivers", *range(1, 9))


async def test_a_theme_that_is_to_come_or_was_announced_is_not_taken_away(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        blank = await form(house, "Write our own", card=await press(house, await calendar(house), "Add a theme"))
        kept = card_of(await submit(house, blank, **OURS))
        undo = button(await command(house, "kindling audit"), "Undo")
        await press(house, kept, "Have it come next")

        coming_still = card_of(await house.kindling.press(moderator(), undo))
        await house.until(NINE)
        was_announced = card_of(await house.kindling.press(moderator(), undo))

        assert "Take it out there first" in coming_still.plain()
        assert "was announced already" in was_announced.plain()


async def test_of_two_who_change_the_weeks_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        mine, hers = await form(house, "Choose a plan"), await form(house, "Choose a plan", NOOR)
        await submit(house, hers, NOOR, plan="caregivers")

        told = card_of(await submit(house, mine, plan="workplace"))

        assert "Somebody else changed this" in told.plain()
        assert line(told, "The plan").startswith(the_library().plan(PlanId("workplace")).title)
        assert coming(await calendar(house)) == titles("caregivers", *range(8))


async def test_a_form_from_before_an_announcement_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        shown = await form(house, "Change the order")
        await house.until(NINE)

        told = card_of(await submit(house, shown, week="0", to="3"))

        assert told.heading == "Somebody was quicker"
        assert coming(await calendar(house)) == CIRCLES[1:9]


async def test_linked_places_share_one_calendar_of_weeks(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await be_set_up(house, TOMAS, channel="market", days="mon")
        await link(house)

        await change(house, "Choose a plan", TOMAS, plan="caregivers")
        await house.until(NINE + WEEK)

        assert coming(await calendar(house)) == coming(await calendar(house, TOMAS))
        weeks = [letter for letter in house.letters.letters if letter.card.heading.startswith("This week")]
        said = [(letter.place.space, letter.card.heading.removeprefix("This week: ")) for letter in weeks]
        first, second = titles("caregivers", 0, 1)
        assert sorted(said) == sorted([("town", CIRCLES[0]), ("village", first), ("town", second), ("village", second)])


async def test_a_restart_keeps_the_calendar(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await add(house, "yourself", "Noticing", on="2026-12-03")
        seen = coming(await calendar(house))

    async with a_village(tmp_path, NINE - MINUTE) as house:
        await house.until(NINE + 2 * WEEK)

        assert announced(house) == seen[:3]


async def test_without_a_weekly_challenge_the_order_is_shown_without_dates(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        card = await calendar(house)

        assert dates(card)[:2] == ["Week 1", "Week 2"]
        assert coming(card) == CIRCLES[:8]
        assert "No weekly challenge is scheduled" in card.plain()


async def test_a_button_of_a_theme_that_is_gone_is_answered_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        told = card_of(await house.kindling.press(moderator(), Action("weeks_next", "theme.gone")))

        assert "do not know that theme any more" in told.plain()
        assert len(labels(await calendar(house))) <= 5
        assert PlanId("caregivers") in the_library().plans


async def test_a_theme_with_a_date_far_ahead_is_shown_and_left_out(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        far = await add(house, "someone close", "Coming home", on="2027-06-16")

        done = await change(
            house, "Edit or end", week=value_of(await form(house, "Edit or end"), "week", "Coming home"), what="out"
        )

        assert line(far, "Wed 16 Jun 2027") == "Coming home"
        assert "Coming home" not in done.plain()


async def test_a_theme_with_a_date_far_ahead_gets_another_date(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await add(house, "someone close", "Coming home", on="2027-06-16")
        week = value_of(await form(house, "Edit or end"), "week", "Coming home")

        done = await change(house, "Edit or end", week=week, what="date", date="2026-12-02")
        await house.until(NINE + WEEK)

        assert "Wed 16 Jun 2027" not in done.plain()
        assert announced(house)[-1] == "Coming home"


async def test_a_theme_with_a_date_far_ahead_is_written_anew(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await add(house, "someone close", "Coming home", on="2027-06-16")
        week = value_of(await form(house, "Edit or end"), "week", "Coming home")

        assert (await change(house, "Edit or end", week=week, what="edit")).heading == "Coming home"


async def test_of_very_many_themes_with_dates_each_is_named_by_its_date(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(DATED_LIMIT):
            await add(house, "someone close", "Coming home", on=f"{NINE.date() + (number + 10) * WEEK}")
        last = NINE.date() + (DATED_LIMIT + 9) * WEEK

        unclear = await submit(house, await form(house, "Edit or end"), week="Coming home", what="out")
        await change(house, "Edit or end", week=f"{last:%-d %b %Y}", what="out")
        named = await submit(house, await form(house, "Edit or end"), week=f"{last:%-d %b %Y}", what="out")

        assert "There is more than one week like that" in problems(unclear)[0]
        assert "I know no week" in problems(named)[0]


async def test_after_the_end_it_is_said_that_themes_with_dates_come_all_the_same(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await change(house, "Edit or end", week="0", what="end")
        await add(house, "someone close", "Coming home", on="2027-06-16")
        await house.until(NINE + WEEK)

        assert "no weekly challenge is announced, but for the themes with a date." in (await calendar(house)).plain()


async def test_a_card_of_weeks_says_once_that_what_is_announced_stays(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        for card in (await calendar(house), await change(house, "Edit or end", week="0", what="end")):
            assert card.plain().count("What is announced stays.") == 1

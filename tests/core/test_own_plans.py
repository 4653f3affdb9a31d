"""Plans of weeks that moderators write from themes, copy, change, remove, and have begin."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Reply
from bot.domain.places import Actor
from tests.core.before import be_set_up
from tests.core.test_challenge import CIRCLES, NOOR, OURS, announced, calendar, change, coming, submit, titles
from tests.core.village import DAY, NINE, a_village, button, card_of, command, labels, press
from tests.house import House, member, moderator

WEEK = 7 * DAY
OUR_WEEKS = ["Noticing", "All ears", "Good neighbours"]


async def form(house: House, card: Card, label: str, actor: Actor | None = None) -> Form:
    reply = await house.kindling.press(actor or moderator(), button(card, label))
    assert isinstance(reply.content, Form), reply.content
    return reply.content


async def write(house: House, *lines: str, title: str = "Our autumn") -> Reply:
    blank = await form(house, await command(house, "kindling plans"), "Write a plan")
    return await submit(house, blank, title=title, weeks="\n".join(lines))


def problem(reply: Reply, field: str = "weeks") -> str:
    assert isinstance(reply.content, Rejected), reply.content
    return reply.content.problems[field]


async def look_at(house: House, title: str) -> Card:
    which = await form(house, await command(house, "kindling plans"), "Look at one")
    [value] = [value for value, label in which.fields[0].options if label.startswith(title)]
    return card_of(await submit(house, which, plan=value))


async def test_a_plan_is_written_from_titles_and_begins_on_a_date(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        kept = card_of(await write(house, *OUR_WEEKS))
        said = card_of(await submit(house, await form(house, kept, "Have it begin"), begins="2026-12-09"))
        await house.until(NINE + 5 * WEEK)

        assert "In the week of Wed 9 Dec 2026 the plan “Our autumn” begins." in said.plain()
        assert announced(house) == [*CIRCLES[:2], *OUR_WEEKS, OUR_WEEKS[0]]


async def test_the_beginning_of_a_title_will_do_in_any_case_and_without_its_signs(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        kept = card_of(await write(house, "  NOTICING ", "", "all e", "thanks while it"))

        assert [line for line in kept.plain().splitlines() if line.startswith("- Week")] == [
            "- Week 1: Noticing",
            "- Week 2: All ears",
            "- Week 3: Thanks, while it is fresh",
        ]


async def test_a_line_that_names_nothing_is_told_by_its_number_with_what_may_be_meant(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        said = problem(await write(house, "Noticing", "Notising", "Th"))

        assert "Line 2: I know no theme “Notising”. Did you mean “Noticing”?" in said
        assert "Line 3: There is more than one theme like that:" in said
        assert "Line 1" not in said


@pytest.mark.parametrize("lines", [(), tuple(["Noticing"] * 53)], ids=["none", "too many"])
async def test_a_plan_has_one_to_fifty_two_weeks(tmp_path: Path, lines: tuple[str, ...]) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert "one to 52 titles" in problem(await write(house, *lines))


async def test_a_plan_is_no_longer_than_a_form_shows_it_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        refused = await write(house, *(["notic|all e|good ne|notic|all e"] * 52), title="Too long")
        kept = card_of(await write(house, *(["notic|all e|good ne|notic|all e"] * 40)))
        shown = await form(house, kept, "Change it")

        assert "Written out, the titles of a plan have at most 3000 characters" in problem(refused)
        assert shown.fields[2].value.splitlines()[-1] == "Noticing | All ears | Good neighbours | Noticing | All ears"
        assert "Too long" not in (await command(house, "kindling plans")).plain()


async def test_two_plans_are_not_called_the_same(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        refused = await write(house, "Noticing", title="kind at work")

        assert problem(refused, "title") == "Another plan is called “kind at work” already. Please choose another name."


async def test_a_plan_that_comes_with_kindling_is_copied_and_the_copy_is_changed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        builtin = await look_at(house, "Kind at work")

        copied = await form(house, builtin, "Copy it")
        weeks = copied.fields[2].value.splitlines()
        kept = card_of(await submit(house, copied, weeks="\n".join(reversed(weeks))))
        plan = await form(house, kept, "Have it begin")
        await submit(house, plan)

        assert "Change it" not in labels(builtin)
        assert kept.heading == "Our Kind at work"
        assert coming(await calendar(house))[:6] == list(reversed(titles("workplace", *range(6))))


async def test_themes_that_take_turns_stand_on_one_line(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")

        kept = card_of(await write(house, "Noticing | All ears"))
        await submit(house, await form(house, kept, "Have it begin"))
        await house.until(NINE + 2 * WEEK)

        assert announced(house) == ["Noticing", "All ears", "Noticing"]


async def test_a_plan_is_renamed_and_put_in_another_order_and_both_are_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house, *OUR_WEEKS)
        shown = await form(house, await look_at(house, "Our autumn"), "Change it")

        changed = card_of(await submit(house, shown, title="Our winter", weeks="\n".join(reversed(OUR_WEEKS))))
        undone = await press(house, changed, "Undo")

        assert changed.heading == "Our winter"
        assert "Week 1: Good neighbours" in changed.plain()
        assert "The plan “Our winter” is called “Our autumn” now." in undone.plain()
        assert "Week 1: Noticing" in (await look_at(house, "Our autumn")).plain()


async def test_a_change_of_the_plan_that_the_weeks_follow_counts_from_the_next_announcement(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        kept = card_of(await write(house, *OUR_WEEKS))
        await submit(house, await form(house, kept, "Have it begin"))
        await house.until(NINE + DAY)
        shown = await form(house, await look_at(house, "Our autumn"), "Change it")

        said = card_of(await submit(house, shown, weeks="Noticing\nUnhurried"))
        await house.until(NINE + WEEK)

        assert "It counts from the next announcement on; what is announced stays." in said.plain()
        assert announced(house) == ["Noticing", "Unhurried"]


async def test_a_plan_is_removed_and_comes_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house, *OUR_WEEKS)

        asked = await press(house, await look_at(house, "Our autumn"), "Remove it")
        removed = await press(house, asked, "Remove")
        gone = await command(house, "kindling plans")
        await press(house, removed, "Undo")

        assert "Our autumn" not in gone.plain()
        assert "Our autumn" in (await command(house, "kindling plans")).plain()


async def test_a_plan_that_the_weeks_follow_is_not_removed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = card_of(await write(house, *OUR_WEEKS))
        await submit(house, await form(house, kept, "Have it begin"))

        asked = await press(house, await look_at(house, "Our autumn"), "Remove it")
        refused = await press(house, asked, "Remove")

        assert "The weeks follow that plan" in refused.plain()


async def test_of_two_who_change_a_plan_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = card_of(await write(house, *OUR_WEEKS))
        mine, hers = await form(house, kept, "Change it"), await form(house, kept, "Change it", NOOR)
        await submit(house, hers, NOOR, title="Hers")

        told = card_of(await submit(house, mine, title="Mine"))

        assert told.heading == "Somebody was quicker"


async def test_sending_the_form_twice_makes_one_plan(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        blank = await form(house, await command(house, "kindling plans"), "Write a plan")

        for _ in range(2):
            await submit(house, blank, title="Our autumn", weeks="Noticing")

        assert (await command(house, "kindling plans")).plain().count("Our autumn") == 1


async def test_a_theme_that_was_written_anew_stands_in_plans_under_its_new_title(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        edit = await change(house, "Edit or end", week="0", what="edit")
        await submit(house, await form(house, edit, "Write it anew"), **OURS)

        copied = await form(house, await look_at(house, "Widening circles"), "Copy it")
        kept = card_of(await submit(house, copied))

        assert "Tea at four" in copied.fields[2].value
        assert "Week 1: Tea at four" in kept.plain()


async def test_the_audit_log_names_what_became_of_a_plan_of_our_own(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = card_of(await write(house, *OUR_WEEKS))
        await submit(house, await form(house, kept, "Have it begin"))

        log = (await command(house, "kindling audit")).plain()

        assert "the weeks follow a plan of your own (challenge)" in log
        assert "the plan “Our autumn” was written (plan)" in log


async def test_members_write_change_and_see_no_plan(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        blank = await form(house, await command(house, "kindling plans"), "Write a plan")

        sent = await submit(house, blank, member(), title="Mine", weeks="Noticing")
        pressed = await house.kindling.press(member(), Action("plan_change", "own-1"))

        assert "for moderators" in card_of(sent).plain()
        assert "for moderators" in card_of(pressed).plain()
        assert "Mine" not in (await command(house, "kindling plans")).plain()


@pytest.mark.parametrize("made_up", [f"own-{'a' * 57}", "own-", "own-ours", f"own-{'0' * 31}é", "widening-circles"])
async def test_an_id_that_no_form_brought_makes_no_plan(tmp_path: Path, made_up: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        blank = await form(house, await command(house, "kindling plans"), "Write a plan")

        said = card_of(await submit(house, replace(blank, subject=made_up), title="Ours", weeks="Noticing"))

        assert "I do not know that plan any more" in said.plain()
        assert "Ours" not in (await command(house, "kindling plans")).plain()

"""The recap of a week: when it comes, what it tells, and what goes from it again."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import TryLater, Uncertain
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Quote, Text
from bot.domain.places import MessageRef, Place
from bot.domain.recap import Recap
from bot.domain.wall import Act
from bot.ports import UnitOfWork
from bot.services.recaps import acts_of
from bot.storage.database import Database
from bot.storage.tables import recaps
from tests.core.before import be_set_up
from tests.core.test_moderators_at_once import a_village_on
from tests.core.test_sharing import named, share, shared
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    BlindLetters,
    a_village,
    card_of,
    command,
    labels,
    line,
    press,
    rows,
    set_up,
    skips,
    surroundings,
)
from tests.house import House, member, moderator
from tests.letters import Letter
from tests.storage.databases import database, kind, postgres, sqlite_template, url

__all__ = ["database", "kind", "postgres", "sqlite_template", "url"]

FRIDAY_EVENING = MONDAY + 4 * DAY + 9 * HOUR
"""17:00 in Berlin."""


async def with_recap(house: House, **rules: str) -> Card:
    await be_set_up(house, weekly="off")
    return await command(house, "kindling wall setup", **({"channel": "green", "recap": "fri"} | rules))


def letters(house: House) -> list[Letter]:
    """The recaps that stand in channels."""
    return [one for one in house.letters.letters if one.card.heading == "This week in kindness" and not one.gone]


def quotes(card: Card) -> list[str]:
    return [part.text for part in card.body if isinstance(part, Quote)]


def summary(card: Card) -> str:
    return " ".join([part.text for part in card.body if isinstance(part, Text)][:2])


async def test_the_recap_comes_in_the_evening_of_its_day_in_the_walls_channel(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)

        await house.until(FRIDAY_EVENING - MINUTE)
        before = letters(house)
        await house.until(FRIDAY_EVENING)

        assert before == []
        [letter] = letters(house)
        assert (letter.place, letter.at) == (Place("letters", "village", "green"), FRIDAY_EVENING)


async def test_what_was_taken_down_goes_from_a_recap_that_is_known_again_only_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member())
        await shared(house, member("ben"), text="Somebody watered my plants.")
        await house.until(FRIDAY_EVENING - MINUTE)
        blind = BlindLetters(surroundings(house), letters=house.letters.letters, blindness=[Uncertain("cannot_look")])
        house.room.messengers["letters"] = house.letters = blind
        blind.faults = [("after", Uncertain("no_answer"))]
        await house.until(FRIDAY_EVENING + HOUR)
        await house.kindling.press(member(), Action("down", act))
        await house.forward(HOUR)

        [recap] = letters(house)
        touched = MessageRef(recap.place, str(house.letters.letters.index(recap)))
        await house.kindling.press(moderator(), Action("rest", recap.key), touched)
        await house.forward(HOUR)

        assert quotes(recap.card) == ["Somebody watered my plants."]


@pytest.mark.parametrize("kind", ["postgresql"])  # SQLite has one writer at a time
async def test_what_is_taken_down_while_a_recap_is_written_goes_from_it(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = list[int]()
    async with a_village_on(database, tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member())

        async def and_then_taken_down(work: UnitOfWork, recap: Recap) -> Sequence[Act]:
            found = await acts_of(work, recap)
            looks.append(len(found))
            if len(looks) == 2:  # the first look chose what is quoted, this one is written out
                await house.kindling.press(member(), Action("down", act))
            return found

        monkeypatch.setattr("bot.services.recaps.acts_of", and_then_taken_down)
        await house.until(FRIDAY_EVENING + DAY)

        assert looks[:2] == [1, 1]
        assert letters(house) == []


async def test_it_comes_once_a_week_however_often_kindling_starts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        await house.until(FRIDAY_EVENING)
        kept = house.letters

    async with a_village(tmp_path, FRIDAY_EVENING + HOUR, kept) as again:
        await again.until(FRIDAY_EVENING + DAY)
        in_the_week = len(letters(again))
        await share(again, text="Somebody watered my plants.")
        await again.until(FRIDAY_EVENING + 7 * DAY)

        assert in_the_week == 1
        assert [one.at for one in letters(again)] == [FRIDAY_EVENING, FRIDAY_EVENING + 7 * DAY]
        assert quotes(letters(again)[1].card) == ["Somebody watered my plants."]


async def test_kindling_that_was_away_for_a_day_still_tells_of_the_week_that_ended_then(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)

    async with a_village(tmp_path, FRIDAY_EVENING + DAY) as again:
        await share(again, text="Of the next week.")
        await again.core.engine.settle()

        [letter] = letters(again)
        assert quotes(letter.card) == ["Robin carried my shopping up four floors."]


async def test_a_week_belongs_to_one_recap_up_to_the_minute(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await house.until(FRIDAY_EVENING - MINUTE)
        await share(house, text="Just before.")
        await house.until(FRIDAY_EVENING)
        await share(house, text="At the stroke.")

        await house.until(FRIDAY_EVENING + 7 * DAY)

        assert [quotes(one.card) for one in letters(house)] == [["Just before."], ["At the stroke."]]


async def test_where_nothing_was_shared_nothing_comes_and_the_status_says_why(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)

        await house.until(FRIDAY_EVENING + HOUR)
        status = await command(house, "kindling status")

        assert letters(house) == []
        told = line(status, "Last weekly recap")
        assert told.endswith("not posted (nothing new was on the wall in that week, so there was nothing to tell)")
        assert line(status, "Weekly recap") == "Fri at 17:00. Next: Fri 4 Dec 17:00 Europe/Berlin"


async def test_in_a_pause_there_is_no_recap(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        await command(house, "kindling pause", until="2026-11-28")

        await house.until(FRIDAY_EVENING + HOUR)

        assert letters(house) == []
        assert await skips(house, "recap") == [("27 Nov", "paused")]


async def test_what_is_hidden_taken_down_private_or_only_a_draft_is_not_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        hidden = await shared(house, member("ada"), text="Hidden.")
        down = await shared(house, member("ben"), text="Taken down.")
        gone = await shared(house, member("eve"), text="Removed.")
        await share(house, member("kim"), text="Mine alone.", shown_as="me")
        await house.kindling.submit(member("lou"), "share", "", {"text": "Not yet.", "telling": "did"})
        await share(house, text="Shown.")
        await house.kindling.submit(moderator(), "hide", hidden, {"reason": "Not here."})
        await house.kindling.press(member("ben"), Action("down", down))
        await house.kindling.press(member("eve"), Action("erase", gone))

        await house.until(FRIDAY_EVENING)

        [letter] = letters(house)
        assert quotes(letter.card) == ["Shown."]


async def test_it_tells_for_whom_the_kindness_was_and_who_tells_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house, telling="did", circle="strangers")
        await share(house, telling="noticed", circle="close")
        await share(house, telling="noticed", circle="")

        await house.until(FRIDAY_EVENING)

        [letter] = letters(house)
        assert summary(letter.card) == (
            "Kindness went to close ones and to strangers and the community this week. It is told by whoever gave it "
            "and by whoever noticed it."
        )


async def test_without_any_circle_it_says_no_more_than_that_there_was_kindness(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)

        await house.until(FRIDAY_EVENING)

        [letter] = letters(house)
        assert summary(letter.card) == "There was kindness here this week. It is told by whoever received it."


async def test_it_names_nobody_and_counts_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        for user in ("ada", "ben", "eve", "kim"):
            await share(house, named(user, f"{user.title()} Rivers"), text="They helped.", shown_as="name")

        await house.until(FRIDAY_EVENING)

        [letter] = letters(house)
        assert letter.card.picture is not None
        assert "Rivers" not in letter.card.plain() + letter.card.picture.svg
        assert not re.search(r"\d", letter.card.plain())


async def test_three_are_quoted_at_most_and_nobody_twice_before_others(
    tmp_path: Path,
) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        for text in ("First of Ada.", "Second of Ada.", "Third of Ada."):
            await share(house, member("ada"), text=text)
        await share(house, member("ben"), text="Of Ben.")
        await share(house, member("eve"), text="Of Eve.")

        await house.until(FRIDAY_EVENING)

        [letter] = letters(house)
        told = quotes(letter.card)
        assert len(told) == 3
        assert {"Of Ben.", "Of Eve."} < set(told)


async def test_long_words_are_quoted_by_their_beginning(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house, text="somebody " * 60)

        await house.until(FRIDAY_EVENING)

        [told] = quotes(letters(house)[0].card)
        assert told.endswith("somebody…")
        assert len(told) <= 160


async def test_what_is_removed_afterwards_goes_from_the_recap_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member("ada"), text="Of Ada.", telling="did")
        await share(house, text="Of Robin.")
        await house.until(FRIDAY_EVENING)
        [before] = [one.card for one in letters(house)]

        await house.kindling.press(member("ada"), Action("erase", act))
        await house.core.engine.settle()

        [after] = [one.card for one in letters(house)]
        assert sorted(quotes(before)) == ["Of Ada.", "Of Robin."]
        assert quotes(after) == ["Of Robin."]
        assert before.picture is not None
        assert after.picture is not None
        was, left = before.picture.svg.splitlines(), after.picture.svg.splitlines()
        assert len(was) == len(left) + 1
        assert [one for one in was if one in set(left)] == left


async def test_words_that_are_changed_afterwards_are_changed_in_the_recap(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member(), text="As it was.")
        await house.until(FRIDAY_EVENING)

        await house.kindling.submit(member(), "share", act, {"text": "As it is.", "telling": "did"})
        await house.core.engine.settle()

        [letter] = letters(house)
        assert quotes(letter.card) == ["As it is."]


async def test_when_nothing_of_a_week_is_left_its_recap_is_taken_away(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member())
        await house.until(FRIDAY_EVENING)

        await house.kindling.press(member(), Action("erase", act))
        await house.core.engine.settle()

        assert letters(house) == []
        assert await rows(house, recaps) == []


async def test_an_act_of_another_week_leaves_a_recap_as_it_is(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        await house.until(FRIDAY_EVENING)
        [before] = letters(house)
        card = before.card

        act = await shared(house, member("ada"), text="Later.")
        await house.kindling.press(member("ada"), Action("erase", act))
        await house.core.engine.settle()

        assert letters(house)[0].card is card


async def test_what_is_removed_while_the_recap_is_under_way_is_gone_from_it_in_the_end(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member("ada"), text="Of Ada.")
        await share(house, text="Of Robin.")
        house.letters.faults.append(("after", Uncertain("letters.lost")))
        await house.until(FRIDAY_EVENING)

        await house.kindling.press(member("ada"), Action("erase", act))
        await house.forward(5 * MINUTE)

        [letter] = letters(house)
        assert quotes(letter.card) == ["Of Robin."]


async def test_a_recap_that_could_not_be_sent_at_first_is_sent_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        house.letters.faults.append(("before", TryLater("letters.busy", timedelta(minutes=3))))

        await house.until(FRIDAY_EVENING + HOUR)

        assert len(letters(house)) == 1


async def test_its_buttons_lead_to_sharing_and_to_the_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house, text="Of Robin.")
        await house.until(FRIDAY_EVENING)
        [letter] = letters(house)

        share_form = (await house.kindling.press(member("ada"), letter.card.choices[0].action)).content
        reply = await house.kindling.press(member("ada"), letter.card.choices[1].action)

        assert labels(letter.card) == ["Share a kindness", "Read the wall"]
        assert isinstance(share_form, Form)
        assert quotes(card_of(reply)) == ["Of Robin."]
        assert not reply.replace


async def test_without_a_morning_card_the_moderator_hears_what_comes_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        said = (
            await house.kindling.command(moderator(), "kindling wall setup", {"channel": "green", "recap": "fri"})
        ).content

        assert isinstance(said, Rejected)
        assert "/kindling setup first" in said.problems["recap"]


async def test_the_answer_says_when_it_comes_and_the_form_remembers(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        said = await with_recap(house)
        form = (await house.kindling.command(moderator(), "kindling wall setup", {})).content

        assert line(said, "Weekly recap").startswith(
            "Fri at 17:00, with the week to look back on. Next: Fri 27 Nov 17:00"
        )
        assert isinstance(form, Form)
        assert form.fields[4].value == "fri"


async def test_it_is_off_until_a_moderator_turns_it_on_and_can_be_turned_off_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        at_first = await command(house, "kindling wall setup", channel="green")
        await command(house, "kindling wall setup", channel="green", recap="fri")
        await share(house)

        at_last = await command(house, "kindling wall setup", channel="green", recap="off")
        await house.until(FRIDAY_EVENING + HOUR)

        assert line(at_first, "Weekly recap") == line(at_last, "Weekly recap") == "off"
        assert letters(house) == []


async def test_it_follows_the_wall_into_another_channel_and_the_morning_into_another_zone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)

        await command(house, "kindling wall setup", channel="meadow")
        await set_up(house, zone="Europe/London", weekly="off")
        await house.until(FRIDAY_EVENING + HOUR)

        [letter] = letters(house)
        assert (letter.place.channel, letter.at) == ("meadow", FRIDAY_EVENING + HOUR)


async def test_setting_up_again_leaves_the_recap_in_the_walls_channel(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)

        await set_up(house, channel="square", weekly="off")
        form = (await house.kindling.press(moderator(), Action("open", "setup"))).content
        await share(house)
        await house.until(FRIDAY_EVENING)

        assert isinstance(form, Form)
        assert (form.fields[0].value, form.fields[4].value) == ("square", "off")
        assert letters(house)[0].place.channel == "green"


async def test_the_preview_knows_that_it_is_coming(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)

        week = await command(house, "kindling preview")

        assert line(week, "Fri 27 Nov 17:00").startswith("The weekly recap, of what is on the wall by then")


async def test_a_press_on_the_card_is_no_edit_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        await house.until(FRIDAY_EVENING)
        [letter] = letters(house)
        card = letter.card

        await press(house, card, "Read the wall", member())
        await house.core.engine.settle()

        assert letters(house)[0].card is card


async def test_a_recap_that_waits_for_another_try_stays_with_the_wall_when_the_cards_move(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await share(house)
        house.letters.faults.append(("before", TryLater("letters.busy", timedelta(minutes=3))))
        await house.until(FRIDAY_EVENING)

        await set_up(house, channel="meadow", weekly="off")
        await house.forward(HOUR)

        assert [one.place.channel for one in letters(house)] == ["green"]


async def two_homes(house: House) -> None:
    """The village and the town share one community, each with a channel for the wall."""
    await command(house, "kindling wall setup", moderator(space="town"), channel="brook")
    async with house.database.unit_of_work() as work:
        village = await work.communities.space_of("letters", "village")
        town = await work.communities.space_of("letters", "town")
        assert village is not None
        assert town is not None
        await work.communities.save_space(replace(town, community=village.community))
        await work.commit()
    await command(house, "kindling wall setup", moderator(space="town"), channel="brook")


async def test_each_space_is_told_only_what_is_shown_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await two_homes(house)
        await share(house, member("ada"), text="Only in the village.", audience="here")
        await share(house, member("ben"), text="In both.", audience="both", circle="close")
        await share(house, member("eve", space="town"), text="Only in town.", audience="here", circle="strangers")

        await house.until(FRIDAY_EVENING + MINUTE)

        told = {one.place.space: one.card for one in letters(house)}
        assert sorted(quotes(told["village"])) == ["In both.", "Only in the village."]
        assert sorted(quotes(told["town"])) == ["In both.", "Only in town."]
        assert "strangers" not in summary(told["village"])
        assert told["village"].picture != told["town"].picture


async def test_a_space_without_anything_to_tell_has_no_recap_while_another_has(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await two_homes(house)
        await share(house, member("ada"), audience="here")

        await house.until(FRIDAY_EVENING + MINUTE)
        status = await command(house, "kindling status", moderator(space="town"))

        assert [one.place.space for one in letters(house)] == ["village"]
        assert "nothing new was on the wall" in line(status, "Last weekly recap")


async def test_what_is_taken_from_one_space_goes_from_its_recap_alone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        await two_homes(house)
        act = await shared(house, member("ben"), text="In both.", audience="both")
        await share(house, member("eve", space="town"), text="In town.", audience="both")
        await house.until(FRIDAY_EVENING + MINUTE)

        await house.kindling.submit(
            member("ben"), "share", act, {"text": "In both.", "telling": "did", "audience": "here"}
        )
        await house.core.engine.settle()

        told = {one.place.space: quotes(one.card) for one in letters(house)}
        assert sorted(told["village"]) == ["In both.", "In town."]
        assert told["town"] == ["In town."]


async def test_a_week_with_a_clock_change_loses_no_hour(tmp_path: Path) -> None:
    an_hour_before = datetime(2026, 10, 23, 14, 0, tzinfo=UTC)
    async with a_village(tmp_path, an_hour_before) as house:
        await with_recap(house)
        await house.forward(HOUR + 30 * MINUTE)
        await share(house, text="Half an hour after the last recap.")

        await house.forward(7 * DAY + 30 * MINUTE)

        [letter] = letters(house)
        assert letter.at == datetime(2026, 10, 30, 16, 0, tzinfo=UTC)
        assert quotes(letter.card) == ["Half an hour after the last recap."]


async def test_a_recap_that_somebody_deleted_does_not_come_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        act = await shared(house, member("ada"), text="Of Ada.")
        await share(house, text="Of Robin.")
        await house.until(FRIDAY_EVENING)
        [letter] = letters(house)
        letter.gone = True

        await house.kindling.press(member("ada"), Action("erase", act))
        await house.forward(HOUR)

        assert letters(house) == []
        assert await rows(house, recaps) == []

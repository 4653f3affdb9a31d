"""The wall where its rules meet: what was hidden out of the queue, names that are added later, authors who are blocked
and gone, and what a platform could not be told.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import TryLater, Unreachable
from bot.domain.forms import Rejected
from bot.domain.message import Action, Card, Text
from bot.domain.places import MessageRef, Person
from bot.services.missing import OncePerDay
from bot.storage.tables import acts
from tests.core.before import be_set_up
from tests.core.test_naming import name, said
from tests.core.test_overseeing import review_first, standing
from tests.core.test_recap import letters, with_recap
from tests.core.test_sharing import TOLD, named, on_wall, quoted, share, shared, the_act
from tests.core.village import (
    DAY,
    MINUTE,
    MONDAY,
    a_village,
    button,
    card_of,
    command,
    labels,
    press,
    rows,
    rule,
)
from tests.house import House, StillClock, member, moderator
from tests.letters import Letters
from tests.storage.hearing import heard


async def tidied(house: House) -> None:
    for tidy in house.core.engine.tidying:
        await tidy()
    await house.core.engine.settle()


async def blocked_out_of_the_queue(house: House) -> Card:
    """An act waits, and its author is blocked; the answer to that."""
    await review_first(house)
    await share(house)
    asked = await press(house, await command(house, "kindling wall queue"), "Block author")
    return await press(house, asked, "Block")


async def test_what_was_hidden_out_of_the_queue_goes_back_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        blocked = await blocked_out_of_the_queue(house)
        allowed = await press(house, blocked, "Undo")

        again = await press(house, allowed, "Show this one again")
        await house.core.engine.settle()

        assert (again.heading, on_wall(house), await standing(house)) == ("Waiting again", [], "waiting")
        assert (await press(house, again, "Next")).heading == "Waiting for the wall"
        assert house.letters.told[-1][1].heading == "What you shared is not hidden any more"


async def test_where_nobody_looks_first_by_now_it_comes_on_the_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        allowed = await press(house, await blocked_out_of_the_queue(house), "Undo")
        await rule(house, channel="square", rule="open", links="no")

        again = await press(house, allowed, "Show this one again")
        await house.core.engine.settle()

        assert (again.heading, len(on_wall(house))) == ("Shown again", 1)


async def test_new_words_that_were_hidden_out_of_the_queue_wait_there_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        await press(house, await command(house, "kindling wall queue"), "Publish")
        act = await the_act(house)
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})
        hidden = card_of(await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."}))

        await press(house, hidden, "Undo")

        assert await standing(house) == "waiting"


@pytest.mark.parametrize("press_name", ["more", "why", "block"])
async def test_what_its_author_keeps_since_it_was_hidden_is_not_read_by_moderators(
    tmp_path: Path, press_name: str
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."})
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "For me alone.", "shown_as": "me"})

        answer = card_of(await house.kindling.press(moderator(), Action(press_name, act)))

        assert "For me alone." not in answer.plain()


@pytest.mark.parametrize("form", ["hide", "return"])
async def test_a_reason_of_nothing_but_spaces_is_asked_for_again(tmp_path: Path, form: str) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)

        reply = await house.kindling.submit(moderator(), form, await the_act(house), {"reason": " \u200b "})

        assert isinstance(reply.content, Rejected)
        assert await standing(house) == "waiting"


async def test_next_goes_through_all_that_was_reported(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(3):
            act = await shared(house, member(f"author {number}"), text=f"Number {number}.")
            await house.kindling.press(member("kim"), Action("report", act))
            await house.forward(MINUTE)

        card = await command(house, "kindling wall queue")
        seen = []
        for _ in range(3):
            seen.append(quoted(card)[0])
            card = await press(house, card, "Next")

        assert seen == ["Number 0.", "Number 1.", "Number 2."]
        assert card.heading == "That was the last one"


@pytest.mark.parametrize("what", ["waiting", "reported"])
async def test_what_was_passed_over_is_not_told_to_be_looked_at(tmp_path: Path, what: str) -> None:
    async with a_village(tmp_path) as house:
        if what == "waiting":
            await review_first(house)
            await share(house)
        else:
            await be_set_up(house)
            await house.kindling.press(member("kim"), Action("report", await shared(house, member())))
        first = await command(house, "kindling wall queue")

        last = await press(house, first, "Next")
        again = await press(house, last, "From the beginning")
        await press(house, again, "Publish" if what == "waiting" else "Leave it")
        after = await command(house, "kindling wall queue")

        assert (last.heading, quoted(again)[0]) == ("That was the last one", TOLD["text"])
        assert after.heading == "Nothing waits"


async def test_a_report_of_what_is_off_the_wall_hides_no_others(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        act = await the_act(house)
        await press(house, await command(house, "kindling wall queue"), "Publish")
        await house.kindling.press(member("kim"), Action("report", act))
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})
        await house.kindling.submit(moderator(), "return", act, {"reason": "Once more, please."})

        after = await command(house, "kindling wall queue")
        await house.forward(DAY)  # what waits is told once a day
        house.letters.told.clear()
        await share(house, member("ben"))

        assert after.heading == "Nothing waits"
        assert [card.heading for _, card in house.letters.told] == ["Something waits for you"]


# Names


async def name_published(house: House) -> Card:
    """Where moderators look first, an act is published that names Kim, who is asked; what Kim reads."""
    await review_first(house)
    await share(house)
    await name(house, "kim")
    await press(house, await command(house, "kindling wall queue"), "Publish")
    [asked] = [card for person, card in house.letters.told if person.user == "kim"]
    return asked


async def test_where_moderators_look_first_they_read_the_name_of_whoever_agrees(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        asked = await name_published(house)

        answer = await press(house, asked, "Yes, name me", named("kim", "Buy from Kim"))
        await house.core.engine.settle()
        before, waiting = on_wall(house), await command(house, "kindling wall queue")
        await press(house, waiting, "Publish")
        await house.core.engine.settle()

        assert "A moderator reads your name first" in answer.plain()
        assert before == []
        assert Text("From Buy from Kim.") in waiting.body
        assert said(house) == ["From Buy from Kim."]


async def test_a_moderator_hears_that_a_name_waits(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        asked = await name_published(house)
        await house.forward(DAY)  # what waits is told once a day
        house.letters.told.clear()

        await press(house, asked, "Yes, name me", named("kim", "Kim"))

        assert [(person.user, card.heading) for person, card in house.letters.told] == [
            ("maya", "Something waits for you")
        ]


async def test_a_name_that_comes_while_a_moderator_reads_is_read_before_it_is_published(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        asked = await name_published(house)
        await press(house, asked, "Yes, name me", named("kim", "Kim"))
        waiting = await command(house, "kindling wall queue")
        await house.kindling.press(named("kim", "Buy from Kim"), replace(button(asked, "Yes, name me")))

        first = await press(house, waiting, "Publish")

        assert first.heading == "It was changed meanwhile"
        assert Text("From Buy from Kim.") in first.body
        assert await standing(house) == "waiting"


async def test_a_yes_without_a_name_takes_nothing_off_the_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        asked = await name_published(house)

        await press(house, asked, "Yes, name me", member("kim"))
        await house.core.engine.settle()

        assert said(house) == ["From someone."]


async def test_what_is_shown_again_keeps_to_the_rules_for_names_that_hold_by_now(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("robin", "Giveaway Robin"), shown_as="name")
        await name(house, "kim")
        await press(house, house.letters.told[-1][1], "Yes, name me", named("kim", "Giveaway Kim"))
        hide = {"reason": "Let us talk."}
        hidden = card_of(await house.kindling.submit(moderator(), "hide", await the_act(house), hide))
        await rule(house, channel="square", rule="open", links="no", words="giveaway")
        house.letters.told.clear()

        await press(house, hidden, "Undo")
        await house.core.engine.settle()

        [card] = on_wall(house)
        assert quoted(card)[1] == "someone in our community"
        assert said(house) == ["From someone."]
        assert [person.user for person, _ in house.letters.told] == ["kim", "robin"]
        assert "because of the wall's rules for names" in house.letters.told[-1][1].plain()


async def test_what_is_published_keeps_to_the_rules_for_names_that_hold_by_now(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house, named("robin", "Giveaway Robin"), shown_as="name")
        await rule(house, channel="square", rule="review", links="no", words="giveaway")

        await press(house, await command(house, "kindling wall queue"), "Publish")
        await house.core.engine.settle()

        [card] = on_wall(house)
        assert quoted(card)[1] == "someone in our community"


class Away(Letters):
    """Letters to Kim do not arrive just now."""

    async def tell(self, person: Person, card: Card) -> None:
        if person.user == "kim":
            raise TryLater("letters.away")
        await super().tell(person, card)


async def test_whoever_is_named_while_their_platform_is_away_is_asked_when_it_is_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        house.room.messengers["letters"] = Away(house.letters.surroundings, letters=house.letters.letters)
        await name(house, "kim")
        before = list(house.letters.told)
        house.room.messengers["letters"] = house.letters

        await tidied(house)

        assert before == []
        assert [person.user for person, _ in house.letters.told] == ["kim"]


async def test_whoever_had_enough_questions_for_a_day_is_asked_the_next_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        for number in range(5):
            act = await shared(house, member(), text=f"Number {number}.")
            await name(house, "kim", act)
        await tidied(house)
        first = len(house.letters.told)
        await house.forward(DAY)

        for _ in range(2):
            await tidied(house)

        assert (first, len(house.letters.told)) == (3, 5)


async def test_nobody_is_asked_for_an_author_who_is_blocked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await shared(house, member(), text="Unkind.")
        stays = await shared(house, member(), text="Kind.")
        [unkind] = [str(row["id"]) for row in await rows(house, acts) if row["text"] == "Unkind."]
        await house.kindling.press(moderator(), Action("block!", unkind))
        house.letters.told.clear()

        await name(house, "kim", stays)

        assert house.letters.told == []


# Blocking


@pytest.mark.parametrize("way", ["erase", "kept"])
async def test_a_block_is_undone_also_when_its_act_is_gone(tmp_path: Path, way: str) -> None:
    async with a_village(tmp_path) as house:
        blocked = await blocked_out_of_the_queue(house)
        act = await the_act(house)
        if way == "erase":
            await house.kindling.press(member(), Action("erase", act))
        else:
            await house.kindling.press(member(), Action("down", act))
            await house.kindling.press(moderator(), Action("restore", act))
        refused = await share(house)

        allowed = await press(house, blocked, "Undo")
        after = await share(house)

        assert (refused.heading, allowed.heading, after.heading) == ("Not this time", "Allowed again", "Thank you")
        assert labels(allowed) == []


async def test_the_audit_log_lets_back_whoever_was_blocked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await blocked_out_of_the_queue(house)
        await house.kindling.press(member(), Action("erase", await the_act(house)))

        log = await command(house, "kindling audit")
        [back] = [label for label in labels(log) if label.startswith("Let back")]
        await press(house, log, back)

        assert back == "Let back: Mon 23 Nov 08:00"
        assert (await share(house)).heading == "Thank you"
        assert back in labels(await command(house, "kindling audit"))


async def test_what_is_shown_again_out_of_the_audit_log_is_read_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        act = await shared(house, member())
        await house.kindling.press(moderator(), Action("block!", act))
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})
        log = await command(house, "kindling audit")
        [back] = [label for label in labels(log) if label.startswith("Let back")]

        first = await press(house, await press(house, log, back), "Show this one again")
        await house.core.engine.settle()
        before = on_wall(house)
        await press(house, first, "Show it again")
        await house.core.engine.settle()

        assert (first.heading, quoted(first)[0], before) == ("Please read it first", "Something else.", [])
        assert [quoted(card)[0] for card in on_wall(house)] == ["Something else."]


async def test_no_other_communitys_moderator_lets_an_author_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await blocked_out_of_the_queue(house)
        act = await the_act(house)
        await house.kindling.press(member(), Action("erase", act))

        answer = card_of(await house.kindling.press(moderator("tomas", "town", "market"), Action("unblock", act)))

        assert answer.heading == "Not this time"
        assert (await share(house)).heading == "Not this time"


# Copies and recaps


async def test_rebuilding_a_wall_asks_as_little_for_many_acts_as_for_few(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        asked = []
        for number in range(12):
            await shared(house, member(f"author {number}"), text=f"Number {number}.")
            if number in {1, 11}:
                await house.core.engine.settle()
                house.room.messengers.clear()  # so that nobody shows anything meanwhile
                with heard(house.database) as statements:
                    await command(house, "kindling wall rebuild")
                asked.append(sum("act_copies" in statement for statement, _ in statements))
                house.room.messengers["letters"] = house.letters
                await house.core.engine.settle()

        assert asked[0] == asked[1]
        assert len(on_wall(house)) == 12


async def test_what_was_removed_goes_from_a_recap_when_its_channel_is_mended(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await with_recap(house)
        gone = await shared(house, member(), text="Of Robin.")
        await shared(house, member("kim"), text="Of Kim.")
        await house.until(MONDAY + 5 * DAY)
        shut = True

        class Shut(Letters):
            async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
                if shut:
                    raise Unreachable("letters.closed", "Nobody opens there any more.")
                await super().edit(ref, card, key)

        house.room.messengers["letters"] = Shut(house.letters.surroundings, letters=house.letters.letters)
        await house.kindling.press(member(), Action("erase", gone))
        await house.core.engine.settle()
        [before] = [letter.card.plain() for letter in letters(house)]

        shut = False
        await command(house, "kindling wall rebuild")
        await house.core.engine.settle()

        [after] = [letter.card.plain() for letter in letters(house)]
        assert ("Of Robin." in before, "Of Robin." in after, "Of Kim." in after) == (True, False, True)


def test_who_was_told_is_remembered_until_the_day_is_over() -> None:
    clock = StillClock(MONDAY)
    told = OncePerDay(clock)
    people = [Person("letters", "village", f"{number}") for number in range(100)]

    first = [told.first(person) for person in [*people, *people]]
    clock.at += DAY
    again = told.first(people[0])

    assert first == [True] * 100 + [False] * 100
    assert (again, len(told)) == (True, 1)

"""Two places that share one wall and one calendar, told by what stands in their channels."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.community import Tone
from bot.domain.forms import Form
from bot.domain.linking import ALPHABET
from bot.domain.message import Action, Card, Items
from bot.domain.places import Actor, Person, Standing
from bot.storage.tables import act_copies, acts, link_codes, links, spaces
from tests.core.before import be_set_up
from tests.core.linked import (
    MAYA,
    ROBIN,
    TARA,
    TOMAS,
    a_code,
    asked,
    code_in,
    copies,
    entered,
    link,
    quoted,
    two_places,
    unlink,
)
from tests.core.test_sharing import TOLD, shared
from tests.core.village import DAY, HOUR, MINUTE, a_village, card_of, labels, press, rows, set_up
from tests.house import House, member, moderator
from tests.letters import Letters

BOTH = {"audience": "both"}
INES = moderator("ines", space="port", channel="quay")
"""Moderates a third place."""


def said(card: Card) -> str:
    return card.plain()


async def share(house: House, author: Actor = ROBIN, **values: str) -> str:
    """Put an act on the wall and let its copies be sent; its id."""
    act = await shared(house, author, **values)
    await house.core.engine.settle()
    return act


async def are_linked(house: House) -> bool:
    found = {row["key"]: row["community_id"] for row in await rows(house, spaces)}
    return found["village"] == found["town"]


# What is shared


async def test_a_moderator_of_each_side_agrees_before_anything_is_linked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        code = await a_code(house)
        states = [await are_linked(house)]

        offer = await entered(house, code)
        states.append(await are_linked(house))
        await press(house, offer, "Link both places", TOMAS)
        states.append(await are_linked(house))
        [(person, question)] = house.letters.told
        done = await press(house, question, "Link both places", MAYA)

        assert states == [False] * 3
        assert await are_linked(house)
        assert (person.space, person.user) == ("village", "maya")
        assert done.heading == "Linked"
        assert [(who.user, card.heading) for who, card in house.letters.told[1:]] == [("tomas", "Linked")]


async def test_both_sides_see_what_will_be_shared_before_they_agree(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        made = card_of(await house.kindling.command(MAYA, "kindling link", {}))

        offer = await entered(house, code_in(made))
        await press(house, offer, "Link both places", TOMAS)
        [(_, question)] = house.letters.told

        meanings = {part for card in (made, offer, question) for part in card.body if isinstance(part, Items)}
        assert [[item.label for item in part.items] for part in meanings] == [
            ["The wall", "The calendar", "The rules", "Not shared"]
        ]


async def test_what_is_for_both_appears_in_both_and_what_is_for_here_does_not(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)

        await share(house, text="For both.", **BOTH)
        await share(house, TARA, text="From the town.", **BOTH)
        await share(house, text="Only here.", audience="here")

        assert copies(house, "village") == ["For both.", "From the town.", "Only here."]
        assert copies(house, "town") == ["For both.", "From the town."]


async def test_a_change_a_removal_and_hiding_reach_both(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        changed, hidden, removed = [await share(house, text=f"{number}.", **BOTH) for number in range(3)]

        await house.kindling.submit(ROBIN, "share", changed, TOLD | BOTH | {"text": "Changed."})
        await house.kindling.submit(TOMAS, "hide", hidden, {"reason": "It names somebody."})
        await house.kindling.press(ROBIN, Action("erase", removed))
        await house.core.engine.settle()

        assert copies(house, "village") == copies(house, "town") == ["Changed."]


async def test_the_audience_is_asked_only_where_places_are_linked_and_is_here_unless_chosen(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        before = (await house.kindling.command(ROBIN, "kind share", {})).content
        await link(house)

        for actor in (ROBIN, TARA):
            form = (await house.kindling.command(actor, "kind share", {})).content
            assert isinstance(form, Form)
            [audience] = [field for field in form.fields if field.name == "audience"]
            assert audience.value == "here"

        assert isinstance(before, Form)
        assert "audience" not in {field.name for field in before.fields}


async def test_linking_alone_shows_nothing_elsewhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await share(house, text="From the village.", **BOTH)
        await share(house, TARA, text="From the town.", **BOTH)

        await link(house)
        for actor in (MAYA, TOMAS):
            await house.kindling.command(actor, "kindling wall rebuild", {})
        await house.core.engine.settle()

        assert copies(house, "village") == ["From the village."]
        assert copies(house, "town") == ["From the town."]


async def test_a_third_place_is_shown_only_what_was_addressed_since_it_came(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await be_set_up(house, INES, channel="quay", weekly="off")
        await link(house)
        early = await share(house, text="For two.", **BOTH)
        await share(house, TARA, text="From the town.", **BOTH)
        await house.forward(MINUTE)

        await link(house, MAYA, INES)
        await house.kindling.command(INES, "kindling wall rebuild", {})
        await house.core.engine.settle()
        at_first = copies(house, "port")
        read = card_of(await house.kindling.command(member("ira", space="port"), "kind wall", {}))
        await house.kindling.submit(ROBIN, "share", early, TOLD | BOTH | {"text": "For three."})
        await share(house, text="New.", **BOTH)

        assert at_first == []
        assert read.heading == "The kindness wall"
        assert copies(house, "port") == ["For three.", "New."]
        assert copies(house, "town") == ["For three.", "From the town.", "New."]


async def test_what_one_kept_can_be_addressed_to_both_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        preview = card_of(await house.kindling.submit(TARA, "share", "", TOLD | {"shown_as": "me"}))
        await press(house, preview, "Keep it", TARA)
        await link(house)
        await house.forward(MINUTE)

        kept = card_of(await house.kindling.command(TARA, "kind me", {}))
        [act] = {choice.action.subject for choice in kept.choices}
        await house.kindling.submit(TARA, "share", act, TOLD | BOTH)
        await house.kindling.press(TARA, Action("publish", act))
        await house.core.engine.settle()

        assert copies(house, "village") == copies(house, "town") == [TOLD["text"]]


# Unlinking


@pytest.mark.parametrize("actor", [MAYA, TOMAS], ids=["host", "guest"])
async def test_unlinking_withdraws_the_other_sides_copies_and_keeps_ones_own(tmp_path: Path, actor: Actor) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await share(house, TARA, text="Before.")
        await link(house)
        await share(house, text="From the village.", **BOTH)
        await share(house, TARA, text="From the town.", **BOTH)

        done = await unlink(house, actor)

        assert done.heading == "Unlinked"
        assert copies(house, "village") == ["From the village."]
        assert copies(house, "town") == ["Before.", "From the town."]
        assert not await are_linked(house)
        assert await rows(house, links) == []
        other = {"maya": "tomas", "tomas": "maya"}[actor.person.user]
        assert (house.letters.told[-1][0].user, house.letters.told[-1][1].heading) == (other, "Unlinked")


async def test_unlinking_asks_once_and_says_what_happens(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)

        question = card_of(await house.kindling.command(TOMAS, "kindling unlink", {}))
        still = await are_linked(house)
        for _ in range(2):
            done = await press(house, question, "Unlink", TOMAS)

        assert "Copies of it in the other place are taken away." in said(question)
        assert still
        assert done.heading == "Unlinked"
        assert not await are_linked(house)


async def test_after_unlinking_nobody_reaches_the_other_sides_acts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        act = await share(house, text="From the village.", **BOTH)
        readable = card_of(await house.kindling.press(TARA, Action("more", act)))

        await unlink(house)

        answers = [card_of(await house.kindling.press(TOMAS, Action(name, act))) for name in ("more", "hide", "warm")]
        assert readable.heading == "A kindness received"
        assert [answer.heading for answer in answers] == ["Not this time"] * 3
        assert card_of(await house.kindling.command(TARA, "kind wall", {})).heading == "The kindness wall"


async def test_unlinking_reaches_a_place_whose_platform_was_down(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await share(house, text="From the village.", **BOTH)
        del house.room.messengers["letters"]

        await unlink(house)
        while_down = copies(house, "town")
        house.room.messengers["letters"] = house.letters
        await house.forward(MINUTE)

        assert while_down == ["From the village."]
        assert copies(house, "town") == []
        assert copies(house, "village") == ["From the village."]


async def test_linking_again_brings_nothing_back_by_itself(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await share(house, text="From the village.", **BOTH)
        act = await share(house, TARA, text="From the town.", **BOTH)
        await unlink(house)
        await house.forward(MINUTE)

        await link(house)
        for actor in (MAYA, TOMAS):
            await house.kindling.command(actor, "kindling wall rebuild", {})
        await house.core.engine.settle()
        at_first = copies(house, "village"), copies(house, "town")
        await house.kindling.submit(TARA, "share", act, TOLD | BOTH | {"text": "Once more."})
        await house.core.engine.settle()

        assert at_first == (["From the village."], ["From the town."])
        assert copies(house, "village") == ["From the village.", "Once more."]


async def test_a_host_chooses_which_of_several_places_is_unlinked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await house.forward(MINUTE)
        await link(house, MAYA, INES)

        first = card_of(await house.kindling.command(MAYA, "kindling unlink", {}))
        second = await press(house, first, "Another one", MAYA)
        await press(house, second, "Unlink", MAYA)

        assert "Mon 23 Nov 07:00 UTC" in said(first)
        assert "Mon 23 Nov 07:01 UTC" in said(second)
        assert await are_linked(house)
        assert len(await rows(house, links)) == 1


async def test_a_guest_unlinks_itself_and_no_other_guest(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await link(house, MAYA, INES)
        town = next(row["id"] for row in await rows(house, spaces) if row["key"] == "town")

        refused = card_of(await house.kindling.press(INES, Action("unlink!", town)))

        assert refused.heading == "Not this time"
        assert await are_linked(house)


# Codes


async def test_a_code_is_kept_as_a_digest_only_and_without_look_alikes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        code = await a_code(house)

        [row] = await rows(house, link_codes)
        plain = code.replace("-", "")
        assert [len(part) for part in code.split("-")] == [4, 4]
        assert set(plain) <= set(ALPHABET)
        assert not set(ALPHABET) & set("0O1ILS5B8Z2")
        assert plain not in str(dict(row))
        assert code not in str(dict(row))


@pytest.mark.parametrize(
    "spelled", [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")]
)
async def test_a_code_is_read_however_it_is_typed(tmp_path: Path, spelled: Callable[[str], str]) -> None:
    async with a_village(tmp_path) as house:
        assert (await entered(house, spelled(await a_code(house)))).heading == "Link this place with the other one?"


@pytest.mark.parametrize(("after", "fits"), [(10 * MINUTE - timedelta(seconds=1), True), (10 * MINUTE, False)])
async def test_a_code_is_good_for_ten_minutes(tmp_path: Path, after: timedelta, fits: bool) -> None:
    async with a_village(tmp_path) as house:
        code = await a_code(house)
        await house.forward(after)

        answer = await entered(house, code)

        assert ("Link both places" in labels(answer)) is fits
        assert fits or "ten minutes" in said(answer)


async def test_an_agreement_counts_only_within_the_ten_minutes_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        offer = await entered(house, await a_code(house))
        await house.forward(10 * MINUTE)

        assert (await press(house, offer, "Link both places", TOMAS)).heading == "Not this time"
        assert house.letters.told == []


async def test_a_question_can_be_answered_for_a_day_and_not_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
        await house.forward(DAY)

        late = await press(house, question, "Link both places", MAYA)

        assert late.heading == "Not this time"
        assert not await are_linked(house)


async def test_a_code_that_is_used_in_two_places_at_the_same_moment_links_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        code = await a_code(house)
        offers = [(actor, await entered(house, code, actor)) for actor in (TOMAS, INES)]

        answers = await asyncio.gather(*(press(house, offer, "Link both places", actor) for actor, offer in offers))

        assert sorted(answer.heading for answer in answers) == ["Not this time", "The other side is asked"]
        assert len(house.letters.told) == 1
        [row] = await rows(house, link_codes)
        assert row["used_by"] in {"tomas", "ines"}


async def test_two_moderators_who_confirm_at_once_link_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)

        answers = await asyncio.gather(
            *(press(house, question, "Link both places", moderator(user)) for user in ("maya", "noor"))
        )

        assert [answer.heading for answer in answers] == ["Linked", "Linked"]
        assert [card.heading for _, card in house.letters.told] == ["Link both places?", "Linked"]
        assert len(await rows(house, links)) == 1


async def test_agreeing_twice_asks_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        offer = await entered(house, await a_code(house))

        answers = [await press(house, offer, "Link both places", TOMAS) for _ in range(2)]

        assert [answer.heading for answer in answers] == ["The other side is asked"] * 2
        assert len(house.letters.told) == 1


async def test_an_old_question_links_nothing_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
        await press(house, question, "Link both places", MAYA)
        await unlink(house)

        again = await press(house, question, "Link both places", MAYA)

        assert again.heading == "Already answered"
        assert not await are_linked(house)


async def test_the_side_that_made_the_code_can_say_no(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)

        declined = await press(house, question, "Not now", MAYA)
        late = await press(house, question, "Link both places", MAYA)

        assert declined.heading == "Not linked"
        assert (house.letters.told[-1][0].user, house.letters.told[-1][1].heading) == ("tomas", "Not linked")
        assert late.heading == "Already answered"
        assert not await are_linked(house)


async def test_a_question_that_could_not_be_told_is_found_by_the_command(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        offer = await entered(house, await a_code(house))
        messenger = house.room.messengers.pop("letters")
        await press(house, offer, "Link both places", TOMAS)
        house.room.messengers["letters"] = messenger

        question = card_of(await house.kindling.command(moderator("noor"), "kindling link", {}))
        await press(house, question, "Link both places", moderator("noor"))

        assert await are_linked(house)


# Refusals


async def test_a_code_nobody_made_a_code_of_ones_own_and_one_for_something_else_are_refused(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        code = await a_code(house)

        unknown = said(await entered(house, "AAAA-AAAA"))
        own = said(await entered(house, code, MAYA))
        other = said(card_of(await house.kindling.command(TARA, "kind link", {"code": code})))

        assert "I do not know that code." in unknown
        assert "That code was made here." in own
        assert "enter it with /kindling link" in other


async def test_a_code_that_was_used_is_refused_elsewhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        code = await a_code(house)
        await press(house, await entered(house, code), "Link both places", TOMAS)

        assert "used already" in said(await entered(house, code, INES))


async def test_places_that_are_linked_are_not_linked_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)

        assert "linked already" in said(await entered(house, await a_code(house)))


async def test_a_guest_makes_no_codes_and_enters_none(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)

        makes = card_of(await house.kindling.command(TOMAS, "kindling link", {}))
        enters = await entered(house, await a_code(house, INES), TOMAS)

        assert "a moderator there makes the codes" in said(makes)
        assert "still linked with another one" in said(enters)


async def test_a_host_with_guests_enters_none(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)

        assert "still linked with another one" in said(await entered(house, await a_code(house, INES), MAYA))


@pytest.mark.parametrize("gone", ["village", "town"])
async def test_a_side_that_has_left_meanwhile_is_not_linked(tmp_path: Path, gone: str) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
        await house.kindling.left("letters", gone)

        answer = await press(house, question, "Link both places", MAYA)

        assert "not in the other place any more" in said(answer)
        assert not await are_linked(house)


async def test_what_changed_before_the_last_press_is_seen_at_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
        await link(house, INES, TOMAS)

        answer = await press(house, question, "Link both places", MAYA)

        assert "still linked with another one" in said(answer)
        assert not await are_linked(house)


@pytest.mark.parametrize("name", ["link!", "nolink"])
async def test_only_who_moderates_the_place_that_made_the_code_answers(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
        digest = question.choices[0].action.subject

        answers = [card_of(await house.kindling.press(actor, Action(name, digest))) for actor in (ROBIN, TARA, TOMAS)]

        assert [answer.heading for answer in answers] == ["Not this time"] * 3
        assert not await are_linked(house)
        assert (await press(house, question, "Link both places", MAYA)).heading == "Linked"


async def test_a_direct_message_that_cannot_tell_who_moderates_says_where_to_answer(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
        house.letters.people[MAYA.person] = Standing(may_moderate=False)

        answer = await press(house, question, "Link both places", member("maya", channel=""))

        assert "/kindling link shows the question" in said(answer)


@pytest.mark.parametrize("name", ["link", "unlink", "unlink!"])
async def test_whoever_does_not_moderate_links_and_unlinks_nothing(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        town = next(row["id"] for row in await rows(house, spaces) if row["key"] == "town")

        assert card_of(await house.kindling.press(TARA, Action(name, town))).heading == "Not this time"
        assert await are_linked(house)


async def test_five_wrong_codes_are_enough_for_an_hour(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        code = await a_code(house)
        wrong = [said(await entered(house, f"AAAA-AAA{sign}")) for sign in "34679"]

        refused = said(await entered(house, code))
        by_another = await entered(house, code, moderator("theo", space="town"))
        await house.forward(HOUR)
        later = await entered(house, await a_code(house))

        assert all("I do not know that code." in answer for answer in wrong)
        assert "try again in an hour" in refused
        assert by_another.heading == later.heading == "Link this place with the other one?"


async def wrong_codes_of_members(house: House, people: int) -> list[str]:
    """What so many members of the town are told who each enter one at the same moment."""
    wrong = {"code": "AAAA-AAAA"}
    members = [member(f"guest-{number}", space="town") for number in range(people)]
    return [
        said(card_of(reply))
        for reply in await asyncio.gather(*(house.kindling.command(one, "kind link", wrong) for one in members))
    ]


async def test_twenty_wrong_codes_are_enough_for_the_members_of_a_place(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        answers = await wrong_codes_of_members(house, 21)
        elsewhere = await house.kindling.command(INES, "kind link", {"code": "AAAA-AAAA"})

        assert sum("I do not know that code." in answer for answer in answers) == 20
        assert "I do not know that code." in said(card_of(elsewhere))


async def test_members_do_not_keep_moderators_from_linking_with_wrong_codes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await wrong_codes_of_members(house, 25)

        assert (await entered(house, await a_code(house))).heading == "Link this place with the other one?"


async def test_codes_and_wrong_ones_are_forgotten(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_code(house)
        await entered(house, "AAAA-AAAA")
        await house.forward(DAY + HOUR)

        for tidy in house.core.engine.tidying:
            await tidy()

        assert await rows(house, link_codes) == []


# What moves along


async def test_blocks_reports_and_decisions_go_with_the_acts_and_come_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        act = await share(house, TARA, text="From the town.")
        await house.kindling.press(member("theo", space="town"), Action("report", act))
        await house.kindling.press(TOMAS, Action("block!", await share(house, member("bo", space="town"), text="Bo.")))
        audits: list[str] = []
        queues: list[str] = []
        blocked: list[str] = []

        for step in (link, unlink):
            await step(house)
            audits.append(said(card_of(await house.kindling.command(TOMAS, "kindling audit", {}))))
            queues.append(card_of(await house.kindling.command(TOMAS, "kindling wall queue", {})).heading)
            preview = card_of(await house.kindling.submit(member("bo", space="town"), "share", "", TOLD))
            blocked.append((await press(house, preview, "Put it on the wall", member("bo", space="town"))).heading)

        assert all("its author was blocked from the wall" in audit for audit in audits)
        assert queues == ["Reported", "Reported"]
        assert blocked == ["Not this time", "Not this time"]


async def test_what_was_decided_about_the_other_sides_own_acts_is_not_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        act = await share(house, TARA, text="From the town.")
        await house.kindling.submit(TOMAS, "hide", act, {"reason": "It names Bo."})

        await link(house)

        assert "It names Bo." in said(card_of(await house.kindling.command(TOMAS, "kindling audit", {})))
        assert "It names Bo." not in said(card_of(await house.kindling.command(MAYA, "kindling audit", {})))


async def test_a_queue_is_not_blocked_by_what_is_the_other_sides(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        for number in range(9):
            theirs = await share(house, text=f"{number}.")
            await house.kindling.press(member(f"reader-{number}"), Action("report", theirs))
        await link(house)
        await house.forward(MINUTE)
        act = await share(house, TARA, text="From the town.")
        await house.kindling.press(member("theo", space="town"), Action("report", act))

        assert "From the town." in said(card_of(await house.kindling.command(TOMAS, "kindling wall queue", {})))


async def test_linking_and_unlinking_are_in_the_audit(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)

        await link(house)
        await unlink(house)

        audits = [said(card_of(await house.kindling.command(who, "kindling audit", {}))) for who in (MAYA, TOMAS)]
        assert "another place was linked (space.linked), by you" in audits[0]
        assert "a linked place was unlinked (space.unlinked), by you" in audits[0]
        assert "a linked place was unlinked (space.unlinked), by another moderator" in audits[1]


async def test_nothing_is_left_to_do_afterwards(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await share(house, text="From the village.", **BOTH)
        await unlink(house)

        assert all(row["next_at"] is None for row in await rows(house, act_copies))
        by_key = {row["id"]: row["community_id"] for row in await rows(house, spaces)}
        assert all(row["community_id"] == by_key[row["space_id"]] for row in await rows(house, acts))


# Two platforms


async def another_platform(house: House) -> Letters:
    """A workplace on a platform of its own, whose moderator is called Tomas too."""
    birds = Letters(house.letters.surroundings, platform="birds", tone=Tone.WORKPLACE)
    house.room.messengers["birds"] = birds
    await be_set_up(house, MAYA, weekly="off")
    await set_up(house, AT_WORK, channel="market", weekly="off")
    question = birds.told  # what is asked goes to the platform of whoever made the code
    offer = await entered(house, await a_code(house, AT_WORK), MAYA)
    await press(house, offer, "Link both places", MAYA)
    await press(house, question[-1][1], "Link both places", AT_WORK)
    return birds


AT_WORK = Actor(Person("birds", "office", "tomas"), may_moderate=True, channel="market", zone="Europe/Berlin")


def standing(letters: Letters) -> list[str]:
    return [quoted(one.card) for one in letters.letters if not one.gone and one.card.heading.startswith("A kindness ")]


async def test_two_platforms_share_one_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        birds = await another_platform(house)

        act = await share(house, text="From letters.", **BOTH)
        await share(house, AT_WORK, text="From birds.", **BOTH)
        await share(house, AT_WORK, text="At work only.")
        shown = standing(house.letters), standing(birds)
        await house.kindling.submit(AT_WORK, "hide", act, {"reason": "It names somebody."})
        await house.core.engine.settle()

        assert shown == (["From letters.", "From birds."], ["From letters.", "From birds.", "At work only."])
        assert (standing(house.letters), standing(birds)) == (["From birds."], ["From birds.", "At work only."])


async def test_unlinking_clears_both_platforms_also_when_one_is_down(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        birds = await another_platform(house)
        await share(house, text="From letters.", **BOTH)
        await share(house, AT_WORK, text="From birds.", **BOTH)
        del house.room.messengers["birds"]

        await unlink(house, MAYA)
        while_down = standing(house.letters), standing(birds)
        house.room.messengers["birds"] = birds
        await house.forward(MINUTE)

        assert while_down == (["From letters."], ["From letters.", "From birds."])
        assert (standing(house.letters), standing(birds)) == (["From letters."], ["From birds."])


async def test_at_work_the_form_begins_with_only_here(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await another_platform(house)

        form = (await house.kindling.command(AT_WORK, "kind share", {})).content

        assert isinstance(form, Form)
        assert [field.value for field in form.fields if field.name == "audience"] == ["here"]

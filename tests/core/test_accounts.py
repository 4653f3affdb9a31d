"""Accounts of one person in two linked places."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Text
from bot.domain.places import Actor
from bot.storage.tables import same_person, wall_blocks
from tests.core.before import be_set_up
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, code_in, copies, link, two_places, unlink
from tests.core.test_sharing import TOLD, shared
from tests.core.village import MINUTE, SlowLetters, a_village, button, card_of, labels, press, rows
from tests.house import House, member, moderator

BOTH = {"audience": "both"}
FEW = "A few of you felt this."


async def made(house: House, actor: Actor = ROBIN) -> str:
    return code_in(card_of(await house.kindling.command(actor, "kind link", {})))


async def entered(house: House, code: str, actor: Actor = TARA) -> Card:
    return card_of(await house.kindling.command(actor, "kind link", {"code": code}))


async def one_person(house: House, one: Actor = ROBIN, other: Actor = TARA) -> Card:
    """Whoever is called Robin in the village and Tara in the town says so."""
    return await press(house, await entered(house, await made(house, one), other), "Yes, link my accounts", other)


async def linked_places(house: House) -> None:
    await two_places(house)
    await link(house)
    house.letters.told.clear()


async def mine(house: House, actor: Actor) -> list[str]:
    """What somebody finds among their own acts."""
    card, found = card_of(await house.kindling.command(actor, "kind me", {})), list[str]()
    while "Change it" in labels(card):
        found.append(card.plain().split("“")[1].split("”")[0])
        if "Earlier" not in labels(card):
            break
        card = card_of(await house.kindling.press(actor, button(card, "Earlier")))
    return found


async def warmth_of(house: House, act: str) -> bool:
    """Whether people are told that a few felt something."""
    await house.forward(2 * MINUTE)
    shown = [letter.card for letter in house.letters.letters if Action("warm", act) in map_actions(letter.card)]
    return Text(FEW) in shown[0].body


def map_actions(card: Card) -> list[Action]:
    return [choice.action for choice in card.choices]


async def test_one_sees_and_changes_in_either_place_what_one_shared_in_both(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        in_village = await shared(house, ROBIN, text="From Robin.")
        await house.forward(MINUTE)
        await shared(house, TARA, text="From Tara.")

        await one_person(house)
        found = [await mine(house, ROBIN), await mine(house, TARA)]
        await house.kindling.submit(TARA, "share", in_village, TOLD | {"text": "Changed."})
        await house.core.engine.settle()

        assert found == [["From Tara.", "From Robin."]] * 2
        assert copies(house, "village") == ["Changed."]
        assert copies(house, "town") == ["From Tara."]


async def test_the_form_says_where_an_act_from_the_other_place_belongs(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN)
        await one_person(house)

        forms = [(await house.kindling.press(who, Action("edit", act))).content for who in (ROBIN, TARA)]

        offered = [field.options for form in forms if isinstance(form, Form) for field in form.fields[-1:]]
        assert [dict(options)["here"] for options in offered] == ["Only here", "Only where I shared it"]


async def test_a_form_that_comes_back_still_says_where_an_act_from_the_other_place_belongs(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN)
        await one_person(house)

        rejected = (await house.kindling.submit(TARA, "share", act, TOLD | {"text": ""})).content

        assert isinstance(rejected, Rejected)
        assert dict(rejected.form.fields[-1].options)["here"] == "Only where I shared it"


async def test_nobody_else_learns_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN, **BOTH)
        seen = [card_of(await house.kindling.press(who, Action("more", act))) for who in (MAYA, TOMAS)]
        why = [card_of(await house.kindling.press(who, Action("why", act))) for who in (MAYA, TOMAS)]
        audits = [card_of(await house.kindling.command(who, "kindling audit", {})) for who in (MAYA, TOMAS)]

        await one_person(house)

        assert [card_of(await house.kindling.press(who, Action("more", act))) for who in (MAYA, TOMAS)] == seen
        assert [card_of(await house.kindling.press(who, Action("why", act))) for who in (MAYA, TOMAS)] == why
        assert [card_of(await house.kindling.command(who, "kindling audit", {})) for who in (MAYA, TOMAS)] == audits
        assert [person.user for person, _ in house.letters.told] == ["robin"]


async def test_whoever_made_the_code_is_told_and_can_undo_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await shared(house, TARA, text="From Tara.")
        await one_person(house)
        [(person, told)] = house.letters.told

        await press(house, told, "Undo", ROBIN)

        assert person == ROBIN.person
        assert await mine(house, ROBIN) == []
        assert await rows(house, same_person) == []


async def test_one_is_warned_before_whoever_made_the_code_sees_what_one_keeps(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)

        offer = await entered(house, await made(house))

        assert "Did you make this code yourself, a moment ago?" in offer.plain()
        assert await rows(house, same_person) == []


async def test_a_person_counts_once_and_not_for_their_own_act(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, replace(ROBIN, name="Robin"), shown_as="name", **BOTH)
        kim, kai = member("kim"), member("kai", space="town")
        await one_person(house)  # the author's own does not count
        await one_person(house, kim, kai)  # and these two are one
        for actor in (TARA, kim, kai, member("lou"), member("ada")):
            await house.kindling.press(actor, Action("warm", act))
        as_three = await warmth_of(house, act)
        await house.kindling.press(member("max"), Action("warm", act))
        as_four = await warmth_of(house, act)

        assert (as_three, as_four) == (False, True)


async def test_what_was_said_stays_when_fewer_people_turn_out_to_have_felt_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN, **BOTH)
        kim, kai = member("kim"), member("kai", space="town")
        for actor in (kim, kai, member("lou"), member("ada")):
            await house.kindling.press(actor, Action("warm", act))
        as_four = await warmth_of(house, act)

        await one_person(house, kim, kai)
        await house.kindling.press(member("lou"), Action("cool", act))

        assert (as_four, await warmth_of(house, act)) == (True, True)


async def test_a_block_holds_for_all_accounts_also_for_those_linked_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN, **BOTH)
        await house.kindling.press(MAYA, Action("block!", act))
        before = await may_share(house, TARA)

        await one_person(house)
        linked = await may_share(house, TARA)
        await house.kindling.command(TARA, "kind unlink", {})
        parted = await may_share(house, TARA), await may_share(house, ROBIN)
        await house.kindling.press(MAYA, Action("unblock", act))
        allowed = await may_share(house, TARA), await may_share(house, ROBIN)

        assert before
        assert not linked
        assert parted == (False, False)
        assert allowed == (True, True)
        assert await rows(house, wall_blocks) == []


async def may_share(house: House, actor: Actor) -> bool:
    preview = card_of(await house.kindling.submit(actor, "share", "", TOLD))
    return (await press(house, preview, "Put it on the wall", actor)).heading == "It is on the wall"


async def test_unlinking_accounts_gives_each_its_own_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN, text="From Robin.", **BOTH)
        await one_person(house)

        for _ in range(2):
            done = card_of(await house.kindling.command(TARA, "kind unlink", {}))
        refused = card_of(await house.kindling.press(TARA, Action("edit", act)))

        assert done.heading == "On its own"
        assert refused.heading == "Not this time"
        assert await mine(house, TARA) == []


async def test_unlinked_places_part_accounts_until_they_are_linked_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await shared(house, ROBIN, text="From Robin.")
        await one_person(house)

        await unlink(house)
        apart = await mine(house, TARA)
        await link(house)

        assert apart == []
        assert await mine(house, TARA) == ["From Robin."]


async def test_a_third_account_joins_the_person(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await link(house, MAYA, moderator("ines", space="port", channel="quay"))
        ira = member("ira", space="port", channel="quay")
        await shared(house, ROBIN, text="From Robin.")
        await one_person(house)

        await one_person(house, TARA, ira)
        found = await mine(house, ira)
        await house.kindling.command(TARA, "kind unlink", {})

        assert found == ["From Robin."]
        assert await mine(house, ira) == ["From Robin."]
        assert await mine(house, TARA) == []


async def test_a_code_links_one_account_also_when_two_enter_it_at_the_same_moment(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        code = await made(house)
        theo = member("theo", space="town")
        offers = [(who, await entered(house, code, who)) for who in (TARA, theo)]

        answers = await asyncio.gather(*(press(house, card, "Yes, link my accounts", who) for who, card in offers))

        assert sorted(answer.heading for answer in answers) == ["Not this time", "Your accounts are linked"]
        assert len(await rows(house, same_person)) == 2


async def test_pressing_twice_gives_the_same_answer(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        offer = await entered(house, await made(house))

        answers = [await press(house, offer, "Yes, link my accounts", TARA) for _ in range(2)]

        assert answers[0] == answers[1]
        assert len(house.letters.told) == 1


async def test_after_parting_an_old_press_links_nothing_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        offer = await entered(house, await made(house))
        await press(house, offer, "Yes, link my accounts", TARA)
        await house.kindling.command(ROBIN, "kind unlink", {})

        again = await press(house, offer, "Yes, link my accounts", TARA)

        assert again.heading == "Not this time"
        assert await rows(house, same_person) == []


async def test_accounts_are_linked_only_where_places_are(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        alone = card_of(await house.kindling.command(ROBIN, "kind link", {}))
        await link(house)
        code = await made(house)
        offer = await entered(house, code)
        await unlink(house)

        apart = await press(house, offer, "Yes, link my accounts", TARA)

        assert "linked with no other" in alone.plain()
        assert "Those two places are not linked" in apart.plain()
        assert await rows(house, same_person) == []


@pytest.mark.parametrize(
    ("who", "sentence"),
    [(ROBIN, "That code was made here."), (member("kim"), "That code was made here.")],
)
async def test_a_code_is_for_the_other_place(tmp_path: Path, who: Actor, sentence: str) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)

        assert sentence in (await entered(house, await made(house), who)).plain()


async def test_accounts_that_are_linked_are_not_linked_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await one_person(house)

        assert "linked already" in (await entered(house, await made(house))).plain()


async def test_wrong_codes_count_for_both_commands(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        for sign in "34679":
            await entered(house, f"AAAA-AAA{sign}")

        assert "try again in an hour" in (await entered(house, await made(house))).plain()


async def test_what_is_felt_while_a_copy_is_on_its_way_is_shown_on_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        slow = SlowLetters(house.letters.surroundings, letters=house.letters.letters)
        house.room.messengers["letters"] = slow
        act = await shared(house, ROBIN)
        await slow.reached.wait()
        for name in ("kim", "kai", "lou", "ada"):
            await house.kindling.press(member(name), Action("warm", act))
        slow.gate.set()
        await house.core.engine.settle()

        assert await warmth_of(house, act)

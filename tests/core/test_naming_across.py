"""Naming people where two places share a wall: whoever is there themselves picks them, and nobody looks anybody up."""

from dataclasses import replace
from pathlib import Path

from bot.domain.forms import Form
from bot.domain.message import Action, Card, Text
from bot.storage.tables import acts
from tests.core.linked import MAYA, ROBIN, TARA, link, two_places, unlink
from tests.core.test_accounts import BOTH, linked_places, one_person
from tests.core.test_sharing import TOLD, is_copy, shared
from tests.core.village import a_village, button, card_of, command, labels, press, rows
from tests.house import House, member

KIM = replace(member("kim", space="town", channel="market"), name="Kim")
"""Lives in the town only."""


async def name_kim(house: House, act: str) -> Card:
    """Robin, who is called Tara in the town, names Kim there."""
    reply = card_of(await house.kindling.submit(TARA, "name", act, {"member": "kim"}))
    await house.core.engine.settle()
    return reply


async def names(house: House, space: str) -> list[str]:
    await house.core.engine.settle()
    cards = [
        one.card for one in house.letters.letters if one.place.space == space and is_copy(one.card) and not one.gone
    ]
    return [part.text for card in cards for part in card.body if isinstance(part, Text)]


async def a_named_kim(house: House) -> str:
    """Both places show an act in which Kim agreed to be named."""
    await linked_places(house)
    await one_person(house)
    act = await shared(house, ROBIN, **BOTH)
    house.letters.told.clear()
    await name_kim(house, act)
    await press(house, house.letters.told[-1][1], "Yes, name me", KIM)
    return act


async def test_somebody_of_the_linked_place_is_named_by_whoever_is_there_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_named_kim(house)

        assert [(person.space, person.user) for person, _ in house.letters.told] == [("town", "kim")]
        assert await names(house, "village") == await names(house, "town") == ["From Kim."]


async def test_the_form_says_who_can_be_named_where_places_are_linked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        act = await shared(house, ROBIN)
        alone = (await house.kindling.press(ROBIN, Action("name", act))).content
        await link(house)

        form = (await house.kindling.press(ROBIN, Action("name", act))).content

        assert isinstance(alone, Form)
        assert isinstance(form, Form)
        assert "the place where you are now" not in alone.intro
        assert "the place where you are now" in form.intro


async def test_what_is_for_one_place_only_by_the_time_it_is_shown_again_names_nobody_of_the_other(
    tmp_path: Path,
) -> None:
    async with a_village(tmp_path) as house:
        act = await a_named_kim(house)
        await house.kindling.submit(MAYA, "hide", act, {"reason": "Let us talk."})
        await house.kindling.submit(ROBIN, "share", act, TOLD | {"audience": "here"})

        await house.kindling.press(MAYA, Action("restore", act))

        assert (await names(house, "village"), await names(house, "town")) == (["From someone."], [])


async def test_a_name_that_somebody_types_is_looked_up_in_their_own_place_only(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN, **BOTH)

        await house.kindling.submit(ROBIN, "name", act, {"member": "kim"})
        await house.core.engine.settle()

        assert [(person.space, person.user) for person, _ in house.letters.told] == [("village", "kim")]


async def test_nobody_is_named_in_what_they_cannot_see(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await one_person(house)
        act = await shared(house, ROBIN, audience="here")
        house.letters.told.clear()

        refused = await name_kim(house, act)

        assert "People of this place do not see that kindness" in refused.plain()
        assert house.letters.told == []


async def test_a_name_goes_when_its_owner_cannot_see_it_any_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        act = await a_named_kim(house)

        await house.kindling.submit(ROBIN, "share", act, TOLD | {"audience": "here"})
        apart = await names(house, "village")
        await house.kindling.submit(ROBIN, "share", act, TOLD | BOTH)
        await house.core.engine.settle()

        assert apart == ["From someone."]
        assert [person.user for person, _ in house.letters.told] == ["kim", "kim"]


async def test_when_places_part_names_of_the_other_place_go(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_named_kim(house)

        await unlink(house)

        assert await names(house, "village") == []
        assert [row["named_id"] for row in await rows(house, acts)] == [None]
        found = card_of(await house.kindling.command(ROBIN, "kind wall", {"search": "Kim"}))
        assert "Nothing on the wall holds" in found.plain()


async def test_whoever_is_named_and_is_gone_there_is_asked_where_they_are(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await one_person(house)
        await one_person(house, member("kimberly"), KIM)
        preview = card_of(await house.kindling.submit(ROBIN, "share", "", TOLD | BOTH))
        act = button(preview, "Put it on the wall").subject
        await name_kim(house, act)
        await house.kindling.left("letters", "town")
        house.letters.told.clear()

        await press(house, preview, "Put it on the wall", ROBIN)

        assert [(person.space, person.user) for person, _ in house.letters.told] == [("village", "kimberly")]


async def test_whoever_agreed_can_take_it_back_at_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await one_person(house)
        act = await shared(house, ROBIN, **BOTH)
        await name_kim(house, act)
        agreed = await press(house, house.letters.told[-1][1], "Yes, name me", KIM)

        await press(house, agreed, "Take my name off", KIM)

        assert labels(agreed) == ["Take my name off"]
        assert await names(house, "town") == ["From someone."]
        assert "Name somebody" in labels(await command(house, "kind me", ROBIN))

"""Menus of messages, where people write messages: what a platform hands over, to the core and back to one person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.commands import Menu
from bot.domain.places import Actor
from bot.domain.said import Channel, Said
from bot.services.commands import MENUS
from tests.contracts.home import Home, at_home, listening
from tests.contracts.platform import Remote, Seen
from tests.contracts.villages import REMOTE, on

ADD = next(menu for menu in MENUS if menu.name == "add")


@pytest.fixture
async def village(platform: Remote, tmp_path: Path) -> AsyncIterator[Home]:
    """The real core behind the platform's adapter, which listens."""
    async with at_home(platform, tmp_path) as home, listening(home):
        yield home


def handed_over(village: Home) -> tuple[Actor, str, Said]:
    """What came with the one menu that was used."""
    [found] = village.door.handed_over
    return found


@on(*REMOTE)
@pytest.mark.parametrize("author", ["robin", "sam"], ids=["one's own", "another's"])
async def test_a_menu_hands_over_the_message_and_whose_it_is(platform: Remote, village: Home, author: str) -> None:
    ref = await platform.say(author, platform.place, "Maya carried my bags")

    await platform.menu("robin", ref, ADD)

    actor, name, said = handed_over(village)
    assert (actor.person, name) == (platform.person("robin"), "add")
    assert (said.ref, said.author, said.text, said.by_bot) == (
        ref,
        platform.person(author).user,
        "Maya carried my bags",
        False,
    )


@on(*REMOTE)
@pytest.mark.parametrize("menu", MENUS, ids=lambda menu: menu.name)
async def test_each_menu_of_the_table_is_there_and_answered(platform: Remote, village: Home, menu: Menu) -> None:
    ref = await platform.say("sam", platform.place, "Maya carried my bags")

    answer = await platform.menu("robin", ref, menu)

    assert handed_over(village)[1] == menu.name
    assert answer.cards or answer.form


@on(*REMOTE)
async def test_whoever_uses_a_menu_comes_with_their_name(platform: Remote, village: Home) -> None:
    await platform.menu("robin", await platform.say("sam", platform.place, "Hello"), ADD)

    assert handed_over(village)[0].name == "robin"


@on(*REMOTE)
async def test_a_menu_on_one_s_own_message_is_answered_to_the_person_alone(platform: Remote, village: Home) -> None:
    ref = await platform.say("robin", platform.place, "Maya carried my bags")

    await platform.menu("robin", ref, ADD)

    assert await platform.private("sam") == await platform.private("maya") == []
    assert await platform.channel(platform.place) == [Seen("Maya carried my bags")]


@on(*REMOTE)
async def test_who_is_mentioned_in_a_message_is_not_handed_over(platform: Remote, village: Home) -> None:
    ref = await platform.say("sam", platform.place, f"{platform.mention('maya')} carried my bags")

    await platform.menu("robin", ref, ADD)

    assert handed_over(village)[2].text == "someone carried my bags"


@on(*REMOTE)
async def test_a_place_that_is_closed_to_most_is_told_as_private(platform: Remote, village: Home) -> None:
    platform.close_to_most(platform.place)
    ref = await platform.say("sam", platform.place, "Between us")

    await platform.menu("robin", ref, ADD)

    assert handed_over(village)[2].where is Channel.PRIVATE


@on(*REMOTE)
async def test_kindling_s_own_message_is_told_by_its_reference(platform: Remote, village: Home) -> None:
    ref = await village.card()

    await platform.menu("robin", ref, ADD)

    _, _, said = handed_over(village)
    assert (said.ref, said.by_bot) == (ref, True)
    assert "try" in {action.name for action in said.actions}


@on(*REMOTE)
async def test_what_people_write_has_no_buttons_of_kindling_s(platform: Remote, village: Home) -> None:
    ref = await platform.say("sam", platform.place, "k:more:act")

    await platform.menu("robin", ref, ADD)

    assert handed_over(village)[2].actions == ()

"""Who may moderate: the platform's managers always, and whoever they choose."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import TryLater
from bot.domain.forms import Form, Rejected
from bot.domain.message import Card
from bot.domain.places import Actor, Named, Person, Standing
from tests.core.before import be_set_up
from tests.core.linked import TARA, TOMAS, link, unlink
from tests.core.test_overseeing import listed
from tests.core.village import MINUTE, a_village, button, card_of, command, press
from tests.house import House, member, moderator
from tests.letters import Letters

ROBIN, SAM = member("robin"), member("sam")
HELPER = replace(member("noor"), roles=frozenset({"r-help"}))
REFUSED = "This is for moderators"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, whose platform knows Robin, Sam, a role and a circle."""
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.people |= {
            Person("letters", "village", name): Standing(may_moderate=False, name=name.title())
            for name in ("robin", "sam")
        }
        house.letters.roles["r-help"] = "Community helpers"
        house.letters.circles["gardeners"] = {"sam"}
        yield house


async def choose(house: House, added: str) -> Card:
    return await command(house, "kindling moderators", add=added)


async def tries(house: House, actor: Actor) -> str:
    return (await command(house, "kindling status", actor)).plain()


async def test_without_words_it_lists_who_may_moderate(house: House) -> None:
    shown = await command(house, "kindling moderators")

    assert "Whoever may manage this place on the platform itself, always" in shown.plain()


async def test_a_chosen_person_may_moderate(house: House) -> None:
    assert REFUSED in await tries(house, ROBIN)

    shown = await choose(house, "@robin")

    assert "Robin" in shown.plain()
    assert "How things stand" in await tries(house, ROBIN)


async def test_a_chosen_role_may_moderate(house: House) -> None:
    await choose(house, "@Community helpers")

    assert "How things stand" in await tries(house, HELPER)
    assert REFUSED in await tries(house, member("noor"))


async def test_a_chosen_group_may_moderate_and_is_asked_about_at_each_press(house: House) -> None:
    await choose(house, "gardeners")
    assert "How things stand" in await tries(house, SAM)

    house.letters.circles["gardeners"].clear()

    assert REFUSED in await tries(house, SAM)


async def test_whoever_is_taken_off_is_refused_at_their_next_press(house: House) -> None:
    await choose(house, "robin")
    status = await command(house, "kindling status", ROBIN)
    await command(house, "kindling moderators", remove="robin")

    assert REFUSED in (await press(house, status, "Preview the week", ROBIN)).plain()


async def test_whoever_is_taken_off_is_refused_when_they_send_an_open_form(house: House) -> None:
    await choose(house, "robin")
    form = (await house.kindling.command(ROBIN, "kindling pause", {})).content
    assert isinstance(form, Form)
    await command(house, "kindling moderators", remove="robin")

    refused = card_of(await house.kindling.submit(ROBIN, form.name, form.subject, {"until": "2026-12-24"}))

    assert REFUSED in refused.plain()
    assert "Paused" not in await tries(house, moderator())


async def test_several_are_named_at_once(house: House) -> None:
    await choose(house, "@robin, @Community helpers <@sam>")

    assert "How things stand" in await tries(house, ROBIN)
    assert "How things stand" in await tries(house, SAM)
    assert "How things stand" in await tries(house, HELPER)


async def test_whoever_is_not_there_is_not_chosen(house: House) -> None:
    reply = await house.kindling.command(moderator(), "kindling moderators", {"add": "@nobody"})

    assert isinstance(reply.content, Rejected)
    assert "I could not tell who “nobody” is here." in reply.content.problems["add"]


async def test_a_chosen_moderator_cannot_change_the_list(house: House) -> None:
    await choose(house, "robin")

    told = await command(house, "kindling moderators", ROBIN, add="sam")

    assert "by the people who may manage this place itself" in told.plain()
    assert REFUSED in await tries(house, SAM)


async def test_a_chosen_moderator_cannot_take_back_a_change_of_the_list(house: House) -> None:
    await choose(house, "robin")
    await house.forward(MINUTE)
    await command(house, "kindling moderators", add="sam")
    undo = button(await command(house, "kindling audit", ROBIN), "Undo")

    told = card_of(await house.kindling.press(ROBIN, undo))

    assert "by the people who may manage this place itself" in told.plain()
    assert "How things stand" in await tries(house, SAM)


async def test_a_chosen_moderator_sees_the_list(house: House) -> None:
    await choose(house, "robin")

    assert "Robin" in (await command(house, "kindling moderators", ROBIN)).plain()


async def test_a_change_of_the_list_is_written_down_and_can_be_taken_back(house: House) -> None:
    await choose(house, "robin, sam")
    audit = await command(house, "kindling audit")
    assert listed(audit)[0] == "2 added to those who may moderate (moderators), by you"

    await press(house, audit, "Undo")

    assert REFUSED in await tries(house, ROBIN)


async def test_of_two_who_change_the_list_at_once_the_second_is_told(house: House) -> None:
    form = await house.kindling.press(moderator(), button(await command(house, "kindling moderators"), "Change this"))
    assert isinstance(form.content, Form)
    await command(house, "kindling moderators", moderator("noor"), add="sam")

    told = card_of(
        await house.kindling.submit(moderator(), form.content.name, form.content.subject, {"person": "robin"})
    )

    assert "Somebody else changed this" in told.plain()
    assert REFUSED in await tries(house, ROBIN)
    assert "How things stand" in await tries(house, SAM)


async def test_of_two_commands_at_once_neither_undoes_the_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the platform is asked who Robin is, somebody else chooses Sam."""
    looked_up = house.letters.who

    async def slowly(space: str, names: Collection[str]) -> Mapping[str, Named]:
        monkeypatch.setattr(house.letters, "who", looked_up)
        await command(house, "kindling moderators", moderator("noor"), add="@sam")
        return await looked_up(space, names)

    monkeypatch.setattr(house.letters, "who", slowly)
    said = await choose(house, "@robin")
    again = await choose(house, "@robin")

    assert "Somebody else changed this" in said.plain()
    assert [name in again.plain() for name in ("Robin", "Sam")] == [True, True]


async def test_the_form_adds_and_takes_off(house: House) -> None:
    await choose(house, "sam")
    form = await house.kindling.press(moderator(), button(await command(house, "kindling moderators"), "Change this"))
    assert isinstance(form.content, Form)
    given = {"person": "robin", "groups": "Community helpers", "remove": "sam"}

    await house.kindling.submit(moderator(), form.content.name, form.content.subject, given)

    assert "How things stand" in await tries(house, ROBIN)
    assert "How things stand" in await tries(house, HELPER)
    assert REFUSED in await tries(house, SAM)


async def test_whoever_is_gone_from_the_platform_can_be_taken_off(house: House) -> None:
    await choose(house, "robin")
    del house.letters.people[ROBIN.person]
    assert "somebody who is not here any more (robin)" in (await command(house, "kindling moderators")).plain()

    await command(house, "kindling moderators", remove="robin")

    assert "robin" not in (await command(house, "kindling moderators")).plain()


async def test_who_is_chosen_in_one_place_moderates_no_other(house: House) -> None:
    await choose(house, "robin")

    assert REFUSED in await tries(house, member("robin", space="city"))


async def test_what_an_administrator_has_to_do_is_said_in_the_platforms_words(house: House) -> None:
    house.letters.admitting = "Tell the postman too."

    assert "Tell the postman too." in (await choose(house, "robin")).plain()


async def test_whoever_writes_directly_has_the_rights_of_their_place(house: House) -> None:
    """A direct message comes without a channel, and on some platforms without rights."""
    house.letters.people[Person("letters", "village", "maya")] = Standing(may_moderate=True, name="Maya")

    assert "How things stand" in await tries(house, member("maya", channel=""))
    assert REFUSED in await tries(house, member("robin", channel=""))


async def test_whoever_left_moderates_nothing_from_a_direct_message(house: House) -> None:
    await choose(house, "robin")
    del house.letters.people[ROBIN.person]

    assert REFUSED in await tries(house, replace(ROBIN, channel=""))


async def test_however_many_are_named_the_platform_is_not_asked_about_all_of_them(house: House) -> None:
    asked: list[Collection[str]] = []

    class Counting(Letters):
        async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
            asked.append(said)
            return await super().who(space, said)

    house.letters.__class__ = Counting
    shown = await house.kindling.command(
        moderator(), "kindling moderators", {"add": ",".join(map(str, range(1000, 3000)))}
    )

    assert isinstance(shown.content, Rejected)
    assert "more names than I can look up" in shown.content.problems["add"]
    assert asked == []


async def test_presses_of_members_ask_nobody_about_them(house: House) -> None:
    await choose(house, "gardeners")
    await command(house, "kindling post")
    today = await command(house, "kind today", ROBIN)
    await press(house, today, "I'll try one", ROBIN)

    assert house.letters.asked == []


async def test_while_the_platform_tells_nothing_it_is_said_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await choose(house, "gardeners")

    async def silent(person: Person, groups: Collection[str]) -> frozenset[str]:
        raise TryLater("letters.asleep")

    monkeypatch.setattr(house.letters, "belongs", silent)

    assert "I could not ask just now whether you may do this" in await tries(house, SAM)


async def test_a_list_holds_as_many_as_a_form_can_show(house: House) -> None:
    house.letters.circles |= {f"c{number}": set() for number in range(26)}

    reply = await house.kindling.command(
        moderator(), "kindling moderators", {"add": " ".join(f"c{n}" for n in range(26))}
    )

    assert isinstance(reply.content, Rejected)
    assert "holds 25" in reply.content.problems["add"]


async def test_who_chose_whom_stays_with_a_place_that_is_linked_and_unlinked(house: House) -> None:
    await be_set_up(house, TOMAS, channel="market")
    house.letters.people[TARA.person] = Standing(may_moderate=False, name="Tara")
    await link(house)
    await command(house, "kindling moderators", TOMAS, add="tara")
    linked = [(await command(house, "kindling audit", one)).plain() for one in (TOMAS, moderator())]
    await unlink(house)
    apart = [(await command(house, "kindling audit", one)).plain() for one in (TOMAS, moderator())]

    assert ["moderators" in text and "added to" in text for text in (*linked, *apart)] == [True, False, True, False]

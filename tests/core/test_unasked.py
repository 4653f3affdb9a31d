"""People of whom an event does not say who they are: the platform is asked behind the door, where that matters."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bot.domain.errors import TryLater
from bot.domain.forms import Form
from bot.domain.message import Action, Reply
from bot.domain.places import Actor, Person, Standing
from bot.services.acquaintance import SPARINGLY
from bot.services.commands import COMMANDS
from bot.services.whom import FOR_EVERYBODY, MORE_FOR_MODERATORS, ONES_OWN
from bot.storage.tables import acts
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, shared
from tests.core.village import DAY, a_village, button, card_of, command, labels, marks, rows, the_delivery
from tests.house import House, member, moderator
from tests.letters import Letters

FEW_MINUTES = timedelta(minutes=5)
ROBIN = replace(member(), zone="", asked=False)
MAYA = replace(moderator(), may_moderate=False, zone="", asked=False)
UNTOLD = replace(ROBIN, stranger=None)
"""Robin, of whom the event does not even say that they belong here."""
NOT_TOLD = "I could not ask just now"
FOR_MODERATORS = "This is for moderators"
STRANGE = "That is for the people of this place."
MODERATORS_BUTTONS = (
    "check",
    "preview",
    "post",
    "resume",
    "queue",
    "audit",
    "rebuild",
    "settings",
    "prompts",
    "export",
)


class Counting(Letters):
    """Writes down of whom it was asked who they are, and can be silent about it."""

    questions: list[Person]
    silent: bool

    async def standing(self, person: Person) -> Standing | None:
        self.questions.append(person)
        if self.silent:
            raise TryLater("letters.busy")
        return await super().standing(person)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.people |= {
            ROBIN.person: Standing(may_moderate=False, name="Robin", zone="Europe/Berlin"),
            MAYA.person: Standing(may_moderate=True, name="Maya"),
        }
        house.letters.__class__ = Counting
        letters(house).questions, letters(house).silent = [], False
        yield house


def letters(house: House) -> Counting:
    return cast("Counting", house.letters)


async def pressed(house: House, actor: Actor, name: str, subject: str = "") -> str:
    """What answers a press: the words of a card, or a form's title."""
    content = (await house.kindling.press(actor, Action(name, subject))).content
    return content.title if isinstance(content, Form) else card_of(Reply(content)).plain()


async def the_card(house: House) -> str:
    await house.forward(DAY)
    return (await the_delivery(house)).id


async def test_a_plain_button_of_a_card_asks_nobody_who_presses_it(house: House) -> None:
    card = await the_card(house)

    for name in ("try", "untry", "another", "rest", "try"):
        await pressed(house, UNTOLD, name, card)

    assert letters(house).questions == []
    assert ("🌱", "button") in await marks(house)


async def test_what_can_be_done_without_knowing_is_done_while_the_platform_tells_nothing(house: House) -> None:
    act = await shared(house, member())
    letters(house).silent = True

    told = {name: await pressed(house, UNTOLD, name, act) for name in sorted(ONES_OWN | {"try", "another", "warm"})}

    assert {name for name, shown in told.items() if NOT_TOLD in shown} == set()
    assert letters(house).questions == []


async def test_what_needs_to_know_who_belongs_here_says_kindly_that_nobody_tells(house: House) -> None:
    act = await shared(house, member())
    letters(house).silent = True

    names = ("wall", "read", "share", "edit", "vote", "join", "agree")
    told = {name: await pressed(house, UNTOLD, name, act) for name in names}

    assert {name for name, shown in told.items() if NOT_TOLD not in shown} == set()


async def test_whether_somebody_belongs_here_is_asked_once_in_a_few_minutes(house: House) -> None:
    await shared(house, member())

    told = [await pressed(house, UNTOLD, "read") for _ in range(3)]
    await house.forward(FEW_MINUTES)
    await pressed(house, UNTOLD, "read")

    assert all(TOLD["text"] in shown for shown in told)
    assert letters(house).questions == [ROBIN.person, ROBIN.person]


async def test_whoever_left_reads_on_for_a_few_minutes_at_most(house: House) -> None:
    await shared(house, member("noor"))
    before = await pressed(house, UNTOLD, "read")
    del house.letters.people[ROBIN.person]

    await house.forward(FEW_MINUTES)

    assert TOLD["text"] in before
    assert STRANGE in await pressed(house, UNTOLD, "read")


async def test_whoever_belongs_here_by_the_event_reads_the_wall_and_nobody_is_asked(house: House) -> None:
    await shared(house, member())
    letters(house).silent = True

    assert TOLD["text"] in await pressed(house, ROBIN, "read")
    assert letters(house).questions == []


async def test_a_name_in_a_form_is_asked_about_once_in_a_few_minutes(house: House) -> None:
    shown = [(await house.kindling.press(ROBIN, Action("share"))).content for _ in range(2)]

    assert all("My name (Robin)" in str(form) for form in shown)
    assert letters(house).questions == [ROBIN.person]


async def test_where_very_many_open_a_form_the_platform_is_left_alone_after_some(house: House) -> None:
    crowd = [replace(ROBIN, person=Person("letters", "village", f"u{number}")) for number in range(SPARINGLY + 5)]
    house.letters.people |= {actor.person: Standing(may_moderate=False) for actor in crowd}

    shown = [await pressed(house, actor, "share") for actor in crowd]

    assert set(shown) == {"Share a kindness"}
    assert len(letters(house).questions) == SPARINGLY


async def test_whoever_agrees_to_be_named_is_asked_about_as_their_name_is_shown_to_all(house: House) -> None:
    act = await shared(house, member())
    await pressed(house, ROBIN, "share")

    await pressed(house, ROBIN, "agree", act)

    assert letters(house).questions == [ROBIN.person, ROBIN.person]


async def test_whatever_moderators_press_is_asked_about_each_time_whatever_is_remembered(house: House) -> None:
    await pressed(house, MAYA, "share")
    before = len(letters(house).questions)

    with_right = {name: await pressed(house, MAYA, name) for name in MODERATORS_BUTTONS}
    house.letters.people[MAYA.person] = Standing(may_moderate=False, name="Maya")
    without = {name: await pressed(house, MAYA, name) for name in MODERATORS_BUTTONS}

    assert {name for name, shown in with_right.items() if FOR_MODERATORS in shown} == set()
    assert {name for name, shown in without.items() if FOR_MODERATORS not in shown} == set()
    assert len(letters(house).questions) - before == 2 * len(MODERATORS_BUTTONS)


async def test_a_member_of_whom_nothing_was_said_is_refused_every_command_of_moderators(house: House) -> None:
    names = [one.name for one in COMMANDS if one.moderators_only]

    told = {name: (await command(house, name, UNTOLD)).plain() for name in names}

    assert {name for name, shown in told.items() if FOR_MODERATORS not in shown} == set()
    assert len(letters(house).questions) == len(names)


@pytest.mark.parametrize("actor", [ROBIN, UNTOLD])
async def test_no_button_of_moderators_does_anything_while_the_platform_tells_nothing(
    house: House, actor: Actor
) -> None:
    act = await shared(house, member())
    card = await the_card(house)
    letters(house).silent = True
    theirs = house.kindling._to.buttons.keys() - FOR_EVERYBODY - ONES_OWN - MORE_FOR_MODERATORS

    told = {name: await pressed(house, actor, name, subject) for name in theirs for subject in ("", act, card)}

    assert len(theirs) > 50
    assert {name for name, shown in told.items() if NOT_TOLD not in shown} == set()


async def test_a_chosen_moderator_is_known_by_their_press(house: House) -> None:
    await command(house, "kindling moderators", add="robin")

    before = await pressed(house, ROBIN, "check")
    await command(house, "kindling moderators", remove="robin")

    assert FOR_MODERATORS not in before
    assert FOR_MODERATORS in await pressed(house, ROBIN, "check")


async def test_whoever_became_a_moderator_sees_what_is_theirs_after_a_few_minutes(house: House) -> None:
    act = await shared(house, member("noor"))
    house.letters.people[MAYA.person] = Standing(may_moderate=False)
    await house.kindling.press(MAYA, Action("more", act))
    house.letters.people[MAYA.person] = Standing(may_moderate=True)

    await house.forward(FEW_MINUTES)
    more = card_of(await house.kindling.press(MAYA, Action("more", act)))

    assert "Hide it" in labels(more)


async def test_a_stranger_is_refused_as_soon_as_the_platform_says_so(house: House) -> None:
    act = await shared(house, member())
    house.letters.people[ROBIN.person] = Standing(may_moderate=True, stranger=True)

    told = [await pressed(house, UNTOLD, name, act) for name in ("read", "share", "edit", "publish", "check", "open")]
    commands = [(await command(house, name, UNTOLD)).plain() for name in ("kind wall", "kind share", "kind suggest")]

    assert all(STRANGE in shown for shown in (*told, *commands))


async def test_an_act_is_put_on_the_wall_only_when_it_is_known_who_does_that(house: House) -> None:
    preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
    letters(house).silent = True

    told = card_of(await house.kindling.press(ROBIN, button(preview, "Put it on the wall")))

    assert NOT_TOLD in told.plain()
    assert [row["standing"] for row in await rows(house, acts)] == ["draft"]


async def test_whoever_reads_on_in_a_direct_message_is_not_asked_about_each_time(house: House) -> None:
    await shared(house, member())
    direct = member(channel="")

    told = [await pressed(house, direct, "read") for _ in range(3)]

    assert all(TOLD["text"] in shown for shown in told)
    assert letters(house).questions == [ROBIN.person]

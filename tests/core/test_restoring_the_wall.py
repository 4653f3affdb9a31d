"""After a backup was put back: what stands on the wall, what was taken off it since, and what came since."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.errors import TryLater
from bot.domain.message import Action, Text
from bot.domain.places import MessageRef
from bot.domain.wall import UNSURE
from bot.storage.tables import act_copies, acts
from tests.core.before import be_set_up
from tests.core.linked import ROBIN, TARA, copies, link, two_places
from tests.core.test_naming_across import a_named_kim, names
from tests.core.test_overseeing import standing
from tests.core.test_restoring import doubt, file_in, put_back, told
from tests.core.test_sharing import TOLD, is_copy, named, on_wall, share, shared, the_act
from tests.core.village import (
    HOUR,
    MINUTE,
    MONDAY,
    SQUARE,
    a_sleeping_village,
    a_village,
    card_of,
    labels,
    press,
    rows,
)
from tests.house import House, member, moderator

LATER = MONDAY + HOUR / 2
BOTH = {"audience": "both"}


def texts(house: House) -> list[str]:
    return [card.plain().split("“")[1].split("”")[0] for card in on_wall(house)]


def names_on(house: House) -> list[str]:
    return [part.text for card in on_wall(house) for part in card.body if isinstance(part, Text)]


async def down(house: House, act: str) -> None:
    await house.kindling.press(member(), Action("down", act))


async def removed(house: House, act: str) -> None:
    await house.kindling.press(member(), Action("erase", act))


async def hidden(house: House, act: str) -> None:
    await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."})


async def one_act(folder: Path) -> tuple[House, bytes, str]:
    """A village with one act on its wall, and the database as it was then."""
    async with a_village(folder) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        act = await the_act(house)
    return house, file_in(folder).read_bytes(), act


def touched(house: House, text: str) -> MessageRef:
    """The message that shows an act of these words."""
    [number] = [n for n, one in enumerate(house.letters.letters) if is_copy(one.card) and text in one.card.plain()]
    return MessageRef(SQUARE, str(number))


async def test_what_is_on_the_wall_is_not_put_there_again(tmp_path: Path) -> None:
    house, backup, _ = await one_act(tmp_path)
    before = len(house.letters.letters)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()

        assert len(house.letters.letters) == before
        assert len(on_wall(house)) == 1
        assert await standing(house) == "shown"
        assert told(house) == []


async def test_a_copy_shows_what_the_backup_says(tmp_path: Path) -> None:
    house, backup, act = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Later words."})
        await house.core.engine.settle()
        later = texts(house)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()

        assert (later, texts(house)) == (["Later words."], [TOLD["text"]])


@pytest.mark.parametrize("way", [down, removed, hidden])
async def test_what_was_taken_off_after_the_backup_does_not_come_back(
    tmp_path: Path, way: Callable[[House, str], Awaitable[None]]
) -> None:
    house, backup, act = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await way(house, act)
        await house.core.engine.settle()
        house.letters.told.clear()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()
        wall = card_of(await house.kindling.command(member("kim"), "kind wall", {}))
        gone = on_wall(house)
        [(person, asked)] = told(house)
        await press(house, asked, "Put it on the wall", member())
        await house.core.engine.settle()

        assert (gone, "still empty" in wall.plain()) == ([], True)
        assert (person.user, labels(asked)) == ("robin", ["Put it on the wall", "Remove it"])
        assert texts(house) == [TOLD["text"]]


async def test_a_moderators_rebuild_brings_nothing_back_that_was_taken_off(tmp_path: Path) -> None:
    house, backup, act = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await removed(house, act)
        await house.core.engine.settle()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.kindling.command(moderator(), "kindling wall rebuild", {})
        await house.core.engine.settle()

        assert on_wall(house) == []
        assert await standing(house) == "private"


async def test_what_was_taken_back_from_the_linked_place_does_not_return_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        act = await shared(house, ROBIN, **BOTH)
        await house.core.engine.settle()
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.kindling.submit(ROBIN, "share", act, TOLD | {"audience": "here"})
        await house.core.engine.settle()
        before = copies(house, "village"), copies(house, "town")

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()
        there = card_of(await house.kindling.command(TARA, "kind wall", {}))

        assert before == ([TOLD["text"]], [])
        assert (copies(house, "village"), copies(house, "town")) == before
        assert "still empty" in there.plain()
        assert await standing(house) == "shown"


async def test_what_is_taken_back_from_the_linked_place_names_nobody_of_it_any_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        act = await a_named_kim(house)
        await house.core.engine.settle()
    backup = file_in(tmp_path).read_bytes()
    [there] = [one for one in house.letters.letters if one.place.space == "town" and is_copy(one.card)]
    there.gone = True

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()

        assert await names(house, "village") == ["From someone."]
        [row] = await rows(house, acts)
        assert (row["id"], row["named_as"], row["consent"]) == (act, "", "unasked")


async def test_what_one_place_deleted_by_hand_stays_where_it_is_shown(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await shared(house, TARA, **BOTH)
        await house.core.engine.settle()
    backup = file_in(tmp_path).read_bytes()
    [by_hand] = [one for one in house.letters.letters if one.place.space == "town" and is_copy(one.card)]
    by_hand.gone = True
    house.letters.told.clear()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()

        assert (len(copies(house, "village")), copies(house, "town")) == (1, [])
        assert await standing(house) == "shown"
        assert told(house) == []


async def test_what_came_after_the_backup_is_taken_away_as_soon_as_somebody_touches_it(tmp_path: Path) -> None:
    house, backup, _ = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        late = await shared(house, member("kim"), text="Came later.")
        await house.core.engine.settle()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()
        before = texts(house)
        answer = await house.kindling.press(member("lou"), Action("more", late), touched(house, "Came later."))
        await house.core.engine.settle()

        assert before == [TOLD["text"], "Came later."]
        assert texts(house) == [TOLD["text"]]
        assert "is not here any more" in card_of(answer).plain()
        assert len(await rows(house, act_copies)) == 1


async def test_what_was_put_back_after_the_backup_is_adopted_as_soon_as_somebody_touches_it(tmp_path: Path) -> None:
    house, _, act = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await down(house, act)
        await house.core.engine.settle()
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + 2 * MINUTE, house.letters) as house:
        await house.kindling.press(member(), Action("publish", act))
        await house.core.engine.settle()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        last = MessageRef(SQUARE, str(len(house.letters.letters) - 1))
        await house.kindling.press(member("kim"), Action("more", act), last)
        await house.core.engine.settle()

        assert await standing(house) == "private"
        assert on_wall(house) == []


async def test_what_was_about_to_be_sent_is_not_sent_twice_and_adopted_when_somebody_touches_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults.append(("before", TryLater("letters.busy", after=5 * MINUTE)))
        await share(house)
        act = await the_act(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.forward(6 * MINUTE)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()
        unsure, shown = [row["stuck"] for row in await rows(house, act_copies)], len(on_wall(house))
        await house.kindling.press(member("kim"), Action("warm", act), touched(house, TOLD["text"]))
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Other words."})
        await house.core.engine.settle()

        assert (unsure, shown) == ([UNSURE], 1)
        assert texts(house) == ["Other words."]


async def test_of_two_messages_that_show_one_act_the_unknown_one_goes_when_it_is_touched(tmp_path: Path) -> None:
    house, _, act = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        [card] = on_wall(house)
        ref = await house.letters.send(SQUARE, card, "another")

        await house.kindling.press(member("kim"), Action("more", act), ref)
        await house.core.engine.settle()

        assert len(on_wall(house)) == 1
        assert house.letters.letters[int(ref.message)].gone


async def test_other_buttons_take_no_message_away(tmp_path: Path) -> None:
    house, _, act = await one_act(tmp_path)
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        [card] = on_wall(house)
        ref = await house.letters.send(SQUARE, card, "another")

        for name in ("try", "why", "edit", "open"):
            await house.kindling.press(member("kim"), Action(name, act), ref)
            await house.kindling.press(member("kim"), Action(name, "nothing known"), ref)
        await house.core.engine.settle()

        assert not house.letters.letters[int(ref.message)].gone


async def test_an_author_of_many_acts_is_told_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        for number in range(3):
            await shared(house, member(), text=f"Number {number}.")
        await house.core.engine.settle()
    backup = file_in(tmp_path).read_bytes()
    for letter in house.letters.letters:
        letter.gone = True
    house.letters.told.clear()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()

        [(person, asked)] = told(house)
        assert person.user == "robin"
        assert "/kind me shows them" in asked.footnote
        assert {row["standing"] for row in await rows(house, acts)} == {"private"}


async def test_a_yes_that_was_taken_back_after_the_backup_is_asked_for_again(tmp_path: Path) -> None:
    house, _, act = await one_act(tmp_path)
    kim = named("kim", "Kim")
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.kindling.submit(member(), "name", act, {"member": "kim"})
        await press(house, house.letters.told[-1][1], "Yes, name me", kim)
        await house.core.engine.settle()
        before = names_on(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.kindling.press(kim, Action("decline", act))
        await house.core.engine.settle()
        house.letters.told.clear()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.core.engine.settle()
        after = names_on(house)
        found = card_of(await house.kindling.command(member("lou"), "kind wall", {"search": "Kim"}))
        for tidy in house.core.engine.tidying:
            await tidy()
        [(person, asked)] = told(house)
        await press(house, asked, "Yes, name me", kim)
        await house.core.engine.settle()

        assert (before, after, names_on(house)) == (["From Kim."], ["From someone."], ["From Kim."])
        assert "Nothing on the wall holds" in found.plain()
        assert person.user == "kim"


@pytest.mark.parametrize("known", [True, False])
async def test_two_who_touch_one_unknown_message_at_once_have_one_outcome(tmp_path: Path, *, known: bool) -> None:
    house, _, act = await one_act(tmp_path)
    shown = house.letters
    card = on_wall(house)[0]
    for letter in shown.letters:
        letter.gone = letter.gone or (is_copy(letter.card) and known)
    unknown = await shown.send(SQUARE, card, "another")
    await doubt(tmp_path, LATER)
    async with a_sleeping_village(tmp_path, LATER) as house:
        presses = [
            asyncio.create_task(house.kindling.press(member(user), Action("warm", act if known else "none"), unknown))
            for user in ("kim", "lou")
        ]
        async with house.database.unit_of_work():
            await asyncio.wait(presses, timeout=0.3)  # until both wait for us, and have seen that nobody knows it
        await asyncio.gather(*presses)
        strays = [row["message"] for row in await rows(house, act_copies) if row["act_id"] != act]

    async with a_village(tmp_path, LATER, shown) as house:
        await house.core.engine.settle()

        assert len(strays) == 1
        assert len(on_wall(house)) == 1
        assert await standing(house) == "shown"

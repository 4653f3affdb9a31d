"""After a backup was put back: what was closed, ended or erased since it was made is not open again by silence."""

from datetime import timedelta
from pathlib import Path

from bot.domain.desk import SignedIn, Turned
from bot.domain.message import Action, Card
from bot.domain.pages import PageWish
from bot.domain.places import Person, Standing
from bot.storage.erased import ErasedSpaces
from bot.storage.tables import alerts, leavings, open_walls, sessions, sign_ins, spaces, wall_blocks
from tests.core.before import be_set_up
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, a_code, asked, copies, entered, link, two_places, unlink
from tests.core.test_accounts import linked_places, mine, one_person
from tests.core.test_alerts import TOWER
from tests.core.test_leaving_for_good import agreed, cards, ids_of, leave, traces
from tests.core.test_opening import opened
from tests.core.test_restoring import RESTORED, doubt, file_in, put_back
from tests.core.test_sharing import share, shared
from tests.core.test_visiting import a_key, a_session
from tests.core.village import DAY, HOUR, MINUTE, MONDAY, NINE, a_village, command, line, press, rows
from tests.house import House

LATER = MONDAY + HOUR / 2
MAYAS = Standing(may_moderate=True, name="Maya", zone="Europe/Berlin")


def told_after_it(house: House) -> list[tuple[Person, Card]]:
    """What moderators are told after a restore."""
    return [(person, card) for person, card in house.letters.told if card.heading == RESTORED]


async def settled(house: House) -> None:
    """After a start: what is to be done at once is done."""
    await house.core.engine.settle()


async def test_a_page_that_was_open_is_closed_and_its_address_leads_nowhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        await command(house, "kindling wall close")

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        assert await house.kindling.read_page(key, PageWish()) is None
        assert await rows(house, open_walls) == []
        assert "closed" in (await command(house, "kindling wall open")).plain()
        assert await house.kindling.read_page(await opened(house), PageWish()) is not None


async def test_moderators_are_told_once_that_the_page_is_closed_and_how_to_open_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await opened(house)

    await doubt(tmp_path, LATER)
    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER) as house:
        await house.until(LATER + DAY)

        [(person, card)] = told_after_it(house)
        assert person == MAYA.person
        assert "/kindling wall open opens it" in line(card, "The wall’s page")


async def test_it_is_told_in_the_moderators_place_where_there_is_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.locked.add(TOWER)
        await command(house, "kindling moderators", place="tower")

    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER) as house:
        house.letters.locked.add(TOWER)
        await settled(house)

        assert [letter.card.heading for letter in house.letters.letters if letter.place == TOWER] == [RESTORED]
        assert told_after_it(house) == []


async def test_it_is_told_also_when_kindling_is_started_days_after_the_restore(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER + timedelta(days=5)) as house:
        await settled(house)

        assert len(told_after_it(house)) == 1


async def test_a_place_where_nobody_set_anything_up_is_told_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await house.kindling.joined("letters", "village")

    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER) as house:
        kept = await rows(house, alerts)
        await settled(house)

        assert (kept, house.letters.told) == ([], [])


async def test_what_does_not_concern_a_place_is_not_told_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER) as house:
        await settled(house)

        [(_, card)] = told_after_it(house)
        said = card.plain()
        assert "/kindling settings" in said
        assert not any(word in said for word in ("wall open", "unlink", "/kindling moderators", "/kind link"))


async def test_a_session_that_was_ended_since_does_not_live_again_and_a_used_link_lets_nobody_in(
    tmp_path: Path,
) -> None:
    async with a_village(tmp_path) as house:
        house.letters.people[MAYA.person] = MAYAS
        token, key = await a_session(house), await a_key(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        house.letters.people[MAYA.person] = MAYAS
        assert isinstance(await house.kindling.sign_in(key), SignedIn)
        await house.kindling.sign_out(token)

    await put_back(tmp_path, backup, MONDAY + 2 * MINUTE)
    async with a_village(tmp_path, MONDAY + 2 * MINUTE) as house:
        house.letters.people[MAYA.person] = MAYAS

        assert await house.kindling.visitor(token) is Turned.UNKNOWN
        assert await house.kindling.sign_in(key) is Turned.UNKNOWN
        assert (await rows(house, sessions), await rows(house, sign_ins)) == ([], [])


async def test_a_code_that_was_used_since_is_good_for_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        code = await a_code(house)
    backup = file_in(tmp_path).read_bytes()

    await put_back(tmp_path, backup, MONDAY + MINUTE)
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        assert "I do not know that code" in (await entered(house, code)).plain()


async def test_a_question_that_was_declined_since_cannot_be_answered_with_yes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question = await asked(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        await press(house, question, "Not now", MAYA)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        said = await press(house, question, "Link both places", MAYA)

        assert "from another time" in said.plain()
        assert "linked with no other" in (await unlink(house)).plain()


async def test_accounts_that_stand_for_themselves_since_do_so_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        await shared(house, ROBIN, text="From Robin.")
        await one_person(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        await house.kindling.command(ROBIN, "kind unlink", {})

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await settled(house)

        assert (await mine(house, ROBIN), await mine(house, TARA)) == (["From Robin."], [])
        assert {line(card, "Accounts") for _, card in told_after_it(house)} == {
            "Members who had linked two accounts stand for each by itself. /kind link links them again."
        }
        await one_person(house)
        assert await mine(house, TARA) == ["From Robin."]


async def test_whoever_was_blocked_stays_so_with_both_accounts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await linked_places(house)
        act = await shared(house, ROBIN, text="From Robin.")
        await one_person(house)
        await house.kindling.press(MAYA, Action("block!", act))
        before = await rows(house, wall_blocks)

    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER) as house:
        assert (len(before), len(await rows(house, wall_blocks))) == (1, 2)


async def test_places_that_are_linked_again_are_both_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        await unlink(house)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await settled(house)

        told = {person: line(card, "Linked places") for person, card in told_after_it(house)}
        assert told.keys() == {MAYA.person, TOMAS.person}
        assert all("/kindling unlink" in said for said in told.values())


async def test_that_chosen_people_may_moderate_again_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.people[ROBIN.person] = Standing(may_moderate=False, name="Robin")
        await command(house, "kindling moderators", add="robin")
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE) as house:
        house.letters.people[ROBIN.person] = Standing(may_moderate=False, name="Robin")
        await command(house, "kindling moderators", remove="robin")

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await settled(house)

        [(_, card)] = told_after_it(house)
        assert "/kindling moderators" in line(card, "Who may moderate")


async def test_a_place_that_was_erased_since_is_erased_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        known = await ids_of(house, "village")
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await leave(house)
        house.letters.told.clear()
        before = len(house.letters.letters)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.until(LATER + DAY)

        assert await traces(house, known) == set()
        assert len(house.letters.letters) == before
        assert house.letters.told == []


async def test_a_place_whose_messages_are_there_still_loses_them_as_it_is_erased_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await share(house)
        known, [space] = await ids_of(house, "village"), await rows(house, spaces)
    await ErasedSpaces(file_in(tmp_path)).keep(space["id"], MONDAY)

    await doubt(tmp_path, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        before = len(copies(house, "village"))
        await house.until(LATER + MINUTE)

        assert (before, copies(house, "village")) == (1, [])
        assert await traces(house, known) == set()


async def test_a_place_that_came_back_after_it_was_erased_is_another_one_and_stays(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await leave(house)
        await be_set_up(house, weekly="off")
    backup = file_in(tmp_path).read_bytes()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await house.until(NINE + MINUTE)

        assert cards(house) == [NINE]


async def test_a_place_that_stays_after_all_is_not_erased_by_a_restore(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path) as house:
        question = await press(house, await command(house, "kindling leave"), "Go on")
        under_way = await press(house, question, "Erase everything")
        await press(house, under_way, "Stay after all")
        await house.forward(2 * MINUTE)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await house.until(NINE + MINUTE)

        assert cards(house) == [NINE]
        assert await rows(house, leavings) == []


async def test_a_yes_to_leaving_that_may_have_been_taken_back_since_erases_nothing_and_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await agreed(house)
    backup = file_in(tmp_path).read_bytes()

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await house.until(NINE + MINUTE)

        [(_, card)] = told_after_it(house)
        assert "/kindling leave" in line(card, "Leaving")
        assert cards(house) == [NINE]


async def test_a_yes_to_leaving_after_which_it_was_erased_goes_on(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        known = await ids_of(house, "village")
        await agreed(house)
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path) as house:
        await house.forward(2 * MINUTE)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER) as house:
        await house.until(NINE + MINUTE)

        assert await traces(house, known) == set()
        assert cards(house) == []


async def test_those_that_were_linked_with_an_erased_place_stay(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await shared(house, TARA, text="From Tara.", audience="both")
        await shared(house, ROBIN, text="From Robin.", audience="both")
        await settled(house)
        known = await ids_of(house, "village")
    backup = file_in(tmp_path).read_bytes()
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await leave(house)
        await house.forward(MINUTE)

    await put_back(tmp_path, backup, LATER)
    async with a_village(tmp_path, LATER, house.letters) as house:
        await house.until(LATER + 2 * MINUTE)

        assert await traces(house, known) == set()
        assert copies(house, "town") == ["From Tara."]

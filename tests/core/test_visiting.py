"""Coming to the moderators' pages: one link, one session, and the platform asked each time."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import Surroundings
from bot.compose import build_core
from bot.domain.desk import (
    AT_MOST,
    LINK_GOOD_FOR,
    LOOKS_A_MINUTE,
    SESSIONS_OF_ONE,
    UNUSED_FOR,
    SignedIn,
    Turned,
    Visitor,
)
from bot.domain.errors import TryLater
from bot.domain.message import Card
from bot.domain.places import Actor, Person, Standing
from bot.storage.tables import sessions, sign_ins
from tests.core.linked import TOMAS, link, two_places, unlink
from tests.core.test_schedules import form_of
from tests.core.village import HOUR, MINUTE, a_village, card_of, command, labels, press, rows
from tests.house import DESK, House, member, moderator
from tests.letters import Letters
from tests.prepared import the_library

MAYA = moderator().person
ROBIN = member("robin")


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[House]:
    async with a_village(tmp_path) as house:
        house.letters.people[MAYA] = Standing(may_moderate=True, name="Maya", zone="Europe/Berlin")
        yield house


def key_on(card: Card) -> str:
    [key] = re.findall(rf"{re.escape(DESK)}/in/(\w+)", card.plain())
    return str(key)


async def a_key(house: House, actor: Actor | None = None) -> str:
    return key_on(await command(house, "kindling web", actor))


async def a_session(house: House) -> str:
    came = await house.kindling.sign_in(await a_key(house))
    assert isinstance(came, SignedIn)
    return came.token


async def robins_session(house: House, added: str = "robin") -> str:
    """The token of somebody who may moderate because the list has them, or a circle of theirs."""
    house.letters.people[ROBIN.person] = Standing(may_moderate=False, name="Robin")
    await command(house, "kindling moderators", add=added)
    came = await house.kindling.sign_in(await a_key(house, ROBIN))
    assert isinstance(came, SignedIn)
    return came.token


async def test_a_link_lets_its_moderator_in_as_the_platform_knows_them(village: House) -> None:
    came = await village.kindling.sign_in(await a_key(village))

    assert isinstance(came, SignedIn)
    visitor = await village.kindling.visitor(came.token)
    assert visitor == came.visitor
    assert isinstance(visitor, Visitor)
    assert visitor.actor == replace(moderator(), name="Maya")


async def test_a_link_is_good_once(village: House) -> None:
    key = await a_key(village)
    await village.kindling.sign_in(key)

    assert await village.kindling.sign_in(key) is Turned.UNKNOWN


async def test_of_two_who_use_a_link_at_once_one_comes_in(village: House) -> None:
    key = await a_key(village)

    came = await asyncio.gather(*(village.kindling.sign_in(key) for _ in range(4)))

    assert sorted(isinstance(one, SignedIn) for one in came) == [False, False, False, True]
    assert len(await rows(village, sessions)) == 1


async def test_a_link_is_good_for_ten_minutes(village: House) -> None:
    key = await a_key(village)
    late = await a_key(village, moderator("noor"))
    village.letters.people[Person("letters", "village", "noor")] = Standing(may_moderate=True)

    village.clock.at += LINK_GOOD_FOR - timedelta(seconds=1)
    assert isinstance(await village.kindling.sign_in(key), SignedIn)
    village.clock.at += timedelta(seconds=1)
    assert await village.kindling.sign_in(late) is Turned.UNKNOWN


async def test_a_new_link_ends_the_one_before(village: House) -> None:
    first, second = await a_key(village), await a_key(village)

    assert await village.kindling.sign_in(first) is Turned.UNKNOWN
    assert isinstance(await village.kindling.sign_in(second), SignedIn)


@pytest.mark.parametrize("wrong", ["", "0" * 48, "\ud800", "'; DROP TABLE sign_ins; --"])
async def test_what_was_never_a_key_or_a_token_opens_nothing(village: House, wrong: str) -> None:
    await a_session(village)

    assert await village.kindling.sign_in(wrong) is Turned.UNKNOWN
    assert await village.kindling.visitor(wrong) is Turned.UNKNOWN


async def test_members_are_given_no_link(village: House) -> None:
    card = await command(village, "kindling web", member())

    assert card.heading == "Not this time"
    assert await rows(village, sign_ins) == []


async def test_where_no_pages_are_served_that_is_said_with_what_to_do(village: House) -> None:
    core = build_core(village.database, the_library(), village.room, village.clock, watcher=village.notebook)

    card = card_of(await core.kindling.command(moderator(), "kindling web", {}))

    assert "[adapters.wall]" in card.plain()
    assert await rows(village, sign_ins) == []


async def test_neither_key_nor_token_is_kept_or_logged(village: House) -> None:
    with capture_logs() as logs:
        key = await a_key(village)
        links = await rows(village, sign_ins)
        came = await village.kindling.sign_in(key)
        assert isinstance(came, SignedIn)
        await village.kindling.visitor(came.token)

    told = f"{links}{await rows(village, sessions)}{logs}{came!r}"
    assert key not in told
    assert came.token not in told
    assert len(bytes.fromhex(key)) * 8 == 192


async def test_whoever_lost_the_right_is_not_let_in_any_more(village: House) -> None:
    token, key = await a_session(village), await a_key(village)

    village.letters.people[MAYA] = Standing(may_moderate=False)

    assert await village.kindling.visitor(token) is Turned.NO_MODERATOR
    assert await village.kindling.sign_in(key) is Turned.NO_MODERATOR


async def test_whoever_left_is_not_let_in_any_more(village: House) -> None:
    token = await a_session(village)

    del village.letters.people[MAYA]

    assert await village.kindling.visitor(token) is Turned.NO_MODERATOR


async def test_a_chosen_person_is_let_in_and_out_at_the_next_page_once_taken_off_the_list(village: House) -> None:
    token = await robins_session(village)
    let_in = await village.kindling.visitor(token)

    await command(village, "kindling moderators", remove="robin")

    assert isinstance(let_in, Visitor)
    assert (let_in.actor.may_moderate, let_in.actor.chosen) == (True, True)
    assert await village.kindling.visitor(token) is Turned.NO_MODERATOR


async def test_whoever_loses_a_chosen_role_is_out_at_the_next_page(village: House) -> None:
    village.letters.roles["r-help"] = "Helpers"
    village.letters.people[ROBIN.person] = Standing(may_moderate=False, roles=frozenset({"r-help"}))
    await command(village, "kindling moderators", add="@Helpers")
    came = await village.kindling.sign_in(await a_key(village, replace(ROBIN, roles=frozenset({"r-help"}))))
    assert isinstance(came, SignedIn)

    village.letters.people[ROBIN.person] = Standing(may_moderate=False)

    assert await village.kindling.visitor(came.token) is Turned.NO_MODERATOR


async def test_whoever_loses_a_chosen_group_is_out_at_the_next_page(village: House) -> None:
    village.letters.circles["gardeners"] = {"robin"}
    token = await robins_session(village, "gardeners")

    village.letters.circles["gardeners"].clear()

    assert await village.kindling.visitor(token) is Turned.NO_MODERATOR


async def test_a_chosen_person_who_left_is_not_let_in_any_more(village: House) -> None:
    token = await robins_session(village)

    del village.letters.people[ROBIN.person]

    assert await village.kindling.visitor(token) is Turned.NO_MODERATOR


async def test_where_nobody_tells_who_is_in_a_group_it_lets_nobody_in(village: House) -> None:
    village.letters.circles["gardeners"] = {"robin"}
    token = await robins_session(village, "gardeners")
    silent = Groupless(Surroundings(village.clock, (), Path()))
    silent.people = village.letters.people

    village.room.messengers["letters"] = silent

    assert await village.kindling.visitor(token) is Turned.UNTOLD


async def test_a_chosen_visitor_changes_no_list_of_who_may_moderate(village: House) -> None:
    visitor = await village.kindling.visitor(await robins_session(village))
    assert isinstance(visitor, Visitor)

    refused = await command(village, "kindling moderators", visitor.actor, add="sam")

    assert "decided by the people who may manage this place itself" in refused.plain()


async def test_where_the_platform_cannot_be_asked_nobody_is_let_in_and_the_link_stays_good(village: House) -> None:
    token, key = await a_session(village), await a_key(village)

    del village.room.messengers["letters"]
    turned = [await village.kindling.visitor(token), await village.kindling.sign_in(key)]
    village.room.messengers["letters"] = Speechless(Surroundings(village.clock, (), Path()))
    turned += [await village.kindling.visitor(token), await village.kindling.sign_in(key)]

    assert turned == [Turned.UNTOLD] * 4
    village.room.messengers["letters"] = village.letters
    assert isinstance(await village.kindling.sign_in(key), SignedIn)


async def test_a_session_ends_when_nobody_uses_it_for_twelve_hours(village: House) -> None:
    token = await a_session(village)

    village.clock.at += UNUSED_FOR - MINUTE
    used = await village.kindling.visitor(token)
    village.clock.at += UNUSED_FOR - MINUTE
    used_again = await village.kindling.visitor(token)
    village.clock.at += UNUSED_FOR

    assert isinstance(used, Visitor)
    assert isinstance(used_again, Visitor)
    assert await village.kindling.visitor(token) is Turned.UNKNOWN


async def test_a_session_ends_after_seven_days_however_much_it_is_used(village: House) -> None:
    token = await a_session(village)
    ends = village.clock.at + AT_MOST

    while village.clock.at + HOUR * 11 < ends:
        village.clock.at += HOUR * 11
        assert isinstance(await village.kindling.visitor(token), Visitor)
    village.clock.at = ends

    assert await village.kindling.visitor(token) is Turned.UNKNOWN


async def test_whoever_comes_too_often_waits_until_the_next_minute_and_nobody_else_does(village: House) -> None:
    noor = moderator("noor")
    village.letters.people[noor.person] = Standing(may_moderate=True)
    first, second = await a_session(village), await a_session(village)
    other = await village.kindling.sign_in(await a_key(village, noor))
    assert isinstance(other, SignedIn)

    came = [await village.kindling.visitor(token) for token in (first, second) for _ in range(LOOKS_A_MINUTE // 2)]
    once_more, noors = [await village.kindling.visitor(token) for token in (second, other.token)]
    village.clock.at += MINUTE
    later = await village.kindling.visitor(second)

    assert all(isinstance(one, Visitor) for one in (*came, noors, later))
    assert once_more is Turned.OFTEN


async def test_signing_out_ends_one_session_and_no_other(village: House) -> None:
    first, second = await a_session(village), await a_session(village)

    await village.kindling.sign_out(first)

    assert await village.kindling.visitor(first) is Turned.UNKNOWN
    assert isinstance(await village.kindling.visitor(second), Visitor)


async def test_signing_out_everywhere_ends_all_of_ones_own_and_their_links(village: House) -> None:
    noor = moderator("noor")
    village.letters.people[noor.person] = Standing(may_moderate=True)
    first, second = await a_session(village), await a_session(village)
    other = await village.kindling.sign_in(await a_key(village, noor))
    assert isinstance(other, SignedIn)
    card = await command(village, "kindling web")

    await press(village, card, "Sign out everywhere")

    turned = [await village.kindling.visitor(token) for token in (first, second)]
    assert [*turned, await village.kindling.sign_in(key_on(card))] == [Turned.UNKNOWN] * 3
    assert isinstance(await village.kindling.visitor(other.token), Visitor)


async def test_one_is_told_where_one_is_signed_in(village: House) -> None:
    nowhere = await command(village, "kindling web")
    await a_session(village)
    village.clock.at += MINUTE * 5
    await a_session(village)

    card = await command(village, "kindling web")

    assert labels(nowhere) == []
    assert labels(card) == ["Sign out everywhere"]
    assert "since Mon 23 Nov 08:00, used last Mon 23 Nov 08:00" in card.plain()
    assert "since Mon 23 Nov 08:05" in card.plain()


async def test_of_many_sessions_the_one_used_longest_ago_ends(village: House) -> None:
    tokens = list[str]()
    for _ in range(SESSIONS_OF_ONE + 1):
        village.clock.at += MINUTE
        tokens.append(await a_session(village))

    came = [await village.kindling.visitor(token) for token in tokens]

    assert [isinstance(one, Visitor) for one in came] == [False] + [True] * SESSIONS_OF_ONE


async def test_a_space_that_kindling_left_has_no_desk(village: House) -> None:
    token, key = await a_session(village), await a_key(village)

    await village.kindling.left("letters", "village")

    assert await village.kindling.visitor(token) is Turned.UNKNOWN
    assert await village.kindling.sign_in(key) is Turned.UNKNOWN


async def test_a_session_reaches_only_its_own_place_once_places_are_unlinked(village: House) -> None:
    village.letters.people[TOMAS.person] = Standing(may_moderate=True, name="Tomas", zone="Europe/Berlin")
    await two_places(village)
    await link(village)
    came = await village.kindling.sign_in(await a_key(village, TOMAS))
    assert isinstance(came, SignedIn)
    await unlink(village)
    asked = form_of(await village.kindling.command(moderator(), "kindling support", {}))
    await village.kindling.submit(moderator(), "support", asked.subject, {"contacts": "Crisis line: 116 123"})

    visitor = await village.kindling.visitor(came.token)

    assert isinstance(visitor, Visitor)
    assert "116 123" not in (await command(village, "kind support", visitor.actor)).plain()
    assert "square" not in (await command(village, "kindling status", visitor.actor)).plain()


async def test_what_ended_by_itself_is_forgotten(village: House) -> None:
    await a_session(village)
    await a_key(village)
    village.clock.at += UNUSED_FOR + MINUTE
    await a_session(village)

    for tidy in village.core.engine.tidying:
        await tidy()

    assert len(await rows(village, sessions)) == 1
    assert await rows(village, sign_ins) == []


class Speechless(Letters):
    """Letters whose platform says nothing about people at present."""

    async def standing(self, person: Person) -> Standing | None:
        raise TryLater("letters.silent")


class Groupless(Letters):
    """Letters whose platform says nothing about groups at present."""

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        raise TryLater("letters.silent")

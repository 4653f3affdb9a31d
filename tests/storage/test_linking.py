"""Codes, linked spaces and accounts of one person, on both databases, and by several processes at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import Kindling
from bot.domain.community import Space
from bot.domain.desk import Session, SignIn
from bot.domain.ids import ActId, CommunityId, CopyId, MemberId, SpaceId
from bot.domain.linking import Link, LinkCode, Purpose
from bot.domain.message import Action, Card
from bot.domain.places import Actor, Person
from bot.domain.wall import Audience, Decision, Order, Reading
from bot.domain.words import words
from bot.services.closing import EVER
from bot.storage.database import Database
from bot.storage.tables import acts, link_codes, links, schedules, spaces, targets, wrong_codes
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, code_in
from tests.core.test_sharing import TOLD
from tests.core.village import WISHES, button, card_of
from tests.house import member, moderator
from tests.storage.test_sharing import Process, running_on
from tests.storage.values import COMMUNITY, HOUR, MINUTE, NINE, VILLAGE, a_village, an_act, an_act_copy

HOME = replace(COMMUNITY, id=CommunityId("home"))
TOWN = SpaceId("town")
CODE = LinkCode("digest", Purpose.SPACES, VILLAGE, "maya", NINE + 10 * MINUTE)


async def two_spaces(database: Database) -> tuple[MemberId, MemberId]:
    """The village, a town with a community of its own, and somebody in each."""
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.communities.save(HOME)
        await work.communities.save_space(Space(TOWN, HOME.id, "letters", "town"))
        robin = await work.communities.member(Person("letters", "village", "robin"))
        tara = await work.communities.member(Person("letters", "town", "tara"))
        await work.commit()
    assert robin
    assert tara
    return robin, tara


async def test_a_code_comes_back_as_it_was_kept(database: Database) -> None:
    await two_spaces(database)
    used = CODE.used(TOWN, "tomas", NINE)

    async with database.unit_of_work() as work:
        await work.links.put_code(CODE)
        kept = await work.links.code("digest")
        uses = [await work.links.use(used) for _ in range(2)]
        waiting = await work.links.unanswered(VILLAGE)
        ends = [await work.links.finish(used, NINE + HOUR) for _ in range(2)]
        await work.commit()

    async with database.reading() as work:
        assert kept == CODE
        assert (uses, ends) == ([True, False], [True, False])
        assert waiting == [used]
        assert await work.links.code("digest") == replace(used, done_at=NINE + HOUR)
        assert await work.links.unanswered(VILLAGE) == []


async def test_a_new_code_takes_the_place_of_one_that_nobody_used(database: Database) -> None:
    await two_spaces(database)

    async with database.unit_of_work() as work:
        await work.links.put_code(CODE)
        await work.links.put_code(replace(CODE, digest="accounts", purpose=Purpose.ACCOUNTS))
        await work.links.put_code(replace(CODE, digest="another", by="noor"))
        await work.links.put_code(replace(CODE, digest="second"))
        known = {name for name in ("digest", "accounts", "another", "second") if await work.links.code(name)}

    assert known == {"accounts", "another", "second"}


async def test_a_space_moves_with_all_that_is_about_its_acts(database: Database) -> None:
    robin, tara = await two_spaces(database)
    decision = Decision("d1", HOME.id, "town-act", "author.blocked", NINE, by=tara)
    async with database.unit_of_work() as work:
        theirs = an_act(tara, "town-act", space=TOWN, community=HOME.id, text="Zinnias.", audience=Audience.BOTH)
        await work.acts.save(theirs)
        await work.acts.save(an_act(robin))
        await work.walls.report(decision, tara)
        await work.walls.block(decision, tara)
        await work.walls.decide(decision)
        await work.links.move(TOWN, COMMUNITY.id, only_here=True)
        await work.commit()

    async with database.reading() as work:
        assert (await work.communities.space(TOWN)).community == COMMUNITY.id
        assert await work.acts.get(ActId("town-act")) == replace(theirs, community=COMMUNITY.id, audience=Audience.HERE)
        found = Reading(COMMUNITY.id, TOWN, Order.NEWEST, sought=tuple(words("zinnia")))
        assert [act.id for act in await work.acts.page(found, 5)] == ["town-act"]
        assert await work.acts.page(replace(found, space=VILLAGE), 5) == []
        assert await work.walls.reported(COMMUNITY.id, TOWN, 5) == ["town-act"]
        assert await work.walls.blocked(COMMUNITY.id, tara)
        assert not await work.walls.blocked(HOME.id, tara)
        assert [one.id for one in await work.walls.by_moderators(COMMUNITY.id, TOWN, 5)] == ["d1"]
        assert await work.walls.by_moderators(COMMUNITY.id, VILLAGE, 5) == []


async def test_a_link_is_known_with_its_space(database: Database) -> None:
    await two_spaces(database)
    link = Link(TOWN, HOME.id, VILLAGE, NINE, "tomas", "maya")

    async with database.unit_of_work() as work:
        await work.links.move(TOWN, COMMUNITY.id, only_here=True)
        await work.links.save(link)
        known = await work.links.of(TOWN), await work.links.guests(COMMUNITY.id), await work.links.guests(HOME.id)
        held = await work.communities.hold([TOWN, VILLAGE], moving=True)
        await work.links.remove(TOWN)
        after = await work.links.of(TOWN), await work.communities.space(TOWN)

    assert known == (link, [link], [])
    assert [held[space].linked_at for space in (TOWN, VILLAGE)] == [NINE, None]
    assert after[0] is None
    assert after[1].linked_at is None


async def test_only_copies_from_the_other_side_are_stirred_apart(database: Database) -> None:
    robin, tara = await two_spaces(database)
    copies = {
        ("village-act", VILLAGE): False,
        ("village-act", TOWN): True,
        ("town-act", TOWN): False,
        ("town-act", VILLAGE): True,
    }
    async with database.unit_of_work() as work:
        await work.acts.save(an_act(robin, "village-act"))
        await work.acts.save(an_act(tara, "town-act", space=TOWN, community=HOME.id))
        await work.act_copies.put(
            an_act_copy(f"{act}-{space}", act=ActId(act), space=space, next_at=None) for act, space in copies
        )
        await work.act_copies.stir_apart(TOWN, NINE)
        found = {key: await work.act_copies.get(CopyId("-".join(key))) for key in copies}

    assert {key: copy is not None and copy.next_at == NINE for key, copy in found.items()} == copies


async def test_wrong_codes_are_told_by_space_and_time(database: Database) -> None:
    await two_spaces(database)

    async with database.unit_of_work() as work:
        for space, user, at in [(TOWN, "a", NINE), (TOWN, "a", NINE + MINUTE), (TOWN, "b", NINE), (VILLAGE, "c", NINE)]:
            await work.links.wrong(space, user, at)
        before = sorted(await work.links.wrong_since(TOWN, NINE - MINUTE))
        later = await work.links.wrong_since(TOWN, NINE)
        await work.links.forget(NINE, NINE + MINUTE)
        left = await work.links.wrong_since(TOWN, NINE - HOUR), await work.links.wrong_since(VILLAGE, NINE - HOUR)

    assert (before, later) == (["a", "a", "b"], ["a"])
    assert left == (["a"], [])


async def test_accounts_become_one_person_and_part_again(database: Database) -> None:
    robin, tara = await two_spaces(database)
    async with database.unit_of_work() as work:
        await work.links.move(TOWN, COMMUNITY.id, only_here=True)
        third = await work.communities.member(Person("letters", "town", "theo"))
        assert third
        alone = await work.people.persons([robin, tara]), await work.people.accounts(robin, COMMUNITY.id)
        await work.people.same(robin, tara)
        two = await work.people.accounts(tara, COMMUNITY.id)
        await work.people.same(third, tara)
        three = (
            await work.people.accounts(robin, COMMUNITY.id),
            len(set((await work.people.persons([robin, tara, third])).values())),
        )
        await work.links.move(TOWN, HOME.id, only_here=False)
        apart = await work.people.accounts(robin, COMMUNITY.id)
        parted = [await work.people.part(member) for member in (tara, tara, robin)]
        end = await work.people.persons([robin, tara, third])

    assert alone == ({robin: robin, tara: tara}, {robin})
    assert two == {robin, tara}
    assert three == ({robin, tara, third}, 1)
    assert apart == {robin}
    assert parted == [True, False, True]
    assert end == {robin: robin, tara: tara, third: third}


async def test_all_accounts_part_at_once_and_what_held_for_a_person_holds_for_each(database: Database) -> None:
    robin, tara = await two_spaces(database)
    async with database.unit_of_work() as work:
        third = await work.communities.member(Person("letters", "village", "third"))
        assert third
        await work.people.same(robin, third)
        await work.walls.block(Decision("d", COMMUNITY.id, "act", "author.blocked", NINE, tara), robin)
        await work.commit()

    async with database.unit_of_work() as work:
        before = await work.people.accounts(robin, COMMUNITY.id)
        parted = await work.people.part_all()
        again = await work.people.part_all()
        await work.commit()

    async with database.reading() as work:
        assert (before, parted, again) == ({robin, third}, {VILLAGE}, frozenset())
        assert await work.people.accounts(robin, COMMUNITY.id) == {robin}
        assert [await work.walls.blocked(COMMUNITY.id, one) for one in (robin, third, tara)] == [True, True, False]


async def test_at_a_restore_every_code_link_and_session_can_be_forgotten(database: Database) -> None:
    await two_spaces(database)
    async with database.unit_of_work() as work:
        await work.links.put_code(CODE)
        await work.visits.put_link(SignIn("hash", VILLAGE, "maya", "", NINE + 10 * MINUTE))
        await work.visits.begin(Session("token", VILLAGE, "maya", "", NINE, NINE))

        await work.links.forget(EVER, NINE)
        await work.visits.forget(EVER, EVER, EVER)

        assert await work.links.code("digest") is None
        assert await work.visits.link("hash") is None
        assert await work.visits.session("token") is None


async def test_the_next_page_of_ones_acts_goes_over_all_accounts(database: Database) -> None:
    robin, tara = await two_spaces(database)
    async with database.unit_of_work() as work:
        for number, author in enumerate([robin, tara, robin, tara]):
            await work.acts.save(an_act(author, f"{number}"))
        first = await work.acts.of_author({robin, tara}, 2)
        rest = await work.acts.of_author({robin, tara}, 5, first[-1].id)

    assert [act.id for act in [*first, *rest]] == ["3", "2", "1", "0"]


async def test_a_space_moves_only_when_whoever_writes_there_has_ended(database: Database) -> None:
    _, tara = await two_spaces(database)

    async def move() -> None:
        async with database.unit_of_work() as work:
            await work.communities.hold([TOWN], moving=True)
            await work.links.move(TOWN, COMMUNITY.id, only_here=True)
            await work.commit()

    async with database.unit_of_work() as work:
        here = (await work.communities.hold([TOWN]))[TOWN]
        moving = asyncio.create_task(move())
        for _ in range(20):  # it would be through by then
            await work.walls.get(COMMUNITY.id)
        await work.acts.save(an_act(tara, space=TOWN, community=here.community))
        await work.commit()
    await moving

    async with database.reading() as work:
        written = await work.acts.get(ActId("act"))
    assert written is not None
    assert (here.community, written.community) == (HOME.id, COMMUNITY.id)


# Several processes


@pytest.fixture
async def processes(url: str, tmp_path: Path) -> AsyncIterator[list[Process]]:
    async with running_on(url, tmp_path, 3) as made:
        yield made


def door(process: Process) -> Kindling:
    return process.core.kindling


async def press(process: Process, card: Card, label: str, actor: Actor) -> Card:
    return card_of(await door(process).press(actor, button(card, label)))


async def the_question(processes: list[Process]) -> Card:
    """Two places that are set up; what the village is asked after the town agreed."""
    await door(processes[0]).command(MAYA, "kindling setup", WISHES)
    await door(processes[0]).command(TOMAS, "kindling setup", WISHES | {"channel": "market", "morning": "10:00"})
    code = code_in(card_of(await door(processes[0]).command(MAYA, "kindling link", {})))
    offer = card_of(await door(processes[1]).command(TOMAS, "kindling link", {"code": code}))
    await press(processes[1], offer, "Link both places", TOMAS)
    return processes[0].letters.told[-1][1]


async def test_moderators_in_several_processes_link_once(processes: list[Process]) -> None:
    question = await the_question(processes)

    answers = await asyncio.gather(
        *(press(one, question, "Link both places", moderator(f"maya-{n}")) for n, one in enumerate(processes))
    )

    assert [answer.heading for answer in answers] == ["Linked"] * 3
    assert [card.heading for _, card in processes[0].letters.told].count("Linked") == 1
    async with processes[0].database.engine.connect() as connection:
        assert len((await connection.execute(select(links))).all()) == 1
        assert (
            len((await connection.execute(select(targets.c.space_id).where(targets.c.channel == "market"))).all()) == 2
        )


async def test_a_code_is_used_once_by_several_processes(processes: list[Process]) -> None:
    code = code_in(card_of(await door(processes[0]).command(MAYA, "kindling link", {})))
    guests = [moderator("guest", space=f"town-{n}") for n in range(3)]
    pairs = list(zip(processes, guests, strict=True))
    offers = [card_of(await door(one).command(who, "kindling link", {"code": code})) for one, who in pairs]

    answers = await asyncio.gather(
        *(press(one, offer, "Link both places", who) for (one, who), offer in zip(pairs, offers, strict=True))
    )

    assert sorted(answer.heading for answer in answers) == ["Not this time", "Not this time", "The other side is asked"]
    async with processes[0].database.engine.connect() as connection:
        [used] = (await connection.execute(select(link_codes.c.used_in))).scalars().all()
    assert used is not None


async def test_nobody_guesses_more_by_guessing_many_at_once(processes: list[Process]) -> None:
    await door(processes[0]).command(MAYA, "kindling link", {})

    await asyncio.gather(
        *(door(one).command(TOMAS, "kindling link", {"code": "AAAA-AAAA"}) for one in processes for _ in range(5))
    )

    async with processes[0].database.engine.connect() as connection:
        assert len((await connection.execute(select(wrong_codes))).all()) == 5


async def test_what_is_shared_and_set_up_meanwhile_is_where_its_space_is(processes: list[Process]) -> None:
    question = await the_question(processes)
    previews = [card_of(await door(processes[1]).submit(who, "share", "", TOLD)) for who in (TARA, ROBIN)]

    await asyncio.gather(
        press(processes[0], question, "Link both places", MAYA),
        *(
            press(processes[1], preview, "Put it on the wall", who)
            for preview, who in zip(previews, (TARA, ROBIN), strict=True)
        ),
        *(door(processes[2]).submit(member(f"m{n}", space="town"), "share", "", TOLD) for n in range(5)),
        door(processes[2]).command(TOMAS, "kindling setup", WISHES | {"channel": "garden"}),
        door(processes[1]).press(TARA, Action("mine")),
    )

    async with processes[0].database.engine.connect() as connection:
        where = {row.id: row.community_id for row in await connection.execute(select(spaces))}
        written = (await connection.execute(select(acts.c.space_id, acts.c.community_id))).all()
        aims = select(targets.c.space_id, schedules.c.community_id).join(
            schedules, schedules.c.id == targets.c.schedule_id
        )
        aimed = (await connection.execute(aims)).all()
    assert len(set(where.values())) == 1
    assert len(written) == 7
    assert all(community == where[space] for space, community in [*written, *aimed])
    assert len(aimed) == 4  # two rituals in each place

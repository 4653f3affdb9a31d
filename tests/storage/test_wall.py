"""Acts, their copies and what was decided about them, on both databases."""

from dataclasses import replace

import pytest

from bot.domain.ids import ActId, CopyId, MemberId, SpaceId
from bot.domain.packs import Circle
from bot.domain.places import MessageRef, Person
from bot.domain.wall import (
    REFRESH,
    Act,
    ActCopy,
    Audience,
    Consent,
    Decision,
    Order,
    Reading,
    Rule,
    Standing,
    Wall,
    WallPlace,
)
from bot.domain.words import words
from bot.ports.chores import Chore
from bot.storage.database import Database
from tests.storage.values import (
    COMMUNITY,
    DAY,
    LEASE,
    MINUTE,
    NINE,
    ROBIN,
    SQUARE,
    VILLAGE,
    a_mark,
    a_village,
    an_act,
    an_act_copy,
)

READING = Reading(COMMUNITY.id, VILLAGE, Order.NEWEST)


async def robin(database: Database) -> MemberId:
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        await work.commit()
    assert member is not None
    return member


async def keep(database: Database, *acts: Act) -> None:
    async with database.unit_of_work() as work:
        for act in acts:
            await work.acts.save(act)
        await work.commit()


async def put(database: Database, *copies: ActCopy) -> None:
    async with database.unit_of_work() as work:
        await work.act_copies.put(copies)
        await work.commit()


async def claim_one(database: Database, now: object = NINE) -> ActCopy:
    async with database.unit_of_work() as work:
        [copy] = await work.act_copies.claim("anna", "letters", now, LEASE, 10)  # type: ignore[arg-type] -- an instant
        await work.commit()
    return copy


async def the_copy(database: Database) -> ActCopy:
    async with database.reading() as work:
        found = await work.act_copies.get(CopyId("copy"))
    assert found is not None
    return found


async def page(database: Database, reading: Reading, limit: int = 10, beyond: Act | None = None) -> list[str]:
    async with database.reading() as work:
        return [act.id for act in await work.acts.page(reading, limit, beyond)]


async def test_an_act_comes_back_as_it_was_kept(database: Database) -> None:
    await a_village(database)
    act = an_act(
        await robin(database),
        circle=Circle.CLOSE,
        name="Robin",
        reason="because",
        published_at=NINE,
        edited_at=NINE + MINUTE,
        seen=3,
        text="Ünïcödé 行李 💛\nand a second line",
    )

    await keep(database, act)

    async with database.reading() as work:
        assert await work.acts.get(act.id) == act


async def test_what_is_not_on_the_wall_is_found_by_nobody(database: Database) -> None:
    await a_village(database)
    act = an_act(await robin(database))
    await keep(database, act)
    sought = replace(READING, sought=tuple(words("shopping")))
    before = await page(database, sought)

    await keep(database, act.hidden("why"))

    assert (before, await page(database, sought), await page(database, READING)) == ([act.id], [], [])


async def test_another_space_sees_what_is_for_both(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    here, both = an_act(member, "a"), an_act(member, "b", audience=Audience.BOTH)
    await keep(database, here, both)

    elsewhere = replace(READING, space=SpaceId("town"))

    assert await page(database, elsewhere) == ["b"]
    assert await page(database, READING) == ["b", "a"]


@pytest.mark.parametrize("order", Order)
async def test_pages_hold_everything_once(database: Database, order: Order) -> None:
    await a_village(database)
    member = await robin(database)
    known = [an_act(member, f"{number:02}", seen=number % 3) for number in range(23)]
    await keep(database, *known)
    reading = replace(READING, order=order)

    found: list[str] = []
    async with database.reading() as work:
        while some := await work.acts.page(reading, 4, await work.acts.get(ActId(found[-1])) if found else None):
            found += [act.id for act in some]

    expected = sorted(known, key=lambda act: (act.seen, act.id)) if order is Order.FAIR else reversed(known)
    assert found == [act.id for act in expected]


async def test_every_word_that_is_sought_is_there_and_the_last_may_be_a_beginning(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    await keep(
        database, an_act(member, "a", text="A café in Zürich"), an_act(member, "b", text="A café in Prague, CAFETERIA")
    )

    found = {
        said: await page(database, replace(READING, sought=tuple(words(said))))
        for said in ("cafe", "zürich cafe", "cafe zur", "zur cafe", "cafet", "prague zurich")
    }

    assert found == {
        "cafe": ["b", "a"],
        "zürich cafe": ["a"],
        "cafe zur": ["a"],
        "zur cafe": [],
        "cafet": ["b"],
        "prague zurich": [],
    }


async def test_erasing_takes_words_and_reactions_along_and_leaves_the_copy_to_be_removed(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    await keep(database, an_act(member))
    await put(database, an_act_copy(message="42", next_at=None))
    async with database.unit_of_work() as work:
        await work.reactions.record([a_mark(member, item="act"), a_mark(member, item="other")])
        await work.commit()

    async with database.unit_of_work() as work:
        await work.acts.erase(ActId("act"))
        await work.act_copies.stir(ActId("act"), NINE)
        await work.commit()

    async with database.reading() as work:
        assert await work.acts.get(ActId("act")) is None
        assert await work.reactions.on_item("act") == []
        assert len(await work.reactions.on_item("other")) == 1
    assert (await the_copy(database)).next_at == NINE


async def test_drafts_are_forgotten_and_nothing_else_is(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    old, new = NINE - 2 * DAY, NINE
    await keep(
        database,
        an_act(member, "a", standing=Standing.DRAFT, created_at=old),
        an_act(member, "b", standing=Standing.DRAFT, created_at=new),
        an_act(member, "c", standing=Standing.PRIVATE, created_at=old),
    )

    async with database.unit_of_work() as work:
        forgotten = await work.acts.forget_drafts(NINE - DAY)
        await work.commit()

    async with database.reading() as work:
        left = [name for name in "abc" if await work.acts.get(ActId(name))]
    assert (forgotten, left) == (1, ["b", "c"])


async def test_a_copy_is_put_once(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy(message="42"))

    await put(database, an_act_copy(message="43"))

    assert (await the_copy(database)).message == "42"


async def test_a_claimed_copy_is_nobody_elses_until_its_lease_runs_out(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy())
    await claim_one(database)

    async with database.unit_of_work() as work:
        meanwhile = await work.act_copies.claim("ben", "letters", NINE + LEASE - MINUTE, LEASE, 10)
        later = await work.act_copies.claim("ben", "letters", NINE + LEASE, LEASE, 10)
        await work.commit()

    assert (len(meanwhile), len(later)) == (0, 1)


async def test_who_has_lost_the_claim_settles_nothing(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy())
    old = await claim_one(database)
    await claim_one(database, NINE + LEASE)

    async with database.unit_of_work() as work:
        settled = await work.act_copies.settle(old.appeared(MessageRef(SQUARE, "42"), "x", NINE), None, NINE)
        kept = await work.act_copies.keep(old)
        await work.commit()

    assert (settled, kept) == (False, False)
    assert (await the_copy(database)).message == ""


async def test_what_happens_while_a_copy_is_worked_on_is_seen_when_it_is_given_back(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy())
    copy = await claim_one(database)
    async with database.unit_of_work() as work:
        await work.act_copies.stir(ActId("act"), NINE + MINUTE)
        await work.commit()
    between = (await the_copy(database)).next_at

    async with database.unit_of_work() as work:
        await work.act_copies.settle(copy.appeared(MessageRef(SQUARE, "42"), "x", NINE), None, NINE + 2 * MINUTE)
        await work.commit()

    assert between == NINE + LEASE
    assert (await the_copy(database)).next_at == NINE + 2 * MINUTE


async def test_where_nothing_has_happened_there_is_nothing_to_do(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy())
    copy = await claim_one(database)

    async with database.unit_of_work() as work:
        await work.act_copies.settle(copy.appeared(MessageRef(SQUARE, "42"), "x", NINE), None, NINE)
        await work.commit()

    async with database.reading() as work:
        assert (await work.chores.next_at())[Chore.COPIES] == {}


async def test_what_is_felt_is_brought_to_a_copy_once_a_minute_and_never_later_for_more_of_it(
    database: Database,
) -> None:
    await a_village(database)
    await put(database, an_act_copy(message="42", next_at=None, refreshed_at=NINE))

    seen: list[object] = []
    for seconds in (10, 20, 50):
        async with database.unit_of_work() as work:
            await work.act_copies.refresh({ActId("act")}, NINE + seconds * MINUTE / 60)
            await work.commit()
        seen.append((await the_copy(database)).next_at)

    assert seen == [NINE + REFRESH] * 3


async def test_what_is_felt_while_a_copy_is_worked_on_waits_for_the_minute(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy(message="42"))
    copy = await claim_one(database)
    async with database.unit_of_work() as work:
        await work.act_copies.refresh({ActId("act")}, NINE)
        await work.act_copies.settle(copy.appeared(MessageRef(SQUARE, "42"), "x", NINE), None, NINE)
        await work.commit()

    assert (await the_copy(database)).next_at == NINE + REFRESH


async def test_a_change_does_not_wait_for_the_minute(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy(message="42", next_at=NINE + REFRESH, refreshed_at=NINE))

    async with database.unit_of_work() as work:
        await work.act_copies.stir(ActId("act"), NINE + MINUTE / 2)
        await work.commit()

    assert (await the_copy(database)).next_at == NINE + MINUTE / 2


async def test_messages_of_acts_are_known_as_copies(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy(message="42"))
    elsewhere = SQUARE._replace(space="town")

    async with database.reading() as work:
        copies = await work.outbox.copies(
            [MessageRef(SQUARE, "42"), MessageRef(SQUARE, "43"), MessageRef(elsewhere, "42")]
        )

    assert {ref.message: (copy.via, copy.item, copy.act) for ref, copy in copies.items()} == {
        "42": ("copy", "act", True)
    }


async def test_after_a_backup_was_put_back_what_is_there_is_looked_at_and_what_was_coming_is_not_sent(
    database: Database,
) -> None:
    await a_village(database)
    await keep(database, an_act(await robin(database)))
    await put(
        database,
        an_act_copy("shown", message="42", shown="x", next_at=None),
        an_act_copy("closed", message="43", next_at=None, stuck="letters.closed"),
        an_act_copy("gone", next_at=None, stuck="removed_by_hand"),
        an_act_copy("coming"),
        an_act_copy("of nothing", act=ActId("erased")),
    )

    async with database.unit_of_work() as work:
        await work.act_copies.doubt(NINE)
        await work.commit()
    async with database.reading() as work:
        names = ("shown", "closed", "gone", "coming", "of nothing")
        copies = {copy.id: copy for name in names if (copy := await work.act_copies.get(CopyId(name)))}

    assert {name: (copy.doubt, copy.shown, copy.stuck, copy.next_at) for name, copy in copies.items()} == {
        "shown": (True, "", "", NINE),
        "closed": (True, "", "letters.closed", None),
        "gone": (False, "", "removed_by_hand", None),
        "coming": (False, "", "unsure", None),
        "of nothing": (False, "", "", NINE),
    }


async def test_rules_and_places_come_back_as_they_were_kept(database: Database) -> None:
    await a_village(database)
    wall, place = (
        Wall(COMMUNITY.id, Rule.REVIEW, links=True, words=("ä", "b c"), chosen=("123",)),
        WallPlace(VILLAGE, "square", "maya"),
    )

    async with database.unit_of_work() as work:
        before = await work.walls.get(COMMUNITY.id), await work.walls.place(VILLAGE)
        for _ in range(2):
            await work.walls.save(wall)
            await work.walls.save_place(place)
        await work.commit()

    async with database.reading() as work:
        after = await work.walls.get(COMMUNITY.id), await work.walls.place(VILLAGE)
    assert before == (Wall(COMMUNITY.id), None)
    assert after == (wall, place)


async def test_blocks_and_reports_are_kept_once(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    await keep(database, an_act(member))
    decision = Decision("d1", COMMUNITY.id, "act", "author.blocked", NINE, by="maya")

    async with database.unit_of_work() as work:
        for _ in range(2):
            await work.walls.report(decision, member)
            await work.walls.block(decision, member)
        blocked = await work.walls.blocked(COMMUNITY.id, member)
        counts = [await work.walls.reports_by(member, NINE), await work.walls.reports_by(member, NINE + MINUTE)]
        waiting = await work.walls.reported(COMMUNITY.id, VILLAGE, 5)
        await work.walls.settle_reports(ActId("act"), NINE)
        counts.append(await work.walls.reports_by(member, NINE))
        unblocked = [await work.walls.unblock(COMMUNITY.id, member) for _ in range(2)]
        await work.commit()

    async with database.reading() as work:
        after = await work.walls.reported(COMMUNITY.id, VILLAGE, 5), await work.walls.blocked(COMMUNITY.id, member)
    assert (blocked, counts, waiting, unblocked) == (True, [1, 0, 1], ["act"], [True, False])
    assert after == ([], False)


async def test_decisions_come_newest_first_and_page_by_page(database: Database) -> None:
    await a_village(database)
    decided = [
        Decision(f"d{number}", COMMUNITY.id, "act", "act.hidden", NINE, by="maya" if number % 2 else "", detail="why")
        for number in range(6)
    ]

    async with database.unit_of_work() as work:
        for decision in decided:
            await work.walls.decide(decision)
        await work.commit()

    async with database.reading() as work:
        assert await work.walls.decided("act") == decided[::-1]
        first = await work.walls.by_moderators(COMMUNITY.id, VILLAGE, 2)
        rest = await work.walls.by_moderators(COMMUNITY.id, VILLAGE, 2, first[-1].id)
    assert [decision.id for decision in [*first, *rest]] == ["d5", "d3", "d1"]


async def test_a_member_is_somebody_on_a_platform(database: Database) -> None:
    await a_village(database)
    member = await robin(database)

    async with database.reading() as work:
        assert await work.communities.person(member) == ROBIN
        assert await work.communities.person(MemberId("nobody")) is None
        assert Person("letters", "village", "robin") == ROBIN


async def test_copies_that_are_rebuilt_begin_anew_whatever_stood_in_the_way(database: Database) -> None:
    await a_village(database)
    await keep(database, an_act(await robin(database)))
    await put(
        database,
        an_act_copy("shown", message="42", shown="x", next_at=None),
        an_act_copy("gone", act=ActId("other"), next_at=None, stuck="removed_by_hand"),
        an_act_copy("left", act=ActId("erased"), message="43", next_at=None, stuck="letters.closed"),
        an_act_copy("well", act=ActId("another"), message="44", shown="x", next_at=None),
    )

    async with database.unit_of_work() as work:
        await work.act_copies.rebuild([CopyId("shown"), CopyId("gone")], NINE)
        await work.act_copies.try_again(VILLAGE, NINE)
        await work.recaps.stir_in(VILLAGE, NINE)
        await work.commit()

    async with database.reading() as work:
        names = ("shown", "gone", "left", "well")
        copies = {name: copy for name in names if (copy := await work.act_copies.get(CopyId(name)))}
    assert {name: (copy.shown, copy.stuck, copy.next_at) for name, copy in copies.items()} == {
        "shown": ("", "rebuilding", NINE),
        "gone": ("", "", NINE),
        "left": ("", "rebuilding", NINE),
        "well": ("x", "", None),
    }


@pytest.mark.parametrize(
    ("known", "outcome", "kept"),
    [
        ("", "letters.closed", ""),
        ("42", "letters.closed", "rebuilding"),
        ("42", "", "rebuilding"),
        ("42", "removed_by_hand", ""),
        ("", "unsure", "unsure"),
    ],
)
async def test_whatever_became_of_a_copy_it_is_as_a_moderator_asked_for_meanwhile(
    database: Database, known: str, outcome: str, kept: str
) -> None:
    await a_village(database)
    await put(database, an_act_copy(message=known, shown="x" if known else ""))
    copy = await claim_one(database)
    gone = outcome in {"removed_by_hand", "unsure"}

    async with database.unit_of_work() as work:
        await work.act_copies.rebuild([copy.id], NINE)
        await work.act_copies.settle(copy.vanished(outcome) if gone else replace(copy, stuck=outcome), None, NINE)
        await work.commit()

    after = await the_copy(database)
    assert (after.shown, after.stuck, after.next_at) == ("", kept, NINE)


@pytest.mark.parametrize(("known", "kept"), [("", ""), ("42", "letters.closed")])
async def test_what_refused_a_copy_is_asked_once_more_where_its_act_has_changed(
    database: Database, known: str, kept: str
) -> None:
    await a_village(database)
    await put(database, an_act_copy(message=known))
    copy = await claim_one(database)

    async with database.unit_of_work() as work:
        await work.act_copies.stir(copy.act, NINE)
        await work.act_copies.settle(copy.stopped("letters.closed"), None, NINE)
        await work.commit()

    after = await the_copy(database)
    assert (after.stuck, after.next_at) == (kept, NINE)


async def test_who_is_to_be_asked_and_who_agreed_is_found_page_by_page(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    await keep(
        database,
        *(an_act(member, name, named=member) for name in ("a", "b", "c")),
        an_act(member, "nobody"),
        an_act(member, "kept", named=member, standing=Standing.PRIVATE),
        an_act(member, "yes", named=member, consent=Consent.YES, named_as="Robin"),
        an_act(member, "no", named=member, consent=Consent.NO),
    )

    async with database.reading() as work:
        first = await work.acts.unasked(2)
        rest = await work.acts.unasked(2, first[-1])
        agreed = [act.id for act in await work.acts.agreed(5)]

    assert (list(first), list(rest), agreed) == (["a", "b"], ["c"], ["yes"])


async def test_whom_a_block_is_about_is_known_when_its_act_is_gone(database: Database) -> None:
    await a_village(database)
    member = await robin(database)
    await keep(database, an_act(member))

    async with database.unit_of_work() as work:
        await work.walls.block(Decision("d1", COMMUNITY.id, "act", "author.blocked", NINE, by="maya"), member)
        await work.acts.erase(ActId("act"))
        found = [await work.walls.blocked_for(COMMUNITY.id, ActId(name)) for name in ("act", "other")]
        await work.commit()

    assert found == [member, None]

"""Which acts a week holds, and recaps that are looked at again, on both databases."""

from dataclasses import replace

from bot.domain.ids import ActId, DeliveryId, MemberId, SpaceId
from bot.domain.recap import Recap
from bot.domain.wall import Audience, Standing
from bot.ports.chores import Chore
from bot.storage.database import Database
from tests.storage.values import (
    COMMUNITY,
    DAY,
    LEASE,
    MINUTE,
    NINE,
    ROBIN,
    SPACE,
    VILLAGE,
    a_delivery,
    a_village,
    an_act,
)

WEEK = 7 * DAY
RECAP = Recap(DeliveryId("recap"), COMMUNITY.id, VILLAGE, "letters", NINE - WEEK, NINE, (ActId("act"),), "digest")
HOME = SpaceId("home")


async def robin(database: Database) -> MemberId:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.communities.save_space(replace(SPACE, id=HOME, key="home"))
        member = await work.communities.member(ROBIN)
        await work.commit()
    assert member is not None
    return member


async def a_recap(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery("recap")])
        await work.recaps.save(RECAP)
        await work.commit()


async def stir(database: Database, came_at: object, at: object = NINE) -> None:
    async with database.unit_of_work() as work:
        await work.recaps.stir(COMMUNITY.id, came_at, at)  # type: ignore[arg-type] -- instants
        await work.commit()


async def test_a_week_holds_what_came_from_its_beginning_on_and_before_its_end(database: Database) -> None:
    author = await robin(database)
    came = {"before": NINE - WEEK - MINUTE, "first": NINE - WEEK, "last": NINE - MINUTE, "after": NINE}
    async with database.unit_of_work() as work:
        for name, at in came.items():
            await work.acts.save(an_act(author, name, published_at=at))

        found = await work.acts.shared(COMMUNITY.id, VILLAGE, NINE - WEEK, NINE, 10)

    assert [act.id for act in found] == ["first", "last"]


async def test_a_week_holds_only_what_is_shown_in_that_space(database: Database) -> None:
    author = await robin(database)
    at = NINE - DAY
    async with database.unit_of_work() as work:
        await work.acts.save(an_act(author, "here", published_at=at))
        await work.acts.save(an_act(author, "both", published_at=at + MINUTE, audience=Audience.BOTH))
        await work.acts.save(an_act(author, "hidden", published_at=at, standing=Standing.HIDDEN))

        here = await work.acts.shared(COMMUNITY.id, VILLAGE, NINE - WEEK, NINE, 10)
        there = await work.acts.shared(COMMUNITY.id, HOME, NINE - WEEK, NINE, 10)

    assert [act.id for act in here] == ["here", "both"]
    assert [act.id for act in there] == ["both"]


async def test_a_recap_comes_back_as_it_was_kept(database: Database) -> None:
    await a_recap(database)

    async with database.reading() as work:
        assert await work.recaps.get(RECAP.delivery) == RECAP
        assert (await work.chores.next_at())[Chore.RECAPS] == {}


async def test_an_act_stirs_the_recap_of_its_week_and_no_other(database: Database) -> None:
    await a_recap(database)
    found: list[bool] = []
    for came_at in (NINE - WEEK - MINUTE, NINE, NINE - WEEK, NINE - MINUTE):
        async with database.unit_of_work() as work:
            await work.recaps.save(RECAP)
            await work.commit()
        await stir(database, came_at)
        async with database.reading() as work:
            found.append(bool((await work.chores.next_at())[Chore.RECAPS]))

    assert found == [False, False, True, True]


async def test_a_claimed_recap_is_nobody_elses_until_the_claim_is_over(database: Database) -> None:
    await a_recap(database)
    await stir(database, NINE - DAY)
    async with database.unit_of_work() as work:
        first = await work.recaps.claim("letters", NINE, NINE + LEASE, 10)
        await work.commit()

    async with database.unit_of_work() as work:
        second = await work.recaps.claim("letters", NINE + MINUTE, NINE + MINUTE + LEASE, 10)
        late = await work.recaps.claim("letters", NINE + LEASE, NINE + 2 * LEASE, 10)
        await work.commit()

    assert (first, second, late) == ([RECAP], [], [RECAP])


async def test_what_happens_while_a_recap_is_worked_on_is_not_forgotten(database: Database) -> None:
    await a_recap(database)
    await stir(database, NINE - DAY)
    async with database.unit_of_work() as work:
        [claimed] = await work.recaps.claim("letters", NINE, NINE + LEASE, 10)
        await work.commit()
    await stir(database, NINE - DAY, NINE + MINUTE)

    async with database.unit_of_work() as work:
        kept = await work.recaps.settle(claimed.showing("new"), NINE + LEASE, None)
        await work.commit()

    async with database.reading() as work:
        assert not kept
        assert (await work.chores.next_at())[Chore.RECAPS] == {"letters": NINE + MINUTE}


async def test_a_settled_recap_rests_until_it_is_stirred(database: Database) -> None:
    await a_recap(database)
    await stir(database, NINE - DAY)
    async with database.unit_of_work() as work:
        [claimed] = await work.recaps.claim("letters", NINE, NINE + LEASE, 10)
        await work.recaps.settle(claimed.showing("new"), NINE + LEASE, None)
        await work.commit()

    async with database.reading() as work:
        assert (await work.chores.next_at())[Chore.RECAPS] == {}
        assert await work.recaps.get(RECAP.delivery) == RECAP.showing("new")


async def test_a_recap_that_is_forgotten_is_gone(database: Database) -> None:
    await a_recap(database)

    async with database.unit_of_work() as work:
        await work.recaps.forget(RECAP.delivery)
        await work.commit()

    async with database.reading() as work:
        assert await work.recaps.get(RECAP.delivery) is None

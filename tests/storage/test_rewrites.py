"""Cards that are to say something else: one at a time is at work on each, and sees what came meanwhile."""

import pytest

from bot.domain.ids import DeliveryId
from bot.ports.chores import Chore
from bot.ports.rewrites import Rewrite
from bot.storage.database import Database
from tests.storage.values import LEASE, NINE, a_delivery, a_village

D = DeliveryId("d1")


@pytest.fixture
async def village(database: Database) -> Database:
    """A village with one posted card, which is to say something else."""
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery(D)])
        await work.commit()
    await stir(database)
    return database


async def stir(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.rewrites.stir([(D, "letters")], NINE)
        await work.commit()


async def claim(database: Database, now: int = 0) -> list[Rewrite]:
    async with database.unit_of_work() as work:
        found = await work.rewrites.claim("letters", NINE + now * LEASE, NINE + (now + 1) * LEASE, 10)
        await work.commit()
    return list(found)


async def settle(database: Database, rewrite: Rewrite, *, again: bool) -> None:
    async with database.unit_of_work() as work:
        await work.rewrites.settle(rewrite, NINE + 5 * LEASE if again else None, NINE + LEASE / 2)
        await work.commit()


async def next_at(database: Database) -> object:
    async with database.reading() as work:
        return (await work.chores.next_at())[Chore.REWRITES].get("letters")


async def test_whoever_holds_one_is_alone_with_it_also_when_it_is_stirred(village: Database) -> None:
    [held] = await claim(village)
    await stir(village)

    assert await claim(village) == []
    assert held.delivery == D


async def test_what_is_done_is_forgotten(village: Database) -> None:
    [held] = await claim(village)
    await settle(village, held, again=False)

    assert await next_at(village) is None


async def test_what_is_to_be_tried_again_waits(village: Database) -> None:
    [held] = await claim(village)
    await settle(village, held, again=True)

    assert await next_at(village) == NINE + 5 * LEASE


@pytest.mark.parametrize("again", [True, False])
async def test_what_was_stirred_meanwhile_is_looked_at_at_once(village: Database, again: bool) -> None:
    [held] = await claim(village)
    await stir(village)
    await settle(village, held, again=again)

    assert await next_at(village) == NINE + LEASE / 2
    assert len(await claim(village, 1)) == 1


async def test_whoever_lost_a_claim_settles_nothing(village: Database) -> None:
    [slow] = await claim(village)
    [quick] = await claim(village, 1)
    await settle(village, slow, again=False)

    assert await next_at(village) == NINE + 2 * LEASE
    await settle(village, quick, again=False)
    assert await next_at(village) is None

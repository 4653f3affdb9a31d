"""Two units of work on one wall at the same moment, on both databases."""

import asyncio

from bot.domain.ids import ActId
from bot.storage.database import Database
from tests.storage.test_wall import put, the_copy
from tests.storage.values import LEASE, NINE, a_village, an_act_copy


async def test_what_is_felt_as_a_copy_is_claimed_leaves_the_lease_alone(database: Database) -> None:
    await a_village(database)
    await put(database, an_act_copy(message="42", shown="x"))

    async def feel() -> None:
        async with database.unit_of_work() as work:
            await work.act_copies.refresh({ActId("act")}, NINE)
            await work.commit()

    async with database.unit_of_work() as work:
        await work.act_copies.claim("ada", "letters", NINE, LEASE, 10)
        feeling = asyncio.create_task(feel())
        await asyncio.wait({feeling}, timeout=0.3)  # until it waits for us, where it can
        await work.commit()
    await feeling

    copy = await the_copy(database)
    assert copy.next_at == NINE + LEASE
    assert copy.felt

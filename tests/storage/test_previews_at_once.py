"""Two moderators who press at once while the week is told to them, on both databases: neither waits for the other in
a round."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.domain.alerts import Alert
from bot.domain.message import Card
from bot.domain.moderators import Problem
from bot.ports.chores import Chore
from bot.storage.database import Database
from bot.storage.tables import spaces
from tests.storage.values import COMMUNITY, DAY, NINE, TODAY, VILLAGE, a_village

WAITING = timedelta(seconds=0.3)


@pytest.fixture
async def village(database: Database) -> Database:
    """A village whose moderators are told on Monday."""
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.communities.move_preview(VILLAGE, NINE)
        await work.commit()
    return database


async def test_two_who_hold_their_space_can_both_have_the_preview_moved(village: Database) -> None:
    """Each holds its space against erasing first, then its community, and writes when the week is told."""
    other_holds = asyncio.Event()

    async def press() -> None:
        async with village.unit_of_work() as work:
            await work.communities.hold([VILLAGE])
            other_holds.set()
            await work.changes.hold(COMMUNITY.id)
            await work.communities.move_preview(VILLAGE, NINE + DAY)
            await work.commit()

    async with village.unit_of_work() as work:
        await work.communities.hold([VILLAGE])
        await work.changes.hold(COMMUNITY.id)
        pressing = asyncio.create_task(press())
        waiting = asyncio.create_task(other_holds.wait())
        await asyncio.wait({waiting}, timeout=WAITING.total_seconds())  # on SQLite it waits for us before it begins
        await work.communities.move_preview(VILLAGE, NINE + 7 * DAY)
        await work.commit()
    await pressing
    await waiting

    async with village.reading() as work:
        assert (await work.chores.next_at())[Chore.PREVIEWS] == {"letters": NINE + DAY}


async def test_whoever_tells_a_week_waits_for_nobody_who_holds_the_space(village: Database) -> None:
    async with village.unit_of_work() as holding:
        await holding.communities.hold([VILLAGE])
        if village.engine.dialect.name == "sqlite":
            assert await holding.communities.move_preview(VILLAGE, NINE + 7 * DAY, before=NINE)
            await holding.commit()
        else:
            async with village.unit_of_work() as telling:
                assert await telling.communities.move_preview(VILLAGE, NINE + 7 * DAY, before=NINE)
                await telling.commit()

    async with village.reading() as work:
        assert (await work.chores.next_at())[Chore.PREVIEWS] == {"letters": NINE + 7 * DAY}


async def test_a_week_is_told_by_one_alone(village: Database) -> None:
    async with village.unit_of_work() as work:
        first = await work.communities.move_preview(VILLAGE, NINE + 7 * DAY, before=NINE)
        second = await work.communities.move_preview(VILLAGE, NINE + 7 * DAY, before=NINE)
        await work.commit()

    assert (first, second) == (True, False)


async def test_what_is_due_by_now_stays_at_its_time(village: Database) -> None:
    async with village.unit_of_work() as work:
        due = await work.communities.move_preview(VILLAGE, NINE + 7 * DAY, now=NINE)
        early = await work.communities.move_preview(VILLAGE, NINE + DAY, now=NINE - timedelta(seconds=1))
        await work.commit()

    async with village.reading() as work:
        assert (due, early) == (False, True)
        assert (await work.chores.next_at())[Chore.PREVIEWS] == {"letters": NINE + DAY}


async def test_what_is_not_to_be_told_any_more_is_gone(village: Database) -> None:
    async with village.unit_of_work() as work:
        kept = await work.communities.move_preview(VILLAGE, None, before=NINE + DAY)
        gone = await work.communities.move_preview(VILLAGE, None)
        await work.commit()

    async with village.reading() as work:
        assert (kept, gone, (await work.chores.next_at())[Chore.PREVIEWS]) == (False, True, {})


async def test_what_a_space_is_told_goes_with_it(village: Database) -> None:
    problem = Problem(VILLAGE, "act.waiting", TODAY)
    async with village.unit_of_work() as work:
        await work.alerts.begin(Alert(problem, "letters", Card("Look"), ("maya",), NINE, NINE + DAY), NINE)
        before = await work.chores.next_at()
        await work.commit()
    async with village.engine.begin() as connection:
        await connection.execute(delete(spaces).where(spaces.c.id == VILLAGE))

    async with village.reading() as work:
        after = await work.chores.next_at()
    for chore in (Chore.ALERTS, Chore.PREVIEWS):
        assert (before[chore], after[chore]) == ({"letters": NINE}, {})

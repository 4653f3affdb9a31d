"""Listeners and workers as processes of their own, on one PostgreSQL database, against both platforms."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.runtime.clock import LedClock
from bot.services.delivering import LEASE
from bot.storage.engine import create_engine
from tests.acceptance.conftest import World
from tests.acceptance.running import Running, kindling
from tests.acceptance.test_both_platforms import BOTH, WORDS, ahead, cards, set_up
from tests.standins.discord import Guild
from tests.storage.databases import a_database

CARD = ["Today’s intention"]
POSTED = "SELECT count(*) FROM deliveries WHERE state = 'posted'"


@dataclass
class Shared:
    """Both platforms, one PostgreSQL database with nothing in it, and a clock that all processes go by."""

    world: World
    url: str
    clock: Path
    engine: AsyncEngine

    @asynccontextmanager
    async def process(self, role: str, *words: str) -> AsyncIterator[Running]:
        secrets = {**self.world.secrets, "KINDLING_DATABASE_URL": self.url}
        options = ("--role", role, *words)
        async with kindling(self.world.config, secrets, *options, led_by=self.clock, opened=BOTH) as running:
            yield running

    async def go(self, seconds: int) -> None:
        """Let it be so much later than by the computer's clock, and hint that there may be something to do."""
        LedClock.lead(self.clock, timedelta(seconds=seconds))
        await self.rows("NOTIFY kindling")

    async def forget_the_database(self) -> None:
        """Let the processes begin with a database that nobody migrated."""
        await self.rows("DROP SCHEMA public CASCADE")
        await self.rows("CREATE SCHEMA public")

    async def rows(self, statement: str) -> list[tuple[object, ...]]:
        async with self.engine.begin() as connection:
            found = await connection.execute(text(statement))
            return [tuple(row) for row in found] if found.returns_rows else []

    async def until_posted(self, cards: int) -> None:
        """Wait until so many deliveries are posted."""
        async with asyncio.timeout(60):
            while await self.rows(POSTED) != [(cards,)]:  # noqa: ASYNC110 -- other processes give no event to wait for
                await asyncio.sleep(0.05)


@pytest.fixture
async def shared(world: World, postgres: str, tmp_path: Path) -> AsyncIterator[Shared]:
    url, clock = await a_database(postgres), tmp_path / "clock"
    LedClock.lead(clock, timedelta(seconds=ahead(0, time(10))))
    engine = create_engine(url)
    yield Shared(world, url, clock, engine)
    await engine.dispose()


async def test_four_workers_and_a_listener_post_every_card_once(shared: Shared) -> None:
    await shared.forget_the_database()
    async with AsyncExitStack() as stack:
        # Two at once on an empty database: one of them migrates it, and the other waits for that.
        roles = ("listener", "worker")
        processes = await asyncio.gather(*(stack.enter_async_context(shared.process(role)) for role in roles))
        processes += [await stack.enter_async_context(shared.process("worker")) for _ in range(3)]
        await set_up(shared.world)
        for day, posted in ((1, 2), (2, 4), (7, 8)):
            await shared.go(ahead(day))
            await shared.until_posted(posted)
        codes = [await running.stop() for running in processes]

    on_discord, on_slack = cards(shared.world)
    assert [heading == CARD[0] for heading in on_discord] == [True, True, False, True]
    assert [heading == CARD[0] for heading in on_slack] == [True, True, False, True]
    assert codes == [0] * 5
    listener, *workers = processes
    assert len(listener.logged("card.posted")) == 0
    assert sum(len(worker.logged("card.posted")) for worker in workers) == 8
    assert len([running for running in processes if running.logged("database.migrated")]) == 1
    lines = [line for running in processes for line in running.lines]
    assert [line for line in lines if line["level"] == "error" or line["message"] == "delivery.claim_lost"] == []


async def test_the_cards_of_a_worker_that_was_killed_come_from_another_after_its_lease(shared: Shared) -> None:
    async with shared.process("listener"), shared.process("worker") as unlucky:
        await set_up(shared.world)
        stuck = shared.world.discord.fail("POST", "/messages$", delay=15, drop_before=True)
        await shared.go(ahead(1))
        await shared.world.discord.until(lambda: stuck.hits == 1, within=20)
        await shared.until_posted(1)
        unlucky.process.send_signal(signal.SIGKILL)
        await unlucky.process.wait()

        async with shared.process("worker"):
            await shared.go(ahead(1))
            assert await shared.rows("SELECT platform FROM deliveries WHERE state = 'sending'") == [("discord",)]
            await shared.go(ahead(1) + round(LEASE.total_seconds()))
            await shared.until_posted(2)

    assert cards(shared.world) == (CARD, CARD)


async def test_two_listeners_take_each_their_shards_and_together_all(shared: Shared) -> None:
    discord, world = shared.world.discord, shared.world
    discord.world.shards = 2
    hamlet = discord.add_guild("Hamlet", owner=world.maya)
    while shard_of(hamlet) == shard_of(world.guild):
        hamlet = discord.add_guild("Hamlet", owner=world.maya)
    green = hamlet.add_channel("kindness")

    async with AsyncExitStack() as stack:
        for number in ("0", "1"):
            words = ("--shards", number, "--shard-count", "2")
            await stack.enter_async_context(shared.process("listener", *words))
        await stack.enter_async_context(shared.process("worker"))
        await set_up(world)
        answer = await discord.slash(world.maya, green, "kindling setup", channel=green, **WORDS)
        await discord.until(lambda: "First card" in answer.text)
        await shared.go(ahead(1))
        await shared.until_posted(3)

    assert sorted(identify["shard"] for identify in discord.gateway.identifies) == [[0, 2], [1, 2]]
    assert cards(world) == (CARD, CARD)
    assert len(discord.messages(green)) == 1


def shard_of(guild: Guild) -> int:
    """As Discord shares its servers out among two."""
    return (int(guild.id) >> 22) % 2


async def test_a_card_that_a_moderator_asks_for_is_posted_at_once_by_a_worker(shared: Shared) -> None:
    async with shared.process("listener"), shared.process("worker"):
        await set_up(shared.world)

        await shared.world.slack.slash(shared.world.anna, shared.world.team, "/kindling", "post")
        async with asyncio.timeout(20):  # less than a heartbeat
            await shared.until_posted(1)

    assert cards(shared.world) == ([], CARD)

"""Lanes of kills: how they are furnished, and what came of them."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from tests.endurance.counting import Count, count
from tests.endurance.homes import Rhythm
from tests.endurance.lane import Lane
from tests.endurance.ledger import PostgresLedger, SqliteLedger
from tests.endurance.troubles import Disk
from tests.endurance.world import AT_ONE_INSTANT, BEGINNINGS, a_world
from tests.storage.postgres import a_server

Told = Callable[[Lane], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A lane that is wanted: how many kills, on which database, whether Slack's history may be read."""

    name: str
    kills: int
    seed: int
    history: bool = True
    postgres: bool = False
    rhythms: Sequence[Rhythm] = AT_ONE_INSTANT
    begin: datetime = BEGINNINGS[0]


@asynccontextmanager
async def a_lane(plan: Plan, folder: Path, told: Told = lambda _lane: None) -> AsyncIterator[Lane]:
    """A lane as planned, in a folder of its own, on a small disk of its own where one can be mounted."""
    if plan.postgres:
        async with _on_postgres(plan, folder, told) as lane:
            yield lane
        return
    await asyncio.to_thread(folder.mkdir, parents=True)
    with _small_disk(folder) as mounted:
        async with a_world(folder, plan.rhythms, begin=plan.begin, history=plan.history) as world:
            ledger = SqliteLedger(folder / "kindling.sqlite")
            yield Lane(plan.name, world, ledger, Random(plan.seed), Disk(folder, mounted), told=told)


@asynccontextmanager
async def _on_postgres(plan: Plan, folder: Path, told: Told) -> AsyncIterator[Lane]:
    with a_server() as server:
        async with a_world(folder, plan.rhythms, begin=plan.begin, history=plan.history) as world:
            dsn = f"{server.address}/postgres".replace("+asyncpg", "")
            world.write_config(dsn)
            yield Lane(
                plan.name, world, PostgresLedger(dsn), Random(plan.seed), Disk(folder), server.break_down, told=told
            )


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """Mount one, for whoever may; whether that could be done."""
    mounting = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mounting, capture_output=True, check=False).returncode == 0  # noqa: S603 -- our own words
    except OSError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607 -- the same


async def live_through(plan: Plan, lane: Lane) -> Count:
    """Live through a lane's kills, and count."""
    await lane.live(plan.kills)
    return await count(lane.world, lane.ledger, lane.pressed)

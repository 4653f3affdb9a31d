"""Lanes of kills: how they are furnished, and what came of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.endurance.counting import Count, count
from tests.endurance.homes import Rhythm
from tests.endurance.lane import Lane
from tests.endurance.ledger import SqliteLedger
from tests.endurance.troubles import Disk
from tests.endurance.world import AT_ONE_INSTANT, a_world

Told = Callable[[Lane], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A lane that is wanted: how many kills, on which database, whether Slack's history may be read."""

    name: str
    kills: int
    seed: int
    history: bool = True
    rhythms: Sequence[Rhythm] = AT_ONE_INSTANT


@asynccontextmanager
async def sqlite_lane(plan: Plan, folder: Path, told: Told, *, mounted: bool = False) -> AsyncIterator[Lane]:
    """A lane on a file in `folder`."""
    async with a_world(folder, plan.rhythms, history=plan.history) as world:
        ledger = SqliteLedger(folder / "kindling.sqlite")
        yield Lane(plan.name, world, ledger, Random(plan.seed), Disk(folder, mounted), told=told)


async def live_through(plan: Plan, lane: Lane) -> Count:
    """Live through a lane's kills, and count."""
    await lane.live(plan.kills)
    return await count(lane.world, lane.ledger, lane.pressed)

"""`kindling run`, killed at many instants. The long form of the same is `python -m benchmarks.crash`."""

import asyncio
from pathlib import Path

from tests.endurance.counting import Count
from tests.endurance.crash import Plan, a_lane, live_through
from tests.endurance.world import AT_ONE_INSTANT

KILLS = 5
PLANS = (
    Plan("with Slack's history", KILLS, seed=21, rhythms=AT_ONE_INSTANT[:2]),
    Plan("without Slack's history", KILLS, seed=8, history=False, rhythms=AT_ONE_INSTANT[:2]),
)


async def lived_through(plan: Plan, folder: Path) -> Count:
    async with a_lane(plan, folder) as lane:
        found = await live_through(plan, lane)
        assert len(lane.kills) >= KILLS
        assert lane.worries == []
        return found


async def test_whenever_it_is_killed_each_card_comes_once_and_on_its_day(tmp_path: Path) -> None:
    found = await asyncio.gather(*(lived_through(plan, tmp_path / str(plan.seed)) for plan in PLANS))

    assert all(one.cards for one in found)
    assert [one for one in found if not one.good] == []

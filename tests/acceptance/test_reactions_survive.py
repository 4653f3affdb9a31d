"""A process that takes reactions in, killed without warning."""

from pathlib import Path

import pytest

from tests.flood.events import at_random, kept, once_each, settle_in
from tests.flood.run import flood


async def test_no_reaction_that_was_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}"
    await settle_in(url, "slack")

    async with flood("kindling", "slack", url) as run:
        acknowledged = await run.killed_at(once_each(1_000, people=20), 300)

    assert len(acknowledged) >= 300
    assert acknowledged <= await kept(url)


@pytest.mark.parametrize("platform", ["discord", "slack"])
async def test_after_a_flood_what_is_kept_is_what_the_platform_knows(tmp_path: Path, platform: str) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'kindling.sqlite'}"
    await settle_in(url, platform)

    async with flood("kindling", platform, url) as run:
        for seed in (1, 2):
            await run.pace(at_random(400, seed), in_flight=20)

    assert await kept(url) == run.truth.felt(platform)

"""Every platform in turn; `on` names those that a behaviour is possible on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import Adapter
from tests.contracts.platform import Platform, StillClock
from tests.contracts.villages import EVERYWHERE


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(params=EVERYWHERE)
async def platform(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> AsyncIterator[Platform]:
    """A platform with its village; the adapter is not open."""
    there: Any = request.param
    async with there.there(tmp_path, clock) as platform:
        yield platform
        await platform.adapter.close()


@pytest.fixture
async def adapter(platform: Platform) -> Adapter:
    """The platform's adapter, ready to send."""
    await platform.adapter.open()
    return platform.adapter

"""The wall under hard use: a database that cannot be written, rights that are tried out, what nobody may work out."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import DatabaseProblem
from bot.services.showing import Showing
from tests.core.test_sharing import share
from tests.core.village import a_village, set_up


async def test_while_the_wall_cannot_be_kept_it_is_not_tried_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def in_vain(_: Showing, _platform: str) -> int:
        nonlocal tries
        tries += 1
        raise DatabaseProblem("the disk is full", "database.full")

    async with a_village(tmp_path) as house:
        await set_up(house)
        monkeypatch.setattr(Showing, "work_off", in_vain)
        await share(house)
        settled = tries

        for _ in range(500):
            await asyncio.sleep(0)
        async with house.database.reading():
            pass

        assert 1 <= settled <= 8
        assert tries == settled

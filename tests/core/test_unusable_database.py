"""The planner and the worker while another program holds the database."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.core.before import be_set_up
from tests.core.village import MORNING, NINE, a_village, moments
from tests.house import House, Notebook


async def look_in_vain(house: House, looks: list[bool]) -> None:
    """Let the planner look until it has failed three times."""
    async with asyncio.timeout(20):
        while looks.count(False) < 3:
            house.core.engine.nudge()
            await asyncio.sleep(0)


async def test_a_card_that_falls_due_meanwhile_comes_once_it_can_be_kept_and_the_log_stays_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(Notebook, "planned", lambda _, *, good: looks.append(good))
    monkeypatch.setattr("bot.storage.engine.BUSY_MILLISECONDS", 20)
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.core.engine.settle()

        with capture_logs() as said:
            house.clock.at = NINE
            with closing(sqlite3.connect(tmp_path / "kindling.sqlite", isolation_level=None)) as another_program:
                another_program.execute("BEGIN IMMEDIATE")
                await look_in_vain(house, looks)
            await house.core.engine.settle()
            await house.database.ping()

        assert moments(house) == [(MORNING, NINE)]
        assert [line["event"] for line in said if line["log_level"] in {"error", "warning"}] == ["database.unusable"]
        assert [line["code"] for line in said if line["event"] == "database.usable_again"] == ["database.locked"]

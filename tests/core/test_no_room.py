"""The planner and the worker while the database cannot be written."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from tests.core.village import MORNING, NINE, a_village, moments, set_up
from tests.house import Notebook


async def test_a_card_that_falls_due_meanwhile_comes_once_it_can_be_kept_and_the_log_stays_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(Notebook, "planned", lambda _, *, good: looks.append(good))
    async with a_village(tmp_path) as house:
        await set_up(house, weekly="off")
        await house.core.engine.settle()
        read_only = "OFF"
        event.listen(
            house.database.engine.sync_engine,
            "begin",
            lambda connection: connection.exec_driver_sql(f"PRAGMA query_only = {read_only}"),
            insert=True,
        )

        with capture_logs() as said:
            read_only, house.clock.at = "ON", NINE
            async with asyncio.timeout(20):
                while looks.count(False) < 3:
                    house.core.engine.nudge()
                    await asyncio.sleep(0)
            read_only = "OFF"
            await house.core.engine.settle()

        assert moments(house) == [(MORNING, NINE)]
        assert [line["event"] for line in said if line["log_level"] in {"error", "warning"}] == ["database.unusable"]
        assert [line["code"] for line in said if line["event"] == "database.usable_again"] == ["database.read_only"]

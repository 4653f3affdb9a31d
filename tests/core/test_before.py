"""A village that was set up before a test is like one that is set up in it."""

import re
from pathlib import Path

import pytest

from bot.domain.places import Actor
from tests.core.before import be_set_up, everything
from tests.core.linked import TOMAS
from tests.core.village import DAY, MONDAY, a_village, moments, set_up
from tests.house import House, moderator

ID = re.compile(r"\b[0-9a-f]{32}\b")


async def found_in(house: House) -> str:
    """All that is in a database, with its identifiers numbered as they come."""
    numbers: dict[str, str] = {}
    rows = "\n".join(f"{table.name}: {row}" for table, rows in await everything(house) for row in rows)
    return ID.sub(lambda id_: numbers.setdefault(id_[0], f"#{len(numbers)}"), rows)


@pytest.mark.parametrize(
    ("actor", "wishes"),
    [
        (moderator(), {}),
        (moderator(), {"weekly": "off"}),
        (moderator(), {"days": "mon", "morning": "10:00"}),
        (TOMAS, {"channel": "market", "weekly": "off"}),
    ],
)
async def test_the_same_is_kept(actor: Actor, wishes: dict[str, str], tmp_path: Path) -> None:
    for name in ("before", "now"):
        (tmp_path / name).mkdir()

    async with a_village(tmp_path / "before") as before, a_village(tmp_path / "now") as now:
        await be_set_up(before, actor, **wishes)
        await set_up(now, actor, **wishes)

        assert await found_in(before) == await found_in(now)


async def test_cards_come_by_themselves(tmp_path: Path) -> None:
    for name in ("before", "now"):
        (tmp_path / name).mkdir()

    async with a_village(tmp_path / "before") as before, a_village(tmp_path / "now") as now:
        await be_set_up(before)
        await set_up(now)
        for house in (before, now):
            await house.until(MONDAY + 2 * DAY)

        assert len(moments(before)) == 3
        assert [at for _, at in moments(before)] == [at for _, at in moments(now)]


async def test_it_is_of_the_instant_at_which_a_test_begins(tmp_path: Path) -> None:
    async with a_village(tmp_path, MONDAY + 40 * DAY) as house:
        await be_set_up(house)

        rows = {table.name: rows for table, rows in await everything(house)}

    assert {row["at"] for row in rows["changes"]} == {MONDAY + 40 * DAY}

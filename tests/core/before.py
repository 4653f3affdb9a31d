"""What was there before a test began: made through the front door once by each process, and kept as rows.

Setting a village up takes a tenth of a second, and most tests of the core begin in one that was set up some time ago.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Table, insert, select

from bot.domain.community import Tone
from bot.domain.places import Actor
from bot.storage.tables import metadata
from tests.core.village import WISHES, a_sleeping_village, set_up
from tests.house import House, moderator
from tests.prepared import in_a_loop_of_its_own

Rows = Sequence[Mapping[str, Any]]
Wishes = tuple[tuple[str, str], ...]


async def be_set_up(house: House, actor: Actor | None = None, **words: str) -> None:
    """Have been set up in a place that nobody knew, as `set_up` would at this instant. What a moderator was answered is
    over, and nothing of it is in memory: who asks for that sets up by `set_up`."""
    wishes = tuple(sorted((WISHES | words).items()))
    kept = _rows_of(actor or moderator(), house.clock.now(), house.letters.tone, wishes)
    async with house.database.unit_of_work() as work:
        for table, rows in kept:
            await work._connection.execute(insert(table), list(rows))
        await work.commit()
    house.core.engine.nudge()


async def everything(house: House) -> Sequence[tuple[Table, Rows]]:
    """All rows of all tables that have any, with those first that others refer to."""
    async with house.database.engine.connect() as connection:
        found = [(one, (await connection.execute(select(one))).mappings().all()) for one in metadata.sorted_tables]
    return [(table, [dict(row) for row in rows]) for table, rows in found if rows]


@cache
def _rows_of(actor: Actor, now: datetime, tone: Tone, wishes: Wishes) -> Sequence[tuple[Table, Rows]]:
    """What one command leaves in a database in which nothing was before."""
    kept: list[tuple[Table, Rows]] = []

    async def set_one_up(folder: Path) -> None:
        async with a_sleeping_village(folder, now) as house:
            house.letters.tone = tone
            await set_up(house, actor, **dict(wishes))
            kept.extend(await everything(house))

    with TemporaryDirectory(prefix="kindling-set-up-") as folder:
        in_a_loop_of_its_own(set_one_up(Path(folder)))
    return kept

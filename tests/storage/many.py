"""Many communities at once, each with a space, a schedule and a channel."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.domain.ids import dated_id
from bot.services.calendar import Calendar
from bot.services.content import Contents
from bot.storage.database import Database
from bot.storage.tables import communities, deliveries, occurrences, schedules, spaces, targets
from tests.house import StillClock
from tests.prepared import the_library
from tests.storage.values import NINE, TODAY


async def many(database: Database, count: int, *, due: int) -> None:
    """So many communities, of which `due` have their card at nine and the others an hour later.

    Their ids are the same each time, so that what becomes of them can be compared.
    """
    of = range(count)
    home = [_numbered("c", n) for n in of]
    rows: dict[Any, list[dict[str, Any]]] = {
        communities: [
            {"id": home[n], "seed": "seed", "tone": "community", "language": "en", "plan": "", "created_at": NINE}
            for n in of
        ],
        spaces: [
            {"id": _numbered("s", n), "community_id": home[n], "platform": "letters", "key": f"town-{n}"} for n in of
        ],
        schedules: [
            {
                "id": dated_id(NINE)[:12] + _numbered("d", n)[12:],
                "community_id": home[n],
                "ritual": "morning",
                "weekdays": "0123456",
                "at": (NINE + timedelta(hours=n >= due)).time(),
                "zone": "UTC",
                "starts": TODAY,
                "skip_dates": [],
                "next_date": TODAY,
                "next_at": NINE + timedelta(hours=n >= due),
            }
            for n in of
        ],
    }
    rows[targets] = [
        {
            "schedule_id": schedule["id"],
            "space_id": space["id"],
            "channel": f"square-{n}",
            "set_up_by": "maya",
            "attention": "",
        }
        for n, (schedule, space) in enumerate(zip(rows[schedules], rows[spaces], strict=True))
    ]
    async with database.engine.begin() as connection:
        for table, values in rows.items():
            await connection.execute(insert(table), values)


def _numbered(letter: str, number: int) -> str:
    return f"{letter}{number:031d}"


def a_calendar(database: Database, now: datetime = NINE, spread: timedelta = timedelta()) -> Calendar:
    return Calendar(database, Contents(the_library()), StillClock(now), spread=spread)


async def kept(database: Database) -> dict[str, Sequence[Any]]:
    """Everything that planning writes, in one order."""
    async with database.engine.connect() as connection:
        return {
            table.name: (await connection.execute(select(table).order_by(table.c.id))).all()
            for table in (schedules, occurrences, deliveries)
        }

"""Many communities over all zones, every one with a space, a schedule and a channel, made quickly."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import dated_id
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import communities, schedules, spaces, targets

DUE = datetime(2027, 1, 18, 9, tzinfo=UTC)
"""When all are due on the first morning. No zone changes its clocks in the days after it."""
STARTS = date(2027, 1, 1)
PIECE = 20_000
Row = tuple[object, ...]
COLUMNS = {
    communities: ("id", "seed", "tone", "language", "plan", "created_at"),
    spaces: ("id", "community_id", "platform", "key"),
    schedules: tuple(name for name in schedules.columns.keys()[:11] if name != "ends"),
    targets: ("schedule_id", "space_id", "channel", "set_up_by", "attention"),
}
"""What a home says of itself, in the order of its rows; every other column stays empty."""


def zones() -> list[str]:
    """Every zone that IANA knows."""
    return sorted(available_timezones() - {"localtime", "Factory"})


def fill(url: str, count: int, one_in: int = 1) -> None:
    """Make an empty database of a crowd, in which one of so many is due at `DUE` and the others half a day later."""
    asyncio.run(_fill(url, count, one_in))


async def _fill(url: str, count: int, one_in: int) -> None:
    database = Database(url)
    await migrate(database.engine)
    homes = _homes(count, one_in)
    while piece := list(islice(homes, PIECE)):
        async with database.engine.begin() as connection:
            for table, rows in zip(COLUMNS, zip(*piece, strict=True), strict=True):
                await _write(connection, table, rows)
    if database.engine.dialect.name == "postgresql":
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql("VACUUM ANALYZE")
    await database.close()


def _homes(count: int, one_in: int) -> Iterator[tuple[Row, Row, Row, Row]]:
    """The rows of each home: community, space, schedule, target. They joined one after the other, a second apart."""
    names, joined = zones(), DUE - timedelta(days=90)
    later = DUE + timedelta(hours=12)
    local = {(name, at): at.astimezone(ZoneInfo(name)) for name in names for at in (DUE, later)}
    for number in range(count):
        joined += timedelta(seconds=1)
        community, space, schedule = dated_id(joined), dated_id(joined), dated_id(joined)
        zone, at = names[number % len(names)], later if number % one_in else DUE
        there = local[zone, at]
        channel = str(10**17 + number * 104_729 % 1_000_003)
        yield (
            (community, "seed", "community", "en", "", joined),
            (space, community, "none", f"home-{number}"),
            (schedule, community, "morning", "0123456", there.time(), zone, STARTS, [], there.date(), at),
            (schedule, space, channel, "moderator", ""),
        )


async def _write(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    names = COLUMNS[table]
    if connection.dialect.name == "postgresql":
        driver: Any = (await connection.get_raw_connection()).driver_connection
        plain = [tuple("[]" if value == [] else value for value in row) for row in rows]
        await driver.copy_records_to_table(table.name, records=plain, columns=names)
    else:
        await connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])

"""Communities' calendars of weeks, in a table."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import CommunityId
from bot.domain.weeks import weeks_of, weeks_state
from bot.ports.weeks import KeptWeeks
from bot.storage.sql import given, those, upsert
from bot.storage.tables import week_calendars


class SqlWeekCalendars:
    """`bot.ports.WeekCalendars`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, KeptWeeks]:
        rows = await self._connection.execute(_those(self._connection.dialect.name), those(wanted))
        return {
            CommunityId(row["community_id"]): KeptWeeks(weeks_of(row["state"], row["apart"]), row["since"])
            for row in rows.mappings()
        }

    async def save(self, changed: Mapping[CommunityId, KeptWeeks]) -> None:
        rows = [
            {
                "community_id": community,
                "state": weeks_state(kept.weeks),
                "apart": kept.weeks.apart,
                "since": kept.since,
            }
            for community, kept in changed.items()
        ]
        await upsert(self._connection, week_calendars, rows)


@cache
def _those(dialect: str) -> Select[Any]:
    return select(week_calendars).where(week_calendars.c.community_id == given(dialect))

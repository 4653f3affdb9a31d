"""When the chores are due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, func, literal_column, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports.chores import Chore
from bot.storage.sql import earliest
from bot.storage.tables import (
    act_copies,
    alert_cards,
    finishes,
    leavings,
    recaps,
    rewrites,
    votes,
    week_previews,
)

DUE: Mapping[Chore, Column[datetime]] = {
    Chore.COPIES: act_copies.c.next_at,
    Chore.RECAPS: recaps.c.next_at,
    Chore.LEAVINGS: leavings.c.next_at,
    Chore.FINISHES: finishes.c.next_at,
    Chore.PREVIEWS: week_previews.c.at,
    Chore.ALERTS: alert_cards.c.next_at,
    Chore.VOTES: votes.c.next_at,
    Chore.REWRITES: rewrites.c.next_at,
}
"""The instants of each, by an index that begins with the platform where there is one."""


def _earliest(chore: Chore, at: Column[datetime]) -> Select[Any, Any, Any]:
    name: ColumnElement[str] = literal_column(f"'{chore}'")
    if "platform" in at.table.c:
        return earliest(at, at.is_not(None)).add_columns(name)
    none: ColumnElement[str] = literal_column("''")
    return select(none, func.min(at, type_=at.type), name).where(at.is_not(None))


NEXT = union_all(*(_earliest(chore, at) for chore, at in DUE.items()))
"""One statement, made once: the engine asks after everything that happens."""


class SqlChores:
    """`bot.ports.chores.Chores`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def next_at(self) -> Mapping[Chore, Mapping[str, datetime]]:
        found: dict[Chore, dict[str, datetime]] = {chore: {} for chore in Chore}
        for platform, at, chore in await self._connection.execute(NEXT):
            if at is not None:
                found[Chore(chore)][platform] = at
        return found

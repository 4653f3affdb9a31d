"""Who was chosen to moderate, in a table."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import SpaceId
from bot.domain.moderators import Moderators
from bot.storage.sql import upsert
from bot.storage.tables import moderators, spaces

CHOSEN_IN = (
    select(moderators.c.chosen)
    .join(spaces, spaces.c.id == moderators.c.space_id)
    .where(spaces.c.platform == bindparam("platform"), spaces.c.key == bindparam("key"))
)
"""Made once: it is asked about nearly everybody."""


class SqlModeratorLists:
    """`bot.ports.ModeratorLists`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, space: SpaceId) -> Moderators:
        row = (await self._connection.execute(select(moderators).where(moderators.c.space_id == space))).one_or_none()
        return Moderators(space, tuple(row.chosen), row.channel) if row else Moderators(space)

    async def chosen_in(self, platform: str, key: str) -> frozenset[str]:
        found = await self._connection.execute(CHOSEN_IN, {"platform": platform, "key": key})
        return frozenset(found.scalar_one_or_none() or ())

    async def save(self, chosen: Moderators) -> None:
        row = {
            "space_id": chosen.space,
            "chosen": list(chosen.chosen),
            "channel": chosen.channel,
        }
        await upsert(self._connection, moderators, [row])

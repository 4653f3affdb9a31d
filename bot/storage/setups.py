"""Walks through setting up, and the contacts of communities, in tables."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.guide import Step, Trial, Walk
from bot.domain.ids import CommunityId, MemberId, SpaceId
from bot.domain.support import Contact, Support
from bot.storage.sql import upsert
from bot.storage.tables import setups, supports


class SqlSetups:
    """`bot.ports.Setups`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, space: SpaceId) -> Walk | None:
        chosen = select(setups).where(setups.c.space_id == space)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        if row is None:
            return None
        trial = row["trial"]
        return Walk(
            space=SpaceId(row["space_id"]),
            by=MemberId(row["by"]),
            updated_at=row["updated_at"],
            step=Step(row["step"]),
            answers=row["answers"],
            trial=Trial(trial["channel"], trial["key"], datetime.fromisoformat(trial["at"])) if trial else None,
        )

    async def save(self, walk: Walk) -> None:
        trial = walk.trial
        kept = {"channel": trial.channel, "key": trial.key, "at": trial.at.isoformat()} if trial else None
        row = {
            "space_id": walk.space,
            "answers": {step: dict(answer) for step, answer in walk.answers.items()},
            "step": walk.step.value,
            "by": walk.by,
            "updated_at": walk.updated_at,
            "trial": kept,
        }
        await upsert(self._connection, setups, [row])

    async def end(self, space: SpaceId) -> None:
        await self._connection.execute(delete(setups).where(setups.c.space_id == space))


class SqlSupports:
    """`bot.ports.Supports`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, community: CommunityId) -> Support | None:
        chosen = select(supports).where(supports.c.community_id == community)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return Support(row["region"], tuple(Contact(*contact) for contact in row["contacts"])) if row else None

    async def save(self, community: CommunityId, support: Support) -> None:
        contacts = [[contact.name, contact.how, contact.when] for contact in support.contacts]
        row = {"community_id": community, "region": support.region, "contacts": contacts}
        await upsert(self._connection, supports, [row])

    async def remove(self, community: CommunityId) -> None:
        await self._connection.execute(delete(supports).where(supports.c.community_id == community))

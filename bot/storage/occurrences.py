"""Occurrences in a table, and which prompts were used."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import RowMapping, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Content, Occurrence
from bot.domain.ids import CommunityId, OccurrenceId, PromptId, ScheduleId, ThemeId
from bot.domain.packs import PromptUse
from bot.domain.schedule import Ritual
from bot.storage.bulk import add_missing
from bot.storage.sql import held, upsert
from bot.storage.tables import CHALLENGE, communities, occurrences, prompt_uses


class SqlOccurrences:
    """`bot.ports.Occurrences`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, fresh: Sequence[Occurrence]) -> frozenset[OccurrenceId]:
        added = await add_missing(self._connection, occurrences, map(_values, fresh))
        return frozenset(OccurrenceId(id_) for id_ in added)

    async def get(self, occurrence: OccurrenceId) -> Occurrence | None:
        return await self._one(select(occurrences).where(occurrences.c.id == occurrence))

    async def on(self, schedule: ScheduleId, local_date: date) -> Occurrence | None:
        chosen = select(occurrences).where(
            occurrences.c.schedule_id == schedule, occurrences.c.local_date == local_date
        )
        return await self._one(chosen)

    async def latest(self, schedule: ScheduleId) -> Occurrence | None:
        chosen = select(occurrences).where(occurrences.c.schedule_id == schedule)
        return await self._one(chosen.order_by(occurrences.c.local_date.desc()).limit(1))

    async def challenge(self, community: CommunityId, on: date) -> Occurrence | None:
        chosen = select(occurrences).where(
            occurrences.c.community_id == community,
            CHALLENGE,
            occurrences.c.skip == "",
            occurrences.c.local_date <= on,
        )
        return await self._one(chosen.order_by(occurrences.c.local_date.desc()).limit(1))

    async def weeks_announced(self, community: CommunityId) -> int:
        counted = select(func.count()).where(
            occurrences.c.community_id == community, CHALLENGE, occurrences.c.theme.is_not(None)
        )
        return (await self._connection.execute(counted)).scalar_one()

    async def save(self, occurrence: Occurrence) -> None:
        changed = {"due_at": occurrence.due_at, "skip": occurrence.skip}
        await self._connection.execute(update(occurrences).where(occurrences.c.id == occurrence.id).values(changed))

    async def choose(self, occurrence: Occurrence) -> Occurrence:
        content = occurrence.content
        if content is None:
            raise ValueError("there is nothing to keep: the occurrence has no content")
        statement = (
            update(occurrences)
            .where(occurrences.c.id == occurrence.id, occurrences.c.prompts.is_(None))
            .values(prompts=list(content.prompts), theme=content.theme)
        )
        if (await self._connection.execute(statement)).rowcount:
            return occurrence
        kept = await self.get(occurrence.id)
        if kept is None:
            raise LookupError(f"no occurrence {occurrence.id}")
        return kept

    async def _one(self, chosen: Select[tuple[object, ...]]) -> Occurrence | None:
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _occurrence(row) if row else None


class SqlPromptUses:
    """`bot.ports.PromptUses`. Who reads them in order to choose holds the community's choice until commit."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def of_community(self, community: CommunityId) -> Mapping[PromptId, PromptUse]:
        choice = select(communities.c.id).where(communities.c.id == community)
        if self._writing:
            await self._connection.execute(held(choice, writing=True))
        chosen = select(prompt_uses).where(prompt_uses.c.community_id == community)
        rows: Sequence[RowMapping] = (await self._connection.execute(chosen)).mappings().all()
        return {PromptId(row["prompt_id"]): PromptUse(row["times"], row["last"]) for row in rows}

    async def record(self, community: CommunityId, times: Mapping[PromptId, int], on: date) -> None:
        rows = [
            {"community_id": community, "prompt_id": prompt, "times": count, "last": on}
            for prompt, count in times.items()
        ]
        await upsert(self._connection, prompt_uses, rows)


def _values(occurrence: Occurrence) -> tuple[object, ...]:
    """In the order of the table's columns."""
    content = occurrence.content
    return (
        occurrence.id,
        occurrence.schedule,
        occurrence.community,
        occurrence.ritual.value,
        occurrence.local_date,
        occurrence.due_at,
        occurrence.skip,
        list(content.prompts) if content else None,
        content.theme if content else None,
    )


def _occurrence(row: RowMapping) -> Occurrence:
    prompts: list[str] | None = row["prompts"]
    theme = ThemeId(row["theme"]) if row["theme"] else None
    return Occurrence(
        id=OccurrenceId(row["id"]),
        schedule=ScheduleId(row["schedule_id"]),
        community=CommunityId(row["community_id"]),
        ritual=Ritual(row["ritual"]),
        local_date=row["local_date"],
        due_at=row["due_at"],
        skip=row["skip"],
        content=None if prompts is None else Content(tuple(PromptId(prompt) for prompt in prompts), theme),
    )

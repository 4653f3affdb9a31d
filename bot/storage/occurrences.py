"""Occurrences in a table, and which prompts were used."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import RowMapping, Select, delete, distinct, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Content, Decided, Occurrence, first_announcements
from bot.domain.ids import CommunityId, OccurrenceId, PromptId, ScheduleId, ThemeId
from bot.domain.packs import PromptUse
from bot.domain.schedule import Ritual
from bot.storage.bulk import begin_to_add, with_rows
from bot.storage.sql import held, listed, upsert
from bot.storage.tables import CHALLENGE, communities, occurrences, prompt_uses, schedules

LATEST_CHALLENGES = """
    SELECT fresh.community_id, fresh.local_date, (
        SELECT latest.id FROM occurrences AS latest
        WHERE latest.community_id = fresh.community_id AND latest.local_date <= fresh.local_date
            AND latest.ritual = 'challenge' AND latest.skip = ''
        ORDER BY latest.local_date DESC LIMIT 1
    ) FROM fresh
"""
CHOOSE = """
    UPDATE occurrences SET prompts = fresh.prompts, theme = fresh.theme FROM fresh
    WHERE occurrences.id = fresh.id AND occurrences.prompts IS NULL
    RETURNING occurrences.id
"""


class SqlOccurrences:
    """`bot.ports.calendar.Occurrences`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, fresh: Sequence[Occurrence | Decided]) -> Collection[OccurrenceId]:
        return (await self.begin_to_add(fresh))()

    async def begin_to_add(self, fresh: Sequence[Occurrence | Decided]) -> Callable[[], Collection[OccurrenceId]]:
        columns = [*zip(*map(_values, fresh), strict=True)]
        return await begin_to_add(self._connection, occurrences, columns, occurrences.c.id)

    async def get(self, occurrence: OccurrenceId) -> Occurrence | None:
        return await self._one(select(occurrences).where(occurrences.c.id == occurrence))

    async def those(self, wanted: Collection[OccurrenceId]) -> Mapping[OccurrenceId, Occurrence]:
        [id_] = listed(self._connection, [(one,) for one in wanted], 1)
        rows = await self._connection.execute(select(occurrences).where(occurrences.c.id == id_))
        return {found.id: found for found in map(_occurrence, rows.mappings())}

    async def on(self, schedule: ScheduleId, local_date: date) -> Occurrence | None:
        chosen = select(occurrences).where(
            occurrences.c.schedule_id == schedule, occurrences.c.local_date == local_date
        )
        return await self._one(chosen)

    async def latest(self, schedule: ScheduleId, now: datetime) -> Occurrence | None:
        waits_for = select(schedules.c.next_date).where(schedules.c.id == schedule).scalar_subquery()
        over = or_(occurrences.c.due_at <= now, occurrences.c.local_date < waits_for)
        chosen = select(occurrences).where(occurrences.c.schedule_id == schedule, over)
        return await self._one(chosen.order_by(occurrences.c.local_date.desc()).limit(1))

    async def since(self, schedule: ScheduleId, local_date: date) -> Sequence[Occurrence]:
        chosen = select(occurrences).where(
            occurrences.c.schedule_id == schedule, occurrences.c.local_date >= local_date
        )
        rows = await self._connection.execute(chosen.order_by(occurrences.c.local_date.desc()))
        return [_occurrence(row) for row in rows.mappings()]

    async def challenges(
        self, wanted: Collection[tuple[CommunityId, date]]
    ) -> Mapping[tuple[CommunityId, date], Occurrence]:
        columns = (occurrences.c.community_id, occurrences.c.local_date)
        found = await with_rows(self._connection, columns, wanted, LATEST_CHALLENGES)
        latest = {(community, str(day)): OccurrenceId(id_) for community, day, id_ in found if id_}
        known = await self.those(set(latest.values()))
        return {(one, day): known[latest[one, str(day)]] for one, day in wanted if (one, str(day)) in latest}

    async def weeks_announced(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, int]:
        [id_] = listed(self._connection, [(one,) for one in wanted], 1)
        of_schedules = func.count(distinct(occurrences.c.schedule_id))
        counted = select(occurrences.c.community_id, func.count(), of_schedules).where(
            occurrences.c.community_id == id_, CHALLENGE, occurrences.c.theme.is_not(None)
        )
        rows = (await self._connection.execute(counted.group_by(occurrences.c.community_id))).all()
        weeks = {CommunityId(community): count for community, count, schedules in rows if schedules == 1}
        several = [CommunityId(community) for community, _, schedules in rows if schedules > 1]
        if several:
            themed = await self.themes_since(several, date.min)
            weeks |= {community: len(first_announcements(announced)) for community, announced in themed.items()}
        return weeks

    async def themes_since(
        self, wanted: Collection[CommunityId], since: date
    ) -> Mapping[CommunityId, Sequence[Occurrence]]:
        [id_] = listed(self._connection, [(one,) for one in wanted], 1)
        chosen = select(occurrences).where(
            occurrences.c.community_id == id_,
            CHALLENGE,
            occurrences.c.local_date >= since,
            occurrences.c.theme.is_not(None),
        )
        found: defaultdict[CommunityId, list[Occurrence]] = defaultdict(list)
        ordered = chosen.order_by(occurrences.c.local_date, occurrences.c.id)
        for row in (await self._connection.execute(ordered)).mappings():
            found[CommunityId(row["community_id"])].append(_occurrence(row))
        return found

    async def announced(self, community: CommunityId, theme: ThemeId) -> bool:
        of_theme = select(occurrences.c.id).where(
            occurrences.c.community_id == community, CHALLENGE, occurrences.c.theme == theme
        )
        return (await self._connection.execute(of_theme.limit(1))).first() is not None

    async def save(self, occurrence: Occurrence) -> None:
        changed = {"due_at": occurrence.due_at, "skip": occurrence.skip}
        await self._connection.execute(update(occurrences).where(occurrences.c.id == occurrence.id).values(changed))

    async def forget(self, occurrence: OccurrenceId) -> None:
        await self._connection.execute(delete(occurrences).where(occurrences.c.id == occurrence))

    async def choose(self, chosen: Collection[Occurrence]) -> Mapping[OccurrenceId, Occurrence]:
        columns = (occurrences.c.id, occurrences.c.prompts, occurrences.c.theme)
        rows: list[tuple[object, ...]] = []
        for occurrence in chosen:
            if occurrence.content is None:
                raise ValueError("there is nothing to keep: the occurrence has no content")
            rows.append((occurrence.id, list(occurrence.content.prompts), occurrence.content.theme))
        new = {row[0] for row in await with_rows(self._connection, columns, rows, CHOOSE)}
        before = [occurrence.id for occurrence in chosen if occurrence.id not in new]
        kept = {occurrence.id: occurrence for occurrence in chosen if occurrence.id in new}
        return kept | dict(await self.those(before)) if before else kept

    async def _one(self, chosen: Select[tuple[object, ...]]) -> Occurrence | None:
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _occurrence(row) if row else None


class SqlPromptUses:
    """`bot.ports.PromptUses`. Who reads them in order to choose holds the community's choice until commit."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def of(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Mapping[PromptId, PromptUse]]:
        [id_] = listed(self._connection, [(one,) for one in wanted], 1)
        if self._writing and self._connection.dialect.name == "postgresql":  # in one order, so that nobody waits round
            choices = select(communities.c.id).where(communities.c.id == id_).order_by(communities.c.id)
            await self._connection.execute(held(choices, writing=True, of=communities))
        uses: dict[CommunityId, dict[PromptId, PromptUse]] = {community: {} for community in wanted}
        chosen = select(prompt_uses).where(prompt_uses.c.community_id == id_)
        for community, prompt, times, last in await self._connection.execute(chosen):
            uses[community][prompt] = PromptUse(times, last)
        return uses

    async def record(self, used: Mapping[CommunityId, Mapping[PromptId, PromptUse]]) -> None:
        rows = [
            {"community_id": community, "prompt_id": prompt, "times": use.times, "last": use.last}
            for community, uses in used.items()
            for prompt, use in uses.items()
        ]
        await upsert(self._connection, prompt_uses, rows)


def _values(occurrence: Occurrence | Decided) -> tuple[object, ...]:
    """In the order of the table's columns."""
    if isinstance(occurrence, Decided):
        id_, schedule, community, ritual, local_date, due_at, skip = occurrence
        return id_, schedule, community, str(ritual), local_date, due_at, skip, None, None
    content = occurrence.content
    return (
        occurrence.id,
        occurrence.schedule,
        occurrence.community,
        str(occurrence.ritual),
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

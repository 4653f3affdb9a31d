"""What communities have of their own, in tables."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    CompoundSelect,
    Integer,
    RowMapping,
    String,
    Table,
    cast,
    delete,
    literal,
    null,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.challenges import Plan, Theme
from bot.domain.changes import State
from bot.domain.ids import CommunityId, PackId, PlanId, PromptId, ThemeId
from bot.domain.own import Own, OwnPrompt, plan_of, plan_state, prompt_of, prompt_state, theme_of, theme_state
from bot.storage.sql import given, insert, listed, those, upsert
from bot.storage.tables import next_prompts, own_plans, own_prompts, own_themes, pack_imports, shelf_settings

KEPT = (own_prompts, shelf_settings, next_prompts, own_themes, own_plans)
NOTHING: Mapping[str, ColumnElement[Any]] = {
    "id": literal("", String).label("id"),
    "place": literal(0, Integer).label("place"),
    "state": cast(null(), JSON).label("state"),
}
"""What stands in the place of a column that a table does not have."""


class SqlShelves:
    """`bot.ports.Shelves`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Own]:
        found: defaultdict[CommunityId, list[RowMapping]] = defaultdict(list)
        rows = await self._connection.execute(_kept(self._connection.dialect.name), those(wanted))
        for row in rows.mappings():
            found[CommunityId(row["community_id"])].append(row)
        return {community: _own(rows) for community, rows in found.items()}

    async def save_prompts(self, community: CommunityId, changed: Sequence[OwnPrompt]) -> None:
        rows = [{"community_id": community, "id": own.prompt.id, "state": prompt_state(own)} for own in changed]
        await upsert(self._connection, own_prompts, rows)

    async def save_choices(self, community: CommunityId, own: Own) -> None:
        state = {"retired": sorted(own.retired), "packs_off": sorted(own.packs_off), "twice": own.twice}
        if not any(state.values()):
            await self._connection.execute(delete(shelf_settings).where(shelf_settings.c.community_id == community))
            return
        await upsert(self._connection, shelf_settings, [{"community_id": community, "state": state}])

    async def queue(self, community: CommunityId, queued: Sequence[PromptId]) -> None:
        await self._connection.execute(delete(next_prompts).where(next_prompts.c.community_id == community))
        if queued:
            rows = [{"community_id": community, "id": prompt, "place": place} for place, prompt in enumerate(queued)]
            await self._connection.execute(insert(self._connection, next_prompts), rows)

    async def taken(self, used: Mapping[CommunityId, Collection[PromptId]]) -> None:
        rows = [(community, prompt) for community, prompts in used.items() for prompt in prompts]
        community, prompt = listed(self._connection, rows, 2)
        queued = tuple_(next_prompts.c.community_id, next_prompts.c.id)
        await self._connection.execute(delete(next_prompts).where(queued.in_(select(community, prompt))))

    async def put_import(self, import_: str, community: CommunityId, at: datetime, state: State) -> None:
        row = {"id": import_, "community_id": community, "at": at, "state": state}
        await upsert(self._connection, pack_imports, [row])

    async def get_import(self, import_: str, community: CommunityId) -> State | None:
        chosen = select(pack_imports.c.state).where(
            pack_imports.c.id == import_, pack_imports.c.community_id == community
        )
        return (await self._connection.execute(chosen)).scalar_one_or_none()

    async def forget_imports(self, before: datetime, import_: str = "") -> None:
        for old in (pack_imports.c.at < before, pack_imports.c.id == import_):
            await self._connection.execute(delete(pack_imports).where(old))

    async def save_theme(self, community: CommunityId, theme: Theme) -> None:
        await self._save(own_themes, community, theme.id, theme_state(theme))

    async def remove_theme(self, community: CommunityId, theme: ThemeId) -> None:
        await self._remove(own_themes, community, theme)

    async def save_plan(self, community: CommunityId, plan: Plan) -> None:
        await self._save(own_plans, community, plan.id, plan_state(plan))

    async def remove_plan(self, community: CommunityId, plan: PlanId) -> None:
        await self._remove(own_plans, community, plan)

    async def _save(self, table: Table, community: CommunityId, id_: str, state: State) -> None:
        await upsert(self._connection, table, [{"community_id": community, "id": id_, "state": state}])

    async def _remove(self, table: Table, community: CommunityId, id_: str) -> None:
        await self._connection.execute(delete(table).where(table.c.community_id == community, table.c.id == id_))


@cache
def _kept(dialect: str) -> CompoundSelect[Any]:
    id_ = given(dialect)
    parts = [
        select(
            literal(table.name, String).label("kept"),
            table.c.community_id,
            *(table.c.get(name, nothing) for name, nothing in NOTHING.items()),
        ).where(table.c.community_id == id_)
        for table in KEPT
    ]
    return union_all(*parts)


def _own(rows: Sequence[RowMapping]) -> Own:
    kept: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["place"], row["id"])):
        kept[row["kept"]].append(row)
    own = Own(
        prompts=tuple(prompt_of(row["state"]) for row in kept[own_prompts.name]),
        queued=tuple(PromptId(row["id"]) for row in kept[next_prompts.name]),
        themes=tuple(theme_of(row["state"]) for row in kept[own_themes.name]),
        plans=tuple(plan_of(row["state"]) for row in kept[own_plans.name]),
    )
    for row in kept[shelf_settings.name]:
        state: Mapping[str, list[str]] = row["state"]
        own = replace(
            own,
            retired=frozenset(map(PromptId, state["retired"])),
            packs_off=frozenset(map(PackId, state["packs_off"])),
            twice=bool(state["twice"]),
        )
    return own

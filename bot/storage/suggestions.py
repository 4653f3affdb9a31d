"""What members suggest, in a table."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import CommunityId, MemberId, SpaceId, SuggestionId
from bot.domain.own import OwnPrompt, prompt_of, prompt_state
from bot.domain.suggestions import Suggestion
from bot.storage.sql import held, upsert
from bot.storage.tables import suggestions


class SqlSuggestions:
    """`bot.ports.Suggestions`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def put(self, suggestion: Suggestion) -> None:
        row = {
            "id": suggestion.id,
            "community_id": suggestion.community,
            "space_id": suggestion.space,
            "member_id": suggestion.by,
            "at": suggestion.at,
            "state": prompt_state(OwnPrompt(suggestion.prompt)),
            "accepted_by": suggestion.accepted_by,
        }
        await upsert(self._connection, suggestions, [row])

    async def get(self, suggestion: SuggestionId) -> Suggestion | None:
        chosen = held(select(suggestions).where(suggestions.c.id == suggestion), writing=self._writing)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _suggestion(row) if row else None

    async def page(
        self, community: CommunityId, limit: int, beyond: str = "", *, space: SpaceId | None = None
    ) -> Sequence[Suggestion]:
        found = await self._some(limit, beyond, suggestions.c.community_id == community)
        if space is None:
            return found
        of_home = suggestions.c.space_id == space, suggestions.c.community_id != community
        return sorted([*found, *await self._some(limit, beyond, *of_home)], key=lambda one: one.id)[:limit]

    async def _some(self, limit: int, beyond: str, *which: ColumnElement[bool]) -> list[Suggestion]:
        chosen = select(suggestions).where(*which, suggestions.c.id > beyond)
        rows = await self._connection.execute(chosen.order_by(suggestions.c.id).limit(limit))
        return [_suggestion(row) for row in rows.mappings()]

    async def since(self, member: MemberId, at: datetime) -> int:
        chosen = select(func.count()).where(suggestions.c.member_id == member, suggestions.c.at >= at)
        return (await self._connection.execute(chosen)).scalar_one()

    async def remove(self, suggestion: SuggestionId) -> None:
        await self._connection.execute(delete(suggestions).where(suggestions.c.id == suggestion))


def _suggestion(row: RowMapping) -> Suggestion:
    return Suggestion(
        id=SuggestionId(row["id"]),
        community=CommunityId(row["community_id"]),
        space=SpaceId(row["space_id"]),
        by=MemberId(row["member_id"]),
        at=row["at"],
        prompt=prompt_of(row["state"]).prompt,
        accepted_by=MemberId(row["accepted_by"]) if row["accepted_by"] else None,
    )

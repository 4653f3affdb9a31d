"""Votes on themes, in tables."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import RowMapping, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import CommunityId, MemberId, OccurrenceId, ThemeId
from bot.domain.votes import Vote
from bot.storage.sql import Row, given, insert, listed, those, upsert
from bot.storage.tables import TO_DO, vote_wishes, votes


class SqlVotes:
    """`bot.ports.Votes`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def save(self, vote: Vote) -> None:
        await upsert(self._connection, votes, [_row(vote)])

    async def close(self, vote: Vote) -> bool:
        still_open = update(votes).where(votes.c.id == vote.id, votes.c.closed_at.is_(None))
        return (await self._connection.execute(still_open.values(_row(vote)))).rowcount > 0

    async def get(self, vote: OccurrenceId) -> Vote | None:
        row = (await self._connection.execute(select(votes).where(votes.c.id == vote))).mappings().one_or_none()
        return _vote(row) if row else None

    async def latest(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Vote]:
        rows = await self._connection.execute(_latest(self._connection.dialect.name), those(wanted))
        return {found.community: found for found in map(_vote, rows.mappings())}

    async def overdue(self, now: datetime, limit: int = 100) -> Sequence[OccurrenceId]:
        chosen = select(votes.c.id).where(TO_DO, votes.c.next_at <= now).order_by(votes.c.next_at)
        return [OccurrenceId(id_) for id_ in (await self._connection.execute(chosen.limit(limit))).scalars()]

    async def won(self, weeks: Collection[OccurrenceId]) -> frozenset[OccurrenceId]:
        [id_] = listed(self._connection, [(one,) for one in weeks], 1)
        rows = await self._connection.execute(select(votes.c.week_id).where(votes.c.week_id == id_))
        return frozenset(OccurrenceId(week) for week in rows.scalars())

    async def wish(self, vote: OccurrenceId, accounts: Collection[MemberId], member: MemberId, theme: ThemeId) -> None:
        theirs = vote_wishes.c.vote_id == vote, vote_wishes.c.member_id.in_(accounts)
        await self._connection.execute(delete(vote_wishes).where(*theirs))
        row = {"vote_id": vote, "member_id": member, "theme": theme}
        await self._connection.execute(insert(self._connection, vote_wishes).values(row))

    async def wishes(self, vote: OccurrenceId) -> Mapping[MemberId, ThemeId]:
        chosen = select(vote_wishes.c.member_id, vote_wishes.c.theme).where(vote_wishes.c.vote_id == vote)
        rows = await self._connection.execute(chosen.order_by(vote_wishes.c.member_id))
        return {MemberId(member): ThemeId(theme) for member, theme in rows}

    async def forget(self, vote: OccurrenceId) -> None:
        await self._connection.execute(delete(vote_wishes).where(vote_wishes.c.vote_id == vote))
        closed = update(votes).where(votes.c.id == vote, votes.c.closed_at.is_not(None))
        await self._connection.execute(closed.values(forget_at=None, next_at=None))


def _row(vote: Vote) -> Row:
    return {
        "id": vote.id,
        "community_id": vote.community,
        "themes": list(vote.themes),
        "closes_at": vote.closes_at,
        "closed_at": vote.closed_at,
        "winner": vote.winner,
        "week_id": vote.week,
        "forget_at": vote.forget_at,
        "next_at": vote.next_at,
        "taken_back": vote.taken_back,
        "order": list(vote.order) if vote.order else None,
    }


@cache
def _latest(dialect: str) -> Select[Any]:
    return select(votes).where(votes.c.community_id == given(dialect)).order_by(votes.c.id)


def _vote(row: RowMapping) -> Vote:
    return Vote(
        id=OccurrenceId(row["id"]),
        community=CommunityId(row["community_id"]),
        themes=tuple(map(ThemeId, row["themes"])),
        closes_at=row["closes_at"],
        closed_at=row["closed_at"],
        winner=ThemeId(row["winner"]) if row["winner"] else None,
        week=OccurrenceId(row["week_id"]) if row["week_id"] else None,
        forget_at=row["forget_at"],
        taken_back=row["taken_back"],
        order=(row["order"][0], row["order"][1]) if row["order"] else None,
    )

"""Which problems moderators were told of, in a table; and in another one, for as long as it takes, the words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import RowMapping, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alerts import Alert, card_as_kept, card_of
from bot.domain.ids import SpaceId
from bot.domain.moderators import Problem
from bot.storage.sql import claimed, insert
from bot.storage.tables import alert_cards, alerts

NAME_LIMIT = 40


class SqlAlertBook:
    """`bot.ports.alerts.AlertBook`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, alert: Alert, until: datetime) -> bool:
        problem = alert.problem
        told = {"space_id": problem.space, "day": problem.day, "code": problem.code}
        first = await self._connection.execute(insert(self._connection, alerts).values(told).on_conflict_do_nothing())
        if not first.rowcount:
            again = select(alert_cards.c.id).where(alert_cards.c.id == alert.key, alert_cards.c.claim == alert.claim)
            return (await self._connection.execute(again)).first() is not None
        words = {
            "id": alert.key,
            **told,
            "platform": alert.platform,
            "card": card_as_kept(alert.card),
            "users": list(alert.users),
            "since": alert.since,
            "until": alert.until,
            "claim": alert.claim,
            "doubt": alert.doubt,
            "next_at": until,
        }
        await self._connection.execute(insert(self._connection, alert_cards).values(words).on_conflict_do_nothing())
        return True

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Alert]:
        due = (
            select(alert_cards.c.id)
            .where(alert_cards.c.platform == platform, alert_cards.c.next_at <= now)
            .order_by(alert_cards.c.next_at)
            .limit(limit)
        )
        token = f"{worker[:NAME_LIMIT]}/{uuid4().hex}"
        doubt = or_(alert_cards.c.doubt, alert_cards.c.claim != "")  # as they were before: taken, and never given back
        rows = await claimed(self._connection, alert_cards.c.id, due, claim=token, next_at=now + lease, doubt=doubt)
        return [_alert(row) for row in rows]

    async def later(self, alert: Alert, again: datetime) -> bool:
        mine = update(alert_cards).where(alert_cards.c.id == alert.key, alert_cards.c.claim == alert.claim)
        kept = {"users": list(alert.users), "claim": "", "doubt": alert.doubt, "next_at": again}
        return (await self._connection.execute(mine.values(kept))).rowcount > 0

    async def narrow(self, alert: Alert) -> None:
        mine = update(alert_cards).where(alert_cards.c.id == alert.key, alert_cards.c.claim == alert.claim)
        await self._connection.execute(mine.values(users=list(alert.users)))

    async def done(self, alert: Alert) -> None:
        await self._connection.execute(delete(alert_cards).where(alert_cards.c.id == alert.key))

    async def forget(self, before: date) -> int:
        await self._connection.execute(delete(alert_cards).where(alert_cards.c.day < before))
        return (await self._connection.execute(delete(alerts).where(alerts.c.day < before))).rowcount


def _alert(row: RowMapping) -> Alert:
    return Alert(
        problem=Problem(SpaceId(row["space_id"]), row["code"], row["day"]),
        platform=row["platform"],
        card=card_of(row["card"]),
        users=tuple(row["users"]),
        since=row["since"],
        until=row["until"],
        doubt=row["doubt"],
        claim=row["claim"],
    )

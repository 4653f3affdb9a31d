"""Deliveries in a table: the outbox that the worker empties."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, State
from bot.domain.ids import DeliveryId, OccurrenceId, SpaceId
from bot.domain.places import MessageRef, Place
from bot.storage.sql import Row, held, insert
from bot.storage.tables import WAITING, deliveries

NAME_LIMIT = 40  # with the token behind it, a claim fits its column
REASON_LIMIT = 60


class SqlOutbox:
    """`bot.ports.Outbox`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def put(self, fresh: Iterable[Delivery]) -> None:
        rows = [_row(delivery) for delivery in fresh]
        if rows:
            await self._connection.execute(insert(self._connection, deliveries).on_conflict_do_nothing(), rows)

    async def get(self, delivery: DeliveryId) -> Delivery | None:
        found = await self._where(deliveries.c.id == delivery, writing=self._writing)
        return found[0] if found else None

    async def claim(
        self, worker: str, now: datetime, lease: timedelta, limit: int, without: Collection[str] = ()
    ) -> Sequence[Delivery]:
        claimable = (
            select(deliveries.c.id)
            .where(WAITING, deliveries.c.next_at <= now, *_except(without))
            .order_by(deliveries.c.next_at, deliveries.c.deadline.desc())  # a week's theme before its first mention
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(deliveries)
            .where(deliveries.c.id.in_(claimable.scalar_subquery()))
            .values(claim=f"{worker[:NAME_LIMIT]}/{uuid4().hex}", next_at=now + lease)
            .returning(*deliveries.c)
        )
        rows = (await self._connection.execute(taken)).mappings().all()
        return sorted((_delivery(row) for row in rows), key=lambda delivery: (delivery.due_at, delivery.id))

    async def release(self, worker: str, now: datetime) -> int:
        held = deliveries.c.claim.startswith(f"{worker[:NAME_LIMIT]}/", autoescape=True)
        unbegun = update(deliveries).where(WAITING, held, deliveries.c.state == State.PLANNED.value)
        return (await self._connection.execute(unbegun.values(claim="", next_at=now))).rowcount

    async def settle(self, delivery: Delivery) -> bool:
        changed = {**_row(delivery), "claim": "" if delivery.released else delivery.claim}
        held = deliveries.c.claim == delivery.claim
        statement = update(deliveries).where(deliveries.c.id == delivery.id, held).values(changed)
        return (await self._connection.execute(statement)).rowcount == 1

    async def revoke(self, changed: Iterable[Delivery]) -> None:
        for delivery in changed:
            row = {**_row(delivery), "claim": ""}
            await self._connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(row))

    async def next_at(self) -> datetime | None:
        earliest = select(func.min(deliveries.c.next_at, type_=deliveries.c.next_at.type)).where(WAITING)
        return (await self._connection.execute(earliest)).scalar_one()

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Delivery]:
        return await self._where(deliveries.c.occurrence_id == occurrence, writing=self._writing)

    async def showing(self, ref: MessageRef) -> Delivery | None:
        found = await self._where(
            deliveries.c.platform == ref.place.platform,
            deliveries.c.channel == ref.place.channel,
            deliveries.c.message == ref.message,
        )
        return next((delivery for delivery in found if delivery.place.space == ref.place.space), None)

    async def posted_since(self, platform: str, since: datetime) -> Sequence[Delivery]:
        chosen = (
            select(deliveries)
            .where(deliveries.c.platform == platform, deliveries.c.posted_at >= since)
            .order_by(deliveries.c.posted_at.desc())
        )
        return [_delivery(row) for row in (await self._connection.execute(chosen)).mappings()]

    async def waiting(self, limit: int, beyond: str = "") -> Sequence[Delivery]:
        chosen = select(deliveries).where(WAITING, deliveries.c.id > beyond).order_by(deliveries.c.id).limit(limit)
        return [_delivery(row) for row in (await self._connection.execute(chosen)).mappings()]

    async def unsettled(self, space: SpaceId) -> Sequence[Delivery]:
        open_states = [State.PLANNED.value, State.SENDING.value, State.UNSURE.value]
        here = deliveries.c.space_id == space
        return await self._where(here, deliveries.c.state.in_(open_states), writing=self._writing)

    async def _where(self, *conditions: ColumnElement[bool], writing: bool = False) -> list[Delivery]:
        chosen = select(deliveries).where(*conditions).order_by(deliveries.c.due_at, deliveries.c.id)
        rows = await self._connection.execute(held(chosen, writing=writing))
        return [_delivery(row) for row in rows.mappings()]


def _except(platforms: Collection[str]) -> Sequence[ColumnElement[bool]]:
    return [deliveries.c.platform.not_in(platforms)] if platforms else []


def _row(delivery: Delivery) -> Row:
    return {
        "id": delivery.id,
        "occurrence_id": delivery.occurrence,
        "space_id": delivery.space,
        "platform": delivery.place.platform,
        "space_key": delivery.place.space,
        "channel": delivery.place.channel,
        "due_at": delivery.due_at,
        "deadline": delivery.deadline,
        "next_at": delivery.next_at,
        "state": delivery.state.value,
        "reason": delivery.reason[:REASON_LIMIT],
        "attempts": delivery.attempts,
        "claim": delivery.claim,
        "message": delivery.message,
        "sent_at": delivery.sent_at,
        "posted_at": delivery.posted_at,
    }


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        occurrence=OccurrenceId(row["occurrence_id"]),
        space=SpaceId(row["space_id"]),
        place=Place(row["platform"], row["space_key"], row["channel"]),
        due_at=row["due_at"],
        deadline=row["deadline"],
        next_at=row["next_at"],
        state=State(row["state"]),
        reason=row["reason"],
        attempts=row["attempts"],
        claim=row["claim"],
        message=row["message"],
        sent_at=row["sent_at"],
        posted_at=row["posted_at"],
    )

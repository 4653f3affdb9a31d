"""Deliveries in a table: the outbox that the worker empties."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Column, ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import Delivery, Planned, State
from bot.domain.ids import ActId, CopyId, DeliveryId, OccurrenceId, SpaceId
from bot.domain.places import MessageRef, Place
from bot.domain.reactions import Copy
from bot.storage.bulk import add_missing, with_rows
from bot.storage.sql import Row, claimed, earliest, held
from bot.storage.tables import WAITING, deliveries, spaces

NAME_LIMIT = 40  # with the token behind it, a claim fits its column
REASON_LIMIT = 60
COPIES = """
    SELECT fresh.platform, fresh.space_key, fresh.channel, fresh.message, posted.id, posted.occurrence_id,
        posted.space_id, 0
    FROM fresh CROSS JOIN deliveries AS posted
    WHERE posted.platform = fresh.platform AND posted.channel = fresh.channel AND posted.message = fresh.message
        AND posted.message != '' AND posted.space_key = fresh.space_key
    UNION ALL
    SELECT fresh.platform, fresh.space_key, fresh.channel, fresh.message, shown.id, shown.act_id, shown.space_id, 1
    FROM fresh CROSS JOIN act_copies AS shown
    WHERE shown.platform = fresh.platform AND shown.channel = fresh.channel AND shown.message = fresh.message
        AND shown.message != '' AND shown.space_key = fresh.space_key
"""
UNSURE = """
    SELECT fresh.platform, fresh.space_key, fresh.channel, unsure.id
    FROM fresh CROSS JOIN spaces AS here CROSS JOIN deliveries AS unsure
    WHERE here.platform = fresh.platform AND here."key" = fresh.space_key
        AND unsure.space_id = here.id AND unsure.state IN ('unsure', 'planned') AND unsure.channel = fresh.channel
        AND (unsure.state = 'unsure' OR unsure.sent_at IS NOT NULL)
"""
STATE = tuple(deliveries.columns.keys()[6:])
"""What of a delivery changes: all but what it is and where it goes."""
UNBEGUN = tuple((value,) for value in (State.PLANNED.value, "", 0, "", "", None, None))
"""What is said of every delivery that is planned: its `STATE`, from `state` on."""
NEXT = earliest(deliveries.c.next_at, WAITING)
HELD = Column("held", deliveries.c.claim.type)
SETTLE = f"""
    UPDATE deliveries SET {", ".join(f"{name} = fresh.{name}" for name in STATE)} FROM fresh
    WHERE deliveries.id = fresh.id AND deliveries.claim = fresh.held
    RETURNING deliveries.id
"""  # noqa: S608 -- names of our own columns


class SqlOutbox:
    """`bot.ports.calendar.Outbox`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def plan(self, fresh: Iterable[Planned]) -> None:
        if rows := [*fresh]:
            ids, occurrences, homes, places, *instants = zip(*rows, strict=True)
            columns = (ids, occurrences, homes, *zip(*places, strict=True), *instants, *UNBEGUN)
            await add_missing(self._connection, deliveries, columns)

    async def put(self, fresh: Iterable[Delivery]) -> None:
        await add_missing(self._connection, deliveries, [*zip(*map(_values, fresh), strict=True)])

    async def get(self, delivery: DeliveryId) -> Delivery | None:
        found = await self._where(deliveries.c.id == delivery, writing=self._writing)
        return found[0] if found else None

    async def next_at(self) -> Mapping[str, datetime]:
        return {row[0]: row[1] for row in await self._connection.execute(NEXT)}

    async def claim(
        self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Delivery]:
        chosen = (
            select(deliveries.c.id)
            .where(WAITING, deliveries.c.platform == platform, deliveries.c.next_at <= now)
            .order_by(deliveries.c.next_at, deliveries.c.deadline.desc())  # a week's theme before its first mention
            .limit(limit)
        )
        claim = f"{worker[:NAME_LIMIT]}/{uuid4().hex}"
        rows = await claimed(self._connection, deliveries.c.id, chosen, claim=claim, next_at=now + lease)
        return sorted((_delivery(row) for row in rows), key=_oldest_first)

    async def release(self, worker: str, now: datetime) -> int:
        held = deliveries.c.claim.startswith(f"{worker[:NAME_LIMIT]}/", autoescape=True)
        unbegun = update(deliveries).where(WAITING, held, deliveries.c.state == State.PLANNED.value)
        return (await self._connection.execute(unbegun.values(claim="", next_at=now))).rowcount

    async def settle(self, changed: Collection[Delivery]) -> frozenset[DeliveryId]:
        rows = ((one.id, one.claim, *_values(one)[-len(STATE) :]) for one in changed)
        columns = (deliveries.c.id, HELD, *(deliveries.c[name] for name in STATE))
        return frozenset(DeliveryId(row[0]) for row in await with_rows(self._connection, columns, rows, SETTLE))

    async def held_back(self, space: SpaceId, reason: str, now: datetime) -> Sequence[Delivery]:
        skipped = (deliveries.c.state == State.SKIPPED.value, deliveries.c.reason == reason)
        return await self._where(
            deliveries.c.space_id == space, *skipped, deliveries.c.deadline > now, writing=self._writing
        )

    async def recall(self, under_way: Collection[DeliveryId], reason: str) -> None:
        if under_way:
            still = (deliveries.c.id.in_(under_way), deliveries.c.state == State.SENDING.value)
            await self._connection.execute(update(deliveries).where(*still).values(reason=reason[:REASON_LIMIT]))

    async def revoke(self, changed: Iterable[Delivery]) -> None:
        for delivery in changed:
            row = {**_row(delivery), "claim": ""}
            await self._connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(row))

    async def waiting_at(self, place: Place) -> Sequence[Delivery]:
        space = select(spaces.c.id).where(spaces.c.platform == place.platform, spaces.c.key == place.space)
        return await self._where(
            deliveries.c.space_id == space.scalar_subquery(),
            deliveries.c.state.in_([State.PLANNED.value, State.SENDING.value]),
            deliveries.c.channel == place.channel,
            writing=self._writing,
        )

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Delivery]:
        return await self._where(deliveries.c.occurrence_id == occurrence, writing=self._writing)

    async def copies(self, refs: Collection[MessageRef]) -> Mapping[MessageRef, Copy]:
        key = (deliveries.c.platform, deliveries.c.space_key, deliveries.c.channel, deliveries.c.message)
        asked = [(ref.place.platform, ref.place.space, ref.place.channel, ref.message) for ref in refs]
        return {
            MessageRef(Place(platform, space_key, channel), message): Copy(
                CopyId(via) if act else DeliveryId(via),
                ActId(item) if act else OccurrenceId(item),
                SpaceId(space),
                act=bool(act),
            )
            for platform, space_key, channel, message, via, item, space, act in await with_rows(
                self._connection, key, asked, COPIES
            )
        }

    async def unsure_at(self, places: Collection[Place]) -> Mapping[Place, frozenset[DeliveryId]]:
        key = (deliveries.c.platform, deliveries.c.space_key, deliveries.c.channel)
        asked = [(place.platform, place.space, place.channel) for place in places]
        found: defaultdict[Place, set[DeliveryId]] = defaultdict(set)
        for platform, space_key, channel, delivery in await with_rows(self._connection, key, asked, UNSURE):
            found[Place(platform, space_key, channel)].add(DeliveryId(delivery))
        return {place: frozenset(unsure) for place, unsure in found.items()}

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


def _oldest_first(delivery: Delivery) -> tuple[datetime, timedelta, DeliveryId]:
    """Of two that are due at one instant, the one that may wait longer goes first: a theme before its mention."""
    return delivery.due_at, delivery.due_at - delivery.deadline, delivery.id


def _values(delivery: Delivery) -> tuple[object, ...]:
    """In the order of the table's columns."""
    place = delivery.place
    return (
        delivery.id,
        delivery.occurrence,
        delivery.space,
        place.platform,
        place.space,
        place.channel,
        delivery.due_at,
        delivery.deadline,
        delivery.next_at,
        str(delivery.state),
        delivery.reason[:REASON_LIMIT],
        delivery.attempts,
        "" if delivery.released else delivery.claim,
        delivery.message,
        delivery.sent_at,
        delivery.posted_at,
    )


def _row(delivery: Delivery) -> Row:
    return dict(zip(deliveries.columns.keys(), _values(delivery), strict=True))


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

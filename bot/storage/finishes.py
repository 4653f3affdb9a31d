"""What is done with posted cards, in a table beside the deliveries: only cards of schedules that want something of it
have rows, so that all others are planned, claimed and settled as if there were none."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import RowMapping, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.finishing import Finish, Step, read_steps
from bot.domain.ids import DeliveryId, ScheduleId, SpaceId
from bot.domain.places import MessageRef, Place
from bot.storage.bulk import with_rows
from bot.storage.sql import claimed, insert
from bot.storage.tables import deliveries, finishes

NAME_LIMIT = 40
CODE_LIMIT = 60
WHOLE = select(
    *finishes.c, deliveries.c.space_key, deliveries.c.channel, deliveries.c.message, deliveries.c.due_at
).join(deliveries, deliveries.c.id == finishes.c.delivery_id)
TO_BE_DONE = finishes.c.next_at.is_not(None)
PINNED = or_(finishes.c.done, TO_BE_DONE)
WANTED = """
    SELECT posted.id, posted.platform, chosen.id, posted.space_id, chosen.steps
    FROM fresh CROSS JOIN deliveries AS posted CROSS JOIN occurrences AS happened CROSS JOIN schedules AS chosen
    WHERE posted.id = fresh.id AND happened.id = posted.occurrence_id AND chosen.id = happened.schedule_id
        AND chosen.steps IS NOT NULL
"""
NOTIFIED = """
    SELECT leaving.id, aimed.notify
    FROM fresh CROSS JOIN deliveries AS leaving CROSS JOIN occurrences AS happened CROSS JOIN targets AS aimed
    WHERE leaving.id = fresh.id AND happened.id = leaving.occurrence_id
        AND aimed.schedule_id = happened.schedule_id AND aimed.space_id = leaving.space_id AND aimed.notify IS NOT NULL
"""


class SqlFinishes:
    """`bot.ports.finishes.Finishes`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, posted: Collection[DeliveryId], now: datetime) -> None:
        found = await with_rows(self._connection, (deliveries.c.id,), [(id_,) for id_ in posted], WANTED)
        rows = [
            {
                "id": _id(delivery, step),
                "delivery_id": delivery,
                "step": step.value,
                "schedule_id": schedule,
                "space_id": space,
                "platform": platform,
                "attempts": 0,
                "claim": "",
                "doubt": False,
                "done": False,
                "trouble": "",
                "sentence": "",
                "next_at": now,
            }
            for delivery, platform, schedule, space, steps in sorted(found)
            for step in sorted(read_steps(steps))
        ]
        if rows:
            await self._connection.execute(insert(self._connection, finishes).on_conflict_do_nothing(), rows)

    async def notified(self, wanted: Collection[DeliveryId]) -> Mapping[DeliveryId, str]:
        rows = await with_rows(self._connection, (deliveries.c.id,), [(id_,) for id_ in wanted], NOTIFIED)
        return {DeliveryId(delivery): notify for delivery, notify in rows}

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Finish]:
        due = (
            select(finishes.c.id)
            .where(TO_BE_DONE, finishes.c.platform == platform, finishes.c.next_at <= now)
            .order_by(finishes.c.next_at)
            .limit(limit)
        )
        token = f"{worker[:NAME_LIMIT]}/{uuid4().hex}"
        doubt = or_(finishes.c.doubt, finishes.c.claim != "")  # as they were before: taken, and never given back
        await claimed(self._connection, finishes.c.id, due, claim=token, next_at=now + lease, doubt=doubt)
        mine = WHOLE.where(finishes.c.platform == platform, TO_BE_DONE, finishes.c.claim == token)
        rows = await self._connection.execute(mine.order_by(deliveries.c.due_at, finishes.c.id))
        return [_finish(row) for row in rows.mappings()]

    async def settle(self, finish: Finish, again: datetime | None) -> bool:
        state = {
            "attempts": finish.attempts,
            "claim": "",
            "doubt": finish.doubt,
            "done": finish.done,
            "trouble": finish.trouble[:CODE_LIMIT],
            "sentence": finish.sentence,
            "next_at": again,
        }
        mine = update(finishes).where(finishes.c.id == _id(finish.delivery, finish.step))
        changed = await self._connection.execute(mine.where(finishes.c.claim == finish.claim).values(state))
        return changed.rowcount > 0

    async def forget(self, finish: Finish) -> None:
        one = delete(finishes).where(finishes.c.id == _id(finish.delivery, finish.step))
        await self._connection.execute(one)

    async def pins(self, schedule: ScheduleId, space: SpaceId) -> Sequence[Finish]:
        chosen = WHOLE.where(
            finishes.c.schedule_id == schedule, finishes.c.space_id == space, finishes.c.step == Step.PIN.value, PINNED
        )
        rows = await self._connection.execute(chosen.order_by(deliveries.c.due_at.desc(), finishes.c.id.desc()))
        return [_finish(row) for row in rows.mappings()]

    async def troubles(self, wanted: Collection[DeliveryId]) -> Mapping[DeliveryId, Sequence[Finish]]:
        ids = [_id(delivery, step) for delivery in wanted for step in Step]
        chosen = WHOLE.where(finishes.c.id.in_(ids), finishes.c.trouble != "")
        found: defaultdict[DeliveryId, list[Finish]] = defaultdict(list)
        for row in (await self._connection.execute(chosen.order_by(finishes.c.id))).mappings():
            found[DeliveryId(row["delivery_id"])].append(_finish(row))
        return found


def _id(delivery: str, step: Step) -> str:
    return f"{delivery}.{step.value}"


def _finish(row: RowMapping) -> Finish:
    place = Place(row["platform"], row["space_key"], row["channel"])
    return Finish(
        delivery=DeliveryId(row["delivery_id"]),
        step=Step(row["step"]),
        schedule=ScheduleId(row["schedule_id"]),
        space=SpaceId(row["space_id"]),
        ref=MessageRef(place, row["message"]),
        due_at=row["due_at"],
        claim=row["claim"],
        attempts=row["attempts"],
        doubt=row["doubt"],
        done=row["done"],
        trouble=row["trouble"],
        sentence=row["sentence"],
    )

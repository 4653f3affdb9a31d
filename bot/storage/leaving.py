"""Spaces on their way out, in a table, and what is erased of them, in portions."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, Select, Table, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.delivery import State
from bot.domain.ids import DeliveryId, SpaceId
from bot.domain.leaving import GONE, Holdings, Leaving, Stage
from bot.domain.wall import UNSURE
from bot.storage.act_copies import unless_claimed
from bot.storage.sql import Row, claimed, held, insert
from bot.storage.tables import (
    BY_SOMEBODY,
    act_copies,
    acts,
    changes,
    communities,
    decisions,
    deliveries,
    leavings,
    link_codes,
    links,
    members,
    occurrences,
    prompt_uses,
    reactions,
    recaps,
    same_person,
    schedules,
    spaces,
    suggestions,
    targets,
)

NAME_LIMIT = 40
MEMBERS = 50
"""How many members are erased at once: each may have felt something about a year of cards."""


class SqlLeavings:
    """`bot.ports.leaving.Leavings`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def get(self, space: SpaceId) -> Leaving | None:
        chosen = held(select(leavings).where(leavings.c.space_id == space), writing=self._writing)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _leaving(row) if row else None

    async def begin(self, leaving: Leaving) -> bool:
        row = {
            "space_id": leaving.space,
            "platform": leaving.platform,
            "key": leaving.key,
            "by": leaving.by,
            "asked_at": leaving.asked_at,
            "held_back": list(leaving.held_back),
            "claim": "",
            "next_at": leaving.next_at,
            **_state(leaving),
        }
        begun = insert(self._connection, leavings).values(row).on_conflict_do_nothing()
        return (await self._connection.execute(begun)).rowcount > 0

    async def take_back(self, space: SpaceId) -> None:
        await self._connection.execute(delete(leavings).where(leavings.c.space_id == space))

    async def waiting(self) -> Sequence[Leaving]:
        chosen = select(leavings).where(leavings.c.stage == Stage.WAITING.value, leavings.c.by != "")
        return [_leaving(row) for row in (await self._connection.execute(chosen)).mappings()]

    async def stop(self, space: SpaceId) -> str:
        # As rows and not as values: whatever a channel has been set to is put back as it was.
        rows = (await self._connection.execute(select(targets).where(targets.c.space_id == space))).mappings()
        stopped = json.dumps([dict(row) for row in rows])
        await self._connection.execute(delete(targets).where(targets.c.space_id == space))
        return stopped

    async def put_back(self, stopped: str) -> None:
        rows: list[dict[str, object]] = json.loads(stopped)
        wanted = [str(row["schedule_id"]) for row in rows]
        known = set(
            (await self._connection.execute(select(schedules.c.id).where(schedules.c.id.in_(wanted)))).scalars()
        )
        there = [row for row in rows if row["schedule_id"] in known]
        if there:
            await self._connection.execute(insert(self._connection, targets).on_conflict_do_nothing(), there)

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Leaving]:
        due = select(leavings.c.space_id).where(leavings.c.platform == platform, leavings.c.next_at <= now)
        some = due.order_by(leavings.c.next_at).limit(limit)
        token = f"{worker[:NAME_LIMIT]}/{uuid4().hex}"
        rows = await claimed(self._connection, leavings.c.space_id, some, claim=token, next_at=now + lease)
        return [_leaving(row) for row in rows]

    async def settle(self, leaving: Leaving, again: datetime) -> bool:
        mine = update(leavings).where(leavings.c.space_id == leaving.space, leavings.c.claim == leaving.claim)
        settled = mine.values({**_state(leaving), "claim": "", "next_at": again})
        return (await self._connection.execute(settled)).rowcount > 0


class SqlErasures:
    """`bot.ports.leaving.Erasures`. What hangs on a row goes with it by its foreign keys; what does not is named."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def holdings(self, space: SpaceId) -> Holdings:
        own = select(func.count()).select_from(acts).where(acts.c.space_id == space, acts.c.standing == "shown")
        shown = select(func.count()).select_from(act_copies).where(act_copies.c.space_id == space, _there())
        posted = select(func.count()).select_from(deliveries)
        cards = posted.where(deliveries.c.space_id == space, deliveries.c.state == State.POSTED.value)
        counts = [(await self._connection.execute(counted)).scalar_one() for counted in (own, shown, cards)]
        return Holdings(*counts)

    async def stir(self, space: SpaceId, at: datetime, limit: int, beyond: str = "") -> str:
        chosen = select(act_copies.c.id).where(act_copies.c.space_id == space, act_copies.c.id > beyond)
        some = await self._ids(chosen.order_by(act_copies.c.id).limit(limit))
        await self._stir(act_copies.c.id.in_(some), at)
        if not beyond:
            await self._connection.execute(update(recaps).where(recaps.c.space_id == space).values(next_at=at))
        return some[-1] if some else ""

    async def to_do(self, space: SpaceId) -> bool:
        for table in (act_copies, recaps):
            waiting = select(table.c.space_id).where(table.c.space_id == space, table.c.next_at.is_not(None))
            if (await self._connection.execute(waiting.limit(1))).first() is not None:
                return True
        return False

    async def left_over(self, space: SpaceId) -> Mapping[str, int]:
        counted = select(act_copies.c.channel, func.count()).where(act_copies.c.space_id == space, _there())
        found = {row[0]: row[1] for row in await self._connection.execute(counted.group_by(act_copies.c.channel))}
        told = select(deliveries.c.channel).join(recaps, recaps.c.delivery_id == deliveries.c.id)
        for channel in (await self._connection.execute(told.where(recaps.c.space_id == space))).scalars():
            found[channel] = found.get(channel, 0) + 1
        return found

    async def erase_some(self, space: SpaceId, at: datetime, limit: int) -> bool:
        own = select(acts.c.id).where(acts.c.space_id == space).order_by(acts.c.id).limit(limit)
        if some := await self._ids(own):
            await self._erase_acts(space, some, at)
            return True
        for table in (act_copies, deliveries):
            if await self._erase(table, select(table.c.id).where(table.c.space_id == space).limit(limit)):
                return True
        people = select(members.c.id).where(members.c.space_id == space).order_by(members.c.id)
        if some := await self._ids(people.limit(min(limit, MEMBERS))):
            await self._erase_members(some)
            return True
        community = await self._community(space)
        if community is None:
            return False
        days = select(occurrences.c.id).join(schedules, schedules.c.id == occurrences.c.schedule_id)
        if some := await self._ids(days.where(schedules.c.community_id == community).limit(limit)):
            await self._erase_days(some)
            return True
        decided = select(decisions.c.id).where(decisions.c.community_id == community, BY_SOMEBODY)
        changed = select(changes.c.id).where(changes.c.community_id == community)
        return await self._erase(decisions, decided.limit(limit)) or await self._erase(changes, changed.limit(limit))

    async def end(self, space: SpaceId) -> None:
        community = await self._community(space)
        about = update(decisions).where(decisions.c.subject == space)
        await self._connection.execute(about.values(subject=GONE))
        codes = or_(link_codes.c.space_id == space, link_codes.c.used_in == space)
        await self._connection.execute(delete(link_codes).where(codes))
        await self._connection.execute(delete(spaces).where(spaces.c.id == space))
        if community is not None:
            await self._connection.execute(delete(prompt_uses).where(prompt_uses.c.community_id == community))
            await self._connection.execute(delete(communities).where(communities.c.id == community))

    async def _community(self, space: SpaceId) -> str | None:
        """The community of a space, if it has no other, and none that would return to it."""
        of = select(spaces.c.community_id).where(spaces.c.id == space)
        community = (await self._connection.execute(of)).scalar_one_or_none()
        others = select(spaces.c.id).where(spaces.c.community_id == community, spaces.c.id != space)
        returning = select(links.c.space_id).where(links.c.home_id == community, links.c.space_id != space)
        for known in (others, returning):
            if (await self._connection.execute(known.limit(1))).first() is not None:
                return None
        return community

    async def _erase_acts(self, space: SpaceId, some: Sequence[str], at: datetime) -> None:
        await self._connection.execute(delete(reactions).where(reactions.c.item.in_(some)))
        await self._connection.execute(delete(decisions).where(decisions.c.subject.in_(some)))
        await self._stir(act_copies.c.act_id.in_(some) & (act_copies.c.space_id != space), at)
        await self._connection.execute(delete(acts).where(acts.c.id.in_(some)))

    async def _erase_members(self, some: Sequence[str]) -> None:
        """What others decided with them stays decided; an account that was linked with theirs stands for itself."""
        theirs = select(same_person.c.person_id).where(same_person.c.member_id.in_(some))
        persons = await self._ids(theirs)
        await self._connection.execute(delete(reactions).where(reactions.c.member_id.in_(some)))
        await self._connection.execute(update(decisions).where(decisions.c.by.in_(some), BY_SOMEBODY).values(by=GONE))
        await self._connection.execute(update(changes).where(changes.c.by.in_(some)).values(by=GONE))
        await self._connection.execute(
            update(suggestions).where(suggestions.c.accepted_by.in_(some)).values(accepted_by=GONE)
        )
        await self._connection.execute(delete(members).where(members.c.id.in_(some)))
        left = select(same_person.c.person_id).where(same_person.c.person_id.in_(persons))
        single = await self._ids(left.group_by(same_person.c.person_id).having(func.count() == 1))
        await self._connection.execute(delete(same_person).where(same_person.c.person_id.in_(single)))

    async def _erase_days(self, some: Sequence[str]) -> None:
        """Cards that were posted elsewhere too, while two places were linked, are the other place's from now on."""
        moved: dict[str, tuple[str, date]] = {}
        for day, local_date, schedule, community in (await self._connection.execute(_posted_elsewhere(some))).all():
            if day in moved or (schedule, local_date) in moved.values():
                continue
            moved[day] = (schedule, local_date)
            kept = update(occurrences).where(occurrences.c.id == day)
            await self._connection.execute(kept.values(schedule_id=schedule, community_id=community))
        erased = [day for day in some if day not in moved]
        await self._connection.execute(delete(reactions).where(reactions.c.item.in_(erased)))
        await self._connection.execute(delete(occurrences).where(occurrences.c.id.in_(erased)))

    async def _erase(self, table: Table, chosen: Select[str]) -> bool:
        some = await self._ids(chosen)
        await self._connection.execute(delete(table).where(table.c.id.in_(some)))
        return bool(some)

    async def _stir(self, which: ColumnElement[bool], at: datetime) -> None:
        changed = {"version": act_copies.c.version + 1, "next_at": unless_claimed(at)}
        await self._connection.execute(update(act_copies).where(which).values(changed))

    async def _ids(self, chosen: Select[str]) -> list[str]:
        return list((await self._connection.execute(chosen)).scalars())


def _there() -> ColumnElement[bool]:
    """Copies whose message is there, or may be."""
    return or_(act_copies.c.message != "", act_copies.c.doubt, act_copies.c.stuck == UNSURE)


def _posted_elsewhere(some: Sequence[str]) -> Select[str, date, str, str]:
    """Occurrences with deliveries, each with its date and the schedules of its ritual that it could belong to there."""
    taken = occurrences.alias("taken")
    free = ~exists().where(taken.c.schedule_id == schedules.c.id, taken.c.local_date == occurrences.c.local_date)
    return (
        select(occurrences.c.id, occurrences.c.local_date, schedules.c.id, schedules.c.community_id)
        .join(deliveries, deliveries.c.occurrence_id == occurrences.c.id)
        .join(spaces, spaces.c.id == deliveries.c.space_id)
        .join(
            schedules,
            (schedules.c.community_id == spaces.c.community_id)
            & (schedules.c.ritual == occurrences.c.ritual)
            & (schedules.c.community_id != occurrences.c.community_id),
        )
        .where(occurrences.c.id.in_(some), free)
        .order_by(occurrences.c.id, schedules.c.id)
    )


def _state(leaving: Leaving) -> Row:
    return {
        "stage": leaving.stage.value,
        "stopped": leaving.stopped,
        "reached": leaving.reached,
        "left": dict(leaving.left),
    }


def _leaving(row: RowMapping) -> Leaving:
    return Leaving(
        space=SpaceId(row["space_id"]),
        platform=row["platform"],
        key=row["key"],
        by=row["by"],
        asked_at=row["asked_at"],
        next_at=row["next_at"],
        stage=Stage(row["stage"]),
        stopped=row["stopped"],
        held_back=tuple(DeliveryId(id_) for id_ in row["held_back"]),
        reached=row["reached"],
        left=row["left"],
        claim=row["claim"],
    )

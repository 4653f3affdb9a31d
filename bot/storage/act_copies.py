"""Copies of acts in a table: what shows an act in each space, and what is to be done about it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, Integer, RowMapping, and_, bindparam, case, false, or_, select, update
from sqlalchemy import delete as deleting
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import ActId, CopyId, SpaceId
from bot.domain.places import Place
from bot.domain.wall import REBUILDING, REFRESH, STUCK_LIMIT, UNSURE, ActCopy
from bot.storage.sql import Row, claiming, held, insert
from bot.storage.tables import ON_WALL, SHOWN, STUCK, TO_DO, act_copies
from bot.storage.tables import acts as written

NAME_LIMIT = 40
DUE = (
    select(act_copies.c.id)
    .where(TO_DO, act_copies.c.platform == bindparam("of"), act_copies.c.next_at <= bindparam("now"))
    .order_by(act_copies.c.next_at)
    .limit(bindparam("most", type_=Integer))
)
TOKEN = bindparam("token", type_=act_copies.c.claim.type)
UNTIL = bindparam("until", type_=act_copies.c.next_at.type)
CLAIM = claiming(act_copies.c.id, DUE, claim=TOKEN, next_at=UNTIL, felt=False)
"""Made once: after each act that is shared, workers look for its copies."""


class SqlActCopies:
    """`bot.ports.ActCopies`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def of_act(self, act: ActId) -> Sequence[ActCopy]:
        chosen = select(act_copies).where(act_copies.c.act_id == act).order_by(act_copies.c.id)
        rows = await self._connection.execute(held(chosen, writing=self._writing))
        return [_copy(row) for row in rows.mappings()]

    async def get(self, copy: CopyId) -> ActCopy | None:
        chosen = held(select(act_copies).where(act_copies.c.id == copy), writing=self._writing)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return _copy(row) if row else None

    async def put(self, fresh: Iterable[ActCopy]) -> None:
        rows = [_row(copy) for copy in fresh]
        if rows:
            await self._connection.execute(insert(self._connection, act_copies).on_conflict_do_nothing(), rows)

    async def stir(self, act: ActId, at: datetime) -> None:
        # Whoever is at work on one sees the new version when they are done, and looks again.
        changed = {"version": act_copies.c.version + 1, "next_at": unless_claimed(at)}
        await self._connection.execute(update(act_copies).where(act_copies.c.act_id == act).values(changed))

    async def stir_apart(self, space: SpaceId, at: datetime) -> None:
        changed = {"version": act_copies.c.version + 1, "next_at": unless_claimed(at)}
        own = select(written.c.id).where(written.c.space_id == space)
        here = act_copies.c.space_id == space
        for foreign in (
            update(act_copies).where(here, act_copies.c.act_id.not_in(own)),
            update(act_copies).where(~here, act_copies.c.act_id.in_(own)),
        ):
            await self._connection.execute(foreign.values(changed))

    async def refresh(self, acts: Collection[ActId], at: datetime) -> None:
        known = select(act_copies.c.id, act_copies.c.message, act_copies.c.refreshed_at)
        shown = known.where(act_copies.c.act_id.in_(sorted(acts)), or_(SHOWN, TO_DO), ~act_copies.c.felt)
        for copy, message, refreshed_at in (await self._connection.execute(shown.order_by(act_copies.c.id))).all():
            if not message:  # it may be on its way already, and not say this yet
                await self._connection.execute(update(act_copies).where(act_copies.c.id == copy).values(felt=True))
                continue
            soonest = max(at, refreshed_at + REFRESH) if refreshed_at else at
            # Somebody may claim it in between: that is looked at as the row is written, or their lease were cut short.
            changed = {"felt": True, "next_at": unless_claimed(soonest)}
            await self._connection.execute(update(act_copies).where(act_copies.c.id == copy).values(changed))

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[ActCopy]:
        token = f"{worker[:NAME_LIMIT]}/{uuid4().hex}"
        sought = {"of": platform, "now": now, "most": limit, "token": token, "until": now + lease}
        return [_copy(row) for row in (await self._connection.execute(CLAIM, sought)).mappings().all()]

    async def keep(self, copy: ActCopy) -> bool:
        mine = update(act_copies).where(act_copies.c.id == copy.id, act_copies.c.claim == copy.claim)
        return (await self._connection.execute(mine.values(_state(copy)))).rowcount > 0

    async def settle(self, copy: ActCopy, again: datetime | None, now: datetime) -> bool:
        changed, felt = act_copies.c.version != copy.version, act_copies.c.felt
        later = max(now, copy.refreshed_at + REFRESH) if copy.refreshed_at else now
        next_at = case((changed, now), (felt, again or later), else_=again)
        state = {**_state(copy), **_asked_for(copy, changed), "claim": "", "next_at": next_at}
        mine = update(act_copies).where(act_copies.c.id == copy.id, act_copies.c.claim == copy.claim)
        return (await self._connection.execute(mine.values(state))).rowcount > 0

    async def remove(self, copy: ActCopy) -> bool:
        """One that shows nothing any more, and whose act is erased."""
        mine = deleting(act_copies).where(act_copies.c.id == copy.id, act_copies.c.claim == copy.claim)
        return (await self._connection.execute(mine)).rowcount > 0

    async def change(self, copy: ActCopy, at: datetime) -> None:
        changed = {**_state(copy), "version": act_copies.c.version + 1, "next_at": unless_claimed(at)}
        await self._connection.execute(update(act_copies).where(act_copies.c.id == copy.id).values(changed))

    async def rebuild(self, copies: Collection[CopyId], at: datetime) -> None:
        these = act_copies.c.id.in_(sorted(copies))
        await self._connection.execute(update(act_copies).where(these).values(_rebuilt(at)))

    async def try_again(self, space: SpaceId, at: datetime) -> None:
        stopped = (act_copies.c.space_id == space, STUCK, SHOWN, act_copies.c.stuck != REBUILDING)
        await self._connection.execute(update(act_copies).where(*stopped).values(_rebuilt(at)))

    async def doubt(self, at: datetime) -> None:
        running = act_copies.c.stuck.in_(["", REBUILDING])
        known = (
            update(act_copies)
            .where(SHOWN)
            .values(doubt=True, shown="", claim="", attempts=0, next_at=case((running, at), else_=act_copies.c.next_at))
        )
        on_wall = select(written.c.id).where(ON_WALL)
        coming = (act_copies.c.message == "", TO_DO, act_copies.c.stuck == "", act_copies.c.act_id.in_(on_wall))
        unsure = {"stuck": UNSURE, "claim": "", "next_at": case((act_copies.c.doubt, at), else_=None)}
        await self._connection.execute(update(act_copies).where(*coming).values(unsure))
        await self._connection.execute(known)

    async def sent_since(self, platform: str, since: datetime) -> Sequence[ActCopy]:
        chosen = select(act_copies).where(act_copies.c.platform == platform, SHOWN, act_copies.c.sent_at >= since)
        return [_copy(row) for row in (await self._connection.execute(chosen)).mappings()]

    async def any_stuck(self, space: SpaceId, code: str) -> bool:
        here = (act_copies.c.space_id == space, act_copies.c.stuck == code[:STUCK_LIMIT], STUCK)
        chosen = select(act_copies.c.id).where(*here)
        return (await self._connection.execute(chosen.limit(1))).first() is not None

    async def stuck(self, space: SpaceId) -> Sequence[str]:
        chosen = select(act_copies.c.stuck).where(act_copies.c.space_id == space, STUCK).distinct()
        return sorted((await self._connection.execute(chosen)).scalars())


def _asked_for(copy: ActCopy, changed: ColumnElement[bool]) -> Row:
    """What a moderator asked for while a copy was worked on, where its row has `changed` meanwhile. What may be there
    already is not sent for that, and what somebody deleted by hand comes back for nothing else."""
    if copy.stuck == UNSURE:
        return {}
    asked = and_(changed, act_copies.c.stuck == REBUILDING)
    # A row without a message does not tell a rebuild from another change: what refused it is asked once more.
    freed = and_(changed, act_copies.c.message == "") if copy.stuck else false()
    again = REBUILDING if copy.message else ""
    stuck = case((asked, again), (freed, act_copies.c.stuck), else_=copy.stuck)
    return {"shown": case((asked, ""), else_=copy.shown), "stuck": stuck}


def unless_claimed(at: datetime) -> object:
    """Now, unless somebody is at work on it, who will see that there is more to do."""
    claimed = act_copies.c.claim != ""
    sooner = act_copies.c.next_at <= at
    return case((claimed | sooner, act_copies.c.next_at), else_=at)


def _rebuilt(at: datetime) -> Row:
    """To be brought to what it shall be, whatever stood in the way."""
    return {
        "shown": "",
        "stuck": case((SHOWN, REBUILDING), else_=""),
        "attempts": 0,
        "version": act_copies.c.version + 1,
        "next_at": unless_claimed(at),
    }


def _state(copy: ActCopy) -> Row:
    """What changes of a copy, but for when something is to be done about it and who does it."""
    return {
        "platform": copy.place.platform,
        "space_key": copy.place.space,
        "channel": copy.place.channel,
        "key": copy.key,
        "message": copy.message,
        "shown": copy.shown,
        "attempts": copy.attempts,
        "doubt": copy.doubt,
        "stuck": copy.stuck,
        "sent_at": copy.sent_at,
        "refreshed_at": copy.refreshed_at,
    }


def _row(copy: ActCopy) -> Row:
    return {
        "id": copy.id,
        "act_id": copy.act,
        "space_id": copy.space,
        "version": copy.version,
        "next_at": copy.next_at,
        "claim": copy.claim,
        "felt": copy.felt,
        **_state(copy),
    }


def _copy(row: RowMapping) -> ActCopy:
    return ActCopy(
        id=CopyId(row["id"]),
        act=ActId(row["act_id"]),
        space=SpaceId(row["space_id"]),
        place=Place(row["platform"], row["space_key"], row["channel"]),
        key=row["key"],
        message=row["message"],
        shown=row["shown"],
        version=row["version"],
        next_at=row["next_at"],
        claim=row["claim"],
        attempts=row["attempts"],
        doubt=row["doubt"],
        felt=row["felt"],
        stuck=row["stuck"],
        sent_at=row["sent_at"],
        refreshed_at=row["refreshed_at"],
    )

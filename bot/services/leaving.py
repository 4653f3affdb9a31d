"""Leaving for good: asked twice, stopped at once, and taken back within a minute. `Erasing` does the rest."""

from datetime import UTC, datetime

import structlog

from bot.domain.community import Space
from bot.domain.delivery import State
from bot.domain.errors import Refusal
from bot.domain.ids import SpaceId
from bot.domain.leaving import CONFIRM_WITHIN, STAY_WITHIN, Leaving, Stage
from bot.domain.message import Reply
from bot.domain.places import Actor
from bot.domain.schedule import ONE_DAY, Skip
from bot.domain.wall import Decision
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import leave_cards
from bot.services.audit_order import next_entry
from bot.services.decided_ahead import keep_to
from bot.services.holding import bring_back, leave
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

log = structlog.get_logger(__name__)


class Departing:
    """Each call checks the actor's right again."""

    def __init__(self, storage: Storage, spaces: Spaces, clock: Clock, *, nudge: Nudge) -> None:
        self._storage = storage
        self._spaces = spaces
        self._clock = clock
        self._nudge = nudge

    async def ask(self, actor: Actor) -> Reply:
        """What would be erased here; or, where that was answered with yes twice, how it stands."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._spaces.of(work, actor.person)
            leaving = await work.leavings.get(here.id)
            holdings = await work.erasures.holdings(here.id)
            linked = sum(one.active for one in await work.communities.spaces(here.community)) > 1
            await work.commit()
        if leaving is not None:
            return Reply(leave_cards.under_way(leaving))
        return Reply(leave_cards.question(here.id, holdings, linked=linked))

    async def ask_again(self, actor: Actor, space: SpaceId) -> Reply:
        """The last question."""
        must_moderate(actor)
        async with self._storage.reading() as work:
            here = await self._here(work, actor, space)
            leaving = await work.leavings.get(here.id)
        card = leave_cards.under_way(leaving) if leaving else leave_cards.last_question(here.id, self._clock.now())
        return Reply(card, replace=True)

    async def begin(self, actor: Actor, space: SpaceId, asked: str) -> Reply:
        """Everything scheduled here stops. Answering twice is answering once; `asked` is when the question was."""
        must_moderate(actor)
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor, space)
            here = (await work.communities.hold([here.id], moving=True))[here.id]
            leaving = await work.leavings.get(here.id)
            if leaving is None and not _in_time(asked, now):
                return Reply(leave_cards.grown_old(here.id), replace=True)
            if leaving is None:
                leaving = await stop(work, here, actor.person.user, now)
                await self._decide(work, actor, here, "space.leaving")
                await work.commit()
                log.info("space.leaving", space=here.id)
        self._nudge()
        return Reply(leave_cards.under_way(leaving), replace=True)

    async def stay(self, actor: Actor, space: SpaceId) -> Reply:
        """Everything is as it was, if erasing has not begun."""
        must_moderate(actor)
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            here = await work.communities.space_of(actor.person.platform, actor.person.space)
            if here is None or here.id != space:
                return leave_cards.too_late()
            here = (await work.communities.hold([here.id], moving=True))[here.id]
            leaving = await work.leavings.get(here.id)
            if leaving is None:
                return leave_cards.nothing_changed()
            if leaving.stage is not Stage.WAITING:
                return leave_cards.too_late()
            await put_back(work, here, leaving, now)
            await self._decide(work, actor, here, "space.stayed")
            await work.commit()
        self._nudge()
        log.info("space.stayed", space=space)
        return leave_cards.stayed()

    async def _here(self, work: UnitOfWork, actor: Actor, space: SpaceId) -> Space:
        """The space that a question is about, where somebody answers it; a place that came back is another one."""
        here = await work.communities.space_of(actor.person.platform, actor.person.space)
        if here is None or here.id != space:
            raise Refusal("leave.another", "That question is from another time. /kindling leave asks it anew.")
        return here

    async def _decide(self, work: UnitOfWork, actor: Actor, here: Space, code: str) -> None:
        """For the community's audit."""
        member, now = await work.communities.member(actor.person), self._clock.now()
        entry = await next_entry(work, now, here.id, here.community)
        await work.walls.decide(Decision(entry, here.community, here.id, code, now, member or ""))


async def put_back(work: UnitOfWork, here: Space, leaving: Leaving, now: datetime) -> None:
    """Schedules wait for their next card; one that was due meanwhile comes, if it is not too late for it. The caller
    holds the space and commits."""
    await work.leavings.take_back(here.id)
    await work.leavings.put_back(leaving.stopped)
    for schedule in await work.schedules.of_community(here.community):
        if schedule.targets and schedule.next_at is None:
            latest = await work.occurrences.latest(schedule.id, now)
            not_before = latest.local_date + ONE_DAY if latest else None
            schedule = schedule.armed(leaving.asked_at, not_before=not_before)  # noqa: PLW2901 -- the same one, awake
            await work.schedules.save(schedule)
        await keep_to(work, schedule, now)
    found = [one for id_ in leaving.held_back if (one := await work.outbox.get(id_)) and one.reason == Skip.SPACE_LEFT]
    asked = [one.asking(now) for one in found if one.state is State.UNSURE]
    await work.outbox.revoke(asked)
    schedules = await work.schedules.of_community(here.community)
    paused_until = (await work.communities.get(here.community)).paused_until
    await bring_back(work, [*asked, *(one for one in found if one.state is State.SKIPPED)], schedules, paused_until)


def _in_time(asked: str, now: datetime) -> bool:
    """Whether a question that was asked so many seconds after 1970 can still be answered."""
    if not asked.isascii() or not asked.isdecimal() or len(asked) > 10:  # noqa: PLR2004 -- until the year 2286
        return False
    return now - CONFIRM_WITHIN <= datetime.fromtimestamp(int(asked), UTC) <= now


async def stop(work: UnitOfWork, here: Space, by: str, now: datetime) -> Leaving:
    """Nothing is posted in a space from now on, and it is on its way out. The caller holds it and commits."""
    stopped = await work.leavings.stop(here.id)
    for schedule in await work.schedules.of_community(here.community):
        await work.schedules.save(schedule.resting_if_nowhere())
    held_back = tuple(one.id for one in await leave(work, here.id))
    leaving = Leaving(
        here.id, here.platform, here.key, by, now, now + STAY_WITHIN, stopped=stopped, held_back=held_back
    )
    await work.leavings.begin(leaving)
    return leaving

"""Closing votes when their time is over, and forgetting who wished for what, whether or not anybody looks."""

import structlog

from bot.domain.errors import DatabaseProblem
from bot.domain.ids import OccurrenceId
from bot.ports import Clock, Storage
from bot.services.content import Contents, close_vote

log = structlog.get_logger(__name__)


class Tallying:
    """`bot.runtime.engine.Does`: each vote is closed once, by whichever worker is first."""

    def __init__(self, storage: Storage, contents: Contents, clock: Clock) -> None:
        self._storage = storage
        self._contents = contents
        self._clock = clock

    async def work_off(self, platform: str) -> int:  # noqa: ARG002 -- a vote belongs to no platform
        """Close and forget what is to be by now; how many votes there were."""
        async with self._storage.reading() as work:
            overdue = await work.votes.overdue(self._clock.now())
        broken: Exception | None = None
        for id_ in overdue:
            try:
                await self._end(id_)
            except DatabaseProblem:
                raise
            except Exception as error:
                log.exception("vote.broke", vote=id_)  # one vote's trouble is not the others'
                broken = error
        if broken is not None:  # it is tried again when the heartbeat looks, and not at once
            raise broken
        return len(overdue)

    async def _end(self, id_: OccurrenceId) -> None:
        async with self._storage.unit_of_work() as work:
            vote = await work.votes.get(id_)
            if vote is None:
                return
            await work.changes.hold(vote.community)
            vote, now = await work.votes.get(id_), self._clock.now()
            if vote is None or vote.next_at is None or vote.next_at > now:
                return
            if vote.closed_at is None:
                await close_vote(work, vote, await self._contents.shelf(work, vote.community), vote.closes_at)
            else:
                await work.votes.forget(vote.id)
            await work.commit()

"""Pinning cards and opening threads under them, once they are posted: best effort, and never a second card for it.

What remains to be done is kept when a card is known to be posted, in the same transaction, so that neither a crash nor
a platform that is away for a while loses it.
"""

from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import Delivery
from bot.domain.errors import DatabaseProblem, Gone, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.finishing import Finish, Step
from bot.domain.ids import new_id
from bot.domain.schedule import Schedule
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messenger, Messengers
from bot.services.content import Contents
from bot.services.delivering import DOUBT, LEASE, NOT_OPEN
from bot.services.recap_cards import HEADING

log = structlog.get_logger(__name__)

AT_ONCE = 10
ENOUGH = LEASE / 2
"""How much of a lease has to be left before a platform is asked for anything."""
LONGEST = timedelta(days=1)
"""How long after its card was due a step is tried: later, nobody wants it any more."""
TOO_LATE = "too_late"


class Finishing:
    """Several may work on one table; a claim belongs to one of them."""

    def __init__(self, storage: Storage, messengers: Messengers, contents: Contents, clock: Clock) -> None:
        self._storage = storage
        self._messengers = messengers
        self._contents = contents
        self._clock = clock
        self._name = new_id()[:12]

    async def work_off(self, platform: str) -> int:
        """Bring posted cards of a platform as far as they go now; how many steps there were."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            claimed = await work.finishes.claim(self._name, platform, now, LEASE, AT_ONCE)
            await work.commit()
        for finish in claimed:
            try:
                await self._carry_out(finish, now + LEASE)
            except DatabaseProblem as problem:  # its lease runs out
                log.debug("finish.waits", delivery=finish.delivery, step=finish.step, code=problem.code)
            except Exception:
                log.exception("finish.broke", delivery=finish.delivery, step=finish.step)
        return len(claimed)

    async def _carry_out(self, finish: Finish, held: datetime) -> None:
        messenger, now = self._messengers.get(finish.ref.place.platform), self._clock.now()
        if messenger is None:
            await self._settle(finish, now + NOT_OPEN)
        elif now > held - ENOUGH:  # what was before it took long, and somebody else may have it any moment
            await self._settle(finish, now)
        elif now > finish.due_at + LONGEST:
            await self._settle(finish.given_up(TOO_LATE), None)
        else:
            await self._try(messenger, finish)

    async def _try(self, messenger: Messenger, finish: Finish) -> None:
        now = self._clock.now()
        try:
            await self._do(messenger, finish)
        except TryLater as error:
            await self._settle(finish.later(doubt=finish.doubt), now + max(error.after, finish.pause))
        except Uncertain as error:
            if finish.doubt and finish.step is Step.THREAD:
                await self._give_up(finish, error.code, "")
            else:
                await self._settle(finish.later(doubt=True), now + max(DOUBT, finish.pause))
        except Gone:  # somebody deleted the card
            await self._forget(finish)
        except Unreachable as error:
            await self._give_up(finish, error.code, error.sentence)
        except Unacceptable as error:
            log.error("finish.unacceptable", delivery=finish.delivery, step=finish.step, code=error.code)  # noqa: TRY400 -- the code says it
            await self._settle(finish.given_up(error.code), None)

    async def _do(self, messenger: Messenger, finish: Finish) -> None:
        schedule = await self._wanting(finish)
        if schedule is None:
            await self._forget(finish)
        elif finish.step is Step.PIN:
            await self._pin(messenger, finish)
        else:
            await messenger.open_thread(finish.ref, await self._title(finish, schedule), again=finish.doubt)
            await self._settle(finish.carried_out(), None)

    async def _wanting(self, finish: Finish) -> Schedule | None:
        """The schedule, if it still wants this done."""
        async with self._storage.reading() as work:
            schedule = await work.schedules.find(finish.schedule)
        return schedule if schedule and finish.step in schedule.steps else None

    async def _pin(self, messenger: Messenger, finish: Finish) -> None:
        """Pin the card in the place of the schedule's card before it, unless a newer one is there already.

        Where two workers, or an answer that was lost, left several pinned, the next card takes the pin off each.
        """
        async with self._storage.reading() as work:
            pins = await work.finishes.pins(finish.schedule, finish.space)
        others = [one for one in pins if one.delivery != finish.delivery]
        if any(one.due_at > finish.due_at for one in others):
            if finish.doubt:  # it may be pinned, and the next card is to know of it
                await self._settle(finish.carried_out(), None)
            else:
                await self._forget(finish)
            return
        before = [one for one in others if one.done]
        for ref in [one.ref for one in before] or [None]:
            await messenger.pin(finish.ref, ref)
        async with self._storage.unit_of_work() as work:
            await work.finishes.settle(finish.carried_out(), None)
            for one in before:
                await work.finishes.forget(one)
            await work.commit()

    async def _title(self, finish: Finish, schedule: Schedule) -> str:
        """What the card's heading says."""
        async with self._storage.unit_of_work() as work:
            delivery = await work.outbox.get(finish.delivery)
            heading = await self._heading(work, delivery) if delivery else ""
            await work.commit()
        return heading or schedule.title

    async def _heading(self, work: UnitOfWork, delivery: Delivery) -> str:
        occurrence = await work.occurrences.get(delivery.occurrence)
        if occurrence is None:
            return ""
        cards = await self._contents.cards(work, [occurrence])
        return cards[occurrence.id].heading if occurrence.id in cards else HEADING

    async def _give_up(self, finish: Finish, code: str, sentence: str) -> None:
        log.warning("finish.given_up", delivery=finish.delivery, step=finish.step, code=code)
        await self._settle(finish.given_up(code, sentence), None)

    async def _settle(self, finish: Finish, again: datetime | None) -> None:
        async with self._storage.unit_of_work() as work:
            if not await work.finishes.settle(finish, again):
                log.warning("finish.claim_lost", delivery=finish.delivery, step=finish.step)
            await work.commit()

    async def _forget(self, finish: Finish) -> None:
        async with self._storage.unit_of_work() as work:
            await work.finishes.forget(finish)
            await work.commit()

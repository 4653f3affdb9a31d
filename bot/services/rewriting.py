"""Bringing posted cards to what they say by now: the card of a vote tells what was chosen, once it is closed.

What a card says follows from its occurrence alone, so nothing needs to be known of how it came about. Whatever is to be
looked at is kept in the same transaction as the reason for it.
"""

from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import Delivery, State
from bot.domain.errors import DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.ids import DeliveryId
from bot.domain.message import Card
from bot.domain.places import MessageRef
from bot.ports import Clock, Storage
from bot.ports.platforms import Messenger, Messengers
from bot.ports.rewrites import Rewrite
from bot.services.content import Contents
from bot.services.delivering import DOUBT, LEASE, NOT_OPEN

log = structlog.get_logger(__name__)

AT_ONCE = 1
"""Each has a lease of its own: of many, the last would be edited when theirs has run out, and by somebody else too."""
UNDER_WAY = timedelta(seconds=30)
"""How soon a card is looked at again that is not posted yet."""
UNSURE = timedelta(minutes=10)
LONGEST = timedelta(days=8)
"""How long after a card was due, or its vote was over, it is brought to anything."""


class Rewriting:
    """`bot.runtime.engine.Does`. Several may work on one table; a claim lasts until an instant.

    Only whoever holds a card's claim edits its message, and looks again where it was stirred meanwhile. So whatever
    happens while an edit is on its way, the message ends as what is stored.
    """

    def __init__(self, storage: Storage, messengers: Messengers, contents: Contents, clock: Clock) -> None:
        self._storage = storage
        self._messengers = messengers
        self._contents = contents
        self._clock = clock

    async def work_off(self, platform: str) -> int:
        """Bring cards of a platform as far as they go now; how many there were."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            claimed = await work.rewrites.claim(platform, now, now + LEASE, AT_ONCE)
            await work.commit()
        for rewrite in claimed:
            try:
                await self._settle(rewrite, await self._carry_out(platform, rewrite.delivery))
            except DatabaseProblem as problem:  # its claim runs out
                log.debug("rewrite.waits", delivery=rewrite.delivery, code=problem.code)
            except Exception:
                log.exception("rewrite.broke", delivery=rewrite.delivery)
        return len(claimed)

    async def _carry_out(self, platform: str, id_: DeliveryId) -> datetime | None:
        """When it is to be tried again; None when there is nothing more to do."""
        delivery, card, until = await self._wanted(id_)
        messenger, now = self._messengers.get(platform), self._clock.now()
        if delivery is None or card is None or delivery.state in {State.SKIPPED, State.FAILED}:
            return None
        if now > until:
            return None
        if delivery.ref is None or messenger is None:
            unsure = delivery.state is State.UNSURE  # somebody's touch may tell where it is
            return now + (NOT_OPEN if messenger is None else UNSURE if unsure else UNDER_WAY)
        return await self._bring(messenger, delivery.ref, delivery, card)

    async def _bring(self, messenger: Messenger, ref: MessageRef, delivery: Delivery, card: Card) -> datetime | None:
        try:
            await messenger.edit(ref, card.about(delivery.id), delivery.id)
        except TryLater as error:
            return self._clock.now() + max(error.after, DOUBT)
        except Uncertain:
            return self._clock.now() + DOUBT
        except (Unreachable, Unacceptable) as error:  # gone, or out of reach: nothing of it can be changed
            log.warning("rewrite.not_changed", delivery=delivery.id, code=error.code)
        return None

    async def _wanted(self, id_: DeliveryId) -> tuple[Delivery | None, Card | None, datetime]:
        """The delivery, what it says by now, and until when that is wanted; None where there is nothing to say, or
        nowhere."""
        async with self._storage.unit_of_work() as work:
            delivery = await work.outbox.get(id_)
            occurrence = await work.occurrences.get(delivery.occurrence) if delivery else None
            if delivery is None or occurrence is None or not (await work.communities.space(delivery.space)).active:
                return None, None, self._clock.now()
            vote = await work.votes.get(occurrence.id)
            cards = await self._contents.cards(work, [occurrence])
            await work.commit()
        last = max(delivery.due_at, vote.closed_at or vote.closes_at) if vote else delivery.due_at
        return delivery, cards.get(occurrence.id), last + LONGEST

    async def _settle(self, rewrite: Rewrite, again: datetime | None) -> None:
        async with self._storage.unit_of_work() as work:
            await work.rewrites.settle(rewrite, again, self._clock.now())
            await work.commit()

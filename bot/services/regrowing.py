"""Bringing recaps that were posted to what is on the wall now: what was taken off goes from them too."""

from datetime import datetime

import structlog

from bot.domain.delivery import Delivery, State
from bot.domain.errors import DatabaseProblem, Gone, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.message import Card
from bot.domain.places import MessageRef
from bot.domain.recap import Recap
from bot.domain.schedule import ONE_DAY
from bot.ports import Clock, Storage
from bot.ports.platforms import Messenger, Messengers
from bot.ports.tools import Painter
from bot.services.delivering import DOUBT, LEASE, NOT_OPEN
from bot.services.pictures import painted
from bot.services.recap_cards import recap_card
from bot.services.recaps import UNDER_WAY, acts_of
from bot.services.wall_cards import digest

log = structlog.get_logger(__name__)

AT_ONCE = 10
GIVING_UP = 30 * ONE_DAY
"""How long after its week a recap out of reach is tried each day; then only when a moderator has the wall rebuilt."""


class Regrowing:
    """Several may work on one table; a claim lasts until an instant, and ends when something happens to the recap."""

    def __init__(self, storage: Storage, messengers: Messengers, painter: Painter, clock: Clock) -> None:
        self._storage = storage
        self._messengers = messengers
        self._painter = painter
        self._clock = clock

    async def work_off(self, platform: str) -> int:
        """Bring recaps of a platform as far as they go now; how many there were."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            claimed = await work.recaps.claim(platform, now, now + LEASE, AT_ONCE)
            await work.commit()
        for recap in claimed:
            try:
                await self._carry_out(recap, now + LEASE)
            except DatabaseProblem as problem:  # its claim runs out
                log.debug("recap.waits", delivery=recap.delivery, code=problem.code)
            except Exception:
                log.exception("recap.broke", delivery=recap.delivery)
        return len(claimed)

    async def _carry_out(self, recap: Recap, held: datetime) -> None:
        delivery, card = await self._wanted(recap)
        messenger = self._messengers.get(recap.platform)
        if delivery is None or delivery.state in {State.SKIPPED, State.FAILED}:
            await self._forget(recap)
        elif delivery.ref is None or messenger is None:
            unsure = delivery.state is State.UNSURE  # what adopts it has it looked at
            again = None if unsure else self._clock.now() + (UNDER_WAY if messenger else NOT_OPEN)
            await self._settle(recap, held, again)
        else:
            await self._bring(messenger, delivery.ref, recap, card, held)

    async def _bring(
        self, messenger: Messenger, ref: MessageRef, recap: Recap, card: Card | None, held: datetime
    ) -> None:
        """Have the message show what is left; with nothing left, take it away."""
        try:
            if card is None:
                await messenger.delete(ref)
                await self._forget(recap)
                return
            if (shown := digest(card)) != recap.shown:
                await messenger.edit(ref, await painted(card, self._painter), recap.delivery)
            await self._settle(recap.showing(shown), held, None)
        except TryLater as error:
            await self._settle(recap, held, self._clock.now() + max(error.after, DOUBT))
        except Uncertain:
            await self._settle(recap, held, self._clock.now() + DOUBT)
        except (Gone, Unacceptable) as error:
            log.warning("recap.not_changed", delivery=recap.delivery, code=error.code)
            await self._forget(recap)
        except Unreachable as error:  # whatever it repeats that is off the wall by now goes when the channel is mended
            log.warning("recap.not_changed", delivery=recap.delivery, code=error.code)
            now = self._clock.now()
            await self._settle(recap, held, now + ONE_DAY if now < recap.until + GIVING_UP else None)

    async def _wanted(self, recap: Recap) -> tuple[Delivery | None, Card | None]:
        """The delivery, and the card that it shall show; None for none."""
        async with self._storage.reading() as work:
            active = (await work.communities.space(recap.space)).active
            acts = await acts_of(work, recap) if active else ()
            return await work.outbox.get(recap.delivery), recap_card(acts, recap.quoted) if acts else None

    async def _settle(self, recap: Recap, held: datetime, again: datetime | None) -> None:
        async with self._storage.unit_of_work() as work:
            await work.recaps.settle(recap, held, again)
            await work.commit()

    async def _forget(self, recap: Recap) -> None:
        async with self._storage.unit_of_work() as work:
            await work.recaps.forget(recap.delivery)
            await work.commit()

"""What the recap of a week says in each space, written when it is about to leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.delivery import Delivery, Occurrence
from bot.domain.garden import BUDS, GROWN
from bot.domain.ids import DeliveryId
from bot.domain.message import Card
from bot.domain.recap import Recap
from bot.domain.schedule import ONE_DAY, Ritual, instant_of
from bot.domain.wall import Act
from bot.ports import Clock, UnitOfWork
from bot.services.recap_cards import choose_quotes, recap_card
from bot.services.wall_cards import digest

WEEK = 7 * ONE_DAY
UNDER_WAY = timedelta(seconds=30)
"""How soon a recap is looked at again that is not posted yet, or has just been written: whoever takes an act off the
wall in that moment does not know of the recap."""
ACTS_LIMIT = GROWN + BUDS
"""How many acts of a week are looked at: as many as a garden has room for."""


class Recaps:
    """Writes recaps out of what is on the wall at that moment, and keeps what is needed to write them anew."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def written(
        self, work: UnitOfWork, leaving: Iterable[tuple[Delivery, Occurrence]]
    ) -> Mapping[DeliveryId, Card]:
        """The cards of recaps that are about to leave; where nothing was shared there is none. The caller commits."""
        cards: dict[DeliveryId, Card] = {}
        for delivery, occurrence in leaving:
            if occurrence.ritual is not Ritual.RECAP:
                continue
            recap = await self._begun(work, delivery, occurrence)
            if acts := await acts_of(work, recap):
                card = recap_card(acts, recap.quoted)
                await work.recaps.save(recap.showing(digest(card)), self._clock.now() + UNDER_WAY)
                cards[delivery.id] = card
        return cards

    async def remember(self, work: UnitOfWork, delivery: Delivery, occurrence: Occurrence) -> None:
        """A recap was found that nobody knew of, such as after a backup was put back, or of which nobody knew whether
        it arrived: it is brought to what it shall be. The caller commits."""
        if occurrence.ritual is Ritual.RECAP:
            recap = await work.recaps.get(delivery.id) or await self._begun(work, delivery, occurrence)
            await work.recaps.save(recap, self._clock.now())

    async def _begun(self, work: UnitOfWork, delivery: Delivery, occurrence: Occurrence) -> Recap:
        schedule = await work.schedules.get(occurrence.schedule)
        since = instant_of(occurrence.local_date - WEEK, schedule.at, schedule.zone)
        recap = Recap(
            delivery.id,
            occurrence.community,
            delivery.space,
            delivery.place.platform,
            since or occurrence.due_at - WEEK,
            occurrence.due_at,
        )
        quoted = choose_quotes(await acts_of(work, recap), occurrence.id)
        return replace(recap, quoted=quoted)


async def acts_of(work: UnitOfWork, recap: Recap) -> Sequence[Act]:
    """What a recap tells of, as it is on the wall now."""
    return await work.acts.shared(recap.community, recap.space, recap.since, recap.until, ACTS_LIMIT)

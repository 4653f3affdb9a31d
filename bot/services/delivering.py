"""Sending deliveries: never twice, never lost."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

import structlog

from bot.domain.alerts import Alert
from bot.domain.delivery import Delivery, Occurrence, State
from bot.domain.errors import DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.ids import DeliveryId, OccurrenceId, new_id
from bot.domain.message import Card
from bot.domain.places import MessageRef
from bot.domain.schedule import Ritual, Skip, end_of_quiet
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messenger, Messengers
from bot.ports.tools import Painter, Watcher
from bot.services.attention import Attention
from bot.services.content import Contents
from bot.services.pictures import painted
from bot.services.recaps import Recaps
from bot.services.together import Together

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
NOT_OPEN = timedelta(seconds=10)
DOUBT = timedelta(seconds=30)
"""How long after an answer was lost the platform is asked, at least: as long as a `Messenger` waits for one. What is
slow on its way, behind a proxy that closed our connection, has come by then; asked before, the platform would say that
the card is not there. After a process died, the rest of its `LEASE` passes first, which is longer."""
CLOCK_SKEW = timedelta(hours=2)
"""How far this machine's clock may have been off when a card was sent whose answer was lost."""
QUICK = timedelta(seconds=5)
"""Within which a posted card is usually kept. After longer, reactions to it may have come that nobody kept."""
LONGEST_WAIT = timedelta(seconds=10)
"""Between two attempts to keep what became of a card, while the database cannot be used."""
LATE = timedelta(minutes=5)
"""After which a card may come in quiet hours that its time is not in."""
LONGEST_DOUBT = timedelta(days=1)
"""How long after its deadline a card is asked about, before a moderator is."""


Begun: TypeAlias = tuple[Delivery, Card] | Delivery | None
"""What is being sent and the card; or its next state; or None when somebody else has it by now."""
Ended: TypeAlias = tuple[Delivery, bool, Alert | None]
"""What became of a delivery, whether it is late, and what moderators are to be told of it."""
Kept: TypeAlias = tuple[Delivery | None, Alert | None]
"""What became of a delivery as it is kept, None when somebody else has it by now, and what moderators are to be told of
it."""


class Appearances(Protocol):
    """Is told when a copy is known to be there."""

    async def appeared(self, delivery: Delivery, *, late: bool) -> None:
        """The delivery's copy is on the platform, and kept as such; with `late`, it was there for a while."""
        ...


class Deliverer:
    """Carries deliveries out. Several may work on one outbox; a claim belongs to one of them."""

    def __init__(
        self,
        storage: Storage,
        messengers: Messengers,
        contents: Contents,
        clock: Clock,
        *,
        attention: Attention,
        appearances: Appearances,
        watcher: Watcher,
        recaps: Recaps,
        painter: Painter,
        name: str | None = None,
    ) -> None:
        self._recaps = recaps
        self._painter = painter
        self._storage = storage
        self._beginnings = Together(storage, self._begin)
        self._endings = Together(storage, self._keep)
        self._messengers = messengers
        self._contents = contents
        self._clock = clock
        self._attention = attention
        self._appearances = appearances
        self._watcher = watcher
        self._name = name or new_id()[:12]

    async def next_at(self) -> Mapping[str, datetime]:
        """When the next delivery of each platform can be claimed."""
        async with self._storage.reading(once=True) as work:
            return await work.outbox.next_at()

    async def claim(self, platform: str, limit: int) -> Sequence[Delivery]:
        """Take deliveries of a platform that are due. Those to one place are to be carried out in their order."""
        async with self._storage.unit_of_work() as work:
            claimed = await work.outbox.claim(self._name, platform, self._clock.now(), LEASE, limit)
            await work.commit()
        return claimed

    async def release(self) -> None:
        """Give back what was claimed and not begun, for whoever works next."""
        async with self._storage.unit_of_work() as work:
            await work.outbox.release(self._name, self._clock.now())
            await work.commit()

    async def carry_out(self, delivery: Delivery) -> Delivery:
        """Bring one claimed delivery as far as it goes now; returns its new state."""
        settled = await self._attempt(delivery)
        if settled is not None:
            settled = await self._settle(settled, late=delivery.in_doubt)
            if settled.ref and settled.posted_at:
                log.info("card.posted", delivery=settled.id, platform=settled.place.platform)
        return settled or delivery

    async def adopt(self, delivery_id: str, ref: MessageRef) -> None:
        """A message that carries a delivery's key was seen: where we were unsure, or wait to post it again, it is
        posted."""
        async with self._storage.reading() as work:
            delivery = await work.outbox.get(DeliveryId(delivery_id)) if delivery_id else None
        if delivery is None or not delivery.may_be_there or delivery.place != ref.place:
            return
        async with self._storage.unit_of_work() as work:
            delivery = await work.outbox.get(delivery.id)
            if delivery is None or not delivery.may_be_there:
                return
            posted = delivery.posted(ref, self._clock.now())
            await work.outbox.revoke([posted])
            await self._remember(work, posted)
            await work.finishes.begin([posted.id], self._clock.now())
            await work.commit()
        self._watcher.settled(posted)
        await self._appearances.appeared(posted, late=True)

    async def _attempt(self, delivery: Delivery) -> Delivery | None:
        """The delivery's next state; None when somebody else has it by now."""
        messenger = self._messengers.get(delivery.place.platform)
        now = self._clock.now()
        if delivery.in_doubt and now > delivery.deadline + LONGEST_DOUBT:
            return delivery.unsure("no_answer")
        if messenger is None:
            unwanted = None if delivery.in_doubt else self._unwanted(delivery)
            return unwanted or delivery.later(now, NOT_OPEN, doubt=delivery.in_doubt)
        if delivery.in_doubt:
            answered = await self._ask(messenger, delivery)
            if answered is not None:
                return answered
        if unwanted := self._unwanted(delivery):
            return unwanted
        if delivery.in_doubt and delivery.due_at > now:  # asked about ahead of its time, after a restore
            return delivery.in_time()
        return await self._send(messenger, delivery)

    def _unwanted(self, delivery: Delivery) -> Delivery | None:
        """What is surely not there, and is not to come any more, is skipped."""
        reason = delivery.reason or (Skip.TOO_LATE.value if self._clock.now() > delivery.deadline else "")
        return delivery.skipped(reason) if reason else None

    async def _ask(self, messenger: Messenger, delivery: Delivery) -> Delivery | None:
        """Settle a doubt by asking the platform; None when the card is surely not there."""
        since = (delivery.sent_at or delivery.due_at) - CLOCK_SKEW
        now = self._clock.now()
        try:
            found = await messenger.find(delivery.place, delivery.id, since)
        except Uncertain as error:
            return delivery.unsure(error.code)
        except TryLater as error:
            return delivery.later(now, delivery.pause(error.after), doubt=True)
        except Unreachable as error:
            unsure = delivery.unsure(error.code)
            await self._attend(unsure, error)
            return unsure
        except Unacceptable as error:
            return delivery.unsure(error.code)
        return delivery.posted(found, now) if found is not None else None

    async def _send(self, messenger: Messenger, delivery: Delivery) -> Delivery | None:
        begun = await self._beginnings.do(delivery)
        if not isinstance(begun, tuple):
            return begun
        sending, card = begun
        try:
            ref = await messenger.send(sending.place, await painted(card, self._painter), sending.id)
        except Unreachable as error:
            failed = sending.failed(error.code)
            await self._attend(failed, error)
            return failed
        except (TryLater, Uncertain, Unacceptable) as error:
            return self._after(sending, error)
        return sending.posted(ref, self._clock.now())

    async def _begin(self, work: UnitOfWork, deliveries: Sequence[Delivery]) -> Sequence[Begun]:
        """Write cards out, and keep that they are being sent; or the next state, or None when somebody else has it."""
        occurrences = await work.occurrences.those({delivery.occurrence for delivery in deliveries})
        now = self._clock.now()
        recalled = await _recalled(work, [delivery for delivery in deliveries if delivery.in_doubt])
        waiting = await self._in_quiet_hours(work, deliveries, occurrences, now)
        left_alone = {*recalled, *waiting}
        cards = await self._written(work, [one for one in deliveries if one.id not in left_alone], occurrences)
        notified = await work.finishes.notified([one.id for one in deliveries if one.id in cards])
        sending = {one.id: one.sending(now, LEASE) for one in deliveries if one.id in cards}
        # Content that was chosen for a claim that is lost is kept too: whoever has the delivery now says the same.
        held = await work.outbox.settle(sending.values())
        begun: list[Begun] = []
        for delivery in deliveries:
            if delivery.id in held:
                card = replace(cards[delivery.id], notify=notified.get(delivery.id, ""))
                begun.append((sending[delivery.id], card.about(delivery.id)))
            elif delivery.id in sending:
                begun.append(None)
            elif delivery.id in recalled:
                begun.append(delivery.skipped(recalled[delivery.id]))
            elif delivery.id in waiting:
                begun.append(delivery.later(now, waiting[delivery.id] - now, doubt=False))
            else:
                occurrence = occurrences.get(delivery.occurrence)
                recap = occurrence is not None and occurrence.ritual is Ritual.RECAP
                nothing = (Skip.NOTHING_SHARED if recap else Skip.NO_THEME).value
                begun.append(delivery.skipped((occurrence.skip or nothing) if occurrence else "erased"))
        return begun

    async def _in_quiet_hours(
        self,
        work: UnitOfWork,
        deliveries: Sequence[Delivery],
        occurrences: Mapping[OccurrenceId, Occurrence],
        now: datetime,
    ) -> Mapping[DeliveryId, datetime]:
        """Those that are late, and would come in their community's quiet hours by now, with when these end.

        A card that comes at its time needs no look: no schedule's time lies in quiet hours.
        """
        late = {
            one.id: occurrences[one.occurrence].schedule
            for one in deliveries
            if one.occurrence in occurrences and now - one.due_at > LATE
        }
        if not late:
            return {}
        quiet = await work.schedules.quiet(set(late.values()))
        found = [(id_, *quiet[schedule]) for id_, schedule in late.items() if schedule in quiet]
        return {id_: end for id_, hours, zone in found if (end := end_of_quiet(hours, now, zone))}

    async def _written(
        self, work: UnitOfWork, deliveries: Sequence[Delivery], occurrences: Mapping[OccurrenceId, Occurrence]
    ) -> Mapping[DeliveryId, Card]:
        """What each delivery says. One that is skipped, or has nothing to say in its space, is left out."""
        wanted = {id_: one for id_, one in occurrences.items() if not one.skip}
        cards = await self._contents.cards(work, wanted.values())
        alike = {one.id: cards[one.occurrence] for one in deliveries if one.occurrence in cards}
        leaving = [(one, wanted[one.occurrence]) for one in deliveries if one.occurrence in wanted]
        return alike | dict(await self._recaps.written(work, leaving))

    def _after(self, sending: Delivery, error: TryLater | Uncertain | Unacceptable) -> Delivery:
        match error:
            case TryLater():
                return sending.later(self._clock.now(), sending.pause(error.after), doubt=False)
            case Uncertain():
                return sending.later(self._clock.now(), sending.pause(DOUBT), doubt=True)
            case Unacceptable():
                log.error("card.unacceptable", delivery=sending.id, code=error.code)
                return sending.failed(error.code)

    async def _settle(self, delivery: Delivery, *, late: bool) -> Delivery:
        kept, alert = await self._keep_in_the_end(delivery, late=late)
        if kept is None:
            log.warning("delivery.claim_lost", delivery=delivery.id)
            return delivery
        self._watcher.settled(kept)
        await self._attention.carry_out(alert)
        slow = kept.posted_at is not None and self._clock.now() - kept.posted_at > QUICK
        await self._appearances.appeared(kept, late=late or slow)
        return kept

    async def _keep_in_the_end(self, delivery: Delivery, *, late: bool) -> Kept:
        """Keep what became of a delivery, as soon as the database can be used: nobody else knows, and a platform that
        cannot be asked would leave the card unsure. What took longer than the lease is left to whoever comes then.
        """
        pause, waited = timedelta(seconds=0.1), timedelta()
        while True:
            try:
                return await self._endings.do((delivery, late, await self._attention.about(delivery)))
            except DatabaseProblem:
                if waited >= LEASE:
                    raise
            await asyncio.sleep(pause.total_seconds())
            waited += pause
            pause = min(pause * 2, LONGEST_WAIT)

    async def _keep(self, work: UnitOfWork, ended: Sequence[Ended]) -> Sequence[Kept]:
        """Keep what became of deliveries, and that moderators are told where they need to be: a crash loses neither
        without the other."""
        recalled = await _recalled(work, [delivery for delivery, _, _ in ended if not delivery.state.settled])
        ended = [(_given_up(one, recalled.get(one.id, "")), late, alert) for one, late, alert in ended]
        settled = await work.outbox.settle([delivery for delivery, _, _ in ended])
        kept = [await self._kept(work, delivery, late, delivery.id in settled) for delivery, late, _ in ended]
        to_tell = [(alert, one.id) for (one, _, alert), good in zip(ended, kept, strict=True) if good and alert]
        told: dict[DeliveryId, Alert | None] = {}
        for alert, id_ in sorted(to_tell, key=lambda each: each[0].key):  # in one order, so that nobody waits round
            told[id_] = await self._attention.keep(work, alert)
        posted = [one.id for (one, _, _), good in zip(ended, kept, strict=True) if good and one.state is State.POSTED]
        if posted:
            await work.finishes.begin(posted, self._clock.now())
        return [(one if good else None, told.get(one.id)) for (one, _, _), good in zip(ended, kept, strict=True)]

    async def _kept(self, work: UnitOfWork, delivery: Delivery, late: bool, settled: bool) -> bool:  # noqa: FBT001 -- two answers
        kept = settled or await self._stands(work, delivery) or await self._insist(work, delivery)
        if kept and late and delivery.state is State.POSTED:
            await self._remember(work, delivery)
        return kept

    async def _remember(self, work: UnitOfWork, delivery: Delivery) -> None:
        """What a card says that was posted before a backup was put back: the choice comes out as it did then."""
        occurrence = await work.occurrences.get(delivery.occurrence)
        if occurrence is not None:
            await self._contents.cards(work, [occurrence])
            await self._recaps.remember(work, delivery, occurrence)

    async def _stands(self, work: UnitOfWork, delivery: Delivery) -> bool:
        """Whether an earlier attempt kept just this, whose commit got no answer."""
        known = await work.outbox.get(delivery.id)
        return known is not None and replace(known, claim=delivery.claim, released=delivery.released) == delivery

    async def _insist(self, work: UnitOfWork, delivery: Delivery) -> bool:
        """A message that was seen to be posted is posted, whoever has the delivery by now."""
        known = await work.outbox.get(delivery.id) if delivery.state is State.POSTED else None
        if known is None or known.state is State.POSTED:
            return False
        await work.outbox.revoke([delivery])
        return True

    async def _attend(self, refused: Delivery, error: Unreachable) -> None:
        """Mark the channel. When that cannot be kept just now, the next card that is refused there marks it."""
        try:
            await self._mark(refused, error)
        except DatabaseProblem as problem:
            log.warning("channel.not_marked", delivery=refused.id, code=problem.code)

    async def _mark(self, refused: Delivery, error: Unreachable) -> None:
        async with self._storage.reading() as work:  # its space may have come to another community since it was planned
            space = await work.communities.space_of(refused.place.platform, refused.place.space)
        if space is None:
            return
        community, place = space.community, refused.place
        for ended in await self._attention.mark(community, place, error.code, error.sentence, refused=refused):
            self._watcher.settled(ended)


async def _recalled(work: UnitOfWork, coming: Sequence[Delivery]) -> Mapping[DeliveryId, str]:
    """Why deliveries that are on their way are not to be sent again, as moderators decided meanwhile."""
    known = [await work.outbox.get(one.id) for one in sorted(coming, key=lambda one: (one.due_at, one.id))]
    return {one.id: one.reason for one in known if one and one.in_doubt and one.reason}


def _given_up(delivery: Delivery, reason: str) -> Delivery:
    """What is to be tried again comes no more, for a reason that came up meanwhile; in doubt it is asked about."""
    if not reason or delivery.state.settled:
        return delivery
    return replace(delivery, reason=reason) if delivery.in_doubt else delivery.skipped(reason)

"""Reactions: taken in as events, compared with the platform after a gap."""

import asyncio
from collections import OrderedDict, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import Delivery
from bot.domain.errors import AdapterError
from bot.domain.ids import MemberId, OccurrenceId
from bot.domain.places import MessageRef, Person
from bot.domain.reactions import BUTTON, Felt, Mark, merge, neutral_emoji
from bot.ports import Clock, Messenger, Messengers, Storage, UnitOfWork, Watcher

log = structlog.get_logger(__name__)

RECENT = timedelta(days=8)
KEEP_REMOVED = timedelta(days=30)
ASKED_AT_ONCE = 4
EARLY_BIRDS = 1_000


class Reactions:
    """The set of (member, item, emoji), kept right whatever order events come in."""

    def __init__(self, storage: Storage, messengers: Messengers, clock: Clock, watcher: Watcher) -> None:
        self._storage = storage
        self._watcher = watcher
        self._messengers = messengers
        self._clock = clock
        self._comparing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: set[str] = set()
        self._early: OrderedDict[MessageRef, None] = OrderedDict()

    async def reacted(self, person: Person, ref: MessageRef, emoji: str, *, present: bool, at: datetime) -> None:
        """Someone put an emoji on a copy, or took it off."""
        self._remember_early(ref)
        async with self._storage.unit_of_work() as work:
            delivery = await work.outbox.showing(ref)
            member = await work.communities.member(person) if delivery else None
            if delivery is None or member is None:
                return
            self._early.pop(ref, None)
            item = delivery.occurrence
            mark = Mark(member, item, neutral_emoji(emoji), delivery.id, present=present, at=at)
            await work.reactions.record([mark])
            await work.commit()
        self._watcher.reacted(person.platform, 1)

    async def cleared(self, ref: MessageRef, emoji: str | None, at: datetime) -> None:
        """All reactions, or all of one emoji, were taken off a copy."""
        self._remember_early(ref)
        async with self._storage.unit_of_work() as work:
            delivery = await work.outbox.showing(ref)
            if delivery is None:
                return
            self._early.pop(ref, None)
            gone = [
                Mark(mark.member, mark.item, mark.emoji, mark.via, present=False, at=at)
                for mark in await work.reactions.via(delivery.id)
                if mark.present and (emoji is None or mark.emoji == neutral_emoji(emoji))
            ]
            await work.reactions.record(gone)
            await work.commit()

    async def press(self, work: UnitOfWork, member: MemberId, item: OccurrenceId, emoji: str, *, present: bool) -> None:
        """The button that does the same. The caller commits."""
        mark = Mark(member, item, neutral_emoji(emoji), BUTTON, present=present, at=self._clock.now())
        known = merge(await work.reactions.on_item(item)).get(mark.place)
        if known is not None and known.at >= mark.at:
            # Presses are already in order: two at one instant, or a clock that went back, take nothing from the last.
            mark = replace(mark, at=known.at + timedelta(microseconds=1))
        await work.reactions.record([mark])

    async def compare(self, platform: str) -> None:
        """Fetch the full set for recent cards of a platform and apply what was missed, both ways.

        Calls that come while one is waiting to begin are answered by that one.
        """
        if platform in self._waiting:
            return
        self._waiting.add(platform)
        try:
            await self._comparing[platform].acquire()
        finally:  # also when whoever asked has gone
            self._waiting.discard(platform)
        try:
            await self._compare_all(platform)
        finally:
            self._comparing[platform].release()

    async def _compare_all(self, platform: str) -> None:
        messenger = self._messengers.get(platform)
        if messenger is None:
            return
        async with self._storage.reading() as work:
            recent = await work.outbox.posted_since(platform, self._clock.now() - RECENT)
        turns = asyncio.Semaphore(ASKED_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for delivery in recent:
                tasks.create_task(self._compare_in_turn(turns, messenger, delivery))

    async def appeared(self, delivery: Delivery, *, late: bool) -> None:
        """A copy is known from now on; reactions that came before it was are fetched."""
        ref = delivery.ref
        if ref is None or not (late or ref in self._early):
            return
        self._early.pop(ref, None)
        messenger = self._messengers.get(delivery.place.platform)
        if messenger is not None:
            await self._compare_one(messenger, delivery)

    async def tidy(self) -> None:
        """Forget marks that were taken back long ago: no event that old can still arrive."""
        async with self._storage.unit_of_work() as work:
            await work.reactions.forget_removed(self._clock.now() - KEEP_REMOVED)
            await work.commit()

    def _remember_early(self, ref: MessageRef) -> None:
        self._early[ref] = None
        while len(self._early) > EARLY_BIRDS:
            self._early.popitem(last=False)

    async def _compare_in_turn(self, turns: asyncio.Semaphore, messenger: Messenger, delivery: Delivery) -> None:
        async with turns:
            await self._compare_one(messenger, delivery)

    async def _compare_one(self, messenger: Messenger, delivery: Delivery) -> None:
        ref = delivery.ref
        if ref is None:
            return
        asked_at = self._clock.now()
        try:
            felt = await messenger.reactions(ref)
        except AdapterError as error:
            log.info("reactions.not_compared", delivery=delivery.id, code=str(error))
            return
        async with self._storage.unit_of_work() as work:
            await work.reactions.record(await self._differences(work, delivery, felt, asked_at))
            await work.commit()

    async def _differences(
        self, work: UnitOfWork, delivery: Delivery, felt: frozenset[Felt], at: datetime
    ) -> list[Mark]:
        """Marks that bring what is kept for one copy to what the platform said at an instant."""
        place = delivery.place
        wanted: set[tuple[MemberId, str]] = set()
        for one in felt:
            member = await work.communities.member(Person(place.platform, place.space, one.user))
            if member is not None:
                wanted.add((member, neutral_emoji(one.emoji)))
        known = {(mark.member, mark.emoji): mark for mark in await work.reactions.via(delivery.id)}
        present = {key for key, mark in known.items() if mark.present}
        return [
            Mark(member, delivery.occurrence, emoji, delivery.id, present=(member, emoji) in wanted, at=at)
            for member, emoji in wanted ^ present
        ]

"""Reactions compared with the platform: after a gap, and where they were quicker than our own answer."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bot.domain.delivery import Delivery
from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Uncertain
from bot.domain.ids import ActId, MemberId
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Copy, Felt, Mark, neutral_emoji
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messenger, Messengers
from bot.services import warming

log = structlog.get_logger(__name__)

Shown: TypeAlias = tuple[MessageRef, Copy]
"""A message, and what it shows."""

RECENT = timedelta(days=8)
ASKED_AT_ONCE = 4
PAUSES = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds between attempts, after which it is left to the next connection."""
EARLY_BIRDS = 1_000
LOOKS = 4
"""At messages that another process may have posted; after so many it has not."""


class Comparing:
    """Fetches full sets of reactions and applies what was missed, both ways."""

    def __init__(
        self,
        storage: Storage,
        messengers: Messengers,
        clock: Clock,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._pause = pause
        self._storage = storage
        self._messengers = messengers
        self._clock = clock
        self._comparing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: set[str] = set()
        self._early: OrderedDict[MessageRef, int] = OrderedDict()

    def touched(self, refs: Iterable[MessageRef]) -> None:
        """Messages were reacted to, which may turn out to be copies when our own answer comes."""
        for ref in refs:
            self._early[ref] = 0
        while len(self._early) > EARLY_BIRDS:
            self._early.popitem(last=False)

    def known(self, refs: Iterable[MessageRef]) -> None:
        """These are known to be copies, and what is done to them is kept."""
        for ref in refs:
            self._early.pop(ref, None)

    async def look_again(self) -> Sequence[MessageRef]:
        """Find out which of the messages that were reacted to became known as copies since: another process may have
        posted them, which knows of no reactions, and a platform may have been too busy to be asked.

        Returns the others; what was looked at often enough is looked at no more.
        """
        if not self._early:
            return ()
        async with self._storage.reading() as work:
            copies = await work.outbox.copies(self._early)
        strangers = [ref for ref in self._early if ref not in copies]
        for ref in list(self._early):
            self._early[ref] += 1
            if self._early[ref] >= LOOKS:
                del self._early[ref]
        for ref, copy in copies.items():
            await self.shown(ref, copy, late=True)
        return strangers

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
        """Compare every recent card; what cannot be asked or kept just now, again after growing pauses."""
        messenger = self._messengers.get(platform)
        if messenger is None:
            return
        since = self._clock.now() - RECENT
        async with self._storage.reading() as work:
            posted = [
                shown for delivery in await work.outbox.posted_since(platform, since) if (shown := _shown(delivery))
            ]
            copies = await work.act_copies.sent_since(platform, since)
        left: Sequence[Shown] = [*posted, *((c.ref, Copy(c.id, c.act, c.space, act=True)) for c in copies if c.ref)]
        for pause in (*PAUSES, None):
            left = await self._compare_each(messenger, left)
            if not left:
                return
            if pause is None:
                log.warning("reactions.not_compared", platform=platform, messages=len(left))
            else:
                await self._pause(pause)

    async def _compare_each(self, messenger: Messenger, copies: Sequence[Shown]) -> Sequence[Shown]:
        """Those that could not be compared just now."""
        turns = asyncio.Semaphore(ASKED_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            comparing = [(copy, tasks.create_task(self._compare_in_turn(turns, messenger, *copy))) for copy in copies]
        return [copy for copy, task in comparing if not task.result()]

    async def appeared(self, delivery: Delivery, *, late: bool) -> None:
        """A delivery's copy is known from now on; reactions that came before it was are fetched."""
        if shown := _shown(delivery):
            await self.shown(*shown, late=late)

    async def shown(self, ref: MessageRef, copy: Copy, *, late: bool) -> None:
        """A message is known to be a copy from now on; reactions that came before it was are fetched."""
        if not (late or ref in self._early):
            return
        self._early.pop(ref, None)
        messenger = self._messengers.get(ref.place.platform)
        if messenger is None or not await self._compare_one(messenger, ref, copy):
            self.touched([ref])  # `look_again` asks once more

    async def _compare_in_turn(
        self, turns: asyncio.Semaphore, messenger: Messenger, ref: MessageRef, copy: Copy
    ) -> bool:
        async with turns:
            return await self._compare_one(messenger, ref, copy)

    async def _compare_one(self, messenger: Messenger, ref: MessageRef, copy: Copy) -> bool:
        """Whether nothing more is to be done about it: compared, or there is nothing that could be."""
        asked_at = self._clock.now()
        try:
            felt = await messenger.reactions(ref)
            async with self._storage.unit_of_work() as work:
                differences = await self._differences(work, ref.place, copy, felt, asked_at)
                await work.reactions.record(differences)
                if differences and copy.act:
                    await warming.follow(work, {ActId(copy.item)}, asked_at)
                await work.commit()
        except (TryLater, Uncertain, DatabaseProblem) as error:
            log.info("reactions.compared_later", copy=copy.via, code=error.code)
            return False
        except AdapterError as error:
            log.info("reactions.not_compared", copy=copy.via, code=str(error))
        return True

    async def _differences(
        self, work: UnitOfWork, place: Place, copy: Copy, felt: frozenset[Felt], at: datetime
    ) -> list[Mark]:
        """Marks that bring what is kept for one copy to what the platform said at an instant."""
        wanted: set[tuple[MemberId, str]] = set()
        for one in felt:
            member = await work.communities.member(Person(place.platform, place.space, one.user))
            if member is not None:
                wanted.add((member, neutral_emoji(one.emoji)))
        known = {(mark.member, mark.emoji): mark for mark in await work.reactions.via(copy)}
        present = {key for key, mark in known.items() if mark.present}
        return [
            Mark(member, copy.item, emoji, copy.via, present=(member, emoji) in wanted, at=at)
            for member, emoji in wanted ^ present
        ]


def _shown(delivery: Delivery) -> Shown | None:
    return (delivery.ref, Copy(delivery.id, delivery.occurrence, delivery.space)) if delivery.ref else None

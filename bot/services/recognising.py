"""Unsure deliveries recognised by a reaction to their message.

A press names the delivery that its button is about. A reaction names a message and no more, so the platform is asked
what that message carries: only in places to which a delivery is unsure, and apart from the writer that keeps reactions.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.domain.errors import DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.ids import DeliveryId
from bot.domain.places import MessageRef, Place
from bot.ports import Clock, Storage
from bot.ports.platforms import Messenger, Messengers
from bot.services.comparing import Comparing
from bot.services.delivering import Deliverer

log = structlog.get_logger(__name__)

Unsure = Mapping[Place, frozenset[DeliveryId]]
K = TypeVar("K")
V = TypeVar("V")

LOOK_EVERY = 15.0
"""Seconds between looks at messages that somebody reacted to and that nobody knows."""
ASKED_AT_ONCE = 4
"""How many spaces are asked about at once; in each, one message after the other."""
REMEMBERED = 1_000
CLOSED_FOR = timedelta(hours=1)
"""How long a place is left alone whose messages we are not shown."""


class Recognising:
    """Finds out what the messages are that somebody put an emoji on and that are not known as copies.

    What the platform said of a message is remembered for the latest thousand, so that it is asked once about the same
    deliveries. While it is too busy to answer, the message is kept in mind.
    """

    def __init__(
        self,
        storage: Storage,
        messengers: Messengers,
        comparing: Comparing,
        deliverer: Deliverer,
        clock: Clock,
        *,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._messengers = messengers
        self._comparing = comparing
        self._deliverer = deliverer
        self._clock = clock
        self._pause = pause
        self._denied: OrderedDict[MessageRef, frozenset[DeliveryId]] = OrderedDict()
        self._closed: OrderedDict[Place, datetime] = OrderedDict()

    async def keep_looking(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._pause(LOOK_EVERY)
            try:
                await self.look_again()
            except DatabaseProblem as problem:
                log.info("reactions.compared_later", code=problem.code)
            except Exception:  # the next look is not this one
                log.exception("reactions.not_looked_at")

    async def look_again(self) -> None:
        """Look once: at what became known as a copy since, and, where a delivery is unsure, at what else there is."""
        strangers = await self._comparing.look_again()
        if not strangers:
            return
        async with self._storage.reading() as work:
            unsure = await work.outbox.unsure_at({ref.place for ref in strangers})
        by_space: defaultdict[tuple[str, str], list[MessageRef]] = defaultdict(list)
        for ref in strangers:
            if ref.place in unsure:
                by_space[ref.place.platform, ref.place.space].append(ref)
        turns = asyncio.Semaphore(ASKED_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for refs in by_space.values():
                tasks.create_task(self._ask_about_all(turns, refs, unsure))

    async def _ask_about_all(self, turns: asyncio.Semaphore, refs: Sequence[MessageRef], unsure: Unsure) -> None:
        """Ask about messages of one space, until that cannot be done just now: the others are kept in mind."""
        async with turns:
            for number, ref in enumerate(refs):
                try:
                    await self._ask_about(ref, unsure[ref.place])
                except (TryLater, Uncertain, DatabaseProblem) as error:
                    log.info("card.recognised_later", platform=ref.place.platform, code=error.code)
                    self._comparing.touched(refs[number:])
                    return

    async def _ask_about(self, ref: MessageRef, unsure: frozenset[DeliveryId]) -> None:
        """Ask what a message carries, unless that is known; the delivery whose key it carries is posted."""
        unsure -= self._denied.get(ref, frozenset())
        if not unsure or self._closed.get(ref.place, self._clock.now()) > self._clock.now():
            return
        messenger = self._messengers.get(ref.place.platform)
        if messenger is None:
            raise TryLater("platform.not_open")
        key = await self._asked(messenger, ref, unsure)
        if key is not None:
            await self._deliverer.adopt(key, ref)
            log.info("card.recognised", delivery=key, platform=ref.place.platform)

    async def _asked(self, messenger: Messenger, ref: MessageRef, unsure: frozenset[DeliveryId]) -> str | None:
        """What the platform says. What it does not show us is left alone for a while."""
        key = None
        try:
            key = await messenger.recognise(ref, unsure)
        except Unreachable as error:
            log.info("card.not_recognised", platform=ref.place.platform, code=error.code)
            _remember(self._closed, ref.place, self._clock.now() + CLOSED_FOR)
            return None
        except Unacceptable as error:
            log.info("card.not_recognised", platform=ref.place.platform, code=error.code)
        if key is None:
            _remember(self._denied, ref, self._denied.get(ref, frozenset()) | unsure)
        return key


def _remember(known: OrderedDict[K, V], key: K, value: V) -> None:
    """Keep a value for a key, and the latest thousand of them."""
    known[key] = value
    known.move_to_end(key)
    if len(known) > REMEMBERED:
        known.popitem(last=False)

"""Acts whose messages turn out to be gone after a database was put back.

The backup does not know what was taken down, hidden or removed since it was made. A message that is gone tells it. What
may have been taken down stays off the wall, and its author puts it back if they like.
"""

from dataclasses import replace

import structlog

from bot.domain.errors import AdapterError, TryLater
from bot.domain.places import Person
from bot.domain.wall import REMOVED_BY_HAND, Act, ActCopy, Audience
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services.naming import seen
from bot.services.wall import Walls
from bot.services.wall_cards import missing_card

log = structlog.get_logger(__name__)


class OncePerDay:
    """Whom something was told today. Kept in memory, until the day is over or the process is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = clock.now().date()
        self._told: set[Person] = set()

    def __len__(self) -> int:
        return len(self._told)

    def first(self, person: Person) -> bool:
        """Whether somebody was not told today; from now on they were."""
        if (today := self._clock.now().date()) != self._day:
            self._day = today
            self._told.clear()
        told = person in self._told
        self._told.add(person)
        return not told

    def take_back(self, person: Person) -> None:
        """They could not be told after all."""
        self._told.discard(person)


class Missing:
    """Settles a copy that was to be there and is not."""

    def __init__(self, storage: Storage, walls: Walls, messengers: Messengers, clock: Clock) -> None:
        self._storage = storage
        self._walls = walls
        self._messengers = messengers
        self._clock = clock
        self._told = OncePerDay(clock)

    async def found_out(self, copy: ActCopy) -> None:
        """Keep what follows, and tell the author where that is something, once a day for however many acts."""
        async with self._storage.unit_of_work() as work:
            act = await work.acts.get(copy.act)
            changed = await self._without(work, act, copy) if act is not None and act.on_wall else None
            stuck = "" if changed else REMOVED_BY_HAND  # where others are there, somebody deleted this one
            await work.act_copies.settle(copy.vanished(stuck), None, self._clock.now())
            if changed is not None:
                await self._walls.keep(work, changed, "act.missing")
            await work.commit()
        if changed is not None:
            log.info("act.missing", act=copy.act, platform=copy.place.platform)
            await self._tell(changed)

    async def _without(self, work: UnitOfWork, act: Act, copy: ActCopy) -> Act | None:
        """What becomes of an act; None for nothing. Taken down it is gone everywhere, and taken back from the linked
        place it is gone there."""
        others = [other for other in await work.act_copies.of_act(act.id) if other.id != copy.id]
        if any(other.message for other in others):
            return await seen(work, replace(act, audience=Audience.HERE)) if copy.space != act.space else None
        for other in others:
            if other.stuck == REMOVED_BY_HAND:
                await work.act_copies.change(other.vanished(), self._clock.now())
        return act.kept_private()

    async def _tell(self, act: Act) -> None:
        async with self._storage.reading() as work:
            person = await work.communities.person(act.author)
        messenger = self._messengers.get(person.platform) if person else None
        if person is None or messenger is None or not self._told.first(person):
            return  # one act stands for all of them: /kind me shows the others
        try:
            await messenger.tell(person, missing_card(act))
        except AdapterError as error:
            log.info("author.not_told", act=act.id, code=str(error))
            if isinstance(error, TryLater):
                self._told.take_back(person)

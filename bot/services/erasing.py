"""Taking a space that leaves out, in portions: what shows its acts, then all that is kept of it.

Each portion is a transaction that also keeps how far it is, so whoever goes on after a crash begins where it ended, and
others have their turn in between. When it begins, the space loses its platform's id: nobody finds it any more, and a
space of that id that is seen afterwards is a new one.
"""

from dataclasses import replace

import structlog

from bot.domain.community import Space
from bot.domain.errors import AdapterError, DatabaseProblem
from bot.domain.ids import new_id
from bot.domain.leaving import GONE, STIRRED, Leaving, Stage
from bot.domain.linking import Link
from bot.domain.message import Card
from bot.domain.places import Person
from bot.domain.wall import Decision
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.leaving import Tombstones
from bot.ports.platforms import Messengers
from bot.services.audit_order import next_entry
from bot.services.cards import note
from bot.services.delivering import LEASE
from bot.services.leave_cards import farewell
from bot.services.linking import UNLINKED
from bot.services.moving import Moving

log = structlog.get_logger(__name__)

AT_ONCE = 5
"""How many spaces are claimed at once."""
PORTION = 500
"""How many rows are changed or erased at once: it takes less than a tenth of a second."""


class Erasing:
    """Several may work on one table; a claim belongs to one of them."""

    def __init__(
        self, storage: Storage, messengers: Messengers, moving: Moving, clock: Clock, *, tombstones: Tombstones
    ) -> None:
        self._storage = storage
        self._messengers = messengers
        self._moving = moving
        self._clock = clock
        self._tombstones = tombstones
        self._name = new_id()[:12]

    async def work_off(self, platform: str) -> int:
        """Bring spaces of a platform one step further; how many there were."""
        async with self._storage.unit_of_work() as work:
            claimed = await work.leavings.claim(self._name, platform, self._clock.now(), LEASE, AT_ONCE)
            await work.commit()
        for leaving in claimed:
            try:
                await self._go_on(leaving)
            except DatabaseProblem as problem:  # its claim runs out
                log.debug("leaving.waits", space=leaving.space, code=problem.code)
            except Exception:
                log.exception("leaving.broke", space=leaving.space)
        return len(claimed)

    async def _go_on(self, leaving: Leaving) -> None:
        match leaving.stage:
            case Stage.WAITING:
                await self._begin(leaving)
            case Stage.TAKING:
                await self._take_away(leaving)
            case Stage.ERASING:
                await self._erase(leaving)

    async def _begin(self, leaving: Leaving) -> None:
        """From now on nobody finds the space, and those that it was linked with are by themselves."""
        async with self._storage.unit_of_work() as work:
            space = await work.communities.space(leaving.space)
            own = await work.links.of(space.id)
            parting = [own] if own else list(await work.links.guests(space.community))
            held = await work.communities.hold(sorted({space.id, *(link.space for link in parting)}), moving=True)
            if not await work.leavings.settle(leaving.at(Stage.TAKING), self._clock.now()):
                return  # they stay after all, or somebody else goes on
            for link in parting:
                await self._part(work, held[link.space], link, held[space.id])
            space = (await work.communities.hold([space.id]))[space.id]
            for schedule in await work.schedules.of_community(space.community):
                await work.schedules.save(schedule.without(space.id).resting_if_nowhere())
            await work.open_walls.close(space.id)
            left_at = space.left_at or self._clock.now()
            await work.communities.save_space(replace(space, key=f"{GONE}/{space.id}", left_at=left_at))
            to_tell = [(await self._other(work, space, link)) for link in parting]
            await work.commit()
        log.info("leaving.began", space=leaving.space)
        for person in to_tell:
            await self._tell(person, note("Unlinked", UNLINKED, emoji="🍂"))

    async def _part(self, work: UnitOfWork, guest: Space, link: Link, leaving: Space) -> None:
        """As /kindling unlink does; the decision is kept for those who stay."""
        staying = guest.community if guest.id == leaving.id else link.home
        now = self._clock.now()
        entry = await next_entry(work, now, guest.id, staying)
        await work.walls.decide(Decision(entry, staying, guest.id, "space.unlinked", now, GONE))
        await self._moving.go_home(work, guest, link)

    async def _other(self, work: UnitOfWork, leaving: Space, link: Link) -> Person:
        """Whoever agreed to a link in the place that stays."""
        guest = link.space == leaving.id
        stays = await work.communities.space(link.host if guest else link.space)
        return Person(stays.platform, stays.key, link.confirmed_by if guest else link.by)

    async def _take_away(self, leaving: Leaving) -> None:
        """Have every message looked at, and wait until nothing more is to be done about any; not longer than a day."""
        now = self._clock.now()
        if not leaving.reached:  # nobody can take it back any more, and nothing of it is gone so far
            await self._tombstones.keep(leaving.space, now)
        async with self._storage.unit_of_work() as work:
            if leaving.reached != STIRRED:
                reached = await work.erasures.stir(leaving.space, now, PORTION, leaving.reached)
                await work.leavings.settle(replace(leaving, reached=reached or STIRRED), now)
            elif now < leaving.gives_up_at and await work.erasures.to_do(leaving.space):
                await work.leavings.settle(leaving, leaving.looking_again(now))
            else:
                left = await work.erasures.left_over(leaving.space)
                await work.leavings.settle(replace(leaving.at(Stage.ERASING), left=left), now)
            await work.commit()

    async def _erase(self, leaving: Leaving) -> None:
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            if not await work.leavings.settle(leaving, now):
                return
            more = await work.erasures.erase_some(leaving.space, now, PORTION)
            if not more:
                await work.erasures.end(leaving.space)
            await work.commit()
        if more:
            return
        log.info("leaving.ended", space=leaving.space, left=sum(leaving.left.values()))
        if not leaving.by:  # it is erased once more: they were told the first time
            return
        messenger = self._messengers.get(leaving.platform)
        way_out = messenger.way_out if messenger else ""
        await self._tell(Person(leaving.platform, leaving.key, leaving.by), farewell(leaving.left, way_out))

    async def _tell(self, person: Person, card: Card) -> None:
        messenger = self._messengers.get(person.platform)
        try:
            if messenger is not None:
                await messenger.tell(person, card)
        except AdapterError as error:
            log.info("moderator.not_told", platform=person.platform, code=str(error))

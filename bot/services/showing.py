"""Bringing copies to what their acts are: sending, changing and removing messages, whatever happened before.

What a copy shall show follows from its act alone, so nothing needs to be known of how it came about. A claim holds a
copy while it is worked on; what happens to the act meanwhile is seen when it is given back.
"""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import DatabaseProblem, Gone, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.ids import new_id
from bot.domain.message import Action, Card, Item, Items, Text
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Copy
from bot.domain.wall import REBUILDING, REMOVED_BY_HAND, UNSURE, ActCopy
from bot.ports import Clock, Storage
from bot.ports.platforms import Messenger, Messengers
from bot.services import strays
from bot.services.comparing import Comparing
from bot.services.delivering import CLOCK_SKEW, DOUBT, LEASE, NOT_OPEN
from bot.services.missing import Missing
from bot.services.wall import Walls
from bot.services.wall_cards import ON_COPIES, act_card, act_of, digest

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""How many copies of one platform are worked on at most: few, so that cards that are due do not wait behind them."""
LONGEST_PAUSE = timedelta(minutes=10)
ENOUGH = LEASE / 2
"""How much of a lease has to be left before a platform is asked for anything: more than it takes to answer."""


class Showing:
    """Several may work on one table; a claim belongs to one of them."""

    def __init__(
        self, storage: Storage, messengers: Messengers, walls: Walls, comparing: Comparing, clock: Clock
    ) -> None:
        self._storage = storage
        self._messengers = messengers
        self._walls = walls
        self._comparing = comparing
        self._clock = clock
        self._missing = Missing(storage, walls, messengers, clock)
        self._name = new_id()[:12]

    async def work_off(self, platform: str) -> int:
        """Bring copies of a platform as far as they go now; how many there were."""
        async with self._storage.unit_of_work() as work:
            claimed = await work.act_copies.claim(self._name, platform, self._clock.now(), LEASE, AT_ONCE)
            await work.commit()
        by_place: defaultdict[Place, list[ActCopy]] = defaultdict(list)
        for copy in claimed:
            by_place[copy.place].append(copy)
        async with asyncio.TaskGroup() as tasks:
            for copies in by_place.values():
                tasks.create_task(self._in_turn(copies))
        return len(claimed)

    async def touched(self, action: Action, ref: MessageRef) -> None:
        """A button about an act stands on a message: where nobody knew of it, it is known from now on."""
        if action.name not in ON_COPIES:
            return
        async with self._storage.reading() as work:
            if ref in await work.outbox.copies([ref]):
                return
        async with self._storage.unit_of_work() as work:
            if await strays.take_in(work, act_of(action), ref, self._clock):
                await work.commit()

    async def _in_turn(self, copies: list[ActCopy]) -> None:
        """One channel's copies, one after the other. One copy's trouble is not the others'."""
        for copy in copies:
            try:
                await self._carry_out(copy)
            except DatabaseProblem as problem:  # its lease runs out
                log.debug("copy.waits", copy=copy.id, code=problem.code)
            except Exception:
                log.exception("copy.broke", copy=copy.id)

    async def _carry_out(self, copy: ActCopy) -> None:
        messenger = self._messengers.get(copy.place.platform)
        now = self._clock.now()
        if messenger is None:
            await self._settle(copy, now + NOT_OPEN)
            return
        if copy.next_at is not None and now > copy.next_at - ENOUGH:
            await self._settle(copy, now)  # others of its channel took long, and somebody else may have it any moment
            return
        try:
            await self._bring(messenger, copy)
        except TryLater as error:
            await self._put_off(copy, max(error.after, _pause(copy)))
        except Gone:
            if copy.doubt:
                await self._missing.found_out(copy)
                return
            rebuilding = copy.stuck == REBUILDING
            await self._settle(copy.vanished("" if rebuilding else REMOVED_BY_HAND), now if rebuilding else None)
        except Unreachable as error:
            await self._stick(copy, error)
        except Unacceptable as error:
            log.error("copy.unacceptable", copy=copy.id, code=error.code)  # noqa: TRY400 -- the code says it
            await self._settle(copy.stopped(error.code))

    async def _bring(self, messenger: Messenger, copy: ActCopy) -> None:
        """Bring the message to what it shall be."""
        if copy.doubt and not copy.message:
            found = await self._asked(messenger, copy)
            if found is None:
                return
            copy = found
        card, place, erased = await self._wanted(copy)
        if card is None:
            await self._take_away(messenger, copy, erased=erased)
        elif copy.stuck not in {"", REBUILDING}:
            await self._settle(copy)
        elif copy.ref is None:
            if place is None:  # moderators want it in no channel by now
                await self._settle(copy.vanished())
            else:
                await self._send(messenger, copy, card, place)
        elif copy.shown == digest(card):
            await self._settle(copy)
        else:
            await messenger.edit(copy.ref, card, copy.key)
            await self._settle(copy.appeared(copy.ref, digest(card), self._clock.now()))

    async def _asked(self, messenger: Messenger, copy: ActCopy) -> ActCopy | None:
        """A copy of which it is known whether its message is there; None when that was put off or cannot be known."""
        now = self._clock.now()
        try:
            found = await messenger.find(copy.place, copy.key, (copy.sent_at or now) - CLOCK_SKEW)
        except Uncertain:
            await self._settle(copy.vanished(UNSURE))
            return None
        if found is None:
            return copy.vanished(copy.stuck if copy.stuck == UNSURE else "")
        self._comparing.touched([found])
        return copy.appeared(found, "", now)

    async def _wanted(self, copy: ActCopy) -> tuple[Card | None, Place | None, bool]:
        """The card that the copy shall show, None for none, and where; and whether its act is erased."""
        async with self._storage.reading() as work:
            act = await work.acts.get(copy.act)
            space = await work.communities.space(copy.space)
            if act is None or not space.active or not act.shown_in(space):
                return None, None, act is None
            place = await self._walls.place(work, space)
            card = act_card(act)
            return await self._walls.pictured(work, card) if digest(card) != copy.shown else card, place, False

    async def _take_away(self, messenger: Messenger, copy: ActCopy, *, erased: bool) -> None:
        if copy.stuck == UNSURE:  # if it is there after all, it is removed as soon as anybody touches it
            await self._settle(copy)
            return
        if copy.ref is not None:
            await messenger.delete(copy.ref)
        if erased:
            async with self._storage.unit_of_work() as work:
                await work.act_copies.remove(copy)
                await work.acts.erase(copy.act)  # and what was felt while its message still stood there
                await work.commit()
            return
        await self._settle(copy.vanished(copy.stuck if copy.stuck == REMOVED_BY_HAND else ""))

    async def _send(self, messenger: Messenger, copy: ActCopy, card: Card, place: Place) -> None:
        now = self._clock.now()
        sending = copy.sending(new_id(), now, place)
        async with self._storage.unit_of_work() as work:
            if not await work.act_copies.keep(sending):
                return
            await work.commit()
        try:
            ref = await messenger.send(place, card, sending.key)
        except Uncertain:
            await self._settle(sending, self._clock.now() + max(DOUBT, _pause(sending)))
            return
        except (TryLater, Unreachable, Unacceptable) as error:
            copy = sending.vanished()
            if isinstance(error, TryLater):
                await self._put_off(copy, max(error.after, _pause(sending)))
            elif isinstance(error, Unreachable):
                await self._stick(copy, error)
            else:
                log.error("copy.unacceptable", copy=copy.id, code=error.code)  # noqa: TRY400 -- the code says it
                await self._settle(copy.stopped(error.code))
            return
        await self._settle(sending.appeared(ref, digest(card), self._clock.now()))
        await self._comparing.shown(ref, Copy(copy.id, copy.act, copy.space, act=True), late=False)
        log.info("copy.posted", copy=copy.id, platform=place.platform)

    async def _put_off(self, copy: ActCopy, after: timedelta) -> None:
        await self._settle(copy, self._clock.now() + after)

    async def _settle(self, copy: ActCopy, again: datetime | None = None) -> None:
        async with self._storage.unit_of_work() as work:
            if not await work.act_copies.settle(copy, again, self._clock.now()):
                log.warning("copy.claim_lost", copy=copy.id)
            await work.commit()

    async def _stick(self, copy: ActCopy, error: Unreachable) -> None:
        """Nothing more is tried there until a moderator asks for it; whoever chose the channel is told, once. Where one
        asked meanwhile, or what was to be sent belongs into another channel by now, it is tried again at once."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            space = await work.communities.space(copy.space)
            await work.changes.hold(space.community)  # nobody chooses a channel, and it is held before schedules
            moved = not copy.message and not copy.doubt and copy.place != await self._walls.place(work, space)
            told = await work.act_copies.any_stuck(copy.space, error.code)
            await work.act_copies.settle(copy if moved else copy.stopped(error.code), now if moved else None, now)
            known = await work.act_copies.get(copy.id)
            place = await work.walls.place(copy.space)
            await work.commit()
        if moved or known is None or known.stuck in {"", REBUILDING}:
            return
        log.warning("wall.needs_attention", platform=copy.place.platform, channel=copy.place.channel, code=error.code)
        messenger = self._messengers.get(copy.place.platform)
        if told or place is None or not place.set_up_by or messenger is None:
            return
        body = (
            Text("Kindling cannot write in the channel of the kindness wall."),
            Items((Item("", label="Where", channel=copy.place.channel),)),
            Text(error.sentence),
            Text("When it is mended, /kindling wall rebuild shows there what has been shared meanwhile."),
        )
        person = Person(copy.place.platform, copy.place.space, place.set_up_by)
        try:
            await messenger.tell(person, Card("The wall needs a hand", body, emoji="🔧"))
        except (TryLater, Unreachable, Unacceptable, Uncertain) as failed:
            log.info("moderator.not_told", platform=copy.place.platform, code=str(failed))


def _pause(copy: ActCopy) -> timedelta:
    return min(timedelta(seconds=5) * 2 ** min(copy.attempts, 10), LONGEST_PAUSE)

"""What needs a moderator is told once a local day: in the moderators' place, or else to whoever set something up."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import Enum, auto
from uuid import uuid4

import structlog

from bot.domain.alerts import SHORTEST, Alert
from bot.domain.community import Space
from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Uncertain
from bot.domain.ids import new_id
from bot.domain.message import Card
from bot.domain.moderators import REMEMBERED, Problem
from bot.domain.places import Person, Place
from bot.domain.schedule import zone_of
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messenger, Messengers

log = structlog.get_logger(__name__)

CODE_LIMIT = 200
AT_ONCE = 1
"""Each has a lease of its own: of many, the last would be told when theirs has run out, and by somebody else too."""
LEASE = timedelta(minutes=5)
"""Longer than telling takes, a moderators' place and a handful of people after it."""
WANTED = timedelta(days=1)
"""For how long it is tried: after that it is another day's problem."""
CLOCK_SKEW = timedelta(hours=2)
"""How far this machine's clock may have been off when something was told whose end nobody knows."""


class There(Enum):
    """What became of telling something in the moderators' place."""

    TOLD = auto()
    NO_PLACE = auto()
    """It cannot be told in there, or nobody can find out whether it was: whoever set something up is told."""
    NOT_YET = auto()
    """It may be told there later."""
    IN_DOUBT = auto()
    """It may be there, and the platform may say so later."""


class Alerts:
    """Tells privately, and never in a channel where cards or the wall are. `bot.runtime.engine.Does` of what could
    not be told at once.

    Several may work on one table; a claim belongs to one of them. What is to be told is kept before it is, so that
    neither a crash, a lost answer nor a platform that is away loses it. In the moderators' place it comes once: it is
    looked for there before it is told again, and where nobody can look, whoever set something up is told instead. Of a
    private message nobody can find out: whoever was being written to as everything broke, or the answer got lost, may
    read it twice, which is better than not at all.
    """

    def __init__(self, storage: Storage, messengers: Messengers, clock: Clock) -> None:
        self._storage = storage
        self._messengers = messengers
        self._clock = clock
        self._name = new_id()[:12]

    async def tell(self, space: Space, code: str, card: Card, users: Collection[str]) -> None:
        """Tell of one problem of a space. Of several who want to tell of it on its local day, the first does.

        `users` are told where there is no moderators' place, or none that can be told things in.
        """
        async with self._storage.unit_of_work() as work:
            alert = await self.begin(work, space, code, card, users)
            await work.commit()
        await self.carry_out(alert)

    async def begin(
        self,
        work: UnitOfWork,
        space: Space,
        code: str,
        card: Card,
        users: Collection[str],
        *,
        day: date | None = None,
        until: datetime | None = None,
    ) -> Alert | None:
        """Keep that this is told, with what made it a problem; None where somebody told it, or is about to.

        `day` is another day that it counts for, `until` when nobody wants it any more. The caller commits, and then has
        it `carry_out`.
        """
        return await self.keep(work, await self.written(work, space, code, card, users, day=day, until=until))

    async def written(
        self,
        work: UnitOfWork,
        space: Space,
        code: str,
        card: Card,
        users: Collection[str],
        *,
        day: date | None = None,
        until: datetime | None = None,
        attempt: str = "",
    ) -> Alert:
        """The same, with nothing kept so far. Of one `attempt` at it there is one alert, however often it is
        written."""
        now = self._clock.now()
        return Alert(
            Problem(space.id, code[:CODE_LIMIT], day or await self._today(work, space)),
            space.platform,
            card,
            tuple(sorted(set(filter(None, users)))),
            now,
            until or now + WANTED,
            claim=f"{self._name}/{attempt or uuid4().hex}",
        )

    async def keep(self, work: UnitOfWork, alert: Alert) -> Alert | None:
        """Keep what was written; None where somebody told it, or is about to. What was kept before of the same attempt,
        whose commit got no answer, is given again."""
        return alert if await work.alerts.begin(alert, self._clock.now() + LEASE) else None

    async def work_off(self, platform: str) -> int:
        """Tell what somebody began to tell and did not, or could not yet; how many there were."""
        async with self._storage.unit_of_work() as work:
            claimed = await work.alerts.claim(self._name, platform, self._clock.now(), LEASE, AT_ONCE)
            await work.commit()
        for alert in claimed:
            try:
                await self.carry_out(alert)
            except DatabaseProblem as problem:  # its lease runs out
                log.debug("alert.waits", code=problem.code)
            except Exception:  # one problem's trouble is not the others'; the same
                log.exception("alert.broke", alert=alert.key)
        return len(claimed)

    async def carry_out(self, alert: Alert | None) -> None:
        """Tell it as far as it can be told now, and keep what remains."""
        if alert is None:
            return
        now = self._clock.now()
        messenger = self._messengers.get(alert.platform)
        async with self._storage.reading() as work:
            space = await work.communities.space(alert.problem.space)
            place = Place(space.platform, space.key, (await work.moderators.of(space.id)).channel)
            used = await used_in(work, space)
        if now > alert.until or not space.active:
            await self._done(alert)
        elif messenger is None:
            await self._later(alert, timedelta())
        else:
            told = There.NO_PLACE
            if place.channel and place not in used:
                told = await self._told_in(messenger, place, alert)
            await self._go_on(messenger, space, alert, told)

    async def _go_on(self, messenger: Messenger, space: Space, alert: Alert, told: There) -> None:
        """What follows from what became of it in the moderators' place."""
        last = alert.again(self._clock.now(), SHORTEST) is None
        match told:
            case There.TOLD:
                await self._done(alert)
            case There.IN_DOUBT if not last:
                await self._later(replace(alert, doubt=True), SHORTEST)
            case There.NOT_YET if not alert.users:
                await self._later(alert, timedelta())
            case _:
                await self._tell_each(messenger, space, alert)

    async def _tell_each(self, messenger: Messenger, space: Space, alert: Alert) -> None:
        """Tell everybody who is still to be told, and keep after each who remains."""
        left, wait, doubt = list(alert.users), timedelta(), alert.doubt
        for user in alert.users:
            try:
                await messenger.tell(Person(space.platform, space.key, user), alert.card)
            except TryLater as error:
                wait = max(wait, error.after)
                continue
            except Uncertain as error:
                if not alert.doubt:  # once more, and no oftener: nobody can find out
                    wait, doubt = max(wait, SHORTEST), True
                    continue
                log.info("moderator.perhaps_told", platform=space.platform, code=error.code)
            except AdapterError as error:
                log.info("moderator.not_told", platform=space.platform, code=str(error))
            left.remove(user)
            if left and user != alert.users[-1]:
                async with self._storage.unit_of_work() as work:
                    await work.alerts.narrow(alert.to(left))
                    await work.commit()
        await (self._later(replace(alert.to(left), doubt=doubt), wait) if left else self._done(alert))

    async def _told_in(self, messenger: Messenger, place: Place, alert: Alert) -> There:
        """Tell it in the moderators' place, which everybody can read by now or may be gone, unless it is there."""
        doubt, blind = alert.doubt, False
        try:
            if await messenger.secluded(place) is False:
                log.warning("moderators_place.public", platform=place.platform, channel=place.channel)
                return There.NO_PLACE
            if doubt:
                found = await _found(messenger, place, alert)
                if found or (found is None and alert.users):
                    return There.TOLD if found else There.NO_PLACE
                doubt, blind = False, found is None  # with nobody else to tell, twice is better than not at all
            await messenger.send(place, alert.card, alert.key)
        except Uncertain:
            return There.TOLD if blind else There.IN_DOUBT
        except AdapterError as error:
            log.warning("moderators_place.not_told", platform=place.platform, channel=place.channel, code=str(error))
            if not isinstance(error, TryLater):
                return There.NO_PLACE
            return There.IN_DOUBT if doubt else There.NOT_YET
        return There.TOLD

    async def _done(self, alert: Alert) -> None:
        async with self._storage.unit_of_work() as work:
            await work.alerts.done(alert)
            await work.commit()

    async def _later(self, alert: Alert, wait: timedelta) -> None:
        """Have it tried again, unless nobody wants it then."""
        again = alert.again(self._clock.now(), wait)
        async with self._storage.unit_of_work() as work:
            await (work.alerts.later(alert, again) if again else work.alerts.done(alert))
            await work.commit()

    async def _today(self, work: UnitOfWork, space: Space) -> date:
        schedules = await work.schedules.of_community(space.community)
        zone = next((schedule.zone for schedule in schedules), "UTC")
        return self._clock.now().astimezone(zone_of(zone)).date()

    async def tidy(self) -> None:
        """Forget what was told on days that are over everywhere."""
        async with self._storage.unit_of_work() as work:
            await work.alerts.forget((self._clock.now() - REMEMBERED).date())
            await work.commit()


async def _found(messenger: Messenger, place: Place, alert: Alert) -> bool | None:
    """Whether it is there; None where the platform does not let us look."""
    try:
        return await messenger.find(place, alert.key, alert.since - CLOCK_SKEW) is not None
    except Uncertain:
        return None


async def used_in(work: UnitOfWork, space: Space) -> frozenset[Place]:
    """The channels of a space in which cards or the wall appear."""
    schedules = await work.schedules.of_community(space.community)
    places = {target.place for schedule in schedules for target in schedule.targets if target.space == space.id}
    wall = await work.walls.place(space.id)
    return frozenset(places | ({Place(space.platform, space.key, wall.channel)} if wall else set()))

"""After a database was put back: it does not know what was posted since, and nothing is to be posted again."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from bot.domain.delivery import Delivery
from bot.domain.ids import SpaceId
from bot.domain.leaving import STAY_WITHIN
from bot.domain.schedule import Decision, Schedule, zone_of
from bot.ports import Clock, Storage
from bot.services.calendar import BATCH, Calendar
from bot.services.closing import Closing
from bot.services.erasing import Erasing
from bot.services.leaving import stop

A_DAY_AHEAD = timedelta(hours=26)
"""Longer than any local date still lasts."""


class Restoring:
    """Puts in doubt whatever may have been posted after the backup was made.

    What is in doubt is looked for on its platform before anything is sent; there it is found by its key, because a
    card that is planned anew has the key of the first time. Each message that shows an act is written anew: one that is
    gone tells that its act may have been taken down since (`missing`), and one that came since is taken in as soon as
    somebody touches it (`strays`). Whoever is named in an act is asked again. What may have been closed since is closed
    (`closing`), and a place that was erased since is erased again.

    No Kindling may be running on the database. All of it is safe to repeat.
    """

    def __init__(
        self, storage: Storage, calendar: Calendar, clock: Clock, *, closing: Closing, erasing: Erasing
    ) -> None:
        self._storage = storage
        self._calendar = calendar
        self._clock = clock
        self._closing = closing
        self._erasing = erasing

    async def erase_again(self, erased: Collection[SpaceId]) -> int:
        """Send those of these spaces that are there on their way out, before `doubt`; how many there are.

        Nobody finds them from now on. What has no message on a platform is gone at once, the rest as Kindling runs.
        """
        platforms: list[str] = []
        for id_ in sorted(erased):
            async with self._storage.unit_of_work() as work:
                space = (await work.communities.hold([id_], moving=True)).get(id_)
                if space is not None and await work.leavings.get(id_) is None:
                    await stop(work, space, "", self._clock.now() - STAY_WITHIN)
                await work.commit()
            platforms += [space.platform] if space else []
        for platform in sorted(set(platforms)):
            while await self._erasing.work_off(platform):
                pass
        return len(platforms)

    async def doubt(self) -> int:
        """Plan all that fell due, and today's cards that a moderator may have posted early; how many are in doubt."""
        await self._closing.close()
        while await self._calendar.plan():
            pass
        await self._plan_today()
        await self._ask_anew()
        async with self._storage.unit_of_work() as work:
            await work.act_copies.doubt(self._clock.now())
            await work.commit()
        return await self._put_in_doubt()

    async def _plan_today(self) -> None:
        now, beyond = self._clock.now(), ""
        while True:
            async with self._storage.unit_of_work() as work:
                schedules = await work.schedules.coming(now, now + A_DAY_AHEAD, BATCH, beyond)
                pairs = [_today(schedule, now, paused_until) for schedule, paused_until in schedules]
                await self._calendar.decide(work, [pair for found in pairs for pair in found])
                await work.commit()
            if not schedules:
                return
            beyond = schedules[-1][0].id

    async def _ask_anew(self) -> None:
        """Whoever is named may have taken their yes back since the backup was made: they are someone, and are asked
        again (`naming`)."""
        beyond = ""
        while True:
            async with self._storage.unit_of_work() as work:
                found = await work.acts.agreed(BATCH, beyond)
                for act in found:
                    await work.acts.save(act.to_ask_anew())
                await work.commit()
            if not found:
                return
            beyond = found[-1].id

    async def _put_in_doubt(self) -> int:
        now, beyond, doubted = self._clock.now(), "", 0
        while True:
            async with self._storage.unit_of_work() as work:
                waiting: Sequence[Delivery] = await work.outbox.waiting(BATCH, beyond)
                await work.outbox.revoke([delivery.doubted(now) for delivery in waiting])
                await work.commit()
            if not waiting:
                return doubted
            beyond = waiting[-1].id
            doubted += len(waiting)


def _today(schedule: Schedule, now: datetime, paused_until: date | None) -> list[tuple[Schedule, Decision]]:
    """What the schedule is going to post later on this local date, if anything."""
    try:
        today = now.astimezone(zone_of(schedule.zone)).date()
        coming = schedule.coming(now, now + A_DAY_AHEAD, paused_until)
    except (ZoneInfoNotFoundError, ValueError):  # the planner sets it aside in its time
        return []
    return [(schedule, decision) for decision in coming if decision.local_date == today and not decision.skip]

"""What needs a moderator is told once a local day: in the moderators' place, or else to whoever set something up."""

from collections.abc import Collection
from datetime import date
from hashlib import blake2b

import structlog

from bot.domain.community import Space
from bot.domain.errors import AdapterError, Uncertain
from bot.domain.message import Card
from bot.domain.moderators import REMEMBERED, Problem
from bot.domain.places import Person, Place
from bot.domain.schedule import zone_of
from bot.ports import Clock, Messenger, Messengers, Storage, UnitOfWork

log = structlog.get_logger(__name__)

CODE_LIMIT = 200


class Alerts:
    """Tells privately, and never in a channel where cards or the wall are."""

    def __init__(self, storage: Storage, messengers: Messengers, clock: Clock) -> None:
        self._storage = storage
        self._messengers = messengers
        self._clock = clock

    async def tell(
        self, space: Space, code: str, card: Card, users: Collection[str], *, day: date | None = None
    ) -> None:
        """Tell of one problem of a space. Of several who want to tell of it on its local day, the first does.

        `users` are told where there is no moderators' place, or none that can be told things in. `day` is another day
        that it counts for.
        """
        async with self._storage.unit_of_work() as work:
            problem = Problem(space.id, code[:CODE_LIMIT], day or await self._today(work, space))
            first = await work.moderators.first(problem)
            channel = (await work.moderators.of(space.id)).channel
            used = await used_in(work, space)
            await work.commit()
        messenger = self._messengers.get(space.platform)
        if not first or messenger is None:
            return
        place = Place(space.platform, space.key, channel)
        if channel and place not in used and await self._told_in(messenger, place, card, problem):
            return
        for user in sorted(filter(None, users)):
            try:
                await messenger.tell(Person(space.platform, space.key, user), card)
            except AdapterError as error:
                log.info("moderator.not_told", platform=space.platform, code=str(error))

    async def _told_in(self, messenger: Messenger, place: Place, card: Card, problem: Problem) -> bool:
        """Whether it was told in the moderators' place, which everybody can read by now or may be gone."""
        try:
            if await messenger.secluded(place) is False:
                log.warning("moderators_place.public", platform=place.platform, channel=place.channel)
                return False
            await messenger.send(place, card, _key(problem))
        except Uncertain:
            return True  # told twice would be more than once
        except AdapterError as error:
            log.warning("moderators_place.not_told", platform=place.platform, channel=place.channel, code=str(error))
            return False
        return True

    async def _today(self, work: UnitOfWork, space: Space) -> date:
        schedules = await work.schedules.of_community(space.community)
        zone = next((schedule.zone for schedule in schedules), "UTC")
        return self._clock.now().astimezone(zone_of(zone)).date()

    async def tidy(self) -> None:
        """Forget what was told on days that are over everywhere."""
        async with self._storage.unit_of_work() as work:
            await work.moderators.forget_told((self._clock.now() - REMEMBERED).date())
            await work.commit()


def _key(problem: Problem) -> str:
    said = f"{problem.space} {problem.day} {problem.code}"
    return blake2b(said.encode(), digest_size=16).hexdigest()


async def used_in(work: UnitOfWork, space: Space) -> frozenset[Place]:
    """The channels of a space in which cards or the wall appear."""
    schedules = await work.schedules.of_community(space.community)
    places = {target.place for schedule in schedules for target in schedule.targets if target.space == space.id}
    wall = await work.walls.place(space.id)
    return frozenset(places | ({Place(space.platform, space.key, wall.channel)} if wall else set()))

"""Spaces: where Kindling is, and what happens when it comes and goes."""

from collections.abc import Collection
from dataclasses import replace

import structlog

from bot.domain.community import Community, Space
from bot.domain.ids import CommunityId, SpaceId, dated_id, new_id
from bot.domain.places import Person, Place
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services import holding
from bot.services.attention import Attention

CHANNEL_GONE = "The channel was deleted or archived. Choose another one with /kindling setup."

log = structlog.get_logger(__name__)


class Spaces:
    """Keeps communities and their spaces in step with the platforms."""

    def __init__(
        self, storage: Storage, messengers: Messengers, attention: Attention, clock: Clock, *, language: str
    ) -> None:
        self._language = language
        self._storage = storage
        self._attention = attention
        self._messengers = messengers
        self._clock = clock

    async def of(self, work: UnitOfWork, person: Person) -> Space:
        """The space a person is in, made with a community of its own on first sight. The caller commits."""
        space = await self._there(work, person.platform, person.space)
        return (await work.communities.hold([space.id]))[space.id]

    async def held(self, work: UnitOfWork, person: Person) -> Space:
        """The same, with its community's settings held until the unit of work ends.

        Whoever reads schedules and may then change a setting, or choose what cards say, begins with this: all hold a
        community before its schedules, and these before what they post, so that nobody waits round.
        """
        space = await self.of(work, person)
        await work.changes.hold(space.community)
        return space

    async def joined(self, platform: str, key: str) -> None:
        """The bot is in a space (again). Nothing is posted there before somebody sets it up."""
        async with self._storage.unit_of_work() as work:
            await self._there(work, platform, key)
            await work.commit()

    async def left(self, platform: str, key: str) -> None:
        """Everything scheduled in a space stops at once, and its wall's page on the web is closed. What else was
        chosen is kept for a return."""
        async with self._storage.unit_of_work() as work:
            space = await work.communities.space_of(platform, key)
            if space is None or not space.active:
                return
            space = (await work.communities.hold([space.id], moving=True))[space.id]
            await work.communities.save_space(replace(space, left_at=self._clock.now()))
            for schedule in await work.schedules.of_community(space.community):
                await work.schedules.save(schedule.without(space.id).resting_if_nowhere())
            await work.open_walls.close(space.id)
            await holding.leave(work, space.id)
            await work.commit()
        log.info("space.left", platform=platform, space=key)

    async def lost_channel(self, place: Place, code: str) -> None:
        """A channel is gone: what was on its way there ends, and a moderator is told."""
        async with self._storage.unit_of_work() as work:
            space = await work.communities.space_of(place.platform, place.space)
            if space is None:
                return
            schedules = await work.schedules.of_community(space.community)
            waiting = [d for d in await work.outbox.unsettled(space.id) if d.place == place]
            await work.outbox.revoke(
                [d.unsure(code) if d.in_doubt else d.failed(code) for d in waiting if not d.state.settled]
            )
            await work.commit()
        if any(target.place == place for schedule in schedules for target in schedule.targets):
            await self._attention.mark(space.community, place, code, CHANNEL_GONE)

    async def compare(self, platform: str, present: Collection[str]) -> None:
        """Apply the comings and goings that were missed: `present` are all spaces the bot is in."""
        async with self._storage.reading() as work:
            known = await work.communities.active_keys(platform)
        if len(known) > 1 and not known & set(present):  # another bot's token, or a list that came empty
            log.warning("spaces.none_known", platform=platform, known=len(known))
            return
        for key in known - set(present):
            await self.left(platform, key)
        for key in set(present) - known:
            await self.joined(platform, key)

    async def _there(self, work: UnitOfWork, platform: str, key: str) -> Space:
        space = await work.communities.space_of(platform, key)
        if space is None:
            community = await self._new_community(work, platform)
            space = Space(SpaceId(dated_id(self._clock.now())), community.id, platform, key)
            await work.communities.save_space(space)
        elif not space.active:
            space = (await work.communities.hold([space.id], moving=True))[space.id]
            space = replace(space, left_at=None)
            await work.communities.save_space(space)
        return space

    async def _new_community(self, work: UnitOfWork, platform: str) -> Community:
        messenger = self._messengers.get(platform)
        if messenger is None:
            raise LookupError(f"no adapter for {platform} is open, yet a space of it was seen")
        now = self._clock.now()
        community = Community(CommunityId(dated_id(now)), new_id(), messenger.tone, now, self._language)
        await work.communities.save(community)
        return community

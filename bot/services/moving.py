"""Spaces that go from one community to another: to share its wall and its calendar, or back home."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.domain.community import Space
from bot.domain.ids import CommunityId, ScheduleId, dated_id
from bot.domain.linking import Link
from bot.domain.schedule import ONE_DAY, Ritual, Schedule, Target, in_order, instant_of, zone_of
from bot.ports import Clock, UnitOfWork
from bot.services import preview_days, recap_days
from bot.services.calendar import Calendar
from bot.services.decided_ahead import keep_to, leave_ahead
from bot.services.free_days import free


class Moving:
    """No card that is under way is lost or doubled by it, and no act comes to another space."""

    def __init__(self, calendar: Calendar, clock: Clock) -> None:
        self._calendar = calendar
        self._clock = clock

    async def join(self, work: UnitOfWork, guest: Space, community: CommunityId, link: Link) -> None:
        """A space shares another community's wall and calendar. The caller holds it and commits."""
        await self._move_channels(work, guest, community, joining=True)
        await work.links.move(guest.id, community, only_here=True)
        await work.links.save(link)
        await self._have_recaps_follow(work, guest.community, community)

    async def go_home(self, work: UnitOfWork, guest: Space, link: Link) -> None:
        """A space is back in its own community; copies of others' acts there, and of its acts elsewhere, go.

        The caller holds it and commits.
        """
        await self._move_channels(work, guest, link.home, joining=False)
        await work.links.move(guest.id, link.home, only_here=False)
        await work.links.remove(guest.id)
        for act in await work.acts.named_across(guest.id):  # they could not take their names off any more
            await work.acts.save(act.naming(None))
            await work.act_copies.stir(act.id, self._clock.now())
        await work.act_copies.stir_apart(guest.id, self._clock.now())
        await work.recaps.stir_apart(guest.id, guest.community, self._clock.now())
        await self._have_recaps_follow(work, guest.community, link.home)

    async def _have_recaps_follow(self, work: UnitOfWork, *communities: CommunityId) -> None:
        """Recaps come to the walls' channels of those spaces that a community has now."""
        for community in communities:
            await recap_days.follow(work, community, self._clock.now())
            await preview_days.follow(work, community, self._clock.now())

    async def _move_channels(self, work: UnitOfWork, space: Space, community: CommunityId, *, joining: bool) -> None:
        """A space's channels leave the schedules of its community for those of another.

        Each local date belongs to one of the two calendars. What falls before the first date of the new one is decided
        now, by both and with the channels that they have had so far.
        """
        there = in_order(await work.schedules.of_community(community), *Ritual)
        for schedule in in_order(await work.schedules.of_community(space.community), *Ritual):
            target = next((target for target in schedule.targets if target.space == space.id), None)
            if target is None:
                continue
            if not schedule.ritual.scheduled:  # a vote's: the next one is asked where the challenges come by then
                await work.schedules.save(schedule.without(space.id))
                continue
            known = _like(schedule, there)
            first = await self._first_date(work, schedule, known)
            schedule = await self._settle(work, schedule, first)  # noqa: PLW2901 -- the same one, further on
            known = await self._settle(work, known, first) if known else None
            joined = self._with(schedule, known, target, community, adopting=joining)
            joined = (await free(work, joined)).armed(self._clock.now(), not_before=first)
            await work.schedules.save(schedule.without(space.id).resting_if_nowhere())
            await work.schedules.save(joined)
            await leave_ahead(work, schedule, self._clock.now(), space.id, first)
            await keep_to(work, joined, self._clock.now())
            there = [one for one in there if known is None or one.id != known.id]

    async def _first_date(self, work: UnitOfWork, old: Schedule, new: Schedule | None) -> date:
        """The first local date of the new calendar: after today by the old one, after whatever the new one has decided
        already, and one whose time has not passed there."""
        now = self._clock.now()
        first = now.astimezone(zone_of(old.zone)).date() + ONE_DAY
        if new is None:
            return first
        there = now.astimezone(zone_of(new.zone)).date()
        instant = instant_of(there, new.at, new.zone)
        latest = await work.occurrences.latest(new.id, now)
        return max(
            first,
            there if instant and instant > now else there + ONE_DAY,
            latest.local_date + ONE_DAY if latest else first,
        )

    async def _settle(self, work: UnitOfWork, schedule: Schedule, first: date) -> Schedule:
        paused_until = (await work.communities.get(schedule.community)).paused_until
        return await self._calendar.settle_before(work, schedule, first, paused_until)

    def _with(
        self, old: Schedule, known: Schedule | None, target: Target, community: CommunityId, *, adopting: bool
    ) -> Schedule:
        """The schedule that a channel joins: the one that is there; or, where nobody has one, the old one's like.

        A community that nobody has set up takes over when cards came so far. One that a space returns to has its own.
        """
        if known is None:
            fresh = ScheduleId(dated_id(self._clock.now()))
            return replace(old, id=fresh, community=community, targets=(target,))
        if adopting and not known.targets:
            known = replace(
                old, id=known.id, community=community, starts=min(old.starts, known.starts), targets=known.targets
            )
        return known.with_target(target)


def _like(schedule: Schedule, there: Sequence[Schedule]) -> Schedule | None:
    """The schedule of another community that a channel joins: that of the same name, or else the oldest of its ritual
    that no other channel of the same space has joined."""
    alike = [one for one in there if one.ritual is schedule.ritual]
    named = [one for one in alike if one.name == schedule.name]
    return next(iter(named or alike), None)

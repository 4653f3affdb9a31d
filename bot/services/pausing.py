"""The pause of a community, as a setting that moderators change."""

from datetime import date

from bot.domain.changes import State
from bot.domain.ids import CommunityId
from bot.domain.schedule import Skip
from bot.ports import Clock, UnitOfWork
from bot.services import preview_days, wording
from bot.services.decided_ahead import keep_to
from bot.services.holding import bring_back, hold_back

PAUSE = "pause"


def pause_state(until: date | None) -> State:
    """A pause until a local date, or none."""
    return {"until": until.isoformat() if until else None}


class Pause:
    """No cards before a local date, anywhere in a community."""

    kind = PAUSE

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- there is one pause
        """Until when, if at all."""
        return pause_state((await work.communities.get(community)).paused_until)

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- there is one pause
        """Pause, or end the pause. Cards that wait already, or are on their way and do not arrive, do not come in the
        pause either, and come after all when it is taken back in time."""
        until, now = _until(state), self._clock.now()
        schedules = await work.schedules.of_community(community)  # held before their deliveries, as everywhere
        await work.communities.save((await work.communities.get(community)).pause(until))
        await preview_days.follow(work, community, now)
        for space in await work.communities.spaces(community):
            coming = await work.outbox.unsettled(space.id)
            days = await work.occurrences.those({delivery.occurrence for delivery in coming})
            resting = {id_ for id_, one in days.items() if until is not None and one.local_date < until}
            await hold_back(work, [one for one in coming if one.occurrence in resting], Skip.PAUSED)
            recalled = [one for one in coming if one.in_doubt and one.reason == Skip.PAUSED]
            held = await work.outbox.held_back(space.id, Skip.PAUSED, now)
            await bring_back(work, [*recalled, *held], schedules, until)
        for schedule in schedules:
            await keep_to(work, schedule, now)

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- it is the same, whatever was before
        """Until when there are no cards."""
        until = _until(after)
        return f"no cards before {wording.day(until)}" if until else "the pause was ended"


def _until(state: State | None) -> date | None:
    until = state["until"] if state else None
    return date.fromisoformat(until) if isinstance(until, str) else None

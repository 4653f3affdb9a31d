"""The pause of a community, as a setting that moderators change."""

from datetime import date

from bot.domain.changes import State
from bot.domain.delivery import State as DeliveryState
from bot.domain.ids import CommunityId
from bot.domain.schedule import Skip
from bot.ports import Clock, UnitOfWork
from bot.services import preview_days, wording
from bot.services.decided_ahead import keep_to

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
        """Pause, or end the pause. Cards that wait already do not come in the pause either, and come after all when it
        is taken back in time."""
        until = _until(state)
        schedules = await work.schedules.of_community(community)  # held before their deliveries, as everywhere
        await work.communities.save((await work.communities.get(community)).pause(until))
        await preview_days.follow(work, community, self._clock.now())
        for space in await work.communities.spaces(community):
            waiting = [d for d in await work.outbox.unsettled(space.id) if d.state is DeliveryState.PLANNED]
            held = await work.outbox.held_back(space.id, Skip.PAUSED.value, self._clock.now())
            days = await work.occurrences.those({delivery.occurrence for delivery in (*waiting, *held)})
            resting = {id_ for id_, one in days.items() if until is not None and one.local_date < until}
            await work.outbox.revoke([d.skipped(Skip.PAUSED.value) for d in waiting if d.occurrence in resting])
            await work.outbox.revoke([d.planned_again() for d in held if d.occurrence not in resting])
        for schedule in schedules:
            await keep_to(work, schedule, self._clock.now())

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- it is the same, whatever was before
        """Until when there are no cards."""
        until = _until(after)
        return f"no cards before {wording.day(until)}" if until else "the pause was ended"


def _until(state: State | None) -> date | None:
    until = state["until"] if state else None
    return date.fromisoformat(until) if isinstance(until, str) else None

"""Telling a moderator that something waits for them: privately, and once until they have looked."""

from bot.domain.community import Space
from bot.domain.message import Action, Card, Choice, Style, Text
from bot.domain.schedule import Ritual, in_order
from bot.ports import Storage, UnitOfWork
from bot.services.alerts import Alerts

LOOK = Choice("Look at it", Action("queue"), Style.PRIMARY, "👀")
LOOK_AT_IDEAS = Choice("Look at it", Action("suggestions"), Style.PRIMARY, "👀")


class Heralding:
    """Tells the moderators' place, or else whoever chose the wall's channel, or else the one of the cards."""

    def __init__(self, storage: Storage, alerts: Alerts) -> None:
        self._storage = storage
        self._alerts = alerts

    async def nothing_waits(self, work: UnitOfWork, space: Space) -> bool:
        """Whether the queue of a space is empty. Whoever puts something into it asks before: two who do at once both
        find more than their own in it afterwards."""
        waiting = await work.acts.waiting(space.community, space.id, 1)
        return not waiting and not await work.walls.reported(space.community, space.id, 1)

    async def no_suggestion_waits(self, work: UnitOfWork, space: Space) -> bool:
        """The same for the suggestions of a space."""
        return not await work.suggestions.page(space.community, 1, space=space.id)

    async def something_waits(self, space: Space, *, first: bool) -> None:
        """Something has just come into the queue of a space. Nobody is told where something waited there already. Of
        several that were the `first` at once, one is told of."""
        async with self._storage.reading() as work:
            waiting = await work.acts.waiting(space.community, space.id, 2)
            reported = await work.walls.reported(space.community, space.id, 2)
            user = await _looks_after(work, space)
        if not (waiting or reported) or (not first and len(waiting) + len(reported) > 1):
            return
        line = "It has not been on the wall yet." if waiting else "Somebody asks you to look at an act on the wall."
        card = Card("Something waits for you", (Text(line),), (LOOK,), emoji="📥")
        await self._alerts.tell(space, "act.waiting", card, {user})

    async def suggestion_waits(self, space: Space, *, first: bool) -> None:
        """Something has just been suggested in a space. The same."""
        async with self._storage.reading() as work:
            waiting = await work.suggestions.page(space.community, 2, space=space.id)
            user = await _looks_after(work, space)
        if not waiting or (not first and len(waiting) > 1):
            return
        line = Text("Somebody suggests a prompt for your cards.")
        card = Card("Something waits for you", (line,), (LOOK_AT_IDEAS,), emoji="📥")
        await self._alerts.tell(space, "suggestion.waiting", card, {user})


async def _looks_after(work: UnitOfWork, space: Space) -> str:
    """The user who chose the channel of a space's wall; empty where nobody did."""
    chosen = await work.walls.place(space.id)
    if chosen is not None:
        return chosen.set_up_by
    targets = (
        target
        for schedule in in_order(await work.schedules.of_community(space.community), Ritual.MORNING)
        for target in schedule.targets
        if target.space == space.id
    )
    return next((target.set_up_by for target in targets), "")

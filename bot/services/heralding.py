"""Telling a moderator that something waits for them: privately, and once a day at most, as something comes."""

from bot.domain.alerts import Alert
from bot.domain.community import Space
from bot.domain.message import Action, Card, Choice, Style, Text
from bot.domain.schedule import Ritual, in_order
from bot.domain.wall import Act, Standing
from bot.ports import UnitOfWork
from bot.services.alerts import Alerts

LOOK = Choice("Look at it", Action("queue"), Style.PRIMARY, "👀")
LOOK_AT_IDEAS = Choice("Look at it", Action("suggestions"), Style.PRIMARY, "👀")


class Heralding:
    """Tells the moderators' place, or else whoever chose the wall's channel, or else the one of the cards."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts

    async def something_waits(self, work: UnitOfWork, space: Space, act: Act) -> Alert | None:
        """Keep that moderators are told of an act that is about to come into the queue of a space; None where they were
        told today that something waits.

        Whoever puts it there begins with this: looking for who looks after a wall holds schedules, which come before
        copies. The caller commits, and then has it told.
        """
        if not act.meant_for(space):
            return None
        waits = act.standing is Standing.WAITING
        line = "It has not been on the wall yet." if waits else "Somebody asks you to look at an act on the wall."
        return await self._begun(work, space, "act.waiting", line, LOOK)

    async def suggestion_waits(self, work: UnitOfWork, space: Space) -> Alert | None:
        """The same of what is about to be suggested in a space."""
        line = "Somebody suggests a prompt for your cards."
        return await self._begun(work, space, "suggestion.waiting", line, LOOK_AT_IDEAS)

    async def _begun(self, work: UnitOfWork, space: Space, code: str, line: str, look: Choice) -> Alert | None:
        card = Card("Something waits for you", (Text(line),), (look,), emoji="📥")
        return await self._alerts.begin(work, space, code, card, {await _looks_after(work, space)})

    async def tell(self, alert: Alert | None) -> None:
        """Tell what was kept, as far as it can be told now."""
        await self._alerts.carry_out(alert)


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

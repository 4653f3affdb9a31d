"""Telling a moderator that something waits for them: privately, and once until they have looked."""

import structlog

from bot.domain.community import Space
from bot.domain.errors import AdapterError
from bot.domain.message import Action, Card, Choice, Style, Text
from bot.domain.places import Person
from bot.domain.schedule import Ritual, in_order
from bot.ports import Messengers, Storage, UnitOfWork

log = structlog.get_logger(__name__)

LOOK = Choice("Look at it", Action("queue"), Style.PRIMARY, "👀")


class Heralding:
    """Tells whoever chose the wall's channel, or else the one of the cards."""

    def __init__(self, storage: Storage, messengers: Messengers) -> None:
        self._storage = storage
        self._messengers = messengers

    async def something_waits(self, space: Space) -> None:
        """Something has just come into the queue of a space. Nobody is told where something waited there already."""
        async with self._storage.reading() as work:
            waiting = await work.acts.waiting(space.community, space.id, 2)
            reported = await work.walls.reported(space.community, space.id, 2)
            user = await _looks_after(work, space) if len(waiting) + len(reported) == 1 else ""
        messenger = self._messengers.get(space.platform)
        if not user or messenger is None:
            return
        line = "It has not been on the wall yet." if waiting else "Somebody asks you to look at an act on the wall."
        card = Card("Something waits for you", (Text(line),), (LOOK,), emoji="📥")
        try:
            await messenger.tell(Person(space.platform, space.key, user), card)
        except AdapterError as error:
            log.info("moderator.not_told", platform=space.platform, code=str(error))


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

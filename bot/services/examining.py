"""`/kindling doctor`: why a card, an act or a reaction did not appear here, from what was decided and kept."""

from collections.abc import Callable
from datetime import datetime

from bot.domain.community import Space
from bot.domain.delivery import Occurrence, State
from bot.domain.message import Action, Card, Choice, Item, Items, Reply, Text
from bot.domain.places import Actor
from bot.domain.wall import REBUILDING
from bot.ports import Clock, Storage, UnitOfWork
from bot.services import wording
from bot.services.cards import note
from bot.services.explaining import STUCK
from bot.services.reasons import Reasons
from bot.services.setup import CHECK, must_moderate
from bot.services.wall import Standpoint, Walls

NOT_CARRIED_OUT = "a copy could not be sent, changed or removed"
NOT_KEPT = (
    "they wait in memory, because the database cannot take them at present. They are kept as soon as it can; after a "
    "stop they are asked for again"
)
REBUILD = Choice("Show the wall's copies again", Action("rebuild"), emoji="🧱")


class Examining:
    """Tells what did not happen, each with its code, and what helps. What is well is not listed."""

    def __init__(self, storage: Storage, walls: Walls, clock: Clock, *, trouble: Callable[[], str]) -> None:
        """`trouble` is the code of what keeps reactions from being kept at present, empty while all is well."""
        self._storage = storage
        self._trouble = trouble
        self._clock = clock
        self._walls = walls

    async def doctor(self, actor: Actor) -> Reply:
        """Everything that a moderator of this space may want to mend."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            cards = await _cards(work, here.space, self._clock.now())
            wall = await self._wall(work, here)
            await work.commit()
        code = self._trouble()
        felt = [Item(f"{NOT_KEPT} ({code})")] if code else []
        if not cards and not wall and not felt:
            return Reply(note("All is well here", "Nothing that I know of is missing.", emoji="🩺"))
        body = (
            Text("What did not appear here, and why. Each reason has its code, in case you ask somebody about it."),
            *(
                Items(tuple(items), title=title)
                for title, items in (("Cards", cards), ("The wall", wall), ("Reactions", felt))
                if items
            ),
        )
        choices = (*((CHECK,) if cards else ()), *((REBUILD,) if wall else ()))
        return Reply(Card("What I found", body, choices, emoji="🩺"))

    async def _wall(self, work: UnitOfWork, here: Standpoint) -> list[Item]:
        """Why acts are not shown here that could be."""
        found: list[Item] = []
        if await self._walls.place(work, here.space) is None:
            found.append(Item("It has no channel here yet. /kindling wall setup chooses one (wall.no_channel)"))
        codes = [code for code in await work.act_copies.stuck(here.space.id) if code != REBUILDING]
        found += [Item(f"{STUCK.get(code, NOT_CARRIED_OUT)} ({code})") for code in codes]
        if await work.acts.waiting(here.space.community, here.space.id, 1):
            found.append(Item("Acts wait for a moderator: /kindling wall queue shows them (act.waiting)"))
        return found


async def _cards(work: UnitOfWork, space: Space, now: datetime) -> list[Item]:
    """Why cards of the schedules here did not come, or do not: the last one of each."""
    found: list[Item] = []
    for schedule in await work.schedules.of_community(space.community):
        if not schedule.ritual.scheduled:
            continue
        here = [target for target in schedule.targets if target.space == space.id]
        ritual = schedule.title
        for target in here:
            if target.attention:
                line = f"I cannot write in its channel ({target.attention})"
                found.append(Item(line, label=ritual, channel=target.place.channel))
        latest = await work.occurrences.latest(schedule.id, now) if here else None
        if latest is not None:
            found += [Item(line, label=ritual) for line in await _missing(work, latest, space, schedule.zone)]
            found += [Item(line, label=ritual) for line in await _unfinished(work, latest, space)]
    return found


async def _missing(work: UnitOfWork, occurrence: Occurrence, space: Space, zone: str) -> list[str]:
    day, on = wording.day(occurrence.local_date), occurrence.local_date
    reasons = Reasons(await work.days_off.of_community(space.community))
    if occurrence.skip:
        return [f"{day}: {reasons.skipped(occurrence.skip, on, zone)} ({occurrence.skip})"]
    return [
        f"{day}: {reasons.outcome(delivery, on, zone)} ({delivery.reason or delivery.state.value})"
        for delivery in await work.outbox.of_occurrence(occurrence.id)
        if delivery.space == space.id and delivery.state in {State.SKIPPED, State.FAILED, State.UNSURE}
    ]


async def _unfinished(work: UnitOfWork, occurrence: Occurrence, space: Space) -> list[str]:
    """What could not be done with a card that is there."""
    day = wording.day(occurrence.local_date)
    here = [delivery.id for delivery in await work.outbox.of_occurrence(occurrence.id) if delivery.space == space.id]
    troubles = await work.finishes.troubles(here)
    return [
        f"{day}: {wording.unfinished(finish)} ({finish.trouble})" for found in troubles.values() for finish in found
    ]

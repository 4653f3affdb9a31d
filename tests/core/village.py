"""A village to test in: what people there do, and what they find in their letters."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import Surroundings
from bot.compose import NO_LOOKS, build_core
from bot.domain.delivery import Delivery
from bot.domain.errors import AdapterError
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Items, Reply
from bot.domain.places import Actor, MessageRef, Place
from bot.ports.looks import ShowsCards
from bot.services.commands import COMMANDS
from bot.services.delivering import Deliverer
from bot.storage.tables import communities, deliveries, occurrences
from tests.house import DESK, House, Notebook, Room, StillClock, a_house, moderator
from tests.letters import Letters
from tests.prepared import database_in, the_library

SQUARE = Place("letters", "village", "square")
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""08:00 in Berlin, an hour before the first card."""
NINE = MONDAY + timedelta(hours=1)
MORNING = "the morning intention"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WISHES = {"channel": "square", "zone": "Europe/Berlin", "morning": "09:00", "days": "every day", "weekly": "mon"}


@asynccontextmanager
async def a_village(
    folder: Path,
    now: datetime = MONDAY,
    letters: Letters | None = None,
    *,
    looks: Mapping[str, ShowsCards] = NO_LOOKS,
    desk: str = DESK,
) -> AsyncIterator[House]:
    """A house, or the same one again after a restart: what was posted and told before is still there."""
    async with a_house(folder, now, looks, desk) as house:
        if letters is not None:
            house.letters.letters, house.letters.told = letters.letters, letters.told
            house.letters.faults, house.letters.lacks = letters.faults, letters.lacks
        yield house


@asynccontextmanager
async def a_sleeping_village(folder: Path, now: datetime = MONDAY) -> AsyncIterator[House]:
    """A house whose own planner and worker sleep: only what the test does happens."""
    database = database_in(folder)
    clock, room, notebook = StillClock(now), Room(), Notebook()
    letters = Letters(Surroundings(clock, COMMANDS, folder))
    room.messengers["letters"] = letters
    core = build_core(database, the_library(), room, clock, watcher=notebook)
    yield House(core, database, clock, letters, room, notebook)
    await database.close()


async def set_up(house: House, actor: Actor | None = None, **words: str) -> Card:
    """`/kindling setup` with the usual wishes, and these."""
    return card_of(await house.kindling.command(actor or moderator(), "kindling setup", WISHES | words))


async def rule(house: House, **wishes: str) -> None:
    """A moderator fills in the form with the wall's rules."""
    form = (await house.kindling.command(moderator(), "kindling wall setup", {})).content
    assert isinstance(form, Form)
    reply = await house.kindling.submit(moderator(), form.name, form.subject, wishes)
    assert not isinstance(reply.content, Rejected)


async def command(house: House, name: str, actor: Actor | None = None, **words: str) -> Card:
    return card_of(await house.kindling.command(actor or moderator(), name, words))


async def press(house: House, card: Card, label: str, actor: Actor | None = None) -> Card:
    return card_of(await house.kindling.press(actor or moderator(), button(card, label)))


def card_of(reply: Reply) -> Card:
    assert isinstance(reply.content, Card)
    return reply.content


def button(card: Card, label: str) -> Action:
    [choice] = [choice for choice in card.choices if choice.label == label]
    return choice.action


def labels(card: Card) -> list[str]:
    return [choice.label for choice in card.choices]


def line(card: Card, label: str) -> str:
    """The text beside a label in a card's lists."""
    items = [item for part in card.body if isinstance(part, Items) for item in part.items]
    [text] = [item.text for item in items if item.label == label]
    return text


def moments(house: House) -> list[tuple[str, datetime]]:
    """What was posted and when: a theme by its heading, a morning intention as `MORNING`."""
    return [(named(letter.card), letter.at) for letter in house.letters.letters]


def named(card: Card) -> str:
    return card.heading if card.heading.startswith("This week: ") else MORNING


def headings(house: House) -> list[str]:
    return [heading for heading, _ in moments(house)]


def mornings(house: House) -> list[datetime]:
    return [at for heading, at in moments(house) if heading == MORNING]


async def rows(house: House, table: Any, *order: Any) -> list[Mapping[str, Any]]:
    async with house.database.engine.connect() as connection:
        return list((await connection.execute(select(table).order_by(*order))).mappings())


async def states(house: House) -> list[tuple[str, str]]:
    """State and reason of every delivery, in order of due instant."""
    return [(row["state"], row["reason"]) for row in await rows(house, deliveries, deliveries.c.due_at)]


async def skips(house: House, ritual: str = "morning") -> list[tuple[str, str]]:
    """The decided local dates of a ritual, each with why nothing was posted."""
    known = await rows(house, occurrences, occurrences.c.local_date)
    return [(f"{row['local_date']:%d %b}", row["skip"]) for row in known if row["ritual"] == ritual]


async def delivery_ids(house: House) -> list[str]:
    return [row["id"] for row in await rows(house, deliveries, deliveries.c.due_at)]


async def the_delivery(house: House) -> Delivery:
    [found] = await delivery_ids(house)
    async with house.database.reading() as work:
        delivery = await work.outbox.get(found)  # type: ignore[arg-type] -- an id read from its own table
    assert delivery is not None
    return delivery


async def use_seed(house: House, seed: str) -> None:
    """Give every community here a known seed, so that two houses can be compared."""
    for row in await rows(house, communities):
        async with house.database.unit_of_work() as work:
            await work.communities.save(replace(await work.communities.get(row["id"]), seed=seed))
            await work.commit()


async def marks(house: House) -> set[tuple[str, str]]:
    """The (emoji, via the button or a copy) that are on the only card."""
    async with house.database.reading() as work:
        [delivery] = await delivery_ids(house)
        found = await work.outbox.get(delivery)  # type: ignore[arg-type] -- an id read from its own table
        assert found is not None
        on_item = await work.reactions.on_item(found.occurrence)
    return {(mark.emoji, "button" if mark.via == "button" else "copy") for mark in on_item if mark.present}


@dataclass
class SlowLetters(Letters):
    """Letters whose sending stops at a gate until it is opened; what passes it behaves as ever."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    after_posting: bool = False
    arrivals: int = 0

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        self.arrivals += 1
        if not self.after_posting:
            self.reached.set()
            await self.gate.wait()
        ref = await super().send(place, card, key)
        if self.after_posting:
            self.reached.set()
            await self.gate.wait()
        return ref


@dataclass
class BlindLetters(Letters):
    """Letters whose platform does not let us look, or answers a look with a fault."""

    blindness: list[AdapterError] = field(default_factory=list)

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        if self.blindness:
            raise self.blindness.pop(0)
        return await super().find(place, key, since)


def surroundings(house: House) -> Surroundings:
    return house.letters.surroundings


def a_worker(house: House, name: str) -> Deliverer:
    """A worker beside the house's own, on the same database, that does only what the test tells it."""
    core = build_core(house.database, the_library(), house.room, house.clock, watcher=house.notebook)
    worker = core.engine._deliverer  # the composition root hands out whole engines only
    worker._name = name
    return worker

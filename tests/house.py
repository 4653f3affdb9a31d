"""A whole Kindling on SQLite in a temporary folder, with a clock that stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import Kindling, Surroundings
from bot.compose import NO_LOOKS, Core, build_core
from bot.domain.delivery import Delivery
from bot.domain.places import Actor, Person
from bot.ports.looks import ShowsCards
from bot.ports.platforms import Messenger
from bot.services.commands import COMMANDS
from bot.storage.database import Database
from tests.letters import Letters
from tests.prepared import database_in, the_library

PAGES = "https://kindness.example"
"""What the addresses of pages begin with here."""
DESK = f"{PAGES}/desk"
"""What those of moderators' pages do."""


@dataclass
class StillClock:
    """`bot.ports.Clock` that moves only when told."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Room:
    """`bot.ports.platforms.Messengers` over whatever was put in."""

    messengers: dict[str, Messenger] = field(default_factory=dict)

    def get(self, platform: str) -> Messenger | None:
        return self.messengers.get(platform)


@dataclass
class Notebook:
    """`Watcher` that writes everything down."""

    entries: list[Delivery] = field(default_factory=list)

    def settled(self, delivery: Delivery) -> None:
        self.entries.append(delivery)

    def reacted(self, platform: str, count: int) -> None:
        return

    def planned(self, *, good: bool) -> None:
        assert good


@dataclass
class House:
    """Everything a test of the core needs."""

    core: Core
    database: Database
    clock: StillClock
    letters: Letters
    room: Room
    notebook: Notebook

    @property
    def kindling(self) -> Kindling:
        return self.core.kindling

    async def until(self, instant: datetime) -> None:
        """Let time pass up to an instant; what is due on the way happens at its own instant."""
        await self.core.engine.settle()
        while (due := await self.core.engine.next_at()) and due <= instant:
            self.clock.at = max(due, self.clock.at)
            await self.core.engine.settle()
        self.clock.at = instant
        await self.core.engine.settle()

    async def forward(self, by: timedelta) -> None:
        await self.until(self.clock.at + by)


def moderator(user: str = "maya", space: str = "village", channel: str = "square") -> Actor:
    return Actor(Person("letters", space, user), may_moderate=True, channel=channel, zone="Europe/Berlin")


def member(user: str = "robin", space: str = "village", channel: str = "square") -> Actor:
    return Actor(Person("letters", space, user), channel=channel, zone="Europe/Berlin")


@asynccontextmanager
async def a_house(
    folder: Path, now: datetime, looks: Mapping[str, ShowsCards] = NO_LOOKS, desk: str = DESK
) -> AsyncIterator[House]:
    """Open (again) the house whose database lies in `folder`."""
    database = database_in(folder)
    clock, room, notebook = StillClock(now), Room(), Notebook()
    letters = Letters(Surroundings(clock, COMMANDS, folder))
    room.messengers["letters"] = letters
    core = build_core(
        database,
        the_library(),
        room,
        clock,
        watcher=notebook,
        pages=lambda: PAGES,
        desk=lambda: desk,
        looks=looks,
    )
    running = asyncio.create_task(core.engine.run())
    try:
        yield House(core, database, clock, letters, room, notebook)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await database.close()

"""The real core at home on one platform: its adapter listens, the clock stands still until it is moved."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.discord import plugin as discord
from adapters.slack import plugin as slack
from bot.compose import Core, build_core
from bot.domain.message import Card
from bot.domain.places import MessageRef
from bot.storage.database import Database
from bot.storage.tables import deliveries, members, metadata, reactions
from tests.contracts.platform import Platform, Watched
from tests.house import Notebook, Room
from tests.prepared import database_in, the_library

LOOKS = {"discord": discord, "slack": slack}
WISHES = {"zone": "Europe/Berlin", "morning": "09:00", "days": "every day", "weekly": "off"}


@dataclass
class Home:
    """A community on one platform, from the database to what people see."""

    platform: Platform
    core: Core
    database: Database
    door: Watched

    @property
    def kindling(self) -> Any:
        return self.core.kindling

    async def set_up(self) -> None:
        """Maya sets Kindling up: cards come to `place` at nine in Berlin."""
        words = WISHES | {"channel": self.platform.place.channel}
        reply = await self.kindling.command(self.platform.actor("maya"), "kindling setup", words)
        assert isinstance(reply.content, Card)
        assert reply.content.heading == "Kindling is set up", reply.content.plain()

    async def card(self) -> MessageRef:
        """Set up, and post the day's card."""
        await self.set_up()
        await self.kindling.command(self.platform.actor("maya"), "kindling post", {})
        await self.core.engine.settle()
        [row] = await self.rows(select(deliveries.c.message, deliveries.c.state))
        assert row["state"] == "posted"
        return MessageRef(self.platform.place, row["message"])

    async def forward(self, by: timedelta) -> None:
        """Let time pass; what falls due on the way happens at its own instant."""
        until = self.platform.clock.at + by
        await self.core.engine.settle()
        while (due := await self.core.engine.next_at()) and due <= until:
            self.platform.clock.at = max(due, self.platform.clock.at)
            await self.core.engine.settle()
        self.platform.clock.at = until

    async def rows(self, statement: Any) -> list[Mapping[str, Any]]:
        async with self.database.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

    async def felt(self) -> set[tuple[str, str]]:
        """Who has put which emoji on a card, as the database knows when it has kept what was taken in."""
        await self.core.reactions.caught_up()
        joined = reactions.join(members, members.c.id == reactions.c.member_id)
        query = select(members.c.user, reactions.c.emoji, reactions.c.present).select_from(joined)
        return {(row["user"], row["emoji"]) for row in await self.rows(query) if row["present"]}

    async def everything(self) -> dict[str, list[Mapping[str, Any]]]:
        """The whole database."""
        return {table.name: await self.rows(select(table)) for table in metadata.sorted_tables}


@asynccontextmanager
async def at_home(platform: Platform, folder: Path) -> AsyncIterator[Home]:
    """The core with the platform's open adapter, which does not listen yet."""
    database = database_in(folder)
    await platform.adapter.open()
    room = Room({platform.name: platform.adapter})
    core = build_core(database, the_library(), room, platform.clock, watcher=Notebook(), looks=LOOKS)
    running = asyncio.create_task(core.engine.run())
    try:
        yield Home(platform, core, database, Watched(core.kindling))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await platform.adapter.close()
        await database.close()


@asynccontextmanager
async def listening(home: Home) -> AsyncIterator[None]:
    """The adapter listens inside the block."""
    before = home.door.through.count("connected")
    task = asyncio.create_task(home.platform.adapter.listen(home.door))  # type: ignore[arg-type]
    told = asyncio.create_task(home.door.done("connected", before + 1))
    await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
    assert told.done(), f"the adapter stopped listening: {task!r}"
    await home.platform.listening()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, told, return_exceptions=True)

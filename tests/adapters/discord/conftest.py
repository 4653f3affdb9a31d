"""Kindling's Discord adapter beside a Discord of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.settings import DiscordSettings
from bot.domain.message import Card
from bot.domain.places import Person, Place
from tests.adapters.discord.door import Door
from tests.standins.discord import Channel, DiscordStandIn, Guild, Message, User


@dataclass(frozen=True)
class Village:
    """A server with a channel and somebody in it."""

    discord: DiscordStandIn
    guild: Guild
    channel: Channel
    anna: User

    @property
    def place(self) -> Place:
        return Place("discord", self.guild.id, self.channel.id)

    @property
    def person(self) -> Person:
        return Person("discord", self.guild.id, self.anna.id)

    @property
    def messages(self) -> list[Message]:
        """What everybody sees in the channel."""
        return self.discord.messages(self.channel)

    async def posted(self, adapter: DiscordAdapter, card: Card, key: str = "d1") -> Message:
        """Post a card and look at it."""
        await adapter.send(self.place, card, key)
        return self.messages[-1]


class Listening(Protocol):
    def __call__(
        self, door: Door, patience: float = ..., *, wait_for_commands: bool = ..., **settings: object
    ) -> AbstractAsyncContextManager[DiscordAdapter]: ...


def the_settings(discord: DiscordStandIn, **others: object) -> DiscordSettings:
    return DiscordSettings.model_validate({"token": discord.token, "api_url": discord.url} | others)


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as standin:
        yield standin
        assert standin.violations == []


@pytest.fixture
def village(discord: DiscordStandIn) -> Village:
    guild = discord.add_guild("Village")
    anna = discord.add_user("Anna")
    guild.add_member(anna)
    return Village(discord, guild, guild.add_channel("kindness"), anna)


@pytest.fixture
async def adapter(discord: DiscordStandIn) -> AsyncIterator[DiscordAdapter]:
    """An adapter that is ready to send and does not listen."""
    made = DiscordAdapter(the_settings(discord))
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def listening(discord: DiscordStandIn) -> Listening:
    """Listens inside the block, commands registered and `connected` told."""

    @asynccontextmanager
    async def listen(
        door: Door, patience: float = 2.0, *, wait_for_commands: bool = True, **settings: object
    ) -> AsyncIterator[DiscordAdapter]:
        adapter = DiscordAdapter(the_settings(discord, **settings), patience)
        await adapter.open()
        task = asyncio.create_task(adapter.listen(door))
        try:
            await discord.until(
                lambda: bool(door.connections and (discord.commands or not wait_for_commands)) or task.done()
            )
            assert not task.done(), task.exception()
            yield adapter
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await adapter.close()

    return listen

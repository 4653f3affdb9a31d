"""What all pages of the playground share. Nobody but Kindling writes messages here, so messages have no menus."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

from adapters.web.clockface import Clockface
from adapters.web.live import Bell
from adapters.web.people import Channel, Someone
from adapters.web.room import Entry, Room
from bot.app import Kindling
from bot.domain.commands import Command
from bot.domain.message import Reply
from bot.domain.places import Actor, MessageRef, Person, Place
from bot.ports import Clock

PLATFORM = "web"


class Refused(Exception):
    """A request that is not carried out: an HTTP status and a sentence for the person."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(slots=True)
class Playground:
    """The room, the clock, and Kindling from when it listens until it no longer does."""

    name: str
    room: Room
    bell: Bell
    clock: Clock
    clockface: Clockface
    known_commands: Sequence[Command]
    kindling: Kindling | None = None
    tasks: asyncio.TaskGroup | None = field(default=None, repr=False)

    @property
    def commands(self) -> Sequence[Command]:
        """The table of commands, also before Kindling listens."""
        return self.kindling.commands if self.kindling else self.known_commands

    @property
    def awake(self) -> Kindling:
        """Kindling, to ask something of. Refuses while it does not listen."""
        if self.kindling is None:
            raise Refused(503, "Kindling is just waking up. Please try again in a moment.")
        return self.kindling

    def place(self, channel: Channel) -> Place:
        """A channel as Kindling knows it."""
        return Place(PLATFORM, self.name, channel.id)

    def ref(self, channel: Channel, message: int) -> MessageRef:
        """A message as Kindling knows it."""
        return MessageRef(self.place(channel), str(message))

    def person(self, someone: Someone) -> Person:
        """A person as Kindling knows them."""
        return Person(PLATFORM, self.name, someone.id)

    def actor(self, someone: Someone, channel: Channel) -> Actor:
        """A person at this very press."""
        return Actor(self.person(someone), someone.moderates, channel.id, self.room.zone, someone.name)

    async def answer(self, someone: Someone, reply: Reply, instead_of: int | None = None) -> Entry:
        """Show a reply to one person, in the place of the entry `instead_of` if that is still there."""
        now = self.clock.now()
        if instead_of is not None:
            entry = await self.room.replace(someone.id, instead_of, reply.content, now, reply.files)
            if entry is not None:
                return entry
        return await self.room.show(someone.id, reply.content, now, files=reply.files)


GROUND = web.AppKey("ground", Playground)

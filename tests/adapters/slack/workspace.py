"""A workspace to test in: the stand-in, the adapter talking to it, and a front door that a test writes lines for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from adapters.slack.adapter import SlackAdapter
from adapters.slack.connection import Pace
from adapters.slack.settings import SlackSettings
from bot.app import Kindling, Surroundings
from bot.domain.commands import Command, Menu, OptionKind
from bot.domain.message import Action, Card, Choice, Reply, Style, Text
from bot.domain.places import Actor, MessageRef, Person, Place
from bot.domain.said import Said
from bot.domain.uploads import Upload
from tests.standins.slack import Channel, SlackStandIn

CARD = Card(
    "Whom could you encourage today?",
    (Text("A short message is enough."),),
    (
        Choice("I'll try one", Action("try", "o1"), Style.PRIMARY, "🌱"),
        Choice("Another idea", Action("another", "o1")),
    ),
    footnote="You decide what fits today.",
)
QUICK = Pace(heartbeat=1, connecting=5, answering=2, showing=0.01)
"""A pong is waited for half a heartbeat; on a busy machine less than that would cut connections that are well."""
IMPATIENT = Pace(connecting=1, answering=0.05)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Door:
    """A front door that writes down who knocks, and answers what it was told to."""

    answer: Callable[[], Awaitable[Reply]] | Reply = field(default_factory=lambda: Reply(Card("Thank you")))
    commands: Sequence[Command] = (Command("kind today", "See today's card"),)
    menus: Sequence[Menu] = (Menu("add", "Add to the wall", "Add"),)
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    kept: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while reactions can be kept."""
    files: list[dict[str, Upload]] = field(default_factory=list)
    """What came with each form."""
    failures: int = 0
    """How many reactions cannot be kept before one can."""

    def __post_init__(self) -> None:
        self.kept.set()

    async def _reply(self, *call: Any) -> Reply:
        self._note(*call)
        return self.answer if isinstance(self.answer, Reply) else await self.answer()

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        self.heard.set()

    async def until(self, name: str, times: int = 1) -> list[tuple[Any, ...]]:
        """The calls of this name, once there are so many."""
        async with asyncio.timeout(5):
            while len(found := self.named(name)) < times:
                self.heard.clear()
                await self.heard.wait()
        return found

    def named(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    async def command(self, actor: Actor, name: str, words: Mapping[str, str]) -> Reply:
        return await self._reply("command", actor, name, dict(words))

    async def typed(self, actor: Actor, group: str, line: str) -> Reply:
        return await self._reply("typed", actor, group, line)

    async def press(self, actor: Actor, action: Action, message: MessageRef | None = None) -> Reply:
        return await self._reply("press", actor, action, message)

    async def submit(
        self, actor: Actor, name: str, subject: str, values: Mapping[str, str], files: Mapping[str, Upload]
    ) -> Reply:
        self.files.append(dict(files))
        return await self._reply("submit", actor, name, subject, dict(values))

    async def menu(self, actor: Actor, name: str, said: Said) -> Reply:
        return await self._reply("menu", actor, name, said)

    def suggest(self, kind: OptionKind, typed: str) -> Sequence[tuple[str, str]]:
        self._note("suggest", kind, typed)
        return [("Europe/Berlin", "Europe/Berlin"), ("Europe/Bern", "Europe/Bern")]

    async def reacted(self, person: Person, ref: MessageRef, emoji: str, *, present: bool, at: datetime) -> None:
        self._note("reacted", person, ref, emoji, present, at)
        await self.kept.wait()
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError

    async def joined(self, platform: str, space: str) -> None:
        self._note("joined", platform, space)

    async def left(self, platform: str, space: str) -> None:
        self._note("left", platform, space)

    async def connected(self, platform: str, spaces: Collection[str] | None = None) -> None:
        self._note("connected", platform, spaces)


def settings(slack: SlackStandIn, **more: Any) -> SlackSettings:
    given = {"bot_token": slack.bot_token, "app_token": slack.app_token, "api_url": f"{slack.url}/api/"}
    return SlackSettings.model_validate(given | more)


def http_settings(slack: SlackStandIn, **more: Any) -> SlackSettings:
    signed = {"mode": "http", "signing_secret": slack.signing_secret, "app_token": None, "port": 0}
    return settings(slack, **signed | more)


def an_adapter(slack: SlackStandIn, given: SlackSettings | None = None, pace: Pace = QUICK) -> SlackAdapter:
    return SlackAdapter(given or settings(slack), Surroundings(SystemClock(), (), Path()), pace)


@asynccontextmanager
async def opened(
    slack: SlackStandIn, given: SlackSettings | None = None, pace: Pace = QUICK
) -> AsyncIterator[SlackAdapter]:
    adapter = an_adapter(slack, given, pace)
    await adapter.open()
    try:
        yield adapter
    finally:
        await adapter.close()


@asynccontextmanager
async def listening(
    slack: SlackStandIn, door: Door, given: SlackSettings | None = None, pace: Pace = QUICK
) -> AsyncIterator[SlackAdapter]:
    """The adapter connected by Socket Mode, or serving the stand-in's signed calls."""
    async with opened(slack, given, pace) as adapter:
        task = asyncio.create_task(adapter.listen(cast("Kindling", door)))
        try:
            if given is not None and given.mode == "http":
                await door.until("connected")
                await slack.deliver_to(adapter.address)
            else:
                await slack.connected()
            yield adapter
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            slack.http = None


def place(channel: Channel) -> Place:
    return Place("slack", channel.team.id, channel.id)

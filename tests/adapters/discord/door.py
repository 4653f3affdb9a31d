"""A front door that remembers who knocked and answers as it was told to."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.commands import Command, Menu, Option, OptionKind
from bot.domain.message import Action, Card, Reply, Text
from bot.domain.places import Actor, MessageRef, Person, Place
from bot.domain.reactions import Cleared, Happening, Reacted
from bot.domain.said import Said
from bot.domain.uploads import Attached, Upload

NO_FILES: Mapping[str, Upload] = {}
COMMANDS = (
    Command("kind today", "See today's card"),
    Command("kind share", "Share a kindness"),
    Command(
        "kindling setup",
        "Choose where and when the cards come",
        (
            Option("channel", OptionKind.CHANNEL, "The channel for the cards"),
            Option("zone", OptionKind.ZONE, "Your time zone", "Europe/Berlin"),
            Option("morning", OptionKind.TIME, "When the morning card comes", "09:00"),
            Option("days", OptionKind.DAYS, "On which days", "mon-fri"),
            Option("until", OptionKind.DATE, "The last day", "2027-01-07"),
            Option("note", OptionKind.TEXT, "Anything else"),
        ),
        moderators_only=True,
    ),
)
MENUS = (Menu("add", "Add to the wall", "Add"), Menu("why", "Why is this on the wall?", "Why"))
HELLO = Card("Hello", (Text("Good to see you."),))


@dataclass
class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class StillClock:
    at: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Knock:
    """One call: its name and what came with it."""

    name: str
    actor: Actor | None = None
    about: object = None
    values: Mapping[str, str] = field(default_factory=dict)
    ref: MessageRef | None = None
    said: Said | None = None
    files: Mapping[str, Upload] = field(default_factory=dict)


Answering = Callable[[Knock], Awaitable[Reply]]


@dataclass
class Door:
    """Implements what adapters may call of `bot.app.Kindling`."""

    clock: SystemClock | StillClock = field(default_factory=StillClock)
    commands: Sequence[Command] = COMMANDS
    menus: Sequence[Menu] = MENUS
    travel: None = None
    knocks: list[Knock] = field(default_factory=list)
    marks: list[tuple[Person, MessageRef, str, bool, datetime]] = field(default_factory=list)
    clearings: list[tuple[MessageRef, str | None]] = field(default_factory=list)
    connections: list[Collection[str] | None] = field(default_factory=list)
    comings: list[tuple[str, str]] = field(default_factory=list)
    lost: list[tuple[Place, str]] = field(default_factory=list)
    failures: int = 0
    full: bool = False
    emptied: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Answering | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def says(self, content: object, *, replace: bool = False, files: tuple[Attached, ...] = ()) -> None:
        """From now on every answer is this one."""

        async def say(_: Knock) -> Reply:
            return Reply(content, replace=replace, files=files)  # type: ignore[arg-type]

        self.answer = say

    def says_late(self, content: object, *, replace: bool = False, files: tuple[Attached, ...] = ()) -> None:
        """From now on every answer is this one, once the gate is opened."""

        async def say(_: Knock) -> Reply:
            await self.gate.wait()
            return Reply(content, replace=replace, files=files)  # type: ignore[arg-type]

        self.answer = say

    def breaks(self) -> None:
        """From now on every call is a bug."""

        async def fail(_: Knock) -> Reply:
            raise ZeroDivisionError("secret words of a person")

        self.answer = fail

    async def command(self, actor: Actor, name: str, words: Mapping[str, str]) -> Reply:
        return await self._knock(Knock("command", actor, name, words))

    async def press(self, actor: Actor, action: Action, message: MessageRef | None = None) -> Reply:
        return await self._knock(Knock("press", actor, action, ref=message))

    async def submit(
        self, actor: Actor, name: str, subject: str, values: Mapping[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Reply:
        return await self._knock(Knock("submit", actor, (name, subject), values, files=files))

    async def menu(self, actor: Actor, name: str, said: Said) -> Reply:
        return await self._knock(Knock("menu", actor, name, said=said))

    def suggest(self, kind: OptionKind, typed: str) -> Sequence[tuple[str, str]]:
        return [(f"Europe/{typed}", f"{typed} ({kind})")] if typed else []

    async def reacted(self, person: Person, ref: MessageRef, emoji: str, *, present: bool, at: datetime) -> None:
        self.marks.append((person, ref, emoji, present, at))

    async def cleared(self, ref: MessageRef, emoji: str | None, at: datetime) -> None:
        self.clearings.append((ref, emoji))

    def take(self, happening: Happening) -> bool:
        if self.full:
            return False
        match happening:
            case Reacted(ref, user, emoji, present, at):
                person = Person(ref.place.platform, ref.place.space, user)
                self.marks.append((person, ref, emoji, present, at))
            case Cleared(ref, emoji, _):
                self.clearings.append((ref, emoji))
        return True

    async def room(self) -> None:
        await self.emptied.wait()
        self.full = False

    async def joined(self, platform: str, space: str) -> None:
        self.comings.append(("joined", space))

    async def left(self, platform: str, space: str) -> None:
        self.comings.append(("left", space))

    async def channel_lost(self, place: Place, code: str) -> None:
        self.lost.append((place, code))

    async def connected(self, platform: str, spaces: Collection[str] | None = None) -> None:
        self.connections.append(spaces)
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError("the comparison broke")

    async def _knock(self, knock: Knock) -> Reply:
        self.knocks.append(knock)
        return await self.answer(knock) if self.answer else Reply(HELLO)

"""What a test of the contract needs of any platform: places, people, what they see and do, and trouble."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.app import Adapter
from bot.domain.commands import Menu
from bot.domain.places import Actor, MessageRef, Person, Place
from bot.domain.reactions import Happening, Reacted
from bot.domain.said import Said
from bot.domain.uploads import Upload

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""08:00 in Berlin, an hour before the first card."""
NO_FILES: Mapping[str, Upload] = {}
HOUR = timedelta(hours=1)


@dataclass
class StillClock:
    """`bot.ports.Clock` that moves only when told; the stand-ins go by it too."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Seen:
    """A message as it is read: all its words, with the marks that only escape taken out."""

    text: str
    buttons: tuple[str, ...] = ()
    pings: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back to a person: cards, or a form (in the platform's own shape), perhaps with problems."""

    cards: Sequence[Seen] = ()
    form: Any = None
    problems: str = ""
    source: Any = None
    """The message with the buttons, in the platform's own shape."""

    @property
    def text(self) -> str:
        return "\n".join(card.text for card in self.cards)


class Platform(ABC):
    """One platform with a village in it. Maya moderates; Robin and Sam are members; all see every place.

    `adapter` is made and not open. `place` and `other` can be written to, `closed` lacks a right, `gone` was
    there once, and `elsewhere` is in a space that Kindling is not in.
    """

    name: str
    adapter: Adapter
    clock: StillClock
    place: Place
    other: Place
    closed: Place
    gone: Place
    elsewhere: Place

    # People

    @abstractmethod
    def person(self, name: str) -> Person: ...

    def actor(self, name: str, place: Place | None = None) -> Actor:
        """Somebody at this very moment, as the adapter would tell it."""
        return Actor(self.person(name), may_moderate=name == "maya", channel=(place or self.place).channel)

    @abstractmethod
    def unwilling(self) -> Person:
        """Somebody who cannot be written to, or is not there at all."""

    @abstractmethod
    def stranger(self) -> Person:
        """An id that belongs to no member of the village."""

    # What people see

    @abstractmethod
    async def channel(self, place: Place) -> list[Seen]:
        """What everybody sees in a channel, oldest first."""

    @abstractmethod
    async def at(self, ref: MessageRef) -> Seen | None:
        """The message that a reference leads to, if it is there."""

    @abstractmethod
    async def private(self, name: str) -> list[Seen]:
        """Everything that this person sees and nobody else does, oldest first; open forms left out."""

    def pinned(self, place: Place) -> list[str]:
        """The ids of the messages that are pinned in a channel, oldest first."""
        raise NotImplementedError

    def threads(self, ref: MessageRef) -> list[str]:
        """What the threads under a message are called, or their first words."""
        raise NotImplementedError

    # What people do

    @abstractmethod
    async def react(self, name: str, ref: MessageRef, emoji: str) -> None: ...

    @abstractmethod
    async def unreact(self, name: str, ref: MessageRef, emoji: str) -> None: ...

    @abstractmethod
    async def take_away(self, ref: MessageRef) -> None:
        """Somebody else than Kindling deletes its message."""

    # What people do while the adapter listens

    @abstractmethod
    async def command(self, name: str, command: str) -> Answer:
        """Use a command, such as `kind help`, in `place`."""

    @abstractmethod
    async def press(self, name: str, ref: MessageRef, label: str) -> Answer: ...

    @abstractmethod
    async def choose(self, name: str, answer: Answer, label: str) -> Answer:
        """Press a button of a private answer."""

    @abstractmethod
    async def submit(
        self, name: str, answer: Answer, values: dict[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Answer:
        """Fill in the form of an answer, by field names, with files if any, and send it."""

    def allow_files(self) -> None:
        """Whatever the platform wants before people can hand over files and are given some."""
        return

    @abstractmethod
    async def given(self, name: str) -> dict[str, bytes]:
        """The files that this person was given in private, by name, as they are when they are opened."""

    async def leave(self, kindling: Any) -> None:
        """Kindling is removed from the space."""
        await kindling.left(self.name, self.place.space)

    async def listening(self) -> None:
        """Wait for what an adapter does after it said that it is connected."""
        return

    # Trouble

    @abstractmethod
    def another(self) -> Adapter:
        """One more adapter for the same place, not open."""


class Remote(Platform):
    """A platform behind a network."""

    POSTING: str
    """The call that posts a card."""

    secrets: tuple[str, ...]

    @abstractmethod
    def wrong(self) -> Adapter:
        """An adapter whose token is refused."""

    @abstractmethod
    def lose_the_answer(self) -> None:
        """The next card is posted, and the connection breaks before the answer."""

    @abstractmethod
    def lose_the_request(self) -> None:
        """The connection breaks before the next card is posted."""

    @abstractmethod
    def limit(self, pause: timedelta) -> None:
        """The next card comes too soon; it may be tried again after `pause`."""

    @abstractmethod
    def hinder(self, trouble: str) -> None:
        """From now on every call meets this trouble; one of `TROUBLES`."""

    @abstractmethod
    async def go_down(self) -> None:
        """Nobody answers any more: new connections are refused."""

    @abstractmethod
    async def react_as_bot(self, ref: MessageRef, emoji: str) -> None:
        """Another bot reacts."""

    @abstractmethod
    async def react_as_kindling(self, ref: MessageRef, emoji: str) -> None: ...

    @abstractmethod
    async def sent_on(self, name: str, ref: MessageRef) -> MessageRef:
        """Somebody else's message in the same channel, with all that Kindling's has in it."""

    @abstractmethod
    async def say(self, name: str, place: Place, text: str) -> MessageRef:
        """Somebody writes a message of their own."""

    @abstractmethod
    async def menu(self, name: str, ref: MessageRef, menu: Menu) -> Answer:
        """Somebody chooses an entry in the menu of a message, while the adapter listens."""

    @abstractmethod
    def mention(self, name: str) -> str:
        """How somebody is mentioned in a message, as the platform keeps it."""

    @abstractmethod
    def close_to_most(self, place: Place) -> None:
        """From now on a place is for its few people only."""

    @abstractmethod
    async def crowd(self, ref: MessageRef, emoji: str, number: int) -> set[str]:
        """So many more people react; their ids."""

    @abstractmethod
    def bot(self) -> Person:
        """Another bot in the village."""

    @abstractmethod
    def let_manage(self, name: str, *, allowed: bool) -> None:
        """From now on somebody may manage the village, or may not any more."""

    @abstractmethod
    def send_away(self, name: str) -> None:
        """From now on somebody is no member any more."""

    @abstractmethod
    def group(self, name: str, *, hears: bool = True) -> str:
        """The id of a new role or user group; one that does not hear is notified by nobody without a right."""

    @abstractmethod
    def notified(self, ref: MessageRef) -> set[str]:
        """The ids of all that a message notified, of people and everybody too."""

    @abstractmethod
    def allow_finishing(self) -> None:
        """Give Kindling what pins and threads need beyond posting."""

    @abstractmethod
    def forbid_finishing(self) -> None:
        """Take that away again."""

    @abstractmethod
    def lose_the_answer_to_a_thread(self) -> None:
        """The next thread is opened, and the connection breaks before the answer."""

    @abstractmethod
    def blind(self) -> None:
        """Kindling may not look at what was posted before."""


TROUBLES = ("cut before", "cut after", "503", "403", "404", "400", "429")
"""What can come instead of an answer."""


@dataclass
class Watched:
    """A front door that tells when something has gone through it; a reaction, when it was taken in."""

    kindling: Any
    through: list[str] = field(default_factory=list)
    handed_over: list[tuple[Actor, str, Said]] = field(default_factory=list)
    """What came with each menu that somebody used."""
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    telling: set[asyncio.Task[None]] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self.kindling, name)
        if name == "take":
            return self._taking(inner)
        if name == "menu":
            return self._handing_over(inner)
        if name not in {"connected", "reacted", "cleared", "left", "joined", "channel_lost"}:
            return inner

        async def told(*args: Any, **more: Any) -> None:
            await inner(*args, **more)
            async with self.news:
                self.through.append(name)
                self.news.notify_all()

        return told

    def _handing_over(self, menu: Any) -> Any:
        async def handed_over(actor: Actor, name: str, said: Said) -> Any:
            self.handed_over.append((actor, name, said))
            return await menu(actor, name, said)

        return handed_over

    def _taking(self, take: Any) -> Any:
        def taken(happening: Happening) -> bool:
            kept = bool(take(happening))
            if kept:
                self.through.append("reacted" if isinstance(happening, Reacted) else "cleared")
                self.telling.add(asyncio.create_task(self._tell()))
            return kept

        return taken

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def done(self, name: str, times: int = 1) -> None:
        """Wait until so many calls of this name came through and were carried out."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: self.through.count(name) >= times)

"""The front door: all that an adapter may call, and what an adapter must offer.

An adapter turns an event of its platform into one call of `Kindling` and shows the `Reply` privately. Rights,
wording and rules are behind this door; the adapter has no opinion about the product.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from bot.domain.commands import Command, OptionKind
from bot.domain.message import Action, Card, Reply
from bot.domain.places import Actor, Finding, MessageRef, Person, Place
from bot.ports import Clock, Messenger, Travel


class Kindling(Protocol):
    """What an adapter may call. No method raises for anything that a person did: the `Reply` says it."""

    @property
    def clock(self) -> Clock:
        """The time as Kindling sees it."""
        ...

    @property
    def travel(self) -> Travel | None:
        """Moves the clock; only in the playground of `kindling demo`, None otherwise."""
        ...

    @property
    def commands(self) -> Sequence[Command]:
        """The one table of commands, to register natively."""
        ...

    async def command(self, actor: Actor, name: str, words: Mapping[str, str]) -> Reply:
        """Carry out a command of the table. `words` maps option names to texts, unset ones left out."""
        ...

    async def typed(self, actor: Actor, group: str, line: str) -> Reply:
        """Carry out a command typed as one line after `/kind` or `/kindling`: `setup zone:Europe/Berlin …`."""
        ...

    async def press(self, actor: Actor, action: Action, message: MessageRef | None = None) -> Reply:
        """A button was pressed. `message` is the channel message it is on, when it is on one."""
        ...

    async def submit(self, actor: Actor, name: str, subject: str, values: Mapping[str, str]) -> Reply:
        """A form was submitted, with the values by field name, unset ones left out or empty."""
        ...

    def suggest(self, kind: OptionKind, typed: str) -> Sequence[tuple[str, str]]:
        """At most 25 (value, label) pairs that complete what is being typed. Quick, does no I/O."""
        ...

    async def reacted(self, person: Person, ref: MessageRef, emoji: str, *, present: bool, at: datetime) -> None:
        """Someone (not a bot) put an emoji on a message, or took it off, at an instant of the platform."""
        ...

    async def cleared(self, ref: MessageRef, emoji: str | None, at: datetime) -> None:
        """All reactions, or all of one emoji, were taken off a message."""
        ...

    async def joined(self, platform: str, space: str) -> None:
        """The bot was added to a space, or is in it again."""
        ...

    async def left(self, platform: str, space: str) -> None:
        """The bot was removed from a space: everything scheduled there stops at once."""
        ...

    async def channel_lost(self, place: Place, code: str) -> None:
        """A channel was deleted or archived, or the bot was removed from it."""
        ...

    async def connected(self, platform: str, spaces: Collection[str] | None = None) -> None:
        """The adapter listens (again) and events may have been lost: everything is compared with the platform.

        `spaces` are all spaces the bot is in, or None where the platform does not say. Safe to call at any
        time and any number of times.
        """
        ...


class Adapter(Messenger, Protocol):
    """What an adapter must offer: the sending half (`Messenger`), and the life of a connection."""

    @property
    def platform(self) -> str:
        """Its name, as in `[adapters.<name>]` and in `Place.platform`."""
        ...

    async def open(self) -> None:
        """Get ready to send: credentials, sessions. Raises `TryLater` when the platform is down and
        `Unreachable`, with a cure in its sentence, when the credentials are refused."""
        ...

    async def listen(self, kindling: Kindling) -> None:
        """Take events until cancelled. Returns or raises when the connection is lost for good; the caller
        opens and listens again, with growing pauses. Calls `connected` when it begins to listen."""
        ...

    async def close(self) -> None:
        """Give everything back. Safe to call twice, and without `open`."""
        ...

    async def diagnose(self) -> Sequence[Finding]:
        """For `kindling doctor`: token, scopes, intents, invite link. Needs no `open`, raises nothing."""
        ...

    def show(self, card: Card) -> str:
        """The card as this platform is sent it, as indented JSON: what a renderer's preview needs."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an adapter is given besides its settings. `data` is a folder that it may keep files in."""

    clock: Clock
    commands: Sequence[Command]
    data: Path


class Plugin(Protocol):
    """What an entry point of the group `kindling.adapters` names. Importing it does no work."""

    @property
    def name(self) -> str:
        """The key of its table in the configuration, and its platform."""
        ...

    @property
    def settings(self) -> type[BaseModel]:
        """The shape of its table. A field that is a secret is a `SecretStr` whose `json_schema_extra` has
        `{"env": "KINDLING_…"}`; it is filled from that variable, or from the file that `…_FILE` names."""
        ...

    def create(self, settings: BaseModel, surroundings: Surroundings) -> Adapter:
        """An adapter for validated settings. Opens nothing yet."""
        ...

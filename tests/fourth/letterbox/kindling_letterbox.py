"""An adapter that somebody else wrote: cards become files, and people knock at a port of this computer.

It uses what the front door offers and nothing else. A knock is one line of JSON with `user`, `moderates`,
`channel`, and either `command` (with `words`) or `press` (a button's id, on the letter `on`); the answer is
one line of JSON with the words and the buttons.
"""

import asyncio
import json
import socket
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.app import Adapter, Kindling, Surroundings
from bot.domain.community import Tone
from bot.domain.errors import TryLater, Unreachable
from bot.domain.finishing import Step
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Reply
from bot.domain.places import Actor, Finding, Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt


class LetterboxSettings(BaseModel):
    """The table `[adapters.letters]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    box: str = "box"
    village: str = "village"


class Letterbox:
    """`bot.app.Adapter` over a folder."""

    platform = "letters"
    tone = Tone.COMMUNITY
    way_out = "Take the letterbox off the wall."

    def __init__(self, settings: LetterboxSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._clock = surroundings.clock
        self._box = surroundings.data / settings.box
        self._door: socket.socket | None = None

    async def open(self) -> None:
        self._box.mkdir(parents=True, exist_ok=True)
        if self._door is None:
            self._door = socket.create_server(("127.0.0.1", 0))
            (self._box / "port").write_text(str(self._door.getsockname()[1]))

    async def listen(self, kindling: Kindling) -> None:
        async def knock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reply = await self._carry_out(kindling, json.loads(await reader.readline()))
            writer.write(json.dumps(_told(reply)).encode() + b"\n")
            writer.close()
            await writer.wait_closed()

        if self._door is None:
            raise TryLater("letters.not_open")
        await kindling.connected(self.platform, {self._settings.village})
        async with await asyncio.start_server(knock, sock=self._door.dup()) as server:
            await server.serve_forever()

    async def close(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            door.close()

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        found = self._letter(place, key)
        if not found.exists():
            self._write(found, card)
        return MessageRef(place, key)

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        letter = self._letter(place, key)
        if not letter.exists() or datetime.fromisoformat(_read(letter)["at"]) < since:
            return None
        return MessageRef(place, key)

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        return ref.message if ref.message in keys and self._letter(ref.place, ref.message).exists() else None

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        letter = self._letter(ref.place, ref.message)
        if not letter.exists():
            raise Unreachable("letters.gone", "That letter is gone.")
        self._write(letter, card)

    async def delete(self, ref: MessageRef) -> None:
        self._letter(ref.place, ref.message).unlink(missing_ok=True)

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        raise Unreachable("letters.no_needle", "There is no needle to pin letters with.")

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        raise Unreachable("letters.no_room", "There is no room under letters here.")

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        return (Lack("letters.no_needle", "Letters here are neither pinned nor talked about."),) if steps else ()

    async def tell(self, person: Person, card: Card) -> None:
        self._write(self._box / "private" / f"{person.user}.json", card)

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        return frozenset()

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        return ()

    async def standing(self, person: Person) -> Standing | None:
        people = self._box / "people.json"
        known: dict[str, bool] = json.loads(people.read_text()) if people.exists() else {}
        return Standing(known[person.user], person.user) if person.user in known else None

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        return frozenset()

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        found = {word: await self.standing(Person(self.platform, space, word)) for word in said}
        return {word: Named(word, one.name) for word, one in found.items() if one}

    async def secluded(self, place: Place) -> bool | None:
        return None

    async def admission(self, space: str) -> str:
        return ""

    async def diagnose(self) -> Sequence[Finding]:
        return [Finding("letters", good=True, sentence="There is ink.")]

    def show(self, card: Card) -> str:
        return json.dumps(_shape(card), indent=2, ensure_ascii=False)

    async def _carry_out(self, kindling: Kindling, knock: dict[str, Any]) -> Reply:
        person = Person(self.platform, self._settings.village, knock["user"])
        actor = Actor(person, bool(knock.get("moderates")), knock["channel"])
        if "press" in knock:
            action = Action.decode(knock["press"])
            if action is None:
                raise ValueError("that is no button")
            return await kindling.press(actor, action, MessageRef(actor.here, knock["on"]))
        return await kindling.command(actor, knock["command"], knock.get("words", {}))

    def _letter(self, place: Place, key: str) -> Path:
        return self._box / place.channel / f"{key}.json"

    def _write(self, letter: Path, card: Card) -> None:
        letter.parent.mkdir(exist_ok=True)
        letter.write_text(json.dumps(_shape(card) | {"at": self._clock.now().isoformat()}))


def _read(letter: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(letter.read_text())
    return found


def _shape(card: Card) -> dict[str, Any]:
    return {"text": card.plain(), "buttons": {choice.label: choice.action.encode() for choice in card.choices}}


def _told(reply: Reply) -> dict[str, Any]:
    match reply.content:
        case Card() as card:
            return _shape(card)
        case Form(fields=fields):
            return {"form": [field.name for field in fields]}
        case Rejected(problems=problems):
            return {"problems": dict(problems)}


class LetterboxPlugin:
    """What the entry point names."""

    name = "letters"
    settings: type[BaseModel] = LetterboxSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> Adapter:
        if not isinstance(settings, LetterboxSettings):
            raise TypeError("these are no settings for letters")
        return Letterbox(settings, surroundings)


plugin = LetterboxPlugin()

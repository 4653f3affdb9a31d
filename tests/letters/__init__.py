"""A fourth platform for tests: letters in memory, with an adapter that knows nothing but the front door.

It stands in for whatever somebody else may write: it lives in its own package and nothing in `bot/` knows it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from bot.app import Adapter, Kindling, Surroundings
from bot.domain.community import Tone
from bot.domain.errors import AdapterError, Gone, Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt


class Settings(BaseModel):
    """What the table `[adapters.letters]` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    box: str = "box"


CLOSED = Lack("letters.closed", "Nobody opens there any more. Choose another place with /kindling setup.")


@dataclass
class Letter:
    place: Place
    key: str
    card: Card
    at: datetime
    reactions: set[Felt] = field(default_factory=set)
    gone: bool = False
    pinned: bool = False
    threads: list[str] = field(default_factory=list)
    """The titles of the threads under it; there should never be two."""


@dataclass
class Letters:
    """`bot.app.Adapter` over a list. `faults` are raised by the next sends, one each: before or after posting.

    In places that are `closed` nothing can be left. `people` are those of whom it can say who they are.
    """

    surroundings: Surroundings
    platform: str = "letters"
    tone: Tone = Tone.COMMUNITY
    way_out: str = "Take the letterbox off the wall."
    letters: list[Letter] = field(default_factory=list)
    told: list[tuple[Person, Card]] = field(default_factory=list)
    faults: list[tuple[str, AdapterError]] = field(default_factory=list)
    lacks: list[Lack] = field(default_factory=list)
    closed: set[Place] = field(default_factory=set)
    people: dict[Person, Standing] = field(default_factory=dict)
    circles: dict[str, set[str]] = field(default_factory=dict)
    """Groups of which no press tells: their ids, which are their names, and the users in them."""
    roles: dict[str, str] = field(default_factory=dict)
    """Groups of which presses tell: their ids, and what they are called."""
    locked: set[Place] = field(default_factory=set)
    """Places that only some people can read; of those that are `veiled` it does not tell."""
    veiled: set[Place] = field(default_factory=set)
    admitting: str = ""
    afterwards: list[tuple[str, AdapterError]] = field(default_factory=list)
    """What the next pins and threads meet, one each: before they are done, or after."""
    unfinished: dict[Step, Lack] = field(default_factory=dict)
    """What cannot be done with letters here, and why."""
    asked: list[Person] = field(default_factory=list)
    """Of whom it was asked which circles they are in."""
    kindling: Kindling | None = None
    arrived: Callable[[], None] = lambda: None
    """Called after each letter that was left."""

    async def open(self) -> None:
        return

    async def listen(self, kindling: Kindling) -> None:
        import asyncio  # noqa: PLC0415 -- only a listener waits

        self.kindling = kindling
        await kindling.connected(self.platform)
        await asyncio.Event().wait()

    async def close(self) -> None:
        return

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        moment, fault = self.faults.pop(0) if self.faults else ("", None)
        if fault and moment == "before":
            raise fault
        if place in self.closed:
            raise Unreachable(CLOSED.code, CLOSED.sentence)
        self.letters.append(Letter(place, key, card, self.surroundings.clock.now()))
        self.arrived()
        if fault:
            raise fault
        return MessageRef(place, str(len(self.letters) - 1))

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        for number, letter in enumerate(self.letters):
            if letter.place == place and letter.key == key and letter.at >= since:
                return MessageRef(place, str(number))
        return None

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        letter = self.letters[int(ref.message)]
        return letter.key if letter.place == ref.place and letter.key in keys else None

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        letter = self.letters[int(ref.message)]
        if letter.gone:
            raise Gone("letters.gone", "That letter is gone.")
        letter.card = card

    async def delete(self, ref: MessageRef) -> None:
        letter = self.letters[int(ref.message)]
        letter.key, letter.gone = "", True
        letter.reactions.clear()

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        letter = self._finished(ref, Step.PIN)
        if instead_of is not None:
            self.letters[int(instead_of.message)].pinned = False
        letter.pinned = True
        self._fault("after")

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        letter = self._finished(ref, Step.THREAD)
        if not (again and letter.threads):
            letter.threads.append(title)
        self._fault("after")

    def _finished(self, ref: MessageRef, step: Step) -> Letter:
        self._fault("before")
        if lack := self.unfinished.get(step):
            raise Unreachable(lack.code, lack.sentence)
        letter = self.letters[int(ref.message)]
        if letter.gone:
            raise Gone("letters.gone", "That letter is gone.")
        return letter

    def _fault(self, moment: str) -> None:
        if self.afterwards and self.afterwards[0][0] == moment:
            raise self.afterwards.pop(0)[1]

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        return tuple(lack for step, lack in self.unfinished.items() if step in steps)

    async def tell(self, person: Person, card: Card) -> None:
        self.told.append((person, card))

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        return frozenset(self.letters[int(ref.message)].reactions)

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        return (*self.lacks, *([CLOSED] if place in self.closed else []))

    async def standing(self, person: Person) -> Standing | None:
        if Place(person.platform, person.space, "") in self.closed:
            raise Unreachable(CLOSED.code, CLOSED.sentence)
        return self.people.get(person)

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        self.asked.append(person)
        return frozenset(group for group in groups if person.user in self.circles.get(group, ()))

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        people = {person.user: Named(person.user, one.name) for person, one in self.people.items()}
        groups = {group: Named(group, group, group=True) for group in self.circles}
        roles = {word: Named(id_, name, group=True) for id_, name in self.roles.items() for word in (id_, name)}
        return {word: found for word, found in (people | groups | roles).items() if word in said}

    async def secluded(self, place: Place) -> bool | None:
        return None if place in self.veiled else place in self.locked

    async def admission(self, space: str) -> str:
        return self.admitting

    async def diagnose(self) -> Sequence[Finding]:
        return [Finding("letters", good=True, sentence="There is ink.")]

    def show(self, card: Card) -> str:
        return card.plain()


class LettersPlugin:
    name = "letters"
    settings = Settings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> Adapter:
        return Letters(surroundings)


plugin = LettersPlugin()

"""The contract's village in letters: kept in memory, with people who do things at the front door itself."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.app import Surroundings
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Reply
from bot.domain.places import MessageRef, Person, Place, Standing
from bot.domain.reactions import Felt, neutral_emoji
from bot.domain.uploads import Upload
from bot.services.commands import COMMANDS
from tests.contracts.platform import NO_FILES, Answer, Platform, Seen, StillClock
from tests.letters import Letters


class InLetters(Platform):
    name = "letters"
    adapter: Letters

    def __init__(self, folder: Path, clock: StillClock) -> None:
        self.clock = clock
        self.surroundings = Surroundings(clock, COMMANDS, folder)
        self.adapter = Letters(self.surroundings)
        self.place, self.other, self.closed, self.gone = (
            Place("letters", "village", name) for name in ("square", "garden", "tower", "ruin")
        )
        self.elsewhere = Place("letters", "city", "square")
        self.adapter.closed |= {self.closed, self.gone, self.elsewhere}
        self.adapter.closed.add(Place("letters", "city", ""))
        self.adapter.people |= {
            self.person(name): Standing(name == "maya", name, "Europe/Berlin") for name in ("maya", "robin", "sam")
        }
        self._answers: dict[str, list[Seen]] = {}
        self._given: dict[str, dict[str, bytes]] = {}

    @classmethod
    @asynccontextmanager
    async def there(cls, folder: Path, clock: StillClock) -> AsyncIterator["InLetters"]:
        yield cls(folder, clock)

    def person(self, name: str) -> Person:
        return Person("letters", "village", name)

    async def channel(self, place: Place) -> list[Seen]:
        return [seen(each.card) for each in self.adapter.letters if each.place == place and not each.gone]

    async def at(self, ref: MessageRef) -> Seen | None:
        letter = self.adapter.letters[int(ref.message)]
        return seen(letter.card) if letter.place == ref.place and not letter.gone else None

    async def private(self, name: str) -> list[Seen]:
        told = [seen(card) for person, card in self.adapter.told if person.user == name]
        return told + self._answers.get(name, [])

    def stranger(self) -> Person:
        return self.person("nobody")

    def unwilling(self) -> Person:
        return self.person("nobody")

    def pinned(self, place: Place) -> list[str]:
        return [str(n) for n, each in enumerate(self.adapter.letters) if each.pinned and each.place == place]

    def threads(self, ref: MessageRef) -> list[str]:
        return self.adapter.letters[int(ref.message)].threads

    async def react(self, name: str, ref: MessageRef, emoji: str) -> None:
        self.adapter.letters[int(ref.message)].reactions.add(Felt(name, neutral_emoji(emoji)))
        await self._tell(name, ref, emoji, present=True)

    async def unreact(self, name: str, ref: MessageRef, emoji: str) -> None:
        self.adapter.letters[int(ref.message)].reactions.discard(Felt(name, neutral_emoji(emoji)))
        await self._tell(name, ref, emoji, present=False)

    async def _tell(self, name: str, ref: MessageRef, emoji: str, *, present: bool) -> None:
        if self.adapter.kindling is not None:
            at = self.clock.now()
            await self.adapter.kindling.reacted(self.person(name), ref, emoji, present=present, at=at)

    async def take_away(self, ref: MessageRef) -> None:
        await self.adapter.delete(ref)

    async def command(self, name: str, command: str) -> Answer:
        return self._answered(name, await self._kindling.command(self.actor(name), command, {}))

    async def press(self, name: str, ref: MessageRef, label: str) -> Answer:
        [action] = [each.action for each in self.adapter.letters[int(ref.message)].card.choices if each.label == label]
        pressed = Action.decode(action.encode())
        assert pressed is not None
        return self._answered(name, await self._kindling.press(self.actor(name), pressed, ref))

    async def choose(self, name: str, answer: Answer, label: str) -> Answer:
        [action] = [each.action for each in answer.source.choices if each.label == label]
        pressed = Action.decode(action.encode())
        assert pressed is not None
        return self._answered(name, await self._kindling.press(self.actor(name), pressed))

    async def submit(
        self, name: str, answer: Answer, values: dict[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Answer:
        form = answer.form
        filled = {each.name: each.value for each in form.fields} | values
        reply = await self._kindling.submit(self.actor(name), form.name, form.subject, filled, files)
        return self._answered(name, reply)

    async def given(self, name: str) -> dict[str, bytes]:
        return self._given.get(name, {})

    def another(self) -> Letters:
        return Letters(self.surroundings)

    @property
    def _kindling(self) -> Any:
        return self.adapter.kindling

    def _answered(self, name: str, reply: Reply) -> Answer:
        self._given.setdefault(name, {}).update({file.name: file.data for file in reply.files})
        match reply.content:
            case Card() as card:
                self._answers.setdefault(name, []).append(seen(card))
                return Answer([seen(card)], source=card)
            case Form() as form:
                return Answer(form=form)
            case Rejected(problems, form):
                return Answer(form=form, problems=" ".join(problems.values()))


def seen(card: Card) -> Seen:
    return Seen(card.plain(), tuple(choice.label for choice in card.choices))

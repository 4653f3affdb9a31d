"""The front door: all that an adapter may call, and what an adapter must offer.

An adapter turns an event of its platform into one call of `Kindling` and shows the `Reply` privately. Rights,
wording and rules are behind this door; the adapter has no opinion about the product.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import structlog
from pydantic import BaseModel

from bot.domain.commands import Command, Menu, OptionKind
from bot.domain.desk import SignedIn, Turned, Visitor
from bot.domain.errors import ChangedMeanwhile, DatabaseProblem, NotAllowed, Refusal
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Picture, Reply
from bot.domain.pages import PageWish, WallPage
from bot.domain.places import Actor, Finding, MessageRef, Named, Person, Place
from bot.domain.reactions import Cleared, Happening, Reacted
from bot.domain.said import Said
from bot.domain.uploads import Upload
from bot.ports import Clock, Travel
from bot.ports.platforms import Messenger
from bot.ports.tools import Vault
from bot.services.cards import given_back, note
from bot.services.commands import BY_NAME, COMMANDS, MENUS, SEEN
from bot.services.entrances import Files, OnAgain, OnMenu, Services, Words, entrances
from bot.services.reading import Unread, read_words, suggest_zones
from bot.services.setup import must_moderate
from bot.services.whom import FOR_STRANGERS, OF_NOBODY_IN_PARTICULAR, ONES_OWN, STRANGE, WITH_NAME, known_for

if TYPE_CHECKING:  # naming an adapter loads no database
    from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger(__name__)


NO_FILES: Files = {}
NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no database keeps as text. No platform lets people type it, and whoever sends it by hand means no good."""
FORGETFUL = (
    "My memory, the database, cannot be used at present, so nothing came of this.",
    "Whoever looks after me can read why in the log.",
    "Please try again in a few minutes.",
)


class Kindling:
    """What an adapter may call. No method raises for anything that a person did: the `Reply` says it."""

    def __init__(self, services: Services, clock: Clock, travel: Travel | None = None) -> None:
        self._services = services
        self.clock = clock
        """The time as Kindling sees it."""
        self.travel = travel
        """Moves the clock; only in the playground of `kindling demo`, None otherwise."""
        self._to = entrances(services)

    @property
    def commands(self) -> Sequence[Command]:
        """The one table of commands, to register natively."""
        return COMMANDS

    @property
    def menus(self) -> Sequence[Menu]:
        """The one table of what can be done to a message, to register where messages have menus."""
        return MENUS

    async def command(self, actor: Actor, name: str, words: Mapping[str, str]) -> Reply:
        """Carry out a command of the table. `words` maps option names to texts, unset ones left out."""
        return await self._answer(self._carry_out(actor, name, _as_text(words)))

    async def typed(self, actor: Actor, group: str, line: str) -> Reply:
        """Carry out a command typed as one line after `/kind` or `/kindling`: `setup zone:Europe/Berlin …`."""
        word, rest = self._split(group, line)
        try:
            _, words = read_words(f"{word.rpartition(' ')[2]} {rest}")
        except Unread as error:
            return Reply(note("I did not quite get that", str(error), f"/{group} help shows what there is."))
        return await self.command(actor, f"{group} {word}", words)

    @staticmethod
    def _split(group: str, line: str) -> tuple[str, str]:
        """A command's word or words, and what follows, with the name put before a value where a command takes only
        one: `pause 2w`."""
        said = line.split() or ["help"]
        count = 2 if f"{group} {' '.join(said[:2]).lower()}" in BY_NAME else 1
        word, rest = " ".join(said[:count]).lower(), " ".join(line.split(None, count)[count:])
        command = BY_NAME.get(f"{group} {word}")
        if command is None and f"{group} {word} list" in BY_NAME:
            return f"{word} list", rest
        if command is None or len(command.options) != 1 or not rest or ":" in rest:
            return word, rest
        return word, f"{command.options[0].name}:{rest}"

    async def press(self, actor: Actor, action: Action, message: MessageRef | None = None) -> Reply:
        """A button was pressed. `message` is the channel message it is on, when it is on one."""
        plain = replace(action, subject=NO_TEXT.sub("", action.subject), detail=NO_TEXT.sub("", action.detail))
        return await self._answer(self._pressed(actor, plain, message))

    async def _pressed(self, actor: Actor, action: Action, message: MessageRef | None) -> Reply:
        if message is not None:
            await self._touched(action, message)
        must_belong = action.name not in FOR_STRANGERS
        if actor.stranger and must_belong:
            raise NotAllowed("stranger", STRANGE)
        if action.name == "open":
            return await self._of_people_here(actor, lambda known: self._open(known, action.subject))
        button = self._to.buttons.get(action.name)
        if button is None:
            return Reply(note("That button is from another time", "What it did is not there any more. Sorry for that."))
        if action.name in ONES_OWN:
            return await button(actor, action)
        known = await known_for(self._services.rights, actor, action.name)
        if known.stranger and must_belong:
            raise NotAllowed("stranger", STRANGE)
        return await button(known, action)

    async def _touched(self, action: Action, message: MessageRef) -> None:
        """What a message shows follows from its buttons: where nobody knew that it came, it is known now."""
        await self._services.deliverer.adopt(action.subject, message)
        await self._services.showing.touched(action, message)

    async def submit(
        self, actor: Actor, name: str, subject: str, values: Mapping[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Reply:
        """A form was submitted, with the values by field name, unset ones left out or empty, and files apart."""
        subject, words = NO_TEXT.sub("", subject), _as_text(values)
        if with_files := self._to.forms_with_files.get(name):
            named = {field: replace(file, name=NO_TEXT.sub("", file.name)) for field, file in files.items()}
            with_rights = self._of_people_here(actor, lambda known: with_files(known, subject, words, named))
            return await self._answer(self._submitted(with_rights, words, nothing))
        form = self._to.forms.get(name)
        if form is None:
            return Reply(note("That form is from another time", "What it did is not there any more. Sorry for that."))
        carried_out = self._of_people_here(actor, lambda known: form(known, subject, words))
        again = self._to.again.get(name)
        anew = partial(self._form_again, actor, subject, again) if again else nothing
        return await self._answer(self._submitted(carried_out, words, anew))

    @staticmethod
    async def _submitted(
        carried_out: Awaitable[Reply], words: Words, anew: Callable[[], Awaitable[Form | None]]
    ) -> Reply:
        """The answer to a form. What was typed into one that had been overtaken is given back, as the form says it."""
        try:
            return await carried_out
        except ChangedMeanwhile as overtaken:
            log.info("refused", code=overtaken.code)
            return Reply(given_back(overtaken.sentence, words, await anew()))

    async def _form_again(self, actor: Actor, subject: str, again: OnAgain) -> Form | None:
        """A form as it is now; None where it cannot be opened any more."""
        with suppress(Refusal):
            content = (await self._with_rights(actor, lambda known: again(known, subject))).content
            return content.form if isinstance(content, Rejected) else content if isinstance(content, Form) else None
        return None

    async def menu(self, actor: Actor, name: str, said: Said) -> Reply:
        """Somebody chose an entry of the table of menus for a message, their own or anybody's."""
        menu = self._to.menus.get(name)
        if menu is None:
            return Reply(note("That menu is from another time", "What it did is not there any more. Sorry for that."))
        return await self._answer(self._chosen(actor, menu, said))

    async def _chosen(self, actor: Actor, menu: OnMenu, said: Said) -> Reply:
        for action in said.actions:
            await self._touched(action, said.ref)
        return await self._of_people_here(actor, lambda known: menu(known, said))

    async def _of_people_here(self, actor: Actor, carry_out: Callable[[Actor], Awaitable[Reply]]) -> Reply:
        """The same, for nobody of another organisation."""
        if actor.stranger:
            raise NotAllowed("stranger", STRANGE)
        known = await self._services.rights.of(actor)
        if known.stranger:
            raise NotAllowed("stranger", STRANGE)
        return await carry_out(known)

    async def _with_rights(self, actor: Actor, carry_out: Callable[[Actor], Awaitable[Reply]]) -> Reply:
        """What is done for the actor, who may moderate too where they were chosen to; not for somebody who left."""
        return await carry_out(await self._services.rights.of(actor))

    def seen_on(self, action: Action) -> Command | None:
        """The command on whose page this button may be answered as soon as the page is opened, because it changes
        nothing; None for any other button."""
        return BY_NAME.get(SEEN.get(action.name, ""))

    def style(self, platform: str) -> str:
        """The CSS of all `Reply.looks` of a platform; empty for one that has none."""
        return self._services.looking.style(platform)

    def suggest(self, kind: OptionKind, typed: str) -> Sequence[tuple[str, str]]:
        """At most 25 (value, label) pairs that complete what is being typed. Quick, does no I/O."""
        return suggest_zones(typed, self.clock.now()) if kind is OptionKind.ZONE else ()

    async def read_page(self, key: str, wish: PageWish) -> WallPage | None:
        """What stands on the wall's page of this key; None when there is none (any more).

        Raises `DatabaseProblem` while nothing can be read.
        """
        return await self._services.opening.read(key, wish)

    async def sign_in(self, key: str) -> SignedIn | Turned:
        """Use up the link of this key, which a moderator was given, and begin a session.

        Raises `DatabaseProblem` while nothing can be kept; the link can be used later then.
        """
        return await self._services.visiting.sign_in(key)

    async def visitor(self, token: str) -> Visitor | Turned:
        """Who comes with the token of a session. Their platform is asked, at this moment, whether they may moderate.

        Raises `DatabaseProblem` while nothing can be read.
        """
        return await self._services.visiting.visitor(token)

    async def channels(self, actor: Actor) -> Sequence[Named]:
        """The channels of the actor's space by name, for pages that no platform offers them on; none where nobody can
        tell."""
        return await self._services.visiting.channels(actor)

    async def people(self, actor: Actor, typed: str) -> Sequence[Named]:
        """Whom a moderator means who types this on a page; nobody where the platform does not tell."""
        return await self._services.visiting.people(actor, NO_TEXT.sub("", typed))

    async def sign_out(self, token: str) -> None:
        """End the session of this token. Raises `DatabaseProblem` while nothing can be kept."""
        await self._services.visiting.sign_out(token)

    async def read_picture(self, key: str, mark: str) -> Picture | None:
        """The picture of this mark that stands on the wall's page of this key; None when there is none (any more).

        Raises `DatabaseProblem` while nothing can be read.
        """
        return await self._services.opening.picture(key, NO_TEXT.sub("", mark))

    async def reacted(self, person: Person, ref: MessageRef, emoji: str, *, present: bool, at: datetime) -> None:
        """Someone (not a bot) put an emoji on a message of their space, or took it off, at an instant of the platform.

        Returns when that is kept for good: a platform that sends again what is not acknowledged is answered then.
        Messages that are surely not Kindling's own need not be told of.
        """
        await self._services.reactions.happened(Reacted(ref, person.user, emoji, present, at))

    async def cleared(self, ref: MessageRef, emoji: str | None, at: datetime) -> None:
        """All reactions, or all of one emoji, were taken off a message. Returns when that is kept."""
        await self._services.reactions.happened(Cleared(ref, emoji, at))

    def take(self, happening: Happening) -> bool:
        """Take in what `reacted` or `cleared` would tell, without waiting until it is kept.

        For platforms that wait for no acknowledgement. False, with nothing taken in, while there is no `room`.
        """
        return self._services.reactions.take(happening)

    async def room(self) -> None:
        """Wait until something can be taken in again."""
        await self._services.reactions.room()

    async def joined(self, platform: str, space: str) -> None:
        """The bot was added to a space, or is in it again."""
        await self._services.spaces.joined(platform, space)

    async def left(self, platform: str, space: str) -> None:
        """The bot was removed from a space: everything scheduled there stops at once."""
        await self._services.spaces.left(platform, space)

    async def channel_lost(self, place: Place, code: str) -> None:
        """A channel was deleted or archived, or the bot was removed from it."""
        await self._services.spaces.lost_channel(place, code)

    async def connected(self, platform: str, spaces: Collection[str] | None = None) -> None:
        """The adapter listens (again) and events may have been lost: everything is compared with the platform.

        `spaces` are all spaces the bot is in, or None where the platform does not say. Safe to call at any
        time and any number of times.
        """
        if spaces is not None:
            await self._services.spaces.compare(platform, spaces)
        await self._services.comparing.compare(platform)

    async def _carry_out(self, actor: Actor, name: str, words: Words) -> Reply:
        command, carry_out = BY_NAME.get(name), self._to.commands.get(name)
        group = name.partition(" ")[0]
        if command is None or carry_out is None:
            words_there = ", ".join(c.word for c in COMMANDS if c.group == group)
            raise Refusal("command.unknown", f"/{group} knows these words: {words_there}. Try /{group} help.")
        if actor.stranger:
            raise NotAllowed("stranger", STRANGE)
        if command.moderators_only:
            actor = await self._services.rights.of(actor, also_gone=True)  # who left moderates nothing
            must_moderate(actor)
        elif not actor.asked and name not in OF_NOBODY_IN_PARTICULAR:
            rights = self._services.rights
            actor = await (rights.named(actor) if name in WITH_NAME else rights.belonging(actor))
            if actor.stranger:
                raise NotAllowed("stranger", STRANGE)
        known = {option.name for option in command.options}
        for stray in [word for word in words if word not in known]:
            there = f"It knows {', '.join(sorted(known))}." if known else "It takes no words."
            raise Refusal("option.unknown", f"/{name} does not know “{stray[:60]}:”. {there}")
        return await carry_out(actor, words)

    async def _open(self, actor: Actor, form: str) -> Reply:
        """The form that a button opens, filled in with what is known."""
        opener = self._to.openers.get(form)
        if opener is None:
            raise Refusal("form.unknown", "What that form did is not there any more. Sorry for that.")
        return await opener(actor)

    async def _answer(self, asked: Awaitable[Reply]) -> Reply:
        """The answer, also when it is a refusal, or when nothing can be kept at present."""
        try:
            return await asked
        except DatabaseProblem as problem:
            log.warning("not_kept", code=problem.code)
            return Reply(note("I cannot keep anything just now", *FORGETFUL, emoji="🌧️"))
        except Refusal as refusal:
            log.info("refused", code=refusal.code)
            return Reply(note("Not this time", refusal.sentence, emoji="🙏"))


async def nothing() -> None:
    """No form: what was in it goes without names."""


def _as_text(words: Words) -> Words:
    return {name: NO_TEXT.sub("", said) for name, said in words.items()}


class Adapter(Messenger, Protocol):
    """What an adapter must offer: the sending half (`Messenger`), and the life of a connection."""

    @property
    def platform(self) -> str:
        """Its name, as in `[adapters.<name>]` and in `Place.platform`."""
        ...

    async def open(self) -> None:
        """Get ready to send: credentials, sessions. Raises `TryLater` when the platform is down and
        `Unreachable`, with a cure in its sentence, when the credentials are refused. Of an adapter that is open
        it asks the same again, and leaves it open."""
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


@runtime_checkable
class ServesPages(Protocol):
    """An adapter on whose pages the wall can be read."""

    @property
    def pages(self) -> str:
        """What their addresses begin with, as `https://kindness.example.org`; empty while nobody knows."""
        ...


@runtime_checkable
class HasNoChannels(Protocol):
    """An adapter that is only looked at: no card can be posted there, so Kindling is not well by it alone."""

    @property
    def has_no_channels(self) -> bool:
        """True."""
        ...


@runtime_checkable
class ServesDesk(Protocol):
    """An adapter on whose pages moderators can do what they do with commands."""

    @property
    def desk(self) -> str:
        """What their addresses begin with, as `https://kindness.example.org/desk`; empty where they are turned off,
        and while nobody knows."""
        ...


@dataclass(frozen=True, slots=True)
class Shards:
    """The parts of a platform's events that one of several listeners takes: which, counted from 0, and of how many."""

    ids: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an adapter is given besides its settings. `data` is a folder that it may keep files in.

    `shards` come before what its settings say of them. A platform that shares its events out by itself has no use
    for them. `engine` is the migrated database, for an adapter that keeps tables of its own there, whose names begin
    with its name; `vault` seals the secrets in them.

    `senders` is how many processes send with the same credentials: an adapter keeps to its part of a limit that
    they share.
    """

    clock: Clock
    commands: Sequence[Command]
    data: Path
    shards: Shards | None = None
    engine: "AsyncEngine | None" = None
    vault: Vault | None = None
    senders: int = 1


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

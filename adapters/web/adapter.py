"""The playground as Kindling knows it: a platform that can be written to and listened to."""

import asyncio
import errno
import json
import socket
import sqlite3
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aiohttp import web

from adapters.web.clockface import Clockface, computers_zone
from adapters.web.codec import encode_card, number
from adapters.web.database import Database
from adapters.web.guard import LOCAL_NAMES
from adapters.web.live import Bell
from adapters.web.people import Channel, Someone
from adapters.web.playground import PLATFORM, Playground
from adapters.web.room import Room
from adapters.web.seeding import let_weeks_pass
from adapters.web.server import application
from adapters.web.settings import WebSettings
from bot.app import Kindling, Surroundings
from bot.domain.community import Tone
from bot.domain.errors import Gone, TryLater, Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt
from bot.ports import Travel

log = structlog.get_logger(__name__)

NO_THREADS = Lack(
    "web.no_threads",
    "The playground has no threads, as nobody writes there. On Discord and Slack they are opened.",
)
SHUTDOWN = 1.0
"""Seconds that open pages get to go away."""


class WebAdapter:
    """Opens the room and its pages, writes to its channels, and passes on what people do there."""

    def __init__(self, settings: WebSettings, surroundings: Surroundings) -> None:
        self._settings = settings
        self._file = surroundings.data / settings.file
        bell = Bell()
        self._bell = bell
        self._room = Room(Database(self._file, bell.ring))
        self._ground = Playground(
            name=settings.room,
            room=self._room,
            bell=bell,
            clock=surroundings.clock,
            clockface=Clockface(surroundings.clock, bell.ring),
            known_commands=surroundings.commands,
        )
        self._runner: web.AppRunner | None = None
        self._new = False
        self.url = ""

    @property
    def platform(self) -> str:
        """`web`."""
        return PLATFORM

    @property
    def tone(self) -> Tone:
        """As set for the room."""
        return self._settings.tone

    @property
    def way_out(self) -> str:
        """Of a room."""
        return "A room goes when whoever runs the playground deletes its folder."

    @property
    def pages(self) -> str:
        """What the addresses of the wall's pages begin with, as far as this computer goes."""
        return self.url.rstrip("/")

    @property
    def desk(self) -> str:
        """What the addresses of the moderators' pages begin with, beside the rooms."""
        return f"{self.pages}/desk" if self.pages else ""

    async def open(self) -> None:
        """Open the room and serve its pages; `url` then says where. Does nothing when it is open already."""
        if self._runner is not None:
            return
        sock = self._bind()
        self._bell.open()
        try:
            self._new |= await self._room.open(self._settings.room, self._settings.zone or computers_zone())
            runner = web.AppRunner(
                application(self._ground, self._settings.host, self._settings.names, lambda: self.pages),
                shutdown_timeout=SHUTDOWN,
                access_log=None,
            )
            await runner.setup()
            await web.SockSite(runner, sock).start()
        except BaseException:  # cancelled too, neither port nor room stays open
            sock.close()
            await self._room.close()
            raise
        self._runner = runner
        host, port = sock.getsockname()[:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        log.info("web.open", host=host, port=port)

    async def listen(self, kindling: Kindling) -> None:
        """Pass on what people do until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._ground.kindling, self._ground.tasks = kindling, tasks
            try:
                await kindling.connected(PLATFORM, {self._settings.room})
                self._bell.ring()
                new, self._new = self._new, False
                if new and self._settings.seed_weeks and kindling.travel is not None:
                    await self._seed(kindling, kindling.travel)
                await asyncio.Event().wait()
            finally:
                self._ground.kindling, self._ground.tasks = None, None

    async def close(self) -> None:
        """Stop serving and let go of the room's file."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self._bell.close()
            await runner.cleanup()
        await self._room.close()

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post a card; with a key that the channel already has, the first message is returned."""
        channel = self._writable(place)
        async with _translated():
            message = await self._room.post(channel.id, card, key, self._ground.clock.now())
        return MessageRef(place, str(message))

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """The message of this key, if it is there and was posted at or after `since`."""
        if place.space != self._settings.room:
            return None
        async with _translated():
            found = await self._room.find(place.channel, key)
        return MessageRef(place, str(found[0])) if found and found[1] >= since else None

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        """The room keeps keys by itself, and nobody but Kindling posts in it."""
        if ref.place.space != self._settings.room:
            return None
        async with _translated():
            key = await self._room.key(ref.place.channel, _number(ref))
        return key if key in keys else None

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """Show another card in the place of one. The room keeps the key by itself."""
        del key
        channel = self._writable(ref.place)
        async with _translated():
            if not await self._room.edit(channel.id, _number(ref), card):
                raise Gone("web.message_gone", "The message is gone from the playground.")

    async def delete(self, ref: MessageRef) -> None:
        """Take a message away; one that is gone already counts as taken away."""
        async with _translated():
            await self._room.remove(ref.place.channel, _number(ref))

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        """Mark a message as pinned, in the place of another."""
        self._writable(ref.place)
        async with _translated():
            before = _number(instead_of) if instead_of else None
            if not await self._room.pin(ref.place.channel, _number(ref), before):
                raise Gone("web.message_gone", "The message is gone from the playground.")

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        """Nobody talks in the playground, under a card or beside it."""
        del ref, title, again
        raise Unreachable(NO_THREADS.code, NO_THREADS.sentence)

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        """Threads, and roles to notify: the playground has neither."""
        del place, notify
        return (NO_THREADS,) if Step.THREAD in steps else ()

    async def tell(self, person: Person, card: Card) -> None:
        """Put a card into a person's private panel."""
        someone = self._someone(person)
        async with _translated():
            await self._room.show(someone.id, card, self._ground.clock.now(), told=True)

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """All that people put on a message."""
        async with _translated():
            message = await self._room.message(ref.place.channel, _number(ref))
        return message.felt if message else frozenset()

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """What keeps Kindling from writing in a channel."""
        try:
            self._writable(place)
        except Unreachable as lack:
            return (Lack(lack.code, lack.sentence),)
        return ()

    async def standing(self, person: Person) -> Standing | None:
        """As the room knows them."""
        if not self._room.people:
            raise TryLater("web.closed")
        if (person.platform, person.space) != (PLATFORM, self._settings.room):
            raise Unreachable("web.room_unknown", "There is no such room in the playground.")
        someone = self._room.people.get(person.user)
        return Standing(someone.moderates, someone.name, self._room.zone) if someone else None

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        """A room has no groups."""
        del person, groups
        return frozenset()

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        """The people of the room, by their ids or names."""
        if space != self._settings.room:
            return {}
        people = {word.casefold(): one for one in self._room.people.values() for word in (one.id, one.name)}
        return {word: Named(one.id, one.name) for word in said if (one := people.get(word.casefold()))}

    async def secluded(self, place: Place) -> bool | None:
        """Everybody in the room sees every channel."""
        del place
        return False

    async def admission(self, space: str) -> str:
        """Commands are there for everybody; whether one may use them is asked when they do."""
        del space
        return ""

    async def channels(self, space: str) -> Sequence[Named]:
        """The room's channels."""
        del space
        return [Named(channel.id, channel.name) for channel in self._room.channels.values()]

    async def diagnose(self) -> Sequence[Finding]:
        """Whether the address is free (or ours), stays on this computer, and the file can be written."""
        return (self._address_found(), self._privacy_found(), self._file_found())

    def show(self, card: Card) -> str:
        """The card as the room keeps it."""
        return json.dumps(encode_card(card), ensure_ascii=False, indent=2)

    async def _seed(self, kindling: Kindling, travel: Travel) -> None:
        face = self._ground.clockface
        if face.begin("Letting some weeks happen …"):
            await face.finish(let_weeks_pass(self._ground, kindling, travel, self._settings.seed_weeks))

    def _bind(self) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        try:
            return _bound(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise Unreachable(
                    "web.address_unusable",
                    f"The playground cannot listen on {host} port {port}. Set host and port in [adapters.web].",
                ) from error
            if not self._settings.port_fallback:
                raise Unreachable(
                    "web.port_taken",
                    f"Port {port} is in use. Close what uses it, or set another port in [adapters.web].",
                ) from error
        return _bound(host, 0)

    def _writable(self, place: Place) -> Channel:
        if not self._room.channels:
            raise TryLater("web.closed")
        channel = self._room.channels.get(place.channel)
        if (place.platform, place.space) != (PLATFORM, self._settings.room) or channel is None:
            raise Unreachable("web.channel_unknown", "There is no such channel in the playground.")
        if not channel.writable:
            raise Unreachable(
                "web.channel_read_only",
                f"Kindling may not write in #{channel.name}. Choose another channel, such as #kindness.",
            )
        return channel

    def _someone(self, person: Person) -> Someone:
        someone = self._room.people.get(person.user)
        if (person.platform, person.space) != (PLATFORM, self._settings.room) or someone is None:
            raise Unreachable("web.person_unknown", "There is no such person in the playground.")
        return someone

    def _address_found(self) -> Finding:
        host, port = self._settings.host, self._settings.port
        if self._runner is not None:
            return Finding("web.address", good=True, sentence=f"The playground is open at {self.url}")
        try:
            _bound(host, port).close()
        except OSError:
            return Finding(
                "web.address",
                good=self._settings.port_fallback,
                sentence=f"{host} port {port} cannot be listened on just now.",
                cure="Close what uses it, or set another port in [adapters.web].",
            )
        return Finding("web.address", good=True, sentence=f"{host} port {port} is free.")

    def _privacy_found(self) -> Finding:
        local = self._settings.host in LOCAL_NAMES
        return Finding(
            "web.only_here",
            good=local,
            sentence="Only this computer can open the playground."
            if local
            else f"Whoever reaches {self._settings.host} can act as anyone in the playground.",
            cure="" if local else 'Set host = "127.0.0.1" in [adapters.web], unless a container needs otherwise.',
        )

    def _file_found(self) -> Finding:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists():
                sqlite3.connect(self._file).close()
                with self._file.open("r+b"):
                    pass
            else:
                probe = self._file.with_suffix(".probe")
                probe.touch()
                probe.unlink()
        except (OSError, sqlite3.Error):
            return Finding(
                "web.file", good=False, sentence=f"{self._file} cannot be written.", cure="Check who owns the folder."
            )
        return Finding("web.file", good=True, sentence=f"The room is kept in {self._file}.")


@asynccontextmanager
async def _translated() -> AsyncGenerator[None, None]:
    """A file that cannot be written just now may be writable in a while; nothing was carried out."""
    try:
        yield
    except sqlite3.Error as error:
        raise TryLater("web.file_busy") from error


def _number(ref: MessageRef) -> int:
    text = ref.message
    return number(text) or 0


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
    except BaseException:  # whatever came between, the port is given back
        sock.close()
        raise
    sock.setblocking(False)  # noqa: FBT003 (the standard library takes no name here)
    return sock

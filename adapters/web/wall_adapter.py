# ruff: noqa: ARG002  what has no channels needs nothing of what is said about them
"""The wall's pages as Kindling knows them: an adapter that answers readers, and has no channel to be written to."""

import asyncio
import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aiohttp import web

from adapters.web.desk import Desk
from adapters.web.desk_door import Doorway
from adapters.web.desk_pages import DeskPages
from adapters.web.live import Bell
from adapters.web.wall import PLATFORM, WallSettings, desk_of, in_the_open, local
from adapters.web.wall_pages import WallPages
from adapters.web.wall_server import application
from bot.app import Kindling
from bot.domain.community import Tone
from bot.domain.errors import Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt

log = structlog.get_logger(__name__)

IDLE = 75.0
"""Seconds after which a connection is closed on which nobody asks for anything."""
SHUTDOWN = 1.0
"""Seconds that open pages get to go away."""
NO_CHANNELS = "The wall's pages are for reading. They have no channels; choose one where people talk."


class WallAdapter:
    """Serves the pages for as long as it listens: a process that only sends has no use for them."""

    def __init__(self, settings: WallSettings) -> None:
        self._settings = settings
        self._port = settings.port
        self.serving = asyncio.Event()
        """Set while the pages can be read."""

    @property
    def platform(self) -> str:
        """`wall`."""
        return PLATFORM

    @property
    def tone(self) -> Tone:
        """Nobody talks here, so any."""
        return Tone.COMMUNITY

    @property
    def way_out(self) -> str:
        """A page is no place of its own."""
        return "The page closes with /kindling wall close."

    @property
    def has_no_channels(self) -> bool:
        """Cards are not posted on pages."""
        return True

    @property
    def pages(self) -> str:
        """What the pages' addresses begin with, in every process that has this table, whichever serves them."""
        return self._settings.address or local(self._settings.host, self._port)

    @property
    def desk(self) -> str:
        """What the addresses of the moderators' pages begin with, in every process; empty where they are off."""
        return desk_of(self._settings, self.pages)

    async def open(self) -> None:
        """There is nothing to get ready: no credentials, no session."""

    async def listen(self, kindling: Kindling) -> None:
        """Serve until cancelled."""
        bell = Bell()
        door = Doorway(lambda: self.pages)
        desk = Desk(lambda: kindling, door, DeskPages(door)) if self.desk else None
        async with self._serving(application(WallPages(lambda: kindling, bell), desk)):
            try:
                await asyncio.Event().wait()
            finally:
                bell.close()

    @asynccontextmanager
    async def _serving(self, served: web.Application) -> AsyncGenerator[None, None]:
        host = self._settings.host
        runner = web.AppRunner(served, shutdown_timeout=SHUTDOWN, access_log=None, keepalive_timeout=IDLE)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, host, self._settings.port).start()
            except OSError as error:
                raise Unreachable(
                    "wall.address_unusable",
                    f"The wall's pages cannot be served on {host} port {self._settings.port}. Close what uses it, or "
                    "set another host or port in [adapters.wall].",
                ) from error
            self._port = int(runner.addresses[0][1])
            self.serving.set()
            log.info("wall.open", host=host, port=self._port)
            yield
        finally:
            self.serving.clear()
            await runner.cleanup()

    async def close(self) -> None:
        """Whatever was served ended with `listen`."""

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """There is no channel to post to."""
        raise Unreachable("wall.no_channels", NO_CHANNELS)

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """Nothing was ever posted."""

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        """No message is here to be recognised."""

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """There is no message to change."""
        raise Unreachable("wall.no_channels", NO_CHANNELS)

    async def delete(self, ref: MessageRef) -> None:
        """What is not there is gone already."""

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        """There is no message to pin."""
        raise Unreachable("wall.no_channels", NO_CHANNELS)

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        """There is nobody to talk."""
        raise Unreachable("wall.no_channels", NO_CHANNELS)

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        """No channel here can be written to."""
        return (Lack("wall.no_channels", NO_CHANNELS),)

    async def tell(self, person: Person, card: Card) -> None:
        """Nobody can be spoken to here."""
        raise Unreachable("wall.no_people", NO_CHANNELS)

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """None: nobody can react here."""
        return frozenset()

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """No channel here can be written to."""
        return (Lack("wall.no_channels", NO_CHANNELS),)

    async def standing(self, person: Person) -> Standing | None:
        """Nobody is a member of a page."""

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        """None: there are no people."""
        return frozenset()

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        """Nobody."""
        return {}

    async def secluded(self, place: Place) -> bool | None:
        """There is no channel."""

    async def admission(self, space: str) -> str:
        """There is nothing to be let into."""
        return ""

    async def diagnose(self) -> Sequence[Finding]:
        """Where the pages are, and whether what is read there is read on the way by others."""
        begins = self._settings.begins
        said, readable = f"The wall's pages begin with {begins}/wall/.", in_the_open(begins)
        cure = "Put a proxy with TLS in front, and set its https:// address as address in [adapters.wall]."
        address = (
            Finding("wall.address", good=False, sentence=f"{said} Others can read along.", cure=cure)
            if readable
            else Finding("wall.address", good=True, sentence=said)
        )
        if not self._settings.moderators:
            return (address,)
        closed = "Moderators cannot sign in there: whoever reads along could come in as well."
        desk = (
            Finding("wall.moderators", good=False, sentence=closed, cure=cure)
            if readable
            else Finding("wall.moderators", good=True, sentence=f"Moderators sign in at {self.desk}/.")
        )
        return (address, desk)

    def show(self, card: Card) -> str:
        """A card is never shown here; this is what it says."""
        return json.dumps(card.plain(), ensure_ascii=False)

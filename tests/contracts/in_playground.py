"""The contract's village in the playground: its pages, as a browser without script reads and sends them."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from adapters.web import plugin
from adapters.web.adapter import WebAdapter
from adapters.web.settings import WebSettings
from bot.app import Surroundings
from bot.domain.places import MessageRef, Person, Place
from bot.domain.uploads import Upload
from bot.services.commands import COMMANDS
from tests.adapters.web.visitor import Visitor
from tests.contracts.platform import NO_FILES, Answer, Platform, Seen, StillClock

NAMES = {"c-kindness": "kindness", "c-general": "general"}
NOBODY_LISTENS = 503


class Doormat:
    """A front door that lies there."""

    travel = None
    commands = COMMANDS

    def __init__(self) -> None:
        self.listening = asyncio.Event()

    async def connected(self, platform: str, spaces: object = None) -> None:
        self.listening.set()

    async def reacted(self, *about: object, **more: object) -> None:
        return


class InPlayground(Platform):
    name = "web"
    adapter: WebAdapter

    def __init__(self, folder: Path, clock: StillClock, stack: AsyncExitStack) -> None:
        self.clock = clock
        self.surroundings = Surroundings(clock, COMMANDS, folder)
        self.place, self.other, self.closed, self.gone = (
            Place("web", "playground", channel)
            for channel in ("c-kindness", "c-general", "c-announcements", "c-nowhere")
        )
        self.elsewhere = Place("web", "city", "c-kindness")
        self.adapter = self.another()
        self._stack = stack
        self._visitors: dict[str, Visitor] = {}

    @classmethod
    @asynccontextmanager
    async def there(cls, folder: Path, clock: StillClock) -> AsyncIterator["InPlayground"]:
        async with AsyncExitStack() as stack:
            yield cls(folder, clock, stack)

    def another(self) -> WebAdapter:
        settings = WebSettings.model_validate({"port": 0, "zone": "Europe/Berlin"})
        adapter = plugin.create(settings, self.surroundings)
        assert isinstance(adapter, WebAdapter)
        return adapter

    def person(self, name: str) -> Person:
        return Person("web", "playground", name)

    async def channel(self, place: Place) -> list[Seen]:
        return [piece.seen for piece in await self._pieces("robin", place) if piece.kind == "message"]

    async def at(self, ref: MessageRef) -> Seen | None:
        pieces = await self._pieces("robin", ref.place)
        return next((piece.seen for piece in pieces if piece.id == f"message-{ref.message}"), None)

    async def private(self, name: str) -> list[Seen]:
        return [piece.seen for piece in await self._panel(name) if not piece.fields]

    def stranger(self) -> Person:
        return self.person("nobody")

    def unwilling(self) -> Person:
        return self.person("nobody")

    async def react(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self._send(name, "/react", ref.place, message=ref.message, emoji=emoji, present="yes")

    async def unreact(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self._send(name, "/react", ref.place, message=ref.message, emoji=emoji, present="no")

    async def take_away(self, ref: MessageRef) -> None:
        await self.adapter.delete(ref)  # nobody else can

    async def command(self, name: str, command: str) -> Answer:
        return await self._answer(name, "/typed", line=f"/{command}")

    async def press(self, name: str, ref: MessageRef, label: str) -> Answer:
        pieces = await self._pieces(name, ref.place)
        [piece] = [piece for piece in pieces if piece.id == f"message-{ref.message}"]
        return await self._answer(name, "/press", message=ref.message, action=piece.actions[label])

    async def choose(self, name: str, answer: Answer, label: str) -> Answer:
        piece: Piece = answer.source
        sent = {"entry": piece.id.removeprefix("entry-"), "action": piece.actions[label]}
        return await self._answer(name, "/press", **sent)

    async def submit(
        self, name: str, answer: Answer, values: dict[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Answer:
        form: Piece = answer.form
        sent = form.fields | {f"f.{field}": value for field, value in values.items()}
        for field, file in files.items():
            sent[f"f.{field}"] = Paper(file.name, file.data)
        return await self._answer(name, "/submit", entry=form.id.removeprefix("entry-"), **sent)

    async def given(self, name: str) -> dict[str, bytes]:
        visitor = await self._visitor(name)
        found: dict[str, bytes] = {}
        for address, called in re.findall(r'href="(/file/[^"]+)" download="([^"]+)"', await visitor.look()):
            async with visitor.session.get(visitor.url + html.unescape(address)) as answer:
                found[called] = await answer.read()
        return found

    async def _answer(self, name: str, path: str, **fields: Any) -> Answer:
        before = {piece.id: piece for piece in await self._panel(name)}
        await self._send(name, path, self.place, **fields)
        fresh = [piece for piece in await self._panel(name) if before.get(piece.id) != piece]
        forms = [piece for piece in fresh if piece.fields]
        return Answer(
            [piece.seen for piece in fresh], forms[0] if forms else None, forms[0].problems if forms else "", fresh[-1]
        )

    async def _panel(self, name: str) -> list["Piece"]:
        """The person's own panel, oldest first."""
        return [piece for piece in await self._pieces(name, self.place) if piece.kind == "entry"][::-1]

    async def _visitor(self, name: str) -> Visitor:
        known = self._visitors.get(name)
        if known is None or not known.url.endswith(self.adapter.url.rstrip("/")):
            known = self._visitors[name] = await self._stack.enter_async_context(Visitor(self.adapter.url, name))
        return known

    async def _pieces(self, name: str, place: Place) -> list["Piece"]:
        page = Page()
        page.feed(await (await self._visitor(name)).look(f"/c/{NAMES.get(place.channel, place.channel[2:])}"))
        messages = sorted((piece for piece in page.pieces if piece.kind == "message"), key=lambda piece: piece.number)
        return [*messages, *(piece for piece in page.pieces if piece.kind == "entry")]

    async def _send(self, name: str, path: str, place: Place, **fields: Any) -> None:
        visitor = await self._visitor(name)
        if not visitor.token:
            await visitor.look()
        sent = {"channel": NAMES[place.channel], **fields}
        status, text = await visitor.send(path, sent)
        if status == NOBODY_LISTENS:
            await self._listen()
            status, text = await visitor.send(path, sent)
        assert status == 303, text

    async def _listen(self) -> None:
        """The playground lets nobody act before somebody listens."""
        door = Doormat()
        task = asyncio.create_task(self.adapter.listen(door))  # type: ignore[arg-type]
        self._stack.push_async_callback(asyncio.gather, task, return_exceptions=True)
        self._stack.callback(task.cancel)
        await door.listening.wait()


class Paper(BytesIO):
    """A file as a browser sends it, with its name."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


class Piece:
    """A message of the channel or an entry of the panel, as it stands on the page."""

    def __init__(self, identity: str) -> None:
        self.id = identity
        self.texts: list[str] = []
        self.actions: dict[str, str] = {}
        self.buttons: list[str] = []
        self.fields: dict[str, str] = {}
        self.problems = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Piece) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    @property
    def kind(self) -> str:
        return self.id.partition("-")[0]

    @property
    def number(self) -> int:
        return int(self.id.partition("-")[2])

    @property
    def seen(self) -> Seen:
        return Seen("\n".join(self.texts), tuple(self.buttons))


class Page(HTMLParser):
    """Reads the pieces off a page. What is not text on it is not in them."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self._depth = 0
        self._button: tuple[str, list[str]] | None = None
        self._select = ""
        self._problem = False
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known: dict[str, Any] = {name: value or "" for name, value in attrs}
        classes = str(known.get("class", "")).split()
        if tag == "li" and not self._depth and known.get("id", "").startswith(("message-", "entry-")):
            self.pieces.append(Piece(known["id"]))
            self._depth = 1
        elif tag == "li" and self._depth:
            self._depth += 1
        if not self._depth:
            return
        piece = self.pieces[-1]
        match tag:
            case "img":
                piece.texts.append(known.get("alt", ""))
            case "button" if "button" in classes:
                self._button = (known.get("value", ""), [])
            case "input" | "textarea" if known.get("name", "").startswith("f."):
                if known.get("type") not in {"radio", "checkbox"} or "checked" in known:
                    before = piece.fields.get(known["name"], "") if known.get("type") == "checkbox" else ""
                    piece.fields[known["name"]] = ",".join(filter(None, [before, known.get("value", "")]))
            case "select":
                self._select = known["name"]
                piece.fields.setdefault(self._select, "")
            case "option" if "selected" in known:
                piece.fields[self._select] = known["value"]
            case "p" if "problem" in classes:
                self._problem = True
            case "span" if "aria-hidden" in known:
                self._silent = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "li" and self._depth:
            self._depth -= 1
        elif tag == "button" and self._button is not None:
            value, words = self._button
            label = "".join(words).strip()
            self.pieces[-1].buttons.append(label)
            self.pieces[-1].actions[label] = value
            self._button = None
        elif tag == "p":
            self._problem = False
        elif tag == "span":
            self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._depth or not data.strip():
            return
        if self._button is not None:
            if not self._silent:
                self._button[1].append(data)
            return
        self.pieces[-1].texts.append(data)
        if self._problem:
            self.pieces[-1].problems += data

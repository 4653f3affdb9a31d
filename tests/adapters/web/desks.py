"""The moderators' pages of a village, served on loopback, and whoever comes to them."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from pathlib import Path

import aiohttp
from aiohttp import CookieJar
from aiohttp.web_runner import AppRunner, TCPSite

from adapters.web.desk import Desk
from adapters.web.desk_door import Doorway
from adapters.web.desk_pages import DeskPages
from adapters.web.live import Bell
from adapters.web.wall_pages import WallPages
from adapters.web.wall_server import application
from bot.app import Kindling
from bot.compose import NO_LOOKS
from bot.domain.places import Actor, Named, Standing
from bot.ports.looks import ShowsCards
from tests.core.village import a_village, command
from tests.house import DESK, House, moderator
from tests.letters import Letters

CHANNELS = (Named("square", "square"), Named("inn", "the-inn"))


@dataclass
class TellingLetters(Letters):
    """Letters whose platform can say which channels there are."""

    async def channels(self, space: str) -> tuple[Named, ...]:
        return CHANNELS if space == "village" else ()


@dataclass
class Guest:
    """A browser that keeps cookies, runs no script, and says of itself what browsers do."""

    url: str
    session: aiohttp.ClientSession
    place: str = ""
    page: str = ""
    answer: aiohttp.ClientResponse | None = field(default=None, repr=False)

    async def get(self, path: str) -> int:
        """Follow a path, redirects included; what is read then is `page`."""
        async with self.session.get(f"{self.url}{path}") as self.answer:
            self.page = await self.answer.text()
        return self.answer.status

    async def open(self, page: str) -> int:
        return await self.get(f"/desk/{self.place}/{page}")

    async def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> int:
        """Send a form as the page that was read last would, with its token unless the fields have another."""
        token = {"token": self.value("token")} if re.search('name="token"', self.page) else {}
        said = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        said |= {name.replace("_", "-"): text for name, text in headers.items()}
        sent = {name: text for name, text in said.items() if text}
        data = token | (fields or {})
        async with self.session.post(f"{self.url}{path}", data=data, headers=sent) as self.answer:
            self.page = await self.answer.text()
        return self.answer.status

    async def sign_in(self, key: str) -> int:
        await self.get(f"/desk/in/{key}")
        status = await self.post("/desk/in", {"key": key})
        found = re.search(r"/desk/([0-9a-f]{12})/", str(self.answer.url if self.answer else ""))
        self.place = found[1] if found else self.place
        return status

    async def press(self, label: str, page: str = "status", **headers: str) -> int:
        return await self.post(f"/desk/{self.place}/{page}/press", {"action": self.button(label)}, **headers)

    async def submit(self, page: str, **values: str) -> int:
        own = {name: self.value(name) for name in ("form", "subject", "proof", "names")}
        return await self.post(f"/desk/{self.place}/{page}/submit", own | {f"f.{n}": v for n, v in values.items()})

    async def run(self, page: str, **words: str) -> int:
        return await self.post(f"/desk/{self.place}/{page}/run", {f"f.{name}": text for name, text in words.items()})

    async def upload(self, page: str, *files: tuple[str, bytes], **values: str) -> int:
        """Send the form of a page with files in its field `file`, as a browser does."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name in ("token", "form", "subject", "proof", "names"):
            form.add_field(name, self.value(name))
        for name, text in values.items():
            form.add_field(f"f.{name}", text)
        for name, data in files or [("", b"")]:
            form.add_field("f.file", BytesIO(data), filename=name, content_type="application/octet-stream")
        path = f"{self.url}/desk/{self.place}/{page}/submit"
        said = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(path, data=form, headers=said) as self.answer:
            self.page = await self.answer.text()
        return self.answer.status

    async def fetch(self, path: str) -> tuple[int, bytes]:
        """What lies under a path, as it is."""
        async with self.session.get(f"{self.url}{path}") as self.answer:
            return self.answer.status, await self.answer.read()

    @property
    def downloads(self) -> dict[str, str]:
        """Where the files of the page that was read last are, by their names."""
        return {
            unescape(name): unescape(path)
            for path, name in re.findall(r'<p class="file"><a href="([^"]*)" download="([^"]*)"', self.page)
        }

    async def sign_out(self) -> int:
        return await self.post(f"/desk/{self.place}/out")

    def value(self, name: str) -> str:
        """What a hidden field of the page holds."""
        return unescape(re.findall(rf'name="{name}" value="([^"]*)"', self.page)[0])

    def button(self, label: str) -> str:
        """What a button of a card sends."""
        found = re.findall(
            r'<button[^>]*name="action" value="([^"]*)">(?:<span[^>]*>[^<]*</span> )?([^<]*)<', self.page
        )
        [value] = [value for value, words in found if unescape(words) == label]
        return unescape(value)

    @property
    def headings(self) -> list[str]:
        """What the page is about: its own heading, and that of the answer on it."""
        main = self.page.partition("<main")[2].partition("</main>")[0]
        found = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", main, re.DOTALL)
        return [unescape(re.sub("<[^>]*>", "", heading)).strip() for heading in found]

    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self.session.cookie_jar}


@dataclass
class Served:
    """A village with a desk."""

    house: House
    desk: Desk
    url: str
    session: Callable[[], aiohttp.ClientSession]

    def guest(self) -> Guest:
        """Somebody with a browser of their own."""
        return Guest(self.url, self.session())

    async def key(self, actor: Actor | None = None) -> str:
        """The key of the link that `/kindling web` gives."""
        card = await command(self.house, "kindling web", actor or moderator())
        [key] = re.findall(rf"{re.escape(DESK)}/in/(\w+)", card.plain())
        return str(key)

    async def maya(self) -> Guest:
        """A moderator who is signed in."""
        guest = self.guest()
        assert await guest.sign_in(await self.key()) == 200
        return guest


@asynccontextmanager
async def a_desk(
    folder: Path,
    *,
    kindling: Callable[[House], Kindling] | None = None,
    looks: Mapping[str, ShowsCards] = NO_LOOKS,
) -> AsyncIterator[Served]:
    """A desk over a whole Kindling, whose platform names its channels and says who moderates."""
    async with a_village(folder, looks=looks) as house:
        house.letters.__class__ = TellingLetters
        house.letters.people[moderator().person] = Standing(may_moderate=True, name="Maya", zone="Europe/Berlin")
        front = kindling(house) if kindling else house.kindling
        url = ""
        door = Doorway(lambda: url)
        desk = Desk(lambda: front, door, DeskPages(door))
        runner = AppRunner(application(WallPages(lambda: front, Bell()), desk), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        opened: list[aiohttp.ClientSession] = []

        def browser() -> aiohttp.ClientSession:
            opened.append(aiohttp.ClientSession(cookie_jar=CookieJar(unsafe=True)))
            return opened[-1]

        try:
            yield Served(house, desk, url, browser)
        finally:
            for session in opened:
                await session.close()
            await runner.cleanup()

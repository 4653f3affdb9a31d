"""The playground, open on a free port of loopback, with a small Kindling behind it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, async_playwright

from adapters.web import plugin
from adapters.web.adapter import WebAdapter
from adapters.web.settings import WebSettings
from bot.app import Surroundings
from bot.domain.places import Place
from tests.adapters.web.hearth import COMMANDS, HandTravel, Hearth, StillClock
from tests.adapters.web.visitor import Visitor
from tests.adapters.web.walls import Wall, a_wall

KINDNESS = Place("web", "playground", "c-kindness")
CHROMIUMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def hearth(clock: StillClock) -> Hearth:
    return Hearth(clock, HandTravel(clock))


@pytest.fixture
def closed(tmp_path: Path, clock: StillClock) -> WebAdapter:
    """The adapter as it is made, opened by nobody yet."""
    return an_adapter(tmp_path, clock)


@pytest.fixture
async def playground(closed: WebAdapter, hearth: Hearth) -> AsyncIterator[WebAdapter]:
    async with listening(closed, hearth):
        yield closed


@pytest.fixture
async def visit(playground: WebAdapter) -> AsyncIterator[Callable[[str], Awaitable[Visitor]]]:
    """Opens the playground as somebody, each time in a browser of its own."""
    async with AsyncExitStack() as stack:

        async def as_someone(name: str) -> Visitor:
            visitor = await stack.enter_async_context(Visitor(playground.url, name))
            await visitor.look()
            return visitor

        yield as_someone


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, with a fresh profile. Without one the test is skipped, or fails where one has to be."""
    path = next(filter(None, map(shutil.which, [os.environ.get("KINDLING_CHROMIUM", ""), *CHROMIUMS])), None)
    if path is None:
        missing = "there is no Chromium or Chrome here; KINDLING_CHROMIUM can name one in an unusual place"
        if os.environ.get("KINDLING_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser for one test."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def wall(tmp_path: Path) -> AsyncIterator[Wall]:
    """The whole of Kindling with a wall that is open by its address."""
    async with a_wall(tmp_path) as wall:
        yield wall


def is_complaint(said: ConsoleMessage) -> bool:
    """Whether a page's console says that something is broken; a refused press (409) is not."""
    return said.type == "error" and "409 (Conflict)" not in said.text


def an_adapter(folder: Path, clock: StillClock, **settings: object) -> WebAdapter:
    chosen = WebSettings.model_validate({"port": 0, "zone": "Europe/Berlin", **settings})
    adapter = plugin.create(chosen, Surroundings(clock, COMMANDS, folder))
    assert isinstance(adapter, WebAdapter)
    return adapter


@asynccontextmanager
async def listening(adapter: WebAdapter, hearth: Hearth) -> AsyncIterator[None]:
    await adapter.open()
    task = asyncio.create_task(adapter.listen(hearth))
    try:
        async with asyncio.timeout(5):
            await hearth.listening.wait()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await adapter.close()

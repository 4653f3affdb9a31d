"""The playground, open on a free port of loopback, with a small Kindling behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage

from adapters.web import plugin
from adapters.web.adapter import WebAdapter
from adapters.web.settings import WebSettings
from bot.app import Surroundings
from bot.domain.places import Place
from tests.adapters.web.hearth import COMMANDS, HandTravel, Hearth, StillClock
from tests.adapters.web.visitor import Visitor
from tests.adapters.web.walls import Wall, a_wall

KINDNESS = Place("web", "playground", "c-kindness")


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

"""Fixtures for tests in a browser: each worker starts one Chromium (`chrome`), and each test has contexts of its own in
it, as fresh as a new profile. A test that uses them says that its loop is the session's, for that is where the browser
lives.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.web.adapter import WebAdapter
from tests.adapters.web.conftest import is_complaint, listening
from tests.adapters.web.hearth import Hearth
from tests.adapters.web.walls import Wall, a_wall

IN_BROWSER = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
PATIENCE = 30_000
"""Milliseconds. Nobody waits so long but where something is broken, or a processor belongs to many."""

expect.set_options(timeout=PATIENCE)


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chrome: Browser) -> AsyncIterator[Browser]:
    """A browser in which nobody else has anything open, and nothing is left afterwards."""
    assert chrome.contexts == []
    yield chrome
    for context in chrome.contexts:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def playground(closed: WebAdapter, hearth: Hearth) -> AsyncIterator[WebAdapter]:
    async with listening(closed, hearth):
        yield closed


@pytest_asyncio.fixture(loop_scope="session")
async def page_of(playground: WebAdapter, browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Opens a page as somebody; whatever its scripts complain about fails the test."""
    complaints: list[str] = []

    async def open_page(name: str, **options: object) -> Page:
        page = await a_page(browser, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        await page.goto(f"{playground.url}c/kindness?as={name}")
        return page

    yield open_page
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def wall(tmp_path: Path) -> AsyncIterator[Wall]:
    """The whole of Kindling with a wall that is open by its address."""
    async with a_wall(tmp_path) as wall:
        yield wall


@pytest_asyncio.fixture(loop_scope="session")
async def read(wall: Wall, browser: Browser) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Opens the wall's page; whatever its scripts complain about fails the test."""
    complaints: list[str] = []

    async def open_page(**options: object) -> Page:
        page = await a_page(browser, **options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(wall.url)
        return page

    yield open_page
    assert complaints == []


async def a_page(browser: Browser, **options: object) -> Page:
    """A page with a profile of its own."""
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    return page

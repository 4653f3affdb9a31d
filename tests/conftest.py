"""What holds for every test."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from adapters.slack import pace
from bot.runtime.garbage import look_rarely
from tests.prepared import remember_statements
from tests.storage.databases import server

if TYPE_CHECKING:
    from playwright.async_api import Browser

__all__ = ["server"]

# How long an example takes says more about the machine than about the code; where every change is tested, the examples
# are the same each time, so that a change is judged by itself. At home they vary, and find what nobody thought of.
settings.register_profile(
    "kindling",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("kindling")

TESTS = Path(__file__).parent
MEMORY = Path("/dev/shm")  # noqa: S108 -- whoever makes a folder in it makes one of its own
ROOM = 3 * 2**30
STARTING = {"acceptance", "fourth"}
"""Folders whose tests start processes, and take seconds."""
LONG = ("browser", "hypothesis")
"""Marks of others that do: those in a browser, and those that try many examples."""


def pytest_configure() -> None:
    """Let statements be compiled once, and garbage be looked for as rarely as in a run. Put temporary folders into
    memory where that is possible: each commit of a database waits for its disk, and no test is about what a power cut
    leaves on one."""
    remember_statements()
    look_rarely()
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        for folder in ("PYTEST_DEBUG_TEMPROOT", "TMPDIR"):
            os.environ.setdefault(folder, str(MEMORY))
        tempfile.tempdir = None  # whoever asked before asked too early


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Where all tests are wanted, let each worker import a share of their modules first. In a fresh copy of the
    repository nothing is compiled yet, and each worker would compile all of it beside the others."""
    given = getattr(session.config, "workerinput", None)
    if given is None or [Path(word).resolve() for word in session.config.args] != [TESTS]:
        return
    first, step = int(given["workerid"].removeprefix("gw")), given["workercount"]
    for file in sorted(TESTS.rglob("test_*.py"))[first::step]:
        with suppress(Exception):  # it is told where the test is collected
            import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the long tests over the first two thirds of the others, in whatever order these are: neither all at once,
    where they would wait for each other, nor some at the end, where the other workers would wait for them."""
    long = [item for item in items if STARTING & set(item.path.parts) or any(map(item.get_closest_marker, LONG))]
    starting = set(long)
    short = [item for item in items if item not in starting]
    step = max(1, len(short) * 2 // 3 // max(1, len(long)))
    items[:] = [each for n, item in enumerate(long) for each in (item, *short[n * step : (n + 1) * step])]
    items += short[len(long) * step :]


def pytest_collection_finish() -> None:
    """Set six thousand tests and all that they import aside, for Python would look at them again and again."""
    look_rarely()


@pytest.fixture(autouse=True)
def channels_that_need_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits a second between two messages in one channel of Slack; those about the pace say otherwise."""
    monkeypatch.setattr(pace, "REST", 0.0)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chrome() -> AsyncIterator["Browser"]:
    """A browser for all tests of a worker; like `server` it stands here, where there is one of it."""
    from tests.adapters.web.chromium import chromium  # noqa: PLC0415 -- most tests have no use for a browser

    async with chromium() as browser:
        yield browser

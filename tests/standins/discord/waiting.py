"""Waiting for something to become true without sleeping in tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

SOON = 20.0
"""Seconds after which something is held not to happen at all. A machine with much else to do takes its time."""


class Waiting:
    """Looks again whenever the stand-in was touched, and now and then for what happens elsewhere."""

    pulse: asyncio.Event

    def note_change(self) -> None:
        self.pulse.set()

    async def soon(self, condition: Callable[[], bool], within: float) -> bool:
        """Whether `condition` became true within so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while not condition():
            left = end - loop.time()
            if left <= 0:
                return False
            if self.pulse.is_set():
                self.pulse = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, 0.02)):
                    await self.pulse.wait()
        return True

    async def until(self, condition: Callable[[], bool], *, within: float = SOON) -> None:
        """Wait until `condition` is true, or fail the test."""
        assert await self.soon(condition, within), f"did not happen within {within} s"

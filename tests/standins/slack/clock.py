"""The stand-in's time, which a test may push on, and waiting without sleeping."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Wall-clock seconds. `advance` makes triggers, response addresses and rate limits age at once; after `stop`
    nothing else does."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped: float | None = None

    def now(self) -> float:
        return (time.time() if self._stopped is None else self._stopped) + self._ahead

    def stop(self) -> None:
        self._stopped = time.time()

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class Changes:
    """Wakes whoever waits for something to become true in the stand-in."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def notify(self) -> None:
        happened, self._next = self._next, asyncio.Event()
        happened.set()

    async def until(self, condition: Callable[[], T], within: float, what: str = "") -> T:
        """The first true value of `condition`, looked at again after every change."""
        try:
            async with asyncio.timeout(within):
                while not (result := condition()):
                    await self._next.wait()
                return result
        except TimeoutError:
            message = f"did not happen within {within} s: {what or 'the condition waited for'}"
            raise TimeoutError(message) from None

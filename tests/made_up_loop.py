"""A loop whose time is made up, so that an hour takes no time."""

import asyncio
from typing import Protocol


class Wall(Protocol):
    """A wall clock that can be moved, as time_machine has it."""

    def shift(self, delta: float) -> None: ...


class MadeUpLoop(asyncio.SelectorEventLoop):
    """A loop that never waits: when nothing is ready, its time goes on to the next timer, and the wall clock too."""

    def __init__(self, wall: Wall | None = None) -> None:
        self.passed = 0.0
        self._wall = wall
        super().__init__()

    def time(self) -> float:
        return self.passed

    def _run_once(self) -> None:
        timers = [timer.when() for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        if not self._ready and timers and min(timers) > self.passed:  # type: ignore[attr-defined]
            if self._wall is not None:
                self._wall.shift(min(timers) - self.passed)
            self.passed = min(timers)
        super()._run_once()  # type: ignore[misc]

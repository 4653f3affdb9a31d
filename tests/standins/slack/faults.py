"""Failures that a test puts in the way of chosen requests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from .shapes import Json


def _always(_args: Json) -> bool:
    return True


@dataclass(eq=False, slots=True)
class Fault:
    """What happens to the next `times` requests of `method` for which `when` is true (None: to all, from now on)."""

    method: str
    error: str | None = None
    status: int | None = None
    retry_after: int | None = None
    drop_before: bool = False
    """Close the connection before anything is done."""
    drop_after: bool = False
    """Carry the request out, then close the connection instead of answering."""
    delay: float = 0.0
    until: asyncio.Event | None = None
    """Keep the request waiting until the test sets this."""
    answer_after: asyncio.Event | None = None
    """Carry the request out, and keep its answer back until the test sets this."""
    times: int | None = 1
    when: Callable[[Json], bool] = _always
    hits: int = 0

    def takes(self, method: str, args: Json) -> bool:
        """Whether this request is met by the fault; counts it when so."""
        spent = self.times is not None and self.hits >= self.times
        if spent or self.method not in {method, "*"} or not self.when(args):
            return False
        self.hits += 1
        return True

    def cancel(self) -> None:
        self.times = self.hits

    async def wait(self) -> None:
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.until is not None:
            await self.until.wait()

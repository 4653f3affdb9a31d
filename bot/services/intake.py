"""A bounded buffer with one writer, who keeps at once whatever has come in since the last time.

There is no timer: what comes alone is kept alone and at once, and what comes while the writer is busy is kept
together. Nothing is dropped. When there is no room, whoever has something to put in waits, first come first served.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

import structlog

from bot.domain.errors import DatabaseProblem

log = structlog.get_logger(__name__)

ROOM = 16_000
BATCH = 4_000
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0

ATTEMPTS = 5
"""How often a thing is tried by itself, while the database can be used, before it is given up."""

Thing = TypeVar("Thing")
Kept: TypeAlias = "asyncio.Future[None] | None"


class _Held(Generic[Thing]):
    """A thing, who waits for it to be kept, and how often it alone could not be."""

    __slots__ = ("failures", "kept", "thing")

    def __init__(self, thing: Thing, kept: Kept) -> None:
        self.thing = thing
        self.kept = kept
        self.failures = 0


class Intake(Generic[Thing]):
    """Takes things in and has them kept by `keep`, in the order in which they came, in batches.

    When `keep` fails, nothing of a batch was kept; it is tried again, after growing pauses, until it is. Only what
    cannot be kept by itself although the database can be used is given up in the end. The writer is a task only
    while there is something to write.
    """

    def __init__(
        self,
        keep: Callable[[Sequence[Thing]], Awaitable[None]],
        *,
        room: int = ROOM,
        batch: int = BATCH,
        pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._keep = keep
        self._room = room
        self._batch = batch
        self._pause = pause
        self._things: deque[_Held[Thing]] = deque()
        self._in_line = 0
        self._line = asyncio.Lock()
        self._space = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self.trouble = ""
        """Why things cannot be kept at present; empty while all is well."""

    def __len__(self) -> int:
        """How many things are waiting to be kept."""
        return len(self._things)

    def offer(self, thing: Thing) -> bool:
        """Take a thing in without waiting for it to be kept; False when there is no room."""
        if self._full:
            return False
        self._take(thing, None)
        return True

    async def has_room(self) -> None:
        """Wait until there is room for a thing that is offered."""
        while self._full:
            self._space.clear()
            await self._space.wait()

    async def put(self, thing: Thing) -> None:
        """Take a thing in, as soon as there is room; returns when it is kept. Raises what it was given up for."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._full:
            await self._stand_in_line(thing, kept)
        else:
            self._take(thing, kept)
        await kept

    async def caught_up(self) -> None:
        """Wait until nothing is waiting to be kept."""
        while self._writer is not None:
            await asyncio.wait({self._writer})

    async def close(self, within: float) -> None:
        """Have everything kept that was put in, for at most `within` seconds, and stop."""
        writer = self._writer
        if writer is not None:
            await asyncio.wait({writer}, timeout=within)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    @property
    def _full(self) -> bool:
        """Whether there is no room, or somebody waits for it already."""
        return self._in_line > 0 or len(self._things) >= self._room

    async def _stand_in_line(self, thing: Thing, kept: "asyncio.Future[None]") -> None:
        self._in_line += 1
        try:
            async with self._line:
                while len(self._things) >= self._room:
                    self._space.clear()
                    await self._space.wait()
                self._take(thing, kept)
        finally:
            self._in_line -= 1

    def _take(self, thing: Thing, kept: Kept) -> None:
        self._things.append(_Held(thing, kept))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="intake")

    async def _write(self) -> None:
        try:
            while self._things:
                await self._keep_surely()
        finally:
            self._writer = None

    async def _keep_surely(self) -> None:
        """Have the next things kept, however long that takes; more come to them while they cannot be."""
        batch: list[_Held[Thing]] = []
        pause = FIRST_PAUSE
        while True:
            while self._things and len(batch) < self._batch:
                batch.append(self._things.popleft())
            self._space.set()
            if await self._kept(batch):
                self.trouble = ""
                return
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _kept(self, batch: list[_Held[Thing]]) -> bool:
        """Whether all of a batch are kept or given up by now. Those that are leave the batch."""
        try:
            await self._attempt(batch)
        except DatabaseProblem as problem:  # it was logged where it began
            self.trouble = problem.code
            return False
        except Exception as error:
            if not self.trouble:
                log.exception("intake.not_kept", things=len(batch))
            self.trouble = type(error).__name__
            return await self._sifted(batch)
        batch.clear()
        return True

    async def _sifted(self, batch: list[_Held[Thing]]) -> bool:
        """Keep things one by one, so that one which cannot be kept takes no other with it."""
        for held in list(batch):
            try:
                await self._attempt([held])
            except DatabaseProblem as problem:
                self.trouble = problem.code
                return False
            except Exception as error:
                held.failures += 1
                if held.failures < ATTEMPTS:
                    continue
                log.exception("intake.given_up")
                if held.kept is not None and not held.kept.done():
                    held.kept.set_exception(error)
            batch.remove(held)
        return not batch

    async def _attempt(self, batch: Sequence[_Held[Thing]]) -> None:
        """Have things kept, and whoever waits for that told."""
        await self._keep([held.thing for held in batch])
        for held in batch:
            if held.kept is not None and not held.kept.done():
                held.kept.set_result(None)

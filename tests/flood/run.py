"""A feeder and a process that takes in what it sends, held together."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.flood.events import PEOPLE, Frames, Tap, Truth, felt
from tests.flood.feeder import Feeder

PATIENCE = 120.0


IN_FLIGHT, WITHOUT_HASTE = 1_000, 10
"""How many envelopes of Slack's may be unacknowledged at a time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many events a second were taken in, the last of them included, and the processor time for each in
    microseconds."""

    rate: float
    cost: float


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of each event: from its leaving the platform to the end, and from the library's handing it over
    until it was kept; the latter of Kindling only."""

    in_all: Sequence[float]
    within: Sequence[float]


@dataclass
class Flood:
    """One run: what was sent is the truth that is to be known in the end."""

    platform: str
    feeder: Feeder
    process: asyncio.subprocess.Process
    frames: Frames
    truth: Truth

    async def meet(self) -> None:
        """Let everybody react once, without haste: whoever is new is asked about."""
        await self.pace([Tap(person, 0, "fire") for person in range(PEOPLE)], in_flight=WITHOUT_HASTE)

    async def pace(self, taps: Sequence[Tap], *, expected: int | None = None, in_flight: int = IN_FLIGHT) -> Pace:
        """Send as fast as is taken. On Slack, taken is what was acknowledged."""
        sent = list(self.frames.of(taps))
        self.truth.add(taps)
        await self._expect(len(taps) if expected is None else expected)
        async with asyncio.timeout(PATIENCE):
            began = await self.feeder.feed(sent, in_flight if self.platform == "slack" else None)
            told = await self._told()
            ended = told["at"]
            if self.platform == "slack":
                await self.feeder.acknowledgements(len(self.feeder.sent))
                ended = max(self.feeder.acknowledged[name] for name, _ in sent)
        return Pace(len(taps) / (ended - began), 1e6 * told["used"] / len(taps))

    async def took(self, taps: Sequence[Tap], per_second: int) -> Took:
        """Send evenly; how long each took until it was kept (on Discord, where they are taken in their order) or
        acknowledged (on Slack).
        """
        sent = list(self.frames.of(taps))
        self.truth.add(taps)
        await self._expect(len(taps))
        async with asyncio.timeout(PATIENCE):
            left = await self.feeder.feed_evenly(sent, per_second, IN_FLIGHT if self.platform == "slack" else None)
            told = await self._told()
            ended = told["instants"]
            if self.platform == "slack":
                await self.feeder.acknowledgements(len(self.feeder.sent))
                ended = [self.feeder.acknowledged[name] for name, _ in sent]
        return Took(
            [1000 * (end - left[name]) for end, (name, _) in zip(ended, sent, strict=True)],
            [1000 * (kept - came) for kept, came in zip(told["instants"], told["came"], strict=False)],
        )

    async def killed_at(self, taps: Sequence[Tap], acknowledged: int) -> set[tuple[str, str, str]]:
        """Send, and kill the process with SIGKILL once so many were acknowledged; what was acknowledged by then."""
        frames = list(self.frames.of(taps))
        sent = dict(zip((name for name, _ in frames), taps, strict=True))
        feeding = asyncio.create_task(self.feeder.feed(frames, IN_FLIGHT))
        async with asyncio.timeout(PATIENCE):
            await self.feeder.acknowledgements(acknowledged)
        self.process.kill()
        await self.process.wait()
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        told = [sent[name] for name in self.feeder.acknowledged if name in sent]
        return {felt(self.platform, tap.person, tap.card, tap.emoji) for tap in told}

    async def _expect(self, number: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{number}\n".encode())
        assert await self._line() == "waiting"

    async def _told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self._line())
        return found

    async def _line(self) -> str:
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode().strip()
        if not line:
            raise RuntimeError(f"the process that takes events in has ended: {await self.process.wait()}")
        return line


@asynccontextmanager
async def flood(who: str, platform: str, database: str = "") -> AsyncIterator[Flood]:
    """A process that listens, and a feeder that it listens to."""
    async with Feeder.open() as feeder:
        words = (sys.executable, "-m", "tests.flood.taker", who, platform, feeder.url, database)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe, limit=1 << 24)
        found = Flood(platform, feeder, process, Frames(platform), Truth())
        try:
            async with asyncio.timeout(PATIENCE):
                assert await found._line() == "ready"
                await feeder.connected.wait()
            yield found
        finally:
            if process.returncode is None and process.stdin is not None:
                process.stdin.close()
                try:
                    async with asyncio.timeout(10):
                        await process.wait()
                except TimeoutError:
                    process.kill()
            await process.wait()

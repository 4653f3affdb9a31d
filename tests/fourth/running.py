"""Kindling as a process of its own, with other people's packages beside it."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.nursery import born
from tests.acceptance.running import ROOT, Beginning, Process, surroundings

PATIENCE = 60.0
PARTING = 10.0


@dataclass
class Running:
    """The process, and what it has said so far."""

    process: Process
    lines: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            async with self.news:
                self.lines.append(line.decode())
                self.news.notify_all()

    def logged(self, event: str, **facts: object) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [line for line in found if line.get("message") == event and facts.items() <= line.items()]

    async def until(self, event: str, **facts: object) -> dict[str, Any]:
        """Wait until it has logged something."""
        try:
            async with asyncio.timeout(PATIENCE), self.news:
                await self.news.wait_for(lambda: self.logged(event, **facts))
        except TimeoutError:
            raise AssertionError(f"no {event}; the log says:\n{''.join(self.lines)}") from None
        return self.logged(event, **facts)[0]

    async def end(self) -> int:
        """Ask it to end, as a service manager does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PARTING):
            return await self.process.wait()


@asynccontextmanager
async def kindling(config: Path, site: Path, begin: Beginning = born) -> AsyncIterator[Running]:
    """`kindling run`, with `site` on the path; gone after the block."""
    path = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(site)))}
    process = await begin(("run", "--config", str(config)), config.parent, surroundings(path))
    running = Running(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading

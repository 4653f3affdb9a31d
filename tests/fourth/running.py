"""Kindling as a process of its own, with other people's packages beside it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
PARTING = 10.0


@dataclass
class Running:
    """The process, and what it has said so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
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
async def kindling(config: Path, site: Path) -> AsyncIterator[Running]:
    """`kindling run`, with `site` on the path; gone after the block."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KINDLING_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run", "--config", str(config)),
        cwd=config.parent,
        env=own | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(site))), "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Running(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading

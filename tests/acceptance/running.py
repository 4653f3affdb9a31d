"""`kindling run` as a process of its own, watched through what it logs."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


class Process(Protocol):
    """What is asked of a process, however it was begun."""

    stderr: asyncio.StreamReader | None
    pid: int
    returncode: int | None

    def send_signal(self, signal: int, /) -> None: ...

    def kill(self) -> None: ...

    async def wait(self) -> int: ...


@dataclass
class Running:
    """The process, and what it has logged so far."""

    process: Process
    lines: list[dict[str, object]] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        while line := await stream.readline():
            text = line.decode()
            async with self.news:
                self.raw.append(text)
                if text.startswith("{"):
                    self.lines.append(json.loads(text))
                self.news.notify_all()

    def logged(self, event: str, **facts: object) -> list[dict[str, object]]:
        return [line for line in self.lines if line.get("message") == event and facts.items() <= line.items()]

    async def until(self, event: str, times: int = 1, **facts: object) -> None:
        """Wait until it has logged something so many times."""
        async with asyncio.timeout(PATIENCE), self.news:
            await self.news.wait_for(lambda: len(self.logged(event, **facts)) >= times)

    async def stop(self) -> int:
        """Ask it to end, as a service manager does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            return await self.process.wait()


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bot", *words]


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("KINDLING_")}
    return {**own, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **more}


async def by_its_command(words: Sequence[str], folder: Path, more: Mapping[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(*command(*words), cwd=folder, env=more, stderr=asyncio.subprocess.PIPE)


Beginning = Callable[[Sequence[str], Path, Mapping[str, str]], Coroutine[None, None, Process]]
"""Begins a process: with these words behind its name, in a folder, and with these surroundings."""
begin: Beginning = by_its_command
"""How a process begins. In the test suite they are `nursery.born`."""


@asynccontextmanager
async def kindling(
    config: Path,
    secrets: Mapping[str, str],
    *words: str,
    ahead: int = 0,
    led_by: Path | None = None,
    opened: tuple[str, ...] = (),
) -> AsyncIterator[Running]:
    """Run it, with more words behind; in the block, the adapters in `opened` are open. It is gone after the block.

    It goes `ahead` of the computer's clock, or as far as the file `led_by` says at any moment.
    """
    time = ("--ahead", str(ahead)) if led_by is None else ("--led-by", str(led_by))
    process = await begin(("run", "--config", str(config), *time, *words), config.parent, surroundings(secrets))
    running = Running(process)
    reading = asyncio.create_task(running.read())
    try:
        for platform in opened:
            await running.until("adapter.open", platform=platform)
        yield running
    except TimeoutError as error:
        raise AssertionError("it did not come; the log says:\n" + "".join(running.raw[-40:])) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reading

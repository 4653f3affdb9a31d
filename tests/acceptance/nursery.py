"""`kindling` as a process of its own that need not import it anew, for it is forked from one that has.

Importing is most of a start, and these tests start a hundred. What is forked has imported everything and done nothing:
its process, its signals and its end are as ever. Two tests of other people's adapters start `python -m bot` itself.
"""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMPORTED = ["bot.cli", "bot.compose", "adapters.discord.adapter", "adapters.slack.adapter", "bot.storage.migrations"]
_server = get_context("forkserver")
_server.set_forkserver_preload(IMPORTED)


class Born:
    """As much of `asyncio.subprocess.Process` as is asked of one that runs Kindling."""

    def __init__(self, words: Sequence[str], folder: Path, surroundings: Mapping[str, str]) -> None:
        hearing, saying = _server.Pipe(duplex=False)
        arguments = (tuple(words), str(folder), dict(surroundings), saying)
        self._process = _server.Process(target=_live, args=arguments, daemon=True)
        self._hearing, self._saying = hearing, saying
        self.stderr = asyncio.StreamReader()

    async def begin(self) -> None:
        """Begin its life, and take in all that it says, into `stderr`. The first waits until all is imported."""
        await asyncio.to_thread(self._start)
        ear = os.fdopen(os.dup(self._hearing.fileno()), "rb", 0)
        self._hearing.close()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(self.stderr), ear)

    def _start(self) -> None:
        with _importing_from_here():
            forkserver.ensure_running()
        self._process.start()
        self._saying.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> int:
        if self._process.exitcode is None:
            loop, ended = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(self._process.sentinel, ended.set)
            try:
                await ended.wait()
            finally:
                loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


async def born(words: Sequence[str], folder: Path, surroundings: Mapping[str, str]) -> Born:
    """Kindling, begun in a folder with these words behind its name, and with these surroundings."""
    process = Born(words, folder, surroundings)
    await process.begin()
    return process


@contextmanager
def _importing_from_here() -> Iterator[None]:
    """What is imported is this repository's, wherever the environment would take it from."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _live(words: Sequence[str], folder: str, surroundings: Mapping[str, str], saying: Connection) -> None:
    """The new process's life."""
    for way in (1, 2):
        os.dup2(saying.fileno(), way)
    saying.close()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(surroundings)
    sys.path[:0] = surroundings.get("PYTHONPATH", "").split(os.pathsep)
    sys.argv = ["kindling", *words]
    from bot import cli  # noqa: PLC0415 -- here it is imported already; whoever starts it does without

    cli.main()

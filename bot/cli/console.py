"""What all commands share: where they print, how they read the configuration, how they end."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

import typer

from bot.domain.errors import KindlingError
from bot.domain.words import spelled_out
from bot.runtime import discovery
from bot.settings import BadSettings, Settings, find, load

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Result = TypeVar("Result")


class Terminal:
    """Where words are printed as they are; what people or files put among them moves no terminal about.

    Rich is large, and only a terminal has colours: it is imported with the first words that are said to one.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr

    @cached_property
    def rich(self) -> "Console":
        """Rich's console."""
        from rich.console import Console  # noqa: PLC0415 -- as said above

        return Console(stderr=self._stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def print(self, words: "str | Text", style: str | None = None) -> None:
        """Print words, in a colour where there are colours."""
        stream = sys.stderr if self._stderr else sys.stdout
        if isinstance(words, str):
            words = spelled_out(words)
        if isinstance(words, str) and not stream.isatty():
            stream.write(f"{words}\n")
        else:
            self.rich.print(words, style=style)


out = Terminal()
err = Terminal(stderr=True)

STOPPED = 130
BAD_CONFIGURATION = 2
FAULTS_FOUND = 1

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration file; config.toml of this folder unless given."),
]


def settings_of(config: Path | None, *, needs_adapters: bool, with_adapters: bool = True) -> Settings:
    """The settings, or every mistake at once and exit 2. Without adapters nothing is read of them, tokens included."""
    path = config or find(os.environ, Path.cwd())
    try:
        settings = load(path, os.environ, discovery.plugins(), with_adapters=with_adapters)
    except BadSettings as error:
        err.print(str(error), style="red")
        raise typer.Exit(BAD_CONFIGURATION) from error
    for warning in settings.warnings:
        err.print(warning, style="yellow")
    if needs_adapters and not settings.adapters:
        where = path or "a file config.toml (there is none here)"
        err.print(f"There is nothing to run: add a table such as [adapters.discord] to {where}.", style="red")
        err.print("config.example.toml shows all there is. To look around first, run: kindling demo")
        raise typer.Exit(BAD_CONFIGURATION)
    return settings


def carry_out(work: Callable[[], Coroutine[None, None, Result]]) -> Result:
    """Run to the end; what is wrong becomes a sentence instead of a traceback."""
    with in_words():
        return asyncio.run(work())


@contextmanager
def all_or_nothing(said: str) -> Generator[None]:
    """Within, being stopped by Ctrl+C or SIGTERM cleans up, and is told with what was `said` about it."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        err.print(f"Stopped. {said}", style="yellow")
        raise typer.Exit(STOPPED) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def unstoppable() -> Generator[None]:
    """Within, neither Ctrl+C nor SIGTERM ends anything: what is done there takes a moment and comes as a whole."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def in_words() -> Generator[None]:
    """Within, what is wrong becomes a sentence and exit 1 instead of a traceback."""
    try:
        yield
    except (KindlingError, OSError) as error:
        err.print(_sentence(error), style="red")
        raise typer.Exit(FAULTS_FOUND) from error


def _sentence(error: KindlingError | OSError) -> str:
    if isinstance(error, KindlingError):
        return str(getattr(error, "sentence", "")) or str(error)
    if cast("object", error.filename) is None:
        raise error
    return f"{error.filename} cannot be used: {error.strerror}. Look whether it may be written, or name another."

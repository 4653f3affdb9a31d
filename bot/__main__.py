"""`python -m bot`, and what `kindling` starts."""

import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

from bot.runtime.garbage import look_rarely

M_ARENA_MAX = -8
"""The name that glibc's <malloc.h> gives to how many arenas there may be."""


STOPPED = 130
"""What a command ends with that somebody stopped with Ctrl+C: 128 and the signal's number, as shells have it."""


def main() -> None:
    """Run the command. Ctrl+C ends it at any moment without a word about where in the code that was."""
    try:
        begin()
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except SystemExit as end:
        leave_threads(end.code)
        raise


def leave_threads(code: object) -> None:
    """End without threads that are still at something, if there are any. Python would wait for each of them, and one
    that asks for a name in a network that is silent has no end for half a minute.
    """
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        with suppress(OSError):
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        os._exit(code if isinstance(code, int) else bool(code))


def begin() -> None:
    """Import what there is, and run the command.

    Importing makes hundreds of thousands of objects, of which nearly none is garbage: looking for garbage among them
    takes a fifth of the start. What was imported stays, so nobody has to look there later either.
    """
    heed_the_end(os.getpid())
    one_arena()
    gc.disable()
    run = imported()
    look_rarely()
    gc.enable()
    run()


def heed_the_end(process: int) -> None:
    """Let the first process of a container end by SIGTERM, as any other does, while it is still starting. The system
    hands that one no signal that it has not asked for, so whoever stops it would wait and then kill it.
    """
    if process == 1:
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def one_arena() -> None:
    """Let all threads take their memory from one place. Left to itself glibc makes up to eight for each core, and what
    one thread gives back there no other uses: over some weeks that is a tenth of what the process holds. Python lets
    one thread work at a time, so hardly anybody waits for another. Other libraries of C's have no such thing.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def imported() -> Callable[[], None]:
    """What runs the command, with all that it always needs."""
    _structlog_alone()
    from bot import cli  # noqa: PLC0415 -- this is the importing that is meant

    return cli.main


def _structlog_alone() -> None:
    """Let structlog not find Rich, which it imports where it is installed, to draw tracebacks that are never drawn
    here: 4 MiB. Rich itself is imported as usual when somebody needs it.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment] -- how Python is told that there is none
    try:
        import_module("structlog")
    finally:
        del sys.modules["rich"]


if __name__ == "__main__":
    main()

"""`python -m bot`, and what `kindling` starts."""

import ctypes
import gc
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from importlib import import_module, metadata, reload
from importlib.util import find_spec, module_from_spec

from bot.runtime.garbage import look_rarely

M_ARENA_MAX = -8
"""The name that glibc's <malloc.h> gives to how many arenas there may be."""


def main() -> None:
    """Run the command.

    Importing makes hundreds of thousands of objects, of which nearly none is garbage: looking for garbage among them
    takes a fifth of the start. What was imported stays, so nobody has to look there later either.
    """
    one_arena()
    gc.disable()
    run = imported()
    look_rarely()
    gc.enable()
    run()


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
    _sqlalchemy_without_its_mapper()
    with _one_look_at_what_is_installed():
        from bot import cli  # noqa: PLC0415 -- this is the importing that is meant

    return cli.main


@contextmanager
def _one_look_at_what_is_installed() -> Generator[None]:
    """Let all that is imported within share one look for plugins. APScheduler takes three at its import, pydantic one
    and Kindling two, and each reads a file of every package that is installed: a twentieth of the start.
    """
    own, metadata.entry_points = metadata.entry_points, metadata.entry_points().select
    try:
        yield
    finally:
        metadata.entry_points = own


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


def _sqlalchemy_without_its_mapper() -> None:
    """Let what follows find SQLAlchemy's engine without its mapper of objects, which nothing here uses: 6 MiB.

    The engine's package imports the mapper with its sessions. So the package stands there with the engine's names, and
    what it says itself runs when somebody asks for another one.
    """
    name = "sqlalchemy.ext.asyncio"
    spec = find_spec(name)
    if spec is None:
        return
    package = sys.modules[name] = module_from_spec(spec)
    vars(package).update(vars(import_module(f"{name}.engine")) | vars(package))

    def whole(asked: str) -> object:
        vars(package).pop("__getattr__", None)
        return getattr(reload(package), asked)

    vars(package)["__getattr__"] = whole
    setattr(sys.modules["sqlalchemy.ext"], "asyncio", package)  # noqa: B010 -- as an import would have done


if __name__ == "__main__":
    main()

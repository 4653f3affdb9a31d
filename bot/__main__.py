"""`python -m bot`, and what `kindling` starts."""

import gc
import sys
from collections.abc import Callable
from importlib import import_module


def main() -> None:
    """Run the command.

    Importing makes hundreds of thousands of objects, of which nearly none is garbage: looking for garbage among them
    takes a fifth of the start. What was imported stays, so nobody has to look there later either.
    """
    gc.disable()
    run = imported()
    gc.freeze()
    gc.enable()
    run()


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

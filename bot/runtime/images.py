"""Pictures of drawings, made by resvg where the extra `images` is installed.

Each is made in a process of its own: resvg keeps Python's lock while it draws, so that a thread would hold up the loop
for as long, and the answers to people with it.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from importlib.util import find_spec

import structlog

log = structlog.get_logger(__name__)

LIBRARY = "resvg_py"
AT_ONCE = 2
PATIENCE = 20
"""Seconds that a picture may take."""
_PROGRAM = f"""
import sys
from {LIBRARY} import svg_to_bytes
sys.stdout.buffer.write(bytes(svg_to_bytes(svg_string=sys.stdin.buffer.read().decode(), skip_system_fonts=True)))
"""


def installed() -> bool:
    """Whether drawings can be made into pictures here."""
    try:
        return find_spec(LIBRARY) is not None
    except ValueError:  # a module of that name is there, and is none
        return False


class Images:
    """`bot.ports.tools.Painter`. A drawing that cannot be made into a picture is told in words."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def paint(self, svg: str) -> bytes:
        """The drawing as PNG; empty without the extra."""
        if not installed():
            return b""
        async with self._turn:
            try:
                return await _painted(svg)
            except (OSError, ValueError) as error:  # a TimeoutError is an OSError; a lone surrogate is a ValueError
                log.warning("image.not_painted", error=type(error).__name__)
                return b""


async def _painted(svg: str) -> bytes:
    own = {name: value for name, value in os.environ.items() if not name.startswith("KINDLING_")}
    given = svg.encode()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", _PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=own
    )
    try:
        async with asyncio.timeout(PATIENCE):
            png, _ = await process.communicate(given)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        log.warning("image.not_painted", status=process.returncode)
        return b""
    return png

"""Pictures of drawings, made by resvg where the extra `images` is installed."""

import asyncio
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import cast

import structlog

log = structlog.get_logger(__name__)

LIBRARY = "resvg_py"


def installed() -> bool:
    """Whether drawings can be made into pictures here."""
    try:
        return find_spec(LIBRARY) is not None
    except ValueError:  # a module of that name is there, and is none
        return False


class Images:
    """`bot.ports.Painter`. A drawing that cannot be made into a picture is told in words."""

    async def paint(self, svg: str) -> bytes:
        """The drawing as PNG; empty without the extra."""
        if not installed():
            return b""
        try:
            return await asyncio.to_thread(_paint, svg)
        except Exception:
            log.exception("image.not_painted")
            return b""


def _paint(svg: str) -> bytes:
    return bytes(_renderer()(svg_string=svg, skip_system_fonts=True))


@cache
def _renderer() -> Callable[..., bytes]:
    return cast("Callable[..., bytes]", import_module(LIBRARY).svg_to_bytes)

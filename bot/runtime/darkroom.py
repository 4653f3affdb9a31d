"""Pictures that people hand over, made into ones that can be shown, where the extra `images` is installed.

A picture is decoded in a process of its own, which is given nothing but the picture: whatever a file does to a decoder,
it does not do here. What comes back was drawn anew from the points of the picture alone, so that nothing that lay
beside them in the file, such as where it was taken, can be in it.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from importlib.util import find_spec

import structlog

from bot.domain.uploads import Unfit

log = structlog.get_logger(__name__)

LIBRARY = "PIL"
AT_ONCE = 1
PATIENCE = 20
"""Seconds that a picture may take."""
EDGE = 1280
"""Points of the longer edge at most."""
MOST_POINTS = 50_000_000
"""A picture that claims more is not decoded: a small file can hold one that fills a computer's memory."""
MOST_AT_ONCE = 24_000_000
"""The same of one that is decoded as a whole; only a JPEG is made smaller while that is done. Of the kinds
there are, WebP takes most memory for it: some 0.4 GB."""
_TOO_MANY_POINTS = 3
UNREADABLE = "I could not read that picture. Please choose a PNG, JPEG, WebP or GIF file."
TOO_MANY_POINTS = "That picture has more points than I can take in. Please choose a smaller one."
_PROGRAM = f"""
import sys
import warnings
from io import BytesIO
from PIL import Image, ImageOps
Image.MAX_IMAGE_PIXELS = {MOST_POINTS}
warnings.simplefilter("error", Image.DecompressionBombWarning)
made = BytesIO()
try:
    with Image.open(BytesIO(sys.stdin.buffer.read()), formats=("PNG", "JPEG", "WEBP", "GIF")) as found:
        if found.width * found.height > ({MOST_POINTS} if found.format == "JPEG" else {MOST_AT_ONCE}):
            sys.exit({_TOO_MANY_POINTS})
        drawn = found.format in ("PNG", "GIF")
        found.draft("RGB", ({EDGE}, {EDGE}))
        clear = found.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in found.info
        wanted = "RGBA" if clear else "RGB"
        plain = found if found.mode == wanted else found.convert(wanted)
        plain.thumbnail(({EDGE}, {EDGE}), Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(plain)
        bare = Image.new(upright.mode, upright.size)
        bare.paste(upright)
        if clear or drawn:
            bare.save(made, "PNG", optimize=True)
        if not clear and (not drawn or made.tell() > 1_000_000):
            made = BytesIO()
            bare.save(made, "JPEG", quality=85)
except (Image.DecompressionBombError, Image.DecompressionBombWarning):
    sys.exit({_TOO_MANY_POINTS})
except Exception:
    sys.exit(4)
sys.stdout.buffer.write(made.getvalue())
"""


class Darkroom:
    """`bot.ports.tools.Darkroom`."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)

    @property
    def open(self) -> bool:
        """Whether pictures can be taken in here."""
        try:
            return find_spec(LIBRARY) is not None
        except ValueError:  # a module of that name is there, and is none
            return False

    async def develop(self, data: bytes) -> bytes:
        """The picture upright, no larger than it is shown, as PNG or JPEG with nothing else in it. Raises `Unfit`."""
        if not self.open:
            raise Unfit(UNREADABLE)
        async with self._turn:
            try:
                status, made = await _developed(data)
            except OSError as error:  # a TimeoutError is one
                log.warning("picture.not_developed", error=type(error).__name__)
                raise Unfit(UNREADABLE) from None
        if status == _TOO_MANY_POINTS:
            raise Unfit(TOO_MANY_POINTS)
        if status or not made:
            log.info("picture.not_developed", status=status)
            raise Unfit(UNREADABLE)
        return made


async def _developed(data: bytes) -> tuple[int, bytes]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("KINDLING_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-c", _PROGRAM, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=own
    )
    try:
        async with asyncio.timeout(PATIENCE):
            made, _ = await process.communicate(data)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, made

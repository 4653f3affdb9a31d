"""Clocks: the system's, one that the playground can move on, and one that goes as somebody else lets it."""

import json
import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.errors import PlaygroundProblem

_SECONDS = struct.Struct("=d")


class SystemClock:
    """`bot.ports.Clock`: the computer's own clock, or one that goes `ahead` of it, for rehearsals."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC) + self._ahead


class LedClock:
    """`bot.ports.Clock`: the computer's clock plus what a file says, for rehearsals of weeks in minutes.

    The file holds the seconds to go ahead, as one float in eight bytes. Whoever leads the rehearsal may change it at
    any time; the engine takes that for a jump of the wall clock, which it looks out for anyhow.
    """

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._seconds = mmap.mmap(opened.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)

    def now(self) -> datetime:
        """The present instant in the rehearsal."""
        return datetime.now(UTC) + self._ahead

    def difference(self) -> timedelta:
        """How far this clock is ahead of the monotonic one."""
        return timedelta(seconds=time.time() - time.monotonic()) + self._ahead

    @staticmethod
    def lead(file: Path, ahead: timedelta) -> None:
        """Let every clock that is led by this file be so much ahead from now on."""
        with file.open("r+b" if file.exists() else "wb") as opened:
            opened.write(_SECONDS.pack(ahead.total_seconds()))

    @property
    def _ahead(self) -> timedelta:
        [seconds] = _SECONDS.unpack_from(self._seconds)
        return timedelta(seconds=seconds)


class MovableClock:
    """`bot.ports.Clock`: the computer's clock plus an offset that is kept in a file, so a restart keeps it.

    A new one begins `begin_ago` before the present.
    """

    def __init__(self, file: Path, begin_ago: timedelta = timedelta()) -> None:
        self._file = file
        if file.exists():
            self._offset = _kept(file)
        else:
            self._keep(-begin_ago)

    def now(self) -> datetime:
        """The present instant in the playground."""
        return datetime.now(UTC) + self._offset

    def move_to(self, instant: datetime) -> None:
        """Let it be `instant` now. The clock never goes back: what is past stays as it is."""
        offset = instant - datetime.now(UTC)
        if offset > self._offset:
            self._keep(offset)

    def _keep(self, offset: timedelta) -> None:
        self._offset = offset
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".part")  # a power cut leaves the old file or the new one
        unfinished.write_text(json.dumps({"ahead_seconds": offset.total_seconds()}))
        unfinished.replace(self._file)


def _kept(file: Path) -> timedelta:
    """The offset that a clock's file keeps."""
    try:
        offset = timedelta(seconds=json.loads(file.read_text())["ahead_seconds"])
        _ = datetime.now(UTC) + offset
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise PlaygroundProblem(
            f"the playground's clock cannot be read from {file}. Start with --fresh for a new playground, or put the "
            "file back from a copy."
        ) from error
    return offset

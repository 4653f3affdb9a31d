"""Clocks: the system's, and one that the playground can move on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.errors import PlaygroundProblem


class SystemClock:
    """`bot.ports.Clock`: the computer's own clock, or one that goes `ahead` of it, for rehearsals."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC) + self._ahead


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

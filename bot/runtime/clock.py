"""Clocks: the system's, and one that the playground can move on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class SystemClock:
    """`bot.ports.Clock`: the computer's own clock."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)


class MovableClock:
    """`bot.ports.Clock`: the computer's clock plus an offset that is kept in a file, so a restart keeps it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = (
            timedelta(seconds=json.loads(file.read_text())["ahead_seconds"]) if file.exists() else timedelta()
        )

    def now(self) -> datetime:
        """The present instant in the playground."""
        return datetime.now(UTC) + self._offset

    def move_to(self, instant: datetime) -> None:
        """Let it be `instant` now. The clock never goes back: what is past stays as it is."""
        ahead = instant - datetime.now(UTC)
        if ahead > self._offset:
            self._offset = ahead
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps({"ahead_seconds": ahead.total_seconds()}))

"""Days off from calendar files (.ics, RFC 5545): `bot.ports.tools.CalendarFiles`.

Each file is read in a process of its own, which ends when it takes too long: whoever wrote the file decides how much
work it is, and no answer to anybody else waits for it.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from datetime import date, datetime

import structlog

from bot.domain.days import CalendarFile, Off
from bot.domain.errors import CalendarProblem

log = structlog.get_logger(__name__)

AT_ONCE = 2
PATIENCE = 15.0
"""Seconds that a file may take."""
TOO_MUCH = "Reading that calendar took too long, so I stopped. Please give me one with fewer or simpler events."
_PROGRAM = "from bot.runtime.calendar_reading import main; main()"


class ReadCalendars:
    """Reads calendars, a few at a time."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._patience = patience

    async def read(self, data: bytes, first: date, last: date) -> CalendarFile:
        """What a file has between two dates, both with it. Raises `CalendarProblem`."""
        async with self._turn:
            try:
                said = json.loads(await self._said(data, first, last))
            except TimeoutError:
                raise CalendarProblem(TOO_MUCH) from None
            except (OSError, ValueError) as error:
                log.warning("calendar.not_read", error=type(error).__name__)
                raise CalendarProblem("I could not read that calendar. Is it an .ics file?") from error
        if "problem" in said:
            raise CalendarProblem(said["problem"])
        return CalendarFile(said["name"], tuple(Off(_day(a), _day(b), name) for a, b, name in said["entries"]))

    async def _said(self, data: bytes, first: date, last: date) -> bytes:
        own = {name: value for name, value in os.environ.items() if not name.startswith("KINDLING_")}
        own["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-c",
            _PROGRAM,
            f"{first}",
            f"{last}",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=own,
        )
        try:
            async with asyncio.timeout(self._patience):
                said, _ = await process.communicate(data)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return said


def _day(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)

"""Kindling's clock as the playground shows it, and moving it on."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import structlog
from babel.dates import format_datetime

from bot.app import Kindling
from bot.ports import Clock, Travel

log = structlog.get_logger(__name__)

GLANCE = 0.4
"""How often, in seconds, the clock is looked at while it is moving."""

READING_TIME = 20
"""For how long, in seconds, it is shown how a movement ended."""


class Step(StrEnum):
    """How far to move the clock on."""

    HOUR = "hour"
    CARD = "card"
    WEEK = "week"


ON_THE_WAY = {
    Step.HOUR: "Moving an hour on …",
    Step.CARD: "Moving on to the next card …",
    Step.WEEK: "Moving a week on …",
}


def computers_zone() -> str:
    """The IANA zone of this computer, or UTC where it does not name a place."""
    link = Path("/etc/localtime")
    names = [os.environ.get("TZ", ""), "/".join(link.resolve().parts[-2:]) if link.is_symlink() else ""]
    found = next((name for name in names if name in available_timezones()), "UTC")
    return "UTC" if found.startswith("Etc/") else found


def in_words(instant: datetime, zone: str) -> str:
    """Such as `Tue 24 Nov · 09:00`."""
    return format_datetime(instant, "EEE d MMM · HH:mm", tzinfo=ZoneInfo(zone), locale="en")


class Clockface:
    """Shows the time and moves it on, one movement at once.

    `moving` says what is going on, and is empty while nothing is.
    """

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self.clock = clock
        self.moving = ""
        self._said = ""
        self._said_until = 0.0
        self._changed = changed

    @property
    def said(self) -> str:
        """How the last movement ended; empty once people had the time to read it."""
        return self._said if time.monotonic() < self._said_until else ""

    def begin(self, words: str) -> bool:
        """Take the clock for one movement, described by `words`; False while another one is going on."""
        if self.moving:
            return False
        self.moving, self._said = words, ""
        self._changed()
        return True

    async def finish(self, movement: Awaitable[str]) -> None:
        """Carry out the movement that was begun, and say how it ended. What goes wrong is logged."""
        glances = asyncio.create_task(self._glance())
        try:
            self._said = await movement
        except Exception:
            log.exception("web.travel_failed")
            self._said = "The clock could not be moved on. Kindling's log says more."
        finally:
            glances.cancel()
            self.moving, self._said_until = "", time.monotonic() + READING_TIME
            self._changed()

    async def _glance(self) -> None:
        while True:
            await asyncio.sleep(GLANCE)
            self._changed()


async def move(travel: Travel, step: Step) -> str:
    """Move the clock on; returns how that ended, in words."""
    match step:
        case Step.HOUR:
            await travel.forward(timedelta(hours=1))
            return "One hour later."
        case Step.WEEK:
            await travel.forward(timedelta(weeks=1))
            return "One week later."
        case Step.CARD:
            if await travel.to_next_card():
                return "The next card is here."
            return "No card is coming. Someone who moderates can set Kindling up first."


def travel_of(kindling: Kindling | None) -> Travel | None:
    """What moves Kindling's clock, where it may be moved at all."""
    return kindling.travel if kindling is not None else None

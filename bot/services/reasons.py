"""Why a card did not come, or does not: of a day off also which one it is, and which calendar has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.domain.days import DaysOff, of_spans
from bot.domain.delivery import Delivery, State
from bot.domain.schedule import Skip, zone_of
from bot.services import wording

NAME_LIMIT = 80
"""How much is told of what a calendar calls a day."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is known of a community's days off, for sentences about its cards."""

    off: Sequence[DaysOff]

    def skipped(self, reason: str, day: date, zone: str) -> str:
        """Why nothing was posted on a local date, as the end of a sentence: `Christmas: from your calendar “Berlin
        holidays”`."""
        return self._day_off(day, zone) if reason == Skip.DAY_OFF.value else wording.skipped(reason)

    def outcome(self, delivery: Delivery, day: date, zone: str) -> str:
        """How a delivery of a local date stands, in a few words."""
        if delivery.state is State.SKIPPED:
            return f"not posted ({self.skipped(delivery.reason, day, zone)})"
        return wording.outcome(delivery)

    def _day_off(self, day: date, zone: str) -> str:
        here = zone_of(zone)
        found = [(days, one) for days in self.off for one in days.entries if day in of_spans([one.span(here)])]
        told = max(found, key=lambda entry: (bool(entry[1].name), bool(entry[0].name)), default=None)
        if told is None:  # by now it is a day like any other
            return wording.skipped(Skip.DAY_OFF.value)
        days, entry = told
        name = entry.name if len(entry.name) <= NAME_LIMIT else f"{entry.name[:NAME_LIMIT].rstrip()}…"
        if not days.name:
            return f"{name or wording.skipped(Skip.DAY_OFF.value)}, left out with /kindling skip"
        calendar = f"from your calendar “{days.name}”"
        return f"{name}: {calendar}" if name else f"a day off {calendar}"

"""Trouble on demand: errors, lost answers and slowness on chosen routes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from .values import Json


@dataclass(eq=False, slots=True)
class Fault:
    """What shall go wrong, and how often it did. `times` None means until it is healed."""

    method: str
    path: re.Pattern[str]
    times: int | None
    status: int | None
    error: Json | None
    retry_after: float | None
    drop_before: bool
    drop_after: bool
    delay: float
    until: asyncio.Event | None = None
    """Keep the request waiting, with nothing done, until the test sets this."""
    answer_after: asyncio.Event | None = None
    """Carry the request out, and keep its answer back until the test sets this."""
    hits: int = 0

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    def heal(self) -> None:
        """Stop it here."""
        self.times = self.hits


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def heal(self) -> None:
        for fault in self._faults:
            fault.heal()

    def strike(self, method: str, path: str) -> Fault | None:
        """The first fault meant for this request, counted as used."""
        for fault in self._faults:
            if not fault.spent and fault.method in ("*", method) and fault.path.search(path):
                fault.hits += 1
                return fault
        return None

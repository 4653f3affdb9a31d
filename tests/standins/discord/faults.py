"""Trouble on demand: errors, lost answers and slowness on chosen routes."""

from __future__ import annotations

import asyncio
import random
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


class Distance:
    """How far away the stand-in is: seconds there and back, and by how much that wavers, each way for itself."""

    def __init__(self, latency: float = 0.0, jitter: float = 0.0, seed: int = 1) -> None:
        self.latency = latency
        self.jitter = jitter
        self._chance = random.Random(seed)

    async def cross(self) -> None:
        """One way."""
        if self.latency or self.jitter:
            there_and_back = self._chance.uniform(self.latency - self.jitter, self.latency + self.jitter)
            await asyncio.sleep(max(0.0, there_and_back) / 2)


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

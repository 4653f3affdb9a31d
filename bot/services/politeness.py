"""How often one person may have Kindling write to another."""

from collections import Counter

from bot.domain.places import Person
from bot.ports import Clock

A_DAY = 3
"""How many private questions one member gets a day because of others, and how many one gives cause for."""


class Politeness:
    """Counts in memory, and begins anew each day and with each start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = clock.now().date()
        self._counts: Counter[tuple[str, Person]] = Counter()

    def allows(self, giver: Person, taker: Person) -> bool:
        """Whether neither has had enough for today. If so, it is counted."""
        today = self._clock.now().date()
        if today != self._day:
            self._day = today
            self._counts.clear()
        both = ("gave", giver), ("got", taker)
        if max(self._counts[one] for one in both) >= A_DAY:
            return False
        self._counts.update(both)
        return True

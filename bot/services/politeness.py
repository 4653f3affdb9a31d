"""How often one person may have Kindling write to another, and how much work one may give it at once."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from bot.domain.places import Person
from bot.domain.uploads import Unfit
from bot.ports import Clock

A_DAY = 3
"""How many private questions one member gets a day because of others, and how many one gives cause for."""
STILL_AT_WORK = "I am still looking at the file before this one. Please choose this one again in a moment."


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


class OneAtATime:
    """What one person gives to be worked on: only few are worked on at a time, and everybody else waits for these."""

    def __init__(self) -> None:
        self._at_work = set[Person]()

    @contextmanager
    def turn(self, person: Person) -> Generator[None]:
        """Within, a file of this person is looked at. Raises `Unfit` while another one is."""
        if person in self._at_work:
            raise Unfit(STILL_AT_WORK)
        self._at_work.add(person)
        try:
            yield
        finally:
            self._at_work.discard(person)

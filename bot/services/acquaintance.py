"""Who somebody was a moment ago: spares asking the platform again about everybody who presses a plain button."""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.places import Person, Standing
from bot.ports import Clock

GOOD_FOR = timedelta(minutes=5)
REMEMBERED = 10_000
SPARINGLY = 40
"""Questions a minute about one space for what is only nice to know. Slack answers about 100 for everything, and most of
them are kept for what moderators do."""


@dataclass(frozen=True, slots=True)
class Met:
    """What was told of somebody. It gives nobody a right: `plain` only says that they had none to moderate."""

    until: datetime
    name: str = ""
    zone: str = ""
    stranger: bool = False
    plain: bool = False


class Acquaintances:
    """In this process alone, for five minutes each, and of the latest 10,000 people."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._met: OrderedDict[Person, Met] = OrderedDict()
        self._minute: datetime | None = None
        self._asked: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        return len(self._met)

    def of(self, person: Person) -> Met | None:
        """Who somebody was when they were last asked about; None where that was too long ago."""
        met, now = self._met.get(person), self._clock.now()
        return met if met and now < met.until <= now + GOOD_FOR else None

    def keep(self, person: Person, standing: Standing | None, *, plain: bool) -> None:
        """What the platform says of somebody at this moment; None: they do not belong to this space."""
        until = self._clock.now() + GOOD_FOR
        self._met[person] = (
            Met(until, standing.name, standing.zone, standing.stranger, plain)
            if standing
            else Met(until, stranger=True, plain=True)
        )
        self._met.move_to_end(person)
        if len(self._met) > REMEMBERED:
            self._met.popitem(last=False)

    def may_ask(self, person: Person) -> bool:
        """Whether something that is only nice to know may be asked about this space in this minute. Counts as asked."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._asked.clear()
        space = person.platform, person.space
        self._asked[space] += 1
        return self._asked[space] <= SPARINGLY

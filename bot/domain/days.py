"""Local dates and times of day in which nothing is posted: spans of dates, days off, quiet hours."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from bot.domain.ids import CommunityId

ONE_DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
MOST_DAYS = 750
"""How many dates can be left out by one schedule, or one set of days off: two years, and some."""
BETWEEN = ".."


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Dates from `first` to `last`, both with it."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")

    def __str__(self) -> str:
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()}{BETWEEN}{self.last.isoformat()}"

    @property
    def days(self) -> int:
        """How many dates it holds."""
        return (self.last - self.first).days + 1


def read_span(text: str) -> Span:
    """A span as it is written: `2026-12-24` or `2026-12-21..2027-01-03`. Raises `ValueError` for what is none."""
    first, _, last = text.partition(BETWEEN)
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


def spans_of(dates: Collection[date]) -> list[Span]:
    """Dates as spans, in order, as few as there can be."""
    spans: list[Span] = []
    for day in sorted(dates):
        if spans and day - spans[-1].last == ONE_DAY:
            spans[-1] = Span(spans[-1].first, day)
        else:
            spans.append(Span(day, day))
    return spans


def of_spans(spans: Iterable[Span]) -> frozenset[date]:
    """All dates of some spans."""
    return frozenset(span.first + step * ONE_DAY for span in spans for step in range(span.days))


@dataclass(frozen=True, slots=True)
class Off:
    """One entry of a set of days off: whole dates, or the time between two instants.

    `name` is what its calendar calls it, words of people.
    """

    begins: date
    ends: date
    name: str = ""

    def span(self, zone: tzinfo) -> Span:
        """The local dates on which it is, by a zone's clocks. Whole dates are the same everywhere."""
        if not isinstance(self.begins, datetime) or not isinstance(self.ends, datetime):
            return Span(self.begins, self.ends)
        last = max(self.begins, self.ends - MOMENT)
        return Span(self.begins.astimezone(zone).date(), last.astimezone(zone).date())


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Dates on which a whole community has no cards, as one set that has a name and goes as one.

    The set without a name holds the dates that moderators left out one by one.
    """

    id: str
    community: CommunityId
    name: str
    entries: tuple[Off, ...]

    def dates(self, zone: tzinfo) -> frozenset[date]:
        """Its local dates by a zone's clocks."""
        return of_spans(entry.span(zone) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """What a calendar file holds: what it calls itself, if anything, and its days off in order."""

    name: str
    entries: tuple[Off, ...]


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of each day in which no card is posted, from `begins` up to `ends`, over midnight where that is earlier."""

    begins: time
    ends: time

    def __contains__(self, at: object) -> bool:
        if not isinstance(at, time):
            return False
        if self.begins <= self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

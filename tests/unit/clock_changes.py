"""The clock changes of a zone, found by looking at its offsets. It shares nothing with the code under test."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

STEP = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Change:
    """At the instant `at`, the clocks go from the offset `before` to the offset `after`."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def edges(self) -> tuple[datetime, datetime]:
        """The earlier and the later end of the local times that are skipped or repeated, without zone."""
        at = self.at.replace(tzinfo=None)
        return at + min(self.before, self.after), at + max(self.before, self.after)


def zones() -> list[str]:
    return sorted(available_timezones() - {"localtime", "Factory"})


@cache
def changes(zone: str, first: int, last: int) -> tuple[Change, ...]:
    """Every change of a zone's offset from the first year to the last."""
    tz = ZoneInfo(zone)
    found: list[Change] = []
    early = datetime(first, 1, 1, tzinfo=UTC)
    offset = early.astimezone(tz).utcoffset() or timedelta()
    while early.year <= last:
        late = early + STEP
        then = late.astimezone(tz).utcoffset() or timedelta()
        if then != offset:
            found.append(Change(_narrowed(tz, early, late), offset, then))
            offset = then
        early = late
    return tuple(found)


def _narrowed(tz: ZoneInfo, early: datetime, late: datetime) -> datetime:
    before = early.astimezone(tz).utcoffset()
    while late - early > SECOND:
        middle = early + timedelta(seconds=(late - early) // SECOND // 2)
        early, late = (middle, late) if middle.astimezone(tz).utcoffset() == before else (early, middle)
    return late


def expected(zone: str, first: int, last: int, local_date: date, local_time: time) -> datetime | None:
    """When a local time happens: the first of its instants; where it has none, the end of the gap it is in; None
    on a date that the zone leaves out."""
    known = changes(zone, first, last)
    wanted = datetime.combine(local_date, local_time)
    if not known:
        return (wanted - (ZoneInfo(zone).utcoffset(wanted) or timedelta())).replace(tzinfo=UTC)
    starts = [change.at for change in known]
    offsets = [known[0].before, *(change.after for change in known)]
    candidates = [(offset, (wanted - offset).replace(tzinfo=UTC)) for offset in set(offsets)]
    instants = [instant for offset, instant in candidates if offsets[bisect_right(starts, instant)] == offset]
    if instants:
        return min(instants)
    [gap] = [change for change in known if change.edges[0] <= wanted < change.edges[1] and change.before < change.after]
    early, late = gap.edges
    return (
        None
        if early <= datetime.combine(local_date, time()) and datetime.combine(local_date + STEP, time()) <= late
        else gap.at
    )

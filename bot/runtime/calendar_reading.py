"""The program that reads one calendar file and tells its days off: from bytes to plain values.

RRULEs are followed with dateutil, which icalendar brings along. Only those that give dates are: a rule that repeats by
the hour or the second names no days off, and would not end.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, cast

Event = Mapping[str, object]
"""A component of icalendar: its properties by name, whatever their case. What stands several times is a list."""
Entry = tuple[date, date, str]
"""Begin and end, as `domain.days.Off` has them, and a name."""
MOST_EVENTS = 2_000
MOST_ENTRIES = 400
MOST_REPEATS = 50_000
"""How often a rule may repeat before the dates that are asked for: a day for each of a hundred years, and more."""
LONGEST = timedelta(days=366)
NAME = 60
MOVED = "RECURRENCE-ID"
"""Says of which repetition an event takes the place."""
MIDNIGHT = time()
ONE_DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
FREQUENCIES = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY"})
WITHIN_A_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})


class Dated(Protocol):
    """A property that is a date or an instant."""

    dt: date


class Lasting(Protocol):
    """A property that is a duration."""

    dt: timedelta


class Dates(Protocol):
    """A property of several dates."""

    dts: Sequence[Dated]


class Rule(Protocol):
    """An RRULE: its parts by name, each a list."""

    def get(self, name: str, default: Sequence[object]) -> Sequence[object]:
        """One part."""
        ...

    def keys(self) -> Iterable[str]:
        """The names of its parts, in capitals."""
        ...

    def copy(self) -> "Rule":
        """Another one like it."""
        ...

    def pop(self, name: str, default: None) -> object:
        """Take a part out."""
        ...

    def to_ical(self) -> bytes:
        """As it is written in a file."""
        ...


class Unreadable(ValueError):
    """The file cannot be used; the message is a sentence for the person."""


@dataclass
class Scan:
    """What the lines of a file tell before it is parsed: where its events begin."""

    text: str
    events: list[int] = field(default_factory=list[int])


def scan(data: bytes) -> Scan:
    """The file as text, with its structure looked at. Raises `Unreadable`, with the line where it can be told."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(f"Line {line} is not UTF-8. Please export the calendar as an .ics file once more.") from None
    found, inside = Scan(text), list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        word, _, name = line.strip().upper().partition(":")
        if not inside and line.strip() and (word, name) != ("BEGIN", "VCALENDAR"):
            raise Unreadable(f"Line {number} is not the beginning of a calendar. Please choose an .ics file.")
        if word == "BEGIN":
            inside.append(name)
            if name == "VEVENT":
                found.events.append(number)
        elif word == "END" and (not inside or inside.pop() != name):
            raise Unreadable(f"Line {number} ends something that did not begin. The file may be damaged.")
    if inside or not found.events:
        raise Unreadable("The file ends too early." if inside else "There is no event in that calendar.")
    if len(found.events) > MOST_EVENTS:
        raise Unreadable(
            f"There are more than {MOST_EVENTS:,} events in it. Please give me a calendar of holidays only."
        )
    return found


def read(data: bytes, first: date, last: date) -> tuple[str, list[Entry]]:
    """The calendar's own name, if it says one, and what it has between two dates, in order. Raises `Unreadable`."""
    from icalendar import Calendar  # noqa: PLC0415 -- only whoever imports a calendar needs it

    scanned = scan(data)
    try:
        calendars = Calendar.from_ical(scanned.text, multiple=True)
    except (ValueError, LookupError) as error:
        raise Unreadable(f"I could not make sense of it: {str(error)[:100]}") from error
    events: list[Event] = [event for calendar in calendars for event in calendar.walk("VEVENT")]  # type: ignore[reportUnknownMemberType] -- the library leaves it open
    entries: list[Entry] = []
    moved = {(str(event.get("UID")), _plain(_at(event, "RECURRENCE-ID"))) for event in events if MOVED in event}
    for event, line in zip(events, scanned.events, strict=False):
        try:
            entries += _of_event(event, first, last, moved)
        except Unreadable as error:
            raise Unreadable(f"The event of line {line}: {error}") from error
        except Exception as error:  # a library's own errors, of many kinds, for values that are none
            raise Unreadable(f"The event of line {line} has a date or a rule that I cannot read.") from error
        if len(entries) > MOST_ENTRIES:
            raise Unreadable(
                f"These are more than {MOST_ENTRIES} days off. Please give me a calendar of holidays only."
            )
    name = next((str(calendar["X-WR-CALNAME"]) for calendar in calendars if "X-WR-CALNAME" in calendar), "")
    return name, sorted(entries, key=lambda entry: (entry[0].isoformat(), entry[1].isoformat()))


def _of_event(event: Event, first: date, last: date, moved: set[tuple[str, datetime]]) -> Iterator[Entry]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    start = _at(event, "DTSTART")
    length = _length(event, start)
    if length > LONGEST:
        raise Unreadable("it lasts longer than a year, so it can hardly be a day off.")
    own = set[datetime]() if MOVED in event else {at for uid, at in moved if uid == str(event.get("UID"))}
    left_out = own | {_plain(value.dt) for value in _dates(event, "EXDATE")}
    early = datetime.combine(first, MIDNIGHT) - length - 2 * ONE_DAY
    late = datetime.combine(last, MIDNIGHT) + 2 * ONE_DAY
    for at in sorted({*_repeats(event, start, late), *_extra(event)} - left_out):
        if early <= at <= late and (entry := _entry(at, start, length, str(event.get("SUMMARY", ""))[:NAME])):
            begins, ends, _ = entry
            if _date(ends) >= first and _date(begins) <= last:
                yield entry


def _at(event: Event, name: str) -> date:
    return cast("Dated", event[name]).dt


def _dates(event: Event, name: str) -> Iterator[Dated]:
    for dates in _listed(event.get(name)):
        yield from cast("Dates", dates).dts


def _length(event: Event, start: date) -> timedelta:
    if "DTEND" in event:
        return max(timedelta(), _plain(_at(event, "DTEND")) - _plain(start))
    if "DURATION" in event:
        return max(timedelta(), cast("Lasting", event["DURATION"]).dt)
    return timedelta() if isinstance(start, datetime) else ONE_DAY


def _repeats(event: Event, start: date, late: datetime) -> Iterator[datetime]:
    """When the event begins, by the clock that it names, up to an instant."""
    yield _plain(start)
    for rule in cast("list[Rule]", _listed(event.get("RRULE"))):
        if set(rule.get("FREQ", ())) - FREQUENCIES or WITHIN_A_DAY & set(rule.keys()):
            raise Unreadable("it repeats within a day, so it names no days off.")
        yield from _by_rule(rule, start, late)


def _by_rule(rule: Rule, start: date, late: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr  # noqa: PLC0415 -- the same

    until = [_until(cast("date", value), start) for value in rule.get("UNTIL", ())]
    plain = rule.copy()
    plain.pop("UNTIL", None)
    repeats = rrulestr(plain.to_ical().decode(), dtstart=_plain(start))
    for number, at in enumerate(repeats):
        if at > min([late, *until]):
            return
        if number > MOST_REPEATS:
            raise Unreadable("it repeats too often.")
        yield at


def _until(value: date, start: date) -> datetime:
    """The end of a rule by the clock of its event; a whole date ends with its day."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time.max)
    zone = start.tzinfo if isinstance(start, datetime) else None
    return (value.astimezone(zone) if value.tzinfo and zone else value).replace(tzinfo=None)


def _extra(event: Event) -> Iterator[datetime]:
    for value in _dates(event, "RDATE"):
        period = cast("date | tuple[date, object]", value.dt)
        yield _plain(period[0] if isinstance(period, tuple) else period)


def _entry(at: datetime, start: date, length: timedelta, name: str) -> Entry:
    """One time that an event happens: whole dates, or instants where its zone is known."""
    if not isinstance(start, datetime):
        return at.date(), (at + max(length, ONE_DAY) - ONE_DAY).date(), name
    if start.tzinfo is None:
        return at.date(), max(at, at + length - MOMENT).date(), name
    begins = at.replace(tzinfo=start.tzinfo).astimezone(UTC)
    return begins, (at + length).replace(tzinfo=start.tzinfo).astimezone(UTC), name


def _plain(value: date) -> datetime:
    """A date or an instant as its own clock has it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime.combine(value, MIDNIGHT)


def _date(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _listed(value: object) -> list[object]:
    """What may stand once or several times."""
    if value is None:
        return []
    return cast("list[object]", value) if isinstance(value, list) else [value]


def main() -> None:
    """Read a calendar from the standard input; tell JSON on the standard output."""
    first, last = map(date.fromisoformat, sys.argv[-2:])
    try:
        name, entries = read(sys.stdin.buffer.read(), first, last)
    except Unreadable as error:
        said: dict[str, object] = {"problem": str(error)}
    else:
        said = {"name": name[:NAME], "entries": [[a.isoformat(), b.isoformat(), text] for a, b, text in entries]}
    sys.stdout.write(json.dumps(said))

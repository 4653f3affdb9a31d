"""Reading what people type: times, weekdays, dates, zones, and a command's words.

Each reader takes what a person would plausibly write and raises `Unread`, with a kind sentence that shows
how, for everything else.
"""

import re
from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import zip_longest
from zoneinfo import available_timezones

from bot.domain.days import BETWEEN, MOST_DAYS, Quiet, Span, of_spans, spans_of
from bot.domain.schedule import EVERY_DAY, LEAST_GRACE, WORKDAYS, Ritual
from bot.services.zones import begins, called, named

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFF = frozenset({"off", "none", "no", "never"})
_TIME = re.compile(r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE)
_WORD = re.compile(r"(?<!\S)(?P<name>[a-z]+)\s*[:=]\s*", re.IGNORECASE)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})
_PLAIN_ZONE = re.compile(r"[A-Z][A-Za-z_]+/[A-Za-z_/+-]+[A-Za-z0-9]")
_FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAY_MONTH = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
    r"(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?(?P<month>[a-z]{3,9})\.?(?:,?\s+(?P<year>\d{4}))?"
)
_MONTH_DAY = re.compile(r"(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:\.|st|nd|rd|th)?(?:,?\s+(?P<year>\d{4}))?")
_SHORTEST = 3
_QUOTED = 60
_SUGGESTIONS = 25
_LIKENESS = 60
_NOON = 12


class Unread(ValueError):
    """What was typed could not be read. The message is a sentence for the person."""


def _said(text: str) -> str:
    """What was typed, in quotes; only its beginning when it is long."""
    return f"“{text if len(text) <= _QUOTED else text[:_QUOTED] + '…'}”"


def _in_one_line(text: str) -> str:
    """What was typed, with single spaces in it: what looks for spaces around something looks at each of many again."""
    return " ".join(text.split())


def read_time(text: str) -> time:
    """A local time such as `09:00`, `9.30`, `9am` or `17h15`."""
    found = _TIME.fullmatch(text.strip())
    if found:
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        half = (found["half"] or "").lower()[:1]
        if half and not 1 <= hour <= _NOON:
            raise Unread(f"{_said(text)} is not a time I can read. Please write it like 09:00.")
        if half:
            hour = hour % _NOON + (_NOON if half == "p" else 0)
        if (found["minute"] or half) and hour < 24 and minute < 60:  # noqa: PLR2004 -- hours of a day, minutes of an hour
            return time(hour, minute)
    raise Unread(f"{_said(text)} is not a time I can read. Please write it like 09:00.")


def read_days(text: str) -> frozenset[int]:
    """Weekdays such as `mon-fri`, `tue, thu`, `weekdays`, `daily`. Monday is 0."""
    wanted = text.strip().lower()
    if wanted in {"daily", "every day", "everyday", "all", "mon-sun"}:
        return EVERY_DAY
    if wanted in {"weekdays", "workdays"}:
        return WORKDAYS
    days: set[int] = set()
    joined = re.sub(r" ?[-–] ?", "-", " ".join(wanted.split()))
    for part in filter(None, re.split(r"[,;+\s]+|\band\b", joined)):
        first, dash, last = part.partition("-")
        start, end = _day(first, text), _day(last, text) if dash else _day(first, text)
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    if not days:
        raise Unread("Please name at least one weekday, like mon-fri or tue,thu.")
    return frozenset(days)


def _day(word: str, text: str) -> int:
    one = word.removesuffix("s")
    for index, name in enumerate(_FULL_NAMES):
        if len(one) >= _SHORTEST and name.startswith(one):
            return index
    raise Unread(f"{_said(text)} does not read as weekdays. Please write them like mon-fri or tue,thu.")


def read_weekday(text: str) -> int | None:
    """One weekday such as `mon`; None for `off`."""
    wanted = text.strip().lower()
    if wanted in OFF:
        return None
    try:
        return _day(wanted, text)
    except Unread:
        raise Unread(f"{_said(text)} is not one weekday. Please write it like mon, or off for none.") from None


def days_in_words(days: frozenset[int]) -> str:
    """Weekdays as people say them: `Mon-Fri`, `every day`, `Tue, Thu`."""
    if days == EVERY_DAY:
        return "every day"
    ordered = sorted(days)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):  # noqa: PLR2004 -- two days are named
        return f"{DAY_NAMES[ordered[0]].title()}-{DAY_NAMES[ordered[-1]].title()}"
    return ", ".join(DAY_NAMES[day].title() for day in ordered)


def read_date(text: str, today: date) -> date:
    """A date such as `2026-12-24`, `24 Dec`, `monday`, `tomorrow` or `2w` (in two weeks); as cards show it, too.

    One without its year is the next one, and a weekday the next one after today.
    """
    wanted = text.strip().lower()
    if wanted == "today":
        return today
    if wanted == "tomorrow":
        return today + timedelta(days=1)
    ahead = re.fullmatch(r"(?:in )?(\d{1,3})\s*(d|days?|w|weeks?)", wanted)
    if ahead:
        return today + timedelta(days=int(ahead[1]) * (7 if ahead[2].startswith("w") else 1))
    try:
        return _named(wanted, today) or date.fromisoformat(wanted)
    except ValueError:
        raise Unread(f"{_said(text)} is not a date I can read. Please write it like {today.isoformat()}.") from None


def _named(wanted: str, today: date) -> date | None:
    """The next day of this name, of a week or of a month; None for what is written otherwise.

    Raises `ValueError` for a day that there is not.
    """
    if (weekday := wanted.removeprefix("next ")) in _FULL_NAMES:
        return today + timedelta(days=(_FULL_NAMES.index(weekday) - today.weekday() - 1) % 7 + 1)
    return _of_month(wanted, today)


def _of_month(wanted: str, today: date) -> date | None:
    """A day of a month that is named, in this year or else the next; None for what is written otherwise.

    Raises `ValueError` for a day that there is not.
    """
    found = _DAY_MONTH.fullmatch(wanted) or _MONTH_DAY.fullmatch(wanted)
    name = found["month"] if found else ""
    months = [number for number, month in enumerate(_MONTHS, 1) if name and month.startswith(name)]
    if not found or len(months) != 1:
        return None
    day = date(int(found["year"] or today.year), months[0], int(found["day"]))
    return day if found["year"] or day >= today else day.replace(year=today.year + 1)


@cache
def zone_names() -> tuple[str, ...]:
    """The zones people choose from: places, in alphabetical order, and UTC."""
    places = (name for name in available_timezones() if _PLAIN_ZONE.fullmatch(name))
    return (*sorted(name for name in places if not name.startswith(("Etc/", "SystemV/", "US/"))), "UTC")


@cache
def _zones_folded() -> dict[str, str]:
    known = (*available_timezones(), *zone_names())
    return {name.casefold(): name for name in known if name not in {"localtime", "Factory"}}  # these name no place


def read_zone(text: str) -> str:
    """An IANA zone such as `Europe/Berlin`, whatever its capitals; a lone city is enough when it is one."""
    wanted = text.strip().replace(" ", "_")
    exact = _zones_folded().get(wanted.casefold())
    if exact:
        return exact
    cities = [name for name in zone_names() if name.rsplit("/", 1)[-1].casefold() == wanted.casefold()]
    if len(cities) == 1:
        return cities[0]
    so_called = [name for name in zone_names() if called(name, " ".join(text.split()).casefold())]
    if len(so_called) == 1:
        return so_called[0]
    near = [name for name, _ in suggest_zones(text)[:3]]
    meant = f" Did you mean {_or(near)}?" if near else " Please write it like Europe/Berlin."
    raise Unread(f"{_said(text)} is not a time zone I know.{meant}")


def suggest_zones(typed: str, at: datetime | None = None) -> list[tuple[str, str]]:
    """Zones (value, label) that what is being typed may become, the likeliest first, at most 25.

    A city, a country and the name of a clock (`Pacific time`) are known too. With `at` the labels tell the offset then.
    """
    said = " ".join(typed.split())[:_QUOTED].casefold()
    wanted = said.replace(" ", "_")
    if not wanted:
        return []
    names = zone_names()
    starting = [name for name in names if any(part.startswith(wanted) for part in (name.casefold(), _city(name)))]
    within = [name for name in names if wanted in name.casefold()]
    exactly = [name for name in names if called(name, said)]
    called_so = [name for name in names if begins(name, said)]
    found = list(dict.fromkeys([*exactly, *starting, *called_so, *within]))
    if len(found) < _SUGGESTIONS:
        from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 -- few people mistype

        cities = {name: _city(name) for name in names}
        alike = process.extract(wanted, cities, scorer=fuzz.WRatio, processor=utils.default_process, limit=_SUGGESTIONS)
        found += [name for _, score, name in alike if score >= _LIKENESS and name not in found]
    return [(name, named(name).label(at)) for name in found[:_SUGGESTIONS]]


def _city(name: str) -> str:
    return name.rsplit("/", 1)[-1].casefold()


def _or(names: list[str]) -> str:
    return " or ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} or {names[-1]}"  # noqa: PLR2004 -- a list of two


def read_words(line: str) -> tuple[str, dict[str, str]]:
    """A typed line `setup zone:Europe/Berlin morning: 9am days:mon - fri` as its word and named texts.

    A text goes on until the next `name:`; quotes around it fall away. A name that comes twice is refused.
    """
    line = line.translate(_QUOTES).strip()
    word, rest = [*line.split(None, 1), "", ""][:2]
    starts = list(_WORD.finditer(rest))
    if rest.strip() and (not starts or rest[: starts[0].start()].strip()):
        stray = rest[: starts[0].start()].strip() if starts else rest.strip()
        raise Unread(f"I do not know what {_said(stray)} belongs to. Please write words like name:value.")
    words: dict[str, str] = {}
    for found, following in zip_longest(starts, starts[1:]):
        name = found["name"].lower()
        if name in words:
            raise Unread(f"{_said(f'{name}:')} is there twice. Please keep one of them.")
        words[name] = rest[found.end() : following.start() if following else None].strip().strip("\"'")
    return word.lower(), words


def read_span(text: str, today: date) -> Span:
    """A date, or dates in a row, such as `tomorrow`, `2026-12-24` or `2026-12-21..2027-01-03`."""
    first, _, last = re.sub(r"\s+(?:to|until|-|–)\s+|\s*\.\.+\s*|…", BETWEEN, _in_one_line(text), count=1).partition(
        BETWEEN
    )
    begins = read_date(first, today)
    ends = read_date(last, today) if last.strip() else begins
    if ends < begins:  # from monday to friday: the friday after that monday
        with suppress(ValueError):
            ends = _named(last.strip().lower(), begins) or ends
    if ends < begins:
        raise Unread(f"{_said(text)} ends before it begins. Please write the earlier date first.")
    if (ends - begins).days >= MOST_DAYS:
        raise Unread(f"{_said(text)} is longer than two years. /kindling pause is for long breaks.")
    return Span(begins, ends)


def read_dates(text: str, today: date) -> frozenset[date]:
    """Dates and dates in a row, with commas between them; none where nothing is written."""
    spans = [read_span(part, today) for part in re.split(r"[,;\n]+", text) if part.strip()]
    if sum(span.days for span in spans) > MOST_DAYS:
        raise Unread("These are more than two years of dates. Please leave out those that are over.")
    return of_spans(spans)


def dates_in_words(dates: Collection[date]) -> str:
    """Dates as `read_dates` takes them."""
    return ", ".join(map(str, spans_of(dates)))


_GRACE = re.compile(r"(\d{1,3})\s*(m|min|minutes?|h|hours?|d|days?)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def read_grace(text: str, ritual: Ritual) -> timedelta:
    """How late a card of a ritual may come, such as `45m`, `3h` or `2d`."""
    found = _GRACE.fullmatch(text.strip().lower())
    if found is None:
        raise Unread(f"{_said(text)} is not a time I can read. Please write it like 45m, 3h or 2d.")
    grace = int(found[1]) * _UNITS[found[2][0]]
    if not LEAST_GRACE <= grace <= ritual.most_grace:
        bounds = f"{grace_in_words(LEAST_GRACE)} to {grace_in_words(ritual.most_grace)}"
        raise Unread(f"This card may be late by {bounds}. Please choose something between.")
    return grace


def grace_in_words(grace: timedelta) -> str:
    """A grace as `read_grace` takes it: `45m`, `3h`, `2d`."""
    for sign in ("d", "h"):
        if not grace % _UNITS[sign]:
            return f"{grace // _UNITS[sign]}{sign}"
    return f"{grace // _UNITS['m']}m"


def read_quiet(text: str) -> Quiet | None:
    """Quiet hours such as `22:00-07:00`; None for `off`."""
    if text.strip().lower() in OFF:
        return None
    begins, dash, ends = re.sub(r"\s*(?:-|–|\bto\b|\buntil\b)\s*", "-", _in_one_line(text)).partition("-")
    if not dash:
        raise Unread(f"{_said(text)} does not read as hours. Please write them like 22:00-07:00, or off for none.")
    quiet = Quiet(read_time(begins), read_time(ends))
    if quiet.begins == quiet.ends:
        raise Unread("Quiet hours that end when they begin hold no hour, or all of them. Please write other ones.")
    return quiet

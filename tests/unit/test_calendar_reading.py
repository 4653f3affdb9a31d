"""Calendar files: which days off are in them, and what is said of those that cannot be used."""

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.days import Off, Span
from bot.domain.errors import CalendarProblem
from bot.runtime.calendar_files import ReadCalendars
from bot.runtime.calendar_reading import Unreadable, read

FIRST, LAST = date(2026, 11, 23), date(2028, 11, 22)
ZONE = """BEGIN:VTIMEZONE
TZID:Our clock
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def a_calendar(*events: str, zone: str = "") -> bytes:
    """A calendar of events, each given by its lines."""
    inside = "".join(f"BEGIN:VEVENT\nUID:{n}\n{lines}\nEND:VEVENT\n" for n, lines in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nX-WR-CALNAME:Feiertage\n{zone}{inside}END:VCALENDAR\n".encode()


def days(data: bytes) -> list[tuple[str, str]]:
    """The spans in a file, by the clock of Berlin, each with its name."""
    return [(str(Off(a, b).span(ZoneInfo("Europe/Berlin"))), name) for a, b, name in read(data, FIRST, LAST)[1]]


def test_the_end_of_a_whole_day_is_the_day_after_it() -> None:
    christmas = "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\nSUMMARY:Weihnachten\\, frei"

    assert days(a_calendar(christmas)) == [("2026-12-25..2026-12-26", "Weihnachten, frei")]


@pytest.mark.parametrize("end", ["", "\nDTEND;VALUE=DATE:20261225", "\nDTEND;VALUE=DATE:20261201", "\nDURATION:P1D"])
def test_a_whole_day_without_a_sensible_end_is_one_day(end: str) -> None:
    assert days(a_calendar(f"DTSTART;VALUE=DATE:20261225{end}")) == [("2026-12-25", "")]


def test_the_calendars_own_name_is_told() -> None:
    assert read(a_calendar("DTSTART;VALUE=DATE:20261225"), FIRST, LAST)[0] == "Feiertage"


def test_a_yearly_event_comes_in_each_of_the_next_two_years() -> None:
    labour = "DTSTART;VALUE=DATE:19700501\nRRULE:FREQ=YEARLY\nSUMMARY:Labour Day"

    assert [span for span, _ in days(a_calendar(labour))] == ["2027-05-01", "2028-05-01"]


def test_a_rule_ends_where_it_says_and_leaves_out_what_it_says() -> None:
    rule = "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;UNTIL=20261222\nEXDATE;VALUE=DATE:20261215"

    assert [span for span, _ in days(a_calendar(rule))] == ["2026-12-01", "2026-12-08", "2026-12-22"]


def test_one_repetition_that_was_moved_comes_where_it_was_moved_to() -> None:
    series = "DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;COUNT=2"
    data = a_calendar(series).replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\nUID:0\nRECURRENCE-ID;VALUE=DATE:20261208\nDTSTART;VALUE=DATE:20261210\nEND:VEVENT\nEND:VCALENDAR",
    )

    assert [span for span, _ in days(data)] == ["2026-12-01", "2026-12-10"]


def test_further_dates_of_an_event_count_too() -> None:
    data = a_calendar("DTSTART;VALUE=DATE:20261201\nRDATE;VALUE=DATE:20261205,20261207")

    assert [span for span, _ in days(data)] == ["2026-12-01", "2026-12-05", "2026-12-07"]


def test_a_time_in_a_zone_of_the_files_own_is_an_instant() -> None:
    evening = "DTSTART;TZID=Our clock:20261224T230000\nDTEND;TZID=Our clock:20261225T010000"

    [(begins, ends, _)] = read(a_calendar(evening, zone=ZONE), FIRST, LAST)[1]

    assert (begins, ends) == (
        datetime(2026, 12, 24, 22, tzinfo=UTC),
        datetime(2026, 12, 25, tzinfo=UTC),
    )


def test_an_instant_counts_by_the_clock_of_who_asks() -> None:
    [(begins, ends, _)] = read(a_calendar("DTSTART:20261224T200000Z\nDTEND:20261224T220000Z"), FIRST, LAST)[1]

    assert Off(begins, ends).span(ZoneInfo("Europe/London")) == Span(date(2026, 12, 24), date(2026, 12, 24))
    assert Off(begins, ends).span(ZoneInfo("Asia/Tokyo")) == Span(date(2026, 12, 25), date(2026, 12, 25))


def test_a_time_without_a_zone_is_the_date_that_it_names() -> None:
    assert days(a_calendar("DTSTART:20261224T220000\nDTEND:20261225T000000")) == [("2026-12-24", "")]


def test_what_is_over_cancelled_or_far_away_is_left_out() -> None:
    data = a_calendar(
        "DTSTART;VALUE=DATE:20261122",
        "DTSTART;VALUE=DATE:20261225\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20300101",
        "DTSTART;VALUE=DATE:20261120\nDTEND;VALUE=DATE:20261124",
    )

    assert [span for span, _ in days(data)] == ["2026-11-20..2026-11-23"]


def test_lines_may_be_folded_and_begin_with_a_mark_of_their_encoding() -> None:
    data = a_calendar("DTSTART;VALUE=DATE:2026\r\n 1225\nSUMMARY:Ä")

    assert days(b"\xef\xbb\xbf" + data) == [("2026-12-25", "Ä")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no event"),
        (b"hello", "Line 1 is not the beginning"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "Line 1 is not UTF-8"),
        (b"BEGIN:VCALENDAR\nX:1\nSUMMARY:\xff\nEND:VCALENDAR\n", "Line 3 is not UTF-8"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "no event"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "ends too early"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\n", "Line 2 ends something"),
        (a_calendar("SUMMARY:No date"), "event of line 4"),
        (a_calendar("DTSTART;VALUE=DATE:20261225", "DTSTART;VALUE=DATE:tomorrow"), "event of line 8"),
        (a_calendar("DTSTART:20261224T200000Z\nRRULE:FREQ=SECONDLY"), "event of line 4: it repeats within a day"),
        (a_calendar("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=DAILY;BYSECOND=0,1,2"), "repeats within a day"),
        (a_calendar("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=EGGS"), "event of line 4"),
        (a_calendar("DTSTART;VALUE=DATE:17000101\nRRULE:FREQ=DAILY"), "repeats too often"),
        (a_calendar("DTSTART;VALUE=DATE:20261124\nRRULE:FREQ=DAILY"), "more than 400 days off"),
        (a_calendar("DTSTART;VALUE=DATE:20261124\nDTEND;VALUE=DATE:20990101"), "longer than a year"),
        (a_calendar(*["DTSTART;VALUE=DATE:20261124"] * 2001), "more than 2,000 events"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_line_where_it_has_one(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read(data, FIRST, LAST)


@settings(deadline=None)
@given(st.lists(st.sampled_from(a_calendar("DTSTART:20261224T200000Z\nRRULE:FREQ=DAILY").split(b"\n")), max_size=12))
def test_lines_in_any_order_are_read_or_refused_and_nothing_else(lines: list[bytes]) -> None:
    with suppress(Unreadable):
        name, entries = read(b"\n".join(lines), FIRST, LAST)

        assert name in {"", "Feiertage"}
        assert all(begins <= ends for begins, ends, _ in entries)


async def test_a_file_is_read_in_a_process_of_its_own() -> None:
    found = await ReadCalendars().read(a_calendar("DTSTART;VALUE=DATE:20261225\nSUMMARY:Ä"), FIRST, LAST)

    assert found.name == "Feiertage"
    assert found.entries == (Off(date(2026, 12, 25), date(2026, 12, 25), "Ä"),)


async def test_what_is_refused_there_is_told_here() -> None:
    with pytest.raises(CalendarProblem, match="Line 1"):
        await ReadCalendars().read(b"hello", FIRST, LAST)


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(CalendarProblem, match="took too long"):
        await ReadCalendars(patience=0.0).read(a_calendar("DTSTART;VALUE=DATE:20261225"), FIRST, LAST)

import time as clocks
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedule import EVERY_DAY, WORKDAYS, zone_of
from bot.services.reading import (
    DAY_NAMES,
    Unread,
    days_in_words,
    read_date,
    read_days,
    read_quiet,
    read_span,
    read_time,
    read_weekday,
    read_words,
    read_zone,
    suggest_zones,
    zone_names,
)

TODAY = date(2026, 11, 23)
ANYTHING = st.text(max_size=80)
LONG = "x" * 5000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("09:00", time(9)),
        ("9:00", time(9)),
        ("9.30", time(9, 30)),
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9:15 p.m.", time(21, 15)),
        ("12am", time(0)),
        ("12 pm", time(12)),
        ("17h15", time(17, 15)),
        ("23:59", time(23, 59)),
        (" 00:00 ", time(0)),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, meant: time) -> None:
    assert read_time(typed) == meant


@pytest.mark.parametrize("typed", ["", "9", "24:00", "9:60", "13pm", "0am", "9:5", "nine", "09:00:00", "-1:00", LONG])
def test_what_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Unread, match=r"write it like 09:00") as refused:
        read_time(typed)

    assert len(str(refused.value)) < 200


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_a_time_comes_back_as_it_was_written(at: time) -> None:
    assert read_time(f"{at:%H:%M}") == read_time(f"{at.hour}:{at:%M}") == at


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Mon - Fri", {0, 1, 2, 3, 4}),
        ("mon–wed", {0, 1, 2}),
        ("fri-mon", {4, 5, 6, 0}),
        ("tue, thu", {1, 3}),
        ("tues and thurs", {1, 3}),
        ("Wednesdays", {2}),
        ("monday;sunday", {0, 6}),
        ("mon-wed, sat", {0, 1, 2, 5}),
        ("daily", EVERY_DAY),
        ("every day", EVERY_DAY),
        ("weekdays", WORKDAYS),
        ("mon-sun", EVERY_DAY),
        ("mon-mon", {0}),
    ],
)
def test_weekdays_are_read_as_people_write_them(typed: str, meant: set[int]) -> None:
    assert read_days(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", " , ", "-", "mon-", "-fri", "month", "sunny", "friends", "wedding", "m", "mo", "1-5", "mon-fri-sat", LONG],
)
def test_what_are_no_weekdays_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Unread, match=r"like mon-fri") as refused:
        read_days(typed)

    assert len(str(refused.value)) < 200


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_weekdays_in_words_are_read_as_the_same_days(days: frozenset[int]) -> None:
    assert read_days(days_in_words(days)) == days


@given(st.integers(0, 6))
def test_one_weekday_is_read_by_its_name(day: int) -> None:
    assert read_weekday(DAY_NAMES[day]) == read_weekday(f" {DAY_NAMES[day].upper()} ") == day


@pytest.mark.parametrize("typed", ["mon-fri", "someday", "tue,thu"])
def test_what_is_not_one_weekday_is_refused_with_an_example_of_one(typed: str) -> None:
    with pytest.raises(Unread, match=f"“{typed}” is not one weekday. Please write it like mon, or off"):
        read_weekday(typed)


@pytest.mark.parametrize("typed", ["off", "None", "never"])
def test_no_weekday_at_all_can_be_wished_for(typed: str) -> None:
    assert read_weekday(typed) is None


@pytest.mark.parametrize(
    ("typed", "days"), [("today", 0), ("Tomorrow", 1), ("3d", 3), ("in 2 weeks", 14), ("2w", 14), ("2026-12-24", 31)]
)
def test_a_date_is_read_as_people_write_it(typed: str, days: int) -> None:
    assert read_date(typed, TODAY) == TODAY + timedelta(days=days)


@pytest.mark.parametrize("typed", ["", "24.12.2026", "2026-02-30", "next year", "9999w", "2026-12-24T10:00", LONG])
def test_what_is_no_date_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Unread, match=r"write it like 2026-11-23") as refused:
        read_date(typed, TODAY)

    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("24 Dec", "2026-12-24"),
        ("24. december", "2026-12-24"),
        ("December 24th", "2026-12-24"),
        ("24th of December 2027", "2027-12-24"),
        ("Wed 16 Jun 2027", "2027-06-16"),
        ("june 16, 2027", "2027-06-16"),
        ("2 jan", "2027-01-02"),
    ],
)
def test_a_day_of_a_month_is_read_as_people_and_cards_write_it(typed: str, read: str) -> None:
    assert read_date(typed, date(2026, 11, 23)) == date.fromisoformat(read)


@pytest.mark.parametrize(("typed", "day"), [("monday", 30), ("next Monday", 30), ("Tuesday", 24), ("sunday", 29)])
def test_a_weekday_is_the_next_one_after_today(typed: str, day: int) -> None:
    assert read_date(typed, date(2026, 11, 23)) == date(2026, 11, day)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("monday to friday", "2026-11-30", "2026-12-04"),  # it is a Monday: the friday of the week after it
        ("thursday..tuesday", "2026-11-26", "2026-12-01"),
        ("24 Dec to 3 Jan", "2026-12-24", "2027-01-03"),
        ("24 December 2026 until 26 November", "2026-12-24", "2027-11-26"),
    ],
)
def test_the_end_of_dates_in_a_row_comes_after_their_beginning(typed: str, first: str, last: str) -> None:
    span = read_span(typed, TODAY)

    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize("typed", ["2026-12-24..today", "2026-12-24 to 2026-12-23", "monday..tomorrow"])
def test_an_end_that_can_only_be_before_is_refused(typed: str) -> None:
    with pytest.raises(Unread, match="ends before it begins"):
        read_span(typed, TODAY)


@pytest.mark.parametrize("typed", ["31 february", "ju 3", "24", "some 3 may", "3 jupiter"])
def test_a_day_that_there_is_not_is_no_date(typed: str) -> None:
    with pytest.raises(Unread, match="is not a date I can read"):
        read_date(typed, date(2026, 11, 23))


@given(st.dates())
def test_a_date_comes_back_as_it_was_written(day: date) -> None:
    assert read_date(day.isoformat(), TODAY) == day


@given(st.sampled_from(zone_names()))
def test_a_zone_is_read_whatever_its_capitals_and_spaces(zone: str) -> None:
    assert read_zone(zone) == read_zone(zone.upper()) == read_zone(f" {zone.replace('_', ' ')} ") == zone


@pytest.mark.parametrize(
    ("typed", "zone"), [("berlin", "Europe/Berlin"), ("new york", "America/New_York"), ("utc", "UTC")]
)
def test_a_lone_city_is_enough_when_it_is_one(typed: str, zone: str) -> None:
    assert read_zone(typed) == zone


@pytest.mark.parametrize(
    "typed", ["", "Atlantis", "localtime", "Factory", "../etc/passwd", "/etc/localtime", "\x00", LONG]
)
def test_what_is_no_zone_is_refused(typed: str) -> None:
    with pytest.raises(Unread) as refused:
        read_zone(typed)

    assert len(str(refused.value)) < 300


def test_a_slip_in_a_zone_is_answered_with_what_was_meant() -> None:
    with pytest.raises(Unread, match=r"Did you mean .*Europe/Berlin"):
        read_zone("Europe/Berln")


def test_every_zone_that_is_offered_can_be_used() -> None:
    assert all(zone_of(name) for name in zone_names())


@pytest.mark.parametrize(
    ("typed", "first"),
    [("berl", "Europe/Berlin"), ("new y", "America/New_York"), ("kolk", "Asia/Kolkata"), ("UT", "UTC")],
)
def test_what_is_being_typed_is_completed(typed: str, first: str) -> None:
    assert suggest_zones(typed)[0][0] == first


@given(ANYTHING)
def test_at_most_25_zones_are_suggested_each_once_and_each_a_zone(typed: str) -> None:
    suggested = [zone for zone, _ in suggest_zones(typed)]

    assert len(suggested) <= 25
    assert len(set(suggested)) == len(suggested)
    assert set(suggested) <= set(zone_names())


def test_a_typed_line_is_a_word_and_named_texts() -> None:
    line = "Setup zone:Europe/Berlin morning: 9:30 am  days:mon - fri channel=“square dance”"

    assert read_words(line) == (
        "setup",
        {"zone": "Europe/Berlin", "morning": "9:30 am", "days": "mon - fri", "channel": "square dance"},
    )


def test_a_tab_or_a_new_line_parts_words_too() -> None:
    assert read_words("pause\tuntil:\n2026-12-24") == ("pause", {"until": "2026-12-24"})


@pytest.mark.parametrize("line", ["setup " + "a" * 50_000, "setup days:mon" + " " * 50_000 + "fri", "a " * 50_000])
def test_a_line_however_long_holds_nobody_up(line: str) -> None:
    began = clocks.process_time()

    with suppress(Unread):
        _, words = read_words(line)
        read_days(words["days"])

    assert clocks.process_time() - began < 2


SPACES = " " * 200_000


@pytest.mark.parametrize(
    ("read", "line", "meant"),
    [
        (read_quiet, f"22:00{SPACES}-{SPACES}07:00", "22:00-07:00"),
        (lambda line: read_span(line, TODAY).first, f"2026-12-24{SPACES}..{SPACES}2026-12-26", "2026-12-24"),
        (lambda line: read_span(line, TODAY).last, f"2026-12-24{SPACES}to{SPACES}2026-12-26", "2026-12-26"),
    ],
)
def test_spaces_however_many_hold_nobody_up(read: Callable[[str], object], line: str, meant: str) -> None:
    """What looks at each of them for all that follow it would be at it for hours."""
    with suppress(Unread):
        read(f"x{SPACES}y")

    assert str(read(line)) == meant


@pytest.mark.parametrize(("line", "said"), [("setup berlin", "“berlin”"), ("setup soon zone:UTC", "“soon”")])
def test_what_belongs_to_no_name_is_asked_about(line: str, said: str) -> None:
    with pytest.raises(Unread, match=said):
        read_words(line)


def test_a_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(Unread, match=r"“zone:” is there twice"):
        read_words("setup zone:UTC zone:UTC")


names = st.from_regex(r"[a-z]{1,10}", fullmatch=True)
texts = st.from_regex(r"[A-Za-z0-9/_-]([A-Za-z0-9/_ -]{0,20}[A-Za-z0-9/_-])?", fullmatch=True)


@given(names, st.dictionaries(names, texts, max_size=5))
def test_a_line_written_out_is_read_as_the_same_words(word: str, named: dict[str, str]) -> None:
    line = " ".join([word, *(f"{name}:{text}" for name, text in named.items())])

    assert read_words(line) == (word, named)


@given(ANYTHING)
def test_whatever_is_typed_is_read_or_refused_kindly(typed: str) -> None:
    for read in (read_time, read_days, read_weekday, read_zone, read_words, lambda text: read_date(text, TODAY)):
        with suppress(Unread):
            read(typed)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Germany", "Europe/Berlin"),
        ("india", "Asia/Kolkata"),
        ("Pacific time", "America/Los_Angeles"),
        ("new zealand", "Pacific/Auckland"),
        ("Brazil", "America/Sao_Paulo"),
        ("Kyiv", "Europe/Kyiv"),
        ("united kingdom", "Europe/London"),
    ],
)
def test_a_country_or_the_name_of_a_clock_finds_its_zones(typed: str, zone: str) -> None:
    assert zone in [found for found, _ in suggest_zones(typed)]


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("berlin", "Berlin, Germany (UTC+1)"),
        ("kolkata", "Kolkata, India (UTC+5:30)"),
        ("los angeles", "Los Angeles, United States (UTC-8)"),
        ("UTC", "UTC (UTC)"),
        ("singapore", "Singapore (UTC+8)"),
    ],
)
def test_a_zone_is_shown_as_people_call_it_with_what_its_clock_shows_now(typed: str, label: str) -> None:
    assert suggest_zones(typed, datetime(2026, 11, 23, 8, tzinfo=UTC))[0][1] == label


def test_the_offset_is_that_of_the_season() -> None:
    assert suggest_zones("berlin", datetime(2026, 7, 1, tzinfo=UTC))[0][1] == "Berlin, Germany (UTC+2)"


def test_a_country_with_one_zone_is_read_as_it() -> None:
    assert read_zone("Thailand") == "Asia/Bangkok"


def test_a_country_with_several_zones_is_asked_about() -> None:
    with pytest.raises(Unread, match="Did you mean America/"):
        read_zone("Canada")

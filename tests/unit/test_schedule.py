from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.ids import CommunityId, ScheduleId, SpaceId
from bot.domain.places import Place
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Decision, Ritual, Schedule, Skip, Target, instant_of, zone_of
from tests.unit.clock_changes import Change, changes, expected, zones

FIRST, LAST = 2025, 2036
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
ALL = zones()
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
SQUARE = Place("letters", "village", "square")
BERLIN = "Europe/Berlin"


def a_schedule(at: time = time(9), zone: str = BERLIN, **changed: object) -> Schedule:
    whole = Schedule(
        id=ScheduleId("schedule"),
        community=CommunityId("community"),
        ritual=Ritual.MORNING,
        weekdays=EVERY_DAY,
        at=at,
        zone=zone,
        starts=date(1970, 1, 1),
    )
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own


def looked_at(schedule: Schedule, looks: Iterable[datetime], paused: date | None = None) -> list[Decision]:
    """What is decided when somebody looks at these instants, in this order."""
    decided: list[Decision] = []
    for now in looks:
        following, decisions = schedule.due(now, paused)
        schedule = schedule.waiting(following)
        decided += decisions
    return decided


def in_time(days: int) -> list[datetime]:
    """Looks at ten in the morning of the days after `NOON`, in Berlin."""
    return [NOON + n * DAY - 3 * HOUR for n in range(1, days + 1)]


def aims(change: Change) -> set[time]:
    """Local times on, in and around the hour that a change skips or repeats, and midnight."""
    early, late = change.edges
    moments = [edge + step * MINUTE for edge in (early, late) for step in (-1, 0, 1)]
    moments.append(early + (late - early) / 2)
    return {moment.replace(second=0, microsecond=0).time() for moment in moments} | {time(0, 0)}


def dates_around(change: Change) -> list[date]:
    day = change.edges[0].date()
    return [day + step * DAY for step in (-1, 0, 1)]


def zones_that_differ() -> dict[tuple[Change, ...], str]:
    """One zone of those whose clocks change at the same instants by as much: the others would tell nothing new."""
    return {changes(zone, FIRST, LAST): zone for zone in ALL}


def test_in_every_zone_each_date_at_a_clock_change_happens_once_and_when_it_should() -> None:
    for known, zone in zones_that_differ().items():
        for change in known:
            after, until = change.at - 3 * DAY, change.at + 3 * DAY
            looks = [change.at - SECOND, change.at, change.at + SECOND, change.at + DAY, until]
            for at in aims(change):
                schedule = a_schedule(at, zone).armed(after)

                decided = [(decision.local_date, decision.due_at) for decision in looked_at(schedule, looks)]

                days = [change.edges[0].date() + step * DAY for step in range(-5, 6)]
                wanted = [(day, expected(zone, FIRST, LAST, day, at)) for day in days]
                assert decided == [(d, i) for d, i in wanted if i and after < i <= until], (zone, change, at)
                assert all(first < second for (_, first), (_, second) in pairwise(decided))


def test_the_zone_database_is_there_with_its_clock_changes() -> None:
    assert len(ALL) > 400
    assert len(changes(BERLIN, FIRST, LAST)) == 24
    assert changes("Asia/Kolkata", FIRST, LAST) == ()


def test_a_time_that_is_skipped_happens_at_the_end_of_the_gap() -> None:
    assert instant_of(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_a_time_that_comes_twice_happens_the_first_time() -> None:
    assert instant_of(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "year"),
    [("Pacific/Apia", 2011), ("Pacific/Fakaofo", 2011), ("Pacific/Kwajalein", 1993), ("Pacific/Kiritimati", 1994)],
)
def test_a_date_that_a_zone_leaves_out_never_happens(zone: str, year: int) -> None:
    [jump] = [c for c in changes(zone, year, year + 1) if c.after - c.before >= 23 * HOUR]
    left_out = jump.edges[0].date() if jump.edges[0].time() == time() else jump.edges[0].date() + DAY
    schedule = a_schedule(time(9), zone).armed(jump.at - 5 * DAY)

    decided = [decision.local_date for decision in looked_at(schedule, [jump.at + 5 * DAY])]

    assert instant_of(left_out, time(9), zone) is None
    assert left_out not in decided
    assert {left_out - DAY, left_out + DAY} <= set(decided)
    assert len(decided) == len(set(decided)) == 10


def test_the_date_that_samoa_left_out_is_the_one_in_the_books() -> None:
    assert instant_of(date(2011, 12, 30), time(12), "Pacific/Apia") is None
    assert instant_of(date(2011, 12, 29), time(23, 59), "Pacific/Apia") == datetime(2011, 12, 30, 9, 59, tzinfo=UTC)
    assert instant_of(date(2011, 12, 31), time(0, 0), "Pacific/Apia") == datetime(2011, 12, 30, 10, 0, tzinfo=UTC)


def test_a_gap_across_midnight_keeps_both_dates() -> None:
    zone = "America/Toronto"  # in 1919 the clocks went from 23:30 to 00:30
    [change] = [c for c in changes(zone, 1919, 1919) if c.before < c.after]
    early, late = change.edges

    before_midnight = instant_of(early.date(), (early + MINUTE).time(), zone)
    after_midnight = instant_of(late.date(), (late - MINUTE).time(), zone)

    assert early.date() < late.date()
    assert before_midnight == after_midnight == change.at


@st.composite
def times_near_any_change(draw: st.DrawFn) -> tuple[str, date, time]:
    zone = draw(st.sampled_from(ALL))
    known = changes(zone, 1970, 2037)
    if known:
        change = draw(st.sampled_from(known))
        moment = draw(st.sampled_from(change.edges)) + draw(st.integers(-200, 200)) * MINUTE
    else:
        moment = datetime(1990, 1, 1) + draw(st.integers(0, 40 * 365 * 24 * 60)) * MINUTE  # noqa: DTZ001 -- a local time
    return zone, moment.date(), moment.time()


@given(times_near_any_change())
@settings(max_examples=150, deadline=None)
def test_since_1970_too_every_local_time_has_the_instant_it_should(near: tuple[str, date, time]) -> None:
    zone, day, at = near
    if not 1970 < day.year < 2037:
        return

    assert instant_of(day, at, zone) == expected(zone, 1970, 2037, day, at)


@given(times_near_any_change(), st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_instants_of_later_dates_are_later(near: tuple[str, date, time], step: int) -> None:
    zone, day, at = near
    first, second = instant_of(day, at, zone), instant_of(day + step * DAY, at, zone)

    assert first is None or second is None or first < second


def test_a_schedule_is_armed_for_the_first_instant_after_now() -> None:
    nine = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

    assert a_schedule().armed(nine - SECOND).next_at == nine
    assert a_schedule().armed(nine).next_at == nine + DAY
    assert a_schedule().armed(nine).next_date == date(2026, 11, 25)


def test_a_schedule_is_armed_past_dates_that_had_their_card() -> None:
    armed = a_schedule().armed(NOON, not_before=date(2026, 12, 24))

    assert armed.next_date == date(2026, 12, 24)


def test_a_schedule_without_weekdays_waits_for_nothing() -> None:
    armed = a_schedule(weekdays=frozenset()).armed(NOON)

    assert (armed.next_date, armed.next_at) == (None, None)
    assert armed.due(NOON + 400 * DAY) == (None, ())
    assert armed.coming(NOON, NOON + 400 * DAY) == []
    assert list(armed.cards()) == []


def test_a_schedule_keeps_to_its_weekdays() -> None:
    schedule = a_schedule(weekdays=WORKDAYS).armed(NOON)

    decided = looked_at(schedule, [NOON + 14 * DAY])

    assert {decision.local_date.weekday() for decision in decided} == set(range(5))
    assert len(decided) == 10


def test_a_schedule_begins_and_ends_on_its_dates() -> None:
    schedule = a_schedule(starts=date(2026, 11, 26), ends=date(2026, 11, 28)).armed(NOON)

    following, decisions = schedule.due(NOON + 30 * DAY)
    moved = schedule.waiting(following)

    assert [decision.local_date.day for decision in decisions] == [26, 27, 28]
    assert (moved.next_date, moved.next_at) == (None, None)
    assert moved.due(NOON + 300 * DAY) == (None, ())


def test_a_schedule_whose_end_is_past_waits_for_nothing() -> None:
    assert a_schedule(ends=date(2026, 11, 1)).armed(NOON).next_at is None


def test_the_last_of_all_dates_is_no_trouble() -> None:
    schedule = a_schedule(time(23, 59), "America/Los_Angeles").armed(NOON)

    assert list(schedule.cards(date.max)) == []
    assert a_schedule(ends=date.max).armed(datetime(9999, 12, 30, tzinfo=UTC)).next_at is None


@pytest.mark.parametrize(("ritual", "grace"), [(Ritual.MORNING, 3 * HOUR), (Ritual.CHALLENGE, 2 * DAY)])
def test_a_card_is_posted_until_its_grace_is_over(ritual: Ritual, grace: timedelta) -> None:
    schedule = a_schedule(ritual=ritual, weekdays=frozenset({1})).armed(NOON)
    assert schedule.next_at

    [in_time] = looked_at(schedule, [schedule.next_at + grace])
    [too_late] = looked_at(schedule, [schedule.next_at + grace + SECOND])

    assert (in_time.skip, too_late.skip) == (None, Skip.TOO_LATE)


def test_a_theme_comes_before_its_mention() -> None:
    assert Ritual.CHALLENGE.rank < Ritual.MORNING.rank


def test_a_pause_holds_dates_before_its_end() -> None:
    decided = looked_at(a_schedule().armed(NOON), in_time(4), date(2026, 11, 26))

    assert [decision.skip for decision in decided] == [Skip.PAUSED, Skip.PAUSED, None, None]


def test_a_skip_date_is_decided_as_such() -> None:
    schedule = a_schedule(skip_dates=frozenset({date(2026, 11, 25)})).armed(NOON)

    decided = looked_at(schedule, in_time(3))

    assert [decision.skip for decision in decided] == [None, Skip.SKIP_DATE, None]


def test_what_is_coming_is_what_will_be_decided() -> None:
    schedule = a_schedule(skip_dates=frozenset({date(2026, 11, 27)})).armed(NOON)
    pause = date(2026, 11, 26)

    coming = schedule.coming(NOON, NOON + 7 * DAY, pause)

    assert coming == looked_at(schedule, [NOON + hours * HOUR for hours in range(7 * 24 + 1)], pause)
    assert len(coming) == 7


def test_what_is_coming_begins_after_now() -> None:
    schedule = a_schedule().armed(NOON)
    assert schedule.next_at

    assert schedule.coming(schedule.next_at, schedule.next_at + DAY)[0].due_at == schedule.next_at + DAY


def test_the_next_card_is_after_a_pause_and_no_skip_date() -> None:
    schedule = a_schedule(skip_dates=frozenset({date(2026, 11, 24), date(2026, 11, 26)})).armed(NOON)

    assert next(schedule.cards())[1] == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    assert next(schedule.cards(date(2026, 11, 26)))[1] == datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


instants = st.integers(-60 * 24 * 3, 60 * 24 * 40).map(lambda minutes: NOON + minutes * MINUTE)
some_zones = st.sampled_from(
    ["Europe/Berlin", "Pacific/Apia", "Pacific/Kiritimati", "America/Nuuk", "Asia/Kolkata", "UTC"]
)
some_times = st.times(min_value=time(0), max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))


@given(looks=st.lists(instants, max_size=12), zone=some_zones, at=some_times, days=st.frozensets(st.integers(0, 6)))
@settings(max_examples=200, deadline=None)
def test_whenever_somebody_looks_the_same_dates_are_decided_once_each(
    looks: list[datetime], zone: str, at: time, days: frozenset[int]
) -> None:
    schedule = a_schedule(at, zone, weekdays=days).armed(NOON)
    end = NOON + 41 * DAY
    every_hour = [NOON + hours * HOUR for hours in range(41 * 24 + 1)]

    decided = looked_at(schedule, [*looks, end])

    assert [(d.local_date, d.due_at) for d in decided] == [
        (d.local_date, d.due_at) for d in looked_at(schedule, every_hour)
    ]
    assert len({decision.local_date for decision in decided}) == len(decided)


@given(looks=st.lists(instants, max_size=12).map(sorted), at=some_times)
@settings(max_examples=100, deadline=None)
def test_what_was_looked_at_in_time_is_posted_and_nothing_else(looks: list[datetime], at: time) -> None:
    schedule = a_schedule(at).armed(NOON)

    decided = looked_at(schedule, looks)

    for decision in decided:
        in_time = any(decision.due_at <= look <= decision.due_at + 3 * HOUR for look in looks)
        assert (decision.skip is None) == in_time


@given(
    steps=st.lists(st.tuples(st.integers(0, 60 * 30), some_zones, some_times, st.booleans()), min_size=1, max_size=15)
)
@settings(max_examples=300, deadline=None)
def test_changing_the_zone_and_the_time_gives_no_local_date_twice(
    steps: list[tuple[int, str, time, bool]],
) -> None:
    now = NOON
    schedule = a_schedule().armed(now)
    decided: list[date] = []
    for minutes, zone, at, looks_before in steps:
        now += minutes * MINUTE
        if looks_before:
            following, decisions = schedule.due(now)
            schedule = schedule.waiting(following)
            decided += [decision.local_date for decision in decisions]
        latest = max(decided, default=None)
        changed = replace(schedule, zone=zone, at=at)
        schedule = changed.armed(now, not_before=latest + DAY if latest else None)
        assert schedule.next_at
        assert schedule.next_at > now
    _, decisions = schedule.due(now + 3 * DAY)
    decided += [decision.local_date for decision in decisions]

    assert len(decided) == len(set(decided))
    assert decided == sorted(decided)


def test_a_target_takes_the_place_of_the_one_in_its_space() -> None:
    old, new = Target(SpaceId("village"), SQUARE), Target(SpaceId("village"), SQUARE._replace(channel="garden"))
    other = Target(SpaceId("hamlet"), SQUARE._replace(space="hamlet"))

    schedule = a_schedule(targets=(old, other)).with_target(new)

    assert set(schedule.targets) == {other, new}
    assert schedule.without(SpaceId("village")).targets == (other,)


def test_attention_is_of_one_channel_and_can_be_cleared() -> None:
    here, there = Target(SpaceId("a"), SQUARE), Target(SpaceId("b"), SQUARE._replace(space="hamlet"))

    marked = a_schedule(targets=(here, there)).needing_attention(SQUARE, "closed")

    assert [target.attention for target in marked.targets] == ["closed", ""]
    assert marked.needing_attention(SQUARE, "").targets == (here, there)


def test_a_schedule_without_a_channel_rests() -> None:
    schedule = a_schedule(targets=(Target(SpaceId("a"), SQUARE),)).armed(NOON)

    assert schedule.resting_if_nowhere() == schedule
    assert schedule.without(SpaceId("a")).resting_if_nowhere().next_at is None


def test_a_zone_is_the_same_object_each_time() -> None:
    assert zone_of(BERLIN) is zone_of(BERLIN)

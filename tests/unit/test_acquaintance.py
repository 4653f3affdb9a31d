"""Who somebody was a moment ago, and how long that counts."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from bot.domain.places import Person, Standing
from bot.services.acquaintance import GOOD_FOR, REMEMBERED, SPARINGLY, Acquaintances, Met
from tests.house import StillClock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
ROBIN = Person("letters", "village", "robin")


def acquaintances() -> tuple[Acquaintances, StillClock]:
    clock = StillClock(NOW)
    return Acquaintances(clock), clock


def test_no_right_is_remembered_of_anybody() -> None:
    assert {field.name for field in fields(Met)} == {"until", "name", "zone", "stranger", "plain"}


def test_somebody_is_remembered_for_five_minutes_and_no_moment_longer() -> None:
    known, clock = acquaintances()
    known.keep(ROBIN, Standing(may_moderate=False, name="Robin"), plain=True)

    clock.at = NOW + GOOD_FOR - MOMENT
    met = known.of(ROBIN)
    clock.at = NOW + GOOD_FOR

    assert met is not None
    assert (met.name, met.stranger) == ("Robin", False)
    assert known.of(ROBIN) is None


def test_a_clock_that_went_back_makes_nothing_good_for_longer() -> None:
    known, clock = acquaintances()
    known.keep(ROBIN, Standing(may_moderate=False), plain=True)

    clock.at = NOW - timedelta(hours=1)

    assert known.of(ROBIN) is None


def test_whoever_does_not_belong_is_remembered_as_a_stranger() -> None:
    known, _ = acquaintances()

    known.keep(ROBIN, None, plain=True)

    met = known.of(ROBIN)
    assert met is not None
    assert met.stranger


def test_what_is_remembered_is_bounded_and_whoever_was_met_longest_ago_goes_first() -> None:
    known, _ = acquaintances()
    known.keep(ROBIN, Standing(may_moderate=False), plain=True)

    for number in range(REMEMBERED):
        known.keep(Person("letters", "village", f"u{number}"), Standing(may_moderate=False), plain=True)

    assert len(known) == REMEMBERED
    assert known.of(ROBIN) is None


def test_what_is_only_nice_to_know_is_asked_so_many_times_a_minute_in_each_space() -> None:
    known, clock = acquaintances()

    here = [known.may_ask(ROBIN) for _ in range(SPARINGLY + 1)]
    there = known.may_ask(Person("letters", "hamlet", "tara"))
    clock.at = NOW + timedelta(minutes=1)

    assert here == [*[True] * SPARINGLY, False]
    assert there
    assert known.may_ask(ROBIN)

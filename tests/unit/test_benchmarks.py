"""What the benchmarks count, on a few cases; what they measure is no matter for a test."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.occurrences import Faults, a_lost_monday, faults, judged
from benchmarks.page import PARTS, ROOT
from tests.endurance.sabotage import SABOTAGES, Sabotage

MONDAY, TUESDAY = date(2026, 3, 9), date(2026, 3, 10)
NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WANTED = {MONDAY: NINE, TUESDAY: NINE + DAY}
ODD_ONES = ["America/Nuuk", "Antarctica/Troll"]


def test_no_date_at_a_clock_change_is_lost_or_doubled_and_crontrigger_errs_with_both() -> None:
    found = faults(ODD_ONES)

    for often in ("every day", "once a week"):
        asked = found["Kindling", often].asked
        assert asked > 4_000
        assert found["Kindling", often] == Faults(asked)
        assert found["CronTrigger", often].lost > 0
        assert found["CronTrigger", often].doubled > 0


def test_a_monday_that_crontrigger_loses_is_named() -> None:
    theirs, _, ours = a_lost_monday().partition("Kindling")

    assert "2026-03-09" in ours
    assert "2026-03-09" not in theirs


def test_a_date_without_an_answer_is_lost() -> None:
    assert judged(WANTED, [(MONDAY, NINE)]) == Faults(2, lost=1)


def test_a_date_with_two_answers_is_doubled() -> None:
    answers = [(MONDAY, NINE), (MONDAY, NINE + DAY / 24), (TUESDAY, NINE + DAY)]

    assert judged(WANTED, answers) == Faults(2, doubled=1)


def test_a_date_at_another_hour_is_not_lost() -> None:
    assert judged(WANTED, [(MONDAY, NINE), (TUESDAY, NINE)]) == Faults(2, elsewhere=1)


def test_what_lies_outside_the_question_is_no_fault() -> None:
    assert judged({MONDAY: NINE}, [(MONDAY, NINE), (TUESDAY, NINE)]) == Faults(1)


def test_every_part_of_the_page_has_its_benchmark() -> None:
    assert all((ROOT / "benchmarks" / f"{part}.py").exists() for part in PARTS)


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.what)
def test_what_the_count_of_crashes_has_to_notice_can_be_broken_in_the_code_as_it_is(
    sabotage: Sabotage, tmp_path: Path
) -> None:
    broken = sabotage.commit(tmp_path) / sabotage.file

    compile(broken.read_text("utf-8"), broken, "exec")

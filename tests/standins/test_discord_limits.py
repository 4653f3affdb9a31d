"""The three ways in which the Discord stand-in counts, the ban, and the distance."""

import asyncio

import pytest

from tests.made_up_loop import MadeUpLoop
from tests.standins.discord.limits import Counting, Everywhere, InvalidRequests
from tests.standins.distance import Distance


def allowed(counting: Counting, *instants: float) -> list[bool]:
    """Whether each of these requests is let in where two a second are allowed."""
    everywhere = Everywhere()
    everywhere.counting = counting
    answers: list[bool] = []
    for now in instants:
        answers.append(everywhere.wait(now, 2) == 0)
        if answers[-1]:
            everywhere.count(now)
    return answers


def test_a_window_that_slides_looks_back_a_second_from_each_request() -> None:
    assert allowed(Counting.SLIDING, 0.8, 0.9, 1.1, 1.85, 1.95) == [True, True, False, True, True]


def test_a_window_that_does_not_slide_begins_anew_with_each_second() -> None:
    assert allowed(Counting.FIXED, 0.8, 0.9, 0.95, 1.1, 1.2, 1.9) == [True, True, False, True, True, False]


def test_a_bucket_fills_up_again_bit_by_bit() -> None:
    assert allowed(Counting.BUCKET, 0.0, 0.0, 0.4, 0.55, 0.6, 1.1) == [True, True, False, True, False, True]


@pytest.mark.parametrize(("counting", "wait"), [(Counting.SLIDING, 0.7), (Counting.FIXED, 0.5), (Counting.BUCKET, 0.2)])
def test_whoever_is_turned_away_is_told_for_how_long(counting: Counting, wait: float) -> None:
    everywhere = Everywhere()
    everywhere.counting = counting
    for _ in range(2):
        everywhere.wait(10.2, 2)
        everywhere.count(10.2)

    assert everywhere.wait(10.5, 2) == pytest.approx(wait)


def test_ten_thousand_invalid_requests_are_a_ban() -> None:
    invalid = InvalidRequests()
    for _ in range(InvalidRequests.LIMIT - 1):
        invalid.add()
    before = invalid.banned

    invalid.add()

    assert (before, invalid.banned) == (False, True)


def test_the_way_there_wavers_by_the_jitter_and_no_more() -> None:
    distance, loop, taken = Distance(0.06, 0.02), MadeUpLoop(), list[float]()

    async def cross() -> None:
        for _ in range(100):
            began = loop.time()
            await distance.cross()
            taken.append(loop.time() - began)

    loop.run_until_complete(cross())
    loop.close()

    assert 0.02 <= min(taken) < 0.022
    assert 0.038 < max(taken) <= 0.04


def test_no_distance_takes_no_time() -> None:
    asyncio.run(Distance().cross())

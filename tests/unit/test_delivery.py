from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.delivery import LONGEST_PAUSE, Delivery, State
from bot.domain.ids import DeliveryId, OccurrenceId, SpaceId
from bot.domain.places import MessageRef, Place

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=5)
SQUARE = Place("letters", "village", "square")
MESSAGE = MessageRef(SQUARE, "42")


def a_delivery() -> Delivery:
    return Delivery(
        DeliveryId("d"), OccurrenceId("o"), SpaceId("village"), SQUARE, NINE, NINE + 3 * HOUR, NINE, claim="anna/1"
    )


def test_sending_leaves_a_doubt_until_it_is_settled() -> None:
    sending = a_delivery().sending(NINE, LEASE)

    assert sending.in_doubt
    assert not sending.state.settled
    assert not sending.released
    assert not sending.posted(MESSAGE, NINE).in_doubt


def test_a_lease_begins_anew_when_sending_begins() -> None:
    assert a_delivery().sending(NINE + HOUR, LEASE).next_at == NINE + HOUR + LEASE


def test_the_first_attempt_is_what_the_platform_is_asked_about() -> None:
    first = a_delivery().sending(NINE, LEASE)

    second = first.sending(NINE + HOUR, LEASE)

    assert (second.sent_at, second.attempts) == (NINE, 2)


def test_a_posted_delivery_names_its_message() -> None:
    posted = a_delivery().sending(NINE, LEASE).posted(MESSAGE, NINE + SECOND)

    assert (posted.ref, posted.posted_at, posted.reason) == (MESSAGE, NINE + SECOND, "")


@pytest.mark.parametrize(
    ("ending", "state"),
    [(Delivery.skipped, State.SKIPPED), (Delivery.failed, State.FAILED), (Delivery.unsure, State.UNSURE)],
)
def test_an_ending_has_its_reason_and_gives_the_claim_back(ending: object, state: State) -> None:
    ended = ending(a_delivery(), "why")  # type: ignore[operator] -- one of the three methods

    assert (ended.state, ended.reason, ended.released, ended.ref) == (state, "why", True, None)
    assert ended.state.settled


@pytest.mark.parametrize(("doubt", "state"), [(True, State.SENDING), (False, State.PLANNED)])
def test_a_later_attempt_keeps_the_doubt_there_is(doubt: bool, state: State) -> None:
    later = a_delivery().sending(NINE, LEASE).later(NINE, HOUR, doubt=doubt)

    assert (later.state, later.next_at, later.released) == (state, NINE + HOUR, True)


def test_asking_anew_is_a_doubt_that_nobody_holds() -> None:
    asking = a_delivery().unsure("lost").asking(NINE + HOUR)

    assert asking.in_doubt
    assert (asking.next_at, asking.claim, asking.reason) == (NINE + HOUR, "", "")


def test_pauses_grow_and_stay_bearable() -> None:
    delivery, pauses = a_delivery(), []
    for _ in range(100):
        pauses.append(delivery.pause(SECOND))
        delivery = delivery.sending(NINE, LEASE)

    assert pauses == sorted(pauses)
    assert pauses[0] == 5 * SECOND
    assert pauses[-1] == LONGEST_PAUSE


def test_a_platform_s_own_wish_is_the_least_pause() -> None:
    assert a_delivery().pause(HOUR) == HOUR


def test_only_planned_and_sending_are_not_settled() -> None:
    assert {state for state in State if not state.settled} == {State.PLANNED, State.SENDING}

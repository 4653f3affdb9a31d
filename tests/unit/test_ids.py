from datetime import UTC, date, datetime, timedelta
from string import hexdigits

from bot.domain.ids import ScheduleId, SpaceId, dated_id, delivery_id, new_id, occurrence_id

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MOMENT = timedelta(milliseconds=1)
TODAY = date(2026, 11, 23)
VILLAGE = SpaceId("village")


def a_schedule(at: datetime = NOW) -> ScheduleId:
    return ScheduleId(dated_id(at))


def test_every_id_is_as_long_and_made_of_the_same_digits() -> None:
    occurrence = occurrence_id(a_schedule(), TODAY)
    ids = [new_id(), dated_id(NOW), occurrence, delivery_id(occurrence, VILLAGE, "square")]

    assert {len(one) for one in ids} == {32}
    assert set("".join(ids)) <= set(hexdigits.lower())


def test_an_id_sorts_after_those_of_earlier_instants() -> None:
    ids = [dated_id(NOW + n * MOMENT) for n in range(50)]

    assert ids == sorted(ids)


def test_ids_of_one_instant_differ() -> None:
    assert len({dated_id(NOW) for _ in range(1000)}) == 1000


def test_occurrences_of_a_date_lie_together_in_the_order_of_their_schedules() -> None:
    schedules = [a_schedule(NOW + n * MOMENT) for n in range(20)]
    days = [TODAY + n * timedelta(days=1) for n in range(5)]

    ids = [occurrence_id(schedule, day) for day in days for schedule in schedules]

    assert ids == sorted(ids)


def test_schedules_of_one_instant_have_occurrences_of_their_own() -> None:
    assert len({occurrence_id(a_schedule(), TODAY) for _ in range(1000)}) == 1000


def test_a_delivery_lies_beside_its_occurrence_and_is_one_for_each_channel() -> None:
    occurrence = occurrence_id(a_schedule(), TODAY)
    places = [(SpaceId(f"space-{n % 10}"), f"channel-{n // 10}") for n in range(100)]

    ids = {delivery_id(occurrence, space, channel) for space, channel in places}

    assert len(ids) == 100
    assert {one[:18] for one in ids} == {occurrence[:18]}


def test_what_is_planned_anew_has_the_id_it_had() -> None:
    schedule = a_schedule()
    occurrence = occurrence_id(schedule, TODAY)

    assert occurrence == occurrence_id(schedule, TODAY)
    assert delivery_id(occurrence, VILLAGE, "square") == delivery_id(occurrence, VILLAGE, "square")

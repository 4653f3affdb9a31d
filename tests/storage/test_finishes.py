"""What is done with posted cards, on both databases."""

from dataclasses import replace

from bot.domain.finishing import Step
from bot.domain.ids import DeliveryId, OccurrenceId, ScheduleId
from bot.domain.places import MessageRef
from bot.domain.schedule import Target
from bot.ports.chores import Chore
from bot.storage.database import Database
from tests.storage.values import (
    DAY,
    LEASE,
    MINUTE,
    NINE,
    SQUARE,
    TODAY,
    VILLAGE,
    a_delivery,
    a_schedule,
    a_village,
    an_occurrence,
)

D1, D2 = DeliveryId("d1"), DeliveryId("d2")
MORNING = ScheduleId("morning")


async def prepare(database: Database, *steps: Step) -> None:
    """Yesterday's and today's card of a schedule that wants this done, both posted."""
    await a_village(database)
    async with database.unit_of_work() as work:
        target = Target(VILLAGE, SQUARE, "maya", notify="helpers")
        await work.schedules.save(a_schedule(steps=frozenset(steps), targets=(target,)))
        await work.occurrences.add([an_occurrence("yesterday", local_date=TODAY - DAY, due_at=NINE - DAY)])
        yesterday = a_delivery(D1, occurrence=OccurrenceId("yesterday"), due_at=NINE - DAY, place=SQUARE, message="41")
        await work.outbox.put([yesterday, a_delivery(D2, place=SQUARE, message="42")])
        await work.commit()


async def test_what_a_schedule_wants_is_to_be_done_once_with_each_of_its_cards(database: Database) -> None:
    await prepare(database, Step.PIN, Step.THREAD)

    async with database.unit_of_work() as work:
        await work.finishes.begin([D1, D2], NINE)
        await work.finishes.begin([D2], NINE + MINUTE)
        claimed = await work.finishes.claim("anna", "letters", NINE, LEASE, 10)

        assert [(one.delivery, one.step, one.ref, one.doubt) for one in claimed] == [
            (D1, Step.PIN, MessageRef(SQUARE, "41"), False),
            (D1, Step.THREAD, MessageRef(SQUARE, "41"), False),
            (D2, Step.PIN, MessageRef(SQUARE, "42"), False),
            (D2, Step.THREAD, MessageRef(SQUARE, "42"), False),
        ]
        assert (await work.chores.next_at())[Chore.FINISHES] == {"letters": NINE + LEASE}


async def test_a_schedule_that_wants_nothing_has_no_rows(database: Database) -> None:
    await prepare(database)

    async with database.unit_of_work() as work:
        await work.finishes.begin([D1, D2], NINE)

        assert (await work.chores.next_at())[Chore.FINISHES] == {}


async def test_whom_a_delivery_notifies_is_its_targets_choice(database: Database) -> None:
    await prepare(database)
    async with database.unit_of_work() as work:
        assert await work.finishes.notified([D1, D2, DeliveryId("none")]) == {D1: "helpers", D2: "helpers"}
        await work.schedules.save(a_schedule())

        assert await work.finishes.notified([D1, D2]) == {}


async def test_what_somebody_never_gave_back_comes_in_doubt_and_theirs_no_more(database: Database) -> None:
    await prepare(database, Step.THREAD)
    async with database.unit_of_work() as work:
        await work.finishes.begin([D2], NINE)
        [old] = await work.finishes.claim("anna", "letters", NINE, LEASE, 10)
        assert await work.finishes.claim("ben", "letters", NINE, LEASE, 10) == []

        [new] = await work.finishes.claim("ben", "letters", NINE + LEASE, LEASE, 10)

        assert new.doubt
        assert not await work.finishes.settle(old.carried_out(), None)
        assert await work.finishes.settle(new.later(doubt=False), NINE + DAY)
        [again] = await work.finishes.claim("anna", "letters", NINE + DAY, LEASE, 10)
        assert (again.doubt, again.attempts) == (False, 1)


async def test_the_newest_pin_comes_first_and_one_that_was_given_up_is_none(database: Database) -> None:
    await prepare(database, Step.PIN)
    async with database.unit_of_work() as work:
        await work.finishes.begin([D1, D2], NINE)
        first, second = await work.finishes.claim("anna", "letters", NINE, LEASE, 10)
        await work.finishes.settle(first.carried_out(), None)
        both = [(one.delivery, one.done) for one in await work.finishes.pins(MORNING, VILLAGE)]

        await work.finishes.settle(second.given_up("no.right", "Please allow it."), None)

        assert both == [(D2, False), (D1, True)]
        assert [one.delivery for one in await work.finishes.pins(MORNING, VILLAGE)] == [D1]
        [[trouble]] = (await work.finishes.troubles([D1, D2])).values()
        assert trouble == replace(second, trouble="no.right", sentence="Please allow it.", claim="")
        await work.finishes.forget(first)
        assert await work.finishes.pins(MORNING, VILLAGE) == []


async def test_a_schedule_keeps_what_is_done_with_its_cards(database: Database) -> None:
    await prepare(database, Step.THREAD)

    async with database.reading() as work:
        kept = await work.schedules.get(MORNING)

    assert kept.steps == {Step.THREAD}
    assert [target.notify for target in kept.targets] == ["helpers"]

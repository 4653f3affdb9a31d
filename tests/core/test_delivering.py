import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import State
from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.message import Action
from bot.domain.places import MessageRef
from bot.services.delivering import LEASE
from bot.storage.database import SqlUnitOfWork
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MORNING,
    NINE,
    SQUARE,
    BlindLetters,
    SlowLetters,
    a_sleeping_village,
    a_village,
    a_worker,
    command,
    headings,
    labels,
    mornings,
    named,
    press,
    skips,
    states,
    surroundings,
    the_delivery,
)
from tests.house import House, moderator


def use(house: House, letters: SlowLetters | BlindLetters) -> None:
    """Let another kind of letters stand in the house's place."""
    house.letters = letters
    house.room.messengers["letters"] = letters


async def let_others_go_on(house: House) -> None:
    """Time for many statements of other tasks, so that one that does not wait gets far."""
    for _ in range(100):
        await house.database.ping()


async def at_nine(house: House) -> None:
    """Let it be nine with the card planned, while no worker of the house looks."""
    house.clock.at = NINE
    while await house.core.calendar.plan():
        pass


async def test_a_platform_that_is_busy_gets_the_card_a_little_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", 30 * MINUTE))] * 2

        await house.until(NINE + 2 * HOUR)

        assert mornings(house) == [NINE + HOUR]
        assert await states(house) == [("posted", "")]


async def test_a_platform_that_stays_busy_past_the_grace_is_left_alone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy"))] * 1000

        await house.until(NINE + 5 * HOUR)

        assert headings(house) == []
        assert await states(house) == [("skipped", "too_late")]
        assert 900 < len(house.letters.faults) < 1000


async def test_a_lost_answer_gives_no_second_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("after", Uncertain("lost"))]

        await house.until(NINE + HOUR)

        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]
        assert (await the_delivery(house)).message == "0"


async def test_a_platform_is_not_asked_while_the_request_may_be_on_its_way(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("after", Uncertain("lost"))]

        await house.until(NINE + timedelta(seconds=29))
        early = await states(house)
        await house.until(NINE + timedelta(seconds=31))

        assert early == [("sending", "")]
        assert await states(house) == [("posted", "")]


async def test_a_lost_request_is_made_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", Uncertain("lost"))]

        await house.until(NINE + HOUR)

        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_a_request_that_is_lost_again_and_again_ends_with_the_grace(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", Uncertain("lost"))] * 1000

        await house.until(NINE + 5 * HOUR)

        assert headings(house) == []
        assert await states(house) == [("skipped", "too_late")]


async def test_a_card_that_the_platform_refuses_is_not_tried_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", Unacceptable("too_long"))]

        await house.until(NINE + DAY)

        assert mornings(house) == [NINE + DAY]
        assert await states(house) == [("failed", "too_long"), ("posted", "")]


async def test_what_failed_can_be_posted_by_a_moderator(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", Unacceptable("too_long"))]
        await house.until(NINE + HOUR)

        await command(house, "kindling post")
        await house.core.engine.settle()

        assert mornings(house) == [NINE + HOUR]
        assert await states(house) == [("posted", "")]


async def test_a_platform_that_cannot_be_asked_leaves_the_card_unsure_and_says_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")]))
        house.letters.faults = [("after", Uncertain("lost"))]

        await house.until(NINE + HOUR)
        status = await command(house, "kindling status")

        assert headings(house) == [MORNING]
        assert await states(house) == [("unsure", "cannot_look")]
        assert "Post again" in labels(status)


async def test_an_unsure_card_is_posted_again_when_a_moderator_says_so_and_only_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")]))
        house.letters.faults = [("before", Uncertain("lost"))]
        await house.until(NINE + 4 * HOUR)
        status = await command(house, "kindling status")

        await press(house, status, "Post again")
        await press(house, status, "Post again")
        await house.core.engine.settle()
        await press(house, status, "Post again")
        await house.core.engine.settle()

        assert mornings(house) == [NINE + 4 * HOUR]
        assert await states(house) == [("posted", "")]


async def test_posting_now_does_not_repeat_an_unsure_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")]))
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE + HOUR)

        told = await command(house, "kindling post")
        await house.core.engine.settle()

        assert headings(house) == [MORNING]
        assert labels(told) == ["Post again"]


async def test_an_unsure_card_of_an_earlier_day_is_not_offered_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")]))
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE + DAY + HOUR)

        status = await command(house, "kindling status")

        assert len(mornings(house)) == 2
        assert "Post again" not in labels(status)


async def test_an_unsure_card_is_known_again_as_soon_as_somebody_touches_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")]))
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE + HOUR)
        delivery = await the_delivery(house)

        await house.kindling.press(moderator(), Action("rest", delivery.id), MessageRef(SQUARE, "0"))

        assert await states(house) == [("posted", "")]
        assert (await the_delivery(house)).message == "0"


async def test_a_touched_message_of_another_channel_adopts_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")]))
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE + HOUR)
        delivery = await the_delivery(house)
        elsewhere = MessageRef(SQUARE.__class__("letters", "village", "garden"), "0")

        await house.kindling.press(moderator(), Action("rest", delivery.id), elsewhere)

        assert await states(house) == [("unsure", "cannot_look")]


async def test_a_platform_that_is_busy_when_asked_is_asked_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[TryLater("busy", MINUTE)] * 3))
        house.letters.faults = [("after", Uncertain("lost"))]

        await house.until(NINE + HOUR)

        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_a_doubt_outlives_the_grace_and_the_card_is_still_found(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[TryLater("down", 4 * HOUR)]))
        house.letters.faults = [("after", Uncertain("lost"))]

        await house.until(NINE + 5 * HOUR)

        assert await states(house) == [("posted", "")]


async def test_a_channel_that_closes_during_a_doubt_gives_no_second_card_when_it_opens(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Unreachable("closed", "Please open it.")]))
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE + HOUR)
        undecided = await states(house)

        await press(house, await command(house, "kindling status"), "Check again")
        await house.core.engine.settle()

        assert undecided == [("unsure", "closed")]
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_a_channel_that_closes_during_a_doubt_gets_the_card_that_never_came(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        use(house, BlindLetters(surroundings(house), blindness=[Unreachable("closed", "Please open it.")]))
        house.letters.faults = [("before", Uncertain("lost"))]
        await house.until(NINE + HOUR)

        await press(house, await command(house, "kindling status"), "Check again")
        await house.core.engine.settle()

        assert mornings(house) == [NINE + HOUR]
        assert await states(house) == [("posted", "")]


async def test_a_card_waits_for_an_adapter_that_is_not_open(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        del house.room.messengers["letters"]
        await house.until(NINE + MINUTE)
        waiting = await states(house)

        house.room.messengers["letters"] = house.letters
        await house.until(NINE + 2 * MINUTE)

        assert waiting == [("planned", "")]
        assert len(mornings(house)) == 1
        assert await states(house) == [("posted", "")]


async def test_a_card_does_not_wait_for_an_adapter_beyond_its_grace(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        del house.room.messengers["letters"]
        await house.until(NINE + MINUTE)

        house.clock.at = NINE + 3 * HOUR + MINUTE
        await house.core.engine.settle()

        assert await states(house) == [("skipped", "too_late")]


async def test_a_lost_answer_is_looked_into_when_the_adapter_is_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("after", Uncertain("lost"))]
        await house.until(NINE)
        del house.room.messengers["letters"]
        house.clock.at = NINE + 4 * HOUR
        await house.core.engine.settle()
        undecided = await states(house)

        house.room.messengers["letters"] = house.letters
        await house.until(NINE + 4 * HOUR + MINUTE)

        assert undecided == [("sending", "")]
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_a_worker_that_dies_after_claiming_loses_its_lease_and_not_the_card(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        anna, ben = a_worker(house, "anna"), a_worker(house, "ben")
        [of_anna] = await anna.claim("letters", 10)
        too_early = await ben.claim("letters", 10)

        house.clock.at = NINE + LEASE
        [of_ben] = await ben.claim("letters", 10)
        await ben.carry_out(of_ben)
        await anna.carry_out(of_anna)

        assert too_early == []
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_a_worker_that_wakes_up_after_its_lease_sends_nothing(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        anna, ben = a_worker(house, "anna"), a_worker(house, "ben")
        [of_anna] = await anna.claim("letters", 10)
        house.clock.at = NINE + LEASE
        [of_ben] = await ben.claim("letters", 10)

        await anna.carry_out(of_anna)
        nothing_yet = headings(house)
        await ben.carry_out(of_ben)

        assert nothing_yet == []
        assert headings(house) == [MORNING]


async def test_a_card_that_waited_for_its_turn_is_not_taken_while_it_is_being_sent(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        slow = SlowLetters(surroundings(house))
        use(house, slow)
        anna, ben = a_worker(house, "anna"), a_worker(house, "ben")
        [of_anna] = await anna.claim("letters", 10)
        house.clock.at = NINE + LEASE - MINUTE  # anna had other cards to send before
        sending = asyncio.create_task(anna.carry_out(of_anna))
        await slow.reached.wait()

        house.clock.at = NINE + LEASE
        of_ben = await ben.claim("letters", 10)
        slow.gate.set()
        await sending

        assert of_ben == []
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def die_while_sending(house: House, slow: SlowLetters) -> None:
    """The worker is killed at nine, in the middle of sending the card."""
    use(house, slow)
    await at_nine(house)
    worker = a_worker(house, "anna")
    [delivery] = await worker.claim("letters", 10)
    sending = asyncio.create_task(worker.carry_out(delivery))
    await slow.reached.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


@pytest.mark.parametrize("after_posting", [False, True], ids=["before it was posted", "after it was posted"])
async def test_a_worker_killed_while_sending_gives_the_card_exactly_once(tmp_path: Path, after_posting: bool) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        slow = SlowLetters(surroundings(house), after_posting=after_posting)
        await die_while_sending(house, slow)
    async with a_village(tmp_path, NINE + MINUTE, slow) as house:
        await house.core.engine.settle()
        left_over = await states(house)

        await house.until(NINE + HOUR)

        assert left_over == [("sending", "")]
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]
        assert (await the_delivery(house)).message == "0"


async def test_a_card_that_a_killed_worker_left_in_doubt_too_late_is_not_posted(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        slow = SlowLetters(surroundings(house))
        await die_while_sending(house, slow)
    async with a_village(tmp_path, NINE + 4 * HOUR, slow) as house:
        await house.core.engine.settle()

        assert headings(house) == []
        assert await states(house) == [("skipped", "too_late")]


async def test_a_clock_that_jumps_while_a_card_is_being_sent_gives_no_second_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        slow = SlowLetters(surroundings(house))
        use(house, slow)
        house.clock.at = NINE
        house.core.engine.nudge()
        await slow.reached.wait()
        slow.reached.clear()

        house.clock.at = NINE + 2 * LEASE
        waiting = asyncio.create_task(house.core.engine.settle())
        await let_others_go_on(house)
        began_again = slow.reached.is_set()
        slow.gate.set()
        await waiting

        assert not began_again
        assert headings(house) == [MORNING]
        assert await states(house) == [("posted", "")]


async def test_one_channel_s_cards_are_sent_one_after_the_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="sat")
        slow = SlowLetters(surroundings(house))
        use(house, slow)
        house.clock.at = NINE
        house.core.engine.nudge()
        await slow.reached.wait()
        slow.reached.clear()

        await command(house, "kindling post")
        settling = asyncio.create_task(house.core.engine.settle())
        await let_others_go_on(house)
        began_too_early = slow.reached.is_set()
        slow.gate.set()
        await settling

        assert not began_too_early
        assert headings(house) == ["This week: A friend to yourself", MORNING]


async def test_a_message_that_was_posted_is_posted_whoever_took_the_delivery_meanwhile(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        slow = SlowLetters(surroundings(house), after_posting=True)
        use(house, slow)
        anna, ben = a_worker(house, "anna"), a_worker(house, "ben")
        [of_anna] = await anna.claim("letters", 10)
        sending = asyncio.create_task(anna.carry_out(of_anna))
        await slow.reached.wait()
        house.clock.at = NINE + 2 * LEASE
        blind = BlindLetters(surroundings(house), letters=slow.letters, blindness=[Uncertain("cannot_look")])
        use(house, blind)
        [of_ben] = await ben.claim("letters", 10)
        await ben.carry_out(of_ben)
        unsure = await states(house)

        slow.gate.set()
        await sending

        assert unsure == [("unsure", "cannot_look")]
        assert await states(house) == [("posted", "")]
        assert headings(house) == [MORNING]


async def test_a_card_that_was_sent_while_the_disk_was_full_is_kept_when_there_is_room(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        slow = SlowLetters(surroundings(house), after_posting=True)
        use(house, slow)
        anna = a_worker(house, "anna")
        [delivery] = await anna.claim("letters", 10)
        sending = asyncio.create_task(anna.carry_out(delivery))
        await slow.reached.wait()
        unit_of_work, refused = house.database.unit_of_work, asyncio.Event()

        @asynccontextmanager
        async def full_once() -> AsyncIterator[SqlUnitOfWork]:
            if not refused.is_set():
                refused.set()
                raise DatabaseProblem("the disk is full", "database.full")
            async with unit_of_work() as work:
                yield work

        house.database.unit_of_work = full_once  # type: ignore[method-assign] -- a failure from outside
        slow.gate.set()
        await sending

        assert refused.is_set()
        assert await states(house) == [("posted", "")]


def lose_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, let the answer to the first commit be lost: it is kept, and told as if the server were gone."""
    commit, lost = SqlUnitOfWork.commit, asyncio.Event()

    async def unanswered(work: SqlUnitOfWork) -> None:
        await commit(work)
        if not lost.is_set():
            lost.set()
            raise DatabaseProblem("the connection is gone", "database.no_answer")

    monkeypatch.setattr(SqlUnitOfWork, "commit", unanswered)


async def test_a_posted_card_that_was_kept_without_an_answer_counts_as_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        anna = a_worker(house, "anna")
        [delivery] = await anna.claim("letters", 10)
        house.letters.arrived = lambda: lose_the_answer(monkeypatch)

        await anna.carry_out(delivery)

        assert [entry.state for entry in house.notebook.entries] == [State.POSTED]
        assert await states(house) == [("posted", "")]


async def test_an_unsure_card_that_was_kept_without_an_answer_is_told_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        blind = BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")])
        use(house, blind)
        blind.faults = [("after", Uncertain("lost"))]
        anna = a_worker(house, "anna")
        [delivery] = await anna.claim("letters", 10)
        await anna.carry_out(delivery)
        house.clock.at = NINE + MINUTE
        [in_doubt] = await anna.claim("letters", 10)
        lose_the_answer(monkeypatch)

        await anna.carry_out(in_doubt)

        assert await states(house) == [("unsure", "cannot_look")]
        assert len(blind.told) == 1


async def test_a_card_that_a_closed_channel_refused_while_the_disk_was_full_is_not_taken_for_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await at_nine(house)
        house.letters.closed.add(SQUARE)
        anna = a_worker(house, "anna")
        [delivery] = await anna.claim("letters", 10)

        async def full(*_: object, **__: object) -> None:
            raise DatabaseProblem("the disk is full", "database.full")

        monkeypatch.setattr(anna._attention, "mark", full)
        await anna.carry_out(delivery)

        assert await states(house) == [("failed", "letters.closed")]


async def test_two_houses_with_several_workers_give_each_card_once(tmp_path: Path) -> None:
    spaces = [f"village-{number}" for number in range(12)]
    async with a_village(tmp_path) as one, a_village(tmp_path) as other:
        other.letters.letters = one.letters.letters
        for space in spaces:
            await be_set_up(one, moderator(space=space))
        one.clock.at = other.clock.at = NINE

        for _ in range(3):
            for house in (one, other):
                house.core.engine.nudge()
            await asyncio.gather(one.core.engine.settle(), other.core.engine.settle())

        keys = [letter.key for letter in one.letters.letters]
        where = [(letter.place.space, named(letter.card)) for letter in one.letters.letters]
        assert len(keys) == len(set(keys)) == 24
        assert sorted(where) == sorted((s, h) for s in spaces for h in ("This week: A friend to yourself", MORNING))
        assert await states(one) == [("posted", "")] * 24


async def test_two_planners_decide_each_date_once(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as one, a_sleeping_village(tmp_path) as other:
        await be_set_up(one)
        one.clock.at = other.clock.at = NINE + DAY

        await asyncio.gather(*(house.core.calendar.plan() for house in (one, other) for _ in range(5)))

        assert await skips(one) == [("23 Nov", "too_late"), ("24 Nov", "")]
        assert await skips(one, "challenge") == [("23 Nov", "")]


async def test_the_notebook_hears_of_a_card_once_it_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await house.until(NINE)

        assert [entry.state for entry in house.notebook.entries] == [State.POSTED]


async def test_a_failure_of_ours_in_one_channel_leaves_the_others_alone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await be_set_up(house, moderator(space="hamlet"), weekly="off")
        broken: list[tuple[str, AdapterError]] = [("before", ValueError("a bug"))]  # type: ignore[list-item]
        house.letters.faults = broken

        await house.until(NINE + HOUR)

        assert len(mornings(house)) == 2
        assert await states(house) == [("posted", "")] * 2


FAULTS: list[Callable[[], AdapterError]] = [
    lambda: TryLater("busy"),
    lambda: Uncertain("lost"),
    lambda: Unacceptable("refused"),
    lambda: Unreachable("closed", "Please open it."),
]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("fault", FAULTS, ids=["TryLater", "Uncertain", "Unacceptable", "Unreachable"])
async def test_every_fault_ends_in_a_settled_state(
    tmp_path: Path, fault: Callable[[], AdapterError], moment: str
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [(moment, fault())]

        await house.until(NINE + 4 * HOUR)

        [(state, _)] = await states(house)
        assert State(state).settled
        if moment == "before" or isinstance(fault(), Uncertain):  # after posting, only `Uncertain` tells the truth
            assert len(mornings(house)) == (1 if state == "posted" else 0)

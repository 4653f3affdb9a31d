"""What comes in faster than it can be kept: nothing is lost, nothing grows without end, and the order stays."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from bot.domain.errors import DatabaseProblem
from bot.services.intake import Intake


@dataclass
class Shelf:
    """Keeps numbers, when its gate is open and it is whole; some numbers do not fit."""

    batches: list[list[int]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    broken: int = 0
    unfit: frozenset[int] = frozenset()
    pauses: list[float] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    """Happens while something is being kept, and in each pause."""

    def __post_init__(self) -> None:
        self.gate.set()

    async def keep(self, numbers: Sequence[int]) -> None:
        await self.gate.wait()
        self.meanwhile()
        if self.broken:
            self.broken -= 1
            raise DatabaseProblem("the disk is full", "database.full")
        if not self.unfit.isdisjoint(numbers):
            raise ValueError
        self.batches.append(list(numbers))

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.meanwhile()

    def intake(self, room: int = 100, batch: int = 10) -> Intake[int]:
        return Intake(self.keep, room=room, batch=batch, pause=self.pause)

    @property
    def kept(self) -> list[int]:
        return [number for batch in self.batches for number in batch]


async def test_what_comes_alone_is_kept_at_once() -> None:
    shelf = Shelf()

    await shelf.intake().put(1)

    assert shelf.batches == [[1]]


async def test_what_comes_while_the_writer_is_busy_is_kept_together_in_bounded_batches() -> None:
    shelf = Shelf()
    shelf.gate.clear()
    intake = shelf.intake(batch=10)
    first = asyncio.create_task(intake.put(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert all(intake.offer(number) for number in range(1, 26))
    shelf.gate.set()
    await first
    await intake.caught_up()

    assert shelf.batches == [[0], list(range(1, 11)), list(range(11, 21)), list(range(21, 26))]


async def test_when_it_is_full_nothing_more_is_taken_and_nothing_is_lost() -> None:
    shelf = Shelf()
    shelf.gate.clear()
    intake = shelf.intake(room=5)
    taken = [number for number in range(9) if intake.offer(number)]

    waiting = [asyncio.create_task(intake.put(number)) for number in range(10, 20)]
    await asyncio.sleep(0)
    refused = intake.offer(99)
    shelf.gate.set()
    await asyncio.gather(*waiting)

    assert taken == [0, 1, 2, 3, 4]
    assert not refused
    assert shelf.kept == [*taken, *range(10, 20)]


async def test_whoever_does_not_wait_is_not_let_in_before_those_who_do() -> None:
    shelf, let_in = Shelf(), list[bool]()
    shelf.gate.clear()
    intake = shelf.intake(room=1, batch=1)
    intake.offer(0)
    waiting = asyncio.create_task(intake.put(1))
    also = asyncio.create_task(intake.put(2))
    await asyncio.sleep(0)

    shelf.meanwhile = lambda: let_in.append(intake.offer(99)) if len(let_in) < 2 else None
    shelf.gate.set()
    await asyncio.gather(waiting, also)

    assert let_in == [False, False]  # there is room the second time, and somebody who was there before
    assert shelf.kept == [0, 1, 2]


async def test_whoever_waited_and_went_leaves_no_hole() -> None:
    shelf = Shelf()
    shelf.gate.clear()
    intake = shelf.intake(room=1)
    intake.offer(0)
    await asyncio.sleep(0)
    intake.offer(1)
    gone = asyncio.create_task(intake.put(2))
    staying = asyncio.create_task(intake.put(3))
    await asyncio.sleep(0)

    gone.cancel()
    shelf.gate.set()
    await staying

    assert shelf.kept == [0, 1, 3]


async def test_what_cannot_be_kept_now_is_kept_later_with_what_came_meanwhile() -> None:
    shelf, troubles = Shelf(broken=4), list[str]()
    intake = shelf.intake()

    def come() -> None:
        troubles.append(intake.trouble)
        if len(troubles) == 2:
            intake.offer(2)

    shelf.meanwhile = come
    await intake.put(1)
    await intake.caught_up()

    assert shelf.batches == [[1, 2]]
    assert shelf.pauses == sorted(shelf.pauses)
    assert "database.full" in troubles
    assert intake.trouble == ""


async def test_trouble_is_logged_when_it_begins_and_not_at_every_attempt() -> None:
    shelf = Shelf(unfit=frozenset({1}))

    with capture_logs() as logs, suppress(ValueError):
        await shelf.intake().put(1)

    assert [entry["event"] for entry in logs] == ["intake.not_kept", "intake.given_up"]


async def test_what_does_not_fit_is_given_up_and_takes_nothing_else_with_it() -> None:
    shelf = Shelf(unfit=frozenset({2}))
    shelf.gate.clear()
    intake = shelf.intake(room=100, batch=5)
    waiting = [asyncio.create_task(intake.put(number)) for number in range(20)]
    await asyncio.sleep(0)

    shelf.gate.set()
    told = await asyncio.gather(*waiting, return_exceptions=True)

    assert sorted(shelf.kept) == [number for number in range(20) if number != 2]
    assert [number for number, each in enumerate(told) if each is not None] == [2]


async def test_however_long_the_database_is_in_trouble_nothing_is_given_up() -> None:
    shelf = Shelf(broken=100)
    intake = shelf.intake()

    await asyncio.gather(*(intake.put(number) for number in range(3)))

    assert sorted(shelf.kept) == [0, 1, 2]


async def test_closing_keeps_what_was_taken_in() -> None:
    shelf = Shelf()
    intake = shelf.intake(batch=2)
    for number in range(7):
        intake.offer(number)

    await intake.close(within=5)

    assert shelf.kept == list(range(7))


async def test_closing_does_not_wait_for_what_cannot_be_kept() -> None:
    shelf = Shelf()
    shelf.gate.clear()
    intake = shelf.intake()
    waiting = asyncio.create_task(intake.put(1))
    await asyncio.sleep(0)

    await intake.close(within=0)

    assert shelf.kept == []
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

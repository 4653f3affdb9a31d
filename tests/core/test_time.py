"""The engine's wake-ups on a loop whose time is made up: an hour takes no time, and the wall clock can jump."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine

from bot.app import Surroundings
from bot.compose import Core, build_core
from bot.runtime.clock import LedClock, MovableClock, SystemClock
from bot.runtime.engine import LED_CHECK, Bell
from bot.runtime.travel import FARTHEST
from bot.runtime.wakeups import CLOCK_CHECK, HEARTBEAT, SOON, Wakeups
from bot.services.commands import COMMANDS
from tests.core.before import be_set_up
from tests.core.village import DAY, HOUR, MINUTE, MONDAY, NINE, WISHES, a_village, mornings
from tests.house import Notebook, Room, moderator
from tests.letters import Letters
from tests.made_up_loop import MadeUpLoop
from tests.prepared import database_in, the_library

SECOND = timedelta(seconds=1)
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@dataclass
class Watch:
    """Wake-ups under observation: when they looked, in seconds of the monotonic clock."""

    loop: MadeUpLoop
    wall: time_machine.Traveller
    looks: list[float] = field(default_factory=list)
    tidied: list[float] = field(default_factory=list)

    def wakeups(self, check: timedelta = CLOCK_CHECK) -> Wakeups:
        def ahead() -> timedelta:
            return timedelta(seconds=time.time() - self.loop.time())

        return Wakeups(SystemClock(), lambda: self.looks.append(self.loop.time()), ahead, check=check)

    async def tidy(self) -> None:
        self.tidied.append(self.loop.time())


def observe(scenario: Callable[[Watch, Wakeups], Coroutine[Any, Any, None]], check: timedelta = CLOCK_CHECK) -> Watch:
    """Run a scenario beside the watch over the clock."""
    with time_machine.travel(START, tick=False) as wall:
        loop = MadeUpLoop(wall)
        watch = Watch(loop, wall)

        async def run() -> None:
            wakeups = watch.wakeups(check)
            wakeups.start(watch.tidy)
            watching = asyncio.create_task(wakeups.watch_the_clock())
            await scenario(watch, wakeups)
            watching.cancel()
            wakeups.stop()

        loop.run_until_complete(run())
        loop.close()
    return watch


def without_heartbeat(looks: list[float]) -> list[float]:
    return [look for look in looks if look % HEARTBEAT.total_seconds() > 0.01]


def test_there_is_a_look_at_every_heartbeat() -> None:
    async def scenario(_watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(100)

    assert observe(scenario).looks == pytest.approx([30, 60, 90], abs=0.01)


def test_there_is_a_look_at_the_instant_that_was_armed() -> None:
    async def scenario(_watch: Watch, wakeups: Wakeups) -> None:
        wakeups.arm(START + 45 * SECOND)
        await asyncio.sleep(59)

    assert observe(scenario).looks == pytest.approx([30, 45], abs=0.01)


def test_arming_anew_takes_the_place_of_what_was_armed() -> None:
    async def scenario(_watch: Watch, wakeups: Wakeups) -> None:
        wakeups.arm(START + 10 * SECOND)
        wakeups.arm(START + 20 * SECOND)
        await asyncio.sleep(29)

    assert observe(scenario).looks == pytest.approx([20], abs=0.01)


def test_what_is_due_already_is_looked_at_at_once_but_not_without_end() -> None:
    async def scenario(_watch: Watch, wakeups: Wakeups) -> None:
        wakeups.arm(START - DAY)
        await asyncio.sleep(29)

    assert observe(scenario).looks == pytest.approx([SOON.total_seconds()], abs=0.01)


def test_after_a_jump_ahead_there_is_a_look_within_seconds() -> None:
    async def scenario(watch: Watch, wakeups: Wakeups) -> None:
        wakeups.arm(START + 3 * HOUR)
        await asyncio.sleep(11)
        watch.wall.shift(3 * HOUR)
        await asyncio.sleep(2 * CLOCK_CHECK.total_seconds())

    looks = observe(scenario).looks
    assert looks
    assert min(looks) <= 11 + CLOCK_CHECK.total_seconds()


def test_a_jump_of_a_clock_that_is_led_is_seen_at_once() -> None:
    async def scenario(watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(11)
        watch.wall.shift(3 * HOUR)
        await asyncio.sleep(1)

    [look] = observe(scenario, LED_CHECK).looks
    assert look == pytest.approx(11, abs=2 * LED_CHECK.total_seconds())


def test_after_a_jump_there_is_a_look_even_when_nothing_was_armed() -> None:
    async def scenario(watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(11)
        watch.wall.shift(-HOUR)
        await asyncio.sleep(CLOCK_CHECK.total_seconds())

    assert len(observe(scenario).looks) == 1


def test_after_a_jump_back_the_heart_beats_on() -> None:
    async def scenario(watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(32)
        watch.wall.shift(-5 * HOUR)
        await asyncio.sleep(180)

    gaps = [second - first for first, second in pairwise([0, *observe(scenario).looks, 212])]
    assert max(gaps) <= HEARTBEAT.total_seconds() + CLOCK_CHECK.total_seconds()


def test_after_a_jump_back_what_was_armed_comes_at_its_own_instant() -> None:
    async def scenario(watch: Watch, wakeups: Wakeups) -> None:
        wakeups.arm(START + 40 * SECOND)
        await asyncio.sleep(6)
        watch.wall.shift(-HOUR)
        await asyncio.sleep(HOUR.total_seconds() + 60)

    looks = without_heartbeat(observe(scenario).looks)
    assert any(abs(look - (HOUR.total_seconds() + 40)) < 1 for look in looks)


def test_a_clock_that_is_put_right_by_a_little_is_no_jump() -> None:
    async def scenario(watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(7)
        watch.wall.shift(SECOND)
        await asyncio.sleep(15)

    assert observe(scenario).looks == []


def test_tidying_up_is_done_soon_and_then_every_day() -> None:
    async def scenario(_watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(2 * DAY.total_seconds() + 60)

    assert observe(scenario).tidied == pytest.approx([30, 86430, 172830], abs=0.1)


def test_a_jump_over_days_is_tidied_after_too() -> None:
    async def scenario(watch: Watch, _wakeups: Wakeups) -> None:
        await asyncio.sleep(41)
        watch.wall.shift(3 * DAY)
        await asyncio.sleep(2 * CLOCK_CHECK.total_seconds())

    assert observe(scenario).tidied == pytest.approx([30, 45], abs=0.1)


def test_nothing_is_looked_at_once_it_has_stopped() -> None:
    async def scenario(watch: Watch, wakeups: Wakeups) -> None:
        wakeups.stop()
        wakeups.stop()
        wakeups.arm(START + 10 * SECOND)
        await asyncio.sleep(100)

    assert observe(scenario).looks == []


async def test_rings_while_nobody_listens_count_as_one() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()

    await bell.heard()

    again = asyncio.create_task(bell.heard())
    await asyncio.sleep(0)
    assert not again.done()
    again.cancel()


async def test_a_planner_that_fails_once_goes_on_at_the_next_look(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.core.engine.settle()
        plan, failed, heard = house.core.calendar.plan, asyncio.Event(), list[bool]()

        async def fail_once() -> int:
            if not failed.is_set():
                failed.set()
                raise OSError("the disk is full")
            return await plan()

        house.core.calendar.plan = fail_once  # type: ignore[method-assign] -- a failure from outside
        house.notebook.planned = lambda *, good: heard.append(good)  # type: ignore[method-assign] -- it expects none
        house.clock.at = NINE
        house.core.engine.nudge()
        await failed.wait()
        house.core.engine.nudge()
        await house.core.engine.settle()

        assert mornings(house) == [NINE]
        assert heard[0] is False


@dataclass
class Playground:
    core: Core
    clock: MovableClock
    letters: Letters


async def in_a_playground(folder: Path, play: Callable[[Playground], Coroutine[Any, Any, None]]) -> Letters:
    """A running house with a clock that can be moved on."""
    database = database_in(folder)
    clock, room = MovableClock(folder / "clock.json"), Room()
    letters = Letters(Surroundings(clock, COMMANDS, folder))
    room.messengers["letters"] = letters
    core = build_core(database, the_library(), room, clock, watcher=Notebook())
    running = asyncio.create_task(core.engine.run())
    await play(Playground(core, clock, letters))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await database.close()
    return letters


async def test_what_cannot_be_taken_is_not_looked_at_without_end(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        tries = asyncio.Semaphore(0)

        async def claim(_platform: str, _limit: int) -> list[Any]:
            tries.release()
            return []

        async def many_tries() -> None:
            for _ in range(8):
                await tries.acquire()

        house.core.engine._deliverer.claim = claim  # type: ignore[method-assign] -- as if another worker held it
        house.clock.at = NINE
        house.core.engine.nudge()

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(many_tries(), 20 * SOON.total_seconds())


@time_machine.travel(MONDAY, tick=False)
async def test_going_a_week_forward_brings_every_card_at_its_own_instant(tmp_path: Path) -> None:
    async def play(ground: Playground) -> None:
        await ground.core.kindling.command(moderator(), "kindling setup", WISHES)
        assert ground.core.kindling.travel
        await ground.core.kindling.travel.forward(7 * DAY)

    letters = await in_a_playground(tmp_path, play)

    assert [letter.at for letter in letters.letters] == [NINE, *(NINE + day * DAY for day in range(7))]


@time_machine.travel(MONDAY, tick=False)
async def test_going_to_the_next_card_posts_it(tmp_path: Path) -> None:
    async def play(ground: Playground) -> None:
        travel = ground.core.kindling.travel
        assert travel
        nothing = await travel.to_next_card()
        await ground.core.kindling.command(moderator(), "kindling setup", {**WISHES, "weekly": "off"})
        something = await travel.to_next_card()

        assert (nothing, something) == (False, True)
        assert ground.clock.now() == NINE

    letters = await in_a_playground(tmp_path, play)

    assert [letter.at for letter in letters.letters] == [NINE]


@time_machine.travel(MONDAY, tick=False)
async def test_going_to_the_next_card_goes_past_a_pause(tmp_path: Path) -> None:
    async def play(ground: Playground) -> None:
        travel = ground.core.kindling.travel
        assert travel
        await ground.core.kindling.command(moderator(), "kindling setup", {**WISHES, "weekly": "off"})
        await ground.core.kindling.command(moderator(), "kindling pause", {"until": "3d"})

        assert await travel.to_next_card()

        assert ground.clock.now() == NINE + 3 * DAY

    letters = await in_a_playground(tmp_path, play)

    assert [letter.at for letter in letters.letters] == [NINE + 3 * DAY]


@time_machine.travel(MONDAY, tick=False)
async def test_nobody_travels_farther_than_five_weeks_at_once(tmp_path: Path) -> None:
    async def play(ground: Playground) -> None:
        assert ground.core.kindling.travel
        await ground.core.kindling.travel.forward(5000 * DAY)

        assert ground.clock.now() == MONDAY + FARTHEST

    await in_a_playground(tmp_path, play)


@time_machine.travel(MONDAY, tick=False)
def test_a_moved_clock_stays_moved_after_a_restart_and_never_goes_back(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "clock.json"
    MovableClock(file).move_to(MONDAY + HOUR)

    clock = MovableClock(file)
    clock.move_to(MONDAY + MINUTE)

    assert clock.now() == MONDAY + HOUR
    assert json.loads(file.read_text()) == {"ahead_seconds": 3600}


def test_the_system_s_clock_tells_the_instant_in_utc() -> None:
    with time_machine.travel(MONDAY, tick=False):
        assert SystemClock().now() == MONDAY
        assert SystemClock().now().tzinfo is UTC


def test_a_led_clock_goes_as_far_ahead_as_its_file_says(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    LedClock.lead(file, DAY)
    with time_machine.travel(MONDAY, tick=False):
        clock = LedClock(file)
        first, before = clock.now(), clock.difference()

        LedClock.lead(file, DAY + HOUR)

        assert (first, clock.now()) == (MONDAY + DAY, MONDAY + DAY + HOUR)
        assert clock.difference() - before == pytest.approx(HOUR, abs=SECOND)

from datetime import datetime
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.message import Card
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    MORNING,
    NINE,
    a_village,
    command,
    headings,
    moments,
    mornings,
    set_up,
    skips,
    states,
    use_seed,
)
from tests.house import House

SEED = "a seed that both houses share"


def cards(house: House) -> list[tuple[Card, datetime]]:
    """What was posted and when; without the buttons, which name the delivery."""
    return [
        (Card(c.heading, c.body, footnote=c.footnote), letter.at)
        for letter in house.letters.letters
        for c in [letter.card]
    ]


async def test_a_restart_between_all_steps_gives_the_same_cards_as_none(tmp_path: Path) -> None:
    stops = [NINE - MINUTE, NINE, NINE + MINUTE, NINE + DAY, NINE + 3 * DAY, NINE + 7 * DAY]
    (tmp_path / "without").mkdir()
    (tmp_path / "with").mkdir()
    async with a_village(tmp_path / "without") as house:
        await be_set_up(house)
        await use_seed(house, SEED)
        for stop in stops:
            await house.until(stop)
        without = cards(house)

    letters = None
    async with a_village(tmp_path / "with") as house:
        await be_set_up(house)
        await use_seed(house, SEED)
        letters = house.letters
    for before, stop in pairwise([MONDAY, *stops]):
        async with a_village(tmp_path / "with", before, letters) as house:
            await house.until(stop)
            letters = house.letters
    async with a_village(tmp_path / "with", stops[-1], letters) as house:
        await house.core.engine.settle()

        assert cards(house) == without
        assert len(without) == 10


async def test_a_restart_at_the_very_instant_posts_the_card_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
    for _ in range(3):
        async with a_village(tmp_path, NINE, house.letters) as house:
            await house.core.engine.settle()

    assert moments(house) == [(MORNING, NINE)]


async def test_a_restart_between_planning_and_sending_loses_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        del house.room.messengers["letters"]
        await house.until(NINE)
        planned = await states(house)
    async with a_village(tmp_path, NINE + MINUTE) as house:
        await house.core.engine.settle()

        assert planned == [("planned", "")]
        assert len(mornings(house)) == 1


async def test_a_restart_keeps_a_pause_and_a_post(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling post")
        await command(house, "kindling pause", until="2026-11-25")
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE + 2 * DAY)

        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "paused"), ("25 Nov", "")]
        assert mornings(house)[-1] == NINE + 2 * DAY


async def test_a_clock_that_jumps_ahead_within_the_grace_posts_each_card_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        house.clock.at = NINE + 2 * HOUR
        await house.core.engine.settle()

        assert moments(house) == [
            ("This week: A friend to yourself", NINE + 2 * HOUR),
            (MORNING, NINE + 2 * HOUR),
        ]


async def test_a_clock_that_goes_back_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE)

        house.clock.at = NINE - 5 * HOUR
        await house.core.engine.settle()
        await house.until(NINE + DAY)

        assert mornings(house) == [NINE, NINE + DAY]
        assert headings(house).count("This week: A friend to yourself") == 1


async def test_a_clock_that_goes_back_over_midnight_repeats_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off", morning="00:00", zone="UTC")
        midnight = datetime(2026, 11, 24, tzinfo=MONDAY.tzinfo)
        await house.until(midnight)

        house.clock.at = midnight - HOUR
        await house.core.engine.settle()
        await set_up(house, weekly="off", morning="23:30", zone="UTC")
        await house.until(midnight + DAY)

        decided = [day for day, _ in await skips(house)]
        assert len(decided) == len(set(decided))
        assert len(mornings(house)) == len(decided)


@given(
    jumps=st.lists(st.integers(-4 * 60, 8 * 60), max_size=6), restarts=st.lists(st.booleans(), min_size=6, max_size=6)
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_however_the_clock_jumps_no_local_date_has_two_cards(
    tmp_path_factory: object, jumps: list[int], restarts: list[bool]
) -> None:
    folder: Path = tmp_path_factory.mktemp("village")  # type: ignore[attr-defined]
    async with a_village(folder) as house:
        await be_set_up(house, weekly="off", morning="08:30")
        letters, now = house.letters, house.clock.at
    for jump, restart in zip(jumps, restarts, strict=False):
        now += jump * MINUTE
        async with a_village(folder, now, letters) as house:
            await house.core.engine.settle()
            if not restart:
                await house.forward(HOUR)
            now = house.clock.at
    async with a_village(folder, max(now, MONDAY) + 3 * HOUR, letters) as house:
        await house.core.engine.settle()

        decided = [day for day, _ in await skips(house)]
        posted = [day for day, skip in await skips(house) if not skip]
        assert len(decided) == len(set(decided))
        assert len(mornings(house)) == len(posted)
        assert "23 Nov" in decided


async def test_a_card_that_is_planned_anew_has_the_key_of_the_first_time(tmp_path: Path) -> None:
    keys: list[list[str]] = []
    async with a_village(tmp_path) as house:
        await be_set_up(house)
    before = (tmp_path / "kindling.sqlite").read_bytes()

    for _ in range(2):
        (tmp_path / "kindling.sqlite").write_bytes(before)
        async with a_village(tmp_path) as house:
            await house.until(NINE + DAY)
            keys.append([letter.key for letter in house.letters.letters])

    assert keys[0] == keys[1]
    assert len(set(keys[0])) == len(keys[0]) >= 2

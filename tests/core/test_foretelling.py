"""What the week brings, told to moderators privately where they wish for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.domain.forms import Form
from bot.domain.ids import CommunityId
from bot.domain.message import Action, Card
from bot.domain.places import Person, Place
from bot.ports.chores import Chore
from bot.services.alerts import LEASE, Alerts
from bot.services.calendar import Coming
from bot.services.foretelling import Foretelling
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    a_sleeping_village,
    a_village,
    command,
    press,
    set_up,
    surroundings,
)
from tests.house import House, member, moderator
from tests.letters import Letters

WEEK = 7 * DAY
TOWER = Place("letters", "village", "tower")
TITLE = "What this week brings"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, on a Monday morning before its card."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        yield house


async def switch(house: House, *, on: bool = True, **words: str) -> None:
    """Choose in the settings whether there is a preview of each week."""
    form = (await house.kindling.press(moderator(), Action("open", "community"))).content
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields} | {"previews": "yes" if on else "no"} | words
    await house.kindling.submit(moderator(), form.name, form.subject, values)


def told(house: House) -> list[Card]:
    return [card for _, card in house.letters.told if card.heading == TITLE]


def in_channels(house: House) -> list[Place]:
    return [letter.place for letter in house.letters.letters if letter.card.heading == TITLE]


async def test_nobody_is_told_unless_it_is_switched_on(house: House) -> None:
    await house.until(NINE + WEEK + MINUTE)

    assert told(house) == []


async def test_whoever_set_up_is_told_with_the_first_morning_card_of_each_week(house: House) -> None:
    await switch(house)
    await house.until(NINE - MINUTE)
    before = told(house)
    await house.until(NINE + MINUTE)
    first = told(house)
    await house.until(NINE + WEEK + MINUTE)

    assert before == []
    assert len(first) == 1
    assert "Tue 24 Nov 09:00" in first[0].plain()
    assert len(told(house)) == 2
    assert in_channels(house) == []


async def test_it_is_told_in_the_moderators_place_and_nowhere_else(house: House) -> None:
    house.letters.locked.add(TOWER)
    await command(house, "kindling moderators", place="tower")
    await switch(house)
    await house.until(NINE + MINUTE)

    assert in_channels(house) == [TOWER]
    assert told(house) == []


async def test_it_is_told_on_tuesday_where_monday_is_a_day_off(house: House) -> None:
    await switch(house, rest="mon")
    await house.until(NINE + MINUTE)
    monday = told(house)
    await house.until(NINE + DAY + MINUTE)

    assert monday == []
    assert len(told(house)) == 1


async def test_a_day_off_that_is_named_after_it_was_told_tells_it_no_second_time(house: House) -> None:
    await switch(house)
    await house.until(NINE + MINUTE)
    await command(house, "kindling skip", when="2026-11-23")
    await house.until(NINE + 3 * DAY)

    assert len(told(house)) == 1


async def test_a_pause_is_not_told_of_and_its_end_is_the_first_day(house: House) -> None:
    await switch(house)
    await command(house, "kindling pause", until="2026-11-25")
    await house.until(NINE + DAY + MINUTE)
    paused = told(house)
    await house.until(NINE + 2 * DAY + MINUTE)

    assert paused == []
    assert len(told(house)) == 1


async def test_it_moves_with_the_time_of_the_morning_card(house: House) -> None:
    await switch(house)
    await set_up(house, weekly="off", morning="08:30")
    await house.until(NINE - 29 * MINUTE)

    assert len(told(house)) == 1


async def test_switched_on_after_its_time_it_begins_next_week(house: House) -> None:
    await house.until(NINE + MINUTE)
    await switch(house)
    await house.until(NINE + HOUR)
    this_week = told(house)
    await house.until(NINE + WEEK + MINUTE)

    assert this_week == []
    assert len(told(house)) == 1


async def test_switching_it_off_is_a_change_that_can_be_taken_back(house: House) -> None:
    await switch(house)
    await switch(house, on=False)
    await press(house, await command(house, "kindling audit"), "Undo")
    await house.until(NINE + MINUTE)

    assert len(told(house)) == 1


async def test_switched_off_it_is_not_told(house: House) -> None:
    await switch(house)
    await switch(house, on=False)
    await house.until(NINE + MINUTE)

    assert told(house) == []


async def test_after_a_long_outage_it_is_left_out(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await switch(house)
    async with a_village(tmp_path, NINE + 5 * HOUR) as house:
        await house.forward(MINUTE)

        assert told(house) == []


async def test_several_workers_tell_it_once(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await switch(house)
        house.clock.at = NINE
        alerts = Alerts(house.database, house.room, house.clock)
        workers = [Foretelling(house.database, house.core.calendar, alerts, house.clock) for _ in range(4)]
        await asyncio.gather(*(worker.work_off("letters") for worker in workers))

        assert len(told(house)) == 1
        async with house.database.reading() as work:
            assert all(at > NINE for at in (await work.chores.next_at())[Chore.PREVIEWS].values())


async def test_only_moderators_switch_it_on(house: House) -> None:
    await house.kindling.submit(member(), "community", "", {"previews": "yes"})
    await house.until(NINE + HOUR)

    assert told(house) == []


@pytest.mark.parametrize(
    ("name", "words", "times"),
    [("skip", {"when": "2026-12-24"}, 1), ("skip", {"when": "2026-11-23"}, 0), ("pause", {"until": "2026-11-25"}, 0)],
    ids=["as it was", "a day off", "a pause"],
)
async def test_what_is_due_is_told_if_it_is_still_wanted_after_a_setting_was_changed(
    tmp_path: Path, name: str, words: dict[str, str], times: int
) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await switch(house)
        house.clock.at = NINE + MINUTE  # the worker is a little late
        await command(house, f"kindling {name}", **words)

        alerts = Alerts(house.database, house.room, house.clock)
        await Foretelling(house.database, house.core.calendar, alerts, house.clock).work_off("letters")

        assert len(told(house)) == times


@dataclass
class BreakingLetters(Letters):
    """Letters whose process ends just before it tells somebody for the first time."""

    broken: bool = False

    async def tell(self, person: Person, card: Card) -> None:
        if not self.broken:
            self.broken = True
            raise asyncio.CancelledError
        await super().tell(person, card)


async def test_a_worker_that_ends_before_it_told_loses_no_preview(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await switch(house)
        house.letters = house.room.messengers["letters"] = BreakingLetters(surroundings(house))
        house.clock.at = NINE
        alerts = [Alerts(house.database, house.room, house.clock) for _ in range(2)]
        with pytest.raises(asyncio.CancelledError):
            await Foretelling(house.database, house.core.calendar, alerts[0], house.clock).work_off("letters")
        house.clock.at += LEASE
        await Foretelling(house.database, house.core.calendar, alerts[1], house.clock).work_off("letters")
        await alerts[1].work_off("letters")

        assert len(told(house)) == 1
        assert "Tue 24 Nov 09:00" in told(house)[0].plain()


async def test_one_place_that_breaks_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = replace(moderator(), person=Person("letters", "hamlet", "noor"))
    async with a_sleeping_village(tmp_path) as house:
        for who in (moderator(), there):
            await be_set_up(house, who, weekly="off")
            form = (await house.kindling.press(who, Action("open", "community"))).content
            assert isinstance(form, Form)
            values = {field.name: field.value for field in form.fields} | {"previews": "yes"}
            await house.kindling.submit(who, form.name, form.subject, values)
        house.clock.at = NINE + MINUTE
        async with house.database.reading() as work:
            [(first, _), (second, _)] = await work.communities.previews_due("letters", house.clock.at, 2)
        coming = house.core.calendar.coming

        async def choking(community: CommunityId, days: int) -> Sequence[Coming]:
            if community == first.community:
                raise ValueError("a bug")
            return await coming(community, days)

        monkeypatch.setattr(house.core.calendar, "coming", choking)
        alerts = Alerts(house.database, house.room, house.clock)
        with pytest.raises(ValueError, match="a bug"):
            await Foretelling(house.database, house.core.calendar, alerts, house.clock).work_off("letters")

        assert [person.space for person, card in house.letters.told if card.heading == TITLE] == [second.key]

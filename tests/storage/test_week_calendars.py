"""Calendars of weeks, on both databases."""

from dataclasses import replace
from datetime import date

from bot.domain.delivery import Content
from bot.domain.ids import CommunityId, OccurrenceId, PlanId, ScheduleId, ThemeId
from bot.domain.schedule import Ritual
from bot.domain.weeks import Begins, Dated, Weeks
from bot.ports.weeks import KeptWeeks
from bot.storage.database import Database
from tests.storage.values import COMMUNITY, a_schedule, a_village, an_occurrence

ONE, TWO, THREE = ThemeId("theme.one"), ThemeId("theme.two"), ThemeId("theme.three")


def a_calendar() -> KeptWeeks:
    """One with something in each of its parts."""
    weeks = Weeks(
        PlanId("eight"),
        first=3,
        ahead=(ONE, TWO),
        step=5,
        last=9,
        dated=(Dated(date(2026, 12, 24), THREE),),
        begins=Begins(PlanId("other"), date(2027, 1, 4), once=True),
        instead={ONE: TWO},
        apart=2,
    )
    return KeptWeeks(weeks, 4)


async def test_a_calendar_comes_back_as_it_was_kept(database: Database) -> None:
    await a_village(database)

    async with database.unit_of_work() as work:
        await work.week_calendars.save({COMMUNITY.id: a_calendar()})
        await work.commit()

    async with database.reading() as work:
        assert await work.week_calendars.of([COMMUNITY.id, CommunityId("none")]) == {COMMUNITY.id: a_calendar()}


async def test_a_calendar_is_changed_in_its_place(database: Database) -> None:
    await a_village(database)
    plain = KeptWeeks(Weeks(PlanId("eight")))

    async with database.unit_of_work() as work:
        await work.week_calendars.save({COMMUNITY.id: a_calendar()})
        await work.week_calendars.save({COMMUNITY.id: plain})
        await work.week_calendars.save({})
        await work.commit()

    async with database.reading() as work:
        assert await work.week_calendars.of([COMMUNITY.id]) == {COMMUNITY.id: plain}


async def test_a_theme_counts_as_announced_where_it_was(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        weekly = a_schedule(id=ScheduleId("weekly"), ritual=Ritual.CHALLENGE)
        await work.schedules.save(weekly)
        week = replace(
            an_occurrence(),
            id=OccurrenceId("week"),
            schedule=weekly.id,
            ritual=Ritual.CHALLENGE,
            content=Content(theme=ONE),
        )
        await work.occurrences.add([week])

        assert await work.occurrences.announced(COMMUNITY.id, ONE)
        assert not await work.occurrences.announced(COMMUNITY.id, TWO)
        assert not await work.occurrences.announced(CommunityId("other"), ONE)

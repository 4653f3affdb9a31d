"""Calendars of weeks, and votes on the next theme, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

from bot.domain.delivery import Content
from bot.domain.ids import CommunityId, OccurrenceId, PlanId, ScheduleId, ThemeId
from bot.domain.schedule import Ritual
from bot.domain.votes import Vote
from bot.domain.weeks import Begins, Dated, Weeks
from bot.ports.weeks import KeptWeeks
from bot.storage.database import Database
from tests.storage.values import COMMUNITY, NINE, ROBIN, a_schedule, a_village, an_occurrence

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


def a_vote(name: str = "1", **changed: object) -> Vote:
    """An open one."""
    return replace(Vote(OccurrenceId(name), COMMUNITY.id, (ONE, TWO), NINE), **changed)  # type: ignore[arg-type] -- the test's own


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


async def test_the_last_vote_of_a_community_is_found(database: Database) -> None:
    await a_village(database)
    closed = a_vote(closed_at=NINE, winner=TWO, week=OccurrenceId("week"))

    async with database.unit_of_work() as work:
        await work.votes.save(a_vote())
        await work.votes.save(closed)
        await work.votes.save(a_vote("2"))
        await work.commit()

    async with database.reading() as work:
        assert await work.votes.get(closed.id) == closed
        assert await work.votes.get(OccurrenceId("none")) is None
        assert await work.votes.latest([COMMUNITY.id, CommunityId("none")]) == {COMMUNITY.id: a_vote("2")}
        assert await work.votes.overdue(NINE) == ["2"]
        assert await work.votes.overdue(NINE - timedelta(seconds=1)) == []
        assert await work.votes.won([OccurrenceId("week"), OccurrenceId("other")]) == {"week"}


async def test_a_wish_takes_the_place_of_those_of_ones_other_accounts(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        robin = await work.communities.member(ROBIN)
        kim = await work.communities.member(replace(ROBIN, user="kim"))
        sam = await work.communities.member(replace(ROBIN, user="sam"))
        assert robin
        assert kim
        assert sam
        await work.votes.save(a_vote())
        vote = a_vote().id

        await work.votes.wish(vote, {sam}, sam, ONE)
        await work.votes.wish(vote, {robin, kim}, robin, ONE)
        await work.votes.wish(vote, {robin, kim}, kim, TWO)

        assert await work.votes.wishes(vote) == {kim: TWO, sam: ONE}
        await work.votes.forget(vote)
        assert await work.votes.wishes(vote) == {}

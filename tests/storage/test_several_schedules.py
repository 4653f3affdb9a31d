"""Schedules with everything that moderators choose, days off, and quiet hours, on both databases."""

from dataclasses import replace
from datetime import date, time, timedelta

from bot.domain.days import DaysOff, Off, Quiet
from bot.domain.delivery import Content
from bot.domain.ids import OccurrenceId, ScheduleId, ThemeId
from bot.domain.schedule import Ritual
from bot.storage.database import Database
from tests.storage.values import COMMUNITY, DAY, NINE, TODAY, a_schedule, a_village, an_occurrence

FREE = frozenset(date(2026, 12, 21) + n * DAY for n in range(14)) | {date(2027, 5, 1)}
FULL = replace(
    a_schedule(ritual=Ritual.EVENING),
    name="Lampen aus",
    own_grace=timedelta(minutes=45),
    ends=date(2027, 7, 1),
    skip_dates=FREE,
    rests=frozenset({6}),
    days_off=frozenset({date(2027, 1, 6)}),
)
OFF = DaysOff("off", COMMUNITY.id, "Ferien", (Off(date(2026, 12, 25), date(2026, 12, 26), "Ä"), Off(NINE, NINE + DAY)))


async def test_a_schedule_comes_back_as_it_was_saved(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.schedules.save(FULL)
        await work.commit()

    async with database.unit_of_work() as work:
        assert await work.schedules.get(FULL.id) == FULL
        assert [one.id for one in await work.schedules.due(NINE, 10)] == [FULL.id]


async def test_a_removed_schedule_is_nowhere_until_it_is_saved_again(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.schedules.save(FULL)
        await work.schedules.remove(FULL.id, NINE)
        await work.commit()

    async with database.unit_of_work() as work:
        assert await work.schedules.find(FULL.id) is None
        assert await work.schedules.of_community(COMMUNITY.id) == []
        assert await work.schedules.due(NINE, 10) == []
        assert await work.schedules.places("letters") == []
        assert await work.occurrences.latest(FULL.id, NINE) is not None
        await work.schedules.save(FULL)
        assert await work.schedules.find(FULL.id) == FULL


async def test_a_set_of_days_off_comes_back_with_dates_and_instants(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.days_off.save(OFF)
        await work.commit()

    async with database.reading() as work:
        assert await work.days_off.of_community(COMMUNITY.id) == [OFF]


async def test_an_offer_does_not_hold_before_it_is_saved_and_is_forgotten(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.days_off.offer(OFF, NINE)
        await work.days_off.offer(replace(OFF, id="later"), NINE + DAY)

        assert await work.days_off.of_community(COMMUNITY.id) == []
        assert await work.days_off.offered(COMMUNITY.id, "off") == OFF
        await work.days_off.forget_offers(NINE + DAY)
        assert await work.days_off.offered(COMMUNITY.id, "off") is None
        await work.days_off.save(replace(OFF, id="later"))
        assert await work.days_off.offered(COMMUNITY.id, "later") is None


async def test_quiet_hours_are_told_with_each_schedules_zone(database: Database) -> None:
    await a_village(database)
    quiet = Quiet(time(21), time(0))
    async with database.unit_of_work() as work:
        await work.communities.save(replace(COMMUNITY, quiet=quiet, rest_day=0))
        await work.commit()

    async with database.reading() as work:
        assert (await work.communities.get(COMMUNITY.id)).rest_day == 0
        assert await work.schedules.quiet([ScheduleId("morning"), ScheduleId("none")]) == {
            ScheduleId("morning"): (quiet, "Europe/Berlin")
        }


async def test_a_theme_of_two_schedules_is_one_week(database: Database) -> None:
    await a_village(database)
    first, second = Content(theme=ThemeId("theme.one")), Content(theme=ThemeId("theme.two"))
    weeks = [("a", 0, first), ("b", 1, first), ("a", 7, second), ("b", 8, second), ("a", 14, first)]
    themed = [
        an_occurrence(
            f"{schedule}{after}",
            schedule=ScheduleId(schedule),
            ritual=Ritual.CHALLENGE,
            local_date=TODAY + after * DAY,
            content=content,
        )
        for schedule, after, content in weeks
    ]
    async with database.unit_of_work() as work:
        for name in ("a", "b"):
            await work.schedules.save(a_schedule(name, ritual=Ritual.CHALLENGE))
        await work.occurrences.add([replace(one, content=None) for one in themed])
        await work.occurrences.choose(themed)

        assert await work.occurrences.weeks_announced([COMMUNITY.id]) == {COMMUNITY.id: 3}
        lately = await work.occurrences.themes_since([COMMUNITY.id], TODAY + 8 * DAY)
        assert [one.id for one in lately[COMMUNITY.id]] == [OccurrenceId("b8"), OccurrenceId("a14")]

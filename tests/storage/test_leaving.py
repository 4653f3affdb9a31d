"""When a card leaves: one after the other within a community, and over a window where there are very many."""

from datetime import timedelta
from itertools import pairwise

from bot.domain.community import Space
from bot.domain.delivery import CHANNEL_PACE, PACE, Delivery, place_in
from bot.domain.ids import CommunityId, ScheduleId, SpaceId
from bot.domain.places import Place
from bot.domain.schedule import Ritual, Target
from bot.storage.database import Database
from tests.storage.many import a_calendar, many
from tests.storage.values import COMMUNITY, DAY, HOUR, LEASE, MINUTE, NINE, TODAY, a_schedule, a_village

WINDOW = 10 * MINUTE


async def a_large_community(database: Database, channels: int) -> None:
    """The village, with so many spaces more that have their card at nine."""
    await a_village(database)
    async with database.unit_of_work() as work:
        homes = [Space(SpaceId(f"home-{n:03}"), COMMUNITY.id, "letters", f"home-{n:03}") for n in range(channels)]
        for home in homes:
            await work.communities.save_space(home)
        targets = tuple(Target(home.id, Place("letters", home.key, "hall")) for home in homes)
        await work.schedules.save(a_schedule("large", targets=targets))
        await work.schedules.save(a_schedule(next_date=None, next_at=None))
        await work.commit()


async def claimed(database: Database, limit: int = 1000, after: timedelta = HOUR) -> list[Delivery]:
    async with database.unit_of_work() as work:
        return list(await work.outbox.claim("anna", "letters", NINE + after, LEASE, limit))


async def planned(database: Database) -> list[Delivery]:
    async with database.reading() as work:
        return list(await work.outbox.waiting(1000, ""))


async def test_a_community_with_hundreds_of_cards_does_not_hold_up_one_with_one(database: Database) -> None:
    await a_large_community(database, 500)
    await many(database, 3, due=3)
    calendar = a_calendar(database)
    while await calendar.plan():
        pass

    first = await claimed(database, 4)

    assert len(await planned(database)) == 503
    assert {delivery.place.space for delivery in first} == {"town-0", "town-1", "town-2", "home-000"}


async def test_cards_of_a_community_leave_one_after_the_other_as_fast_as_they_can_be_sent(database: Database) -> None:
    await a_large_community(database, 12)

    await a_calendar(database).plan()

    leaving = sorted(delivery.next_at for delivery in await planned(database))
    assert leaving[0] == NINE
    assert {second - first for first, second in pairwise(leaving)} == {PACE}


async def test_channels_take_turns_also_where_each_has_schedules_of_its_own(database: Database) -> None:
    await a_large_community(database, 12)
    async with database.unit_of_work() as work:
        for target in (await work.schedules.get(ScheduleId("large"))).targets:
            for number in range(2):
                await work.schedules.save(a_schedule(f"{target.space}-{number}", targets=(target,)))
        await work.schedules.save(a_schedule("large", next_date=None, next_at=None))
        await work.commit()

    await a_calendar(database).plan()

    leaving = sorted(delivery.next_at for delivery in await planned(database))
    assert leaving == [NINE + card * CHANNEL_PACE + turn * PACE for card in range(2) for turn in range(12)]


async def test_no_mention_of_a_theme_comes_before_the_theme_in_any_of_its_channels(database: Database) -> None:
    await a_large_community(database, 3)
    async with database.unit_of_work() as work:
        mornings = await work.schedules.get(ScheduleId("large"))
        places = tuple(t._replace(place=t.place._replace(channel="hill")) for t in reversed(mornings.targets))
        await work.schedules.save(a_schedule("theme", ritual=Ritual.CHALLENGE, targets=places))
        await work.commit()

    await a_calendar(database, spread=WINDOW).plan()

    assert [delivery.place.channel for delivery in await claimed(database, 3)] == ["hill"] * 3
    assert len(await claimed(database)) == 6


async def test_without_a_spread_every_community_s_first_card_leaves_when_it_is_due(database: Database) -> None:
    await many(database, 20, due=20)

    await a_calendar(database).plan()

    assert {delivery.next_at for delivery in await planned(database)} == {NINE}


async def test_with_a_spread_cards_leave_over_the_window_and_are_due_when_announced(database: Database) -> None:
    await many(database, 200, due=200)

    await a_calendar(database, spread=WINDOW).plan()

    deliveries = await planned(database)
    places = sorted((delivery.next_at - NINE) / WINDOW for delivery in deliveries)
    assert {delivery.due_at for delivery in deliveries} == {NINE}
    assert 0 <= places[0] < 0.1
    assert 0.9 < places[-1] < 1
    assert max(second - first for first, second in pairwise(places)) < 0.1


async def test_with_a_spread_a_card_is_too_late_when_it_always_was(database: Database) -> None:
    await many(database, 50, due=50)

    await a_calendar(database, spread=30 * MINUTE).plan()

    deliveries = await planned(database)
    assert {delivery.deadline for delivery in deliveries} == {NINE + 3 * HOUR}
    assert all(delivery.next_at < delivery.deadline for delivery in deliveries)


async def test_a_card_that_a_moderator_asks_for_is_not_spread(database: Database) -> None:
    await a_village(database)
    now = NINE + 2 * DAY
    async with database.unit_of_work() as work:
        schedule = await work.schedules.get(a_schedule().id)
        await a_calendar(database, now, WINDOW).post_now(work, schedule)
        await work.commit()

    [delivery] = await planned(database)
    assert (delivery.due_at, delivery.next_at) == (now, now)


async def test_a_card_that_waits_for_its_place_comes_at_once_when_a_moderator_asks_for_it(database: Database) -> None:
    await a_large_community(database, 1)
    calendar = a_calendar(database, spread=WINDOW)
    await calendar.plan()
    waiting = await planned(database)

    async with database.unit_of_work() as work:
        await calendar.post_now(work, await work.schedules.get(a_schedule("large").id))
        await work.commit()

    assert [delivery.next_at > NINE for delivery in waiting] == [True]
    assert [delivery.next_at for delivery in await planned(database)] == [NINE]


def test_a_community_has_the_same_place_whoever_plans() -> None:
    assert place_in(WINDOW, CommunityId("a"), TODAY) == place_in(WINDOW, CommunityId("a"), TODAY)


def test_nobody_is_always_last() -> None:
    communities = [CommunityId(f"community-{n}") for n in range(100)]
    orders = [sorted(communities, key=lambda one, day=TODAY + n * DAY: place_in(WINDOW, one, day)) for n in range(200)]

    ranks = {one: [order.index(one) for order in orders] for one in communities}

    assert all(35 < sum(of_one) / len(of_one) < 65 for of_one in ranks.values())
    assert all(min(of_one) < 25 and max(of_one) >= 75 for of_one in ranks.values())

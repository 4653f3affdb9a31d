"""Spaces that leave, on both databases: nothing of one is left in any table, and nothing of another is gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.community import Space
from bot.domain.ids import (
    ActId,
    CommunityId,
    CopyId,
    DeliveryId,
    MemberId,
    OccurrenceId,
    ScheduleId,
    SpaceId,
    SuggestionId,
)
from bot.domain.leaving import GONE, Leaving, Stage
from bot.domain.places import Person, Place
from bot.domain.schedule import Target
from bot.domain.suggestions import Suggestion
from bot.domain.wall import Decision
from bot.storage.database import Database
from bot.storage.tables import metadata, occurrences, targets
from tests.storage.test_copying import source
from tests.storage.test_shelves import PLAIN
from tests.storage.values import (
    COMMUNITY,
    LEASE,
    MINUTE,
    NINE,
    VILLAGE,
    a_delivery,
    a_mark,
    a_schedule,
    a_village,
    an_act,
    an_act_copy,
    an_occurrence,
)

__all__ = ["source"]

HOME = replace(COMMUNITY, id=CommunityId("home"))
TOWN = Space(SpaceId("town"), HOME.id, "letters", "town")
LEAVING = Leaving(VILLAGE, "letters", "village", "maya", NINE, NINE)


@pytest.fixture
async def full(source: str) -> AsyncIterator[Database]:
    """A database with something of the village in every table."""
    database = Database(source)
    yield database
    await database.close()


async def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            found[table.name] = sorted((tuple(row) for row in await connection.execute(select(table))), key=repr)
    return {name: rows for name, rows in found.items() if rows}


async def the_town(database: Database) -> None:
    """Another community with people, an act and a card."""
    async with database.unit_of_work() as work:
        await work.communities.save(HOME)
        await work.communities.save_space(TOWN)
        tara = await work.communities.member(Person("letters", "town", "tara"))
        assert tara
        place = Place("letters", "town", "market")
        await work.schedules.save(a_schedule("town", community=HOME.id, targets=(Target(TOWN.id, place, "tomas"),)))
        day = an_occurrence("town", schedule=ScheduleId("town"), community=HOME.id)
        await work.occurrences.add([day])
        await work.outbox.put([a_delivery("dt", occurrence=day.id, space=TOWN.id, place=place)])
        await work.acts.save(an_act(tara, "town-act", community=HOME.id, space=TOWN.id))
        await work.act_copies.put([an_act_copy("town-copy", act=ActId("town-act"), space=TOWN.id, place=place)])
        await work.reactions.record([a_mark(tara, item="town"), a_mark(tara, item="town-act")])
        await work.walls.decide(Decision("dt", HOME.id, "town-act", "act.hidden", NINE, by=tara))
        await work.commit()


async def erase(database: Database, limit: int = 2) -> int:
    """Erase the village in portions; how many these were."""
    for portions in range(1000):
        async with database.unit_of_work() as work:
            more = await work.erasures.erase_some(VILLAGE, NINE, limit)
            if not more:
                await work.erasures.end(VILLAGE)
            await work.commit()
        if not more:
            return portions
    raise AssertionError("it does not end")


async def test_nothing_of_a_place_is_left_in_any_table(full: Database) -> None:
    before = await everything(full)

    portions = await erase(full)

    assert set(before) == set(metadata.tables)
    assert await everything(full) == {}
    assert portions > 15


async def test_another_community_is_as_it_was(full: Database, another_url: str) -> None:
    await the_town(full)
    alone = Database(another_url)
    await the_town(alone)

    await erase(full)

    left, expected = await everything(full), await everything(alone)
    await alone.close()
    assert set(left) == set(expected)
    assert {name: len(rows) for name, rows in left.items()} == {name: len(rows) for name, rows in expected.items()}


async def test_what_people_of_a_place_decided_and_felt_elsewhere_names_nobody(database: Database) -> None:
    await a_village(database)
    await the_town(database)
    async with database.unit_of_work() as work:
        robin = await work.communities.member(Person("letters", "village", "robin"))
        assert robin
        tara = await work.communities.member(Person("letters", "town", "tara"))
        assert tara
        await work.people.same(robin, tara)
        await work.reactions.record([a_mark(robin, item="town-act")])
        await work.walls.decide(Decision("d", HOME.id, "town-act", "act.restored", NINE, by=robin))
        idea = Suggestion(SuggestionId("idea"), HOME.id, TOWN.id, tara, NINE, PLAIN, accepted_by=robin)
        await work.suggestions.put(idea)
        await work.commit()

    await erase(database)

    async with database.reading() as work:
        assert [one.by for one in await work.walls.decided("town-act")] == [tara, GONE]
        assert {mark.member for mark in await work.reactions.on_item("town-act")} == {tara}
        assert await work.people.persons([tara]) == {tara: tara}
        assert await work.suggestions.get(idea.id) == replace(idea, accepted_by=MemberId(GONE))
    assert "same_person" not in await everything(database)


async def test_a_card_that_was_posted_elsewhere_too_is_the_other_places(database: Database) -> None:
    await a_village(database)
    await the_town(database)
    async with database.unit_of_work() as work:
        tara = await work.communities.member(Person("letters", "town", "tara"))
        assert tara
        both = an_occurrence("both", local_date=NINE.date().replace(day=20))
        await work.occurrences.add([both])
        await work.outbox.put(
            [a_delivery("here", occurrence=both.id), a_delivery("there", occurrence=both.id, space=TOWN.id)]
        )
        await work.reactions.record([a_mark(tara, item="both")])
        await work.commit()

    await erase(database)

    async with database.reading() as work:
        kept = await work.occurrences.get(OccurrenceId("both"))
        assert kept
        assert (kept.schedule, kept.community) == ("town", HOME.id)
        assert await work.outbox.get(DeliveryId("there"))
        assert await work.outbox.get(DeliveryId("here")) is None
        assert len(await work.reactions.on_item("both")) == 1


async def test_copies_of_its_acts_elsewhere_are_looked_at(database: Database) -> None:
    await a_village(database)
    await the_town(database)
    async with database.unit_of_work() as work:
        robin = await work.communities.member(Person("letters", "village", "robin"))
        assert robin
        await work.acts.save(an_act(robin))
        await work.act_copies.put([an_act_copy("elsewhere", space=TOWN.id, message="7", next_at=None)])
        await work.commit()

    await erase(database)

    async with database.reading() as work:
        found = await work.act_copies.get(CopyId("elsewhere"))
        assert found
        assert found.next_at == NINE


async def test_what_others_felt_about_what_is_gone_is_gone(database: Database) -> None:
    await a_village(database)
    await the_town(database)
    async with database.unit_of_work() as work:
        robin = await work.communities.member(Person("letters", "village", "robin"))
        tara = await work.communities.member(Person("letters", "town", "tara"))
        assert robin
        assert tara
        await work.acts.save(an_act(robin))
        await work.reactions.record([a_mark(tara, item="act"), a_mark(tara, item="today")])
        await work.commit()

    await erase(database)

    async with database.reading() as work:
        assert await work.reactions.on_items(["act", "today"]) == {}


async def test_a_place_that_others_return_to_keeps_their_community(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.communities.save_space(replace(TOWN, community=COMMUNITY.id))
        await work.commit()

    await erase(database)

    async with database.reading() as work:
        assert (await work.communities.get(COMMUNITY.id)) == COMMUNITY
        assert await work.occurrences.get(an_occurrence().id)


async def test_several_workers_take_each_place_once(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        assert await work.leavings.begin(LEAVING)
        assert not await work.leavings.begin(LEAVING)
        await work.commit()

    async def claimed(worker: str) -> int:
        async with database.unit_of_work() as work:
            found = await work.leavings.claim(worker, "letters", NINE, LEASE, 5)
            await work.commit()
        return len(found)

    assert sum(await asyncio.gather(*(claimed(f"w{n}") for n in range(4)))) == 1


async def test_whoever_lost_a_claim_changes_nothing(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.leavings.begin(LEAVING)
        [old] = await work.leavings.claim("anna", "letters", NINE, LEASE, 5)
        [new] = await work.leavings.claim("ben", "letters", NINE + LEASE, LEASE, 5)
        kept = [
            await work.leavings.settle(old.at(Stage.ERASING), NINE),
            await work.leavings.settle(replace(new.at(Stage.TAKING), reached="x", left={"a": 1}), NINE + MINUTE),
        ]
        await work.commit()

    async with database.reading() as work:
        found = await work.leavings.get(VILLAGE)
    assert kept == [False, True]
    assert found == replace(LEAVING, stage=Stage.TAKING, reached="x", left={"a": 1}, next_at=NINE + MINUTE)


async def test_what_a_place_stops_is_put_back_as_it_was(database: Database) -> None:
    await a_village(database)
    async with database.engine.connect() as connection:
        before = (await connection.execute(select(targets))).all()

    async with database.unit_of_work() as work:
        stopped = await work.leavings.stop(VILLAGE)
        none = (await work.schedules.get(ScheduleId("morning"))).targets
        await work.leavings.put_back(stopped)
        await work.leavings.put_back(stopped)
        await work.commit()

    async with database.engine.connect() as connection:
        assert (await connection.execute(select(targets))).all() == before
        assert len((await connection.execute(select(occurrences))).all()) == 1
    assert none == ()

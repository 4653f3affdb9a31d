"""The planner's one transaction, for one due schedule as for hundreds: what it asks, and what remains of it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event, select, text, update
from structlog.testing import capture_logs

from bot.domain.delivery import CHANNEL_PACE
from bot.domain.schedule import Skip
from bot.services import calendar
from bot.services.calendar import BATCH, PIECE
from bot.storage.database import Database
from bot.storage.tables import schedules, targets
from tests.storage.hearing import heard, ways
from tests.storage.many import a_calendar, kept, many
from tests.storage.values import HOUR, NINE, an_occurrence

READ, WRITTEN = 2, 3
"""Statements that read schedules and their targets, and those that write occurrences, deliveries and next dates."""


class PulledPlug(Exception):
    """The planner dies between two statements."""


@pytest.mark.parametrize("due", [1, 7, BATCH])
async def test_a_batch_takes_the_same_few_statements_for_each_piece_of_it(database: Database, due: int) -> None:
    await many(database, due + 3, due=due)

    with heard(database) as said:
        planned = await a_calendar(database).plan()

    assert planned == due
    pieces = -(-due // PIECE) if database.engine.dialect.name == "sqlite" else 1
    assert len(said) == READ + WRITTEN * pieces
    assert len((await kept(database))["deliveries"]) == due


async def test_a_batch_in_many_pieces_is_planned_as_in_one(
    small_and_large: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    for database, piece in zip(small_and_large, (3, BATCH), strict=True):
        monkeypatch.setattr(calendar, "PIECE", piece)
        await many(database, 11, due=11)
        async with database.engine.begin() as connection:  # eleven schedules of one community, with one channel
            await connection.execute(update(schedules).values(community_id=f"c{0:031d}"))
            await connection.execute(update(targets).values(space_id=f"s{0:031d}", channel="square"))
            ids = list((await connection.execute(select(schedules.c.id).order_by(schedules.c.id))).scalars())
        async with database.unit_of_work() as work:
            known = [
                an_occurrence(f"known-{id_}", schedule=id_, community=f"c{0:031d}", skip=Skip.DAY_OFF.value)
                for id_ in (ids[4], ids[9])
            ]
            await work.occurrences.add(known)
            await work.commit()

        with heard(database) as said:
            assert await a_calendar(database).plan() == 11
        assert len(said) > READ + WRITTEN * (11 // piece)

    in_pieces, whole = [await kept(database) for database in small_and_large]
    assert in_pieces == whole
    leaving = sorted(row.next_at for row in whole["deliveries"])
    assert len(leaving) == 9
    assert min(later - sooner for sooner, later in pairwise(leaving)) >= CHANNEL_PACE
    turns = {NINE + turn * CHANNEL_PACE for turn in range(11)}
    assert set(leaving) < turns  # what was decided before has a turn too: its card may be on its way


@pytest.mark.parametrize(("table", "most"), [("occurrences", 4), ("deliveries", 6)])
async def test_what_is_equal_in_a_whole_batch_is_told_once(database: Database, table: str, most: int) -> None:
    due = 40
    await many(database, due, due=due)

    with heard(database) as said:
        await a_calendar(database).plan()

    [values] = [parameters for statement, parameters in said if statement.startswith(f"INSERT INTO {table} ")]
    told = [value for one in values for value in (one if isinstance(one, list) else [one])]
    assert len(told) < (most + 1) * due
    assert len((await kept(database))[table]) == due


async def test_a_look_at_nothing_takes_one_statement(database: Database) -> None:
    await many(database, 3, due=0)

    with heard(database) as said:
        assert await a_calendar(database).plan() == 0

    assert len(said) == 1


async def test_no_statement_of_the_planner_reads_a_whole_table(database: Database) -> None:
    await many(database, 40, due=20)
    sqlite = database.engine.dialect.name == "sqlite"
    with heard(database) as said:
        await a_calendar(database).plan()

    async with database.engine.connect() as connection:
        if not sqlite:  # which reads small tables whole if it may
            await connection.execute(text("SET enable_seqscan = off"))
        plans = [
            [str(row[-1]) for row in await connection.exec_driver_sql(f"{explain} {statement}", parameters)]
            for explain in ["EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"]
            for statement, parameters in said
        ]

    assert len(plans) == READ + WRITTEN
    assert any("ix_schedules_next_at" in step for step in plans[0])
    tables = ("schedules", "targets", "spaces", "communities", "occurrences", "deliveries")
    whole = [step for plan in plans for step in plan if step.strip(" ->").startswith(("SCAN ", "Seq Scan on "))]
    assert [step for step in whole if any(table in step for table in tables)] == []


@pytest.fixture
async def small_and_large(tmp_path: Any, sqlite_template: Any) -> AsyncIterator[list[Database]]:
    files = [tmp_path / f"{name}.sqlite" for name in ("small", "large")]
    for file in files:
        file.write_bytes(sqlite_template.read_bytes())
    databases = [Database(f"sqlite+aiosqlite:///{file}") for file in files]
    yield databases
    for database in databases:
        await database.close()


async def steps_of_planning(database: Database) -> int:
    """How many steps SQLite's machine takes for a batch: work that is the same on every computer, in hundreds."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_progress_handler(step, 100)

    _, whole_jobs = ways(database)
    event.listen(whole_jobs, "connect", prepare)
    await a_calendar(database).plan()
    return taken


async def test_work_for_a_due_card_does_not_grow_with_the_communities(small_and_large: list[Database]) -> None:
    small, large = small_and_large
    await many(small, 100, due=50)
    await many(large, 4000, due=50)

    few, more = await steps_of_planning(small), await steps_of_planning(large)

    assert few > 50
    assert more < 1.2 * few


async def plan_all(database: Database) -> None:
    calendar = a_calendar(database)
    while await calendar.plan():
        pass


async def test_several_planners_at_once_do_what_one_does(
    database: Database, url: str, small_and_large: list[Database]
) -> None:
    alone, _ = small_and_large
    count = 2 * BATCH + 30
    await many(alone, count, due=count - 10)
    await many(database, count, due=count - 10)
    others = [Database(url) for _ in range(3)]

    await plan_all(alone)
    await asyncio.gather(*(plan_all(planner) for planner in [database, *others]))

    for other in others:
        await other.close()
    assert await kept(database) == await kept(alone)
    assert len({row.occurrence_id for row in (await kept(database))["deliveries"]}) == count - 10


async def die_on_the_way(database: Database, last: int) -> None:
    """Have a planner of ten cards die after its statement of this number, and another do all of it."""
    await many(database, 12, due=10)
    before, dying, said = await kept(database), Database(database.engine.url.render_as_string(hide_password=False)), 0

    def pull(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal said
        said += not statement.startswith("BEGIN")
        if said == last:
            raise PulledPlug

    for way in ways(dying):
        event.listen(way, "after_cursor_execute", pull)
    with pytest.raises(PulledPlug):
        await a_calendar(dying).plan()
    await dying.close()

    assert await kept(database) == before
    assert await a_calendar(database, NINE + HOUR / 2).plan() == 10
    assert [row.state for row in (await kept(database))["deliveries"]] == ["planned"] * 10


@pytest.mark.parametrize("last", range(1, READ + WRITTEN + 1))
async def test_a_planner_that_dies_on_its_way_leaves_nothing_and_another_does_it_all(
    database: Database, last: int
) -> None:
    await die_on_the_way(database, last)


@pytest.mark.parametrize("last", range(READ + WRITTEN + 1, READ + 3 * WRITTEN + 1))
async def test_one_that_dies_in_a_later_piece_leaves_nothing_of_those_before(
    small_and_large: list[Database], last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "PIECE", 4)

    await die_on_the_way(small_and_large[0], last)


async def test_each_schedule_whose_zone_is_not_known_is_told_of_and_holds_up_no_other(database: Database) -> None:
    await many(database, 4, due=4)
    async with database.engine.begin() as connection:
        ids = list((await connection.execute(select(schedules.c.id).order_by(schedules.c.id))).scalars())
        lost = schedules.c.id.in_(ids[:2])
        await connection.execute(update(schedules).where(lost).values(zone="Atlantis/Sunken"))

    with capture_logs() as told:
        assert await a_calendar(database).plan() == 4

    aside = [line["schedule"] for line in told if line["event"] == "schedule.set_aside"]
    assert sorted(aside) == ids[:2]
    assert len((await kept(database))["deliveries"]) == 2

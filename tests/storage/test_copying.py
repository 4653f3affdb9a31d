"""All data from one database into another, both ways, with an adapter's own tables."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, MetaData, String, Table, select, text

from bot.domain import finishing
from bot.domain.alerts import Alert
from bot.domain.changes import Change
from bot.domain.days import DaysOff, Off
from bot.domain.delivery import Content
from bot.domain.desk import Session, SignIn
from bot.domain.errors import DatabaseProblem
from bot.domain.guide import Step, Trial, Walk
from bot.domain.ids import ActId, ChangeId, DeliveryId, MemberId, OccurrenceId, PromptId, ScheduleId
from bot.domain.leaving import Leaving
from bot.domain.linking import Link, LinkCode, Purpose
from bot.domain.message import Card
from bot.domain.moderators import Moderators, Problem
from bot.domain.packs import Circle, PromptUse
from bot.domain.pages import OpenWall
from bot.domain.places import Person, Place
from bot.domain.recap import Recap
from bot.domain.schedule import Target
from bot.domain.support import Contact, Support
from bot.domain.wall import ActPicture, Decision, Wall, WallPlace
from bot.ports import UnitOfWork
from bot.storage import copying
from bot.storage.copying import copy_everything
from bot.storage.database import Database
from bot.storage.tables import metadata
from tests.storage.databases import new_name, run_outside
from tests.storage.test_shelves import a_suggestion, keep
from tests.storage.test_week_calendars import a_calendar, a_vote
from tests.storage.values import (
    COMMUNITY,
    DAY,
    NINE,
    ROBIN,
    SQUARE,
    VILLAGE,
    a_delivery,
    a_mark,
    a_schedule,
    a_village,
    an_act,
    an_act_copy,
    an_occurrence,
)

STEPS, TARGET = frozenset(finishing.Step), Target(VILLAGE, SQUARE, "maya", notify="helpers")
own = MetaData()
INSTALLATIONS = Table(
    "letters_installations",
    own,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("team", String(32), nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("at", DateTime, nullable=False),
    Column("sealed", LargeBinary),
)


async def a_pinned_card(work: UnitOfWork) -> None:
    """A card that was posted, and is to be pinned."""
    target = Target(VILLAGE, Place("letters", "village", "square"), "maya", notify="helpers")
    await work.schedules.save(a_schedule("pinned", steps=frozenset(finishing.Step), targets=(target,)))
    await work.occurrences.add([an_occurrence("pinned", schedule=ScheduleId("pinned"))])
    await work.outbox.put([a_delivery("pinned", occurrence=OccurrenceId("pinned"))])
    await work.finishes.begin([DeliveryId("pinned")], NINE)


async def settings(work: UnitOfWork, member: MemberId) -> None:
    """Something in every table that moderators fill."""
    await work.moderators.save(Moderators(VILLAGE, ("r1", "robin"), "tower"))
    problem = Problem(VILLAGE, "act.waiting", date(2026, 11, 23))
    await work.alerts.begin(Alert(problem, "letters", Card("Ä"), ("maya",), NINE, NINE + DAY, claim="ada"), NINE)
    await work.communities.move_preview(VILLAGE, NINE)
    await work.visits.put_link(SignIn("hash", VILLAGE, "maya", "square", NINE))
    await work.visits.begin(Session("hash", VILLAGE, "maya", "square", NINE, NINE))
    await work.setups.save(
        Walk(VILLAGE, member, NINE, Step.WALL, {"where": {"channel": "ä"}}, Trial("square", "key", NINE))
    )
    await work.supports.save(COMMUNITY.id, Support("DE", (Contact("Seelsorge", "116123", "jederzeit"),)))
    await work.leavings.begin(Leaving(VILLAGE, "letters", "village", "maya", NINE, NINE, left={"square": 2}))
    await work.prompt_uses.record({COMMUNITY.id: {PromptId("one"): PromptUse(3, date(2026, 11, 23))}})
    await keep(work, COMMUNITY.id)
    await work.suggestions.put(a_suggestion(member))
    await a_pinned_card(work)


@pytest.fixture
async def source(kind: str, url: str) -> str:
    """A database of each kind with something in every table, and an adapter's own."""
    database = Database(url)
    await a_village(database)
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        assert member is not None
        await work.communities.save(replace(COMMUNITY, paused_until=date(2026, 12, 24), language="日本語"))
        await work.schedules.save(
            a_schedule(skip_dates=frozenset({date(2026, 12, 25)}), ends=None, steps=STEPS, targets=(TARGET,))
        )
        await work.communities.save(
            replace(COMMUNITY, paused_until=date(2026, 12, 24), language="日本語", previews=True)
        )
        await work.schedules.save(a_schedule(skip_dates=frozenset({date(2026, 12, 25)}), ends=None))
        await work.occurrences.choose([an_occurrence(content=Content((PromptId("one"), PromptId("two"))))])
        await work.outbox.put([a_delivery(f"d{number}", sent_at=NINE) for number in range(30)])
        await work.reactions.record([a_mark(member), a_mark(member, emoji="💛")])
        decision = Decision("d1", COMMUNITY.id, "act", "act.hidden", NINE, by="maya", detail="“why”")
        await work.acts.save(an_act(member, text="Ein Café für alle 💛", circle=Circle.CLOSE))
        await work.acts.illustrate(ActPicture(ActId("act"), "mark", b"\x89PNG\0\xff"))
        await work.act_copies.put([an_act_copy(message="42", doubt=True)])
        week = Recap(
            DeliveryId("d1"), COMMUNITY.id, VILLAGE, "letters", NINE - 7 * DAY, NINE, (ActId("act"),), "digest"
        )
        await work.recaps.save(week, NINE)
        await work.walls.save(Wall(COMMUNITY.id, links=True, words=("ä", "b")))
        await work.walls.save_place(WallPlace(VILLAGE, "square", "maya"))
        await work.days_off.save(DaysOff("d", COMMUNITY.id, "Holidays", (Off(date(2026, 12, 25), NINE.date(), "Ä"),)))
        await work.open_walls.save(OpenWall(VILLAGE, "hash", listed=True, opened_by=member, opened_at=NINE))
        await work.links.put_code(LinkCode("digest", Purpose.SPACES, VILLAGE, "maya", expires_at=NINE))
        await work.links.wrong(VILLAGE, "maya", NINE)
        await work.links.save(Link(VILLAGE, COMMUNITY.id, VILLAGE, NINE, "maya", "noor"))
        other = await work.communities.member(Person("letters", "village", "kim"))
        assert other is not None
        await work.people.same(member, other)
        await work.walls.decide(decision)
        await work.walls.block(decision, member)
        await work.walls.report(decision, member)
        await work.votes.save(a_vote())
        await work.rewrites.stir([(DeliveryId("d0"), "letters")], NINE)
        await work.votes.wish(a_vote().id, [member], member, a_vote().themes[0])
        await work.week_calendars.save({COMMUNITY.id: a_calendar()})
        await work.changes.keep(
            Change(ChangeId("c1"), COMMUNITY.id, member, NINE, "pause", "", {"until": None}, None, VILLAGE)
        )
        await work.links.put_code(LinkCode("digest", Purpose.SPACES, VILLAGE, "maya", NINE, NINE, VILLAGE, "tomas"))
        await work.links.wrong(VILLAGE, "maya", NINE)
        await work.links.save(Link(VILLAGE, COMMUNITY.id, VILLAGE, NINE, "tomas", "maya"))
        await work.people.same(member, member)
        await settings(work, member)
        await work.commit()
    async with database.engine.begin() as connection:
        await connection.run_sync(own.create_all)
        at = datetime(2026, 11, 23, 8, 0, 0, 123456)  # noqa: DTZ001 -- a library's table without zones
        rows = [{"team": f"T{n}", "whole": n % 2 == 0, "at": at, "sealed": bytes([n])} for n in range(5)]
        await connection.execute(INSTALLATIONS.insert(), rows)
    await database.close()
    return url


@pytest.fixture
async def target(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of the other kind."""
    if kind == "postgresql":
        return f"sqlite+aiosqlite:///{tmp_path / 'target.sqlite'}"
    address, name = request.getfixturevalue("postgres"), new_name()
    await run_outside(address, f"CREATE DATABASE {name}")
    return f"{address}/{name}"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BATCH", 7)


def unseen(_table: str, _done: int, _whole: int) -> None:
    return


async def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, as Python sees them."""
    database = Database(url)
    found: dict[str, list[tuple[object, ...]]] = {}
    async with database.engine.connect() as connection:
        for table in [*metadata.sorted_tables, INSTALLATIONS]:
            if await connection.run_sync(lambda sync, name=table.name: sync.dialect.has_table(sync, name)):
                found[table.name] = sorted((tuple(row) for row in await connection.execute(select(table))), key=repr)
    await database.close()
    return found


async def test_all_that_one_database_holds_is_in_the_other(source: str, target: str) -> None:
    seen: list[tuple[str, int, int]] = []

    copied = await copy_everything(source, target, lambda *told: seen.append(told))

    before, after = await everything(source), await everything(target)
    assert after == before
    assert {table.table: table.rows for table in copied} == {name: len(rows) for name, rows in before.items()}
    assert all(rows for rows in before.values())
    assert [done for name, done, _ in seen if name == "deliveries"] == [0, 7, 14, 21, 28, 31]


async def test_there_and_back_is_the_same(source: str, target: str, tmp_path: Path) -> None:
    await copy_everything(source, target, unseen)

    await copy_everything(target, back := f"sqlite+aiosqlite:///{tmp_path / 'back.sqlite'}", unseen)

    assert await everything(back) == await everything(source)


async def test_new_rows_of_an_adapter_are_numbered_on(source: str, target: str) -> None:
    await copy_everything(source, target, unseen)

    database = Database(target)
    async with database.engine.begin() as connection:
        row = {"team": "T9", "whole": True, "at": datetime(2026, 11, 24), "sealed": None}  # noqa: DTZ001 -- the same
        inserted = await connection.execute(INSTALLATIONS.insert().returning(INSTALLATIONS.c.id), [row])
        assert inserted.scalar_one() == 6
    await database.close()


async def test_a_database_that_holds_something_is_refused(source: str, target: str) -> None:
    await copy_everything(source, target, unseen)
    before = await everything(target)

    with pytest.raises(DatabaseProblem, match=r"The target holds data already \(in communities\)"):
        await copy_everything(source, target, unseen)

    assert await everything(target) == before


async def test_a_row_that_changes_on_the_way_takes_everything_back(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = copying._copy_table

    async def copy_table(*words: object) -> None:
        await original(*words)  # type: ignore[arg-type] -- whatever it takes
        new, table = words[1], words[2]
        if getattr(table, "name", "") == "reactions":
            await new.execute(text("UPDATE reactions SET emoji = 'x' WHERE emoji = '🌱'"))  # type: ignore[attr-defined]

    monkeypatch.setattr(copying, "_copy_table", copy_table)

    with pytest.raises(
        DatabaseProblem, match=r"The table reactions is not the same on both sides \(2 rows there, 2 here"
    ):
        await copy_everything(source, target, unseen)

    assert {name for name, rows in (await everything(target)).items() if rows} == set()


async def test_a_source_of_an_older_step_is_refused(source: str, target: str) -> None:
    database = Database(source)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    await database.close()

    with pytest.raises(DatabaseProblem, match="not at the newest step"):
        await copy_everything(source, target, unseen)


async def test_the_same_database_twice_is_refused(source: str) -> None:
    with pytest.raises(DatabaseProblem, match="the same database"):
        await copy_everything(source, source, unseen)


async def test_a_source_that_a_kindling_works_on_is_refused(source: str, target: str, kind: str) -> None:
    running = Database(source)
    held = copying.alone(Path(source.partition("///")[2])) if kind == "sqlite" else None
    if held is not None:
        held.__enter__()
    await running.ping()

    with pytest.raises(DatabaseProblem, match="Kindling is running"):
        await copy_everything(source, target, unseen)

    if held is not None:
        held.__exit__(None, None, None)
    await running.close()


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_sqlite_source_is_the_same_bytes_afterwards(sqlite_template: Path, tmp_path: Path, target: str) -> None:
    file, before = tmp_path / "untouched.sqlite", as_one_file(sqlite_template, tmp_path / "untouched.sqlite")

    await copy_everything(f"sqlite+aiosqlite:///{file}", target, unseen)

    assert await asyncio.to_thread(file.read_bytes) == before


def as_one_file(template: Path, file: Path) -> bytes:
    """A database whose journal is a plain one; what is in its file."""
    file.write_bytes(template.read_bytes())
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return file.read_bytes()


async def test_no_more_than_a_batch_is_read_at_once(source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    original = copying._batches

    async def batches(connection: object, table: object) -> AsyncIterator[object]:
        async for rows in original(connection, table):  # type: ignore[arg-type] -- whatever it takes
            sizes.append(len(rows))
            yield rows

    monkeypatch.setattr(copying, "_batches", batches)
    await copy_everything(source, target, unseen)

    assert max(sizes) == 7

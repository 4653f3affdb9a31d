"""One database, as units of work."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import DatabaseProblem
from bot.ports import (
    ActCopies,
    Acts,
    Changes,
    Communities,
    Links,
    ModeratorLists,
    OpenWalls,
    People,
    PromptUses,
    Reactions,
    Recaps,
    Setups,
    Shelves,
    Suggestions,
    Supports,
    UnitOfWork,
    Votes,
    Walls,
    WeekCalendars,
)
from bot.ports.alerts import AlertBook
from bot.ports.calendar import DaysOffSets, Occurrences, Outbox, Schedules
from bot.ports.chores import Chores
from bot.ports.desk import Visits
from bot.ports.finishes import Finishes
from bot.ports.leaving import Erasures, Leavings
from bot.ports.rewrites import Rewrites
from bot.storage.act_copies import SqlActCopies
from bot.storage.acts import SqlActs
from bot.storage.ahead_log import AheadLog
from bot.storage.alerts import SqlAlertBook
from bot.storage.changes import SqlChanges
from bot.storage.chores import SqlChores
from bot.storage.communities import SqlCommunities
from bot.storage.days_off import SqlDaysOff
from bot.storage.engine import ANSWER, ONCE, READING, changed_rows, create_engine
from bot.storage.errands import Blocking, Errands
from bot.storage.finishes import SqlFinishes
from bot.storage.leaving import SqlErasures, SqlLeavings
from bot.storage.linking import SqlLinks, SqlPeople
from bot.storage.moderators import SqlModeratorLists
from bot.storage.occurrences import SqlOccurrences, SqlPromptUses
from bot.storage.open_walls import SqlOpenWalls
from bot.storage.outbox import SqlOutbox
from bot.storage.reactions import SqlReactions
from bot.storage.recaps import SqlRecaps
from bot.storage.rewrites import SqlRewrites
from bot.storage.schedules import SqlSchedules
from bot.storage.setups import SqlSetups, SqlSupports
from bot.storage.shelves import SqlShelves
from bot.storage.suggestions import SqlSuggestions
from bot.storage.troubles import CROSSED, code_of, problem
from bot.storage.turns import OneTurn
from bot.storage.visits import SqlVisits
from bot.storage.votes import SqlVotes
from bot.storage.walls import SqlWalls
from bot.storage.week_calendars import SqlWeekCalendars

T = TypeVar("T")
log = structlog.stdlib.get_logger(__name__)

PROBE = {"sqlite": "PRAGMA user_version = 0", "postgresql": "SELECT 1"}
"""What shows that the database can be used again; on SQLite it writes, and nobody reads what."""


class SqlUnitOfWork:
    """`bot.ports.UnitOfWork` on one connection."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self.communities: Communities = SqlCommunities(connection, writing=writing)
        self.schedules: Schedules = SqlSchedules(connection, writing=writing)
        self.occurrences: Occurrences = SqlOccurrences(connection)
        self.outbox: Outbox = SqlOutbox(connection, writing=writing)
        self.reactions: Reactions = SqlReactions(connection)
        self.prompt_uses: PromptUses = SqlPromptUses(connection, writing=writing)
        self.acts: Acts = SqlActs(connection, writing=writing)
        self.act_copies: ActCopies = SqlActCopies(connection, writing=writing)
        self.walls: Walls = SqlWalls(connection)
        self.moderators: ModeratorLists = SqlModeratorLists(connection)
        self.alerts: AlertBook = SqlAlertBook(connection)
        self.open_walls: OpenWalls = SqlOpenWalls(connection)
        self.links: Links = SqlLinks(connection)
        self.people: People = SqlPeople(connection)
        self.recaps: Recaps = SqlRecaps(connection)
        self.changes: Changes = SqlChanges(connection, writing=writing)
        self.shelves: Shelves = SqlShelves(connection)
        self.suggestions: Suggestions = SqlSuggestions(connection, writing=writing)
        self.days_off: DaysOffSets = SqlDaysOff(connection)
        self.leavings: Leavings = SqlLeavings(connection, writing=writing)
        self.erasures: Erasures = SqlErasures(connection)
        self.setups: Setups = SqlSetups(connection)
        self.supports: Supports = SqlSupports(connection)
        self.visits: Visits = SqlVisits(connection)
        self.votes: Votes = SqlVotes(connection)
        self.week_calendars: WeekCalendars = SqlWeekCalendars(connection)
        self.finishes: Finishes = SqlFinishes(connection)
        self.rewrites: Rewrites = SqlRewrites(connection)
        self.chores: Chores = SqlChores(connection)

    @property
    def writes_aside(self) -> bool:
        return isinstance(self._connection, Blocking)

    async def commit(self) -> None:
        """Keep everything. The unit of work is over."""
        await self._connection.commit()

    async def let_it_be_lost(self) -> None:
        """Have the commit wait for no disk, on PostgreSQL."""
        await self._connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")


class Database:
    """`bot.ports.Storage` for an async SQLAlchemy URL. Opening it makes no connection yet."""

    def __init__(self, url: str, *, answer: float | None = ANSWER) -> None:
        self.engine = create_engine(url, answer=answer)
        # SQLite has one writer at a time: waiting in line here is fair, waiting for its lock is not.
        on_sqlite = self.engine.dialect.name == "sqlite"
        self._turn = asyncio.Lock() if on_sqlite else None
        self._errands = Errands(self.engine.url) if on_sqlite else None
        self._log = AheadLog(self.engine.url, self._turn) if self._turn else None
        self._trouble = ""

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncGenerator[SqlUnitOfWork, None]:
        """A transaction that may write. Raises `DatabaseProblem` while the database cannot be used."""
        if self._turn is None:
            async with self._transaction(reading=False) as work:
                yield work
        else:
            async with self._turn, self._transaction(reading=False) as work:
                yield work
        await self._look_whether_usable()

    async def carry_out(self, job: Callable[[UnitOfWork], Awaitable[T]], *, lasting: bool = True) -> T:
        """A transaction that may write, as a whole. Raises `DatabaseProblem` while the database cannot be used."""
        if self._turn is None or self._errands is None:
            async with self.unit_of_work() as work:
                if not lasting:
                    await work.let_it_be_lost()
                return await job(work)
        async with self._turn:
            with self._watched():
                before = self._errands.changed
                done = await self._errands.carry_out(
                    lambda connection: job(SqlUnitOfWork(connection, writing=True)), lasting=lasting
                )
        if self._log is not None:
            self._log.grew(max(0, self._errands.changed - before))
        await self._look_whether_usable()
        return done

    @asynccontextmanager
    async def reading(self, *, once: bool = False) -> AsyncGenerator[SqlUnitOfWork, None]:
        """A transaction that only reads. Raises `DatabaseProblem` while the database cannot be used."""
        async with self._transaction(reading=True, once=once) as work:
            yield work

    @asynccontextmanager
    async def _transaction(self, *, reading: bool, once: bool = False) -> AsyncGenerator[SqlUnitOfWork, None]:
        with self._watched():
            async with self.engine.connect() as connection:
                if reading:
                    await connection.execution_options(**{READING: ONCE if once else True})
                    if self.engine.dialect.name == "postgresql":
                        await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                await connection.begin()
                if self._log is None or reading:
                    yield SqlUnitOfWork(connection, writing=not reading)
                    return
                before = changed_rows(connection)
                yield SqlUnitOfWork(connection, writing=True)
                self._log.grew(changed_rows(connection) - before)

    @contextmanager
    def _watched(self) -> Generator[None]:
        """Tell trouble with the database itself as such, and log it once, however many meet it."""
        try:
            yield
        except (DBAPIError, NoConnectionFree, sqlite3.Error, OSError) as error:
            if not (code := code_of(error)):
                raise
            trouble = problem(error)
            if code == CROSSED:  # no trouble of the database's, and over already
                log.info("database.crossed")
                raise trouble from error
            if code != self._trouble:
                log.error("database.unusable", code=code, cure=str(trouble))  # noqa: TRY400 -- a traceback tells no operator more
            self._trouble = code
            raise trouble from error

    async def _look_whether_usable(self) -> None:
        """After trouble, a transaction that came through may mean that it is over."""
        if self._trouble:
            with suppress(DatabaseProblem):  # what was committed stays committed, whatever this finds
                await self._probe()

    async def _probe(self) -> None:
        """Try whether the trouble is over; several who try at once are answered by one try."""
        async with self._turn or nullcontext():
            if not self._trouble:
                return
            with self._watched():
                async with self.engine.begin() as connection:
                    await connection.execute(text(PROBE[self.engine.dialect.name]))
            log.info("database.usable_again", code=self._trouble)
            self._trouble = ""

    async def ping(self) -> None:
        """Raise `DatabaseProblem` when the database does not answer, or after trouble cannot be written yet."""
        if self._trouble:
            await self._probe()
            return
        with self._watched():
            async with self.engine.connect() as connection:
                await connection.execution_options(**{READING: True})
                await connection.execute(text("SELECT 1"))

    async def try_writing(self) -> None:
        """Raise `DatabaseProblem` when nothing can be written. Nothing is."""
        with self._watched():
            async with self.engine.begin() as connection:
                await connection.execute(text(PROBE[self.engine.dialect.name]))

    async def close(self) -> None:
        """Give every connection back."""
        if self._errands is not None:
            await self._errands.close()
        if self._log is not None:
            await self._log.close()
        await self.engine.dispose()
        if isinstance(driver := self.engine.dialect.dbapi, OneTurn):
            await driver.over()

"""One database, as units of work."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Communities, Occurrences, Outbox, PromptUses, Reactions, Schedules
from bot.storage.communities import SqlCommunities
from bot.storage.engine import READING, create_engine
from bot.storage.occurrences import SqlOccurrences, SqlPromptUses
from bot.storage.outbox import SqlOutbox
from bot.storage.reactions import SqlReactions
from bot.storage.schedules import SqlSchedules


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

    async def commit(self) -> None:
        """Keep everything. The unit of work is over."""
        await self._connection.commit()


class Database:
    """`bot.ports.Storage` for an async SQLAlchemy URL. Opening it makes no connection yet."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        # SQLite has one writer at a time: waiting in line here is fair, waiting for its lock is not.
        self._turn = asyncio.Lock() if self.engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncGenerator[SqlUnitOfWork, None]:
        """A transaction that may write."""
        if self._turn is None:
            async with self._transaction(reading=False) as work:
                yield work
            return
        async with self._turn, self._transaction(reading=False) as work:
            yield work

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[SqlUnitOfWork, None]:
        """A transaction that only reads."""
        async with self._transaction(reading=True) as work:
            yield work

    @asynccontextmanager
    async def _transaction(self, *, reading: bool) -> AsyncGenerator[SqlUnitOfWork, None]:
        async with self.engine.connect() as connection:
            if reading:
                await connection.execution_options(**{READING: True})
                if self.engine.dialect.name == "postgresql":
                    await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            await connection.begin()
            yield SqlUnitOfWork(connection, writing=not reading)

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**{READING: True})
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()

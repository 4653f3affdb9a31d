"""Engines that do what they are asked, on SQLite and on PostgreSQL.

The driver's own idea of transactions is taken away on SQLite: left to itself it begins late and reads
before it locks, so concurrent changes overwrite each other and half a migration stays.
"""

import asyncio
import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast
from urllib.parse import quote

import aiosqlite
from sqlalchemy import Connection, Engine, event
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy.engine import URL, AdaptedConnection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import PoolResetState

from bot.storage.turns import OneTurn

READING = "kindling_reading"
ONCE = "once"
"""What `READING` is for a single question: SQLite answers it in a transaction of its own."""
BUSY_MILLISECONDS = 10_000
STATEMENTS = 64
"""How many statements of many rows are kept ready, and their texts; one that adds two thousand rows, the most of a
batch, takes more than a MiB."""
OPENING = 10.0
"""Seconds that a PostgreSQL server may take to let us in."""
ANSWER = 60.0
"""Seconds that it may take over a statement. A network that goes silent would otherwise hold whoever waits for it for
as long as TCP hopes."""
LONGEST_LOG, PAGE = 24_000, 4096
"""Pages after which a commit moves SQLite's log into the file itself, because nobody else has, and a page's bytes."""
NAME = "kindling"
"""What a PostgreSQL server is told who we are."""


def create_engine(url: str | URL, *, reading_only: bool = False, answer: float | None = ANSWER) -> AsyncEngine:
    """An engine for an async SQLAlchemy URL: `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`.

    With `reading_only` a SQLite file is opened so that it cannot be changed. `answer` is for how many seconds a
    PostgreSQL server may be silent; with None it may take its time.
    """
    if make_url(url).get_backend_name() != "sqlite":
        arguments = {
            "server_settings": {"application_name": NAME},
            "timeout": OPENING,
            "command_timeout": answer,
        }
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=arguments)
    if reading_only:
        url = f"sqlite+aiosqlite:///file:{quote(make_url(url).database or '')}?mode=ro&uri=true"
    engine = create_async_engine(
        url,
        module=OneTurn(),
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
        pool_reset_on_return=None,  # `_roll_back` does it
    )
    event.listen(engine.sync_engine, "reset", _roll_back)
    if not reading_only:
        event.listen(engine.sync_engine, "do_connect", _for_its_owner)
    event.listen(engine.sync_engine, "connect", _take_begin_away if reading_only else _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def create_blocking_engine(url: URL) -> Engine:
    """An engine for the same SQLite file, for a thread of its own."""
    blocking = url.set(drivername="sqlite+pysqlite")
    arguments = {"timeout": BUSY_MILLISECONDS / 1000, "cached_statements": STATEMENTS}
    engine = create_sync_engine(blocking, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "do_connect", _for_its_owner)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _for_its_owner(_dialect: object, _record: object, words: list[str], _options: object) -> None:
    """Make a database's file so that only its owner may read it: it may hold tokens. What SQLite puts beside it
    follows its rights. A folder that is not there is told about by SQLite."""
    with suppress(FileExistsError, FileNotFoundError, PermissionError):
        os.close(os.open(words[0], os.O_CREAT | os.O_EXCL, 0o600))


def _take_begin_away(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's connection has no type here
    """Transactions by hand."""
    connection.isolation_level = None


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 -- the driver's connection has no type here
    """Set a new SQLite connection up: transactions by hand, a journal that lets readers read, keys checked."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # a commit outlives a power cut: ADR 12
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_MILLISECONDS}",
        f"wal_autocheckpoint = {LONGEST_LOG}",  # long before, it is done beside the commits: ADR 20
        f"journal_size_limit = {LONGEST_LOG * PAGE}",  # what a log has grown to while a reader held it is given back
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def wait_for_the_disk(connection: Connection, lasting: bool) -> None:  # noqa: FBT001 -- it is the state to be in
    """Have the next transaction of a connection to SQLite outlive a power cut, or not. Not lasting, it is as whole as
    any other, and lasts with the next one that does: they stand in one log, one after the other."""
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}").close()


def changed_rows(connection: Connection | AsyncConnection) -> int:
    """How many rows a connection to SQLite has changed since it was opened. It asks no thread."""
    within = connection.sync_connection if isinstance(connection, AsyncConnection) else connection
    driver = within.connection.driver_connection if within is not None else None
    return cast("sqlite3.Connection | aiosqlite.Connection", driver).total_changes


def at_once(connection: Connection, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Carry out a statement in one turn of the thread that the SQLite driver keeps; what it returns.

    SQLAlchemy takes three or four (a cursor, the statement, its rows, the end), and where the processor is busy each
    of them waits in line for it. Whoever listens to what SQLAlchemy says hears of this one too.
    """
    listeners: Any = connection.dispatch
    said = (connection, None, statement, parameters, None, False)
    listeners.before_cursor_execute(*said)

    async def carried_out(driver: aiosqlite.Connection) -> list[tuple[Any, ...]]:
        return [*map(tuple, await driver.execute_fetchall(statement, parameters))]

    driver = connection.connection.dbapi_connection
    try:
        if isinstance(driver, sqlite3.Connection):
            found = driver.execute(statement, parameters).fetchall()
        else:
            found = cast("AdaptedConnection", driver).run_async(carried_out)
    except sqlite3.Error as error:
        raise DBAPIError(statement, parameters, error, hide_parameters=True) from error
    except asyncio.CancelledError:  # the thread may not have come to it yet: nobody else may meet what it does then
        connection.invalidate()
        raise
    listeners.after_cursor_execute(*said)
    return found


def _roll_back(connection: Any, _record: object, state: PoolResetState) -> None:  # noqa: ANN401 -- the driver's connection has no type here
    """Leave no transaction behind when a connection is given back, and ask the thread only when there is one."""
    if state.asyncio_safe and connection.driver_connection.in_transaction:
        connection.rollback()


def _begin(connection: Connection) -> None:
    """Take the write lock at once for a transaction that may write; a reading one takes none."""
    reading = connection.get_execution_options().get(READING, False)
    if reading != ONCE:
        at_once(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")

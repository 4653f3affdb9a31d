"""The SQLite file in which a room keeps its state, and one transaction at a time on it."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from bot.domain.errors import TryLater, Unreachable

VERSION = 3

SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE people (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, name TEXT NOT NULL, moderates INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE channels (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, name TEXT NOT NULL, topic TEXT NOT NULL, writable INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL REFERENCES channels (id),
    key TEXT NOT NULL,
    card TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    edited INTEGER NOT NULL DEFAULT 0,
    gone INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL
);
CREATE UNIQUE INDEX messages_key ON messages (channel, key) WHERE gone = 0;
CREATE INDEX messages_shown ON messages (channel, id) WHERE gone = 0;
CREATE INDEX messages_revision ON messages (revision);
CREATE TABLE reactions (
    message INTEGER NOT NULL REFERENCES messages (id),
    person TEXT NOT NULL REFERENCES people (id),
    emoji TEXT NOT NULL,
    PRIMARY KEY (message, person, emoji)
) WITHOUT ROWID;
CREATE TABLE entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person TEXT NOT NULL REFERENCES people (id),
    content TEXT NOT NULL,
    told INTEGER NOT NULL,
    at TEXT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL
);
CREATE INDEX entries_shown ON entries (person, id) WHERE gone = 0;
CREATE INDEX entries_revision ON entries (person, revision);
"""
FILES = """
CREATE TABLE files (
    entry INTEGER NOT NULL REFERENCES entries (id),
    place INTEGER NOT NULL,
    name TEXT NOT NULL,
    alt TEXT NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (entry, place)
)
"""
"""Files that came with a private answer, as long as it is there. Rooms of the first version have none."""
PINS = "ALTER TABLE messages ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0"
"""Rooms of the second version have none."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A transaction that writes. Whatever it touches bears its `revision`, greater than all before."""

    link: aiosqlite.Connection
    revision: int


class Database:
    """One connection, and one transaction at a time."""

    def __init__(self, path: Path, written: Callable[[], None]) -> None:
        self._path = path
        self._written = written
        self._link: aiosqlite.Connection | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> bool:
        """Make or open the file; True when it was made just now."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._link = await aiosqlite.connect(self._path, isolation_level=None)
            self._link.row_factory = aiosqlite.Row
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
                await self._link.execute(f"PRAGMA {pragma}")
            return await self._prepare(self._link)
        except (sqlite3.Error, OSError) as error:
            await self.close()
            raise Unreachable(
                "web.file_unusable", f"The room's file {self._path} cannot be used. Move it away and start again."
            ) from error
        except BaseException:  # cancelled too, the file is let go of
            await self.close()
            raise

    async def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[aiosqlite.Connection, None]:
        """One consistent state."""
        async with self._lock:
            link = self._open_link()
            await link.execute("BEGIN")
            try:
                yield link
            finally:
                await link.execute("ROLLBACK")

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Writing, None]:
        """A transaction that is kept when the block ends well, and else leaves nothing."""
        async with self._lock:
            link = self._open_link()
            await link.execute("BEGIN IMMEDIATE")
            try:
                await link.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'revision'")
                yield Writing(link, await revision(link))
            except BaseException:  # cancelled too, nothing is left half written
                await link.execute("ROLLBACK")
                raise
            await link.execute("COMMIT")
        self._written()

    def _open_link(self) -> aiosqlite.Connection:
        if self._link is None:
            raise TryLater("web.closed")
        return self._link

    async def _prepare(self, link: aiosqlite.Connection) -> bool:
        await link.execute("BEGIN IMMEDIATE")
        [found] = await _row(link, "PRAGMA user_version")
        if found > VERSION:
            raise Unreachable(
                "web.file_newer",
                f"The room's file {self._path} was made by a newer Kindling. Use that one, or move the file away.",
            )
        if found == 0:
            for statement in SCHEMA.split(";\n"):
                await link.execute(statement)
            await link.execute("INSERT INTO facts VALUES ('revision', '0')")
        for since, statement in ((2, FILES), (3, PINS)):
            if found < since:
                await link.execute(statement)
        if found < VERSION:
            await link.execute(f"PRAGMA user_version = {VERSION}")
        await link.execute("COMMIT")
        return found == 0


async def revision(link: aiosqlite.Connection) -> int:
    """The latest revision that the transaction sees."""
    [value] = await _row(link, "SELECT CAST(value AS INTEGER) FROM facts WHERE name = 'revision'")
    return value


async def _row(link: aiosqlite.Connection, statement: str) -> tuple[int]:
    async with link.execute(statement) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise sqlite3.DatabaseError("the room's file lacks a line it must have")
    return (int(row[0]),)

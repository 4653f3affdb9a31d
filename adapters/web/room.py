"""The room: the playground's own state, as a platform keeps it. Kindling's truth is elsewhere."""

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import aiosqlite

from adapters.web.codec import Content, Json, decode, decode_card, encode, encode_card
from adapters.web.database import Database, revision
from adapters.web.people import CHANNELS, PEOPLE, Channel, Someone
from bot.domain.errors import Unreachable
from bot.domain.message import Card
from bot.domain.reactions import Felt, neutral_emoji
from bot.domain.uploads import Attached

PAGE = 40
ENTRIES_KEPT = 30


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a channel. One that is `gone` has no card any more."""

    id: int
    channel: str
    card: Card | None
    posted_at: datetime
    edited: bool
    gone: bool
    revision: int
    felt: frozenset[Felt] = frozenset()
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of one person's private panel: an answer to them, or something they were told."""

    id: int
    person: str
    content: Content | None
    told: bool
    at: datetime
    gone: bool
    revision: int
    files: tuple[str, ...] = ()
    """The names of the files that came with it."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What one person has not seen yet, up to `revision`. `elsewhere` are other channels with new messages."""

    revision: int
    messages: Sequence[Message]
    entries: Sequence[Entry]
    elsewhere: Sequence[str]


class Room:
    """Messages, reactions and private panels. Every change raises the room's revision by one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.people: Mapping[str, Someone] = {}
        self.channels: Mapping[str, Channel] = {}
        self.secret = ""
        self.zone = ""

    async def open(self, name: str, zone: str) -> bool:
        """Get ready, furnishing a new room; True when it is new. A room keeps the zone it was given first."""
        await self._database.open()
        async with self._database.writing() as work:
            facts = {row["name"]: str(row["value"]) async for row in await work.link.execute("SELECT * FROM facts")}
            if new := "room" not in facts:
                facts |= {"room": name, "zone": zone, "secret": secrets.token_urlsafe(32)}
                await _furnish(work.link, facts)
        if facts["room"] != name:
            raise Unreachable(
                "web.other_room",
                f"The file keeps the room “{facts['room']}”, not “{name}”. Set another file in [adapters.web].",
            )
        self.secret = facts["secret"]
        self.zone = facts["zone"]
        await self._look_round()
        return new

    async def close(self) -> None:
        """Let go of the file. Safe to call twice."""
        await self._database.close()

    async def move_to(self, zone: str) -> None:
        """Change the zone that the people live in."""
        async with self._database.writing() as work:
            await work.link.execute("UPDATE facts SET value = ? WHERE name = 'zone'", (zone,))
        self.zone = zone

    async def post(self, channel: str, card: Card, key: str, at: datetime) -> int:
        """Keep a message and return its id; with a key that the channel already has, the first one's."""
        async with self._database.writing() as work:
            known = await _one(
                work.link, "SELECT id FROM messages WHERE channel = ? AND key = ? AND gone = 0", (channel, key)
            )
            if known is not None:
                return int(known["id"])
            row = await _one(
                work.link,
                "INSERT INTO messages (channel, key, card, posted_at, revision) VALUES (?, ?, ?, ?, ?) RETURNING id",
                (channel, key, _json(encode_card(card)), at.isoformat(), work.revision),
            )
            return int(_surely(row)["id"])

    async def find(self, channel: str, key: str) -> tuple[int, datetime] | None:
        """The message of this key that is still there, and when it was posted."""
        async with self._database.reading() as link:
            row = await _one(
                link, "SELECT id, posted_at FROM messages WHERE channel = ? AND key = ? AND gone = 0", (channel, key)
            )
        return (int(row["id"]), datetime.fromisoformat(row["posted_at"])) if row else None

    async def key(self, channel: str, message: int) -> str | None:
        """The key of a message that is still there."""
        async with self._database.reading() as link:
            row = await _one(
                link, "SELECT key FROM messages WHERE id = ? AND channel = ? AND gone = 0", (message, channel)
            )
        return str(row["key"]) if row else None

    async def edit(self, channel: str, message: int, card: Card) -> bool:
        """Show another card; False when there is no such message."""
        async with self._database.writing() as work:
            done = await _one(
                work.link,
                "UPDATE messages SET card = ?, edited = 1, revision = ? WHERE id = ? AND channel = ? AND gone = 0 "
                "RETURNING id",
                (_json(encode_card(card)), work.revision, message, channel),
            )
        return done is not None

    async def remove(self, channel: str, message: int) -> bool:
        """Take a message away, and with it what it said and what was felt about it."""
        async with self._database.writing() as work:
            done = await _one(
                work.link,
                "UPDATE messages SET gone = 1, card = '', revision = ? WHERE id = ? AND channel = ? AND gone = 0 "
                "RETURNING id",
                (work.revision, message, channel),
            )
            if done is not None:
                await work.link.execute("DELETE FROM reactions WHERE message = ?", (message,))
        return done is not None

    async def pin(self, channel: str, message: int, instead_of: int | None) -> bool:
        """Pin a message in the place of another; False when there is no such message."""
        statement = (
            "UPDATE messages SET pinned = ?, revision = ? WHERE id = ? AND channel = ? AND gone = 0 RETURNING id"
        )
        async with self._database.writing() as work:
            if await _one(work.link, statement, (1, work.revision, message, channel)) is None:
                return False
            if instead_of is not None:
                await work.link.execute(
                    "UPDATE messages SET pinned = 0, revision = ? WHERE id = ? AND pinned = 1",
                    (work.revision, instead_of),
                )
        return True

    async def react(self, channel: str, message: int, person: str, emoji: str, *, present: bool) -> bool:
        """Put an emoji on a message or take it off; False when nothing changed."""
        async with self._database.writing() as work:
            if (
                await _one(
                    work.link, "SELECT id FROM messages WHERE id = ? AND channel = ? AND gone = 0", (message, channel)
                )
                is None
            ):
                return False
            statement = (
                "INSERT OR IGNORE INTO reactions (message, person, emoji) VALUES (?, ?, ?)"
                if present
                else "DELETE FROM reactions WHERE message = ? AND person = ? AND emoji = ?"
            )
            async with work.link.execute(statement, (message, person, neutral_emoji(emoji))) as cursor:
                changed = cursor.rowcount > 0
            if changed:
                await work.link.execute("UPDATE messages SET revision = ? WHERE id = ?", (work.revision, message))
            return changed

    async def message(self, channel: str, message: int) -> Message | None:
        """One message that is still there."""
        async with self._database.reading() as link:
            found = await _messages(link, "id = ? AND channel = ? AND gone = 0", (message, channel))
        return found[0] if found else None

    async def page(self, channel: str, before: int | None = None, limit: int = PAGE) -> tuple[int, Sequence[Message]]:
        """The room's revision, and the newest messages, newest first; with `before`, those older than that one."""
        async with self._database.reading() as link:
            return await revision(link), await _messages(
                link,
                "channel = ? AND gone = 0 AND id < ? ORDER BY id DESC LIMIT ?",
                (channel, before if before is not None else 2**62, limit),
            )

    async def show(
        self, person: str, content: Content, at: datetime, *, told: bool = False, files: Sequence[Attached] = ()
    ) -> Entry:
        """Add to a person's private panel; the oldest entries beyond a page's worth go."""
        async with self._database.writing() as work:
            row = await _one(
                work.link,
                "INSERT INTO entries (person, content, told, at, revision) VALUES (?, ?, ?, ?, ?) RETURNING *",
                (person, _json(encode(content)), told, at.isoformat(), work.revision),
            )
            entry = int(_surely(row)["id"])
            await _keep(work.link, entry, files)
            await work.link.execute(
                "UPDATE entries SET gone = 1, content = '', revision = ? WHERE person = ? AND gone = 0 AND id NOT IN "
                "(SELECT id FROM entries WHERE person = ? AND gone = 0 ORDER BY id DESC LIMIT ?)",
                (work.revision, person, person, ENTRIES_KEPT),
            )
            await work.link.execute("DELETE FROM files WHERE entry IN (SELECT id FROM entries WHERE gone = 1)")
            return _entry(_surely(row), tuple(file.name for file in files))

    async def replace(
        self, person: str, entry: int, content: Content, at: datetime, files: Sequence[Attached] = ()
    ) -> Entry | None:
        """Show something else where an entry of this person is; None when it is gone."""
        return await self._rewrite(person, entry, _json(encode(content)), at, gone=False, files=files)

    async def dismiss(self, person: str, entry: int, at: datetime) -> Entry | None:
        """Take an entry off a person's own panel, its words too; None when it is gone already."""
        return await self._rewrite(person, entry, "", at, gone=True)

    async def entry(self, person: str, entry: int) -> Entry | None:
        """An entry of this person's own panel."""
        async with self._database.reading() as link:
            found = await _entries(link, "id = ? AND person = ? AND gone = 0", (entry, person))
        return found[0] if found else None

    async def file(self, person: str, entry: int, place: int) -> Attached | None:
        """A file that came with an entry of this person's own panel."""
        async with self._database.reading() as link:
            row = await _one(
                link,
                "SELECT name, data, alt FROM files JOIN entries ON entries.id = files.entry "
                "WHERE entry = ? AND files.place = ? AND person = ? AND gone = 0",
                (entry, place, person),
            )
        return Attached(row["name"], row["data"], row["alt"]) if row else None

    async def panel(self, person: str) -> Sequence[Entry]:
        """A person's private panel, newest first."""
        async with self._database.reading() as link:
            return await _entries(link, "person = ? AND gone = 0 ORDER BY id DESC", (person,))

    async def changes(self, channel: str, person: str, since: int) -> Changes:
        """All that became different after the revision `since`, for one person in one channel."""
        async with self._database.reading() as link:
            now = await revision(link)
            if now == since:
                return Changes(now, (), (), ())
            rows = await link.execute_fetchall(
                "SELECT DISTINCT channel FROM messages WHERE revision > ? AND channel != ? AND gone = 0 "
                "ORDER BY channel",
                (since, channel),
            )
            return Changes(
                revision=now,
                messages=await _messages(link, "revision > ? AND channel = ? ORDER BY id", (since, channel)),
                entries=await _entries(link, "person = ? AND revision > ? ORDER BY id", (person, since)),
                elsewhere=[str(row["channel"]) for row in rows],
            )

    async def _rewrite(
        self, person: str, entry: int, content: str, at: datetime, *, gone: bool, files: Sequence[Attached] = ()
    ) -> Entry | None:
        async with self._database.writing() as work:
            row = await _one(
                work.link,
                "UPDATE entries SET content = ?, at = ?, gone = ?, revision = ? "
                "WHERE id = ? AND person = ? AND gone = 0 RETURNING *",
                (content, at.isoformat(), gone, work.revision, entry, person),
            )
            if row is not None:
                await _keep(work.link, entry, files)
        return _entry(row, tuple(file.name for file in files)) if row else None

    async def _look_round(self) -> None:
        async with self._database.reading() as link:
            people = await link.execute_fetchall("SELECT * FROM people ORDER BY place")
            channels = await link.execute_fetchall("SELECT * FROM channels ORDER BY place")
        self.people = {row["id"]: Someone(row["id"], row["name"], bool(row["moderates"])) for row in people}
        self.channels = {
            row["id"]: Channel(row["id"], row["name"], row["topic"], bool(row["writable"])) for row in channels
        }


async def _furnish(link: aiosqlite.Connection, facts: Mapping[str, str]) -> None:
    """Bring people and channels into a new room."""
    await link.executemany(
        "INSERT INTO facts (name, value) VALUES (?, ?)",
        [(name, value) for name, value in facts.items() if name != "revision"],
    )
    await link.executemany(
        "INSERT INTO people (id, place, name, moderates) VALUES (?, ?, ?, ?)",
        [(person.id, place, person.name, person.moderates) for place, person in enumerate(PEOPLE)],
    )
    await link.executemany(
        "INSERT INTO channels (id, place, name, topic, writable) VALUES (?, ?, ?, ?, ?)",
        [(channel.id, place, channel.name, channel.topic, channel.writable) for place, channel in enumerate(CHANNELS)],
    )


async def _one(link: aiosqlite.Connection, statement: str, values: Sequence[object]) -> sqlite3.Row | None:
    async with link.execute(statement, tuple(values)) as cursor:
        return await cursor.fetchone()


async def _messages(link: aiosqlite.Connection, where: str, values: Sequence[object]) -> list[Message]:
    rows = await link.execute_fetchall(f"SELECT * FROM messages WHERE {where}", tuple(values))  # noqa: S608 (own text)
    marks = ",".join(str(int(row["id"])) for row in rows)
    felt: dict[int, set[Felt]] = {}
    async with link.execute(
        f"SELECT message, person, emoji FROM reactions WHERE message IN ({marks})"  # noqa: S608 (integers)
    ) as cursor:
        async for row in cursor:
            felt.setdefault(row["message"], set()).add(Felt(row["person"], row["emoji"]))
    return [_message(row, frozenset(felt.get(row["id"], ()))) for row in rows]


async def _entries(link: aiosqlite.Connection, where: str, values: Sequence[object]) -> list[Entry]:
    rows = await link.execute_fetchall(f"SELECT * FROM entries WHERE {where}", tuple(values))  # noqa: S608 (own text)
    return [_entry(row, await _names(link, row["id"])) for row in rows]


async def _names(link: aiosqlite.Connection, entry: int) -> tuple[str, ...]:
    rows = await link.execute_fetchall("SELECT name FROM files WHERE entry = ? ORDER BY place", (entry,))
    return tuple(str(row["name"]) for row in rows)


async def _keep(link: aiosqlite.Connection, entry: int, files: Sequence[Attached]) -> None:
    """Keep the files of an entry in the place of those it had."""
    await link.execute("DELETE FROM files WHERE entry = ?", (entry,))
    await link.executemany(
        "INSERT INTO files (entry, place, name, alt, data) VALUES (?, ?, ?, ?, ?)",
        [(entry, place, file.name, file.alt, file.data) for place, file in enumerate(files)],
    )


def _message(row: sqlite3.Row, felt: frozenset[Felt]) -> Message:
    return Message(
        id=row["id"],
        channel=row["channel"],
        card=None if row["gone"] else decode_card(json.loads(row["card"])),
        posted_at=datetime.fromisoformat(row["posted_at"]),
        edited=bool(row["edited"]),
        gone=bool(row["gone"]),
        revision=row["revision"],
        felt=felt,
        pinned=bool(row["pinned"]),
    )


def _entry(row: sqlite3.Row, files: tuple[str, ...] = ()) -> Entry:
    return Entry(
        id=row["id"],
        person=row["person"],
        content=None if row["gone"] else decode(json.loads(row["content"])),
        told=bool(row["told"]),
        at=datetime.fromisoformat(row["at"]),
        gone=bool(row["gone"]),
        revision=row["revision"],
        files=files,
    )


def _json(data: Json) -> str:
    """As JSON. Half of a character, which no file can hold, becomes a question mark."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def _surely(row: sqlite3.Row | None) -> sqlite3.Row:
    if row is None:
        raise sqlite3.DatabaseError("a line that was just written did not come back")
    return row

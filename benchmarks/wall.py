"""Reading and searching a wall that has grown.

    python -m benchmarks.wall

Walls of several sizes are written into one SQLite file each, beside a small wall of another community. What people read
is asked for through Kindling's own repositories, a page at a time; beside it, in the same run, stands what one would
pick instead: LIKE over the texts, and SQLite's full-text index FTS5.
"""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from benchmarks.report import Goal, Section, Table, arguments, growth, tell
from bot.domain.community import Community, Space, Tone
from bot.domain.ids import ActId, CommunityId, MemberId, SpaceId
from bot.domain.packs import Circle
from bot.domain.places import Person
from bot.domain.wall import Act, Order, Reading, Standing, Telling
from bot.domain.words import words
from bot.ports import UnitOfWork
from bot.storage.database import Database
from bot.storage.migrate import migrate

SIZES = (1_000, 10_000, 100_000)
QUICK_SIZES = (300, 1_000, 3_000)
READS, QUICK_READS = 40, 8
PAGE = 25
SMALL = 100
KEPT = 20
"""How many acts are kept as always, to see how long one takes."""
WORDS_EACH = 14
VOCABULARY = 5_000
RARE = "quokka"
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
LARGE_WALL, SMALL_WALL = CommunityId("large"), CommunityId("small")
EXPONENT = 0.2
"""What grows less than this with the number of acts is called independent of it."""

COMPARED = (
    "LIKE folds no accents and finds parts of words; FTS5 takes a run of Chinese or Thai for one word, and is SQLite's "
    "alone."
)

Read = Callable[[UnitOfWork], Awaitable[object]]


def spaces() -> Mapping[CommunityId, SpaceId]:
    """The space of each community."""
    return {LARGE_WALL: SpaceId("large"), SMALL_WALL: SpaceId("small")}


def texts(number: int, seed: int) -> Iterator[str]:
    """Texts of words that are as common as words are: the second half as often as the first, and so on."""
    drawn = random.Random(seed)
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    known = [f"word{rank}" for rank in range(1, VOCABULARY + 1)]
    for index in range(number):
        said = drawn.choices(known, cum_weights=weights, k=WORDS_EACH)
        yield " ".join([*said, RARE] if index % max(1, number // 3) == number // 7 else said)


async def fill(database: Database, file: Path, size: int) -> float:
    """A wall of so many acts, and the small one; how many seconds an act takes that is kept as always.

    Most are copies of one that was kept so, with words of their own, written by the driver.
    """
    taken: list[float] = []
    for community, number in ((LARGE_WALL, size), (SMALL_WALL, SMALL)):
        space = spaces()[community]
        async with database.unit_of_work() as work:
            await work.communities.save(Community(community, community, Tone.COMMUNITY, BEGAN))
            await work.communities.save_space(Space(space, community, "letters", space))
            author = await work.communities.member(Person("letters", space, "robin"))
            await work.commit()
        if author is None:
            raise LookupError("a member of a space that is there")
        known = list(texts(number, 7))
        copy(file, community, await model(database, community, author, known[0]), known)
        for index in range(KEPT):
            began = time.perf_counter()
            await model(database, community, author, known[index], number + index)
            taken.append(time.perf_counter() - began)
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ANALYZE")
    return statistics.median(taken)


def id_of(index: int) -> ActId:
    """An act's id: it begins with when it was written."""
    at = BEGAN + timedelta(minutes=index)
    return ActId(f"{int(at.timestamp() * 1000):012x}{index:020x}")


async def model(database: Database, community: CommunityId, author: MemberId, text: str, index: int = 0) -> ActId:
    """Keep one act as Kindling does, in a transaction of its own."""
    at = BEGAN + timedelta(minutes=index)
    act = Act(
        ActId(f"{community[0]}{id_of(index)[1:]}"),
        community,
        spaces()[community],
        author,
        Telling.NOTICED,
        text,
        at,
        circle=Circle.CLOSE,
        standing=Standing.SHOWN,
        published_at=at,
    )
    async with database.unit_of_work() as work:
        await work.acts.save(act)
        await work.commit()
    return act.id


def copy(file: Path, community: CommunityId, model: ActId, known: Sequence[str]) -> None:
    """Acts like the model, each with a text of its own and its words."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.row_factory = sqlite3.Row
        like = dict(connection.execute("SELECT * FROM acts WHERE id = ?", (model,)).fetchone())
        names = list(like)
        rows = (
            like
            | {
                "id": f"{community[0]}{id_of(index)[1:]}",
                "text": text,
                "circle": tuple(Circle)[index % len(Circle)].value,
                "seen": index * 7919 % 23,
            }
            for index, text in enumerate(known[1:], 1)
        )
        into = f"INSERT INTO acts ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608 -- names of our own columns
        connection.executemany(into, rows)
        said = (
            (community, word, f"{community[0]}{id_of(index)[1:]}")
            for index, text in enumerate(known[1:], 1)
            for word in set(words(text))
        )
        connection.executemany("INSERT INTO act_words (community_id, word, act_id) VALUES (?, ?, ?)", said)


def beside(file: Path) -> None:
    """The same texts in an FTS5 index, with the community as one of its columns' tokens."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "CREATE VIRTUAL TABLE full_text USING fts5(wall, text, tokenize = 'unicode61 remove_diacritics 2')"
        )
        connection.execute("INSERT INTO full_text SELECT community_id, text FROM acts ORDER BY id")


async def reads(database: Database) -> Mapping[str, Read]:
    """What people ask for, by what it is called."""
    large = Reading(LARGE_WALL, SpaceId("large"), Order.NEWEST)
    small = Reading(SMALL_WALL, SpaceId("small"), Order.NEWEST)
    async with database.reading() as work:
        some = await work.acts.page(large, 10_000)
    middle = some[len(some) // 2]

    def page(reading: Reading, beyond: Act | None = None) -> Read:
        return lambda work: work.acts.page(reading, PAGE, beyond)

    def sought(reading: Reading, text: str) -> Read:
        return page(replace(reading, sought=tuple(words(text))))

    return {
        "the newest": page(large),
        "from the middle on": page(large, middle),
        "what was read least": page(replace(large, order=Order.FAIR)),
        "one circle": page(replace(large, circle=Circle.CLOSE)),
        f"“{RARE}”, in three acts": sought(large, RARE),
        "“word1000”, a rare word": sought(large, "word1000"),
        "“word40 word60”, both of them": sought(large, "word40 word60"),
        "“word1”, in most acts": sought(large, "word1"),
        "“word1” on the small wall": sought(small, "word1"),
    }


async def typical(database: Database, read: Read, times: int) -> float:
    """Seconds that one page takes, transaction included: the median."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        async with database.reading() as work:
            await read(work)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


LIKE = "SELECT * FROM acts WHERE community_id = ? AND standing = 'shown' AND text LIKE ? ORDER BY id DESC LIMIT 25"
FTS5 = "SELECT rowid FROM full_text WHERE full_text MATCH ? ORDER BY rowid DESC LIMIT 25"


def instead(file: Path, times: int) -> Mapping[tuple[str, str], float]:
    """Seconds that a search takes with what one would pick instead, by the driver alone."""
    asked = {
        (name, how): (statement, parameters)
        for name, wall, word in (
            (f"“{RARE}”, in three acts", LARGE_WALL, RARE),
            ("“word1” on the small wall", SMALL_WALL, "word1"),
        )
        for how, statement, parameters in (
            ("LIKE", LIKE, (wall, f"%{word}%")),
            ("FTS5", FTS5, (f'wall:"{wall}" AND text:"{word}"',)),
        )
    }
    found: dict[tuple[str, str], float] = {}
    with closing(sqlite3.connect(file)) as connection:
        for which, (statement, parameters) in asked.items():
            taken: list[float] = []
            for _ in range(times):
                began = time.perf_counter()
                connection.execute(statement, parameters).fetchall()
                taken.append(time.perf_counter() - began)
            found[which] = statistics.median(taken)
    return found


async def measure(
    size: int, times: int, folder: Path
) -> tuple[Mapping[str, float], Mapping[tuple[str, str], float], float]:
    """A wall of one size: seconds for each page, for what one would pick instead, and for keeping one act."""
    file = folder / f"{size}.sqlite"
    database = Database(f"sqlite+aiosqlite:///{file}")
    await migrate(database.engine)
    kept = await fill(database, file, size)
    ours = {name: await typical(database, read, times) for name, read in (await reads(database)).items()}
    await database.close()
    beside(file)
    return ours, instead(file, times), kept


def section(sizes: Sequence[int], times: int) -> Section:
    """All sizes, one after the other."""
    with tempfile.TemporaryDirectory(prefix="kindling-wall-") as folder:
        measured = {size: asyncio.run(measure(size, times, Path(folder))) for size in sizes}
    names = list(measured[sizes[0]][0])
    exponents = {name: growth(sizes, [measured[size][0][name] for size in sizes]) for name in names}
    rows = [(name, *(measured[size][0][name] * 1e6 for size in sizes), exponents[name]) for name in names]
    others = [
        (name, how, *(measured[size][1][name, how] * 1e6 for size in sizes)) for name, how in measured[sizes[0]][1]
    ]
    independent = [name for name in names if "most acts" not in name and "both" not in name and "1000" not in name]
    columns = tuple(f"µs, {size:,} acts" for size in sizes)
    return Section(
        "The wall",
        f"Pages of {PAGE} acts, read through Kindling's repositories, each in a transaction of its own; medians of "
        f"{times}. Texts have {WORDS_EACH} words, of which a few are in most acts and most in a few. What one would "
        "pick instead is asked by the driver alone, without reading the acts behind it.",
        [
            Table("A page of a wall that has so many acts:", ("", *columns, "growth exponent"), rows),
            Table("The same search with what one would pick instead:", ("", "", *columns), others),
            Table(
                "To keep one act with its words, in a transaction of its own:",
                columns,
                [tuple(measured[size][2] * 1e6 for size in sizes)],
            ),
        ],
        [
            Goal(
                f"growth exponent: {name}", f"at most {EXPONENT}", f"{exponents[name]:.2f}", exponents[name] <= EXPONENT
            )
            for name in independent
        ],
        [COMPARED],
    )


def main() -> None:
    """Measure and tell."""
    chosen = arguments(__doc__)
    sizes, times = (QUICK_SIZES, QUICK_READS) if chosen.quick else (SIZES, READS)
    tell(section(sizes, times), chosen.json)


if __name__ == "__main__":
    main()

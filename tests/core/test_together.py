"""Small transactions that share a commit, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from bot.domain.community import Community, Tone
from bot.domain.errors import DatabaseProblem
from bot.domain.ids import CommunityId
from bot.ports import UnitOfWork
from bot.services.together import MOST, Together
from bot.storage.database import Database
from tests.storage.databases import database, kind, postgres, sqlite_template, url
from tests.storage.values import NINE

Job: TypeAlias = Callable[[UnitOfWork], Awaitable[str]]

__all__ = ["database", "kind", "postgres", "sqlite_template", "url"]


def save(name: str) -> Job:
    async def job(work: UnitOfWork) -> str:
        await work.communities.save(Community(CommunityId(name), name, Tone.COMMUNITY, NINE))
        return name

    return job


def in_turn(storage: object) -> Together[Job, str]:
    """Jobs done one after the other in the transaction that they share."""

    async def carry_out(work: UnitOfWork, jobs: Sequence[Job]) -> Sequence[str]:
        return [await job(work) for job in jobs]

    return Together(storage, carry_out)  # type: ignore[arg-type] -- it never reads


async def failing(work: UnitOfWork) -> str:
    await save("never")(work)
    raise LookupError("not there")


async def seeds(database: Database) -> set[str]:
    async with database.engine.connect() as connection:
        return {row[0] for row in await connection.exec_driver_sql("SELECT seed FROM communities")}


class Counted:
    """`bot.ports.Storage` that counts its transactions, and holds one of them up at a gate."""

    def __init__(self, database: Database, held: int = 0, *, unusable: bool = False) -> None:
        self._unusable = unusable
        self._database = database
        self._held = held
        self.transactions = 0
        self.reached, self.gate = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        self.transactions += 1
        if self._unusable:
            await asyncio.sleep(0)
            raise DatabaseProblem("the disk is full", "database.full")
        async with self._database.unit_of_work() as work:
            if self.transactions == self._held:
                self.reached.set()
                await self.gate.wait()
            yield work

    def reading(self) -> object:
        raise NotImplementedError


async def test_jobs_that_come_meanwhile_share_the_next_transaction(database: Database) -> None:
    storage = Counted(database)
    together = in_turn(storage)

    told = await asyncio.gather(*(together.do(save(f"c{number}")) for number in range(MOST + 10)))

    assert told == [f"c{number}" for number in range(MOST + 10)]
    assert await seeds(database) == set(told)
    assert storage.transactions == 3  # the first alone, as nobody else was there yet


async def test_a_job_that_fails_takes_none_of_the_others_with_it(database: Database) -> None:
    together = in_turn(database)

    told = await asyncio.gather(
        together.do(save("a")), together.do(failing), together.do(save("b")), return_exceptions=True
    )

    assert told[0] == "a"
    assert isinstance(told[1], LookupError)
    assert told[2] == "b"
    assert await seeds(database) == {"a", "b"}


async def test_while_the_database_cannot_be_used_the_jobs_do_not_wait_for_it_one_by_one(database: Database) -> None:
    storage = Counted(database, unusable=True)
    together = in_turn(storage)

    told = await asyncio.gather(*(together.do(save(f"c{number}")) for number in range(MOST)), return_exceptions=True)

    assert {type(one) for one in told} == {DatabaseProblem}
    assert storage.transactions == 4  # the first alone, then the others: once together, and the first of them again


async def test_nobody_hears_of_a_result_before_it_is_kept(database: Database) -> None:
    together, heard = in_turn(database), dict[str, set[str]]()

    async def ask(name: str) -> None:
        await together.do(save(name))
        heard[name] = await seeds(database)

    await asyncio.gather(*(ask(name) for name in "abcdef"))

    assert all(name in known for name, known in heard.items())
    assert len(heard) == 6


async def test_what_its_leader_is_cancelled_from_somebody_else_does(database: Database) -> None:
    storage = Counted(database, held=2)
    together = in_turn(storage)
    asked = [asyncio.create_task(together.do(save(name))) for name in ("first", "leader", "follower")]
    await storage.reached.wait()

    asked[1].cancel()
    storage.gate.set()
    told = await asyncio.gather(*asked, return_exceptions=True)

    assert told[0::2] == ["first", "follower"]
    assert asked[1].cancelled()
    assert await seeds(database) == {"first", "follower"}


async def test_who_no_longer_waits_is_not_done(database: Database) -> None:
    storage = Counted(database, held=1)
    together = in_turn(storage)
    first = asyncio.create_task(together.do(save("first")))
    await storage.reached.wait()
    given_up = asyncio.create_task(together.do(save("given up")))
    await asyncio.sleep(0)

    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    storage.gate.set()
    await first
    await together.do(save("last"))

    assert await seeds(database) == {"first", "last"}

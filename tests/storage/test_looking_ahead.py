"""What falls due next is asked at every look, so its statements are made once: making one costs more than asking."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import event

from bot.ports import UnitOfWork
from bot.storage.database import Database

LOOKS: dict[str, Callable[[UnitOfWork], Awaitable[object]]] = {
    "schedules": lambda work: work.schedules.next_at(),
    "deliveries": lambda work: work.outbox.next_at(),
    "chores": lambda work: work.chores.next_at(),
}


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.mark.parametrize("name", LOOKS)
async def test_a_look_at_what_is_due_next_makes_no_statement(database: Database, name: str) -> None:
    asked: list[object] = []

    def hear(_connection: object, statement: object, *_: object) -> None:
        asked.append(statement)

    event.listen(database.engine.sync_engine, "before_execute", hear)
    for _ in range(2):
        async with database.reading() as work:
            await LOOKS[name](work)

    first, second = asked
    assert first is second

"""What is said to a database, whichever way it goes: through SQLAlchemy, or to SQLite's driver at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from bot.storage.database import Database


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement and its parameters, but for the beginnings of transactions."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append((statement, parameters))

    engines = [database.engine.sync_engine, *([database._errands.engine] if database._errands else [])]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield said
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)

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

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    yield said
    event.remove(database.engine.sync_engine, "before_cursor_execute", hear)

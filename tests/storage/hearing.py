"""What is said to a database, whichever way it goes: through SQLAlchemy, or to SQLite's driver at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from bot.storage import bulk
from bot.storage.database import Database


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement and its parameters, but for the beginnings of transactions."""
    said: list[tuple[str, Any]] = []
    at_once = bulk.at_once

    def hear(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            said.append((statement, parameters))

    def hear_at_once(connection: Connection, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        said.append((statement, parameters))
        return at_once(connection, statement, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "at_once", hear_at_once)
        event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
        yield said
        event.remove(database.engine.sync_engine, "before_cursor_execute", hear)

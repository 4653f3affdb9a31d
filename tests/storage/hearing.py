"""What is said to a database, whichever way it goes: through SQLAlchemy, or to SQLite's driver at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from bot.storage.database import Database


def ways(database: Database) -> list[Engine]:
    """The engines by which a database is reached: its own, and that of the thread that carries out whole jobs."""
    return [database.engine.sync_engine, *([database._errands.engine] if database._errands else [])]


@contextmanager
def heard(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement and its parameters, but for the beginnings of transactions."""
    said: list[tuple[str, Any]] = []

    def hear(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SET LOCAL")):
            said.append((statement, parameters))

    for engine in ways(database):
        event.listen(engine, "before_cursor_execute", hear)
    yield said
    for engine in ways(database):
        event.remove(engine, "before_cursor_execute", hear)

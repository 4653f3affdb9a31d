"""Bring a database to the code's own step: under a lock, after a copy of the file, or not at all.

Alembic is imported only when there is a step to take: most starts find everything as it should be.
"""

import sqlite3
from asyncio import to_thread
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import DatabaseProblem
from bot.storage.alone import alone, refuse_company
from bot.storage.backup import copy, in_use, look, part_of
from bot.storage.engine import READING, create_engine
from bot.storage.troubles import problem

LOOKING = 5.0
"""Seconds in which a SQLite file is looked through for damage at the start; a large one is in part."""
ADVISORY_LOCK = 0x6B696E64  # "kind"; PostgreSQL's lock for whoever migrates
FOLDER = Path(__file__).parent / "migrations"


def _steps() -> frozenset[str]:
    """All steps that this code knows. A step's file begins with its number."""
    return frozenset(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def newest_step() -> str:
    """The step that this code needs."""
    steps = _steps()
    if not steps:
        raise DatabaseProblem("this installation has no database steps; install Kindling again")
    return max(steps)


async def current_step(engine: AsyncEngine) -> str | None:
    """The step a database is at; None when it is empty."""
    async with engine.connect() as connection:
        await connection.execution_options(**{READING: True})
        return await connection.run_sync(_step_of)


def _step_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


async def migrate(engine: AsyncEngine, *, copying: bool = True, by_hand: bool = False) -> bool:
    """Bring the database to the newest step; whether anything was to do.

    A SQLite file that holds data is copied beside itself first (`….before-<step>`), with `copying`. With `by_hand`
    that is done only while no Kindling runs on it: one from before knows nothing of what a step changes. Raises
    `DatabaseProblem`, with nothing changed, when the database is damaged, newer than the code, or cannot be used.
    """
    newest = await to_thread(newest_step)
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    try:
        if file and file.is_file():
            await to_thread(look, file, LOOKING)
        step = await current_step(engine)
        if step == newest:
            return False
        async with (
            _nobody_at_work(engine, file) if by_hand and step and step < newest else nullcontext(),
            _in_no_hurry(engine) as patient,
            patient.begin() as connection,
        ):
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            current = await connection.run_sync(_step_of)
            if current == newest:  # another process did it while this one waited for its turn
                return False
            if current is not None:
                await to_thread(_check_known, current)
                if copying and file:
                    await to_thread(_copy, file, current)
            await connection.run_sync(_upgrade)
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise problem(error, then="Nothing was changed.") from error
    return True


@asynccontextmanager
async def _nobody_at_work(engine: AsyncEngine, file: Path | None) -> AsyncGenerator[None]:
    """Within, no Kindling runs on the database."""
    with ExitStack() as stack:
        try:
            if file:
                stack.enter_context(alone(file))
            else:
                await refuse_company(engine)
        except DatabaseProblem as error:
            raise DatabaseProblem(
                "the database is at the step of an earlier Kindling, and one is running on it. Stop it first; this "
                "version brings the database up to date when it starts. Nothing was changed."
            ) from error
        yield


@asynccontextmanager
async def _in_no_hurry(engine: AsyncEngine) -> AsyncGenerator[AsyncEngine]:
    """An engine whose statements may take their time: a step over a large table does, or whoever takes it already."""
    if engine.dialect.name != "postgresql":
        yield engine
        return
    patient = create_engine(engine.url, answer=None)
    try:
        yield patient
    finally:
        await patient.dispose()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- takes long, and is seldom needed
    from alembic.config import Config  # noqa: PLC0415 -- the same

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check_known(step: str) -> None:
    if step not in _steps():
        raise DatabaseProblem(
            f"the database is at step {step}, which this version of Kindling does not know: it was used by a newer "
            "one. Install that version again, or put a backup from before in place. Nothing was changed.",
            "database.newer",
        )


def _copy(file: Path, step: str) -> None:
    kept = file.with_name(f"{file.name}.before-{step}")
    with part_of(kept) as part:
        copy(in_use(file), part)
        part.replace(kept)

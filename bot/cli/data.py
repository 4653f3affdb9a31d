"""The commands that keep data safe: `kindling backup`, `kindling restore`, `kindling migrate-data`."""

import asyncio
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shlex import join
from typing import Annotated

import typer

from bot.cli.console import (
    BAD_CONFIGURATION,
    FAULTS_FOUND,
    ConfigFile,
    all_or_nothing,
    carry_out,
    err,
    in_words,
    out,
    settings_of,
    unstoppable,
)
from bot.domain.errors import DatabaseProblem
from bot.domain.ids import SpaceId
from bot.ports import Clock, Library
from bot.runtime.clock import SystemClock
from bot.runtime.library import built_in, load
from bot.runtime.supervisor import OpenAdapters
from bot.services.alerts import Alerts
from bot.services.calendar import Calendar
from bot.services.closing import Closing
from bot.services.content import Contents
from bot.services.erasing import Erasing
from bot.services.moving import Moving
from bot.services.restoring import Restoring
from bot.settings import Settings
from bot.settings.database import for_postgresql_s_programs, normal, sqlite
from bot.storage.alone import alone, refuse_company
from bot.storage.backup import Progress as Watching
from bot.storage.backup import back_up
from bot.storage.copying import copy_everything
from bot.storage.database import Database
from bot.storage.erased import ErasedSpaces
from bot.storage.migrate import migrate
from bot.storage.restore import put_in_place, unpacked
from bot.storage.troubles import told

ALREADY = "--already-in-place"


def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes: a file that is not there yet.")],
    config: ConfigFile = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Copy the database into FILE, also while Kindling runs. It holds private data: only its owner may read it."""
    settings = settings_of(config, needs_adapters=False, with_adapters=False)
    file = file.expanduser().absolute()
    if settings.database_file is None:
        _say("PostgreSQL has its own program for this, which is safe while Kindling runs. No backup was made; run:")
        _command("pg_dump", "--format=custom", f"--file={file}", f"--dbname={_address(settings)}")
        raise typer.Exit(FAULTS_FOUND)
    from rich.filesize import decimal  # noqa: PLC0415 -- Rich is large, and `kindling run` has no need of it

    with all_or_nothing("No backup was made."), in_words(), _bar("Copying the database") as progress:
        size = back_up(settings.database_file, file, over=force, progress=progress)
    out.print(
        f"The backup is {file} ({decimal(size)}), whole and checked. It holds what the database holds: keep it as"
    )
    out.print("carefully, and not for ever.")


def restore(
    file: Annotated[Path | None, typer.Argument(help="A backup, or a copy that an upgrade or a restore left.")] = None,
    config: ConfigFile = None,
    *,
    already_in_place: Annotated[
        bool, typer.Option(ALREADY, help="The database was put back by other means, such as pg_restore or a snapshot.")
    ] = False,
    erased: Annotated[
        list[str] | None,
        typer.Option(
            help="The id of a place that was erased since and is erased again, as the log has it; as often as needed."
        ),
    ] = None,
    ahead: Annotated[int, typer.Option(hidden=True, help="Seconds to go ahead of the clock, for rehearsals.")] = 0,
) -> None:
    """Put FILE in the place of the database, after stopping Kindling. What was posted since is not posted again."""
    settings = settings_of(config, needs_adapters=False, with_adapters=False)
    clock = SystemClock(timedelta(seconds=ahead))
    if (file is None) is not already_in_place:
        _say(f"Name the backup to restore, or say {ALREADY} when the database was put back by other means: not both.")
        raise typer.Exit(FAULTS_FOUND)
    gone = frozenset(map(SpaceId, erased or ()))
    if file is None:
        done = carry_out(lambda: _already_in_place(settings, clock, gone))
    elif settings.database_file is None:
        _say("PostgreSQL has its own program for this. Nothing was changed. Stop Kindling and run:")
        _command("pg_restore", "--clean", "--if-exists", f"--dbname={_address(settings)}", str(file))
        _command("kindling", "restore", ALREADY, *_named(config))
        raise typer.Exit(FAULTS_FOUND)
    else:
        done, kept = _put_back(settings, file.expanduser().absolute(), settings.database_file, clock, gone)
        out.print(f"{file} is the database now, in the place of {settings.database_file}.")
        if kept is not None:
            undo = join(["kindling", "restore", *_named(config), str(kept)])
            out.print(f"The one from before is kept as {kept}. To undo this: {undo}")
    if done.erased:
        out.print(_erased_again(done.erased))
    out.print(_what_next(done.doubted))


@dataclass(frozen=True, slots=True)
class _Done:
    """How many places are erased again, and how many cards are in doubt."""

    erased: int
    doubted: int


def _put_back(
    settings: Settings, file: Path, database: Path, clock: Clock, erased: Collection[SpaceId]
) -> tuple[_Done, Path | None]:
    """Everything is done to a copy, which then takes the database's place in one step."""
    with (
        all_or_nothing("Nothing was changed."),
        in_words(),
        _only_one(database),
        _bar("Unpacking the backup") as progress,
        unpacked(file, database, progress) as part,
    ):
        done = asyncio.run(_make_safe(settings, sqlite(part), clock, erased))
        with unstoppable():
            return done, put_in_place(part, database, clock.now())


async def _already_in_place(settings: Settings, clock: Clock, erased: Collection[SpaceId]) -> _Done:
    address = settings.database.get_secret_value()
    if settings.database_file is None:
        database = Database(address)
        try:
            with told("Nothing was changed."):
                await refuse_company(database.engine)
        finally:
            await database.close()
        return await _make_safe(settings, address, clock, erased)
    if not settings.database_file.exists():
        raise DatabaseProblem(f"There is no database at {settings.database_file}. Put it there first.")
    with _only_one(settings.database_file):
        return await _make_safe(settings, address, clock, erased, copying=True)


async def _make_safe(
    settings: Settings, address: str, clock: Clock, erased: Collection[SpaceId], *, copying: bool = False
) -> _Done:
    """Bring a database up to date, and make it safe after it was put back."""
    library, tombstones = load([built_in(), *settings.prompts.folders]), ErasedSpaces(settings.database_file)
    database = Database(address)
    try:
        await migrate(database.engine, copying=copying)
        restoring = restoring_of(database, library, tombstones, clock)
        again = await restoring.erase_again(tombstones.known().union(erased))
        return _Done(again, await restoring.doubt())
    finally:
        await database.close()


def restoring_of(database: Database, library: Library, tombstones: ErasedSpaces, clock: Clock) -> Restoring:
    """What makes a database safe that was put back. Nobody is told anything before Kindling runs."""
    calendar, nobody = Calendar(database, Contents(library), clock), OpenAdapters()
    closing = Closing(database, Alerts(database, nobody, clock), clock)
    erasing = Erasing(database, nobody, Moving(calendar, clock), clock, tombstones=tombstones)
    return Restoring(database, calendar, clock, closing=closing, erasing=erasing)


def migrate_data(
    source: Annotated[
        str,
        typer.Option("--from", help="The database to copy, as sqlite:///file or postgresql://…; else the configured."),
    ] = "",
    target: Annotated[
        str,
        typer.Option("--to", help="An empty database to copy it into, written in the same way; else the configured."),
    ] = "",
    config: ConfigFile = None,
) -> None:
    """Copy all data into another database, such as from SQLite into PostgreSQL, and compare both row by row."""
    from rich.progress import Progress, TaskID  # noqa: PLC0415 -- Rich is large, and `kindling run` has no need of it

    settings = settings_of(config, needs_adapters=False, with_adapters=False)
    ours, console = settings.database.get_secret_value(), err.rich
    try:
        old, new = (normal(url, Path.cwd()) if url else ours for url in (source, target))
    except ValueError as error:
        err.print(f"That address cannot be used: {error}.", style="red")
        raise typer.Exit(BAD_CONFIGURATION) from error
    hidden = not console.is_terminal
    with Progress(*Progress.get_default_columns(), console=console, transient=True, disable=hidden) as bars:
        tasks: dict[str, TaskID] = {}

        def show(table: str, done: int, whole: int) -> None:
            task = tasks.setdefault(table, bars.add_task(table, total=whole)) if table not in tasks else tasks[table]
            bars.update(task, completed=done)

        with all_or_nothing("Nothing was copied, and the source was not touched."):
            copied = carry_out(lambda: copy_everything(old, new, show))
    for table in copied:
        out.print(f"{table.rows:>9,}  {table.table}  ({table.checksum[:12]} on both sides)")
    rows = sum(table.rows for table in copied)
    out.print(
        f"\nAll is well: {rows:,} rows of {len(copied)} tables were copied, and every row is the same on both sides."
    )
    out.print(
        "The source was not touched. Let [database] or KINDLING_DATABASE_URL name the new one, and start Kindling."
    )


@contextmanager
def _only_one(database: Path) -> Generator[None]:
    """Within, no Kindling runs on the database."""
    held = alone(database)
    try:
        held.__enter__()
    except DatabaseProblem as error:
        raise DatabaseProblem(
            f"Kindling is running on {database}. Stop it, restore, and start it again. Nothing was changed."
        ) from error
    try:
        yield
    finally:
        held.__exit__(None, None, None)


@contextmanager
def _bar(title: str) -> Generator[Watching]:
    """A bar that is there while something takes its time, and in terminals only."""
    from rich.progress import Progress  # noqa: PLC0415 -- the same

    with Progress(console=err.rich, transient=True, disable=not err.rich.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, whole: progress.update(task, completed=done, total=whole)


def _erased_again(erased: int) -> str:
    whose = (
        "1 place of the backup was erased since by its own"
        if erased == 1
        else (f"{erased} places of the backup were erased since by their own")
    )
    return f"{whose} moderators, and is erased again: nobody finds it any more, and its messages go as Kindling runs."


def _what_next(doubted: int) -> str:
    if not doubted:
        return "No card is due now. Start Kindling again."
    cards = "1 card is" if doubted == 1 else f"{doubted} cards are"
    return (
        f"{cards} due by now or later today, and may have been posted after the backup was made. Start Kindling again: "
        "it looks for each first, and posts only what is not there. Where it may not look, it asks a moderator."
    )


def _address(settings: Settings) -> str:
    return for_postgresql_s_programs(settings.database.get_secret_value())


def _named(config: Path | None) -> tuple[str, ...]:
    """The same configuration, where one was named: without that it is another database."""
    return ("--config", str(config)) if config else ()


def _say(sentence: str) -> None:
    err.print(sentence, style="yellow")


def _command(*words: str) -> None:
    out.print(f"  {join(words)}")

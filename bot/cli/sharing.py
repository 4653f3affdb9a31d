"""How `kindling run` shares its work with other processes: which role it has, and which shards."""

from dataclasses import replace

from bot.app import Shards
from bot.settings import BadSettings, Problem, Role, Settings

ONE_PROCESS = (
    "With SQLite Kindling is one process that does everything, and that carries thousands of communities. Several "
    "processes share a PostgreSQL database: set KINDLING_DATABASE_URL, or leave the role at all."
)


def shared(settings: Settings, role: Role | None, shards: str, shard_count: int) -> tuple[Settings, Shards | None]:
    """The settings with the role that was asked for, and the shards. Raises `BadSettings` with every mistake."""
    chosen = role or settings.run.role
    problems: list[Problem] = []
    if chosen is not Role.ALL and settings.database_file:
        problems.append(Problem("run.role", chosen.value, ONE_PROCESS))
    if not chosen.listens and (shards or shard_count):
        problems.append(
            Problem("--shards", shards, "Shards are for listeners; a worker takes no events. Leave it out.")
        )
    share: Shards | None = None
    try:
        share = read_shards(shards, shard_count)
    except ValueError as error:
        problems.append(Problem("--shards", shards, str(error)))
    if problems:
        raise BadSettings(problems)
    return replace(settings, run=settings.run.model_copy(update={"role": chosen})), share


def read_shards(text: str, count: int) -> Shards | None:
    """`0,1` of so many; without a text all of them, without a count too None. Raises ValueError with a sentence."""
    if not text.strip():
        return Shards(tuple(range(count)), count) if count else None
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdecimal() for word in words):
        raise ValueError("Write the numbers of shards with commas between them, such as 0,1.")
    if not count:
        raise ValueError("Say too how many shards there are in all, such as --shard-count 4.")
    ids = tuple(sorted({int(word) for word in words}))
    if ids[-1] >= count:
        raise ValueError(f"Shards count from 0, so with --shard-count {count} the last one is {count - 1}.")
    return Shards(ids, count)

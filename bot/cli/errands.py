"""What the commands do, apart from the words they print."""

from asyncio import to_thread
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from math import inf
from pathlib import Path

from bot.app import Adapter, Plugin, Shards
from bot.compose import looks_of, make_adapters, open_house, run
from bot.domain.errors import AdapterError, DatabaseProblem, PackProblem, PlaygroundProblem, Refusal
from bot.domain.ids import CommunityId
from bot.domain.looks import Look, file_of
from bot.domain.places import Finding, Place
from bot.ports import Clock
from bot.ports.looks import ShowsCards
from bot.runtime.clock import MovableClock
from bot.runtime.images import installed
from bot.runtime.library import Packs, built_in, load
from bot.services import wording
from bot.services.calendar import Calendar, Coming
from bot.services.content import Contents
from bot.settings import Settings
from bot.settings import load as load_settings
from bot.settings.database import for_postgresql_s_programs
from bot.storage.backup import look
from bot.storage.database import Database
from bot.storage.migrate import migrate

SEEDED_WEEKS = 3
COMMUNITIES_SHOWN = 20
OLDEST = 2026
"""The year that Kindling was first given out in: a clock that is behind it was never set."""
PLAYGROUND_FILES = ("kindling.sqlite", "playground.sqlite", "clock.json")

Foreseen = Sequence[tuple[str, Sequence[tuple[Coming, str]]]]


async def run_all(
    settings: Settings, plugins: Mapping[str, Plugin], clock: Clock, shards: Shards | None = None
) -> None:
    """Run everything that the configuration asks for, until cancelled."""
    async with open_house(settings, plugins, clock, shards) as house:
        await run(house)


def playground_folder() -> Path:
    """Where the playground keeps its state unless told otherwise."""
    from platformdirs import user_data_path  # noqa: PLC0415 -- only the playground asks here

    return user_data_path("kindling", appauthor=False) / "playground"


async def run_playground(
    folder: Path, port: int, plugins: Mapping[str, Plugin], *, fresh: bool, say: Callable[[str], None]
) -> None:
    """Run the playground, and nothing else, until cancelled. What is in `folder` is gone when it is `fresh`."""
    _refuse_foreign(folder)
    if fresh:
        _clear(folder)
    settings = _playground_settings(folder, port, plugins)
    clock = MovableClock(folder / "clock.json", begin_ago=timedelta(weeks=SEEDED_WEEKS))
    async with open_house(settings, plugins, clock) as house:
        [adapter] = house.adapters.values()
        await adapter.open()
        _say_where(adapter, port, folder, say)
        await run(house)


def _refuse_foreign(folder: Path) -> None:
    """A folder with data of `kindling run` is no playground: its clock would be moved, and --fresh would empty it."""
    if (folder / "kindling.sqlite").exists() and not (folder / "playground.toml").exists():
        raise PlaygroundProblem(
            f"{folder} holds data that is not the playground's. Nothing was touched; name another folder with --data."
        )


def _clear(folder: Path) -> None:
    """Remove the playground's own files, and no others."""
    for name in PLAYGROUND_FILES:
        for file in folder.glob(f"{name}*"):
            file.unlink()


def _playground_settings(folder: Path, port: int, plugins: Mapping[str, Plugin]) -> Settings:
    config = folder / "playground.toml"
    folder.mkdir(parents=True, exist_ok=True)
    config.write_text(
        f'[data]\nfolder = "."\n[http]\nport = 0\n[log]\nlevel = "warning"\n'
        f"[adapters.web]\nport = {port}\nport_fallback = true\nseed_weeks = {SEEDED_WEEKS}\n"
    )
    return load_settings(config, {}, plugins)


def _say_where(adapter: Adapter, port: int, folder: Path, say: Callable[[str], None]) -> None:
    url = str(getattr(adapter, "url", ""))
    if f":{port}/" not in url:
        say(f"Port {port} is in use, so the playground took a free one.")
    say(f"The playground is at {url}  (Ctrl+C ends it, --fresh starts it anew; its state is in {folder})")


async def migrate_only(settings: Settings) -> bool:
    """Bring the database up to date; whether anything was to do."""
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database.get_secret_value())
    try:
        return await migrate(database.engine, by_hand=True)
    finally:
        await database.close()


async def examine(settings: Settings, plugins: Mapping[str, Plugin], clock: Clock) -> Sequence[Finding]:
    """Test everything that can be tested from here, one thing after the other, whatever fails."""
    findings = [_examine_source(settings), _examine_clock(clock), _examine_packs(settings), _examine_images()]
    findings += await _examine_database(settings)
    database = Database(settings.database.get_secret_value())
    try:
        adapters = make_adapters(settings, plugins, clock, database)
        if not adapters:
            cure = "Add a table such as [adapters.discord] to config.toml; config.example.toml shows how."
            findings.append(Finding("adapters", good=False, sentence="No adapter is turned on.", cure=cure))
        for adapter in adapters.values():
            findings.extend(await adapter.diagnose())
        if all(finding.good for finding in findings):
            findings.extend(await _examine_places(database, adapters))
        return findings
    finally:
        await database.close()


def _examine_source(settings: Settings) -> Finding:
    return Finding("configuration", good=True, sentence=told_source(settings))


def told_source(settings: Settings) -> str:
    """Which configuration is used, in a sentence: another one than meant is the first thing to look for."""
    if settings.source:
        return f"The configuration is {settings.source.absolute()}."
    return "There is no config.toml in this folder, and none was named with --config: everything has its default."


def _examine_clock(clock: Clock) -> Finding:
    now = clock.now()
    sentence = f"By this machine's clock it is {now:%Y-%m-%d %H:%M} UTC; cards come by it."
    if now.year >= OLDEST:
        return Finding("clock", good=True, sentence=sentence)
    cure = "It was never set. Let the system keep it, on Linux with: timedatectl set-ntp true"
    return Finding("clock", good=False, sentence=sentence, cure=cure)


def _examine_packs(settings: Settings) -> Finding:
    try:
        library = load([built_in(), *settings.prompts.folders])
    except PackProblem as problem:
        return Finding("packs", good=False, sentence="The packs have faults.", cure=str(problem))
    if lacking := lacking_language(settings, library):
        return Finding("packs.language", good=False, sentence="The packs are fine.", cure=lacking)
    return Finding("packs", good=True, sentence="The packs are fine.")


def lacking_language(settings: Settings, library: Packs) -> str:
    """What is to be said when no pack is in the language that communities begin with; empty when one is."""
    language, known = settings.prompts.language, library.languages
    if {language, language.partition("-")[0]} & known:
        return ""
    return (
        f"No pack is in the language {language}, so cards come in English. Set language in [prompts] to one of "
        f"{', '.join(sorted(known))}, or add a folder of packs in it."
    )


def _examine_images() -> Finding:
    if installed():
        return Finding("images", good=True, sentence="The weekly recap comes with a picture of its garden.")
    sentence = (
        "The weekly recap comes in words where a platform takes no drawings. For a picture of its garden install the "
        "extra `images`: pip install '.[images]'"
    )
    return Finding("images", good=True, sentence=sentence)


async def _examine_database(settings: Settings) -> list[Finding]:
    try:
        await migrate_only(settings)
        if settings.database_file:
            await to_thread(look, settings.database_file, inf)
        await _try_writing(settings)
    except (DatabaseProblem, OSError) as problem:
        return [Finding("database", good=False, sentence="The database cannot be used.", cure=str(problem))]
    where = settings.database_file or for_postgresql_s_programs(settings.database.get_secret_value())
    sentence = f"The database answers, can be written, and is up to date: {where}"
    return [Finding("database", good=True, sentence=sentence)]


async def _try_writing(settings: Settings) -> None:
    database = Database(settings.database.get_secret_value())
    try:
        await database.try_writing()
    finally:
        await database.close()


async def _examine_places(database: Database, adapters: Mapping[str, Adapter]) -> list[Finding]:
    """The rights in every channel that a schedule posts to."""
    findings: list[Finding] = []
    for platform, adapter in adapters.items():
        async with database.reading() as work:
            places = await work.schedules.places(platform)
        if places:
            findings.extend(await _examine_on(adapter, places))
    return findings


async def _examine_on(adapter: Adapter, places: Sequence[Place]) -> list[Finding]:
    findings: list[Finding] = []
    try:
        await adapter.open()
        for place in places:
            lacks = await adapter.examine(place)
            name = f"{place.platform} channel {place.channel}"
            findings += [Finding(lack.code, good=False, sentence=f"{name}:", cure=lack.sentence) for lack in lacks]
            if not lacks:
                findings.append(Finding("rights", good=True, sentence=f"{name}: Kindling can post there."))
    except AdapterError as error:
        cure = str(getattr(error, "sentence", "")) or "Please try again in a minute."
        findings.append(Finding(str(error), good=False, sentence=f"{adapter.platform} did not answer.", cure=cure))
    finally:
        await adapter.close()
    return findings


async def foresee(
    settings: Settings, plugins: Mapping[str, Plugin], clock: Clock, *, days: int, space: str, platform: str
) -> Foreseen:
    """The cards of the coming days by space; as text, or as a platform's adapter sends them."""
    if platform and platform not in settings.adapters:
        known = ", ".join(settings.adapters) or "none"
        raise Refusal("adapter.unknown", f"No adapter called {platform} is turned on; turned on: {known}.")
    await migrate_only(settings)
    database = Database(settings.database.get_secret_value())
    try:
        adapters = make_adapters(settings, plugins, clock, database) if platform else {}
        adapter = adapters.get(platform)
        coming = await _coming(settings, database, clock, days, space)
        return [(home, [(entry, _written(entry, adapter)) for entry in entries]) for home, entries in coming]
    finally:
        await database.close()


async def _coming(
    settings: Settings, database: Database, clock: Clock, days: int, space: str
) -> Sequence[tuple[str, Sequence[Coming]]]:
    """What comes in the next days, by space."""
    calendar = Calendar(database, Contents(load([built_in(), *settings.prompts.folders])), clock)
    async with database.reading() as work:
        chosen = await work.communities.some_spaces(COMMUNITIES_SHOWN, *space.partition(":")[::2])
        if not chosen and (known := await work.communities.some_spaces(COMMUNITIES_SHOWN)):
            names = ", ".join(f"{home.platform}:{home.key}" for home in known)
            raise Refusal("space.unknown", f"Nothing is set up in {space}. Name one of these, or none: {names}.")
    return [
        (f"{home.platform}:{home.key}", await calendar.coming(CommunityId(home.community), days)) for home in chosen
    ]


async def draw(
    settings: Settings, plugins: Mapping[str, Plugin], clock: Clock, *, days: int, space: str, platform: str
) -> bytes:
    """A page with the cards of the coming days as every platform shows them that can tell, or as this one; empty when
    nothing is set up yet.
    """
    looks = looks_of(plugins)
    if platform and platform not in looks:
        raise Refusal("look.unknown", f"{platform} cannot tell how cards look; these can: {', '.join(looks)}.")
    chosen = [look for name, look in looks.items() if platform in {"", name}]
    await migrate_only(settings)
    database = Database(settings.database.get_secret_value())
    try:
        coming = await _coming(settings, database, clock, days, space)
    finally:
        await database.close()
    if not coming:
        return b""
    return file_of(
        "The cards that are coming",
        [
            (f"{home}, {wording.moment(one.due_at, one.zone)}: {one.name or one.ritual.words}", _looks(one, chosen))
            for home, entries in coming
            for one in entries
            if one.card
        ],
    )


def _looks(one: Coming, platforms: Sequence[ShowsCards]) -> Sequence[Look]:
    at = wording.clock(one.due_at, one.zone)
    return [platform.look(one.card, at=at) for platform in platforms] if one.card else ()


def _written(entry: Coming, adapter: Adapter | None) -> str:
    if entry.card is None:
        return f"(nothing: {entry.skip.replace('_', ' ')})"
    return adapter.show(entry.card) if adapter else entry.card.plain()

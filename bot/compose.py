"""The composition root: the only module that chooses implementations."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.app import Adapter, HasNoChannels, Kindling, Plugin, ServesDesk, ServesPages, Shards, Surroundings
from bot.domain.delivery import Delivery
from bot.domain.errors import DatabaseProblem, HealthPageProblem
from bot.ports import Clock, Library, Nudge
from bot.ports.chores import Chore
from bot.ports.looks import ShowsCards
from bot.ports.platforms import Messengers
from bot.ports.tools import Watcher
from bot.runtime.calendar_files import ReadCalendars
from bot.runtime.clock import LedClock, MovableClock
from bot.runtime.darkroom import Darkroom
from bot.runtime.directory import SupportFile
from bot.runtime.engine import Engine
from bot.runtime.garbage import look_rarely
from bot.runtime.http import Health, HttpServer, Monitor
from bot.runtime.images import Images
from bot.runtime.library import Packs, built_in, load
from bot.runtime.metrics import Metrics
from bot.runtime.packs.reader import Reader
from bot.runtime.supervisor import OpenAdapters, keep
from bot.runtime.travel import TimeTravel
from bot.runtime.vault import vault
from bot.services import export_parts
from bot.services.accounts import Accounts
from bot.services.ahead import Ahead
from bot.services.alerts import Alerts
from bot.services.attention import Attention
from bot.services.beginning import Beginning
from bot.services.browsing import Browsing
from bot.services.calendar import Calendar
from bot.services.challenges import Challenges
from bot.services.changing import Changing
from bot.services.choosing import Choosing, Chosen, ModeratorsPlace
from bot.services.codes import Codes
from bot.services.commands import COMMANDS
from bot.services.comparing import Comparing
from bot.services.configuring import Configuring
from bot.services.content import Contents
from bot.services.curating import Curating
from bot.services.delivering import Deliverer
from bot.services.entrances import Services
from bot.services.erasing import Erasing
from bot.services.examining import Examining
from bot.services.explaining import Explaining
from bot.services.exporting import Exporting
from bot.services.finishing import Finishing
from bot.services.foretelling import Foretelling
from bot.services.guide_forms import GuideForms
from bot.services.guiding import Guiding
from bot.services.heralding import Heralding
from bot.services.holidays import Holidays
from bot.services.leaving import Departing
from bot.services.linking import Linking
from bot.services.looking import Looking
from bot.services.manners import Manners
from bot.services.menus import Menus
from bot.services.moderating import Moderating
from bot.services.moving import Moving
from bot.services.naming import Naming
from bot.services.opening import Opening
from bot.services.overseeing import Overseeing
from bot.services.own_plans import OwnPlans
from bot.services.packing import Packing
from bot.services.pausing import Pause
from bot.services.picturing import Picturing
from bot.services.politeness import Politeness
from bot.services.previewing import Previewing
from bot.services.reactions import Reactions
from bot.services.recaps import Recaps
from bot.services.recognising import Recognising
from bot.services.regrowing import Regrowing
from bot.services.rewriting import Rewriting
from bot.services.rights import Rights
from bot.services.ruling import Rules, Ruling, WallChannel
from bot.services.said_pictures import SaidPictures
from bot.services.scheduling import CommunitySetting, DaysOffSetting, ScheduleSetting
from bot.services.setting_up import Setup
from bot.services.sharing import Sharing
from bot.services.shelf_settings import shelf_settings
from bot.services.showing import Showing
from bot.services.skipping import Skipping
from bot.services.spaces import Spaces
from bot.services.suggesting import Suggesting
from bot.services.supporting import Contacts, Supporting
from bot.services.taking_part import TakingPart
from bot.services.tallying import Tallying
from bot.services.trying import Trying
from bot.services.visiting import Visiting
from bot.services.vote_settings import VoteSetting
from bot.services.voting import Voting
from bot.services.wall import Walls
from bot.services.week_settings import OwnPlan, OwnThemes, WeekCalendar
from bot.settings import Settings
from bot.storage.alone import alone
from bot.storage.database import Database
from bot.storage.erased import ErasedSpaces
from bot.storage.hints import Hints
from bot.storage.migrate import migrate

log = structlog.get_logger(__name__)

NO_LOOKS: Mapping[str, ShowsCards] = {}
PLANNER_LATE = 120
"""Seconds without a look at what is due after which the planner counts as stuck."""


@dataclass(frozen=True, slots=True)
class Core:
    """The core, put together: the front door, and the engine to run behind it."""

    kindling: Kindling
    engine: Engine
    calendar: Calendar
    reactions: Reactions
    comparing: Comparing
    recognising: Recognising


def build_core(
    database: Database,
    library: Library,
    messengers: Messengers,
    clock: Clock,
    *,
    watcher: Watcher,
    language: str = "en",
    tell_others: Nudge | None = None,
    spread: timedelta = timedelta(),
    pages: Callable[[], str] = str,
    desk: Callable[[], str] = str,
    looks: Mapping[str, ShowsCards] = NO_LOOKS,
) -> Core:
    """Put the core together. Nothing runs yet; the database is expected to be migrated.

    New communities begin with `language`. With a `MovableClock` the front door offers to travel. `tell_others` are
    told after a commit that put something due now. Cards due at one minute leave over `spread`.
    `pages` is what the addresses of pages on the web begin with, empty where there are none; `desk`, of those of
    moderators. `looks` are the platforms that can tell how a card looks there.
    """
    contents, painter, darkroom = Contents(library), Images(), Darkroom()
    calendar = Calendar(database, contents, clock, spread=spread)
    alerts = Alerts(database, messengers, clock)
    attention = Attention(database, messengers, calendar, clock, alerts=alerts)
    spaces = Spaces(database, messengers, attention, clock, language=language)
    comparing = Comparing(database, messengers, clock)
    reactions = Reactions(database, comparing, clock, watcher)
    deliverer = Deliverer(
        database,
        messengers,
        contents,
        clock,
        attention=attention,
        appearances=comparing,
        watcher=watcher,
        recaps=Recaps(clock),
        painter=painter,
    )
    recognising = Recognising(database, messengers, comparing, deliverer, clock)
    walls = Walls(spaces, clock)
    showing = Showing(database, messengers, walls, comparing, clock)
    regrowing = Regrowing(database, messengers, painter, clock)
    difference = clock.difference if isinstance(clock, LedClock) else None
    erasing = Erasing(
        database, messengers, Moving(calendar, clock), clock, tombstones=ErasedSpaces.beside(database.engine.url)
    )
    finishing = Finishing(database, messengers, contents, clock)
    foretelling = Foretelling(database, calendar, alerts, clock)
    tallying, rewriting = Tallying(database, contents, clock), Rewriting(database, messengers, contents, clock)
    engine = Engine(
        calendar,
        deliverer,
        {
            Chore.COPIES: showing,
            Chore.RECAPS: regrowing,
            Chore.LEAVINGS: erasing,
            Chore.FINISHES: finishing,
            Chore.PREVIEWS: foretelling,
            Chore.ALERTS: alerts,
            Chore.VOTES: tallying,
            Chore.REWRITES: rewriting,
        },
        clock,
        watcher,
        storage=database,
        difference=difference,
    )

    def nudge() -> None:
        engine.nudge()
        if tell_others is not None:
            tell_others()

    politeness, heralding = Politeness(clock), Heralding(alerts)
    naming = Naming(database, walls, messengers, politeness, heralding, nudge=nudge, pictures=darkroom.open)
    sharing = Sharing(database, walls, naming, heralding, clock, nudge=nudge, pictures=darkroom.open)
    overseeing = Overseeing(database, walls, naming, messengers, clock, nudge=nudge)
    kinds = (
        Pause(clock),
        Rules(),
        WallChannel(clock),
        Ahead(calendar, clock),
        Contacts(),
        Chosen(),
        ModeratorsPlace(),
        ScheduleSetting(clock),
        CommunitySetting(clock),
        DaysOffSetting(clock),
        WeekCalendar(library),
        OwnThemes(),
        OwnPlan(),
        VoteSetting(contents, calendar, clock),
        *shelf_settings(library),
    )
    changing = Changing(database, spaces, kinds, clock, nudge=nudge)
    reader = Reader(library)
    curating = Curating(database, spaces, contents, reader, clock, changing=changing)
    packing = Packing(database, curating, reader, clock, changing=changing)
    explaining = Explaining(database, walls, heralding, clock, changing=changing)
    codes = Codes(database, clock)
    holidays = Holidays(database, spaces, ReadCalendars(), changing=changing, clock=clock, nudge=nudge)
    setup = Setup(database, spaces, attention, changing=changing, clock=clock, nudge=nudge)
    supporting = Supporting(database, spaces, SupportFile(), changing=changing)
    guide_forms = GuideForms(supporting, library)
    guiding = Guiding(
        database,
        spaces,
        setup,
        guide_forms,
        beginning=Beginning(setup, guide_forms, clock, changing=changing),
        trying=Trying(messengers, attention, clock),
        attention=attention,
        clock=clock,
        nudge=nudge,
    )
    engine.tidying += [reactions.tidy, sharing.tidy, codes.tidy, alerts.tidy, packing.tidy, holidays.tidy]
    engine.tidying.append(naming.ask_those_left)
    said = SaidPictures()
    rights = Rights(database, messengers, clock)
    visiting = Visiting(database, spaces, messengers, clock, rights=rights, address=desk)
    engine.tidying.append(visiting.tidy)
    challenges = Challenges(database, spaces, contents, clock, changing=changing, nudge=nudge)
    voting = Voting(database, spaces, challenges, clock, changing=changing, nudge=nudge)
    previewing = Previewing(database, spaces, calendar, library, clock, changing=changing, nudge=nudge)
    services = Services(
        setup=setup,
        moderating=Moderating(database, spaces, attention, calendar, clock, changing=changing, nudge=nudge),
        taking_part=TakingPart(database, spaces, contents, reactions, clock=clock),
        reactions=reactions,
        comparing=comparing,
        spaces=spaces,
        deliverer=deliverer,
        sharing=sharing,
        browsing=Browsing(database, walls, reactions, clock, nudge=nudge),
        overseeing=overseeing,
        ruling=Ruling(database, walls, attention, clock, changing=changing, nudge=nudge),
        explaining=explaining,
        examining=Examining(database, walls, clock, trouble=lambda: reactions.trouble),
        showing=showing,
        naming=naming,
        menus=Menus(database, messengers, sharing, overseeing, explaining, politeness=politeness, pictures=said),
        opening=Opening(database, walls, clock, address=pages),
        linking=Linking(database, spaces, Moving(calendar, clock), codes, messengers, clock=clock, nudge=nudge),
        changing=changing,
        previewing=previewing,
        rights=rights,
        choosing=Choosing(database, spaces, messengers, attention, changing=changing),
        challenges=challenges,
        voting=voting,
        own_plans=OwnPlans(database, challenges, clock, changing=changing),
        curating=curating,
        packing=packing,
        suggesting=Suggesting(
            database,
            walls,
            curating,
            reader,
            clock,
            changing=changing,
            heralding=heralding,
            messengers=messengers,
        ),
        accounts=Accounts(database, walls, codes, messengers, clock),
        exporting=Exporting(database, spaces, walls, clock, export_parts.parts(reader)),
        departing=Departing(database, spaces, clock, nudge=nudge),
        guiding=guiding,
        supporting=supporting,
        visiting=visiting,
        configuring=Configuring(database, spaces, attention, library, changing=changing, clock=clock, nudge=nudge),
        holidays=holidays,
        manners=Manners(database, spaces, messengers, attention, changing=changing),
        skipping=Skipping(database, spaces, changing, clock, nudge=nudge),
        picturing=Picturing(database, walls, sharing, darkroom, said),
        looking=Looking(database, previewing, visiting, looks),
    )
    travel = TimeTravel(clock, engine) if isinstance(clock, MovableClock) else None
    return Core(Kindling(services, clock, travel), engine, calendar, reactions, comparing, recognising)


class Observer:
    """`bot.ports.tools.Watcher`: hands what happens on to the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def settled(self, delivery: Delivery) -> None:
        """Count a delivery in its new state, and how late it was when it was posted."""
        lateness = delivery.posted_at - delivery.due_at if delivery.posted_at else None
        self._metrics.delivery(delivery.place.platform, delivery.state, lateness)

    def reacted(self, platform: str, count: int) -> None:
        """Count reactions."""
        self._metrics.reactions(platform, count)

    def planned(self, *, good: bool) -> None:
        """Count looks at what is due."""
        self._metrics.planner_run(good=good)


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a configuration asks for, made and not yet running."""

    settings: Settings
    database: Database
    library: Packs
    adapters: Mapping[str, Adapter]
    open_adapters: OpenAdapters
    core: Core
    metrics: Metrics
    clock: Clock
    hints: Hints | None
    """Between processes; None where one is alone."""


@asynccontextmanager
async def open_house(
    settings: Settings, plugins: Mapping[str, Plugin], clock: Clock, shards: Shards | None = None
) -> AsyncGenerator[House, None]:
    """Load the packs, bring the database up to date, make the adapters; give everything back at the end.

    Raises `PackProblem` or `DatabaseProblem` with nothing left open.
    """
    library = await asyncio.to_thread(load, [built_in(), *settings.prompts.folders])
    await asyncio.to_thread(settings.data.mkdir, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        if settings.database_file:
            stack.enter_context(alone(settings.database_file))
        database = Database(settings.database.get_secret_value())
        stack.push_async_callback(database.close)
        if await migrate(database.engine):
            log.info("database.migrated")
        adapters = make_adapters(settings, plugins, clock, database, shards)
        metrics = Metrics()
        open_adapters = OpenAdapters(metrics)
        hints = None if settings.database_file else Hints(settings.database.get_secret_value())
        core = build_core(
            database,
            library,
            open_adapters,
            clock,
            watcher=Observer(metrics),
            language=settings.prompts.language,
            spread=timedelta(seconds=settings.sending.spread),
            tell_others=hints.tell if hints else None,
            pages=lambda: pages_of(adapters),
            desk=lambda: desk_of(adapters),
            looks=looks_of(plugins),
        )
        yield House(settings, database, library, adapters, open_adapters, core, metrics, clock, hints)


def make_adapters(
    settings: Settings,
    plugins: Mapping[str, Plugin],
    clock: Clock,
    database: Database,
    shards: Shards | None = None,
) -> dict[str, Adapter]:
    """One adapter for each table of the configuration, none of them open."""
    keys = [key.get_secret_value() for key in settings.secret_keys]
    surroundings = Surroundings(
        clock, COMMANDS, settings.data, shards, database.engine, vault(keys), settings.sending.senders
    )
    return {name: plugins[name].create(table, surroundings) for name, table in settings.adapters.items()}


def looks_of(plugins: Mapping[str, Plugin]) -> Mapping[str, ShowsCards]:
    """The platforms that can tell how a card looks there, whether or not they are turned on."""
    return {name: plugin for name, plugin in plugins.items() if isinstance(plugin, ShowsCards)}


def pages_of(adapters: Mapping[str, Adapter]) -> str:
    """What the addresses of pages begin with: as the first adapter says, by name, that serves any."""
    named = [adapter for _, adapter in sorted(adapters.items())]
    return next((adapter.pages for adapter in named if isinstance(adapter, ServesPages) and adapter.pages), "")


def desk_of(adapters: Mapping[str, Adapter]) -> str:
    """What the addresses of moderators' pages begin with: as the first adapter says, by name, that serves any."""
    named = [adapter for _, adapter in sorted(adapters.items())]
    return next((adapter.desk for adapter in named if isinstance(adapter, ServesDesk) and adapter.desk), "")


async def run(house: House) -> None:
    """Run what the role asks for, every adapter and the health page, until cancelled.

    All end at once. What the engine is sending still finds the adapters open: they wait until it has parted.
    """
    role, core, parted = house.settings.run.role, house.core, asyncio.Event()
    look_rarely()
    async with AsyncExitStack() as stack:
        await _serve_health(stack, house)
        stack.push_async_callback(core.reactions.close)  # after the adapters, which take in until they are closed
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(_work(core.engine if role.works else None, parted))
        for adapter in house.adapters.values():
            told = core.kindling if role.listens else None
            tasks.create_task(keep(adapter, told, house.open_adapters.note, parted=parted))
        if house.hints:
            tasks.create_task(house.hints.run(core.engine.nudge))
        tasks.create_task(core.recognising.keep_looking())


async def _work(engine: Engine | None, parted: asyncio.Event) -> None:
    """Work until cancelled, and tell when nothing more is sent."""
    try:
        await (engine.run() if engine else asyncio.Event().wait())
    finally:
        parted.set()


async def _serve_health(stack: AsyncExitStack, house: House) -> None:
    http = house.settings.http
    if not http.port:
        return
    try:
        await stack.enter_async_context(_health_page(house))
    except OSError as error:
        raise HealthPageProblem(
            f"The health page cannot be served on {http.host}:{http.port}: {error.strerror or error}. Choose another "
            "port in the table [http] or with KINDLING_HTTP_PORT, or 0 for none. Is Kindling running already?"
        ) from error


def _health_page(house: House) -> HttpServer:
    async def database() -> Health:
        try:
            await house.database.ping()
        except DatabaseProblem as problem:
            return Health(good=False, code=problem.code)
        return Health(good=True)

    async def planner() -> Health:
        looked = house.core.engine.last_planned
        seconds = round((house.clock.now() - looked).total_seconds()) if looked else -1
        return Health(good=looked is not None and seconds < PLANNER_LATE, facts={"seconds_since_look": seconds})

    async def reactions() -> Health:
        taken = house.core.reactions
        return Health(good=not taken.trouble, code=taken.trouble or "ok", facts={"waiting": taken.waiting})

    role = house.settings.run.role
    checks = {"database": database} | ({"planner": planner} if role.works else {})
    checks |= {"reactions": reactions} if role.listens else {}
    only_shows = [name for name, adapter in house.adapters.items() if isinstance(adapter, HasNoChannels)]
    monitor = Monitor(checks, lambda: house.open_adapters.states, only_shows=only_shows)
    return HttpServer(house.settings.http.host, house.settings.http.port, monitor, house.metrics)

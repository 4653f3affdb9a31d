"""The composition root: the only module that chooses implementations."""

from dataclasses import dataclass

from bot.app import Kindling, Services
from bot.ports import Clock, Library, Messengers
from bot.runtime.clock import MovableClock
from bot.runtime.engine import Engine
from bot.runtime.travel import TimeTravel
from bot.services.attention import Attention
from bot.services.calendar import Calendar
from bot.services.content import Contents
from bot.services.delivering import Deliverer, Watcher
from bot.services.moderating import Moderating
from bot.services.reactions import Reactions
from bot.services.setup import Setup
from bot.services.spaces import Spaces
from bot.services.taking_part import TakingPart
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Core:
    """The core, put together: the front door, and the engine to run behind it."""

    kindling: Kindling
    engine: Engine
    calendar: Calendar


def build_core(
    database: Database,
    library: Library,
    messengers: Messengers,
    clock: Clock,
    *,
    watcher: Watcher,
    name: str = "worker",
) -> Core:
    """Put the core together. Nothing runs yet; the database is expected to be migrated.

    With a `MovableClock` the front door offers to travel.
    """
    contents = Contents(library)
    calendar = Calendar(database, contents, clock)
    attention = Attention(database, messengers, calendar, clock)
    spaces = Spaces(database, messengers, attention, clock)
    reactions = Reactions(database, messengers, clock)
    deliverer = Deliverer(
        database, messengers, contents, clock, attention=attention, appearances=reactions, watcher=watcher, name=name
    )
    engine = Engine(calendar, deliverer, reactions, clock)
    services = Services(
        setup=Setup(database, spaces, attention, clock, engine.nudge),
        moderating=Moderating(database, spaces, attention, calendar, clock, nudge=engine.nudge),
        taking_part=TakingPart(database, spaces, contents, reactions, library, clock=clock),
        reactions=reactions,
        spaces=spaces,
        deliverer=deliverer,
    )
    travel = TimeTravel(clock, engine) if isinstance(clock, MovableClock) else None
    return Core(Kindling(services, clock, travel), engine, calendar)

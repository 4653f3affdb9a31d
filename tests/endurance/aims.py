"""Where a kill shall fall, and how the process is brought there.

A stand-in holds a request back, or its answer; the database is held still from outside; or chance decides, for what
cannot be held. What a kill really hit is read off the database and the stand-ins afterwards.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from random import Random

from tests.endurance.homes import DiscordHome, Home
from tests.endurance.ledger import ANYHOW, CLAIMED, CLAIMS, SENDING, UNCLAIMED, Ledger, Seizure
from tests.endurance.world import World
from tests.standins.discord.faults import Fault as DiscordFault
from tests.standins.slack import Fault as SlackFault

POSTS = r"^/channels/\d+/messages$"
ONE_MESSAGE = r"^/channels/\d+/messages/\d+$"
ANSWERS = r"^/webhooks/"
DEFERRED = 1.8
"""Seconds after which the adapter for Discord has promised an answer that it then fills in."""
ROUND = timedelta(seconds=30)


class Aim(StrEnum):
    """The instant that a kill is meant for."""

    STARTING = "starting"
    PLANNING = "about a due instant: planning, claiming, beginning to send"
    PLANNED = "planned, nothing claimed"
    CLAIMED = "claimed, nothing sent"
    REQUESTED = "request on its way, nothing carried out"
    CARRIED_OUT = "carried out, answer on its way"
    ANSWERED = "answered, not settled"
    ASKING = "asking the platform after a doubt"
    FETCHING = "fetching reactions (reconciling)"
    FETCHED = "reactions fetched, not kept"
    REACTING = "taking in reactions and presses"
    EDITING = "changing an answer that was given"
    FULL = "writing to a full disk"
    OUTAGE = "the database server is lost"
    IDLE = "idle"


LIVE = (Aim.STARTING, Aim.PLANNING, Aim.PLANNED, Aim.CLAIMED, Aim.REQUESTED, Aim.CARRIED_OUT, Aim.ANSWERED, Aim.FULL)
AFTER = (
    Aim.STARTING, Aim.ASKING, Aim.FETCHING, Aim.FETCHED, Aim.REACTING, Aim.EDITING, Aim.REQUESTED, Aim.ANSWERED,
    Aim.FULL, Aim.IDLE,
)  # fmt: skip


@dataclass(slots=True)
class Held:
    """Requests that a stand-in holds back, or their answers. `let_go` is what frees them."""

    faults: list[DiscordFault | SlackFault] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hits(self) -> int:
        return sum(fault.hits for fault in self.faults)

    async def met(self, within: float, times: int = 1) -> bool:
        """Whether so many requests came within so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while self.hits < times and loop.time() < end:  # noqa: ASYNC110 -- two stand-ins, and no event of both
            await asyncio.sleep(0.002)
        return self.hits >= times

    def free(self) -> None:
        """Let what is held go on, and hold nothing more."""
        self.let_go.set()
        for fault in self.faults:
            fault.times = fault.hits


def hold_posts(world: World, platform: str, chance: Random, *, answers: bool) -> Held:
    """Hold every card that is sent, or its answer. What is held as a request is carried out later, or never."""
    held = Held()
    for times, lost in ((chance.randint(1, 3), chance.random() < 0.5), (None, chance.random() < 0.5)):
        timing = {"answer_after": held.let_go} if answers else {"until": held.let_go, "drop_before": lost}
        held.faults.append(_fault(world, platform, ("POST", POSTS), "chat.postMessage", times=times, **timing))
    return held


def hold_finding(world: World, platform: str) -> Held:
    """Hold the look at a channel's history."""
    held = Held()
    route = ("GET", POSTS)
    held.faults.append(
        _fault(world, platform, route, "conversations.history", times=None, until=held.let_go, drop_before=True)
    )
    return held


def hold_reactions(world: World, platform: str, *, answers: bool) -> Held:
    """Hold what is asked of a message's reactions, or the answer."""
    held = Held()
    timing = {"answer_after": held.let_go} if answers else {"until": held.let_go, "drop_before": True}
    held.faults.append(_fault(world, platform, ("GET", ONE_MESSAGE), "reactions.get", times=None, **timing))
    return held


def hold_changes(world: World, platform: str) -> Held:
    """Hold the change of an answer that was given to one person."""
    held = Held()
    held.faults.append(_fault(world, platform, ("PATCH", ANSWERS), "response_url", times=None, until=held.let_go))
    return held


def _fault(
    world: World, platform: str, route: tuple[str, str], method: str, **what: object
) -> DiscordFault | SlackFault:
    if platform == "discord":
        return world.discord.fail(*route, **what)
    return world.slack.fail(method, **what)


@dataclass(slots=True)
class Snare:
    """What brings a process to an aim, set before it starts or while it runs."""

    aim: Aim
    world: World
    ledger: Ledger
    chance: Random
    platform: str
    known: str = "''"
    held: Held | None = None
    seizure: Seizure | None = None

    async def set(self) -> None:
        """Put up what has to be there before the process starts."""
        claims = [claim for (claim,) in await self.ledger.rows(CLAIMS)]
        self.known = ", ".join(f"'{claim}'" for claim in [*claims, ""])
        match self.aim:
            case Aim.PLANNED:
                # What is due within the round is due by the time this is looked at.
                due = self.ledger.instant(self.world.now() + ROUND)
                self.seizure = self.ledger.seize(UNCLAIMED.format(now=due))
            case Aim.CLAIMED:
                self.seizure = self.ledger.seize(CLAIMED.format(known=self.known))
            case Aim.REQUESTED:
                self.held = hold_posts(self.world, self.platform, self.chance, answers=False)
            case Aim.CARRIED_OUT | Aim.ANSWERED:
                self.held = hold_posts(self.world, self.platform, self.chance, answers=True)
            case Aim.ASKING:
                self.held = hold_finding(self.world, self.platform)
            case Aim.FETCHING:
                self.held = hold_reactions(self.world, self.platform, answers=False)
            case Aim.FETCHED:
                self.held = hold_reactions(self.world, self.platform, answers=True)
            case _:
                pass

    async def reached(self, within: float) -> bool:
        """Wait until the process is where it shall die; False when it did not come there."""
        match self.aim:
            case Aim.PLANNED | Aim.CLAIMED:
                return self.seizure is not None and await self.seizure.wait(within)
            case Aim.REQUESTED | Aim.CARRIED_OUT | Aim.ASKING | Aim.FETCHING:
                met = self.held is not None and await self.held.met(within)
                await asyncio.sleep(self.chance.uniform(0, 0.1))
                return met
            case Aim.ANSWERED:
                return await self._answered_and_stopped(SENDING.format(known=self.known), within)
            case Aim.FETCHED:
                return await self._answered_and_stopped(ANYHOW, within)
            case _:
                return True

    async def _answered_and_stopped(self, condition: str, within: float) -> bool:
        """The answer arrives, and what follows from it cannot be written down."""
        if self.held is None or not await self.held.met(within):
            return False
        self.seizure = self.ledger.seize(condition)
        if not await self.seizure.wait(2):
            return False
        self.held.free()
        await asyncio.sleep(0.15)
        return True

    async def edited(self, homes: list[Home], within: float) -> bool:
        """Somebody is answered late, because the database is busy, and the change of that answer is held."""
        home = self.chance.choice(homes)
        self.held = hold_changes(self.world, home.platform)
        if isinstance(home, DiscordHome):
            self.seizure = self.ledger.seize(ANYHOW)
            await self.seizure.wait(2)
        asking = asyncio.create_task(home.ask())
        if self.seizure is not None:
            await asyncio.sleep(DEFERRED)
            await self.seizure.release()
        met = await self.held.met(within)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        return met

    async def free(self) -> None:
        """Take everything down, once the process is dead."""
        if self.held is not None:
            self.held.free()
        if self.seizure is not None:
            await self.seizure.release()

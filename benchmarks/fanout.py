"""How much of the platforms' limits is used when many cards are due at once, and what is lost.

    python -m benchmarks.fanout

Kindling's planner, worker and adapters send to a stand-in that is a process of its own and 60 ms away, there and back,
with a jitter on each way. Discord's counts its fifty requests a second in each of three ways; Slack's allows each
channel one message a second. Beside them stand the libraries by themselves, all messages started together.
"""

import asyncio
import logging
import statistics
import tempfile
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import structlog
from discord.http import Route
from slack_sdk.web.async_client import AsyncWebClient

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.settings import DiscordSettings
from adapters.slack.adapter import SlackAdapter
from adapters.slack.settings import SlackSettings
from benchmarks.distant import Address, Distant, Seen, Site, distant
from benchmarks.report import Goal, Section, Table, arguments, tell
from bot.app import Adapter, Surroundings
from bot.compose import build_core
from bot.domain.community import Community, Space, Tone
from bot.domain.delivery import Delivery
from bot.domain.ids import CommunityId, ScheduleId, SpaceId, new_id
from bot.domain.places import Place
from bot.domain.schedule import EVERY_DAY, Ritual, Schedule, Target
from bot.ports.platforms import Messenger
from bot.runtime.clock import SystemClock
from bot.runtime.library import built_in, load
from bot.services.commands import COMMANDS
from bot.storage.database import Database
from bot.storage.migrate import migrate
from tests.standins.discord.limits import Counting

LATENCY = 0.06
JITTERS = (0.0, 0.02, 0.06)
DISCORD_LIMIT = 50
SLACK_CHANNELS, SLACK_CARDS = 10, 20
LARGE, SMALL = 500, 500
SOON = timedelta(seconds=10)
"""After what takes longest to write down; what falls due before that would seem to have waited."""
GIVE_UP = 180.0
_OK = 200
ENOUGH = 0.9
FAIR = 1.5
CEILING = (
    "The share cannot reach 1: a permit comes back a second after the answer, so each request costs its way there and "
    f"back, which at {LATENCY * 1000:.0f} ms leaves {1 / (1 + LATENCY):.3f}."
)
BAN = (
    "What discord.py loses it gives up after five attempts; each 429 counts as an invalid request, and ten thousand of "
    "those within ten minutes lock a bot out."
)


@dataclass
class Room:
    """`bot.ports.platforms.Messengers` with one adapter in it."""

    adapter: Adapter

    def get(self, platform: str) -> Messenger | None:
        """The adapter, for its own platform."""
        return self.adapter if platform == self.adapter.platform else None


@dataclass
class Tally:
    """`bot.ports.tools.Watcher` that counts what was settled for good."""

    wanted: int
    settled_for_good: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def settled(self, delivery: Delivery) -> None:
        """Count one."""
        self.settled_for_good += delivery.state.settled
        if self.settled_for_good >= self.wanted:
            self.done.set()

    def reacted(self, platform: str, count: int) -> None:
        """Nothing reacts here."""

    def planned(self, *, good: bool) -> None:
        """Nothing to count."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of so many cards: when each got through, counted from when they were due or started."""

    cards: int
    arrivals: Sequence[tuple[float, str]]
    lost: int
    doubled: int
    too_many: int
    invalid: int

    def share(self, each_second: float) -> float:
        """How much of the limit was used, from the first card to a second after the last."""
        moments = [at for at, _ in self.arrivals]
        return len(moments) / (each_second * (max(moments) - min(moments) + 1)) if moments else 0.0

    def waits(self, channels: Sequence[str]) -> list[float]:
        """How long the cards of these channels waited."""
        chosen = set(channels)
        return [at for at, channel in self.arrivals if channel in chosen]


def result(cards: int, seen: Seen, start: float) -> Result:
    """From what the stand-in saw."""
    through = [(at - start, channel) for at, status, channel in seen.posts if status == _OK]
    return Result(
        cards, through, max(0, cards - seen.standing), max(0, seen.standing - cards), seen.too_many, seen.invalid
    )


async def fill(database: Database, platform: str, space: str, groups: Sequence[Sequence[str]], each: int) -> datetime:
    """One community for each group of channels, with so many cards for each channel, all due at one instant."""
    due = datetime.now(UTC) + SOON
    async with database.unit_of_work() as work:
        for channels in groups:
            community = Community(CommunityId(new_id()), new_id(), Tone.COMMUNITY, due)
            home = Space(SpaceId(new_id()), community.id, platform, space)
            await work.communities.save(community)
            if platform == "slack":
                await work.communities.save_space(home)
            for channel in channels:
                if platform != "slack":  # a community of many servers; to send, the channel is enough
                    home = Space(SpaceId(new_id()), community.id, platform, f"{space}-{channel}")
                    await work.communities.save_space(home)
                for _ in range(each):
                    schedule = Schedule(
                        ScheduleId(new_id()), community.id, Ritual.MORNING, EVERY_DAY, due.time(), "UTC",
                        due.date(), targets=(Target(home.id, Place(platform, home.key, channel)),),
                    )  # fmt: skip
                    await work.schedules.save(schedule.armed(due - timedelta(microseconds=1)))
        await work.commit()
    return due


@asynccontextmanager
async def a_database() -> AsyncGenerator[Database]:
    """An empty one, in a folder that goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bench.sqlite'}")
        await migrate(database.engine)
        try:
            yield database
        finally:
            await database.close()


async def kindling(there: Distant, adapter: Adapter, groups: Sequence[Sequence[str]], each: int) -> Result:
    """Plan and send with everything that `kindling run` plans and sends with."""
    cards = sum(map(len, groups)) * each
    tally = Tally(cards)
    async with a_database() as database:
        core = build_core(database, load([built_in()]), Room(adapter), SystemClock(), watcher=tally)
        await adapter.open()
        due = await fill(database, adapter.platform, there.address.space, groups, each)
        running = asyncio.create_task(core.engine.run())
        try:
            async with asyncio.timeout(GIVE_UP):
                await tally.done.wait()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await adapter.close()
    return result(cards, await there.seen(), due.timestamp())


async def by_itself(there: Distant, cards: int, sends: Sequence[Coroutine[Any, Any, object]]) -> Result:
    """Everything started together, and what comes of it."""
    start = datetime.now(UTC).timestamp()
    async with asyncio.timeout(GIVE_UP):
        await asyncio.gather(*sends, return_exceptions=True)
    return result(cards, await there.seen(), start)


async def discord_py(there: Distant) -> Result:
    """discord.py alone, one message for each channel."""
    Route.BASE = there.address.url
    channels = there.address.channels
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(there.address.token)
        sends = [client.get_partial_messageable(int(channel)).send("Good morning") for channel in channels]
        return await by_itself(there, len(channels), sends)


async def slack_sdk(there: Distant, each: int) -> Result:
    """slack_sdk alone, with its own settings."""
    client = AsyncWebClient(there.address.token, base_url=f"{there.address.url}/api/")
    sends = [
        client.chat_postMessage(channel=channel, text="Good morning")
        for channel in there.address.channels
        for _ in range(each)
    ]
    return await by_itself(there, len(sends), sends)


def discord_adapter(address: Address) -> Adapter:
    """Kindling's own."""
    return DiscordAdapter(DiscordSettings.model_validate({"token": address.token, "api_url": address.url}))


def slack_adapter(address: Address) -> Adapter:
    """Kindling's own."""
    told = {"bot_token": address.token, "app_token": "xapp-1-not-used", "api_url": f"{address.url}/api/"}
    return SlackAdapter(SlackSettings.model_validate(told), Surroundings(SystemClock(), COMMANDS, Path()))


@dataclass(frozen=True, slots=True)
class Pair:
    """Kindling and a library by itself, under the same conditions."""

    name: str
    jitter: float
    ours: Result
    theirs: Result


async def on_discord(counting: Counting, jitter: float, large: int, small: int) -> tuple[Pair, Sequence[str]]:
    """A community of so many channels, and so many communities of one, due at one instant."""
    site = Site("discord", large + small, LATENCY, jitter, counting.value)
    async with distant(site) as there:
        channels = there.address.channels
        groups = [channels[:large], *([channel] for channel in channels[large:])]
        ours = await kindling(there, discord_adapter(there.address), groups, 1)
        alone = channels[large:]
    async with distant(site) as there:
        theirs = await discord_py(there)
    return Pair(counting.value, jitter, ours, theirs), alone


async def on_slack(jitter: float, each: int) -> Pair:
    """Ten channels of one workspace."""
    site = Site("slack", SLACK_CHANNELS, LATENCY, jitter)
    async with distant(site) as there:
        ours = await kindling(there, slack_adapter(there.address), [there.address.channels], each)
    async with distant(site) as there:
        theirs = await slack_sdk(there, each)
    return Pair("one a second for each channel", jitter, ours, theirs)


def compared(caption: str, pairs: Sequence[Pair], limit: float, library: str) -> Table:
    """One row for each pair."""
    header = (
        "counted in a", "jitter, ms", "share of the limit", "429s", "lost", "doubled",
        f"{library}: share", "429s", "lost of " + str(pairs[0].theirs.cards),
    )  # fmt: skip
    rows = [
        (
            pair.name, round(pair.jitter * 1000), pair.ours.share(limit), pair.ours.too_many, pair.ours.lost,
            pair.ours.doubled, pair.theirs.share(limit), pair.theirs.too_many, pair.theirs.lost,
        )
        for pair in pairs
    ]  # fmt: skip
    return Table(caption, header, rows)


def fairness(found: Sequence[tuple[Pair, Sequence[str]]]) -> Table:
    """How long a community of one waits beside one of many."""
    rows: list[tuple[str, int, float, float, float]] = []
    for pair, alone in found:
        waits, everyone = pair.ours.waits(alone), [at for at, _ in pair.ours.arrivals]
        rows.append(
            (pair.name, round(pair.jitter * 1000), statistics.median(waits), max(waits), statistics.median(everyone))
        )
    return Table(
        "How long cards waited, in seconds after they were due:",
        ("counted in a", "jitter, ms", "a community of one, median", "worst", "all cards, median"),
        rows,
    )


def goals(found: Sequence[tuple[Pair, Sequence[str]]], slack: Sequence[Pair]) -> Sequence[Goal]:
    """What was aimed at."""
    steady = [pair.ours.share(DISCORD_LIMIT) for pair, _ in found if pair.jitter < LATENCY]
    ours = [pair.ours for pair, _ in found]
    lone = [max(pair.ours.waits(alone)) for pair, alone in found]
    whole = [len(alone) / DISCORD_LIMIT for _, alone in found]
    slack_share = min(pair.ours.share(SLACK_CHANNELS) for pair in slack)
    too_many = sum(one.too_many for one in ours)
    lost = sum(one.lost + one.doubled for one in [*ours, *(pair.ours for pair in slack)])
    slack_many = sum(pair.ours.too_many for pair in slack)
    fair = max(wait / least for wait, least in zip(lone, whole, strict=True))
    least = f"at least {ENOUGH}"
    discord_share = min(steady)
    return (
        Goal("Discord: share of the limit, jitter up to 20 ms", least, f"{discord_share:.3f}", discord_share >= ENOUGH),
        Goal("Discord: 429s, all jitters, all ways of counting", "0", str(too_many), not too_many),
        Goal("Slack: share of the limit", least, f"{slack_share:.3f}", slack_share >= ENOUGH),
        Goal("Slack: 429s", "0", str(slack_many), not slack_many),
        Goal("cards lost or doubled", "0", str(lost), not lost),
        Goal(
            "wait of the last community of one, to what all of them would take by themselves",
            f"at most {FAIR}",
            f"{fair:.2f}",
            fair <= FAIR,
        ),
    )


async def measure(*, quick: bool) -> Section:
    """Everything, one after the other."""
    large, small, each = (100, 60, 5) if quick else (LARGE, SMALL, SLACK_CARDS)
    cells = [(Counting.SLIDING, 0.02), (Counting.FIXED, 0.06)] if quick else [(c, j) for c in Counting for j in JITTERS]
    found = [await on_discord(counting, jitter, large, small) for counting, jitter in cells]
    slack = [await on_slack(jitter, each) for jitter in ((0.02,) if quick else JITTERS)]
    pairs = [pair for pair, _ in found]
    return Section(
        title="Fan-out",
        how=(
            f"One community of {large:,} channels and {small:,} communities of one are due at one instant on Discord, "
            f"and {each} cards in each of {SLACK_CHANNELS} channels on Slack. The stand-ins are {LATENCY * 1000:.0f} "
            "ms away, there and back, and the jitter is how much each way wavers. Kindling plans, sends and settles "
            "with SQLite; discord.py and slack_sdk are given the same number of messages at once. The share is what "
            "got through, of what the limit allows from the first message to a second after the last."
        ),
        tables=(
            compared(f"Discord, {DISCORD_LIMIT} requests a second:", pairs, DISCORD_LIMIT, "discord.py"),
            compared("Slack, one message a second in each channel:", slack, SLACK_CHANNELS, "slack_sdk"),
            fairness(found),
        ),
        goals=goals(found, slack),
        notes=(CEILING, BAN),
    )


def main() -> None:
    """Measure and print."""
    chosen = arguments(__doc__)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    tell(asyncio.run(measure(quick=chosen.quick)), chosen.json)


if __name__ == "__main__":
    main()

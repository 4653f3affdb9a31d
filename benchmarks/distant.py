"""The stand-ins of Discord and Slack in a process of their own, some way away, for whoever measures what is sent."""

import asyncio
import multiprocessing
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.standins.discord import DiscordStandIn
from tests.standins.discord.limits import Counting
from tests.standins.slack import SlackStandIn


@dataclass(frozen=True, slots=True)
class Site:
    """What to set up: which platform, how many channels, how it counts (Discord), and how far away it is."""

    platform: str
    channels: int
    latency: float
    jitter: float
    counting: str = Counting.SLIDING.value


@dataclass(frozen=True, slots=True)
class Address:
    """How to reach it, and the ids of the one space and its channels."""

    url: str
    token: str
    space: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What it saw: when messages were asked for and with which answer (unix seconds, status, channel), how many
    messages stand in all channels at the end, and how many answers of any kind were 429 or invalid requests."""

    posts: tuple[tuple[float, int, str], ...]
    standing: int
    too_many: int
    invalid: int


class Distant:
    """One that is running."""

    def __init__(self, pipe: Connection, address: Address) -> None:
        self._pipe = pipe
        self.address = address

    async def seen(self) -> Seen:
        """What it has seen so far."""
        self._pipe.send("report")
        return await asyncio.to_thread(self._pipe.recv)


@asynccontextmanager
async def distant(site: Site) -> AsyncGenerator[Distant]:
    """Run a stand-in inside the block."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(site, there), daemon=True)
    process.start()
    try:
        yield Distant(here, await asyncio.to_thread(here.recv))
    finally:
        here.send("end")
        await asyncio.to_thread(process.join, 10)


def _run(site: Site, pipe: Connection) -> None:
    asyncio.run(_discord(site, pipe) if site.platform == "discord" else _slack(site, pipe))


async def _discord(site: Site, pipe: Connection) -> None:
    async with DiscordStandIn() as standin:
        guild = standin.add_guild("Bench")
        channels = [guild.add_channel(f"channel-{number}") for number in range(site.channels)]
        standin.limits.everywhere.counting = Counting(site.counting)
        standin.distance.latency, standin.distance.jitter = site.latency, site.jitter
        pipe.send(Address(standin.url, standin.token, guild.id, tuple(channel.id for channel in channels)))
        while await asyncio.to_thread(pipe.recv) != "end":
            posts = standin.calls("POST", r"^/channels/\d+/messages$")
            pipe.send(
                Seen(
                    tuple((one.at.timestamp(), one.status, one.path.split("/")[2]) for one in posts),
                    sum(len(standin.messages(channel)) for channel in channels),
                    sum(one.status == 429 for one in standin.requests),  # noqa: PLR2004 -- HTTP's own number
                    standin.invalid_requests,
                )
            )


async def _slack(site: Site, pipe: Connection) -> None:
    async with SlackStandIn() as standin:
        standin.limits.as_slack()
        standin.limits.post_burst = 1.0
        channels = [standin.add_channel(f"channel-{number}") for number in range(site.channels)]
        standin.distance.latency, standin.distance.jitter = site.latency, site.jitter
        pipe.send(Address(standin.url, standin.bot_token, standin.team.id, tuple(channel.id for channel in channels)))
        while await asyncio.to_thread(pipe.recv) != "end":
            posts = [one for one in standin.requests if one.method == "chat.postMessage"]
            too_many = sum(one.status == 429 for one in standin.requests)  # noqa: PLR2004 -- the same
            pipe.send(
                Seen(
                    tuple((one.at, one.status, str(one.args.get("channel"))) for one in posts),
                    sum(one.ok for one in posts),
                    too_many,
                    too_many,
                )
            )

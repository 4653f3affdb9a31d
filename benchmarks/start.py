"""How soon Kindling is ready, and what it takes of the machine, beside both libraries without it.

    python -m benchmarks.start

`kindling run` with both adapters is started against Discord's and Slack's stand-ins, which are a process of their own.
What a user would have without Kindling is started against the same: a discord.py client and a Bolt app in one process,
with one listener each. Ready is when Discord's session has heard everything, and Slack's socket is open.
Memory is what the process holds some seconds later, and idle is what it then takes of one core.

The same two again, with the other libraries that Kindling stands on imported and never called, say how much of the
rest is theirs.
"""

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.report import Goal, Section, Table, arguments, resident_mebibytes, tell

ROOT = Path(__file__).parents[1]
RUNS, QUICK_RUNS = 7, 2
SETTLING = 3.0
IDLE, QUICK_IDLE = 20.0, 5.0

BARE = """
import asyncio, os
import aiohttp, discord, discord.http
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

async def main():
    discord.http.Route.BASE = os.environ["DISCORD_URL"]
    client = discord.AutoShardedClient(intents=discord.Intents(guilds=True, guild_reactions=True), max_messages=None)

    @client.event
    async def on_raw_reaction_add(event):
        print(event)

    web = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_URL"])
    app = AsyncApp(client=web)

    @app.event("reaction_added")
    async def reacted(event):
        print(event)

    handler = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], web_client=web)
    await asyncio.gather(client.start(os.environ["DISCORD_TOKEN"]), handler.start_async())

asyncio.run(main())
"""


OTHERS = """
import aiosqlite, apscheduler.schedulers.asyncio, babel.dates, prometheus_client, pydantic, sqlalchemy.ext.asyncio
import sqlalchemy.dialects.sqlite.aiosqlite, structlog, typer
"""
"""What else `kindling run` needs on SQLite, as their own pages say to import it."""


@dataclass(frozen=True)
class Measured:
    """One start: seconds until ready, and of the processor; MiB held; the share of one core taken when idle."""

    ready: float
    taken: float
    memory: float
    idle: float


async def serve() -> None:
    """Be both platforms until the standard input ends: say where they are, and when both are connected to."""
    from tests.standins.discord import DiscordStandIn  # noqa: PLC0415 -- only this process needs them
    from tests.standins.slack import SlackStandIn  # noqa: PLC0415 -- the same

    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        discord.add_guild("Village").add_channel("kindness")
        slack.add_channel("team", bot_in=True)
        print(discord.url, discord.token, f"{slack.url}/api/", slack.bot_token, slack.app_token, flush=True)
        await discord.connected(within=120)
        await slack.connected(within=120)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


@contextmanager
def platforms() -> Iterator[tuple[Sequence[str], subprocess.Popen[str]]]:
    """Both platforms in another process: their addresses and tokens, and the process."""
    command = [sys.executable, "-m", "benchmarks.start", "--serve"]
    with subprocess.Popen(  # noqa: S603 -- ours
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError("no way to hear the stand-ins")
        yield process.stdout.readline().split(), process
        process.kill()


def measure(
    program: Sequence[str], environment: Mapping[str, str], standins: "subprocess.Popen[str]", idle: float
) -> Measured:
    """Start a program, wait until it is connected, and look at it for a while."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        known = {**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": ""}  # what is installed has its bytecode
        process = subprocess.Popen(program, cwd=ROOT, env=known, stdout=said, stderr=said)  # noqa: S603 -- ours
        try:
            if standins.stdout is None or standins.stdout.readline() != "ready\n":
                said.seek(0)
                raise RuntimeError(f"it was never ready: {said.read().decode()}")
            ready, taken = time.perf_counter() - began, cpu_seconds(process.pid)
            time.sleep(SETTLING)
            memory = resident_mebibytes(process.pid)
            before = cpu_seconds(process.pid)
            time.sleep(idle)
            return Measured(ready, taken, memory, (cpu_seconds(process.pid) - before) / idle)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def cpu_seconds(pid: int) -> float:
    """What a process has taken of the processor so far. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def kindling(idle: float, folder: Path) -> Measured:
    """`kindling run`, with a database that is there already."""
    with platforms() as ((discord, discord_token, slack, bot_token, app_token), standins):
        config = folder / "config.toml"
        config.write_text(
            f'[data]\nfolder = "."\n[http]\nport = 0\n'
            f'[adapters.discord]\napi_url = "{discord}"\n[adapters.slack]\napi_url = "{slack}"\n'
        )
        secrets = {
            "KINDLING_DISCORD_TOKEN": discord_token,
            "KINDLING_SLACK_BOT_TOKEN": bot_token,
            "KINDLING_SLACK_APP_TOKEN": app_token,
        }
        return measure([sys.executable, "-m", "bot", "run", "--config", str(config)], secrets, standins, idle)


def bare(idle: float, others: str = "") -> Measured:
    """A discord.py client and a Bolt app, in a process that imports others first."""
    with platforms() as ((discord, discord_token, slack, bot_token, app_token), standins):
        known = {
            "DISCORD_URL": discord,
            "DISCORD_TOKEN": discord_token,
            "SLACK_URL": slack,
            "SLACK_BOT_TOKEN": bot_token,
            "SLACK_APP_TOKEN": app_token,
        }
        return measure([sys.executable, "-c", others + BARE], known, standins, idle)


def section(runs: int, idle: float) -> Section:
    """All three, in turn, so many times."""
    ours: list[Measured] = []
    theirs: list[Measured] = []
    with_others: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        kindling(0.1, Path(folder))  # makes the database, and what Python keeps of modules
        for _ in range(runs):
            theirs.append(bare(idle))
            with_others.append(bare(idle, OTHERS))
            ours.append(kindling(idle, Path(folder)))
    named = {
        "both libraries alone": theirs,
        "both, and Kindling's other libraries imported": with_others,
        "kindling run": ours,
    }
    start, memory = ratio(ours, theirs, "ready"), ratio(ours, theirs, "memory")
    busy = statistics.median(one.idle for one in ours)
    goals = [
        Goal("memory, times the libraries'", "at most 1.4", f"{memory:.2f}", memory <= 1.4),  # noqa: PLR2004 -- what was aimed at
        Goal("start, times the libraries'", "at most 1.5", f"{start:.2f}", start <= 1.5),  # noqa: PLR2004 -- the same
        Goal("share of a core when idle", "under 0.2 %", f"{busy:.2%}", busy < 0.002),  # noqa: PLR2004 -- the same
    ]
    header = ("", "seconds until ready", "of the processor", "MiB held", "% of a core when idle")
    return Section(
        "Start and idle",
        f"`kindling run` with both adapters, and a discord.py client with a Bolt app in one process, each {runs} times "
        f"in turn, against the same stand-ins. Memory after {SETTLING:.0f} s, idle over {idle:.0f} s. Medians; ratios "
        "are those of each turn.",
        [Table("From nothing to both platforms connected:", header, [(n, *medians(m)) for n, m in named.items()])],
        goals,
        notes(ours, theirs, with_others),
    )


def notes(ours: Sequence[Measured], theirs: Sequence[Measured], with_others: Sequence[Measured]) -> Sequence[str]:
    """Whose the rest is, and how much of it is the processor's time."""
    more = f"{ratio(with_others, theirs, 'memory'):.2f} times the memory and {ratio(with_others, theirs, 'ready'):.2f}"
    beside = f"{ratio(ours, with_others, 'memory'):.2f} times the memory and {ratio(ours, with_others, 'ready'):.2f}"
    theirs_too = (
        "SQLAlchemy, APScheduler, pydantic and the others, imported beside both and not called, make it "
        f"{more} times the start. Beside that, `kindling run` takes {beside} times the start."
    )
    processor = (
        f"Of the processor's time until ready it takes {ratio(ours, theirs, 'taken'):.2f} times the libraries', which "
        "other processes on the machine change less than the start."
    )
    return theirs_too, processor


def ratio(ours: Sequence[Measured], theirs: Sequence[Measured], what: Literal["ready", "taken", "memory"]) -> float:
    """How many times theirs: the median of all turns."""
    turns = zip(ours, theirs, strict=True)
    return statistics.median(getattr(one, what) / getattr(other, what) for one, other in turns)


def medians(measured: Sequence[Measured]) -> tuple[float, ...]:
    """Seconds, seconds of the processor, MiB and per cent."""
    rows = [(one.ready, one.taken, one.memory, one.idle * 100) for one in measured]
    return tuple(map(statistics.median, zip(*rows, strict=True)))


def main() -> None:
    """Measure and tell."""

    def more(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)

    chosen = arguments(__doc__, more)
    if chosen.serve:
        asyncio.run(serve())
        return
    runs, idle = (QUICK_RUNS, QUICK_IDLE) if chosen.quick else (RUNS, IDLE)
    tell(section(runs, idle), chosen.json)


if __name__ == "__main__":
    main()

"""One running Kindling for many tests: both platforms, the moderators' pages, and a clock that goes where it is led.

Each test has a Discord server of its own. There is one Slack workspace, for the one test that begins with an empty one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.runtime.clock import LedClock
from tests.acceptance.running import Running, kindling
from tests.contracts.on_discord import OnDiscord
from tests.contracts.on_slack import OnSlack
from tests.contracts.platform import Answer, Platform
from tests.prepared import a_migrated_file
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import SlackStandIn

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)
DAY = timedelta(days=1)
ALL = ("discord", "slack", "wall")
PATIENT = 30.0
"""Seconds for an answer to follow an acknowledgement, on a machine with much else to do."""


@dataclass
class Clock:
    """`bot.ports.Clock` of the platforms; the running Kindling goes by the same file."""

    file: Path
    _led: LedClock = field(init=False)

    def __post_init__(self) -> None:
        today = datetime.now(BERLIN).date()
        monday = today + timedelta(days=7 - today.weekday())
        self._lead(datetime.combine(monday, time(10), BERLIN))
        self._led = LedClock(self.file)

    def now(self) -> datetime:
        return self._led.now()

    def go(self, instant: datetime) -> None:
        """Let it be this instant. Time never goes back."""
        assert instant > self.now()
        self._lead(instant)

    def _lead(self, instant: datetime) -> None:
        LedClock.lead(self.file, instant.astimezone(UTC) - datetime.now(UTC))

    def coming(self, weekday: int | None = None, at: time = NINE) -> datetime:
        """The next time that it is so late in Berlin, on this day of the week if one is given."""
        here = self.now().astimezone(BERLIN)
        days = (datetime.combine(here.date() + timedelta(days=ahead), at, BERLIN) for ahead in range(9))
        return next(each for each in days if each > here and weekday in {None, each.weekday()})


@dataclass
class Rehearsal:
    """The running process, the platforms, and the time."""

    discord: DiscordStandIn
    slack: SlackStandIn
    clock: Clock
    running: Running
    folder: Path

    def server(self) -> OnDiscord:
        """A new Discord server that Kindling was just invited to."""
        return OnDiscord(self.discord, self.clock)  # type: ignore[arg-type] -- it only asks what time it is

    def workspace(self) -> OnSlack:
        """The Slack workspace."""
        return OnSlack(self.slack, self.folder, self.clock)  # type: ignore[arg-type] -- as above

    async def cards(self, platform: Platform, number: int) -> list[str]:
        """Wait for so many messages in the channel of the cards; what they say."""
        standin = self.discord if isinstance(platform, OnDiscord) else self.slack
        await standin.until(lambda: len(shown(platform)) >= number, within=PATIENT)
        return shown(platform)

    async def answered(self, platform: Platform, command: str, words: str) -> Answer:
        """Ask again and again, until an answer has these words in it."""
        async with asyncio.timeout(PATIENT):
            while words not in (answer := await platform.command("maya", command)).text:
                pass
        return answer


def shown(platform: Platform) -> list[str]:
    """What everybody reads in the channel of the cards, oldest first."""
    if isinstance(platform, OnDiscord):
        return [message.text for message in platform.discord.messages(platform.channels["kindness"])]
    assert isinstance(platform, OnSlack)
    return [message.shown for message in platform.slack.messages(platform.channels["kindness"])]


async def form(platform: Platform, answer: Answer, label: str, name: str = "maya") -> Answer:
    """The form behind a button. On a slow machine it takes one more press."""
    opened = await platform.choose(name, answer, label)
    return opened if opened.form else await platform.choose(name, opened, "Open the form")


@asynccontextmanager
async def rehearsing(folder: Path) -> AsyncIterator[Rehearsal]:
    """Kindling running on both platforms, for as long as the block."""
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        discord.patience = PATIENT
        config, clock = folder / "config.toml", Clock(folder / "clock")
        (folder / "kindling.sqlite").write_bytes(a_migrated_file())
        config.write_text(
            f"""
            [data]
            folder = "."
            [http]
            port = 0
            [log]
            format = "json"
            [adapters.discord]
            api_url = "{discord.url}"
            [adapters.slack]
            api_url = "{slack.url}/api/"
            [adapters.wall]
            port = 0
            moderators = true
            """
        )
        secrets = {
            "KINDLING_DISCORD_TOKEN": discord.token,
            "KINDLING_SLACK_BOT_TOKEN": slack.bot_token,
            "KINDLING_SLACK_APP_TOKEN": slack.app_token,
        }
        async with kindling(config, secrets, led_by=clock.file, opened=ALL) as running:
            await discord.connected(within=PATIENT)
            await slack.connected(within=PATIENT)
            await discord.until(lambda: bool(discord.commands), within=PATIENT)
            yield Rehearsal(discord, slack, clock, running, folder)
        assert (discord.violations, slack.violations) == ([], [])
        assert not [line for line in running.lines if line.get("level") in {"error", "critical"}]

"""A world to endure in: Discord and Slack on loopback, communities in many zones, and one clock for everybody."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from bot.runtime.clock import LedClock
from tests.endurance.homes import DiscordHome, Home, Rhythm, SlackHome
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import SlackStandIn

BEGINNINGS = tuple(
    datetime(2027, month, day, 6, tzinfo=UTC) for month, day in ((3, 12), (3, 26), (4, 1), (10, 1), (10, 29), (11, 4))
)
"""Each a day or two before clocks change in America, Europe or Australia."""
HISTORY = "channels:history"

AT_ONE_INSTANT = (
    Rhythm("Europe/Berlin", time(11)),
    Rhythm("America/New_York", time(5)),
    Rhythm("Asia/Kolkata", time(15, 30)),
    Rhythm("Australia/Sydney", time(20)),
    Rhythm("Pacific/Honolulu", time(0)),
    Rhythm("Pacific/Kiritimati", time(0), weekly=False),
)
"""On six local dates' worth of clocks at nine or ten in UTC, two of them at the first instant of their date."""
ON_SLACK = Rhythm("Asia/Tokyo", time(19))


@dataclass(slots=True)
class World:
    """Both platforms, everybody's homes, Kindling's configuration, and the time."""

    discord: DiscordStandIn
    slack: SlackStandIn
    folder: Path
    homes: Sequence[Home]
    ahead: timedelta = timedelta()
    code: Path | None = None
    """Where Kindling's code is, when it is not this repository's."""

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def clock(self) -> Path:
        """The file that leads Kindling's clock."""
        return self.folder / "clock"

    @property
    def secrets(self) -> dict[str, str]:
        return {
            **({"PYTHONPATH": str(self.code)} if self.code else {}),
            "KINDLING_DISCORD_TOKEN": self.discord.token,
            "KINDLING_SLACK_BOT_TOKEN": self.slack.bot_token,
            "KINDLING_SLACK_APP_TOKEN": self.slack.app_token,
        }

    def now(self) -> datetime:
        """The instant that it is for everybody here."""
        return datetime.now(UTC) + self.ahead

    def move_to(self, instant: datetime) -> None:
        """Let it be `instant` for everybody; time never goes back."""
        by = instant - self.now()
        if by > timedelta():
            self.ahead += by
            self.slack.clock.advance(by.total_seconds())
            LedClock.lead(self.clock, self.ahead)

    @property
    def slack_home(self) -> SlackHome:
        return next(home for home in self.homes if isinstance(home, SlackHome))

    def write_config(self, database: str = "") -> None:
        """Kindling's configuration for this world."""
        url = f'url = "{database}"' if database else ""
        self.config.write_text(
            f"""
            [data]
            folder = "."
            [database]
            {url}
            [http]
            port = 0
            [log]
            format = "json"
            [adapters.discord]
            api_url = "{self.discord.url}"
            [adapters.slack]
            api_url = "{self.slack.url}/api/"
            """
        )


@asynccontextmanager
async def a_world(
    folder: Path,
    rhythms: Sequence[Rhythm] = AT_ONE_INSTANT,
    *,
    begin: datetime = BEGINNINGS[0],
    history: bool = True,
) -> AsyncIterator[World]:
    """A server for each rhythm and one workspace, with the scope to read its history or without."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        homes: list[Home] = [DiscordHome.furnish(discord, number, rhythm) for number, rhythm in enumerate(rhythms)]
        homes.append(SlackHome.furnish(slack, ON_SLACK))
        if history:
            slack.scopes.add(HISTORY)
        world = World(discord, slack, folder, homes)
        discord.now = world.now
        world.move_to(begin)
        world.write_config()
        yield world

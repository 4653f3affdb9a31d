"""Both platforms at once, with a server and a workspace that want to be kind."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance import running
from tests.acceptance.nursery import born
from tests.acceptance.rehearsal import PATIENT
from tests.prepared import a_migrated_file
from tests.standins import discord as discord_standin
from tests.standins import slack as slack_standin
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import SlackStandIn
from tests.storage.databases import postgres

__all__ = ["postgres"]


@pytest.fixture(autouse=True)
def processes_that_begin_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process imports all of Kindling anew; those of benchmarks do, and those with other people's adapters."""
    monkeypatch.setattr(running, "begin", born)


@dataclass
class World:
    """A Discord server, a Slack workspace, Kindling's configuration for both, and a database that is ready for them."""

    discord: DiscordStandIn
    slack: SlackStandIn
    config: Path
    guild: discord_standin.Guild
    square: discord_standin.Channel
    maya: discord_standin.User
    robin: discord_standin.User
    team: slack_standin.Channel
    anna: slack_standin.User
    ben: slack_standin.User

    @property
    def secrets(self) -> dict[str, str]:
        return {
            "KINDLING_DISCORD_TOKEN": self.discord.token,
            "KINDLING_SLACK_BOT_TOKEN": self.slack.bot_token,
            "KINDLING_SLACK_APP_TOKEN": self.slack.app_token,
        }

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What is in the database."""
        with closing(sqlite3.connect(self.config.parent / "kindling.sqlite")) as database:
            return database.execute(statement).fetchall()

    def forget_the_database(self) -> None:
        """Let Kindling begin with nothing."""
        (self.config.parent / "kindling.sqlite").unlink()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.config.parent / "kindling.sqlite")) as database, database:
            database.execute(statement)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    """A world whose configuration and database lie in a folder."""
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        discord.patience = PATIENT
        maya, robin = discord.add_user("maya"), discord.add_user("robin")
        guild = discord.add_guild(name="Village", owner=maya)
        square = guild.add_channel("kindness")
        guild.add_member(robin)
        anna, ben = slack.add_user("anna", tz="Europe/Berlin", admin=True), slack.add_user("ben", tz="Europe/Berlin")
        team = slack.add_channel("team", members=[anna, ben], bot_in=True)
        config = folder / "config.toml"
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
            """
        )
        yield World(discord, slack, config, guild, square, maya, robin, team, anna, ben)
        assert discord.violations == []
        assert slack.violations == []

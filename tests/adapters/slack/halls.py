"""Fixtures of many workspaces, on a database of each kind."""

from collections.abc import AsyncIterator

import pytest

from adapters.slack.adapter import SlackAdapter
from bot.storage.database import Database
from tests.adapters.slack.visitor import Hall, Visitor
from tests.standins.slack import Channel, SlackStandIn, Team, User
from tests.storage.databases import database, kind, postgres, sqlite_template, url

__all__ = [
    "adapter",
    "cara",
    "city",
    "database",
    "hall",
    "kind",
    "postgres",
    "sqlite_template",
    "square",
    "url",
    "visitor",
]


@pytest.fixture
def hall(slack: SlackStandIn, database: Database) -> Hall:
    return Hall(slack, database.engine)


@pytest.fixture
async def adapter(hall: Hall) -> AsyncIterator[SlackAdapter]:
    async with hall.listening() as adapter:
        yield adapter


@pytest.fixture
async def visitor(slack: SlackStandIn, adapter: SlackAdapter) -> AsyncIterator[Visitor]:
    async with Visitor(slack, adapter) as visitor:
        yield visitor


@pytest.fixture
def city(slack: SlackStandIn) -> Team:
    return slack.add_team("city")


@pytest.fixture
def cara(slack: SlackStandIn, city: Team) -> User:
    return slack.add_user("cara", team=city, admin=True)


@pytest.fixture
def square(slack: SlackStandIn, city: Team, cara: User) -> Channel:
    return slack.add_channel("square", members=[cara], team=city)

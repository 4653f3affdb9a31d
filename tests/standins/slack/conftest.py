"""A workspace with two people and a channel, and the sample app in it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import Channel, SlackStandIn, User
from tests.standins.slack.sample_app import Heard, an_app, over_http, over_sockets


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as slack:
        yield slack


@pytest.fixture
def anna(slack: SlackStandIn) -> User:
    return slack.add_user("anna", admin=True)


@pytest.fixture
def ben(slack: SlackStandIn) -> User:
    return slack.add_user("ben", tz="America/New_York")


@pytest.fixture
def team(slack: SlackStandIn, anna: User, ben: User) -> Channel:
    return slack.add_channel("team", members=[anna, ben])


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with slack.client() as client:
        yield client


@pytest.fixture(params=["sockets", "http"])
async def heard(request: pytest.FixtureRequest, slack: SlackStandIn, client: AsyncWebClient) -> AsyncIterator[Heard]:
    """The app, reached over Socket Mode and over signed HTTP."""
    app, heard = an_app(slack, client)
    async with AsyncExitStack() as stack:
        if request.param == "sockets":
            await stack.enter_async_context(over_sockets(slack, app))
        else:
            await slack.deliver_to(await stack.enter_async_context(over_http(slack, app)))
        yield heard

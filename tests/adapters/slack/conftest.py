from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from adapters.slack.adapter import SlackAdapter
from tests.adapters.slack.workspace import Door, listening, opened
from tests.standins.slack import Channel, SlackStandIn, User


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not drawn: structlog's colourful tracebacks take longer than Slack waits."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    """A strict Slack: whatever it would only shrug at fails the test."""
    async with SlackStandIn() as standin:
        yield standin
        assert standin.violations == []


@pytest.fixture
def anna(slack: SlackStandIn) -> User:
    return slack.add_user("anna", tz="Europe/Paris", admin=True)


@pytest.fixture
def ben(slack: SlackStandIn) -> User:
    return slack.add_user("ben")


@pytest.fixture
def general(slack: SlackStandIn, anna: User, ben: User) -> Channel:
    return slack.add_channel("general", members=[anna, ben])


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def sender(slack: SlackStandIn) -> AsyncIterator[SlackAdapter]:
    """An adapter that is open and does not listen."""
    async with opened(slack) as adapter:
        yield adapter


@pytest.fixture
async def adapter(slack: SlackStandIn, door: Door) -> AsyncIterator[SlackAdapter]:
    """An adapter that listens by Socket Mode."""
    async with listening(slack, door) as adapter:
        yield adapter

"""Several Socket Mode connections, among which Slack shares the events out."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from adapters.slack.adapter import SlackAdapter
from bot.app import Kindling
from bot.domain.errors import TryLater, Unreachable
from tests.adapters.slack.workspace import CARD, Door, listening, opened, place, settings
from tests.standins.slack import Channel, SlackStandIn, User


@pytest.fixture
async def three(slack: SlackStandIn, door: Door) -> AsyncIterator[SlackAdapter]:
    async with listening(slack, door, settings(slack, connections=3)) as adapter:
        await slack.connected(3)
        yield adapter


async def test_as_many_connections_are_held_as_were_asked_for(slack: SlackStandIn, three: SlackAdapter) -> None:
    assert len(slack.sockets.connections) == 3


async def test_the_core_is_told_once_at_the_start(slack: SlackStandIn, three: SlackAdapter, door: Door) -> None:
    await three.close()

    assert len(door.named("connected")) == 1


async def test_what_comes_over_each_is_acknowledged_and_taken(
    slack: SlackStandIn, three: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    for _ in range(6):
        assert (await slack.slash(ben, general, "/kind", "today")).acked

    assert len(await door.until("typed", 6)) == 6


async def test_an_event_that_comes_over_two_is_taken_once(
    slack: SlackStandIn, three: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await three.send(place(general), CARD, "k1")
    slack.events.copies = 3

    await slack.react(ben, slack.messages(general)[0], "heart")

    await door.until("reacted")
    assert len(door.named("reacted")) == 1


async def test_one_that_breaks_is_made_again_while_the_others_go_on(
    slack: SlackStandIn, three: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    lost = slack.sockets.connections[0].transport
    assert lost is not None
    lost.abort()

    await door.until("connected", 2)
    await slack.connected(3)
    for _ in range(3):
        assert (await slack.slash(ben, general, "/kind", "today")).acked


async def test_one_that_cannot_be_made_again_does_not_end_the_others(
    slack: SlackStandIn, three: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    outage = slack.fail("apps.connections.open", status=503, times=None)
    lost = slack.sockets.connections[0].transport
    assert lost is not None
    lost.abort()
    await slack.until(lambda: outage.hits)

    for _ in range(3):
        assert (await slack.slash(ben, general, "/kind", "today")).acked
    outage.cancel()

    await slack.connected(3)


async def test_when_the_last_one_is_lost_listening_ends(slack: SlackStandIn, door: Door) -> None:
    async with opened(slack, settings(slack, connections=2)) as adapter:
        task = asyncio.create_task(adapter.listen(cast("Kindling", door)))
        await slack.connected(2)
        slack.fail("apps.connections.open", status=503, times=None)
        slack.drop_sockets()

        with pytest.raises(TryLater):
            await asyncio.wait_for(task, 5)


async def test_a_refused_app_token_ends_all_at_once(slack: SlackStandIn, door: Door) -> None:
    async with opened(slack, settings(slack, connections=2, app_token="xapp-wrong")) as adapter:
        with pytest.raises(Unreachable):
            await asyncio.wait_for(adapter.listen(cast("Kindling", door)), 5)

"""Two workspaces, the real core and its database: cards to each, and one that leaves and comes back."""

import asyncio
from typing import cast

from bot.app import Kindling
from bot.compose import build_core
from bot.storage.database import Database
from tests.adapters.slack.halls import cara, city, database, hall, kind, postgres, sqlite_template, square, url
from tests.adapters.slack.test_slack_with_the_core import Nobody, Room, set_up
from tests.adapters.slack.visitor import Hall, MovedClock, Visitor
from tests.contracts.platform import Watched
from tests.prepared import the_library
from tests.standins.slack import Channel, SlackStandIn, Team, User

__all__ = ["cara", "city", "database", "hall", "kind", "postgres", "sqlite_template", "square", "url"]


async def test_a_workspace_leaves_and_returns_while_the_other_gets_its_cards(
    slack: SlackStandIn, hall: Hall, database: Database, *, anna: User, general: Channel, city: Team, cara: User,
    square: Channel
) -> None:  # fmt: skip
    slack.rotation = True
    adapter = hall.adapter()
    await adapter.open()
    clock = MovedClock(slack)
    core = build_core(database, the_library(), Room({"slack": adapter}), clock, watcher=Nobody())
    door = Watched(core.kindling)
    going_on = [
        asyncio.create_task(core.engine.run()),
        asyncio.create_task(adapter.listen(cast("Kindling", door))),
    ]

    async def a_card_later() -> list[int]:
        """Let it be the next card's time; how many cards each channel has."""
        await core.engine.settle()
        due = await core.engine.next_at()
        assert due is not None
        slack.clock.advance((due - clock.now()).total_seconds() + 1)
        await core.engine.settle()
        return [len(slack.messages(channel)) for channel in (general, square)]

    try:
        await slack.connected()
        slack.consent.redirect_urls = [adapter.install_address.replace("install", "oauth_redirect")]
        async with Visitor(slack, adapter) as visitor:
            for team in (slack.team, city):
                await visitor.install(team)
            await door.done("joined", 2)
            for person, channel in ((anna, general), (cara, square)):
                assert "Kindling is set up" in await set_up(slack, person, channel)
            assert await a_card_later() == [1, 1]

            await slack.uninstall(city)
            await door.done("left", 2)
            assert await a_card_later() == [2, 1]

            await visitor.install(city)
            await door.done("joined", 3)
            slack.ephemeral(cara)[-1].deleted = True
            assert "Kindling is set up" in await set_up(slack, cara, square)
            assert await a_card_later() == [3, 2]
    finally:
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)
        await adapter.close()

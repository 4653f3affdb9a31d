"""A network that swallows every answer while cards are due: nothing lost, nothing doubled, no reaction overlooked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.acceptance.conftest import World
from tests.acceptance.rehearsal import NINE, Clock
from tests.acceptance.running import kindling
from tests.acceptance.test_both_platforms import BOTH, cards, felt, listening, set_up
from tests.standins.road import Road

SOON = 20.0
MINUTE, LEASE = timedelta(minutes=1), timedelta(minutes=5)
CARD = ["Today’s intention"]


@asynccontextmanager
async def by_road(world: World, folder: Path) -> AsyncIterator[tuple[Clock, Road, Road]]:
    """All that Kindling says and hears goes by two roads, to Discord and to Slack, by a clock that is led."""
    clock = Clock(folder / "clock")
    world.discord.now, world.slack.clock.now = clock.now, lambda: clock.now().timestamp()  # type: ignore[method-assign]
    world.slack.scopes.update({"channels:history", "groups:history"})
    async with Road(world.discord.world.origin) as discord, Road(world.slack.url) as slack:
        config = world.config.read_text()
        for standin, road in ((world.discord.world.origin, discord), (world.slack.url, slack)):
            config = config.replace(standin, road.url)
        world.config.write_text(config)
        world.discord.reached_at(discord.url)
        world.slack.reached_at(slack.url)
        yield clock, discord, slack


async def unheard(world: World, clock: Clock, discord: Road, slack: Road) -> None:
    """The morning's cards are posted, and no answer comes back."""
    discord.fall_silent()
    slack.fall_silent()
    clock.go(clock.coming(at=NINE))
    await world.discord.until(lambda: cards(world) == (CARD, CARD), within=SOON)


async def test_cards_whose_answers_never_come_are_there_once_when_the_network_is_back(
    world: World, tmp_path: Path
) -> None:
    async with (
        by_road(world, tmp_path) as (clock, to_discord, to_slack),
        kindling(world.config, world.secrets, led_by=clock.file, opened=BOTH) as running,
    ):
        await set_up(world)
        await unheard(world, clock, to_discord, to_slack)
        [on_discord], [on_slack] = world.discord.messages(world.square), world.slack.messages(world.team)
        await world.discord.react(world.robin, on_discord, "💛")
        await world.slack.react(world.ben, on_slack, "pray")
        unanswered = running.logged("card.posted")
        await asyncio.gather(to_discord.cut(), to_slack.cut())
        await listening(world)
        clock.go(clock.now() + MINUTE)
        await running.until("card.posted", platform="discord")
        await running.until("card.posted", platform="slack")
        await world.discord.until(lambda: felt(world) == {"💛", "🙏"}, within=SOON)
        await running.stop()

    posts = [request for request in world.slack.requests if request.method == "chat.postMessage"]
    assert unanswered == []
    assert len(posts) == 1
    assert cards(world) == (CARD, CARD)


async def test_a_card_whose_answer_was_never_heard_before_the_stop_is_not_posted_again(
    world: World, tmp_path: Path
) -> None:
    async with by_road(world, tmp_path) as (clock, to_discord, to_slack):
        async with kindling(world.config, world.secrets, led_by=clock.file, opened=BOTH) as running:
            await set_up(world)
            await unheard(world, clock, to_discord, to_slack)
            ended = await running.stop()
        await asyncio.gather(to_discord.cut(), to_slack.cut())
        clock.go(clock.now() + LEASE)
        async with kindling(world.config, world.secrets, led_by=clock.file, opened=BOTH) as running:
            await running.until("card.posted", platform="discord")
            await running.until("card.posted", platform="slack")
            await running.stop()

    assert ended == 0
    assert cards(world) == (CARD, CARD)

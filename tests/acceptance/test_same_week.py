"""The same week on Discord, on Slack and in the playground, in one process with one clock."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import aiohttp

from bot.compose import House, open_house, run
from bot.domain.ids import PromptId
from bot.domain.places import Actor, Person
from bot.runtime.discovery import plugins
from bot.settings import load
from tests.acceptance.conftest import World
from tests.acceptance.test_both_platforms import listening, next_monday, set_up
from tests.house import StillClock

MONDAY = datetime.combine(next_monday(), time(9), UTC)
"""Ten in the morning in Berlin, or eleven: after the cards of that day."""
PLATFORMS = ("discord", "slack", "web")


@asynccontextmanager
async def one_house(world: World) -> AsyncIterator[tuple[House, StillClock]]:
    """Everything `kindling run` makes of a configuration with all three adapters, with a clock to move."""
    config = world.config.parent / "three.toml"
    config.write_text(world.config.read_text() + "\n[adapters.web]\nport = 0\n")
    clock = StillClock(MONDAY)
    async with open_house(load(config, world.secrets, plugins()), plugins(), clock) as house:
        running = asyncio.create_task(run(house))
        try:
            async with asyncio.timeout(20):
                while not all(house.open_adapters.get(platform) for platform in PLATFORMS):  # noqa: ASYNC110 -- no event
                    await asyncio.sleep(0.01)
            yield house, clock
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def live_until(house: House, clock: StillClock, instant: datetime) -> None:
    """Let time pass; what falls due on the way happens at its own instant."""
    engine = house.core.engine
    await engine.settle()
    while (due := await engine.next_at()) and due <= instant:
        clock.at = max(due, clock.at)
        await engine.settle()
    clock.at = instant


async def set_up_the_playground(house: House) -> None:
    maya = Actor(Person("web", "playground", "maya"), may_moderate=True, channel="c-kindness", zone="Europe/Berlin")
    words = {"zone": "Europe/Berlin", "morning": "09:00", "days": "daily", "weekly": "mon", "channel": "c-kindness"}
    await house.core.kindling.command(maya, "kindling setup", words)


def planned(world: World, platform: str) -> list[tuple[object, ...]]:
    """What a platform's community was shown: date, ritual, prompts, theme."""
    return world.rows(
        f"""
        SELECT o.local_date, o.ritual, o.prompts, o.theme FROM occurrences o
        JOIN spaces s ON s.community_id = o.community_id
        JOIN deliveries d ON d.occurrence_id = o.id AND d.state = 'posted'
        WHERE s.platform = '{platform}' ORDER BY o.due_at, o.ritual
        """  # noqa: S608 -- one of three names of ours
    )


async def room_texts(house: House) -> str:
    url = str(getattr(house.adapters["web"], "url", ""))
    async with aiohttp.ClientSession() as session, session.get(url) as page:
        return await page.text()


async def test_the_same_week_gives_the_same_cards_everywhere(world: World, tmp_path: Path) -> None:
    async with one_house(world) as (house, clock):
        await listening(world)
        await set_up(world)
        await set_up_the_playground(house)
        world.change("UPDATE communities SET seed = 'one', tone = 'community'")

        await live_until(house, clock, MONDAY + timedelta(days=8))

        weeks = [planned(world, platform) for platform in PLATFORMS]
        assert len(weeks[0]) == 9
        assert weeks[0] == weeks[1] == weeks[2]
        shown = (
            "\n".join(message.text for message in world.discord.messages(world.square)),
            "\n".join(message.shown for message in world.slack.messages(world.team)),
            await room_texts(house),
        )
        for _, _, prompts, _ in weeks[0]:
            for prompt in json.loads(str(prompts)):
                said = house.library.prompt(PromptId(prompt))
                assert said is not None
                assert all(said.text in everything for everything in shown)


async def test_each_community_has_an_order_of_its_own(world: World) -> None:
    async with one_house(world) as (house, clock):
        await listening(world)
        await set_up(world)
        await set_up_the_playground(house)
        world.change("UPDATE communities SET tone = 'community'")

        await live_until(house, clock, MONDAY + timedelta(days=8))

        assert len({str(planned(world, platform)) for platform in PLATFORMS}) == len(PLATFORMS)

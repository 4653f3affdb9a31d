"""One wall over both platforms, with `kindling run` as a process: what is shared on Slack appears on Discord, and each
way of taking it back clears every copy, with one platform down at that moment.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.acceptance.conftest import World, a_world
from tests.acceptance.running import Running, kindling
from tests.acceptance.test_both_platforms import BOTH, set_up
from tests.standins import slack as slack_standin

SOON = 40.0
"""Seconds for a platform that was down to be tried again."""
TOLD = {"text": "Anna held the lift for me & my three cakes.", "telling": "received", "shown_as": "someone"}
WORDS = "held the lift"


@asynccontextmanager
async def linked(world: World, *more: str) -> AsyncIterator[Running]:
    """Kindling set up in both places, which are linked by a moderator of each; with other adapters besides."""
    async with kindling(world.config, world.secrets, opened=(*BOTH, *more)) as running:
        await set_up(world)
        made = await world.discord.slash(world.maya, world.square, "kindling link")
        await world.discord.until(lambda: bool(made.text))
        [code] = re.findall(r"[A-Z0-9]{4}[- ][A-Z0-9]{4}", made.text)
        entered = await world.slack.slash(world.anna, world.team, "/kindling", f"link code:{code}")
        await world.slack.click(world.anna, await entered.ephemeral(), "🔗 Link both places")
        direct = world.discord.dm(world.maya)
        await world.discord.until(lambda: bool(world.discord.messages(direct)), within=SOON)
        question = await world.discord.slash(world.maya, world.square, "kindling link")
        await world.discord.until(lambda: "Link both places?" in question.text)
        await world.discord.click(world.maya, question, "Link both places")
        await running.until("space.linked")
        yield running


async def share(world: World, **answers: str) -> slack_standin.Ephemeral:
    """Ben shares on Slack for both places; the answer to that."""
    modal = await (await world.slack.slash(world.ben, world.team, "/kind", "share")).modal()
    before = len(world.slack.ephemeral(world.ben))
    await world.slack.submit(world.ben, modal, TOLD | {"audience": "both"} | answers)
    await world.slack.until(lambda: len(world.slack.ephemeral(world.ben)) > before)
    preview = world.slack.ephemeral(world.ben)[-1]
    published = await (await world.slack.click(world.ben, preview, "Put it on the wall")).replacement()
    assert isinstance(published, slack_standin.Ephemeral)
    return published


def on_discord(world: World) -> list[str]:
    return [message.text for message in world.discord.messages(world.square) if "A kindness" in message.text]


def on_slack(world: World) -> list[str]:
    return [message.shown for message in world.slack.messages(world.team) if "A kindness" in message.shown]


async def both(world: World, holds: Callable[[list[str]], bool]) -> None:
    """Wait until something holds of what stands in each channel."""
    await world.discord.until(lambda: holds(on_discord(world)), within=SOON)
    await world.slack.until(lambda: holds(on_slack(world)), within=SOON)


async def kept(running: Running, times: int = 1) -> None:
    """Wait until the copies of so many acts are there, and known to be."""
    for platform in BOTH:
        await running.until("copy.posted", times, platform=platform)


async def test_what_is_shared_on_slack_appears_on_discord(world: World) -> None:
    async with linked(world):
        await share(world)

        await both(world, lambda shown: len(shown) == 1 and WORDS in shown[0])

        assert "someone in our community" in on_discord(world)[0]
        assert "ben" not in on_discord(world)[0]


async def test_what_is_for_here_stays_here(world: World) -> None:
    async with linked(world) as running:
        await share(world, audience="here")
        await running.until("copy.posted", platform="slack")
        await share(world, text="For both of you.")
        await both(world, lambda shown: any("For both of you." in text for text in shown))

        assert len(on_slack(world)) == 2
        assert len(on_discord(world)) == 1


@pytest.mark.parametrize(
    ("way", "down"),
    [("take back", "discord"), ("remove", "slack"), ("hide", "slack"), ("only here, and then removed", "discord")],
)
async def test_each_way_of_taking_it_back_clears_every_copy_also_where_it_was_down(
    world: World, way: str, down: str
) -> None:
    async with linked(world) as running:
        published = await share(world)
        await kept(running)
        if down == "discord":
            world.discord.fail("DELETE", r"/channels/\d+/messages/", drop_before=True, times=2)
        else:
            world.slack.fail("chat.delete", drop_before=True, times=2)

        await take_back(world, way, published)

        await both(world, lambda shown: not shown)


async def take_back(world: World, way: str, published: slack_standin.Ephemeral) -> None:
    if way == "take back":
        await world.slack.click(world.ben, published, "Take it back")
        return
    if way == "hide":
        [copy] = [message for message in world.discord.messages(world.square) if "A kindness" in message.text]
        form = await world.discord.message_menu(world.maya, copy, "Remove from the wall")
        if not form.modal:  # a slow machine acknowledges first, and then a form takes one more press
            await world.discord.until(lambda: bool(form.text))
            form = await world.discord.click(world.maya, form, "Open the form")
        await world.discord.submit(world.maya, form, {"reason": "Not today."})
        return
    if way.startswith("only here"):
        modal = await (await world.slack.click(world.ben, published, "Change it")).modal()
        await world.slack.submit(world.ben, modal, TOLD | {"audience": "here"})
        await world.discord.until(lambda: not on_discord(world), within=SOON)
    [copy] = [message for message in world.slack.messages(world.team) if "A kindness" in message.shown]
    asked = await (await world.slack.message_shortcut(world.ben, copy, "menu:remove")).ephemeral()
    assert "Remove it for good?" in asked.shown
    await world.slack.click(world.ben, asked, "Remove for good")


async def test_warmth_comes_together_from_both_places(world: World) -> None:
    async with linked(world) as running:
        await share(world)
        await kept(running)
        [on_square] = [message for message in world.discord.messages(world.square) if "A kindness" in message.text]
        [in_team] = [message for message in world.slack.messages(world.team) if "A kindness" in message.shown]

        await world.discord.react(world.robin, on_square, "💛")
        await world.discord.react(world.maya, on_square, "🌻")
        await world.slack.react(world.anna, in_team, "tada")
        await world.discord.until(lambda: people_who_felt(world) == 3, within=SOON)

        assert people_who_felt(world) == 3


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_it_appears_in_an_open_browser_and_goes_from_it(chrome: Browser, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, await chrome.new_context() as context:
        await appear_and_go(world, await context.new_page())


async def appear_and_go(world: World, page: Page) -> None:
    with world.config.open("a") as config:
        config.write("[adapters.wall]\nport = 0\n")
    async with linked(world, "wall"):
        opened = await world.discord.slash(world.maya, world.square, "kindling wall open", who="link")
        await world.discord.until(lambda: "http://" in opened.text)
        [address] = re.findall(r"http://[\w.:]+/wall/[\w-]+", opened.text)
        await page.goto(address)
        empty = await page.get_by_text(WORDS).count()

        published = await share(world, shown_as="name")
        await page.get_by_text(WORDS).wait_for(timeout=SOON * 1000)
        await world.slack.click(world.ben, published, "Take it back")
        await page.get_by_text(WORDS).wait_for(state="detached", timeout=SOON * 1000)

        assert empty == 0


def people_who_felt(world: World) -> int:
    [(count,)] = world.rows("SELECT count(DISTINCT member_id) FROM reactions JOIN acts ON acts.id = item WHERE present")
    assert isinstance(count, int)
    return count

"""`kindling run` against Discord and Slack at once, as a process that is stopped and started again.

The process goes ahead of the computer's clock, so a week needs no waiting: each start is at another time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.acceptance.conftest import World
from tests.acceptance.running import Running, kindling
from tests.standins import discord as discord_standin
from tests.standins import slack as slack_standin

BOTH = ("discord", "slack")
BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9)
WORDS = {"zone": "Europe/Berlin", "morning": "09:00", "days": "daily", "weekly": "mon"}


@cache
def next_monday() -> date:
    """The same for whoever asks, also where a test goes on past midnight."""
    today = datetime.now(BERLIN).date()
    return today + timedelta(days=7 - today.weekday())


def ahead(days: int, at: time = NINE) -> int:
    """Seconds to go ahead for it to be just past `at`, so many days after the coming Monday."""
    instant = datetime.combine(next_monday() + timedelta(days=days), at, BERLIN)
    return round((instant.astimezone(UTC) - datetime.now(UTC)).total_seconds()) + 2


async def listening(world: World) -> None:
    """Wait until both platforms are listened to, and Discord knows the commands."""
    await world.discord.connected(within=20)
    await world.slack.connected(within=20)
    await world.discord.until(lambda: bool(world.discord.commands), within=20)


async def set_up(world: World) -> tuple[str, str]:
    """A moderator of each place sets Kindling up; what they were answered."""
    await listening(world)
    on_discord = await world.discord.slash(world.maya, world.square, "kindling setup", channel=world.square, **WORDS)
    await world.discord.until(lambda: bool(on_discord.text))
    typed = " ".join(f"{name}:{value}" for name, value in WORDS.items())
    on_slack = await world.slack.slash(
        world.anna, world.team, "/kindling", f"setup channel:<#{world.team.id}|team> {typed}"
    )
    return on_discord.text, (await on_slack.ephemeral()).shown


def cards(world: World) -> tuple[list[str], list[str]]:
    """The first lines of all cards in the two channels."""
    on_discord = [message.text for message in world.discord.messages(world.square)]
    on_slack = [message.shown for message in world.slack.messages(world.team)]
    return [_heading(text) for text in on_discord], [_heading(text) for text in on_slack]


def _heading(text: str) -> str:
    return text.splitlines()[0].lstrip("#🔥🌅 ")


async def posted(running: Running, times: int = 1) -> None:
    """Wait until so many cards were posted on each platform since it was started."""
    await running.until("card.posted", times, platform="discord")
    await running.until("card.posted", times, platform="slack")


async def test_setting_up_names_the_first_card_and_posts_nothing_before(world: World) -> None:
    world.forget_the_database()

    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH) as running:
        answers = await set_up(world)

        assert await running.stop() == 0
    assert len(running.logged("database.migrated")) == 1
    assert all("First card" in answer and "nothing before that" in answer for answer in answers)
    assert cards(world) == ([], [])


async def test_each_morning_has_one_card_however_often_it_is_started(world: World) -> None:
    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH):
        await set_up(world)

    for day in (1, 2):
        async with kindling(world.config, world.secrets, ahead=ahead(day), opened=BOTH) as running:
            await posted(running)
            await running.stop()
        async with kindling(world.config, world.secrets, ahead=ahead(day, time(9, 30)), opened=BOTH) as running:
            await listening(world)
            await running.stop()

    assert cards(world) == (["Today’s intention"] * 2, ["Today’s intention"] * 2)


async def test_the_weekly_theme_is_announced_before_the_morning_card_mentions_it(world: World) -> None:
    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH):
        await set_up(world)

    async with kindling(world.config, world.secrets, ahead=ahead(7), opened=BOTH) as running:
        await posted(running, 2)

    for headings in cards(world):
        assert headings[0].startswith("This week: ")
        assert headings[1:] == ["Today’s intention"]
    theme = cards(world)[1][0].removeprefix("This week: ")
    assert f"This week: “{theme}”" in world.slack.messages(world.team)[1].shown


async def test_the_ready_event_five_times_is_still_one_card(world: World) -> None:
    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH):
        await set_up(world)

    async with kindling(world.config, world.secrets, ahead=ahead(1), opened=BOTH) as running:
        await listening(world)
        await world.discord.send_ready(5)
        await posted(running)
        await running.stop()

    assert cards(world) == (["Today’s intention"], ["Today’s intention"])


@asynccontextmanager
async def first_morning(world: World) -> AsyncIterator[tuple[discord_standin.Message, slack_standin.Message]]:
    """Set up, and the first card there on both platforms, which are listened to."""
    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH):
        await set_up(world)
    async with kindling(world.config, world.secrets, ahead=ahead(1), opened=BOTH) as running:
        await posted(running)
        await listening(world)
        [on_discord], [on_slack] = world.discord.messages(world.square), world.slack.messages(world.team)
        yield on_discord, on_slack


async def test_reactions_of_both_platforms_are_collected_and_taken_back(world: World) -> None:
    async with first_morning(world) as (on_discord, on_slack):
        await world.discord.react(world.robin, on_discord, "💛")
        await world.slack.react(world.ben, on_slack, "seedling")
        await world.discord.until(lambda: felt(world) == {"💛", "🌱"})
        await world.discord.unreact(world.robin, on_discord, "💛")
        await world.slack.unreact(world.ben, on_slack, "seedling")
        await world.discord.until(lambda: felt(world) == set())


async def test_reactions_given_and_taken_back_while_it_was_away_are_caught_up_with(world: World) -> None:
    async with first_morning(world) as (on_discord, on_slack):
        await world.discord.react(world.robin, on_discord, "💛")
        await world.slack.react(world.ben, on_slack, "pray")
        await world.discord.until(lambda: felt(world) == {"💛", "🙏"})

    await world.discord.unreact(world.robin, on_discord, "💛")
    await world.discord.react(world.maya, on_discord, "✨")
    await world.slack.unreact(world.ben, on_slack, "pray")
    await world.slack.react(world.anna, on_slack, "fire")
    async with kindling(world.config, world.secrets, ahead=ahead(1, time(9, 10)), opened=BOTH):
        await world.discord.until(lambda: felt(world) == {"✨", "🔥"}, within=20)


def felt(world: World) -> set[object]:
    """The emoji that are on the cards, as the database has them."""
    return {emoji for (emoji,) in world.rows("SELECT emoji FROM reactions WHERE present")}


async def test_the_buttons_answer_privately_after_a_restart_too(world: World) -> None:
    async with first_morning(world) as (on_discord, on_slack):
        pass

    async with kindling(world.config, world.secrets, ahead=ahead(1, time(9, 10)), opened=BOTH):
        await listening(world)
        tried = await world.discord.click(world.robin, on_discord, "I'll try one")
        idea = await world.slack.click(world.ben, on_slack, "💡 Another idea")
        rested = await world.slack.click(world.ben, on_slack, "🌙 Resting today")
        await world.discord.until(lambda: "Lovely" in tried.text)

        assert tried.ephemeral
        assert "An idea for today" in (await idea.ephemeral()).shown
        assert "Rest well" in (await rested.ephemeral()).shown
        assert felt(world) == {"🌱"}


async def test_only_moderators_may_configure(world: World) -> None:
    async with kindling(world.config, world.secrets, opened=BOTH):
        await listening(world)
        reply = await world.slack.slash(world.ben, world.team, "/kindling", "setup zone:Europe/Berlin")

        assert "for moderators" in (await reply.ephemeral()).shown
        assert world.rows("SELECT id FROM schedules") == []


async def test_a_lost_right_stops_the_posting_and_is_told_once(world: World) -> None:
    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH):
        await set_up(world)
    world.slack.fail("chat.postMessage", error="is_archived", times=1)

    async with kindling(world.config, world.secrets, ahead=ahead(1), opened=BOTH) as running:
        await running.until("channel.needs_attention", platform="slack")
        await running.until("card.posted", platform="discord")
        await world.slack.until(lambda: world.slack.dms(world.anna))
        await running.stop()
    async with kindling(world.config, world.secrets, ahead=ahead(2), opened=BOTH) as running:
        await running.until("card.posted", platform="discord")
        await running.stop()

    assert len(world.slack.dms(world.anna)) == 1
    assert cards(world) == (["Today’s intention"] * 2, [])


async def test_leaving_stops_the_schedules_at_once(world: World) -> None:
    async with kindling(world.config, world.secrets, ahead=ahead(0, time(10)), opened=BOTH) as running:
        await set_up(world)
        await world.discord.remove_guild(world.guild)
        await running.until("space.left", platform="discord")

    assert [platform for (platform,) in world.rows(COMING)] == ["slack", "slack"]


COMING = """
    SELECT spaces.platform FROM targets
    JOIN schedules ON schedules.id = targets.schedule_id JOIN spaces ON spaces.id = targets.space_id
    WHERE schedules.next_at IS NOT NULL
"""


async def test_a_platform_that_is_down_at_the_start_does_not_hold_up_the_other(world: World) -> None:
    outage = world.slack.go_down()

    async with kindling(world.config, world.secrets, opened=("discord",)) as running:
        await running.until("adapter.down", platform="slack")
        outage.cancel()
        await running.until("adapter.open", platform="slack")

"""`kindling backup` from a running Kindling, and `kindling restore` after which nothing comes twice.

The cards' time is ten minutes from now, at noon somewhere: the platforms' messages bear the true time, so the process
goes ahead of the clock by minutes only.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.conftest import World
from tests.acceptance.nursery import born
from tests.acceptance.running import kindling, surroundings
from tests.acceptance.test_both_platforms import BOTH, felt, listening, posted

MINUTE = 60
DUE = 10 * MINUTE
with_and_without_history = pytest.mark.parametrize("history", [True, False], ids=["history", "no history"])


def wishes() -> dict[str, str]:
    """A card each day in ten minutes from now, where it is noon."""
    now = datetime.now(UTC)
    east = 12 - now.hour
    at = now + timedelta(hours=east, seconds=DUE)
    zone = f"Etc/GMT{-east:+d}" if east else "UTC"
    return {"zone": zone, "morning": f"{at:%H:%M}", "days": "daily", "weekly": "off"}


async def run_kindling(world: World, *words: str) -> str:
    """A command of its own process; what it said."""
    process = await born((*words, "--config", str(world.config)), world.config.parent, surroundings(world.secrets))
    said = (await process.stderr.read()).decode()
    assert await process.wait() == 0, said
    return said


async def on_both(world: World, word: str, **words: str) -> None:
    """A moderator of each place types a command; with wishes, for the channel of the place."""
    channel = {"channel": world.square} if words else {}
    reply = await world.discord.slash(world.maya, world.square, f"kindling {word}", **channel, **words)
    await world.discord.until(lambda: bool(reply.text))
    typed = [f"channel:<#{world.team.id}|team>"] if words else []
    typed += [f"{name}:{value}" for name, value in words.items()]
    await (await world.slack.slash(world.anna, world.team, "/kindling", " ".join([word, *typed]))).ephemeral()


async def set_up_and_back_up(world: World, *, history: bool) -> None:
    """Both places are set up, and backed up while Kindling runs, before any card."""
    if history:
        world.slack.scopes.add("channels:history")
    async with kindling(world.config, world.secrets, opened=BOTH):
        await listening(world)
        await on_both(world, "setup", **wishes())
        await run_kindling(world, "backup", "copy.sqlite")


async def restore(world: World, ahead: int) -> str:
    return await run_kindling(world, "restore", "copy.sqlite", "--ahead", str(ahead))


def states(world: World) -> dict[object, object]:
    return dict(world.rows("SELECT platform, state FROM deliveries"))  # type: ignore[arg-type] -- two columns


def counted(world: World) -> tuple[int, int]:
    return len(world.discord.messages(world.square)), len(world.slack.messages(world.team))


@with_and_without_history
async def test_a_card_that_was_posted_after_the_backup_is_not_posted_again(world: World, *, history: bool) -> None:
    await set_up_and_back_up(world, history=history)
    async with kindling(world.config, world.secrets, ahead=DUE + MINUTE, opened=BOTH) as running:
        await listening(world)
        await posted(running)
        [on_discord], [on_slack] = world.discord.messages(world.square), world.slack.messages(world.team)
        await world.discord.react(world.robin, on_discord, "💛")
        await world.slack.react(world.ben, on_slack, "seedling")
        await world.discord.until(lambda: felt(world) == {"💛", "🌱"})
        await running.stop()

    said = await restore(world, DUE + 2 * MINUTE)
    expected = {"discord": "posted", "slack": "posted" if history else "unsure"}
    async with kindling(world.config, world.secrets, ahead=DUE + 3 * MINUTE, opened=BOTH) as running:
        await world.discord.until(lambda: states(world) == expected, within=20)
        await world.discord.until(lambda: felt(world) == ({"💛", "🌱"} if history else {"💛"}), within=20)
        if not history:
            await world.slack.until(lambda: world.slack.dms(world.anna))
        await running.stop()

    assert "2 cards are due" in said
    assert counted(world) == (1, 1)


@with_and_without_history
async def test_a_card_that_was_posted_early_after_the_backup_is_not_posted_at_its_time(
    world: World, *, history: bool
) -> None:
    await set_up_and_back_up(world, history=history)
    async with kindling(world.config, world.secrets, ahead=MINUTE, opened=BOTH) as running:
        await listening(world)
        await on_both(world, "post")
        await posted(running)
        await running.stop()

    await restore(world, 2 * MINUTE)
    expected = {"discord": "posted", "slack": "posted" if history else "unsure"}
    async with kindling(world.config, world.secrets, ahead=3 * MINUTE, opened=BOTH) as running:
        await world.discord.until(lambda: states(world) == expected, within=20)
        await running.stop()
    async with kindling(world.config, world.secrets, ahead=DUE + MINUTE, opened=BOTH) as running:
        await listening(world)
        await running.stop()

    assert states(world) == expected
    assert counted(world) == (1, 1)


async def test_a_card_that_is_looked_for_and_not_there_comes_at_its_time(world: World) -> None:
    await set_up_and_back_up(world, history=True)

    await restore(world, MINUTE)
    async with kindling(world.config, world.secrets, ahead=2 * MINUTE, opened=BOTH) as running:
        await world.discord.until(lambda: set(states(world).values()) == {"planned"}, within=20)
        assert counted(world) == (0, 0)
        await running.stop()
    async with kindling(world.config, world.secrets, ahead=DUE + MINUTE, opened=BOTH) as running:
        await posted(running)
        await running.stop()

    assert counted(world) == (1, 1)


async def test_a_file_that_was_put_back_by_hand_is_made_safe_with_one_word(world: World) -> None:
    await set_up_and_back_up(world, history=True)
    async with kindling(world.config, world.secrets, ahead=DUE + MINUTE, opened=BOTH) as running:
        await posted(running)
        await running.stop()
    put_back_by_hand(world.config.parent)

    await run_kindling(world, "restore", "--already-in-place", "--ahead", str(DUE + 2 * MINUTE))
    async with kindling(world.config, world.secrets, ahead=DUE + 3 * MINUTE, opened=BOTH) as running:
        await world.discord.until(lambda: set(states(world).values()) == {"posted"}, within=20)
        await running.stop()

    assert counted(world) == (1, 1)


def put_back_by_hand(folder: Path) -> None:
    (folder / "kindling.sqlite").write_bytes((folder / "copy.sqlite").read_bytes())
    for end in ("-wal", "-shm"):
        (folder / f"kindling.sqlite{end}").unlink(missing_ok=True)

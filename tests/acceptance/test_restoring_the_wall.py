"""The wall after `kindling restore`, with both platforms and `kindling run` as a process: nothing stands there twice,
and what was removed since the backup does not come back.
"""

from tests.acceptance.conftest import World
from tests.acceptance.running import kindling
from tests.acceptance.test_both_platforms import BOTH
from tests.acceptance.test_restoring import run_kindling
from tests.acceptance.test_wall import SOON, both, kept, linked, on_discord, on_slack, share

STAYS, REMOVED, LATER = "Stays as it is.", "Is removed later.", "Comes later."


def standings(world: World) -> dict[object, object]:
    return dict(world.rows("SELECT text, standing FROM acts"))  # type: ignore[arg-type] -- two columns


async def test_after_a_restore_the_wall_has_nothing_twice_and_nothing_that_was_removed(world: World) -> None:
    async with linked(world) as running:
        await share(world, text=STAYS)
        await kept(running)
        published = await share(world, text=REMOVED)
        await kept(running, 2)
        await run_kindling(world, "backup", "copy.sqlite")
        await world.slack.click(world.ben, published, "Take it back")
        await both(world, lambda shown: len(shown) == 1)
        await share(world, text=LATER)
        await both(world, lambda shown: len(shown) == 2)

    await run_kindling(world, "restore", "copy.sqlite")
    async with kindling(world.config, world.secrets, opened=BOTH):
        await world.discord.until(lambda: standings(world) == {STAYS: "shown", REMOVED: "private"}, within=SOON)
        again = len(on_discord(world)), len(on_slack(world))
        [late] = [message for message in world.discord.messages(world.square) if LATER in message.text]
        await world.discord.click(world.robin, late, "More")
        await world.discord.until(lambda: len(on_discord(world)) == 1, within=SOON)

    assert again == (2, 2)
    assert STAYS in on_discord(world)[0]
    assert all(REMOVED not in shown for shown in on_slack(world))

"""What a container asks about its health, of a real process."""

import asyncio
import socket
import sys
from pathlib import Path

from tests.acceptance.conftest import World
from tests.acceptance.running import ROOT, kindling


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def healthy(port: int) -> bool:
    asked = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(ROOT) / "deploy" / "healthy.py"),
        env={"KINDLING_HTTP_PORT": str(port)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await asked.wait() == 0


async def test_a_running_kindling_is_healthy_and_one_that_is_gone_is_not(world: World) -> None:
    port = free_port()
    secrets = {**world.secrets, "KINDLING_HTTP_PORT": str(port)}
    async with kindling(world.config, secrets, opened=("discord", "slack")):
        assert await healthy(port)

    assert not await healthy(port)


async def test_a_kindling_without_any_platform_is_not_healthy_though_the_walls_pages_are_there(world: World) -> None:
    port = free_port()
    world.config.write_text(f"{world.config.read_text()}\n[adapters.wall]\nport = 0\n")
    secrets = {**world.secrets, "KINDLING_HTTP_PORT": str(port)}
    world.slack.go_down()
    world.discord.fail("GET", "/users/@me", status=503, times=None)
    async with kindling(world.config, secrets, opened=("wall",)) as running:
        await running.until("adapter.down", platform="slack")
        await running.until("adapter.down", platform="discord")

        assert not await healthy(port)

"""What a container asks about its health: of a real process, and where it asks."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.acceptance.conftest import World
from tests.acceptance.running import ROOT, kindling


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def asked(**variables: str) -> tuple[int, str]:
    """The exit code of the health check, and what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(ROOT) / "deploy" / "healthy.py"),
        env=variables,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode or 0, said.decode()


async def healthy(port: int) -> bool:
    code, _ = await asked(KINDLING_HTTP_PORT=str(port))
    return code == 0


@asynccontextmanager
async def a_health_page(status: int = 200) -> AsyncIterator[int]:
    """A page that answers as Kindling's does; its port."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"components": {"database": {"code": "database.full"}}}, status=status)

    app = web.Application()
    app.add_routes([web.get("/healthz", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


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


@pytest.mark.parametrize("table", ["port = {port}", 'host = "0.0.0.0"\nport = {port}'])
async def test_it_is_asked_where_the_configuration_says(table: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    async with a_health_page() as port:
        config.write_text("[http]\n" + table.format(port=port))

        assert await asked(KINDLING_CONFIG=str(config)) == (0, "")


async def test_a_variable_wins_over_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[http]\nhost = "127.0.0.2"\nport = 1')
    async with a_health_page() as port:
        variables = {"KINDLING_HTTP_HOST": "127.0.0.1", "KINDLING_HTTP_PORT": str(port)}

        assert await asked(KINDLING_CONFIG=str(config), **variables) == (0, "")


async def test_what_does_not_work_is_told() -> None:
    async with a_health_page(503) as port:
        code, said = await asked(KINDLING_HTTP_PORT=str(port))

    assert code == 1
    assert "database.full" in said


async def test_without_a_health_page_it_says_why_nobody_knows(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[http]\nport = 0")

    code, said = await asked(KINDLING_CONFIG=str(config))

    assert code == 1
    assert "the port in [http] is 0" in said


@pytest.mark.parametrize("broken", ["[http", "http = 1", "\ufeff[http]\n"])
async def test_a_configuration_that_cannot_be_used_is_for_kindling_to_tell(broken: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(broken, "utf-8")
    async with a_health_page() as port:
        assert await asked(KINDLING_CONFIG=str(config), KINDLING_HTTP_PORT=str(port)) == (0, "")

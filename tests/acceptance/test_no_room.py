"""A running Kindling whose files may not grow any more, which is what a full disk comes to, and then may again."""

import asyncio
import json
import resource
import socket
import urllib.error
import urllib.request

from tests.acceptance.conftest import World
from tests.acceptance.running import Running, kindling
from tests.acceptance.test_both_platforms import BOTH, ahead, felt, first_morning, listening


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def allow(running: Running, size: int) -> None:
    """How large a file of the process may grow; a write beyond that fails."""
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def health(port: int) -> tuple[int, dict[str, object]]:
    def ask() -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    status, body = await asyncio.to_thread(ask)
    components = json.loads(body)["components"]
    return status, components["database"]


async def test_without_room_people_are_told_kindly_and_it_goes_on_by_itself_when_there_is_some(world: World) -> None:
    async with first_morning(world) as (on_discord, on_slack):
        pass
    port = free_port()
    world.config.write_text(world.config.read_text().replace("port = 0", f"port = {port}"))

    async with kindling(world.config, world.secrets, ahead=ahead(1), opened=BOTH) as running:
        await listening(world)
        before = await health(port)
        allow(running, 1)
        sorry = await world.discord.click(world.robin, on_discord, "I'll try one")
        await world.discord.until(lambda: bool(sorry.text))
        on_slack_too = await (await world.slack.click(world.ben, on_slack, "🌱 I'll try one")).ephemeral()
        without = [await health(port) for _ in range(3)]
        allow(running, resource.RLIM_INFINITY)
        again = await health(port)
        lovely = await world.discord.click(world.robin, on_discord, "I'll try one")
        await world.discord.until(lambda: felt(world) == {"🌱"})
        assert await running.stop() == 0

    assert before[0] == again[0] == 200
    assert {status for status, _ in without} == {503}
    assert without[0][1] == {"good": False, "code": "database.failing"}
    assert "I cannot keep anything just now" in sorry.text
    assert "I cannot keep anything just now" in on_slack_too.shown
    assert "Lovely" in lovely.text
    assert [line["code"] for line in running.logged("database.unusable")] == ["database.failing"]
    assert len(running.logged("database.usable_again")) == 1
    assert "Traceback" not in "".join(running.raw)
    assert not [line for line in running.lines if "exception" in line or "exc_info" in line]

"""What somebody sends by hand to the moderators' pages, without end or with more in it than a page asks for."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from adapters.web import desk_door
from tests.adapters.web.desks import Guest, Served, a_desk
from tests.core.village import set_up


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_desk(tmp_path) as desk:
        await set_up(desk.house)
        yield desk


@pytest.mark.parametrize("path", ["in", "{place}/pause/run", "{place}/pause/press", "{place}/out"])
async def test_files_are_taken_apart_only_where_a_form_may_have_one(served: Served, path: str) -> None:
    maya = await served.maya()
    await maya.open("pause")
    sent = aiohttp.FormData(default_to_multipart=True)
    sent.add_field("token", maya.value("token"))
    for number in range(50):
        sent.add_field(f"f.{number}", b"x", filename=f"{number}.txt")

    said = {"Origin": served.url, "Sec-Fetch-Site": "same-origin"}
    address = f"{served.url}/desk/{path.format(place=maya.place)}"
    async with maya.session.post(address, data=sent, headers=said) as answer:
        status = answer.status

    assert status == 415
    assert await maya.open("pause") == 200


async def test_a_form_that_does_not_arrive_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_door, "WITHIN", 0.05)
    guest = served.guest()
    await guest.get("/desk/in/x")

    answer = await begun(guest, served.url)

    assert answer.startswith("HTTP/1.1 408 ")


async def begun(guest: Guest, url: str) -> str:
    """The first line of the answer to a form of which only the beginning is sent."""
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    cookies = "; ".join(f"{name}={value}" for name, value in guest.cookies().items())
    lines = (
        "POST /desk/in HTTP/1.1",
        f"Host: {at.netloc}",
        f"Origin: {url}",
        f"Cookie: {cookies}",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 60000",
        "",
        "token=",
    )
    writer.write("\r\n".join(lines).encode())
    try:
        return (await reader.readline()).decode()
    finally:
        writer.close()
        await writer.wait_closed()

"""Pictures of drawings, with and without the extra that makes them."""

import asyncio
import random
import struct
import sys
from typing import Any

import pytest

from bot.domain.garden import HEIGHT, WIDTH, Seed, picture
from bot.domain.ids import ActId
from bot.domain.message import Card, Picture
from bot.domain.wall import Telling
from bot.runtime.images import LIBRARY, Images, installed
from bot.services.pictures import painted

GARDEN = picture([Seed(ActId("act"), Telling.DID)])


async def test_a_garden_becomes_a_picture_of_its_size() -> None:
    png = await Images().paint(GARDEN)

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)


async def test_the_same_garden_gives_the_same_bytes() -> None:
    assert await Images().paint(GARDEN) == await Images().paint(GARDEN)


async def test_a_full_garden_is_a_file_that_every_platform_takes() -> None:
    draw = random.Random(7)
    seeds = [Seed(ActId(f"{draw.getrandbits(128):032x}"), draw.choice(list(Telling))) for _ in range(900)]

    assert len(await Images().paint(picture(seeds))) < 1_000_000


async def test_what_is_no_drawing_becomes_no_picture() -> None:
    assert await Images().paint("a garden") == b""


async def test_without_the_extra_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, LIBRARY, None)
    card = Card("A garden", picture=Picture("", "A garden", svg=GARDEN))

    assert not installed()
    assert await painted(card, Images()) == card


async def test_a_picture_with_an_address_stays_as_it_is() -> None:
    card = Card("A picture", picture=Picture("https://example.org/a.png", "A picture"))

    assert await painted(card, Images()) is card


async def test_a_drawing_is_made_into_a_picture_of_its_card() -> None:
    card = Card("A garden", picture=Picture("", "A garden", svg=GARDEN))

    found = (await painted(card, Images())).picture

    assert found is not None
    assert (found.alt, found.svg) == ("A garden", GARDEN)
    assert found.png.startswith(b"\x89PNG")


async def test_a_picture_that_nobody_waits_for_any_more_leaves_no_process_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[asyncio.subprocess.Process] = []
    running = asyncio.Event()
    start = asyncio.create_subprocess_exec

    async def noted(*command: str, **more: Any) -> asyncio.subprocess.Process:
        begun.append(await start(*command, **more))
        running.set()
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    painting = asyncio.create_task(Images().paint(GARDEN))
    await running.wait()

    painting.cancel()
    await asyncio.gather(painting, return_exceptions=True)

    assert begun[0].returncode is not None


async def test_no_secret_is_handed_to_whoever_paints(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    start = asyncio.create_subprocess_exec

    async def noted(*command: str, **more: Any) -> asyncio.subprocess.Process:
        given.append(more["env"])
        return await start(*command, **more)

    monkeypatch.setenv("KINDLING_SECRET_KEY", "hush")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    await Images().paint(GARDEN)

    [environment] = given
    assert "hush" not in environment.values()

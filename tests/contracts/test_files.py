"""Files: handed over in a form, taken or kindly refused by the core, and given to one person, on every platform."""

from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Card, Reply, Text
from bot.domain.places import Actor
from bot.domain.uploads import UPLOAD_LIMIT, Attached, Unfit, Upload, taken
from tests.contracts.home import Home, at_home, listening
from tests.contracts.platform import Platform
from tests.contracts.villages import DISCORD, LETTERS, ONCE_EACH, WEB, on

PACK = Field("pack", "Your pack", FieldKind.FILE, endings=(".toml",), most=1000)
BRING = Form("bring", "Bring prompts", (PACK, Field("note", "A note", required=False)), subject="s1")
OURS = Upload("ours.toml", "[pack]\nname = 'Ölle'\n\0".encode() + bytes(range(256)))


class Desk:
    """A front door that takes one file and gives it back; everything else is the real one's."""

    def __init__(self, door: Any) -> None:
        self._door = door

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)

    async def command(self, actor: Actor, name: str, words: Mapping[str, str]) -> Reply:
        return Reply(BRING)

    async def typed(self, actor: Actor, group: str, line: str) -> Reply:
        return Reply(BRING)

    async def submit(
        self, actor: Actor, name: str, subject: str, values: Mapping[str, str], files: Mapping[str, Upload]
    ) -> Reply:
        try:
            file = taken(PACK, files.get("pack"))
        except Unfit as unfit:
            return Reply(Rejected({"pack": str(unfit)}, BRING))
        assert file is not None
        said = Text(f"{name} {subject}: {file.name}, {len(file.data)} bytes, {values.get('note')}")
        return Reply(Card("Thank you", (said,)), files=(Attached("yours.toml", file.data, "The same again"),))


@pytest.fixture
async def village(platform: Platform, tmp_path: Path) -> AsyncIterator[Home]:
    platform.allow_files()
    async with at_home(platform, tmp_path) as home:
        home.door = Desk(home.door)  # type: ignore[assignment] -- the same, but for its form
        async with listening(home):
            yield home


@on(*ONCE_EACH)
@pytest.mark.usefixtures("village")
async def test_a_file_comes_as_it_was_and_goes_to_the_person_alone(platform: Platform) -> None:
    form = await platform.command("robin", "kind help")

    answer = await platform.submit("robin", form, {"note": "Ours"}, {"pack": OURS})

    assert f"bring s1: ours.toml, {len(OURS.data)} bytes, Ours" in answer.text
    assert await platform.given("robin") == {"yours.toml": OURS.data}
    assert await platform.given("sam") == await platform.given("maya") == {}
    assert await platform.channel(platform.place) == []


@on(*ONCE_EACH)
@pytest.mark.usefixtures("village")
@pytest.mark.parametrize("size", [1001, UPLOAD_LIMIT + 1])
async def test_a_file_that_is_too_large_is_kindly_refused(platform: Platform, size: int) -> None:
    form = await platform.command("robin", "kind help")

    answer = await platform.submit("robin", form, {}, {"pack": Upload("ours.toml", b"a" * size)})

    assert "That file is too large for me. It can have up to 1000 bytes." in answer.problems
    assert await platform.given("robin") == {}


@on(WEB, DISCORD, LETTERS)
@pytest.mark.usefixtures("village")
async def test_a_file_of_another_ending_is_kindly_refused_and_another_one_taken(platform: Platform) -> None:
    form = await platform.command("robin", "kind help")

    answer = await platform.submit("robin", form, {"note": "Ours"}, {"pack": Upload("ours.exe", b"MZ")})
    again = await platform.submit("robin", answer, {"note": "Ours"}, {"pack": OURS})

    assert "I can read files that end in .toml." in answer.problems
    assert "Thank you" in again.text


def photo(colour: str) -> Upload:
    file = BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "JPEG")
    return Upload("IMG_1.jpg", file.getvalue())


@on(*ONCE_EACH)
async def test_the_picture_of_an_act_follows_it_and_its_words_are_everywhere(
    platform: Platform, tmp_path: Path
) -> None:
    platform.allow_files()
    async with at_home(platform, tmp_path) as home:
        await home.set_up()
        author = platform.actor("robin")
        values = {"text": "Somebody carried my shopping.", "telling": "received", "shown_as": "someone"}
        preview = (await home.kindling.submit(author, "share", "", values)).content
        assert isinstance(preview, Card)
        [put] = [choice.action for choice in preview.choices if choice.label == "Put it on the wall"]
        seen: list[str] = []

        await home.kindling.press(author, put)
        for alt, colour in (("Two red bags", "red"), ("Two blue bags", "blue")):
            await home.kindling.submit(author, "picture", put.subject, {"alt": alt}, {"picture": photo(colour)})
            await home.core.engine.settle()
            [message] = await platform.channel(platform.place)
            seen.append(message.text)
        await home.kindling.submit(author, "picture", put.subject, {"keep": "remove"}, {})
        await home.core.engine.settle()
        [bare] = await platform.channel(platform.place)

    assert "Two red bags" in seen[0]
    assert "Two blue bags" in seen[1]
    assert "red" not in seen[1]
    assert "bags" not in bare.text
    assert "Somebody carried my shopping." in bare.text

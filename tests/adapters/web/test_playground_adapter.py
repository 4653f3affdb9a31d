import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from adapters.web import plugin
from adapters.web.adapter import WebAdapter
from adapters.web.settings import WebSettings
from bot.app import Surroundings
from bot.domain.community import Tone
from bot.domain.errors import TryLater, Unreachable
from bot.domain.message import Card
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Felt
from tests.adapters.web.conftest import KINDNESS, an_adapter, listening
from tests.adapters.web.hearth import COMMANDS, MORNING, NINE, Hearth, StillClock

ANNOUNCEMENTS = Place("web", "playground", "c-announcements")


@pytest.fixture
async def adapter(closed: WebAdapter) -> AsyncIterator[WebAdapter]:
    await closed.open()
    yield closed
    await closed.close()


async def test_a_card_is_sent_once_per_key(adapter: WebAdapter) -> None:
    first = await adapter.send(KINDNESS, MORNING, "k")

    assert await adapter.send(KINDNESS, MORNING, "k") == first
    assert first.place == KINDNESS


async def test_a_message_is_found_when_it_is_not_too_old(adapter: WebAdapter) -> None:
    ref = await adapter.send(KINDNESS, MORNING, "k")

    assert await adapter.find(KINDNESS, "k", NINE) == ref
    assert await adapter.find(KINDNESS, "k", NINE + timedelta(seconds=1)) is None
    assert await adapter.find(KINDNESS, "other", NINE) is None


async def test_where_kindling_may_not_write_it_says_so(adapter: WebAdapter) -> None:
    with pytest.raises(Unreachable) as raised:
        await adapter.send(ANNOUNCEMENTS, MORNING, "k")

    [lack] = await adapter.examine(ANNOUNCEMENTS)
    assert (lack.code, lack.sentence) == (raised.value.code, raised.value.sentence)
    assert lack.code == "web.channel_read_only"
    assert "#announcements" in lack.sentence
    assert await adapter.examine(KINDNESS) == ()


@pytest.mark.parametrize(
    "place", [Place("web", "playground", "nowhere"), Place("web", "elsewhere", "c-kindness"), Place("slack", "x", "y")]
)
async def test_a_place_that_is_not_there_is_unreachable(adapter: WebAdapter, place: Place) -> None:
    with pytest.raises(Unreachable):
        await adapter.send(place, MORNING, "k")

    [lack] = await adapter.examine(place)
    assert lack.code == "web.channel_unknown"


async def test_what_is_gone_can_be_deleted_again_and_not_be_edited(adapter: WebAdapter) -> None:
    ref = await adapter.send(KINDNESS, MORNING, "k")
    await adapter.delete(ref)

    await adapter.delete(ref)
    await adapter.delete(MessageRef(KINDNESS, "no number"))
    with pytest.raises(Unreachable):
        await adapter.edit(ref, Card("Late"), "d1")
    assert await adapter.reactions(ref) == frozenset()


async def test_a_card_in_a_channel_that_was_closed_to_us_can_still_be_changed_or_taken_away(
    adapter: WebAdapter,
) -> None:
    room = adapter._room
    ref = await adapter.send(KINDNESS, MORNING, "k")
    await room.react("c-kindness", int(ref.message), "sam", "💛", present=True)

    await adapter.edit(ref, Card("Changed"), "d1")

    assert await adapter.reactions(ref) == {Felt("sam", "💛")}
    changed = await room.message("c-kindness", int(ref.message))
    assert changed is not None
    assert (changed.card, changed.edited) == (Card("Changed"), True)


async def test_what_is_told_to_one_person_is_in_their_panel_only(adapter: WebAdapter) -> None:
    await adapter.tell(Person("web", "playground", "sam"), Card("Just so you know"))

    [entry] = await adapter._room.panel("sam")
    assert (entry.content, entry.told) == (Card("Just so you know"), True)
    assert await adapter._room.panel("robin") == []
    with pytest.raises(Unreachable):
        await adapter.tell(Person("web", "playground", "nobody"), MORNING)


async def test_before_it_is_open_it_asks_to_come_back_later(closed: WebAdapter) -> None:
    with pytest.raises(TryLater):
        await closed.send(KINDNESS, MORNING, "k")
    with pytest.raises(TryLater):
        await closed.reactions(MessageRef(KINDNESS, "1"))


async def test_it_can_be_closed_twice_and_opened_again(closed: WebAdapter) -> None:
    await closed.close()
    await closed.open()
    ref = await closed.send(KINDNESS, MORNING, "k")
    await closed.open()
    await closed.close()
    await closed.close()

    await closed.open()

    assert await closed.find(KINDNESS, "k", NINE) == ref
    await closed.close()


async def test_a_taken_port_is_named_with_a_cure(tmp_path: Path, clock: StillClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        adapter = an_adapter(tmp_path, clock, port=port)

        with pytest.raises(Unreachable) as raised:
            await adapter.open()
        [address, _, _] = await adapter.diagnose()

    assert str(port) in raised.value.sentence
    assert not address.good
    assert address.cure


async def test_with_fallback_a_taken_port_is_no_hindrance(tmp_path: Path, clock: StillClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        adapter = an_adapter(tmp_path, clock, port=port, port_fallback=True)
        await adapter.open()

    assert adapter.url.startswith("http://127.0.0.1:")
    assert f":{port}/" not in adapter.url
    await adapter.close()


async def test_listening_tells_kindling_which_room_it_is_in(playground: WebAdapter, hearth: Hearth) -> None:
    assert hearth.asked == [("connected", "web", {"playground"})]


async def test_listening_ends_when_it_is_cancelled_and_can_begin_again(closed: WebAdapter, hearth: Hearth) -> None:
    async with listening(closed, hearth):
        hearth.listening.clear()

    async with asyncio.timeout(5), listening(closed, hearth):
        assert len(hearth.asked) == 2


async def test_the_doctor_needs_no_open_adapter(tmp_path: Path, clock: StillClock) -> None:
    findings = await an_adapter(tmp_path / "new", clock).diagnose()

    assert [finding.code for finding in findings] == ["web.address", "web.only_here", "web.file"]
    assert all(finding.good for finding in findings)


async def test_the_doctor_warns_when_others_can_come_in(tmp_path: Path, clock: StillClock) -> None:
    [_, privacy, _] = await an_adapter(tmp_path, clock, host="0.0.0.0").diagnose()

    assert not privacy.good
    assert "127.0.0.1" in privacy.cure


async def test_the_doctor_raises_nothing_about_a_folder_it_cannot_write(tmp_path: Path, clock: StillClock) -> None:
    (tmp_path / "a file").touch()

    [_, _, file] = await an_adapter(tmp_path / "a file" / "below", clock).diagnose()

    assert not file.good


def test_a_card_is_shown_as_the_room_keeps_it(closed: WebAdapter) -> None:
    shown = json.loads(closed.show(MORNING))

    assert shown["heading"] == MORNING.heading
    assert [choice["action"] for choice in shown["choices"]] == ["k:try:o1", "k:another:o1", "k:share:o1", "k:rest:o1"]
    assert "\n  " in closed.show(MORNING)


def test_the_tone_is_the_rooms(tmp_path: Path, clock: StillClock) -> None:
    assert an_adapter(tmp_path, clock).tone is Tone.COMMUNITY
    assert an_adapter(tmp_path, clock, tone="workplace").tone is Tone.WORKPLACE


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 70000},
        {"host": ""},
        {"room": "Play Ground"},
        {"file": "../elsewhere.sqlite"},
        {"zone": "Mars/Olympus"},
        {"colour": "red"},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WebSettings.model_validate(wrong)


class Other(BaseModel):
    port: int = 1


def test_the_plugin_takes_no_other_adapters_settings(tmp_path: Path, clock: StillClock) -> None:
    with pytest.raises(TypeError):
        plugin.create(Other(), Surroundings(clock, COMMANDS, tmp_path))


async def test_importing_the_plugin_does_no_work() -> None:
    code = "import sys, adapters.web; print(sorted({'aiohttp.web', 'jinja2', 'aiosqlite'} & set(sys.modules)))"

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    out, _ = await process.communicate()

    assert out.decode().strip() == "[]"

"""What no platform lets people type, sent by hand: the front door answers, on both databases."""

import asyncio
from pathlib import Path

import pytest

from bot.app import Kindling, Surroundings
from bot.compose import build_core
from bot.domain.ids import ActId
from bot.domain.message import ACTION_LIMIT, Action, Card, Reply
from bot.services.commands import BY_NAME, COMMANDS
from bot.storage.database import Database
from tests.core.village import MONDAY, WISHES, button
from tests.house import Notebook, Room, StillClock, member, moderator
from tests.letters import Letters
from tests.prepared import the_library

OF_PROMPTS = (
    *("prompt", "prompt_pick", "prompts_search", "prompts_next", "prompts_import", "packs"),
    *("suggest", "suggestion", "suggestion_no"),
)
OTHERS = ("kind", "effort", "setting", "order", "packs0", "pasted", "prompt", "pack")
HOSTILE = ["a\0b", "\ud800", "a:b\nc|" * 500]


@pytest.fixture
async def kindling(database: Database, tmp_path: Path) -> Kindling:
    clock, room = StillClock(MONDAY), Room()
    room.messengers["letters"] = Letters(Surroundings(clock, COMMANDS, tmp_path))
    core = build_core(database, the_library(), room, clock, watcher=Notebook())
    await core.kindling.command(moderator(), "kindling setup", WISHES)
    return core.kindling


@pytest.mark.parametrize("text", HOSTILE, ids=["nul", "half_a_character", "long"])
async def test_every_button_is_answered_whatever_it_carries(kindling: Kindling, text: str) -> None:
    for name in kindling._to.buttons:  # pyright: ignore[reportPrivateUsage] -- nobody else has need of a list
        reply = await kindling.press(moderator(), Action(name, text, text))

        assert isinstance(reply, Reply), name


@pytest.mark.parametrize("text", HOSTILE, ids=["nul", "half_a_character", "long"])
async def test_every_form_is_answered_whatever_is_in_it(kindling: Kindling, text: str) -> None:
    draft = await kindling.submit(member(), "share", "", {"text": "Robin carried my shopping."})
    assert isinstance(draft.content, Card)
    act = button(draft.content, "Put it on the wall").subject
    fields = ("text", "telling", "shown_as", "circle", "audience", "member", "reason", "channel", "rule", "links")

    for name in ("share", "name", "wall", "return", "hide", "setup", "pause", *OF_PROMPTS):
        for subject in (act, text):
            values = dict.fromkeys((*fields, *OTHERS, "words", "zone"), text)
            reply = await kindling.submit(member(), name, subject, values)

            assert isinstance(reply, Reply), name


@pytest.mark.parametrize("text", HOSTILE, ids=["nul", "half_a_character", "long"])
async def test_every_command_is_answered_whatever_is_said_with_it(kindling: Kindling, text: str) -> None:
    for name, command in BY_NAME.items():
        reply = await kindling.command(moderator(), name, {option.name: text for option in command.options})

        assert isinstance(reply, Reply), name


async def test_what_is_sought_fits_into_the_next_button(kindling: Kindling) -> None:
    draft = await kindling.submit(member(), "share", "", {"text": "Robin carried my shopping."})
    assert isinstance(draft.content, Card)
    await kindling.press(member(), button(draft.content, "Put it on the wall"))

    found = await kindling.press(member(), Action("wall", "", "f||" + "Robin " * 100))

    assert isinstance(found.content, Card)
    assert len(button(found.content, "Read another").encode()) <= ACTION_LIMIT


@pytest.mark.parametrize("kind", ["postgresql"])  # SQLite has one writer at a time
async def test_who_reads_on_waits_for_nobody_who_holds_what_they_have_read(
    kindling: Kindling, database: Database
) -> None:
    read = ""
    for text in ("Robin carried my shopping.", "Ada made tea."):
        draft = await kindling.submit(member(), "share", "", {"text": text})
        assert isinstance(draft.content, Card)
        read = button(draft.content, "Put it on the wall").subject
        await kindling.press(member(), Action("publish", read))

    async with database.unit_of_work() as work:
        await work.acts.get(ActId(read))
        found = await asyncio.wait_for(kindling.press(member("ben"), Action("wall", read, "f||")), 10)

    assert isinstance(found.content, Card)
    assert "Robin" in found.content.plain()

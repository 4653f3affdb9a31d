"""What a moderator is given as files: what is set, and the wall as this place sees it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from bot.domain.message import Reply
from bot.domain.places import Actor
from bot.services import exporting
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, link, two_places
from tests.core.test_sharing import named, share
from tests.core.village import MINUTE, a_village, button, card_of, command, labels, press, set_up
from tests.house import House, member

DOC = Path(__file__).parents[2] / "docs" / "export.md"


async def export(house: House, actor: Actor = MAYA) -> Reply:
    return await house.kindling.command(actor, "kindling export", {})


def read(reply: Reply) -> dict[str, Any]:
    return {file.name: json.loads(file.data) for file in reply.files}


def told(reply: Reply) -> list[str]:
    return [act["text"] for name, content in read(reply).items() if name.startswith("acts") for act in content["acts"]]


async def test_only_moderators_get_files(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)

        reply = await export(house, member())

        assert reply.files == ()
        assert card_of(reply).heading == "Not this time"


async def test_files_are_as_the_page_about_them_says(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await share(house, named("robin", "Robin"), shown_as="name", circle="close")
        settings, acts = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOC.read_text(), re.DOTALL))

        files = read(await export(house))

        validate(files["settings.json"], settings)
        validate(files["acts-1.json"], acts)
        assert set(files) == {"settings.json", "acts-1.json"}


async def test_settings_tell_when_and_where_cards_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house, days="mon-fri")

        [morning, weekly] = read(await export(house))["settings.json"]["schedules"]

        assert (morning["ritual"], weekly["ritual"]) == ("morning", "challenge")
        assert morning["weekdays"] == ["mon", "tue", "wed", "thu", "fri"]
        assert (morning["at"], morning["zone"], morning["channels"]) == ("09:00", "Europe/Berlin", ["square"])


async def test_an_author_who_is_not_named_is_in_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await share(house, named("robin-42", "Robin Hill"))

        reply = await export(house)

        assert len(told(reply)) == 1
        assert all(b"robin-42" not in file.data and b"Robin Hill" not in file.data for file in reply.files)


async def test_what_is_not_on_the_wall_is_in_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await share(house, text="Kept for myself.", shown_as="me")
        values = {"text": "Not put up yet.", "telling": "did", "shown_as": "someone"}
        await house.kindling.submit(member("sam"), "share", "", values)

        assert told(await export(house)) == []


async def test_a_place_exports_only_what_it_may_see(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await share(house, ROBIN, text="Only in the village.", audience="here")
        await share(house, ROBIN, text="From the village to both.", audience="both")
        await share(house, TARA, text="Only in the town.", audience="here")

        village, town = await export(house), await export(house, TOMAS)

        assert sorted(told(village)) == ["From the village to both.", "Only in the village."]
        assert sorted(told(town)) == ["From the village to both.", "Only in the town."]
        assert read(town)["settings.json"]["schedules"][0]["channels"] == ["market"]


async def test_a_large_wall_comes_in_several_files_and_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    async with a_village(tmp_path) as house:
        await set_up(house)
        house.kindling._services.exporting._file_bytes = 400  # two acts each
        for number in range(7):
            house.clock.at += MINUTE
            await share(house, text=f"Kindness {number}.")

        first = await export(house)
        second = await house.kindling.press(MAYA, button(card_of(first), "The next files"))

        assert [file.name for file in first.files] == ["settings.json", "acts-1.json", "acts-2.json"]
        assert [file.name for file in second.files] == ["acts-3.json", "acts-4.json"]
        assert told(first) + told(second) == [f"Kindness {number}." for number in range(7)]
        assert "The next files" not in labels(card_of(second))


async def test_the_next_files_are_for_moderators_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "FILES_AT_ONCE", 1)
    async with a_village(tmp_path) as house:
        await set_up(house)
        house.kindling._services.exporting._file_bytes = 10
        for number in range(2):
            await share(house, text=f"Kindness {number}.")
        following = button(card_of(await export(house)), "The next files")

        reply = await house.kindling.press(replace(MAYA, may_moderate=False), following)

        assert reply.files == ()


async def test_the_audit_tells_of_an_export(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        await export(house)

        assert "exported" in (await command(house, "kindling audit")).plain()


async def test_leaving_offers_the_export(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)

        said = await press(house, await command(house, "kindling leave"), "Export first")

        assert said.heading == "Here is your export"

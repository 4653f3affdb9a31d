"""What a moderator is given as files: what is set, and the wall as this place sees it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from bot.domain.message import Action, Reply
from bot.domain.places import Actor, Standing
from bot.domain.uploads import Upload
from bot.services import exporting
from tests.core.before import be_set_up
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, link, two_places
from tests.core.test_challenge import OURS, calendar, form, submit
from tests.core.test_holidays import FREE, imported
from tests.core.test_packing import PACK, bring_in
from tests.core.test_schedules import form_of
from tests.core.test_sharing import named, share
from tests.core.test_suggesting import IDEA, queue, suggest
from tests.core.village import MINUTE, a_village, button, card_of, command, labels, press
from tests.house import House, member

DOC = Path(__file__).parents[2] / "docs" / "export.md"


async def export(house: House, actor: Actor = MAYA) -> Reply:
    return await house.kindling.command(actor, "kindling export", {})


def read(reply: Reply) -> dict[str, Any]:
    return {file.name: json.loads(file.data) for file in reply.files if file.name.endswith(".json")}


def told(reply: Reply) -> list[str]:
    return [act["text"] for name, content in read(reply).items() if name.startswith("acts") for act in content["acts"]]


def described() -> list[Any]:
    """The schemas of the page about exports, in its order."""
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", DOC.read_text(), re.DOTALL)]


async def set_everything(house: House) -> None:
    """Days off, a moderator, people to talk to, second looks, and a theme of one's own that comes next."""
    await imported(house, FREE, "School")
    house.letters.people[member("sam").person] = Standing(may_moderate=False, name="Sam")
    await command(house, "kindling moderators", add="sam")
    asked = form_of(await house.kindling.command(MAYA, "kindling support", {}))
    await house.kindling.submit(MAYA, "support", asked.subject, {"contacts": "Helpline | call 116 123 | day and night"})
    await house.kindling.press(MAYA, Action("prompts_twice", "yes"))
    blank = await form(house, "Write our own", card=await press(house, await calendar(house), "Add a theme"))
    await press(house, card_of(await submit(house, blank, **OURS)), "Have it come next")


async def test_only_moderators_get_files(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        reply = await export(house, member())

        assert reply.files == ()
        assert card_of(reply).heading == "Not this time"


async def test_files_are_as_the_page_about_them_says(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("robin", "Robin"), shown_as="name", circle="close")
        settings, weeks, acts = described()
        before = read(await export(house))
        await set_everything(house)

        for files in (before, read(await export(house))):
            validate(files["settings.json"], settings)
            validate(files["weeks.json"], weeks)
            validate(files["acts-1.json"], acts)
            assert set(files) == {"settings.json", "weeks.json", "acts-1.json"}


async def test_settings_tell_of_days_off_moderators_support_and_prompts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await set_everything(house)

        told = read(await export(house))["settings.json"]

        assert [off["name"] for off in told["days_off"]] == ["School"]
        assert told["days_off"][0]["entries"][0] == {
            "begins": "2026-11-24",
            "ends": "2026-11-25",
            "name": "Two @everyone days",
        }
        assert told["moderators"] == {"chosen": ["sam"], "channel": None}
        assert told["support"]["contacts"] == [{"name": "Helpline", "how": "call 116 123", "when": "day and night"}]
        assert told["prompts"]["second_look"]


async def test_own_prompts_come_as_a_pack_that_can_be_brought_in_elsewhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await be_set_up(house, TOMAS, channel="market")
        await bring_in(house, PACK)
        [pack] = [file for file in (await export(house)).files if file.name == "own.toml"]

        upload = {"file": Upload(pack.name, pack.data)}
        shown = card_of(await house.kindling.submit(TOMAS, "prompts_import", "", {}, upload))
        await press(house, shown, "Bring them in", TOMAS)
        [there] = [file for file in (await export(house, TOMAS)).files if file.name == "own.toml"]

        assert there.data == pack.data
        assert pack.data.count(b"[[prompt]]") == PACK.count("[[prompt]]")


async def test_own_themes_and_the_weeks_to_come_are_in_a_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await set_everything(house)

        told = read(await export(house))["weeks.json"]

        [theme] = told["themes"]
        assert theme["title"] == OURS["title"]
        assert told["calendar"]["ahead"][0] == theme["id"]


async def test_whom_another_place_chose_is_in_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        house.letters.people[member("sam").person] = Standing(may_moderate=False, name="Sam")
        await command(house, "kindling moderators", add="sam")

        assert read(await export(house))["settings.json"]["moderators"]["chosen"] == ["sam"]
        assert read(await export(house, TOMAS))["settings.json"]["moderators"]["chosen"] == []


async def test_whoever_suggested_a_prompt_is_in_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house, named("robin-42", "Robin Hill"))
        await press(house, await queue(house), "Accept")
        await suggest(house, named("robin-42", "Robin Hill"), text="Wave at the bus driver.")

        reply = await export(house)

        assert any(IDEA.encode() in file.data for file in reply.files)
        for hidden in (b"robin-42", b"Robin Hill", b"Wave at the bus driver"):
            assert all(hidden not in file.data for file in reply.files)


async def test_settings_tell_when_and_where_cards_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon-fri")

        [morning, weekly] = read(await export(house))["settings.json"]["schedules"]

        assert (morning["ritual"], weekly["ritual"]) == ("morning", "challenge")
        assert morning["weekdays"] == ["mon", "tue", "wed", "thu", "fri"]
        assert (morning["at"], morning["zone"], morning["channels"]) == ("09:00", "Europe/Berlin", ["square"])


async def test_an_author_who_is_not_named_is_in_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("robin-42", "Robin Hill"))

        reply = await export(house)

        assert len(told(reply)) == 1
        assert all(b"robin-42" not in file.data and b"Robin Hill" not in file.data for file in reply.files)


async def test_what_is_not_on_the_wall_is_in_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
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
        await be_set_up(house)
        house.kindling._services.exporting._file_bytes = 400  # two acts each
        for number in range(7):
            house.clock.at += MINUTE
            await share(house, text=f"Kindness {number}.")

        first = await export(house)
        second = await house.kindling.press(MAYA, button(card_of(first), "The next files"))

        assert [file.name for file in first.files] == ["settings.json", "weeks.json", "acts-1.json", "acts-2.json"]
        assert [file.name for file in second.files] == ["acts-3.json", "acts-4.json"]
        assert told(first) + told(second) == [f"Kindness {number}." for number in range(7)]
        assert "The next files" not in labels(card_of(second))


async def test_the_next_files_are_for_moderators_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "FILES_AT_ONCE", 1)
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.kindling._services.exporting._file_bytes = 10
        for number in range(2):
            await share(house, text=f"Kindness {number}.")
        following = button(card_of(await export(house)), "The next files")

        reply = await house.kindling.press(replace(MAYA, may_moderate=False), following)

        assert reply.files == ()


async def test_the_audit_tells_of_an_export(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await export(house)

        assert "exported" in (await command(house, "kindling audit")).plain()


async def test_leaving_offers_the_export(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        said = await press(house, await command(house, "kindling leave"), "Export first")

        assert said.heading == "Here is your export"

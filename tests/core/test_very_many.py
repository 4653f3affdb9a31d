"""More packs and more languages than a pick list holds: every one of them can be chosen, and none is cut."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import Surroundings
from bot.compose import build_core
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Reply
from bot.runtime.library import built_in, load
from bot.services.commands import COMMANDS
from tests.core.before import be_set_up
from tests.core.village import MONDAY, card_of, command, labels
from tests.house import House, Notebook, Room, StillClock, moderator
from tests.letters import Letters
from tests.prepared import database_in

PACKS = 210
LANGUAGES = re.findall("..", "defresitnlplptsvdanbficsskhurobgeltrukrujakozhvithidmshearhi")


def pack(number: int, language: str = "en") -> str:
    return f"""
        format = 1
        id = "more-{number:03}"
        version = "1.0.0"
        language = "{language}"
        title = "Pack {number:03}"
        about = "One of many."

        [[prompt]]
        id = "more-{number:03}.one"
        kind = "act"
        text = "Hold the door for the next {number} people who come along with full hands."
        circle = "strangers"
        effort = "tiny"
        setting = "any"
        cost = "none"
    """


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village that is set up, with very many packs in very many languages."""
    folder = tmp_path / "packs"
    folder.mkdir()
    for number in range(PACKS):
        (folder / f"more-{number:03}.toml").write_text(pack(number), encoding="utf-8")
    for number, language in enumerate(LANGUAGES, PACKS):
        (folder / f"more-{number:03}.toml").write_text(pack(number, language), encoding="utf-8")
    database, clock, room, notebook = database_in(tmp_path), StillClock(MONDAY), Room(), Notebook()
    letters = Letters(Surroundings(clock, COMMANDS, tmp_path))
    room.messengers["letters"] = letters
    core = build_core(database, load([built_in(), folder]), room, clock, watcher=notebook)
    house = House(core, database, clock, letters, room, notebook)
    await be_set_up(house)
    yield house
    await database.close()


def form_in(reply: Reply) -> Form:
    assert isinstance(reply.content, Form), reply.content
    return reply.content


async def part(house: House, label: str) -> Form:
    card = await command(house, "kindling prompts packs")
    [choice] = [one for one in card.choices if label in one.label]
    return form_in(await house.kindling.press(moderator(), choice.action))


async def off(house: House) -> set[str]:
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
        assert space is not None
        return set((await work.shelves.of([space.community]))[space.community].packs_off)


async def test_every_pack_can_be_turned_off_and_nothing_else_is_by_that(house: House) -> None:
    last = await part(house, "to Your way")
    on = {field.name: field.value for field in last.fields}
    without = {name: ",".join(one for one in said.split(",") if one != "more-209") for name, said in on.items()}

    await house.kindling.submit(moderator(), last.name, last.subject, without)

    assert await off(house) == {"more-209"}


async def test_all_parts_together_ask_about_every_pack_once(house: House) -> None:
    card = await command(house, "kindling prompts packs")
    forms = [form_in(await house.kindling.press(moderator(), one.action)) for one in card.choices]
    asked = [value for form in forms for field in form.fields for value, _ in field.options]

    assert f"There are {len(asked)} packs" in card.plain()
    assert len(asked) == len(set(asked)) > PACKS


async def test_a_part_that_is_not_there_shows_which_there_are(house: House) -> None:
    reply = await house.kindling.press(moderator(), Action("packs", "7"))

    assert labels(card_of(reply)) == labels(await command(house, "kindling prompts packs"))


async def test_of_two_who_choose_packs_at_once_the_second_changes_nothing(house: House) -> None:
    mine, hers = await part(house, "Everyday kindness to"), await part(house, "to Your way")
    await house.kindling.submit(moderator("noor"), hers.name, hers.subject, {field.name: "" for field in hers.fields})
    before = await off(house)

    same = {field.name: field.value for field in mine.fields}
    told = card_of(await house.kindling.submit(moderator(), mine.name, mine.subject, same))

    assert "Somebody else changed this" in told.plain()
    assert await off(house) == before != set()


async def test_a_pack_among_many_is_looked_for_by_how_its_name_begins(house: House) -> None:
    page = await command(house, "kindling prompts search", pack="pack 150")

    assert "the next 150 people" in page.plain()


async def test_a_list_of_very_many_packs_says_how_many_there_are_besides(house: House) -> None:
    assert "more. “Packs” shows every one." in (await command(house, "kindling prompts list")).plain()


async def whole(house: House, **values: str) -> Reply:
    shown = form_in(await house.kindling.press(moderator(), Action("open", "community")))
    filled = {field.name: field.value for field in shown.fields} | values
    return await house.kindling.submit(moderator(), shown.name, shown.subject, filled)


@pytest.mark.parametrize("typed", ["Vietnamese", "vi", "vietnam"])
async def test_a_language_among_many_is_named(house: House, typed: str) -> None:
    kept = card_of(await whole(house, language=typed))

    assert "The language is Vietnamese" in kept.plain()


async def test_a_language_that_nobody_knows_is_told_and_changes_nothing(house: House) -> None:
    refused = (await whole(house, language="Klingon")).content

    assert isinstance(refused, Rejected)
    assert "I know no language “Klingon”" in refused.problems["language"]
    assert "English" in (await command(house, "kindling settings")).plain()


async def test_a_language_among_many_is_named_while_setting_up(house: House) -> None:
    await command(house, "kindling setup")
    shown = form_in(await house.kindling.press(moderator(), Action("guide_form", "tone")))
    values = {field.name: field.value for field in shown.fields} | {"language": "korean"}

    card = card_of(await house.kindling.submit(moderator(), shown.name, shown.subject, values))

    assert "Korean" in card.plain()

"""What somebody sends by hand: buttons, forms and commands of moderators, with subjects of other places."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.domain.forms import Form
from bot.domain.message import Action, Card, Reply
from bot.domain.places import Actor, Person, Place
from bot.services.commands import COMMANDS
from bot.storage.tables import changes, days_off, metadata, own_prompts, schedules, spaces
from tests.core.before import be_set_up
from tests.core.test_previewing import look_at
from tests.core.test_schedules import add, change, form_behind, shown
from tests.core.village import MINUTE, a_village, command, press, rows
from tests.house import House, member, moderator

FOREIGN = moderator("fay", space="town")
ABROAD = Actor(Person("letters", "town", "fay"), may_moderate=False, channel="square", zone="Europe/Berlin")
ABOUT_PEOPLE = {"spaces", "communities", "members", "people", "accounts"}
MARK = re.compile(r"\b(?:[0-9a-f]{8}){1,2}\b")
MARKED = (
    ("open", "setup", {"morning": "07:00"}),
    ("open", "wall", {"rule": "review"}),
    ("open", "community", {"quiet": "22:00-06:00"}),
    ("open", "packs", {"packs0": "boundaries"}),
    ("open", "prompts_next", {"order": ""}),
    ("support", "", {"contacts": "Crisis line | 116 123"}),
    ("open", "moderators", {"channel": "den"}),
    ("weeks_plan", "", {"plan": "caregivers"}),
    ("weeks_from", "self", {}),
    ("weeks_order", "", {"week": "0", "to": "3"}),
    ("weeks_change", "", {"what": "out"}),
    ("weeks_write", "theme.noticing", {"title": "Looking around"}),
    ("schedule_change", "SCHEDULE", {"at": "21:00"}),
    ("schedule_more", "SCHEDULE", {"name": "Evenings"}),
    ("schedule_manner", "SCHEDULE", {"pin": "on"}),
)
"""The forms that carry a mark of what they showed: the button that opens each, and what changes something."""
MEMBERS_OWN = {"share", "suggest", "name", "picture", "vote"}


def is_for_moderators(reply: Reply) -> bool:
    return isinstance(reply.content, Card) and "This is for moderators" in reply.content.plain()


async def everything(house: House) -> dict[str, list[str]]:
    """All rows, but for who is known."""
    tables = [table for table in metadata.sorted_tables if table.name not in ABOUT_PEOPLE]
    return {table.name: sorted(str(dict(row)) for row in await rows(house, table)) for table in tables}


async def subjects(house: House) -> list[str]:
    """Whatever a button of another place may be about; of what there is many of, two."""
    tables = (schedules, changes, days_off, spaces, own_prompts)
    found = [str(row["id"]) for table in tables for row in (await rows(house, table))[-2:]]
    return [*found, f"{found[0]}/2026-11-25", "", "own.1"]


async def a_busy_village(house: House) -> None:
    await be_set_up(house)
    await add(house)
    await command(house, "kindling skip", when="2026-12-24")
    await press(house, await look_at(house, 2), "Another text")
    values = {"text": "Hold the door for somebody who has no free hand.", "kind": "act", "circle": "strangers"}
    await house.kindling.submit(moderator(), "prompt", "own.1", values)


async def test_a_member_changes_nothing_by_any_moderators_command(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_busy_village(house)
        before = await everything(house)

        told = [
            await house.kindling.command(actor, one.name, {})
            for one in COMMANDS
            if one.moderators_only and one.name != "kindling help"
            for actor in (member(), ABROAD, member(channel=""))
        ]

        assert all(is_for_moderators(reply) for reply in told)
        assert await everything(house) == before


@pytest.mark.parametrize("actor", [member(channel=""), FOREIGN], ids=["direct message", "abroad"])
async def test_no_button_with_another_places_subject_changes_anything_there(tmp_path: Path, actor: Actor) -> None:
    async with a_village(tmp_path) as house:
        await a_busy_village(house)
        await house.kindling.command(FOREIGN, "kindling status", {})
        before, wanted = await of_the_village(house), await subjects(house)

        for name in house.kindling._to.buttons:  # the door's own table: every button there is
            for subject in wanted:
                await house.kindling.press(actor, Action(name, subject, "1"))

        assert await of_the_village(house) == before


@pytest.mark.parametrize("actor", [member(channel=""), FOREIGN], ids=["direct message", "abroad"])
async def test_no_form_with_another_places_subject_changes_anything_there(tmp_path: Path, actor: Actor) -> None:
    async with a_village(tmp_path) as house:
        await a_busy_village(house)
        await house.kindling.command(FOREIGN, "kindling status", {})
        before, wanted = await of_the_village(house), await subjects(house)

        for name in {*house.kindling._to.forms, *house.kindling._to.forms_with_files} - MEMBERS_OWN:
            for subject in wanted:
                values = {"schedule": subject, "set": subject, "card": subject, "prompt": subject, "when": "tomorrow"}
                await house.kindling.submit(actor, name, subject, values)

        assert await of_the_village(house) == before


async def of_the_village(house: House) -> dict[str, list[str]]:
    """All rows of the village's community and its schedules."""
    [home] = [row["community_id"] for row in await rows(house, spaces) if row["key"] == "village"]
    ids = {row["id"] for row in await rows(house, schedules) if row["community_id"] == home}
    return {
        name: [row for row in found if home in row or any(id_ in row for id_ in ids)]
        for name, found in (await everything(house)).items()
    }


async def a_change_of_another_version(house: House, **kept: object) -> Card:
    """The audit, after one change whose states have other names."""
    await be_set_up(house)
    await add(house)
    await house.forward(MINUTE)
    await change(house, await form_behind(house, await shown(house), "Change"), at="21:00")
    async with house.database.engine.begin() as connection:
        await connection.execute(update(changes).values(kept))
    return await command(house, "kindling audit")


async def test_a_change_that_another_version_kept_is_listed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        audit = await a_change_of_another_version(house, after={"ritual": "evening", "hour": 20})

        assert "something was changed (schedule)" in audit.plain()


async def test_a_change_that_another_version_kept_is_not_taken_back_by_halves(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        audit = await a_change_of_another_version(house, before={"ritual": "evening", "hour": 20})
        before = await everything(house)

        undone = await press(house, audit, "Undo")

        assert "another version" in undone.plain()
        assert await everything(house) == before


async def opened(house: House, name: str, subject: str) -> Form:
    """A form as a moderator has it before them."""
    known = {row["ritual"]: row["id"] for row in await rows(house, schedules)}
    wanted = known["evening"] if subject == "SCHEDULE" else subject
    reply = await house.kindling.press(moderator(), Action(name, wanted))
    assert isinstance(reply.content, Form)
    return reply.content


async def test_no_form_changes_anything_that_does_not_say_what_it_showed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_busy_village(house)
        await house.kindling.press(moderator(), Action("prompt_next", "own.1"))
        house.letters.locked.add(Place("letters", "village", "den"))

        for name, subject, values in MARKED:
            form = await opened(house, name, subject)
            before, known = await everything(house), {field.name: field.value for field in form.fields}
            for mark in ("", "00000000"):
                refused = await house.kindling.submit(
                    moderator(), form.name, MARK.sub(mark, form.subject), known | values
                )

                assert isinstance(refused.content, Card), (form.name, refused.content)
                assert refused.content.heading == "Somebody was quicker", form.name
                assert await everything(house) == before, form.name
            done = await house.kindling.submit(moderator(), form.name, form.subject, known | values)
            assert isinstance(done.content, Card), (form.name, done.content)
            assert await everything(house) != before, form.name

"""Who may moderate and whom a card notifies, picked from each platform's own lists where it has them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.storage.tables import moderators, targets
from tests.contracts.home import Home, at_home, listening
from tests.contracts.platform import Answer, Platform, Remote
from tests.contracts.villages import DISCORD, SLACK, on


@pytest.fixture
async def village(platform: Platform, tmp_path: Path) -> AsyncIterator[Home]:
    """The real core behind the platform's adapter, set up, with Maya at it."""
    async with at_home(platform, tmp_path) as home, listening(home):
        await home.set_up()
        yield home


async def who_may(platform: Platform) -> Answer:
    """The form in which moderators are chosen."""
    return await platform.choose("maya", await platform.command("maya", "kindling moderators"), "Change this")


async def manner(platform: Platform) -> Answer:
    """The form in which it is chosen whom the morning card notifies."""
    settings = await platform.command("maya", "kindling settings")
    which = await platform.submit("maya", await platform.choose("maya", settings, "Change a card"), {})
    return await platform.choose("maya", which, "When it is posted")


@on(DISCORD, SLACK)
async def test_several_people_are_picked_at_once_to_moderate(platform: Remote, village: Home) -> None:
    people = [platform.person(name).user for name in ("robin", "sam")]

    sent = await platform.submit("maya", await who_may(platform), {"person": people})  # type: ignore[dict-item] -- a list that people pick from

    [kept] = await village.rows(select(moderators.c.chosen))
    assert kept["chosen"] == people
    assert "That is how it is now" in sent.text


@on(DISCORD)
async def test_roles_are_picked_to_moderate(platform: Remote, village: Home) -> None:
    helpers = platform.group("helpers")

    await platform.submit("maya", await who_may(platform), {"groups": [helpers]})  # type: ignore[dict-item] -- the same

    [kept] = await village.rows(select(moderators.c.chosen))
    assert kept["chosen"] == [helpers]


@on(SLACK)
async def test_user_groups_are_named_where_there_is_no_list_of_them(platform: Remote, village: Home) -> None:
    helpers = platform.group("helpers")

    await platform.submit("maya", await who_may(platform), {"groups": "@helpers"})

    [kept] = await village.rows(select(moderators.c.chosen))
    assert kept["chosen"] == [helpers]


@on(DISCORD)
async def test_the_role_that_a_card_notifies_is_picked_and_shown_again(platform: Remote, village: Home) -> None:
    helpers = platform.group("helpers")
    form = await manner(platform)

    await platform.submit("maya", form, {"notify": [helpers]})  # type: ignore[dict-item] -- the same
    again = await manner(platform)

    kept = [row["notify"] for row in await village.rows(select(targets.c.notify)) if row["notify"]]
    assert kept == [helpers]
    [picker] = [field for _, field in again.form.modal.fields if field["custom_id"] == "notify"]
    assert (picker["type"], picker["default_values"]) == (6, [{"id": helpers, "type": "role"}])


@on(SLACK)
async def test_the_group_that_a_card_notifies_is_shown_again_by_its_name(platform: Remote, village: Home) -> None:
    helpers = platform.group("helpers")

    await platform.submit("maya", await manner(platform), {"notify": "@helpers"})
    again = await manner(platform)

    kept = [row["notify"] for row in await village.rows(select(targets.c.notify)) if row["notify"]]
    assert kept == [helpers]
    [block] = [block for block in again.form.blocks if block["block_id"] == "notify"]
    assert block["element"]["initial_value"].casefold() == "@helpers"

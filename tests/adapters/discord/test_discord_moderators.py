"""Who may moderate on Discord besides whoever may manage the server, and where they are told what needs them."""

import re
from pathlib import Path

import pytest

from tests.adapters.discord.conftest import Village
from tests.adapters.discord.door import StillClock
from tests.adapters.discord.test_discord_with_the_core import (
    MONDAY,
    TUESDAY_MORNING,
    a_moderator,
    running,
    set_up,
    share,
)
from tests.standins.discord import Channel, NotPossible, Permission

REFUSED = "This is for moderators"


def a_private_channel(village: Village) -> Channel:
    channel = village.guild.add_channel("moderators")
    channel.deny(village.guild.everyone, Permission.VIEW_CHANNEL)
    channel.allow(village.guild.me, Permission.VIEW_CHANNEL)
    return channel


async def test_a_chosen_role_moderates_as_long_as_somebody_has_it(village: Village, tmp_path: Path) -> None:
    maya, role = a_moderator(village), village.guild.add_role("Community helpers")
    village.guild.set_roles(village.anna, [role])

    async with running(village, tmp_path, StillClock(MONDAY)):
        await set_up(village, maya)
        told = await village.discord.slash(maya, village.channel, "kindling moderators", add=role.mention)
        village.guild.allow_command("kindling", role)
        status = await village.discord.slash(village.anna, village.channel, "kindling status")
        village.guild.set_roles(village.anna, [])
        pressed = await village.discord.click(village.anna, status, "Preview the week")

    assert "@Community helpers" in told.text
    assert "Server Settings > Integrations > Kindling" in told.text
    assert "How things stand" in status.text
    assert REFUSED in pressed.text


async def test_a_chosen_role_does_not_see_the_commands_before_an_administrator_allows_them(
    village: Village, tmp_path: Path
) -> None:
    maya, role = a_moderator(village), village.guild.add_role("helpers")
    village.guild.set_roles(village.anna, [role])

    async with running(village, tmp_path, StillClock(MONDAY)):
        await village.discord.slash(maya, village.channel, "kindling moderators", add=role.mention)
        with pytest.raises(NotPossible):
            await village.discord.slash(village.anna, village.channel, "kindling status")


async def test_whoever_sees_the_commands_and_was_not_chosen_is_refused(village: Village, tmp_path: Path) -> None:
    a_moderator(village)
    village.guild.allow_command("kindling", village.anna)

    async with running(village, tmp_path, StillClock(MONDAY)):
        refused = await village.discord.slash(village.anna, village.channel, "kindling status")

    assert REFUSED in refused.text


async def test_people_are_chosen_with_the_form(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)
    village.guild.allow_command("kindling", village.anna)

    async with running(village, tmp_path, StillClock(MONDAY)):
        await set_up(village, maya)
        card = await village.discord.slash(maya, village.channel, "kindling moderators")
        form = await village.discord.click(maya, card, "Change this")
        await village.discord.submit(maya, form, {"person": village.anna})
        status = await village.discord.slash(village.anna, village.channel, "kindling status")

    assert "How things stand" in status.text


async def test_everyone_cannot_be_chosen(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)):
        told = await village.discord.slash(
            maya, village.channel, "kindling moderators", add=village.guild.everyone.mention
        )

    assert "I could not tell who" in told.text


async def test_a_right_lost_is_told_to_moderators_alone_and_restored(village: Village, tmp_path: Path) -> None:
    clock, maya, mods = StillClock(MONDAY), a_moderator(village), a_private_channel(village)

    async with running(village, tmp_path, clock) as (core, _):
        await set_up(village, maya)
        await village.discord.slash(maya, village.channel, "kindling moderators", place=mods)
        village.channel.deny(village.guild.me, Permission.SEND_MESSAGES)
        clock.at = TUESDAY_MORNING
        await core.engine.settle()
        told = [message.text for message in village.discord.messages(mods)]
        village.channel.allow(village.guild.me, Permission.SEND_MESSAGES)
        status = await village.discord.slash(maya, village.channel, "kindling status")
        await village.discord.click(maya, status, "Check again")
        await core.engine.settle()

    assert len(told) == 1
    assert "Kindling needs a hand" in told[0]
    assert village.discord.messages(village.discord.dm(maya)) == []
    assert len(village.messages) == 1
    assert "Today’s intention" in village.messages[0].text


async def test_a_channel_for_everybody_is_no_place_for_moderators(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)):
        told = await village.discord.slash(
            maya, village.channel, "kindling moderators", place=village.guild.add_channel("lobby")
        )

    assert "Everybody can read that channel" in told.text


async def test_what_is_told_in_a_direct_message_can_be_answered_there(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)) as (core, _):
        await village.discord.slash(
            maya, village.channel, "kindling wall setup", channel=village.channel, rule="review"
        )
        await share(village, core, village.anna)
        [told] = village.discord.messages(village.discord.dm(maya))
        looked = await village.discord.click(maya, told, "Look at it")

    assert "Anna carried my boxes" in looked.text


async def test_the_question_about_linking_is_answered_in_the_direct_message_it_came_in(
    village: Village, tmp_path: Path
) -> None:
    maya, tomas = a_moderator(village), village.discord.add_user("Tomas")
    city = village.discord.add_guild("City")
    city.add_member(tomas, permissions=Permission.MANAGE_GUILD)
    lane = city.add_channel("kindness")

    async with running(village, tmp_path, StillClock(MONDAY)):
        code = await village.discord.slash(maya, village.channel, "kindling link")
        [typed] = re.findall("[A-Z0-9]{4}-[A-Z0-9]{4}", code.text)
        offer = await village.discord.slash(tomas, lane, "kindling link", code=typed)
        await village.discord.click(tomas, offer, "Link both places")
        [question] = village.discord.messages(village.discord.dm(maya))
        village.guild.add_member(maya)  # she may not manage the server any more
        refused = await village.discord.click(maya, question, "Link both places")
        village.guild.add_member(maya, permissions=Permission.MANAGE_GUILD)
        await village.discord.click(maya, question, "Link both places")
        answered = [message.text for message in village.discord.messages(village.discord.dm(maya))]
        told = [message.text for message in village.discord.messages(village.discord.dm(tomas))]

    assert "I cannot see that you may manage that place" in refused.text
    assert "From now on what people share for both places appears in both." in answered[0]
    assert "From now on what people share for both places appears in both." in told[0]

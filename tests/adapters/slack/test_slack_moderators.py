"""Who may moderate on Slack: admins, people whom they choose, and user groups where Slack tells of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.adapter import SlackAdapter
from bot.domain.places import Person
from tests.adapters.slack.test_slack_with_the_core import Home, a_home, set_up
from tests.adapters.slack.workspace import place
from tests.standins.slack import Channel, SlackStandIn, User

GROUPS = "usergroups:read"


@pytest.fixture
async def home(slack: SlackStandIn, tmp_path: Path) -> AsyncIterator[Home]:
    async with a_home(slack, tmp_path) as home:
        yield home


async def says(slack: SlackStandIn, user: User, channel: Channel, line: str) -> str:
    """What Kindling answers to `/kindling` with a line."""
    return (await (await slack.slash(user, channel, "/kindling", line)).ephemeral()).shown


async def test_a_chosen_person_moderates_until_they_are_taken_off(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    before = await says(slack, ben, general, "status")
    await says(slack, anna, general, f"moderators add:{ben.mention}")
    while_chosen = await says(slack, ben, general, "status")
    await says(slack, anna, general, f"moderators remove:{ben.mention}")

    assert "This is for moderators" in before
    assert "How things stand" in while_chosen
    assert "This is for moderators" in await says(slack, ben, general, "status")


async def test_whoever_is_on_the_list_is_called_as_slack_shows_them(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    assert "ben" in await says(slack, anna, general, f"moderators add:{ben.mention}")


async def test_a_group_is_asked_about_at_each_press(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    slack.scopes.add(GROUPS)
    group = slack.add_group("helpers", "The helpers", [ben])
    await set_up(slack, anna, general)

    listed = await says(slack, anna, general, f"moderators add:{group.mention}")
    inside = await says(slack, ben, general, "status")
    group.users.clear()

    assert "@helpers" in listed
    assert "How things stand" in inside
    assert "This is for moderators" in await says(slack, ben, general, "status")


async def test_without_the_scope_groups_cannot_be_chosen_and_it_says_why(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    group = slack.add_group("helpers", "The helpers", [])

    reply = await slack.slash(anna, general, "/kindling", f"moderators add:{group.mention}")

    assert GROUPS in (await reply.modal()).shown


async def test_no_group_is_asked_about_where_only_people_were_chosen(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    slack.scopes.add(GROUPS)
    sam = slack.add_user("sam")
    await says(slack, anna, general, f"moderators add:{sam.mention}")

    await says(slack, ben, general, "status")

    assert slack.calls("usergroups.users.list") == []


async def test_a_group_that_is_gone_holds_nobody(slack: SlackStandIn, sender: SlackAdapter, ben: User) -> None:
    slack.scopes.add(GROUPS)

    assert await sender.belongs(Person("slack", slack.team.id, ben.id), ["S0GONE"]) == frozenset()


async def test_a_group_is_known_by_handle_name_and_id(slack: SlackStandIn, sender: SlackAdapter) -> None:
    slack.scopes.add(GROUPS)
    group = slack.add_group("helpers", "The helpers", [])

    found = await sender.who(slack.team.id, ["helpers", "the helpers", group.id])

    assert {one.id for one in found.values()} == {group.id}
    assert len(found) == 3


@pytest.mark.parametrize(("private", "told"), [(True, True), (False, False)])
async def test_with_the_scopes_slack_tells_who_can_read_a_channel(
    slack: SlackStandIn, sender: SlackAdapter, *, private: bool, told: bool
) -> None:
    slack.scopes.update({"channels:read", "groups:read"})

    assert await sender.secluded(place(slack.add_channel("here", private=private))) is told


async def test_without_the_scopes_nobody_knows_who_can_read_a_channel(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    assert await sender.secluded(place(general)) is None


async def test_a_place_that_nobody_can_know_about_is_taken_and_said_to_be(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    told = await says(slack, anna, general, f"moderators place:{slack.add_channel('mods', private=True).mention}")

    assert "I cannot tell here whether that channel can be read by everybody" in told


async def test_with_the_scope_nothing_more_is_to_be_done(slack: SlackStandIn, sender: SlackAdapter) -> None:
    slack.scopes.add(GROUPS)

    assert await sender.admission(slack.team.id) == ""

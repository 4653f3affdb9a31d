"""Whom Slack takes for an admin, and of which workspace."""

from typing import Any, cast

import pytest

from adapters.slack.people import People
from adapters.slack.web import Web


class Told:
    """A Slack that says the same about everybody; the stand-in knows no user of two companies."""

    def __init__(self, **user: Any) -> None:
        self.user = user

    async def get(self, method: str, **arguments: object) -> Any:
        return {"user": {"id": arguments["user"], "is_admin": True, **self.user}}


def people(**user: Any) -> People:
    return People(cast("Web", Told(**user)), "T1", "UBOT")


@pytest.mark.parametrize(
    "user",
    [
        {"team_id": "T2"},
        {"team_id": "T1", "is_stranger": True},
        {"team_id": "T2", "enterprise_user": {"teams": ["T3"]}},
    ],
)
async def test_an_admin_of_another_company_moderates_nothing(user: dict[str, Any]) -> None:
    assert (await people(**user).standing("U1")).may_moderate is False


@pytest.mark.parametrize("user", [{"team_id": "T1"}, {"team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}, {}])
async def test_an_admin_of_this_workspace_may_moderate(user: dict[str, Any]) -> None:
    assert (await people(**user).standing("U1")).may_moderate is True


@pytest.mark.parametrize("right", ["is_owner", "is_primary_owner"])
async def test_an_owner_may_moderate(right: str) -> None:
    assert (await people(team_id="T1", is_admin=False, **{right: True}).standing("U1")).may_moderate is True


async def test_a_person_without_a_zone_has_an_empty_one() -> None:
    assert (await people(team_id="T1", tz=None).standing("U1")).zone == ""


@pytest.mark.parametrize("user", ["UBOT", "USLACKBOT"])
async def test_slackbot_and_kindling_are_bots_without_asking(user: str) -> None:
    assert await People(cast("Web", None), "T1", "UBOT").bot(user)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"profile": {"display_name": "Nana", "real_name": "Anna Berg"}, "real_name": "Anna Berg"}, "Nana"),
        ({"profile": {"display_name": "", "real_name": "Anna Berg"}}, "Anna Berg"),
        ({"profile": {"display_name": " "}, "real_name": "Anna Berg"}, "Anna Berg"),
        ({"profile": {}}, ""),
    ],
)
async def test_somebody_is_called_as_slack_shows_them(user: dict[str, Any], name: str) -> None:
    assert (await people(**user).standing("U1")).name == name


@pytest.mark.parametrize("guest", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_is_a_member_who_moderates_nothing(guest: str) -> None:
    standing = await people(team_id="T1", is_admin=False, **{guest: True}).member("U1")

    assert standing is not None
    assert standing.may_moderate is False


@pytest.mark.parametrize(
    "user",
    [
        {"team_id": "T1", "deleted": True},
        {"team_id": "T1", "is_bot": True},
        {"team_id": "T2"},
        {"team_id": "T1", "is_stranger": True},
    ],
)
async def test_whoever_is_no_person_of_this_workspace_is_no_member(user: dict[str, Any]) -> None:
    assert await people(**user).member("U1") is None


async def test_slackbot_is_no_member() -> None:
    assert await people(team_id="T1").member("USLACKBOT") is None

"""Whom Slack takes for an admin, and of which workspace."""

from typing import Any, cast

import pytest

from adapters.slack.people import LOOK_UPS, People
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


@pytest.mark.parametrize(
    ("told", "surely"),
    [
        ({"id": "U1", "team_id": "T1"}, True),
        ({"id": "U1", "team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}, True),
        ({"id": "U1", "team_id": "T2"}, False),
        ({"id": "U1", "team_id": "E1", "enterprise_user": {"teams": ["T2"]}}, False),
        ({"id": "U1", "team_id": "T1", "is_stranger": True}, False),
        ({"id": "U1"}, False),
        ({}, False),
    ],
)
async def test_an_event_tells_of_whom_it_is_sure(told: dict[str, Any], *, surely: bool) -> None:
    assert people().of_this_workspace(told) is surely


async def test_whoever_pressed_is_known_to_be_no_bot() -> None:
    met = people()

    met.meet("U1")

    assert met.known_as_bot("U1") is False


async def test_of_those_who_react_so_many_a_minute_are_asked_about() -> None:
    asked = people(is_bot=True)

    bots = [await asked.bot(f"U{number}") for number in range(LOOK_UPS + 1)]

    assert bots == [*[True] * LOOK_UPS, False]

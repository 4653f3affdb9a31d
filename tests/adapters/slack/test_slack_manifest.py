"""The app manifest asks for no more than is used, and for all that is."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import adapters.slack
from adapters.slack.doctor import SCOPES
from adapters.slack.inbound import GROUPS
from adapters.slack.installing import REDIRECT_PATH
from adapters.slack.said import PREFIX
from bot.services.commands import COMMANDS, MENUS
from tests.adapters.slack.specifications import specification
from tests.standins.slack import SlackStandIn


def read(name: str) -> Any:
    return json.loads((Path(adapters.slack.__file__).parent / f"{name}.json").read_text("utf-8"))


@pytest.fixture(params=["manifest", "manifest-many"])
def manifest(request: pytest.FixtureRequest) -> Any:
    return read(request.param)


def test_the_manifest_for_many_workspaces_differs_in_what_installing_takes_alone() -> None:
    one, many = read("manifest"), read("manifest-many")

    assert many["oauth_config"].pop("redirect_urls") == [f"https://kindling.example.org{REDIRECT_PATH}"]
    assert many["settings"].pop("token_rotation_enabled") is True
    assert one["settings"].pop("token_rotation_enabled") is False
    assert many == one


def test_slack_takes_the_manifest(manifest: Any) -> None:
    jsonschema.validate(manifest, specification("slack-manifest.schema.json"))


def test_the_scopes_are_the_least(manifest: Any) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == {
        "commands",
        "chat:write",
        "reactions:read",
        "im:write",
        "users:read",
    }


def test_the_doctor_asks_for_the_same_scopes(manifest: Any) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)


def test_each_event_comes_with_the_scopes_that_are_asked_for(manifest: Any) -> None:
    needed: dict[str, list[str]] = specification("slack-scopes.json")
    granted = set(manifest["oauth_config"]["scopes"]["bot"])

    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        assert not needed[event] or granted & set(needed[event]), event


def test_only_events_that_are_handled_are_subscribed_to(manifest: Any) -> None:
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == {
        "app_uninstalled",
        "reaction_added",
        "reaction_removed",
        "tokens_revoked",
    }


def test_the_stand_in_sends_no_event_that_the_manifest_lacks_but_home(manifest: Any) -> None:
    subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])

    assert SlackStandIn().events.subscriptions - subscribed == {"app_home_opened"}


def test_both_commands_escape_channels_and_people(manifest: Any) -> None:
    commands = {command["command"]: command["should_escape"] for command in manifest["features"]["slash_commands"]}

    assert commands == dict.fromkeys(GROUPS, True)


def test_socket_mode_and_interactivity_are_on(manifest: Any) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_each_global_shortcut_is_named_like_a_command(manifest: Any) -> None:
    commands = {command.name for command in COMMANDS}

    assert {shortcut["callback_id"] for shortcut in shortcuts(manifest, "global")} <= commands


def test_each_menu_is_a_message_shortcut(manifest: Any) -> None:
    called = {shortcut["callback_id"]: shortcut["name"] for shortcut in shortcuts(manifest, "message")}

    assert called == {f"{PREFIX}{menu.name}": menu.short for menu in MENUS}


def shortcuts(manifest: Any, kind: str) -> list[Any]:
    return [shortcut for shortcut in manifest["features"]["shortcuts"] if shortcut["type"] == kind]


def test_people_can_be_written_to(manifest: Any) -> None:
    assert manifest["features"]["app_home"]["messages_tab_enabled"] is True

"""The table [adapters.slack], and the plugin that it turns on."""

import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from adapters.slack import doctor, plugin
from adapters.slack.settings import MoreScope, SlackSettings
from bot.app import Surroundings
from tests.adapters.slack.workspace import SystemClock

SOCKET = {"bot_token": "xoxb-1", "app_token": "xapp-1"}
HTTP = {"bot_token": "xoxb-1", "mode": "http", "signing_secret": "s3cret"}


def told(**table: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        SlackSettings.model_validate(table)
    return str(refused.value)


@pytest.mark.parametrize("table", [SOCKET, HTTP])
def test_each_mode_needs_two_secrets_only(table: dict[str, str]) -> None:
    SlackSettings.model_validate(table)


def test_the_defaults_listen_to_this_machine_alone() -> None:
    settings = SlackSettings.model_validate(SOCKET)

    assert (settings.mode, settings.host, settings.port) == ("socket", "127.0.0.1", 3000)
    assert settings.api_url == "https://slack.com/api/"


def test_socket_mode_without_its_token_says_where_to_get_one() -> None:
    assert "KINDLING_SLACK_APP_TOKEN" in told(bot_token="xoxb-1")


@pytest.mark.parametrize("secret", [None, ""])
def test_http_mode_without_its_secret_says_where_to_get_it(secret: str | None) -> None:
    assert "KINDLING_SLACK_SIGNING_SECRET" in told(bot_token="xoxb-1", mode="http", signing_secret=secret)


def test_another_kind_of_token_is_told_from_a_bot_token() -> None:
    assert "starts with xoxb-" in told(bot_token="xoxp-1", app_token="xapp-1")


def test_another_kind_of_token_is_told_from_an_app_token() -> None:
    assert "starts with xapp-" in told(bot_token="xoxb-1", app_token="xoxb-1")


MANY = {"client_id": "1.2", "client_secret": "s3cret", "app_token": "xapp-1"}


def test_a_client_id_stands_in_for_a_bot_token() -> None:
    assert SlackSettings.model_validate(MANY).many
    assert not SlackSettings.model_validate(SOCKET).many


def test_with_neither_token_nor_client_id_both_ways_are_told() -> None:
    said = told(app_token="xapp-1")

    assert "KINDLING_SLACK_BOT_TOKEN for one workspace" in said
    assert "KINDLING_SLACK_CLIENT_SECRET for every workspace" in said


@pytest.mark.parametrize("missing", ["client_id", "client_secret"])
def test_client_id_and_secret_go_together(missing: str) -> None:
    given = SOCKET | {name: value for name, value in MANY.items() if name != missing}

    assert "go together" in told(**given)


def test_a_client_id_is_told_from_something_else() -> None:
    assert "client_id" in told(**MANY | {"client_id": "A0123"})


@pytest.mark.parametrize("number", [0, 11])
def test_slack_takes_one_to_ten_connections(number: int) -> None:
    assert "connections" in told(**SOCKET, connections=number)


def test_a_key_that_is_unknown_is_refused() -> None:
    assert "Extra inputs" in told(**SOCKET, chanel="x")


def test_a_refusal_shows_no_token() -> None:
    assert "very-secret" not in told(bot_token="xoxp-very-secret", app_token="xapp-very-secret")


def test_the_settings_never_print_a_token() -> None:
    assert "xoxb-1" not in repr(SlackSettings.model_validate(SOCKET))


def test_an_address_of_the_api_ends_with_a_slash() -> None:
    assert SlackSettings.model_validate({**SOCKET, "api_url": "http://h/api"}).api_url == "http://h/api/"


def test_every_secret_names_its_variable() -> None:
    variables = [(field.json_schema_extra or {}).get("env") for field in SlackSettings.model_fields.values()]

    assert [name for name in variables if name] == [
        "KINDLING_SLACK_CLIENT_ID",
        "KINDLING_SLACK_CLIENT_SECRET",
        "KINDLING_SLACK_BOT_TOKEN",
        "KINDLING_SLACK_APP_TOKEN",
        "KINDLING_SLACK_SIGNING_SECRET",
    ]


def test_every_key_is_described() -> None:
    assert all(field.description for field in SlackSettings.model_fields.values())


def test_importing_the_plugin_imports_no_library_of_slack() -> None:
    probe = "import sys, adapters.slack; sys.exit(any(name.startswith('slack_') for name in sys.modules))"

    found = subprocess.run([sys.executable, "-c", probe], check=False)  # noqa: S603 -- our own interpreter and text

    assert found.returncode == 0


def test_the_plugin_makes_an_adapter_that_opens_nothing_yet() -> None:
    adapter = plugin.create(SlackSettings.model_validate(SOCKET), Surroundings(SystemClock(), (), Path()))

    assert adapter.platform == plugin.name == "slack"


def test_the_plugin_refuses_settings_of_another_adapter() -> None:
    class OtherSettings(BaseModel):
        pass

    with pytest.raises(TypeError, match="no settings for Slack"):
        plugin.create(OtherSettings(), Surroundings(SystemClock(), (), Path()))


def test_the_optional_scopes_are_those_that_the_doctor_names_and_for_private_channels() -> None:
    named = {scope for scopes, _ in doctor.OPTIONAL.values() for scope in scopes}

    assert set(get_args(MoreScope)) == named | {"groups:read"}


def test_a_scope_that_is_not_an_optional_one_is_refused() -> None:
    assert "more_scopes" in told(client_id="1.2", client_secret="s", app_token="xapp-1", more_scopes=["admin"])

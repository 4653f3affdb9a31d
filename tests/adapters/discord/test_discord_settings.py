"""The table of the configuration."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from adapters.discord.settings import DiscordSettings


def test_a_token_is_all_that_is_needed() -> None:
    settings = DiscordSettings.model_validate({"token": "a.b.c"})

    assert settings.api_url == "https://discord.com/api/v10"
    assert settings.shard_count is None


def test_blanks_around_a_token_are_forgiven() -> None:
    assert DiscordSettings.model_validate({"token": " a.b.c\n"}).token.get_secret_value() == "a.b.c"


def test_the_token_is_never_shown() -> None:
    assert "a.b.c" not in repr(DiscordSettings.model_validate({"token": "a.b.c"}))


@pytest.mark.parametrize("token", ["", "  ", "a b", "tökën.tökën"])
def test_what_is_no_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValidationError) as raised:
        DiscordSettings.model_validate({"token": token})

    assert "KINDLING_DISCORD_TOKEN" in str(raised.value)
    assert not token.strip() or token not in str(raised.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"api_url": "discord.com"},
        {"api_url": "https://discord.com/api/v10/"},
        {"shard_ids": [0]},
        {"shard_ids": [], "shard_count": 1},
        {"shard_ids": [2], "shard_count": 2},
        {"shard_count": 0},
    ],
)
def test_a_mistake_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DiscordSettings.model_validate({"token": "a.b.c"} | wrong)


def test_every_key_says_what_it_is_for() -> None:
    assert all(field.description for field in DiscordSettings.model_fields.values())


def test_the_token_comes_from_the_environment() -> None:
    assert DiscordSettings.model_fields["token"].json_schema_extra == {"env": "KINDLING_DISCORD_TOKEN"}


def test_importing_the_plugin_does_not_import_the_library() -> None:
    program = "import sys, adapters.discord; sys.exit('discord' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own Python

import re
import tomllib
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bot.app import Plugin
from bot.runtime.discovery import GROUP, discover
from bot.settings import CORE, load
from bot.settings.example import example

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"
TOKENS = {
    "KINDLING_DISCORD_TOKEN": "a.b.c",
    "KINDLING_SLACK_BOT_TOKEN": "xoxb-1",
    "KINDLING_SLACK_APP_TOKEN": "xapp-1",
    "KINDLING_SLACK_SIGNING_SECRET": "s",
}


@pytest.fixture(scope="module")
def plugins() -> Mapping[str, Plugin]:
    """The adapters of this repository, whether or not it is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found, broken = discover(EntryPoint(name, value, GROUP) for name, value in project["entry-points"][GROUP].items())
    assert broken == ()
    return found


def test_the_example_says_what_the_settings_are(plugins: Mapping[str, Plugin]) -> None:
    assert EXAMPLE.read_text("utf-8") == example(plugins), "run scripts/example to write it anew"


def test_every_key_has_its_line(plugins: Mapping[str, Plugin]) -> None:
    text = EXAMPLE.read_text("utf-8")

    for model in [*CORE.values(), *(plugin.settings for plugin in plugins.values())]:
        for key, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{key} has no description"
            assert re.search(rf"^(# )*{key}( = |: )", text, re.MULTILINE), f"{key} is not in the example"


def test_the_example_as_it_is_changes_nothing(tmp_path: Path, plugins: Mapping[str, Plugin]) -> None:
    path = tmp_path / "config.toml"
    path.touch()
    plain = load(path, {}, plugins)

    path.write_text(EXAMPLE.read_text("utf-8"), "utf-8")

    assert load(path, {}, plugins) == plain


def test_an_adapter_is_turned_on_by_taking_the_strokes_away(tmp_path: Path, plugins: Mapping[str, Plugin]) -> None:
    path = tmp_path / "config.toml"
    core, divider, adapters = EXAMPLE.read_text("utf-8").partition("# [adapters.")
    path.write_text(core + re.sub(r"^# (?=[\[a-z])", "", divider + adapters, flags=re.MULTILINE), "utf-8")

    settings = load(path, TOKENS, plugins)

    assert settings.adapters.keys() == plugins.keys()
    assert settings.warnings == ()

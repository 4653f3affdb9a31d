"""Slack's names of emoji and their neutral spelling."""

import pytest

from adapters.slack.emoji import from_short_name, short_name
from bot.domain.reactions import neutral_emoji
from tests.adapters.slack.specifications import specification


def character(unified: str) -> str:
    return "".join(chr(int(code, 16)) for code in unified.split("-"))


def test_every_name_that_slack_has_becomes_its_emoji() -> None:
    names: dict[str, str] = specification("slack-emoji.json")

    wrong = {name for name, unified in names.items() if from_short_name(name) != neutral_emoji(character(unified))}

    assert wrong == set()


def test_every_emoji_that_slack_has_finds_a_name_of_its_own() -> None:
    names: dict[str, str] = specification("slack-emoji.json")
    emoji = {neutral_emoji(character(unified)) for unified in names.values()}

    assert {one for one in emoji if from_short_name(short_name(one) or "") != one} == set()


@pytest.mark.parametrize("name", ["thumbsup", "+1", "+1::skin-tone-2", "thumbsup::skin-tone-6", ":thumbsup:"])
def test_the_same_gesture_is_one_emoji_whatever_its_name_and_tone(name: str) -> None:
    assert from_short_name(name) == "👍"


@pytest.mark.parametrize(("name", "emoji"), [("harp", "🪉"), ("flag-sark", "🇨🇶"), ("fingerprint", "🫆")])
def test_emoji_newer_than_the_package_are_known(name: str, emoji: str) -> None:
    assert (from_short_name(name), short_name(emoji)) == (emoji, name)


def test_a_heart_has_no_presentation_selector() -> None:
    assert from_short_name("heart") == "❤"


def test_an_emoji_of_the_workspace_keeps_its_name() -> None:
    assert (from_short_name("team-llama"), short_name(":team-llama:")) == (":team-llama:", "team-llama")


def test_what_is_no_emoji_has_no_name() -> None:
    assert short_name("x") is None

"""The villages that the contract is tested in."""

import pytest

from tests.contracts.in_letters import InLetters
from tests.contracts.in_playground import InPlayground
from tests.contracts.on_discord import OnDiscord
from tests.contracts.on_slack import OnSlack, OnSlackWithHistory

WEB = pytest.param(InPlayground, id="web")
DISCORD = pytest.param(OnDiscord, id="discord")
SLACK = pytest.param(OnSlack, id="slack")
SLACK_WITH_HISTORY = pytest.param(OnSlackWithHistory, id="slack-with-history")
LETTERS = pytest.param(InLetters, id="letters")

EVERYWHERE = (WEB, DISCORD, SLACK, SLACK_WITH_HISTORY, LETTERS)
ONCE_EACH = (WEB, DISCORD, SLACK, LETTERS)
REMOTE = (DISCORD, SLACK)


def on(*places: object) -> pytest.MarkDecorator:
    """Only these platforms."""
    return pytest.mark.parametrize("platform", places, indirect=True)

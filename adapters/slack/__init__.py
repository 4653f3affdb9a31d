"""Kindling on Slack."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel

from adapters.slack.settings import SlackSettings
from bot.app import Adapter, Plugin, Surroundings

if TYPE_CHECKING:
    from adapters.slack.adapter import SlackAdapter


class SlackPlugin:
    """What the entry point names. Slack's libraries are imported only when an adapter is made."""

    name = "slack"
    settings: type[BaseModel] = SlackSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> Adapter:
        """An adapter for one workspace or many. Raises TypeError for another adapter's settings."""
        if not isinstance(settings, SlackSettings):
            raise TypeError(f"these are no settings for Slack: {type(settings).__name__}")
        make = _adapter_class()
        return make(settings, surroundings)


def _adapter_class() -> "Callable[[SlackSettings, Surroundings], SlackAdapter]":
    from adapters.slack.adapter import SlackAdapter  # noqa: PLC0415 - slack_bolt takes long to import

    return SlackAdapter


plugin: Plugin = SlackPlugin()

"""Kindling on Slack."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from adapters.slack.settings import SlackSettings
from bot.app import Adapter, Plugin, Surroundings
from bot.domain.message import Card
from bot.ports.looks import NO_CHANNELS

if TYPE_CHECKING:
    from adapters.slack.adapter import SlackAdapter
    from bot.domain.looks import Look


class SlackPlugin:
    """What the entry point names. Slack's libraries are imported only when an adapter is made."""

    name = "slack"
    title = "Slack"
    settings: type[BaseModel] = SlackSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> Adapter:
        """An adapter for one workspace or many. Raises TypeError for another adapter's settings."""
        if not isinstance(settings, SlackSettings):
            raise TypeError(f"these are no settings for Slack: {type(settings).__name__}")
        make = _adapter_class()
        return make(settings, surroundings)

    def style(self) -> str:
        """The CSS of all looks."""
        from adapters.slack import look  # noqa: PLC0415 - only moderators ask for it

        return look.style()

    def look(self, card: Card, *, at: str = "", channels: Mapping[str, str] = NO_CHANNELS) -> "Look":
        """The card as Slack shows it."""
        from adapters.slack import look  # noqa: PLC0415 - only moderators ask for it

        return look.look(card, at=at, channels=channels)


def _adapter_class() -> "Callable[[SlackSettings, Surroundings], SlackAdapter]":
    from adapters.slack.adapter import SlackAdapter  # noqa: PLC0415 - slack_bolt takes long to import

    return SlackAdapter


plugin: Plugin = SlackPlugin()

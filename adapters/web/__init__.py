"""The playground: a page in the browser that is a community, with channels and people of its own.

A platform like Discord or Slack, only smaller, and it needs no account: nothing leaves this computer.
"""

from pydantic import BaseModel

from adapters.web.adapter import PLATFORM, WebAdapter
from adapters.web.settings import WebSettings
from bot.app import Surroundings


class WebPlugin:
    """What the entry point `kindling.adapters` names."""

    @property
    def name(self) -> str:
        """Its table in the configuration, and its platform."""
        return PLATFORM

    @property
    def settings(self) -> type[BaseModel]:
        """The shape of its table."""
        return WebSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> WebAdapter:
        """An adapter that has opened nothing yet."""
        return WebAdapter(WebSettings.model_validate(settings.model_dump()), surroundings)


plugin = WebPlugin()

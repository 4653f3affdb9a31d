"""The playground: a page in the browser that is a community, with channels and people of its own.

A platform like Discord or Slack, only smaller, and it needs no account: nothing leaves this computer.
"""

from typing import TYPE_CHECKING

from pydantic import BaseModel

from adapters.web.settings import WebSettings
from bot.app import Plugin, Surroundings

if TYPE_CHECKING:
    from adapters.web.adapter import WebAdapter


class WebPlugin:
    """What the entry point names. The server's libraries are imported only when an adapter is made."""

    name = "web"
    settings: type[BaseModel] = WebSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> "WebAdapter":
        """An adapter for one room. Raises TypeError for another adapter's settings."""
        from adapters.web.adapter import WebAdapter  # noqa: PLC0415 (only a turned-on adapter needs its libraries)

        if not isinstance(settings, WebSettings):
            raise TypeError(f"these are no settings for the playground: {type(settings).__name__}")
        return WebAdapter(settings, surroundings)


plugin: Plugin = WebPlugin()

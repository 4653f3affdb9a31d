"""Kindling on Discord."""

from typing import TYPE_CHECKING

from adapters.discord.settings import DiscordSettings

if TYPE_CHECKING:
    from pydantic import BaseModel

    from bot.app import Adapter, Surroundings


class DiscordPlugin:
    """The entry point. discord.py is imported when the adapter is made, not before."""

    name = "discord"
    settings: "type[BaseModel]" = DiscordSettings

    def create(self, settings: "BaseModel", surroundings: "Surroundings") -> "Adapter":
        """An adapter for a validated `[adapters.discord]`; opens nothing yet."""
        from adapters.discord.adapter import DiscordAdapter  # noqa: PLC0415 - costs half a second

        if not isinstance(settings, DiscordSettings):
            raise TypeError(f"expected DiscordSettings, got {type(settings).__name__}")
        shards = surroundings.shards
        if shards is not None:
            settings = settings.model_copy(update={"shard_ids": shards.ids, "shard_count": shards.count})
        return DiscordAdapter(settings, senders=surroundings.senders)


plugin = DiscordPlugin()

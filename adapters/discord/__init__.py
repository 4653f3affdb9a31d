"""Kindling on Discord."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from adapters.discord.settings import DiscordSettings
from bot.ports.looks import NO_CHANNELS

if TYPE_CHECKING:
    from pydantic import BaseModel

    from bot.app import Adapter, Surroundings
    from bot.domain.looks import Look
    from bot.domain.message import Card


class DiscordPlugin:
    """The entry point. discord.py is imported when the adapter is made, not before."""

    name = "discord"
    title = "Discord"
    settings: "type[BaseModel]" = DiscordSettings

    def create(self, settings: "BaseModel", surroundings: "Surroundings") -> "Adapter":
        """An adapter for a validated `[adapters.discord]`; opens nothing yet."""
        from adapters.discord.adapter import DiscordAdapter  # noqa: PLC0415 - costs half a second

        if not isinstance(settings, DiscordSettings):
            raise TypeError(f"expected DiscordSettings, got {type(settings).__name__}")
        shards = surroundings.shards
        if shards is not None:
            settings = settings.model_copy(update={"shard_ids": shards.ids, "shard_count": shards.count})
        return DiscordAdapter(settings, senders=surroundings.senders, now=surroundings.clock.now)

    def style(self) -> str:
        """The CSS of all looks."""
        from adapters.discord import look  # noqa: PLC0415 - only moderators ask for it

        return look.style()

    def look(self, card: "Card", *, at: str = "", channels: Mapping[str, str] = NO_CHANNELS) -> "Look":
        """The card as Discord shows it. Raises `Unacceptable` for one that Discord would refuse."""
        from adapters.discord import look  # noqa: PLC0415 - only moderators ask for it

        return look.look(card, at=at, channels=channels)


plugin = DiscordPlugin()

"""The application commands that are registered at the moment."""

from __future__ import annotations

from .values import Json


class Commands:
    """The registered commands by scope: None for everywhere, or a guild's id."""

    def __init__(self) -> None:
        self._by_scope: dict[str | None, list[Json]] = {}
        self.allowed: dict[tuple[str, str], set[str]] = {}
        """By guild's id and command's name, the roles and people that an administrator allowed it to in the guild's
        settings (Integrations). For them the default permissions of the command do not count."""

    def of(self, scope: str | None) -> list[Json]:
        return self._by_scope.setdefault(scope, [])

    def visible(self, guild_id: str | None) -> list[Json]:
        """What a member is offered: the guild's own commands cover those from everywhere."""
        own = self.of(guild_id) if guild_id else []
        covered = {(command["type"], command["name"]) for command in own}
        return own + [command for command in self.of(None) if (command["type"], command["name"]) not in covered]

    def put(self, scope: str | None, commands: list[Json]) -> None:
        self._by_scope[scope] = commands

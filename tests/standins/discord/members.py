"""People, roles and what a role or an overwrite gives or takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .values import NO_PERMISSION, Json, Permission, timestamp

if TYPE_CHECKING:
    from .guilds import Channel, Guild


@dataclass(eq=False, slots=True, repr=False)
class User:
    """A person or a bot. Set `accepts_dms` to False for someone who closed their DMs."""

    id: str
    name: str
    bot: bool = False
    accepts_dms: bool = True
    locale: str = "en-US"

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<User {self.name} {self.id}>"

    def json(self) -> Json:
        return {
            "id": self.id,
            "username": self.name.lower().replace(" ", "."),
            "global_name": None if self.bot else self.name,
            "discriminator": "0000" if self.bot else "0",
            "avatar": None,
            "bot": self.bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
            "avatar_decoration_data": None,
        }


@dataclass(eq=False, slots=True)
class Role:
    guild: Guild
    id: str
    name: str
    permissions: Permission
    position: int = 1
    mentionable: bool = False
    managed_by: User | None = None

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"

    def grant(self, permissions: int) -> None:
        self._change(self.permissions | permissions)

    def revoke(self, permissions: int) -> None:
        """Take rights away; a channel overwrite or another role may still give them."""
        self._change(self.permissions & ~Permission(permissions))

    def _change(self, permissions: Permission) -> None:
        self.permissions = permissions
        self.guild.emit("GUILD_ROLE_UPDATE", {"guild_id": self.guild.id, "role": self.json()})

    def json(self) -> Json:
        role: Json = {
            "id": self.id,
            "name": self.name,
            "description": None,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.managed_by is not None,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
        if self.managed_by is not None:
            role["tags"] = {"bot_id": self.managed_by.id}
        return role


@dataclass(eq=False, slots=True)
class Member:
    guild: Guild
    user: User
    roles: list[Role]
    joined: datetime
    nick: str | None = None
    timed_out_until: datetime | None = None

    def json(self, channel: Channel | None = None) -> Json:
        """With a channel: as in an interaction, with the rights the member has there."""
        member: Json = {
            "user": self.user.json(),
            "nick": self.nick,
            "avatar": None,
            "banner": None,
            "roles": [role.id for role in self.roles],
            "joined_at": timestamp(self.joined),
            "premium_since": None,
            "communication_disabled_until": timestamp(self.timed_out_until) if self.timed_out_until else None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }
        if channel is not None:
            member["permissions"] = str(int(channel.permissions_of(self.user)))
        return member


@dataclass(slots=True)
class Overwrite:
    id: str
    type: int
    allow: Permission = NO_PERMISSION
    deny: Permission = NO_PERMISSION

    def json(self) -> Json:
        return {"id": self.id, "type": self.type, "allow": str(int(self.allow)), "deny": str(int(self.deny))}

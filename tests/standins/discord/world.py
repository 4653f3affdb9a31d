"""What exists, all in one place, and the way to tell the gateway that something changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .commands import Commands
from .guilds import Channel, Guild
from .limits import OldEdits
from .members import Member, Role, User
from .messages import Message, Reaction, is_v2, walk
from .values import USUAL_PERMISSIONS, ChannelType, Json, Now, Snowflakes

if TYPE_CHECKING:
    from .interactions import Interaction

__all__ = ["Channel", "Guild", "Member", "Message", "Reaction", "Role", "User", "World", "is_v2", "walk"]

Emit = Callable[[str, Json, Channel | Guild | None], None]


class World:
    """Everything that exists, and the way to tell the gateway that something changed."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.ids = Snowflakes(self._moment)
        self.application_id = self.ids.old()
        self.bot = User(self.application_id, "Kindling", bot=True)
        self.owner = User(self.ids.old(), "The operator")
        self.users: dict[str, User] = {self.bot.id: self.bot, self.owner.id: self.owner}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.nonces: dict[tuple[str, str], Message] = {}
        self.old_edits = OldEdits()
        self.commands = Commands()
        self.interactions: dict[str, Interaction] = {}
        self.files: dict[str, bytes | str] = {}
        """What lies at each address of a file; a text is an address that leads elsewhere."""
        self.fetched: list[str] = []
        self.origin = ""
        self.gateway_url = ""
        self.shards = 1
        self.requires_code_grant = False
        self.emit: Emit = lambda event, data, place: None
        self.changed: Callable[[], None] = lambda: None

    def _moment(self) -> datetime:
        return self.now()

    def add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.ids.old(), name, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, owner: User | None, permissions: int, locale: str) -> Guild:
        owner = owner or self.add_user(f"The owner of {name}")
        guild = Guild(self, self.ids.old(), name, owner, self.now() - timedelta(days=1), locale)
        guild.roles.append(Role(guild, guild.id, "@everyone", USUAL_PERMISSIONS, 0))
        guild.add_member(owner)
        self.invite(guild, permissions)
        return guild

    def invite(self, guild: Guild, permissions: int) -> None:
        """Put the bot into the guild, with the managed role that Discord makes for it."""
        guild.roles = [role for role in guild.roles if role.managed_by is not self.bot]
        role = guild.add_role(self.bot.name, permissions)
        role.managed_by = self.bot
        guild.add_member(self.bot, roles=[role])
        self.guilds[guild.id] = guild
        self.channels |= {channel.id: channel for channel in guild.channels}

    def leave(self, guild: Guild) -> None:
        """The bot is gone from the guild: thrown out, or by its own wish."""
        del self.guilds[guild.id]
        del guild.members[self.bot.id]
        self.emit("GUILD_DELETE", {"id": guild.id}, guild)

    def delete_channel(self, channel: Channel) -> None:
        del self.channels[channel.id]
        if channel.guild is not None:
            channel.guild.channels.remove(channel)
            channel.guild.emit("CHANNEL_DELETE", channel.json())

    def dm(self, user: User) -> Channel:
        """The one direct channel between the bot and `user`."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self, self.ids.old(), "", ChannelType.DM, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def shares_guild(self, user: User) -> bool:
        return any(user.id in guild.members for guild in self.guilds.values())

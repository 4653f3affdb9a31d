"""Guilds and channels, and who may do what in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from .members import Member, Overwrite, Role, User
from .messages import Message
from .values import (
    EVERY_PERMISSION,
    NO_PERMISSION,
    THREADS,
    USUAL_PERMISSIONS,
    ChannelType,
    Json,
    Permission,
    timestamp,
)

if TYPE_CHECKING:
    from .world import World


@dataclass(eq=False, slots=True, repr=False)
class Channel:
    world: World
    id: str
    name: str
    type: ChannelType = ChannelType.TEXT
    guild: Guild | None = None
    recipient: User | None = None
    nsfw: bool = False
    parent: Channel | None = None
    archived: bool = False
    locked: bool = False
    overwrites: dict[str, Overwrite] = field(default_factory=dict[str, Overwrite])
    messages: list[Message] = field(default_factory=list[Message])

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def allow(self, target: Role | Member | User, permissions: int) -> None:
        """Give rights here by an overwrite, as in the channel's settings."""
        overwrite = self._overwrite(target)
        overwrite.allow |= permissions
        overwrite.deny &= ~Permission(permissions)
        self._changed()

    def deny(self, target: Role | Member | User, permissions: int) -> None:
        """Take rights away here by an overwrite, whatever roles say."""
        overwrite = self._overwrite(target)
        overwrite.deny |= permissions
        overwrite.allow &= ~Permission(permissions)
        self._changed()

    def _overwrite(self, target: Role | Member | User) -> Overwrite:
        is_role = isinstance(target, Role)
        target_id = target.user.id if isinstance(target, Member) else target.id
        return self.overwrites.setdefault(target_id, Overwrite(target_id, 0 if is_role else 1))

    def _changed(self) -> None:
        if self.guild is not None:
            self.guild.emit("CHANNEL_UPDATE", self.json())

    def permissions_of(self, user: User) -> Permission:
        """What `user` may do here, by Discord's documented order of roles and overwrites."""
        if self.guild is None:
            return USUAL_PERMISSIONS if user in (self.recipient, self.world.bot) else NO_PERMISSION
        if self.type in THREADS:
            return self.parent.permissions_of(user) if self.parent else NO_PERMISSION
        member = self.guild.members.get(user.id)
        if member is None:
            return NO_PERMISSION
        permissions = self.guild.permissions_of(user)
        if permissions & Permission.ADMINISTRATOR:
            return EVERY_PERMISSION
        everyone = self.overwrites.get(self.guild.id)
        if everyone is not None:
            permissions = permissions & ~everyone.deny | everyone.allow
        of_roles = [self.overwrites[role.id] for role in member.roles if role.id in self.overwrites]
        for overwrite in of_roles:
            permissions &= ~overwrite.deny
        for overwrite in of_roles:
            permissions |= overwrite.allow
        own = self.overwrites.get(user.id)
        if own is not None:
            permissions = permissions & ~own.deny | own.allow
        if member.timed_out_until and member.timed_out_until > self.world.now():
            permissions &= Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
        if not permissions & Permission.VIEW_CHANNEL:
            return NO_PERMISSION
        if not permissions & Permission.SEND_MESSAGES:
            permissions &= ~(Permission.MENTION_EVERYONE | Permission.ATTACH_FILES | Permission.EMBED_LINKS)
        return permissions

    def message(self, message_id: str) -> Message | None:
        return next((found for found in reversed(self.messages) if found.id == message_id), None)

    def __repr__(self) -> str:
        return f"<Channel {self.name or 'DM'} {self.id}>"

    def resolved_json(self, user: User) -> Json:
        """As an interaction of `user` sends it along: with the rights of that person here."""
        return self.json() | {"permissions": str(int(self.permissions_of(user)))}

    def interaction_json(self, user: User) -> Json:
        """As an interaction of `user` tells of it: without the overwrites."""
        return {key: value for key, value in self.resolved_json(user).items() if key != "permission_overwrites"}

    def _thread_json(self, channel: Json, guild: Guild) -> Json:
        """A thread has neither overwrites nor an age restriction: both are its channel's."""
        metadata: Json = {"archived": self.archived, "auto_archive_duration": 1440, "locked": self.locked}
        metadata |= {"archive_timestamp": timestamp(guild.created), "create_timestamp": timestamp(guild.created)}
        return channel | {
            "guild_id": guild.id,
            "name": self.name,
            "owner_id": guild.owner.id,
            "parent_id": self.parent.id if self.parent else None,
            "message_count": len(self.messages),
            "member_count": 1,
            "thread_metadata": metadata,
            "rate_limit_per_user": 0,
        }

    def _of_type(self) -> Json:
        if self.type is ChannelType.VOICE:
            return {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        if self.type is ChannelType.FORUM:
            return {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        return {}

    def json(self) -> Json:
        channel: Json = {"id": self.id, "type": int(self.type), "flags": 0}
        channel["last_message_id"] = self.messages[-1].id if self.messages else None
        if self.guild is None:
            channel["recipients"] = [self.recipient.json()] if self.recipient else []
            return channel
        if self.type in THREADS:
            return self._thread_json(channel, self.guild)
        return (
            self._of_type()
            | channel
            | {
                "guild_id": self.guild.id,
                "name": self.name,
                "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
                "permission_overwrites": [overwrite.json() for overwrite in self.overwrites.values()],
                "nsfw": self.nsfw,
                "parent_id": self.parent.id if self.parent else None,
                "topic": None,
                "rate_limit_per_user": 0,
            }
        )


@dataclass(eq=False, slots=True, repr=False)
class Guild:
    world: World
    id: str
    name: str
    owner: User
    created: datetime
    locale: str = "en-US"
    roles: list[Role] = field(default_factory=list[Role])
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    channels: list[Channel] = field(default_factory=list[Channel])
    threads: list[Channel] = field(default_factory=list[Channel])
    nsfw_level: int = 0
    emojis: dict[str, str] = field(default_factory=dict[str, str])
    unavailable: bool = False

    @property
    def everyone(self) -> Role:
        return next(role for role in self.roles if role.id == self.id)

    @property
    def me(self) -> Member:
        """The bot as a member of this guild."""
        return self.members[self.world.bot.id]

    @property
    def bot_role(self) -> Role:
        """The role that Discord makes for the bot when it is invited."""
        return next(role for role in self.roles if role.managed_by is self.world.bot)

    def __repr__(self) -> str:
        return f"<Guild {self.name} {self.id}>"

    def emit(self, event: str, data: Json) -> None:
        if self.id in self.world.guilds:
            self.world.emit(event, data, self)

    def add_role(self, name: str, permissions: int = 0, *, mentionable: bool = False) -> Role:
        role = Role(self, self.world.ids.old(), name, Permission(permissions), len(self.roles), mentionable)
        self.roles.append(role)
        self.emit("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role.json()})
        return role

    def add_channel(
        self,
        name: str,
        *,
        kind: ChannelType = ChannelType.TEXT,
        nsfw: bool = False,
        parent: Channel | None = None,
    ) -> Channel:
        channel = Channel(self.world, self.world.ids.old(), name, kind, self, nsfw=nsfw, parent=parent)
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        self.emit("CHANNEL_CREATE", channel.json())
        return channel

    def add_thread(self, parent: Channel, name: str, *, private: bool = False, at: Message | None = None) -> Channel:
        """A thread; the bot hears of a private one only where it may manage threads, which it may not here.

        One that begins `at` a message has the message's id.
        """
        kind = ChannelType.PRIVATE_THREAD if private else ChannelType.PUBLIC_THREAD
        thread = Channel(self.world, at.id if at else self.world.ids.old(), name, kind, self, parent=parent)
        self.threads.append(thread)
        self.world.channels[thread.id] = thread
        if not private:
            self.emit("THREAD_CREATE", thread.json() | {"newly_created": True})
        return thread

    def add_member(self, user: User, *, permissions: int = 0, roles: list[Role] | None = None) -> Member:
        """Let `user` in. `permissions` come as a role of their own, beside what everyone may."""
        given = list(roles or [])
        if permissions:
            given.append(self.add_role(f"{user.name}'s role", permissions))
        member = Member(self, user, given, self.created)
        self.members[user.id] = member
        self.emit("GUILD_MEMBER_ADD", member.json() | {"guild_id": self.id})
        return member

    def remove_member(self, user: User) -> None:
        """Someone left or was sent away; their reactions and messages stay, as on Discord."""
        del self.members[user.id]
        self.emit("GUILD_MEMBER_REMOVE", {"guild_id": self.id, "user": user.json()})

    def set_roles(self, user: User, roles: list[Role]) -> None:
        self.members[user.id].roles = list(roles)
        self.emit("GUILD_MEMBER_UPDATE", self.members[user.id].json() | {"guild_id": self.id})

    def allow_command(self, name: str, *targets: Role | User) -> None:
        """As an administrator does under Server Settings > Integrations: show a command to these."""
        self.world.commands.allowed.setdefault((self.id, name), set()).update(target.id for target in targets)

    def permissions_of(self, user: User) -> Permission:
        """Rights by roles alone, before any channel has its say."""
        member = self.members.get(user.id)
        if member is None:
            return NO_PERMISSION
        permissions = self.everyone.permissions
        for role in member.roles:
            permissions |= role.permissions
        if user is self.owner or permissions & Permission.ADMINISTRATOR:
            return EVERY_PERMISSION
        return permissions

    def json(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner.id,
            "roles": [role.json() for role in self.roles],
            "emojis": [{"id": emoji_id, "name": name, "available": True} for name, emoji_id in self.emojis.items()],
            "stickers": [],
            "features": [],
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "banner": None,
            "description": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "public_updates_channel_id": None,
            "safety_alerts_channel_id": None,
            "application_id": None,
            "vanity_url_code": None,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": self.nsfw_level,
            "premium_tier": 0,
            "premium_progress_bar_enabled": False,
            "preferred_locale": self.locale,
            "incidents_data": None,
        }

    def create_json(self) -> Json:
        """The body of GUILD_CREATE: without the members intent the bot is its only member."""
        return self.json() | {
            "unavailable": False,
            "large": False,
            "joined_at": timestamp(self.created),
            "member_count": len(self.members),
            "members": [self.me.json()],
            "channels": [channel.json() for channel in self.channels],
            "threads": [one.json() for one in self.threads if one.type is ChannelType.PUBLIC_THREAD],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

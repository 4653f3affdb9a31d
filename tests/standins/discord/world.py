"""What exists: people, guilds, channels and messages, as plain objects that know their JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .commands import Commands
from .values import (
    COMPONENTS_V2,
    EPHEMERAL,
    EVERY_PERMISSION,
    NO_PERMISSION,
    USUAL_PERMISSIONS,
    ChannelType,
    ComponentType,
    Json,
    Permission,
    Snowflakes,
    timestamp,
)

if TYPE_CHECKING:
    from .interactions import Interaction

Emit = Callable[[str, Json, "Channel | Guild | None"], None]


@dataclass(eq=False, slots=True)
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

    def json(self, channel: Channel | None = None) -> Json:
        """With a channel: as in an interaction, with the rights the member has there."""
        member: Json = {
            "user": self.user.json(),
            "nick": None,
            "avatar": None,
            "banner": None,
            "roles": [role.id for role in self.roles],
            "joined_at": timestamp(self.joined),
            "premium_since": None,
            "communication_disabled_until": None,
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


@dataclass(eq=False, slots=True)
class Reaction:
    emoji: Json
    users: list[User] = field(default_factory=list["User"])

    def json(self, viewer: User) -> Json:
        return {
            "emoji": self.emoji,
            "count": len(self.users),
            "count_details": {"burst": 0, "normal": len(self.users)},
            "burst_colors": [],
            "me_burst": False,
            "burst_me": False,
            "burst_count": 0,
            "me": viewer in self.users,
        }


@dataclass(eq=False, slots=True)
class Message:
    """A message. `message["content"]` reads its JSON as the bot is shown it."""

    channel: Channel
    id: str
    author: User
    created: datetime
    content: str = ""
    components: list[Json] = field(default_factory=list[Json])
    embeds: list[Json] = field(default_factory=list[Json])
    attachments: list[Json] = field(default_factory=list[Json])
    flags: int = 0
    nonce: str | int | None = None
    mentions: list[User] = field(default_factory=list[User])
    mention_roles: list[str] = field(default_factory=list[str])
    mention_everyone: bool = False
    reactions: dict[str, Reaction] = field(default_factory=dict[str, Reaction])
    edited: datetime | None = None
    pinned: bool = False
    reference: Json | None = None
    interaction: Interaction | None = None
    only_for: User | None = None
    deleted: bool = False

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def pings(self) -> bool:
        """Whether anybody's device made a sound because of a mention."""
        return bool(self.mentions or self.mention_roles or self.mention_everyone)

    @property
    def text(self) -> str:
        """All that can be read in the message, top to bottom."""
        shown = [part["content"] for part in walk(self.components) if part["type"] == ComponentType.TEXT_DISPLAY]
        return "\n".join([self.content] * bool(self.content) + shown)

    @property
    def buttons(self) -> list[str]:
        return [part.get("label") or "" for part in walk(self.components) if part["type"] == ComponentType.BUTTON]

    def reacted(self, emoji: str) -> list[User]:
        """Who shows this emoji under the message, in order of tapping it."""
        return list(self.reactions[emoji].users) if emoji in self.reactions else []

    def __getitem__(self, key: str) -> Any:
        return self.json()[key]

    def json(self, viewer: User | None = None) -> Json:
        """As `viewer` (the bot when None) is shown it: a bot without the intent sees others' messages empty."""
        world = self.channel.world
        viewer = viewer or world.bot
        hidden = viewer is world.bot and self.author is not viewer and self._hidden_from(viewer)
        message: Json = {
            "id": self.id,
            "type": 20 if self.interaction and self.interaction.type == 2 else 19 if self.reference else 0,
            "channel_id": self.channel.id,
            "author": self.author.json(),
            "content": "" if hidden else self.content,
            "components": [] if hidden else self.components,
            "embeds": [] if hidden else self.embeds,
            "attachments": [] if hidden else self.attachments,
            "timestamp": timestamp(self.created),
            "edited_timestamp": timestamp(self.edited) if self.edited else None,
            "flags": self.flags,
            "mentions": [user.json() for user in self.mentions],
            "mention_roles": self.mention_roles,
            "mention_everyone": self.mention_everyone,
            "pinned": self.pinned,
            "tts": False,
        }
        if self.reactions:
            message["reactions"] = [reaction.json(viewer) for reaction in self.reactions.values()]
        if self.nonce is not None and viewer is self.author:
            message["nonce"] = self.nonce
        if self.reference is not None:
            message["message_reference"] = self.reference
        if self.interaction is not None:
            message["application_id"] = world.application_id
            message["webhook_id"] = world.application_id
            message["interaction_metadata"] = self.interaction.metadata()
        return message

    def _hidden_from(self, viewer: User) -> bool:
        return self.channel.guild is not None and viewer not in self.mentions


@dataclass(eq=False, slots=True)
class Channel:
    world: World
    id: str
    name: str
    type: ChannelType = ChannelType.TEXT
    guild: Guild | None = None
    recipient: User | None = None
    nsfw: bool = False
    parent: Channel | None = None
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
        if not permissions & Permission.VIEW_CHANNEL:
            return NO_PERMISSION
        if not permissions & Permission.SEND_MESSAGES:
            permissions &= ~(Permission.MENTION_EVERYONE | Permission.ATTACH_FILES | Permission.EMBED_LINKS)
        return permissions

    def message(self, message_id: str) -> Message | None:
        return next((found for found in reversed(self.messages) if found.id == message_id), None)

    def json(self) -> Json:
        channel: Json = {"id": self.id, "type": int(self.type), "flags": 0}
        channel["last_message_id"] = self.messages[-1].id if self.messages else None
        if self.guild is None:
            channel["recipients"] = [self.recipient.json()] if self.recipient else []
            return channel
        return channel | {
            "guild_id": self.guild.id,
            "name": self.name,
            "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
            "permission_overwrites": [overwrite.json() for overwrite in self.overwrites.values()],
            "nsfw": self.nsfw,
            "parent_id": self.parent.id if self.parent else None,
            "topic": None,
            "rate_limit_per_user": 0,
        }


@dataclass(eq=False, slots=True)
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

    def emit(self, event: str, data: Json) -> None:
        if self.id in self.world.guilds:
            self.world.emit(event, data, self)

    def add_role(self, name: str, permissions: int = 0, *, mentionable: bool = False) -> Role:
        role = Role(self, self.world.ids.old(), name, Permission(permissions), len(self.roles), mentionable)
        self.roles.append(role)
        self.emit("GUILD_ROLE_CREATE", {"guild_id": self.id, "role": role.json()})
        return role

    def add_channel(
        self, name: str, *, type: ChannelType = ChannelType.TEXT, nsfw: bool = False, parent: Channel | None = None
    ) -> Channel:
        channel = Channel(self.world, self.world.ids.old(), name, ChannelType(type), self, nsfw=nsfw, parent=parent)
        self.channels.append(channel)
        self.world.channels[channel.id] = channel
        self.emit("CHANNEL_CREATE", channel.json())
        return channel

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
            "emojis": [
                {"id": emoji_id, "name": name, "available": True} for name, emoji_id in self.emojis.items()
            ],
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
            "nsfw_level": 0,
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
            "threads": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


class World:
    """Everything that exists, and the way to tell the gateway that something changed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.ids = Snowflakes(lambda: self.now())
        self.application_id = self.ids.old()
        self.bot = User(self.application_id, "Kindling", bot=True)
        self.owner = User(self.ids.old(), "The operator")
        self.users: dict[str, User] = {self.bot.id: self.bot, self.owner.id: self.owner}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self.commands = Commands()
        self.interactions: dict[str, Interaction] = {}
        self.files: dict[str, bytes] = {}
        self.origin = ""
        self.gateway_url = ""
        self.shards = 1
        self.emit: Emit = lambda event, data, place: None
        self.changed: Callable[[], None] = lambda: None

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


def is_v2(flags: int) -> bool:
    return bool(flags & COMPONENTS_V2)


def walk(components: list[Json]) -> list[Json]:
    """Every component, however deep, in reading order."""
    found: list[Json] = []
    for component in components:
        found.append(component)
        found += walk(component.get("components") or [])
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        found += walk(inner)
    return found

"""Messages, their components and the reactions under them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .members import User
from .values import COMPONENTS_V2, EPHEMERAL, ComponentType, Json, listed, timestamp

if TYPE_CHECKING:
    from .guilds import Channel
    from .interactions import Interaction


@dataclass(eq=False, slots=True)
class Reaction:
    """Who shows an emoji, in order of tapping it; `bursts` are those of them whose reaction is a super reaction."""

    emoji: Json
    users: list[User] = field(default_factory=list["User"])
    bursts: list[User] = field(default_factory=list["User"])

    def json(self, viewer: User) -> Json:
        burst, mine = len(self.bursts), viewer in self.bursts
        return {
            "emoji": self.emoji,
            "count": len(self.users),
            "count_details": {"burst": burst, "normal": len(self.users) - burst},
            "burst_colors": [],
            "me_burst": mine,
            "burst_me": mine,
            "burst_count": burst,
            "me": viewer in self.users and not mine,
        }


@dataclass(eq=False, slots=True, repr=False)
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
    by_webhook: bool = False
    """Posted by a webhook, which has no user: the author's id is the webhook's."""

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

    def __repr__(self) -> str:
        return f"<Message {self.id} by {self.author.name}: {self.text[:40]!r}>"

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
        if self.by_webhook:
            message["webhook_id"] = self.author.id
        if self.interaction is not None:
            message["application_id"] = world.application_id
            message["webhook_id"] = world.application_id
            message["interaction_metadata"] = self.interaction.metadata()
        return message

    def _hidden_from(self, viewer: User) -> bool:
        return self.channel.guild is not None and viewer not in self.mentions


def is_v2(flags: int) -> bool:
    return bool(flags & COMPONENTS_V2)


def walk(components: list[Json]) -> list[Json]:
    """Every component, however deep, in reading order."""
    found: list[Json] = []
    for component in components:
        found.append(component)
        found += walk(listed(component, "components"))
        inner = [component[key] for key in ("accessory", "component") if component.get(key)]
        found += walk(inner)
    return found

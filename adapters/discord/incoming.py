"""An interaction as far as it matters here: who did what, where, and with which rights at this moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import discord

from adapters.discord.held import OPEN
from adapters.discord.render import without_space
from adapters.discord.rights import given_roles, manages
from adapters.discord.said import where
from bot.domain.message import Action
from bot.domain.places import Actor, MessageRef, Person
from bot.domain.said import Channel

Interaction = discord.Interaction[discord.AutoShardedClient]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One interaction.

    `direct`: it happened in a direct message, where only the button knows which server it is about.
    `private`: it came from a message that only this person sees. `spent`: that message had no other use
    than to open the form that comes back now. `ref`: the channel message whose button it was. `where`: who can read
    along there. `me`: the user that Kindling is there.
    """

    id: str
    token: str
    application: str
    kind: discord.InteractionType
    data: Mapping[str, object]
    actor: Actor
    custom_id: str = ""
    direct: bool = False
    private: bool = False
    spent: bool = False
    ref: MessageRef | None = None
    where: Channel = Channel.UNKNOWN
    me: str = ""

    @property
    def carried(self) -> str:
        """The server that buttons in the answer have to remember; empty inside of a server."""
        return self.actor.person.space if self.direct else ""

    @classmethod
    def read(cls, interaction: Interaction) -> "Incoming":
        """Take from discord.py's object what matters."""
        data = cast("Mapping[str, object]", interaction.data or {})
        space, custom_id = without_space(str(data.get("custom_id", "")))
        actor = _actor(interaction, space)
        message = interaction.message
        direct = interaction.guild_id is None
        private = message is not None and (direct or message.flags.ephemeral)
        return cls(
            id=str(interaction.id),
            token=interaction.token,
            application=str(interaction.application_id),
            kind=interaction.type,
            data=data,
            actor=actor,
            custom_id=custom_id,
            direct=direct,
            private=private,
            spent=message is not None and private and _opens_held_form(message.components),
            ref=None if message is None or private else MessageRef(actor.here, str(message.id)),
            where=where(interaction.guild, interaction.channel),
            me=str(interaction.client.user.id) if interaction.client.user else "",
        )


def _actor(interaction: Interaction, space: str) -> Actor:
    user, name = str(interaction.user.id), interaction.user.display_name
    if interaction.guild_id is None:
        return Actor(Person("discord", space, user), name=name)
    rights, guild = interaction.permissions, interaction.guild
    owner = guild is not None and guild.owner_id == interaction.user.id
    return Actor(
        Person("discord", str(interaction.guild_id), user),
        may_moderate=manages(rights) or owner,
        channel=str(interaction.channel_id or ""),
        name=name,
        roles=given_roles(interaction.user),
    )


def _opens_held_form(components: Iterable[object]) -> bool:
    for component in components:
        if isinstance(component, discord.Button) and component.custom_id:
            action = Action.decode(without_space(component.custom_id)[1])
            if action is not None and action.name == OPEN:
                return True
        if _opens_held_form(getattr(component, "children", ())):
            return True
    return False

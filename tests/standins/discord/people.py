"""What people do: type commands, press, choose, fill in modals, tap reactions, write."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast
from urllib.parse import quote

from . import message_routes, posting
from .choosing import Choosable, chosen, component, defaults, resolved_of
from .command_options import build_options, find_command, leaf_of
from .command_rules import CHAT, MESSAGE_MENU, USER_MENU
from .errors import InteractionFailed, NotPossible
from .gateway import Gateway
from .interactions import CHOICES, DEFERRED_MESSAGE, DEFERRED_UPDATE, Interaction
from .modal_rules import check_files, check_value
from .replies import Reply
from .values import SELECTS, ComponentType, InteractionType, Json, Permission
from .waiting import Waiting
from .world import Channel, Message, User, World

UPLOAD_MOST = 10 * 1024 * 1024
"""Bytes of a file that Discord takes from people without Nitro: the `attachment_size_limit` of interactions."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that a person chooses. `told` is what Discord says of it otherwise than it is."""

    name: str
    data: bytes
    told: Json = field(default_factory=dict)


Given: TypeAlias = "Sequence[Choosable] | Choosable | Sequence[Chosen]"


class People(Waiting):
    """The part of the stand-in that plays the people. All of it obeys what Discord's app would allow."""

    world: World
    gateway: Gateway
    deadline: float
    """Seconds that the bot has for its first answer to an interaction; Discord's are 3."""
    patience: float
    """Seconds to wait for what follows after a deferral."""

    async def slash(self, user: User, channel: Channel, command: str, /, **options: object) -> Reply:
        """Type `/command` with its options. The command may be several words: "kindling prompts add".

        Users, channels and roles are given as the objects. Raises NotPossible when the app would not
        offer it, InteractionFailed when the bot does not answer in time.
        """
        registered, names = find_command(self.world, user, channel, command.split(), CHAT)
        inner, resolved = build_options(user, channel, leaf_of(registered, names), options)
        return await self._reply(user, channel, InteractionType.COMMAND, _chat(registered, names, inner, resolved))

    async def autocomplete(
        self, user: User, channel: Channel, command: str, /, *, focused: str, value: str, **options: object
    ) -> list[Json]:
        """The choices offered while `value` is being typed into the option `focused`."""
        registered, names = find_command(self.world, user, channel, command.split(), CHAT)
        leaf = leaf_of(registered, names)
        inner, resolved = build_options(user, channel, leaf, options, focused=focused, typed=value)
        data = _chat(registered, names, inner, resolved)
        interaction = await self._interact(user, channel, InteractionType.AUTOCOMPLETE, data)
        if interaction.response_type != CHOICES:
            raise InteractionFailed("no choices came")
        return (interaction.response or {})["data"]["choices"]

    async def message_menu(self, user: User, message: Message, name: str) -> Reply:
        """Choose the app's entry `name` in the menu of a message."""
        if message.deleted or message.ephemeral:
            raise NotPossible("there is no such message (any more), or it has no menu of apps")
        registered, _ = find_command(self.world, user, message.channel, [name], MESSAGE_MENU)
        content = message.json(message.author)
        data = _menu(registered, message.id) | {"resolved": {"messages": {message.id: content}}}
        return await self._reply(user, message.channel, InteractionType.COMMAND, data)

    async def user_menu(self, user: User, channel: Channel, target: User, name: str) -> Reply:
        """Choose the app's entry `name` in the menu of a person."""
        registered, _ = find_command(self.world, user, channel, [name], USER_MENU)
        resolved: Json = {"users": {target.id: target.json()}}
        if channel.guild is not None and target.id in channel.guild.members:
            resolved["members"] = {target.id: channel.guild.members[target.id].json(channel)}
        data = _menu(registered, target.id) | {"resolved": resolved}
        return await self._reply(user, channel, InteractionType.COMMAND, data)

    async def click(self, user: User, where: Message | Reply, button: str) -> Reply:
        """Press the button with this custom id or label, if `user` sees it and it is not disabled."""
        message, part = component(user, where, button, {ComponentType.BUTTON})
        if part.get("url"):
            raise NotPossible(f"{button!r} is a link and tells the bot nothing")
        data: Json = {"component_type": 2, "custom_id": part["custom_id"], "id": part["id"]}
        return await self._reply(user, message.channel, InteractionType.COMPONENT, data, message=message)

    async def select(
        self, user: User, where: Message | Reply, menu: str, values: Sequence[Choosable] | Choosable
    ) -> Reply:
        """Choose in the select menu with this custom id or placeholder; strings by value or label."""
        message, part = component(user, where, menu, set(SELECTS))
        checked = list(check_value(menu, part, chosen(part, values)))
        data: Json = {"component_type": part["type"], "custom_id": part["custom_id"], "id": part["id"]}
        data |= {"values": checked} | resolved_of(user, message.channel, part, checked)
        return await self._reply(user, message.channel, InteractionType.COMPONENT, data, message=message)

    async def submit(
        self,
        user: User,
        reply: Reply,
        values: Mapping[str, Sequence[Choosable] | Choosable],
        files: Mapping[str, Sequence[Chosen]] | None = None,
    ) -> Reply:
        """Send the modal that `reply` opened, with values and files by custom id or label; the rest stays prefilled."""
        opened = reply.modal
        if opened is None or reply.user is not user:
            raise NotPossible("this person has no modal open")
        known = {name for label, part in opened.fields for name in (label, part["custom_id"])}
        given = dict(values) | dict(files or {})
        if not known.issuperset(given):
            raise NotPossible(f"the modal has no {set(given) - known}, but {sorted(known)}")
        resolved: Json = {}
        parts = [self._submitted(part, given, reply, resolved) for part in opened.json["components"]]
        data: Json = {"custom_id": opened.custom_id, "components": parts}
        if resolved:
            data["resolved"] = resolved
        source = reply.interaction.message
        channel = reply.interaction.channel
        return await self._reply(user, channel, InteractionType.MODAL, data, message=source, parent=reply.interaction)

    def _submitted(self, part: Json, values: Mapping[str, Given], reply: Reply, resolved: Json) -> Json:
        """A part of the modal as it comes back: filled in."""
        sent: Json = {"type": part["type"], "id": part.get("id") or 0}
        if part["type"] == ComponentType.LABEL:
            sent["component"] = self._filled(part["label"], part["component"], values, reply, resolved)
        elif part["type"] == ComponentType.ACTION_ROW:
            inner = part["components"]
            sent["components"] = [self._filled(one["label"], one, values, reply, resolved) for one in inner]
        return sent

    def _filled(
        self,
        label: str,
        part: Json,
        values: Mapping[str, Given],
        reply: Reply,
        resolved: Json,
    ) -> Json:
        given = values.get(part["custom_id"], values.get(label))
        sent: Json = {"type": part["type"], "id": part.get("id") or 0, "custom_id": part["custom_id"]}
        if part["type"] == ComponentType.FILE_UPLOAD:
            return sent | {"values": self._uploaded(label, part, given or (), resolved)}
        if part["type"] not in SELECTS:
            if given is not None and not isinstance(given, str):
                raise NotPossible(f"{label!r} takes one text")
            return sent | {"value": check_value(label, part, given)}
        values_now = defaults(part) if given is None else chosen(part, cast("Sequence[Choosable]", given))
        checked = list(check_value(label, part, values_now))
        for kind, found in (
            resolved_of(reply.user, reply.interaction.channel, part, checked).get("resolved", {}).items()
        ):
            resolved.setdefault(kind, {}).update(found)
        return sent | {"values": checked}

    def _uploaded(self, label: str, part: Json, given: Given, resolved: Json) -> list[str]:
        """Put the files where Discord keeps them for a while; the ids under which it tells of them."""
        files = [one for one in given if isinstance(one, Chosen)]
        if len(files) != len(given):
            raise NotPossible(f"{label!r} takes files")
        check_files(label, part, len(files))
        ids: list[str] = []
        for file in files:
            if len(file.data) > UPLOAD_MOST:
                raise NotPossible(f"Discord takes {UPLOAD_MOST} bytes of a file, not {len(file.data)}")
            number = self.world.ids.new()
            path = f"/ephemeral-attachments/{self.world.application_id}/{number}/{quote(file.name)}"
            self.world.files[path] = file.data
            address = self.world.origin + path
            told: Json = {"id": number, "filename": file.name, "size": len(file.data), "ephemeral": True}
            told |= {"url": address, "proxy_url": address, "content_type": "application/octet-stream"}
            resolved.setdefault("attachments", {})[number] = told | file.told
            ids.append(number)
        return ids

    async def _reply(
        self,
        user: User,
        channel: Channel,
        kind: InteractionType,
        data: Json,
        *,
        message: Message | None = None,
        parent: Interaction | None = None,
    ) -> Reply:
        started = asyncio.get_running_loop().time()
        interaction = await self._interact(user, channel, kind, data, message=message, parent=parent)
        took = interaction.answered_at - started
        if interaction.response_type in (DEFERRED_MESSAGE, DEFERRED_UPDATE):
            came = await self.soon(lambda: bool(interaction.edits or interaction.followups), self.patience)
            if not came and interaction.response_type == DEFERRED_MESSAGE:
                raise InteractionFailed(f"still thinking after {self.patience} s")
        return Reply(interaction, took)

    async def _interact(
        self,
        user: User,
        channel: Channel,
        kind: InteractionType,
        data: Json,
        *,
        message: Message | None = None,
        parent: Interaction | None = None,
    ) -> Interaction:
        if not channel.permissions_of(user) & Permission.VIEW_CHANNEL:
            raise NotPossible(f"{user.name} does not see #{channel.name}")
        loop = asyncio.get_running_loop()
        world = self.world
        interaction = Interaction(
            world,
            world.ids.new(),
            secrets.token_urlsafe(48),
            kind,
            user,
            channel,
            data,
            world.now(),
            loop.time() + self.deadline,
            message,
            parent,
        )
        world.interactions[interaction.id] = interaction
        self.gateway.dispatch("INTERACTION_CREATE", interaction.payload(), channel)
        if not await self.soon(lambda: interaction.response is not None, self.deadline):
            raise InteractionFailed(f"no answer within {self.deadline} s")
        return interaction

    async def write(self, user: User, channel: Channel, content: str) -> Message:
        """Write an ordinary message. A bot without the message intents hears nothing of it."""
        if not channel.permissions_of(user) & Permission.SEND_MESSAGES:
            raise NotPossible(f"{user.name} may not write in #{channel.name}")
        return posting.create(channel, user, {"content": content}, {})

    async def react(
        self, user: User, message: Message, emoji: str, *, duplicate: bool = False, burst: bool = False
    ) -> None:
        """Tap an emoji, with `burst` as a super reaction; with `duplicate` the event comes twice."""
        permissions = message.channel.permissions_of(user)
        if not permissions & Permission.ADD_REACTIONS and emoji not in message.reactions:
            raise NotPossible(f"{user.name} may not add reactions in #{message.channel.name}")
        key, shown = message_routes.known_emoji(message, emoji)
        message_routes.add_reaction(message, user, key, shown, times=1 + duplicate, burst=burst)
        await self.gateway.flushed()

    async def unreact(self, user: User, message: Message, emoji: str, *, duplicate: bool = False) -> None:
        key, _ = message_routes.known_emoji(message, emoji)
        if user not in message.reacted(key):
            raise NotPossible(f"{user.name} has not tapped {emoji}")
        message_routes.remove_reaction(message, user, key, times=1 + duplicate)
        await self.gateway.flushed()

    async def clear_emoji(self, message: Message, emoji: str) -> None:
        """A moderator takes one emoji away, for everyone."""
        message_routes.remove_emoji(message, message_routes.known_emoji(message, emoji)[0])
        await self.gateway.flushed()

    async def clear_reactions(self, message: Message) -> None:
        message_routes.remove_all_reactions(message)
        await self.gateway.flushed()

    async def delete_message(self, message: Message) -> None:
        """A moderator, or its author, deletes the message."""
        posting.delete(message)
        await self.gateway.flushed()


def _chat(registered: Json, names: list[str], inner: list[Json], resolved: Json) -> Json:
    """The data of a chat command, its sub-commands nested as Discord nests them."""
    for depth, name in reversed(list(enumerate(names[1:]))):
        kind = 2 if depth == 0 and len(names) == 3 else 1
        inner = [{"type": kind, "name": name, "options": inner}]
    data: Json = {"id": registered["id"], "name": registered["name"], "type": CHAT, "options": inner}
    if registered.get("guild_id"):
        data["guild_id"] = registered["guild_id"]
    return data | ({"resolved": resolved} if resolved else {})


def _menu(registered: Json, target_id: str) -> Json:
    return {
        "id": registered["id"],
        "name": registered["name"],
        "type": registered["type"],
        "target_id": target_id,
    }

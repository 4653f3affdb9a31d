"""Finding what a person presses or chooses, as far as the app would let them."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import NotPossible
from .replies import Reply
from .values import ComponentType, Json, listed
from .world import Channel, Message, Role, User, walk

Choosable = str | User | Role | Channel


def component(user: User, where: Message | Reply, name: str, kinds: set[int]) -> tuple[Message, Json]:
    """The component with this custom id, label or placeholder, and its message, if `user` can use it."""
    messages = [*reversed(where.messages), where.message] if isinstance(where, Reply) else [where]
    here = [message for message in messages if message is not None and not message.deleted]
    seen = [message for message in here if message.only_for in (None, user)]
    if not seen:
        raise NotPossible(f"there is no such message (any more) that {user.name} sees")
    for message in seen:
        part = _called(message, name, kinds)
        if part is not None:
            return message, part
    names = [part.get("label") or part.get("custom_id") for message in seen for part in _usable(message, kinds)]
    raise NotPossible(f"there is no {name!r}, but {names}")


def _usable(message: Message, kinds: set[int]) -> list[Json]:
    return [part for part in walk(message.components) if part["type"] in kinds]


def _called(message: Message, name: str, kinds: set[int]) -> Json | None:
    for key in ("custom_id", "label", "placeholder"):
        found = [part for part in _usable(message, kinds) if part.get(key) == name]
        if len(found) > 1:
            raise NotPossible(f"{len(found)} components are called {name!r}")
        if found and found[0].get("disabled"):
            raise NotPossible(f"{name!r} is disabled")
        if found:
            return found[0]
    return None


def chosen(part: Json, values: Sequence[Choosable] | Choosable) -> list[str]:
    many = [values] if isinstance(values, Choosable) else list(values)
    labels = {option["label"]: option["value"] for option in listed(part, "options")}
    return [labels.get(one, one) if isinstance(one, str) else one.id for one in many]


def defaults(part: Json) -> list[str]:
    options = [option["value"] for option in listed(part, "options") if option.get("default")]
    return options or [one["id"] for one in listed(part, "default_values")]


def resolved_of(user: User, channel: Channel, part: Json, values: list[str]) -> Json:
    """The people, roles and channels behind chosen ids, as Discord sends them along."""
    if part["type"] == ComponentType.STRING_SELECT:
        return {}
    guild, world = channel.guild, channel.world
    found: Json = {}
    for value in values:
        if value in world.channels and part["type"] == ComponentType.CHANNEL_SELECT:
            allowed = part.get("channel_types")
            chosen_channel = world.channels[value]
            if allowed and chosen_channel.type not in allowed:
                raise NotPossible(f"channels of type {chosen_channel.type.name} are not offered")
            found.setdefault("channels", {})[value] = chosen_channel.resolved_json(user)
        elif value in world.users and part["type"] in (
            ComponentType.USER_SELECT,
            ComponentType.MENTIONABLE_SELECT,
        ):
            found.setdefault("users", {})[value] = world.users[value].json()
            if guild is not None and value in guild.members:
                found.setdefault("members", {})[value] = guild.members[value].json(channel)
        else:
            roles = [role for role in (guild.roles if guild else []) if role.id == value]
            if not roles or part["type"] not in (ComponentType.ROLE_SELECT, ComponentType.MENTIONABLE_SELECT):
                raise NotPossible(f"{value} is not offered")
            found.setdefault("roles", {})[value] = roles[0].json()
    return {"resolved": found}

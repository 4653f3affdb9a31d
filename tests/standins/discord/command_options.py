"""From the words and values that a test names to the options that Discord would send."""

from __future__ import annotations

from .errors import NotPossible
from .values import Json, OptionType, Permission, listed
from .world import Channel, Role, User, World

IN_GUILD, IN_BOT_DM = 0, 1


def find_command(world: World, user: User, channel: Channel, words: list[str], kind: int) -> tuple[Json, list[str]]:
    """The registered command, if `user` is offered it here; and its words."""
    guild = channel.guild
    offered = world.commands.visible(guild.id if guild else None)
    found = next((one for one in offered if one["type"] == kind and one["name"] == words[0]), None)
    if found is None:
        names = sorted(one["name"] for one in offered if one["type"] == kind)
        raise NotPossible(f"there is no command {words[0]!r}, but {names}")
    context = IN_GUILD if guild else IN_BOT_DM
    contexts = found["contexts"] if found["contexts"] is not None else [0, *([1] if found["dm_permission"] else [])]
    if context not in contexts:
        raise NotPossible(f"{words[0]!r} is not offered here")
    if guild is not None:
        allowed = world.commands.allowed.get((guild.id, words[0]), set[str]())
        member = guild.members.get(user.id)
        if member is None or allowed.isdisjoint({user.id, *(role.id for role in member.roles)}):
            _check_rights(found, channel.permissions_of(user), words[0])
    return found, words


def _check_rights(command: Json, permissions: Permission, name: str) -> None:
    if not permissions & Permission.USE_APPLICATION_COMMANDS:
        raise NotPossible("this person may not use application commands here")
    needed = command["default_member_permissions"]
    if needed is None or permissions & Permission.ADMINISTRATOR:
        return
    if needed == "0" or int(needed) & ~int(permissions):
        raise NotPossible(f"this person lacks the rights for {name!r}")


def leaf_of(command: Json, words: list[str]) -> Json:
    """The innermost sub-command that the words name."""
    leaf = command
    for word in words[1:]:
        inner = [one for one in listed(leaf, "options") if one["name"] == word and one["type"] in (1, 2)]
        if not inner:
            raise NotPossible(f"{' '.join(words)!r} is not a command")
        leaf = inner[0]
    if any(option["type"] in (1, 2) for option in listed(leaf, "options")):
        raise NotPossible(f"{' '.join(words)!r} needs a sub-command")
    return leaf


def build_options(
    user: User,
    channel: Channel,
    leaf: Json,
    given: dict[str, object],
    *,
    focused: str = "",
    typed: str = "",
) -> tuple[list[Json], Json]:
    """Options in the order of their declaration, and the resolved objects behind them."""
    declared: dict[str, Json] = {option["name"]: option for option in listed(leaf, "options")}
    unknown = set(given) - set(declared)
    if unknown or (focused and focused not in declared):
        raise NotPossible(f"no such option: {sorted(unknown) or focused}; there are {sorted(declared)}")
    if focused and not declared[focused].get("autocomplete"):
        raise NotPossible(f"{focused!r} has no autocomplete")
    options: list[Json] = []
    resolved: Json = {}
    for name, option in declared.items():
        if name == focused:
            options.append({"type": option["type"], "name": name, "value": typed, "focused": True})
        elif given.get(name) is not None:
            value = _value(user, channel, option, given[name], resolved)
            options.append({"type": option["type"], "name": name, "value": value})
        elif option.get("required") and not focused:
            raise NotPossible(f"the option {name!r} is required")
    return options, resolved


def _value(user: User, channel: Channel, option: Json, value: object, resolved: Json) -> object:
    kind = OptionType(option["type"])
    name = option["name"]
    wrong = NotPossible(f"{name!r} does not take {value!r}")
    match kind, value:
        case OptionType.STRING, str():
            least, most = option.get("min_length") or 0, option.get("max_length") or 6000
            if not least <= len(value) <= most:
                raise NotPossible(f"{name!r} takes {least} to {most} characters")
        case OptionType.BOOLEAN, bool():
            pass
        case (OptionType.INTEGER, int()) | (OptionType.NUMBER, int() | float()) if not isinstance(value, bool):
            least, most = option.get("min_value"), option.get("max_value")
            if (least is not None and value < least) or (most is not None and value > most):
                raise wrong
        case OptionType.USER | OptionType.MENTIONABLE, User():
            resolved.setdefault("users", {})[value.id] = value.json()
            if channel.guild is not None and value.id in channel.guild.members:
                member = channel.guild.members[value.id].json(channel)
                resolved.setdefault("members", {})[value.id] = member
            return value.id
        case OptionType.ROLE | OptionType.MENTIONABLE, Role():
            resolved.setdefault("roles", {})[value.id] = value.json()
            return value.id
        case OptionType.CHANNEL, Channel():
            allowed = option.get("channel_types")
            if value.guild is not channel.guild or (allowed and value.type not in allowed):
                raise wrong
            resolved.setdefault("channels", {})[value.id] = value.resolved_json(user)
            return value.id
        case _:
            raise wrong
    choices = listed(option, "choices")
    if not choices:
        return value
    matching = [choice["value"] for choice in choices if value in (choice["value"], choice["name"])]
    if not matching:
        raise NotPossible(f"{name!r} offers {[choice['name'] for choice in choices]}, not {value!r}")
    return matching[0]

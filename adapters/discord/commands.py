"""The tables of commands and menus as Discord's own, and what people typed as the table's words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from adapters.discord.forms import TEXT_CHANNELS
from adapters.discord.render import Json
from adapters.discord.text import crop
from bot.domain.commands import Command, Menu, Option, OptionKind

MANAGE_GUILD = 1 << 5
SUMMARY_LIMIT = 100
CHOICES_LIMIT = 25
CHOICE_LIMIT = 100

_CHAT, _MESSAGE = 1, 3
_SUB_COMMAND, _SUB_COMMAND_GROUP, _STRING, _CHANNEL = 1, 2, 3, 7
_IN_SERVERS, _INSTALLED_TO_SERVERS = 0, 0
_EVERYWHERE: Json = {"contexts": [_IN_SERVERS], "integration_types": [_INSTALLED_TO_SERVERS]}
_SUMMARIES = {
    "kind": "Small acts of kindness, for you and your group",
    "kindling": "Set Kindling up and look after it",
    "kindling wall": "Look after the kindness wall",
}


def native(commands: Sequence[Command], menus: Sequence[Menu] = ()) -> list[Json]:
    """The tables as the body that registers them: one command for each group, one sub-command for each word, and
    one message command for each menu.

    A group that has only commands for moderators is offered, at first, to those who may manage the server.
    A server's owners can change that; whether somebody may is asked again at every press anyway.
    """
    groups: dict[str, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.group, []).append(command)
    return [_group(name, members) for name, members in groups.items()] + [_message_command(menu) for menu in menus]


def same(wanted: Sequence[Json], registered: Sequence[Json]) -> bool:
    """Whether registering `wanted` would change nothing that anybody notices."""
    return _by_name(map(_essence, wanted)) == _by_name(map(_essence, registered))


def words(data: Mapping[str, object]) -> tuple[str, dict[str, str]]:
    """The table's name of the command that was used, and its options as texts."""
    name, options = _leaf(data)
    return name, {str(option["name"]): str(option["value"]) for option in options if "value" in option}


def menu(menus: Sequence[Menu], data: Mapping[str, object]) -> str | None:
    """The name in the table of the message command that was used, or its label when the table has it no longer.

    None for a slash command.
    """
    if data.get("type") != _MESSAGE:
        return None
    label = str(data["name"])
    return next((known.name for known in menus if known.label == label), label)


def focused(data: Mapping[str, object]) -> tuple[str, str, str]:
    """The command, the option and what is in it so far, while somebody types."""
    name, options = _leaf(data)
    option = next((option for option in options if option.get("focused")), Json())
    return name, str(option.get("name", "")), str(option.get("value", ""))


def kind_of(commands: Sequence[Command], name: str, option: str) -> OptionKind | None:
    """What the table says an option of a command is."""
    options = (each for command in commands if command.name == name for each in command.options)
    return next((each.kind for each in options if each.name == option), None)


def choices(suggestions: Iterable[tuple[str, str]]) -> list[Json]:
    """(value, label) pairs as the choices that are offered while somebody types."""
    fitting = [(value, label) for value, label in suggestions if 1 <= len(value) <= CHOICE_LIMIT][:CHOICES_LIMIT]
    return [Json(name=crop(label or value, CHOICE_LIMIT), value=value) for value, label in fitting]


def _group(name: str, members: Sequence[Command]) -> Json:
    group: Json = _EVERYWHERE | {
        "type": _CHAT,
        "name": name,
        "description": _SUMMARIES.get(name, name),
        "options": _words(members),
    }
    if all(command.moderators_only for command in members):
        group["default_member_permissions"] = MANAGE_GUILD
    return group


def _words(members: Sequence[Command]) -> list[Json]:
    """A sub-command for each command of two words, and a group of them where three words begin with the same two."""
    shown: dict[str, Json] = {}
    for command in members:
        first, _, rest = command.word.partition(" ")
        if not rest:
            shown[first] = _sub_command(command, first)
            continue
        summary = _SUMMARIES.get(f"{command.group} {first}", first)
        group = shown.setdefault(
            first, {"type": _SUB_COMMAND_GROUP, "name": first, "description": summary, "options": list[Json]()}
        )
        _list(group["options"]).append(_sub_command(command, rest))
    return list(shown.values())


def _message_command(menu: Menu) -> Json:
    """An entry in the menu of every message. Discord shows its name, and takes no description."""
    return _EVERYWHERE | {"type": _MESSAGE, "name": menu.label}


def _sub_command(command: Command, name: str) -> Json:
    return {
        "type": _SUB_COMMAND,
        "name": name,
        "description": crop(command.summary, SUMMARY_LIMIT),
        "options": [_option(option) for option in command.options],
    }


def _option(option: Option) -> Json:
    summary = f"{option.summary} (such as {option.example})" if option.example else option.summary
    if len(summary) > SUMMARY_LIMIT:
        summary = crop(option.summary, SUMMARY_LIMIT)
    shown: Json = {"name": option.name, "description": summary, "required": False}
    match option.kind:
        case OptionKind.CHANNEL:
            return shown | {"type": _CHANNEL, "channel_types": list(TEXT_CHANNELS)}
        case OptionKind.ZONE:
            return shown | {"type": _STRING, "autocomplete": True}
        case OptionKind.TEXT | OptionKind.TIME | OptionKind.DAYS | OptionKind.DATE:
            return shown | {"type": _STRING}


def _leaf(data: Mapping[str, object]) -> tuple[str, list[Json]]:
    """The words of the command that was used, and its options: they lie as deep as it has words."""
    name, options = str(data["name"]), _list(data.get("options"))
    while options and options[0]["type"] in {_SUB_COMMAND, _SUB_COMMAND_GROUP}:
        name, options = f"{name} {options[0]['name']}", _list(options[0].get("options"))
    return name, options


def _essence(command: Mapping[str, object]) -> Json:
    """What of a command is ours to say, with Discord's defaults filled in and its spelling of rights."""
    rights = command.get("default_member_permissions")
    return {
        "type": command.get("type", _CHAT),
        "name": command["name"],
        "description": command.get("description", ""),
        "options": [_option_essence(option) for option in _list(command.get("options"))],
        "permissions": None if rights is None else str(rights),
        "contexts": command.get("contexts"),
        "integration_types": command.get("integration_types"),
    }


def _option_essence(option: Mapping[str, object]) -> Json:
    return {
        "type": option["type"],
        "name": option["name"],
        "description": option.get("description", ""),
        "required": bool(option.get("required")),
        "autocomplete": bool(option.get("autocomplete")),
        "channel_types": sorted(map(int, map(str, _list(option.get("channel_types"))))),
        "choices": option.get("choices") or [],
        "options": [_option_essence(inner) for inner in _list(option.get("options"))],
    }


def _by_name(commands: Iterable[Json]) -> list[Json]:
    return sorted(commands, key=lambda command: (str(command["name"]), str(command["type"])))


def _list(value: object) -> list[Json]:
    return cast("list[Json]", value) if isinstance(value, list) else []

"""What Discord accepts as application commands."""

from __future__ import annotations

from collections import Counter

from .errors import FormErrors
from .values import Json, inside, listed
from .values import OptionType as O

CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST_OF_TYPE = {CHAT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MOST_CHARACTERS = 8000
CHOOSABLE = {O.STRING, O.INTEGER, O.NUMBER}
NESTING = {O.SUBCOMMAND, O.GROUP}


def check_commands(commands: list[Json], form: FormErrors) -> None:
    """All commands of one scope, as a bulk overwrite names them."""
    counted = Counter(command.get("type") or CHAT for command in commands)
    for kind, most in MOST_OF_TYPE.items():
        if counted[kind] > most:
            form.add("", "MAXIMUM_NUMBER_OF_APPLICATION_COMMANDS_REACHED", f"Max {most} of type {kind}.")
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type") or CHAT, str(command.get("name")))
        if key in seen:
            form.add(str(index), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        seen.add(key)
        check_command(command, form, str(index))


def check_command(command: Json, form: FormErrors, path: str) -> None:
    dot = f"{path}." if path else ""
    kind = command.get("type") or CHAT
    if kind != CHAT:
        form.length(f"{dot}name", command.get("name"), 1, 32)
        if command.get("description"):
            message = "Context menu commands cannot have description"
            form.add(f"{dot}description", "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", message)
        if command.get("options"):
            message = "Context menu commands cannot have options"
            form.add(f"{dot}options", "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", message)
        return
    _check_name(command, form, dot)
    form.length(f"{dot}description", command.get("description"), 1, 100)
    _check_options(listed(command, "options"), form, f"{dot}options", depth=0)
    if characters(command) > MOST_CHARACTERS:
        message = f"Command exceeds maximum size ({MOST_CHARACTERS})"
        form.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _check_name(part: Json, form: FormErrors, dot: str) -> None:
    for place, name in [("name", part.get("name")), *inside(part, "name_localizations").items()]:
        if not name_is_fine(name):
            at = f"{dot}name" if place == "name" else f"{dot}name_localizations.{place}"
            form.add(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def name_is_fine(name: object) -> bool:
    """Letters and numbers of any script, - and _, up to 32, in lower case where there is one."""
    if not isinstance(name, str) or not 1 <= len(name) <= 32 or name != name.lower():
        return False
    return all(letter in "-_" or letter.isalpha() or letter.isnumeric() for letter in name)


def _check_options(options: list[Json], form: FormErrors, path: str, *, depth: int) -> None:
    if len(options) > 25:
        form.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    kinds = {option.get("type") in NESTING for option in options}
    if len(kinds) > 1:
        message = "Sub-commands and sub-command groups cannot stand beside other options"
        form.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    names = [option.get("name") for option in options]
    optional_before = False
    for index, option in enumerate(options):
        place = f"{path}.{index}"
        _check_option(option, form, place, depth)
        if names.index(option.get("name")) != index:
            form.add(
                f"{place}.name",
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            )
        if option.get("required") and optional_before:
            message = "Required options must be placed before non-required options"
            form.add(f"{place}.required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_before = optional_before or not option.get("required")


def _check_option(option: Json, form: FormErrors, place: str, depth: int) -> None:
    kind = option.get("type")
    _check_name(option, form, f"{place}.")
    form.length(f"{place}.description", option.get("description"), 1, 100)
    if kind in NESTING:
        if (kind == O.GROUP and depth > 0) or depth > 1:
            message = "Sub-command groups hold sub-commands, and those hold plain options"
            form.add(f"{place}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
        inner = listed(option, "options")
        if kind == O.GROUP and (not inner or any(part.get("type") != O.SUBCOMMAND for part in inner)):
            message = "A sub-command group holds sub-commands only, at least one"
            form.add(f"{place}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
        _check_options(inner, form, f"{place}.options", depth=2 if kind == O.SUBCOMMAND else 1)
        return
    if option.get("options"):
        form.add(f"{place}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This type holds no options")
    _check_choices(option, form, place)


def _check_choices(option: Json, form: FormErrors, place: str) -> None:
    choices = listed(option, "choices")
    if len(choices) > 25:
        form.add(f"{place}.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    if (choices or option.get("autocomplete")) and option.get("type") not in CHOOSABLE:
        message = "Only strings, integers and numbers can have choices or autocomplete"
        form.add(place, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID_TYPE", message)
    if choices and option.get("autocomplete"):
        message = "Autocomplete and choices exclude each other"
        form.add(place, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", message)
    for index, choice in enumerate(choices):
        check_choice(choice, option.get("type"), form, f"{place}.choices.{index}")


def check_choice(choice: Json, kind: int | None, form: FormErrors, place: str) -> None:
    """A choice of a command's option or of an autocomplete answer."""
    form.length(f"{place}.name", choice.get("name"), 1, 100)
    value = choice.get("value")
    if kind == O.STRING:
        form.length(f"{place}.value", value, 0, 100)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        form.add(f"{place}.value", "NUMBER_TYPE_COERCE", "Value is not a number.")


def characters(part: Json) -> int:
    """Names, descriptions and choice values, at their longest translation, all the way down."""
    total = 0
    for key in ("name", "description"):
        texts = [part.get(key) or "", *inside(part, f"{key}_localizations").values()]
        total += max(len(text) for text in texts)
    if isinstance(part.get("value"), str):
        total += len(part["value"])
    inner = [*listed(part, "options"), *listed(part, "choices")]
    return total + sum(characters(one) for one in inner)

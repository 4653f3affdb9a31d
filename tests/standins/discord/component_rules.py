"""What Discord accepts as the components of a message, beyond what its schema says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .errors import FormErrors
from .values import SELECTS, Json, inside, listed
from .values import ComponentType as T
from .world import walk

MOST_COMPONENTS = 40
MOST_TEXT = 4000
ON_TOP = {T.ACTION_ROW, T.SECTION, T.TEXT_DISPLAY, T.MEDIA_GALLERY, T.FILE, T.SEPARATOR, T.CONTAINER}
IN_CONTAINER = ON_TOP - {T.CONTAINER}
LINK = 5
PREMIUM = 6
WEB_ADDRESS = re.compile(r"(https?|discord)://\S+")
MEDIA_ADDRESS = re.compile(r"https?://\S+")


def check_components(components: list[Json], form: FormErrors, path: str, files: set[str], *, v2: bool) -> None:
    """Add every broken rule to `form`. `files` are the names that `attachment://` may speak of."""
    check_uniqueness(components, form, path)
    if not v2:
        _check_rows_only(components, form, path)
        return
    parts = walk(components)
    if not len(components) >= 1 or len(parts) > MOST_COMPONENTS:
        form.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_COMPONENTS} in length.")
    text = sum(len(part.get("content", "")) for part in parts if part["type"] == T.TEXT_DISPLAY)
    if text > MOST_TEXT:
        form.add(path, "COMPONENT_MAX_TOTAL_TEXT_SIZE", f"The total text size may not exceed {MOST_TEXT}.")
    _check_children(components, ON_TOP, form, path, files)


def check_uniqueness(components: list[Json], form: FormErrors, path: str) -> None:
    for key, code in (("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"), ("id", "COMPONENT_ID_DUPLICATED")):
        seen: set[object] = set()
        for place, part in _places(components, path):
            value = part.get(key)
            if value and value in seen:
                form.add(f"{place}.{key}", code, f"Component {key} cannot be duplicated")
            seen.add(value)


def _places(components: list[Json], path: str) -> Iterator[tuple[str, Json]]:
    for index, part in enumerate(components):
        place = f"{path}.{index}"
        yield place, part
        yield from _places(listed(part, "components"), f"{place}.components")
        for key in ("accessory", "component"):
            if part.get(key):
                yield from ((at.replace(".0", "", 1), inner) for at, inner in _places([part[key]], f"{place}.{key}"))


def _check_rows_only(components: list[Json], form: FormErrors, path: str) -> None:
    if len(components) > 5:
        form.add(path, "BASE_TYPE_BAD_LENGTH", "Must be 5 or fewer in length.")
    for index, row in enumerate(components):
        if row.get("type") != T.ACTION_ROW:
            form.add(f"{path}.{index}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
        else:
            check_row(row, form, f"{path}.{index}.components")


def _check_children(parts: list[Json], allowed: set[T], form: FormErrors, path: str, files: set[str]) -> None:
    for index, part in enumerate(parts):
        place = f"{path}.{index}"
        if part.get("type") not in allowed:
            choices = tuple(int(one) for one in sorted(allowed))
            form.add(f"{place}.type", "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {choices}.')
            continue
        _check_part(part, form, place, files)


def _check_part(part: Json, form: FormErrors, place: str, files: set[str]) -> None:
    match T(part["type"]):
        case T.ACTION_ROW:
            check_row(part, form, f"{place}.components")
        case T.CONTAINER:
            inner = listed(part, "components")
            if not inner:
                form.add(f"{place}.components", "BASE_TYPE_BAD_LENGTH", "Must be 1 or more in length.")
            _check_children(inner, IN_CONTAINER, form, f"{place}.components", files)
        case T.SECTION:
            _check_section(part, form, place, files)
        case T.TEXT_DISPLAY:
            form.length(f"{place}.content", part.get("content"), 1, MOST_TEXT)
        case T.MEDIA_GALLERY:
            items = listed(part, "items")
            if not 1 <= len(items) <= 10:
                form.add(f"{place}.items", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 10 in length.")
            for index, item in enumerate(items):
                _check_media(item, "media", form, f"{place}.items.{index}", files)
        case T.FILE:
            _check_media(part, "file", form, place, files)
        case _:
            pass


def _check_section(part: Json, form: FormErrors, place: str, files: set[str]) -> None:
    texts = listed(part, "components")
    if not 1 <= len(texts) <= 3:
        form.add(f"{place}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 3 in length.")
    _check_children(texts, {T.TEXT_DISPLAY}, form, f"{place}.components", files)
    accessory = part.get("accessory")
    if not accessory:
        form.add(f"{place}.accessory", "BASE_TYPE_REQUIRED", "This field is required")
    elif accessory.get("type") == T.BUTTON:
        check_button(accessory, form, f"{place}.accessory")
    elif accessory.get("type") == T.THUMBNAIL:
        _check_media(accessory, "media", form, f"{place}.accessory", files)
    else:
        form.add(f"{place}.accessory.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (2, 11).')


def _check_media(part: Json, key: str, form: FormErrors, place: str, files: set[str]) -> None:
    url = str(inside(part, key).get("url") or "")
    if url.startswith("attachment://"):
        if url.removeprefix("attachment://") not in files:
            form.add(f"{place}.{key}.url", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "No such file.")
    elif key == "file" or not MEDIA_ADDRESS.fullmatch(url):
        form.add(f"{place}.{key}.url", "URL_TYPE_INVALID_SCHEME", f"Not a usable address: {url!r}")
    if part.get("description") is not None:
        form.length(f"{place}.description", part["description"], 1, 1024)


def check_row(row: Json, form: FormErrors, path: str) -> None:
    parts = listed(row, "components")
    buttons = [part for part in parts if part.get("type") == T.BUTTON]
    selects = [part for part in parts if part.get("type") in SELECTS]
    if len(buttons) + len(selects) != len(parts):
        form.add(path, "UNION_TYPE_CHOICES", "Only buttons and selects go into an action row of a message.")
    elif not (1 <= len(buttons) <= 5 and not selects) and not (len(selects) == 1 and not buttons):
        form.add(path, "BASE_TYPE_BAD_LENGTH", "An action row holds 1 to 5 buttons or one select.")
    for index, part in enumerate(parts):
        if part.get("type") == T.BUTTON:
            check_button(part, form, f"{path}.{index}")
        elif part.get("type") in SELECTS:
            check_select(part, form, f"{path}.{index}")


def check_button(button: Json, form: FormErrors, path: str) -> None:
    style = button.get("style")
    if style == LINK:
        if not WEB_ADDRESS.fullmatch(str(button.get("url") or "")):
            form.add(f"{path}.url", "URL_TYPE_INVALID_SCHEME", "A link button needs an http(s) or discord address.")
        if button.get("custom_id"):
            form.add(f"{path}.custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "Not with a url.")
    elif style != PREMIUM:
        form.length(f"{path}.custom_id", button.get("custom_id"), 1, 100)
        if button.get("url"):
            form.add(f"{path}.url", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "Not with a custom id.")
    if style not in range(1, PREMIUM + 1):
        form.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")
    if style != PREMIUM and not button.get("label") and not button.get("emoji"):
        form.add(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button needs a label or an emoji.")
    form.length(f"{path}.label", button.get("label") or "", 0, 80)
    _check_emoji(inside(button, "emoji"), form, f"{path}.emoji")


def _check_emoji(emoji: Json, form: FormErrors, path: str) -> None:
    """A character that is an emoji, or the id of a server's own. Words for one, such as `smile`, are none."""
    name = str(emoji.get("name") or "")
    if emoji and not emoji.get("id") and not is_emoji(name):
        form.add(f"{path}.name", "COMPONENT_INVALID_EMOJI", "Invalid emoji")


def is_emoji(name: str) -> bool:
    keycap = name.endswith("\u20e3")
    return bool(name) and not (name.isascii() and not keycap) and not name.isalnum()


_DEFAULTS = {
    T.USER_SELECT: {"user"},
    T.ROLE_SELECT: {"role"},
    T.MENTIONABLE_SELECT: {"user", "role"},
    T.CHANNEL_SELECT: {"channel"},
}


def _check_defaults(select: Json, form: FormErrors, path: str, least: int, most: int) -> None:
    """What a list of people, roles or channels begins with: ids of its own kind, as many as may be chosen."""
    defaults = listed(select, "default_values")
    if defaults and not least <= len(defaults) <= most:
        form.add(f"{path}.default_values", "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
    for index, default in enumerate(defaults):
        if default.get("type") not in _DEFAULTS[T(select["type"])]:
            form.add(f"{path}.default_values.{index}.type", "BASE_TYPE_CHOICES", "This list holds no such thing.")
        if not str(default.get("id", "")).isdecimal():
            form.add(f"{path}.default_values.{index}.id", "NUMBER_TYPE_COERCE", "Not a snowflake.")


def check_select(select: Json, form: FormErrors, path: str) -> None:
    """A select menu, in a message or in a modal."""
    form.length(f"{path}.custom_id", select.get("custom_id"), 1, 100)
    form.length(f"{path}.placeholder", select.get("placeholder") or "", 0, 150)
    least, most = select.get("min_values"), select.get("max_values")
    least = 1 if least is None else least
    most = 1 if most is None else most
    if not 0 <= least <= 25 or not 1 <= most <= 25 or least > most:
        form.add(f"{path}.max_values", "NUMBER_TYPE_RANGE", "Ask for 0 to 25 values, the least not above the most.")
    if select.get("type") != T.STRING_SELECT:
        _check_defaults(select, form, path, least, most)
        return
    options = listed(select, "options")
    if not 1 <= len(options) <= 25:
        form.add(f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    values = [option.get("value") for option in options]
    for index, option in enumerate(options):
        place = f"{path}.options.{index}"
        form.length(f"{place}.label", option.get("label"), 1, 100)
        form.length(f"{place}.value", option.get("value"), 1, 100)
        form.length(f"{place}.description", option.get("description") or "", 0, 100)
        if values.index(option.get("value")) != index:
            form.add(f"{place}.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The value is already used.")
    if sum(bool(option.get("default")) for option in options) > most:
        form.add(f"{path}.options", "SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES", "More defaults than may be chosen.")
    if most > max(len(options), 1):
        form.add(f"{path}.max_values", "NUMBER_TYPE_RANGE", "More values than there are options.")

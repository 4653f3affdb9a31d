"""Filling in and choosing: what a person may enter into an element, and how payloads tell it."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from .elements import options_of
from .shapes import Json
from .world import CannotDo, Channel, Ephemeral, Message, User, View, elements_of

Target = Message | Ephemeral | View
_TEXTS = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_ONE_OPTION = {"static_select", "radio_buttons", "external_select", "overflow"}
_MANY_OPTIONS = {"multi_static_select", "checkboxes", "multi_external_select"}
_ONE_PICK = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_MANY_PICKS = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
}


def controls(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with its block, from top to bottom."""
    for block in blocks:
        for element in elements_of(block):
            yield block, element


def names_of(block: Json, element: Json) -> list[str]:
    """What a test may call an element by: ids, a button's text, an input's label, a select's placeholder."""
    texts: list[Json] = [block.get("label", {}), element.get("placeholder", {})]
    if element["type"] == "button":
        texts.append(element["text"])
    labels = [text["text"] for text in texts if text]
    return [element["action_id"], block["block_id"], *labels]


def find_control(target: Target, name: str) -> tuple[Json, Json]:
    """The one element called `name`; an action id wins over a text that is the same."""
    found = [(block, element) for block, element in controls(target.blocks) if name in names_of(block, element)]
    exact = [(block, element) for block, element in found if element["action_id"] == name]
    chosen = exact or found
    if len(chosen) != 1:
        there = [names_of(block, element) for block, element in controls(target.blocks)]
        raise CannotDo(f"{len(chosen)} elements are called {name!r}; there are {there}")
    return chosen[0]


def pick_option(options: list[Json], wanted: object) -> Json:
    """The option whose value or text is `wanted`, or `wanted` itself when it is one of them."""
    for option in options:
        if wanted in (option, option["value"], option["text"]["text"]):
            return option
    offered = [option["text"]["text"] for option in options]
    raise CannotDo(f"there is no option {wanted!r} among {offered}")


def entered(element: Json, value: object) -> Json:
    """The state's value of an element into which a person put `value` (an option's text or value, an id, a text)."""
    kind = element["type"]
    if kind in _TEXTS:
        return {"type": kind, "value": _text(element, value)}
    if kind in _ONE_OPTION:
        option = value if kind == "external_select" else pick_option(options_of(element), value)
        return {"type": kind, "selected_option": option}
    if kind in _MANY_OPTIONS:
        wanted = _many(value)
        if len(wanted) > element.get("max_selected_items", len(wanted)):
            raise CannotDo(f"at most {element['max_selected_items']} options can be chosen")
        options = wanted if kind == "multi_external_select" else [pick_option(options_of(element), w) for w in wanted]
        return {"type": kind, "selected_options": options}
    if kind in _ONE_PICK:
        return {"type": kind, _ONE_PICK[kind][0]: _picked(element, value)}
    if kind in _MANY_PICKS:
        return {"type": kind, _MANY_PICKS[kind][0]: [_picked(element, pick) for pick in _many(value)]}
    raise CannotDo(f"nothing can be entered into a {kind}")


def untouched(element: Json, viewing: Channel | None) -> Json | None:
    """The state's value before anybody touches the element; None for those that have no state.

    With `default_to_current_conversation` that is the conversation somebody had before them, if the filter shows it.
    """
    kind = element["type"]
    if kind == "conversations_select" and "initial_conversation" not in element and viewing is not None:
        default = element.get("default_to_current_conversation") and not _hidden(element, viewing)
        return {"type": kind, "selected_conversation": viewing.id if default else None}
    if kind == "file_input":
        return {"type": kind, "files": []}
    if kind in _TEXTS:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in _ONE_OPTION - {"overflow"}:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _MANY_OPTIONS:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in _ONE_PICK:
        selected, initial = _ONE_PICK[kind]
        return {"type": kind, selected: element.get(initial)}
    if kind in _MANY_PICKS:
        selected, initial = _MANY_PICKS[kind]
        return {"type": kind, selected: element.get(initial, [])}
    return None


def _text(element: Json, value: object) -> str | None:
    text = None if value is None else str(value)
    if text is None or element["type"] != "plain_text_input":
        return text
    if not element.get("multiline") and "\n" in text:
        raise CannotDo("a line break cannot be typed into a one-line field")
    longest, shortest = element.get("max_length", 3000), element.get("min_length", 0)
    if not shortest <= len(text) <= longest:
        raise CannotDo(f"Slack takes {shortest} to {longest} characters here, not {len(text)}")
    return text


def _many(value: object) -> list[Any]:
    return list(cast("Collection[Any]", value)) if isinstance(value, list | tuple | set) else [value]


def _picked(element: Json, value: object) -> object:
    if isinstance(value, User):
        return value.id
    if not isinstance(value, Channel):
        return value
    if element["type"].endswith("channels_select") and value.kind != "public":
        raise CannotDo("only public channels can be chosen here")
    if _hidden(element, value):
        raise CannotDo(f"the filter hides {value.name}")
    return value.id


def _hidden(element: Json, channel: Channel) -> bool:
    excluded = element.get("filter", {}).get("exclude_external_shared_channels") and channel.shared
    kinds = element.get("filter", {}).get("include")
    return excluded or (kinds is not None and channel.kind not in kinds)


def values_of(target: Target, user: User) -> Json:
    """`state.values`: block id to action id to value, as this user left them."""
    values: Json = {}
    viewing = target.viewing if isinstance(target, View) else target.channel
    for block, element in controls(target.blocks):
        start = untouched(element, viewing)
        if start is not None:
            key = (user.id, block["block_id"], element["action_id"])
            values.setdefault(block["block_id"], {})[element["action_id"]] = target.entered.get(key, start)
    return values


def is_empty(value: Json) -> bool:
    return not any(field for name, field in value.items() if name != "type")


def missing_inputs(view: View, user: User) -> list[str]:
    """Labels of required inputs that are empty: Slack does not submit before they are filled in."""
    values = values_of(view, user)
    return [
        block["label"]["text"]
        for block, element in controls(view.blocks)
        if block["type"] == "input"
        and not block.get("optional", False)
        and is_empty(values[block["block_id"]][element["action_id"]])
    ]

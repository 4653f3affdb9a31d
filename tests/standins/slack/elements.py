"""Rules for the parts inside blocks: texts, options and interactive elements.

Limits are those of Slack's Block Kit reference. A `Problem` is what Slack's `errors` list tells about one of them.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .shapes import Json, as_list, as_object

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_URL = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    pointer: str
    message: str

    def __str__(self) -> str:
        return f"[ERROR] {self.message} [json-pointer:{self.pointer}]"


class Checks:
    """Collects problems while walking a payload, so that a test sees all of them at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.focused: list[str] = []

    def add(self, pointer: str, message: str) -> None:
        self.problems.append(Problem(pointer, message))

    def properties(self, node: Json, at: str, required: Iterable[str], optional: Iterable[str] = ()) -> None:
        for name in required:
            if node.get(name) is None:
                self.add(at, f"missing required field: {name}")
        for name in sorted(set(node) - set(required) - set(optional) - {"type", "block_id"}):
            self.add(at, f"invalid additional property: {name}")

    def string(self, node: Json, name: str, at: str, longest: int, shortest: int = 1) -> None:
        """An optional string field within its lengths; a required one is looked after by `properties`."""
        value = node.get(name)
        if value is None:
            return
        if not isinstance(value, str):
            self.add(f"{at}/{name}", "must provide a string")
        elif len(value) < shortest:
            self.add(f"{at}/{name}", f"must be more than {shortest - 1} characters")
        elif len(value) > longest:
            self.add(f"{at}/{name}", f"must be less than {longest + 1} characters")

    def matching(self, node: Json, at: str, name: str, shape: re.Pattern[str]) -> None:
        if name in node and not shape.fullmatch(str(node[name])):
            self.add(f"{at}/{name}", f"input must match regex pattern: ^{shape.pattern}$")

    def flag(self, node: Json, name: str, at: str) -> None:
        if name in node and not isinstance(node[name], bool):
            self.add(f"{at}/{name}", "must provide a boolean")

    def number(self, node: Json, name: str, at: str, least: int, most: int) -> None:
        value = node.get(name)
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.add(f"{at}/{name}", f"must be a number from {least} to {most}")

    def url(self, node: Json, name: str, at: str) -> None:
        self.string(node, name, at, 3000)
        value = node.get(name)
        if isinstance(value, str) and not _URL.fullmatch(value):
            self.add(f"{at}/{name}", "must provide a valid URL")

    def objects(self, node: Json, name: str, at: str, most: int, least: int = 1) -> list[tuple[Json, str]]:
        """The objects of a list field with their pointers; wrong shapes become problems and are left out."""
        if node.get(name) is None:
            return []
        items = as_list(node[name])
        if items is None:
            self.add(f"{at}/{name}", "must provide an array")
            return []
        if len(items) < least:
            self.add(f"{at}/{name}", f"no fewer than {least} items allowed")
        if len(items) > most:
            self.add(f"{at}/{name}", f"no more than {most} items allowed")
        found: list[tuple[Json, str]] = []
        for index, item in enumerate(items):
            if (child := as_object(item)) is not None:
                found.append((child, f"{at}/{name}/{index}"))
            else:
                self.add(f"{at}/{name}/{index}", "must provide an object")
        return found

    def child(self, node: Json, name: str, at: str) -> tuple[Json, str] | None:
        if node.get(name) is None:
            return None
        child = as_object(node[name])
        if child is None:
            self.add(f"{at}/{name}", "must provide an object")
            return None
        return child, f"{at}/{name}"

    def text(self, node: Json, name: str, at: str, longest: int, *, mrkdwn: bool = False) -> None:
        """A text object in field `name`: plain text, or mrkdwn too where Slack takes both."""
        if (child := self.child(node, name, at)) is not None:
            self.text_object(*child, longest, mrkdwn=mrkdwn)

    def text_object(self, text: Json, at: str, longest: int, *, mrkdwn: bool) -> None:
        kind = text.get("type")
        if kind == "mrkdwn" and mrkdwn:
            self.properties(text, at, ["text"], ["verbatim"])
            self.flag(text, "verbatim", at)
        elif kind == "plain_text":
            self.properties(text, at, ["text"], ["emoji"])
            self.flag(text, "emoji", at)
        else:
            self.add(f"{at}/type", f"unsupported type: {kind}")
        self.string(text, "text", at, longest)


def check_confirm(checks: Checks, node: Json, at: str) -> None:
    if (child := checks.child(node, "confirm", at)) is None:
        return
    confirm, where = child
    checks.properties(confirm, where, ["title", "text"], ["confirm", "deny", "style"])
    checks.text(confirm, "title", where, 100)
    checks.text(confirm, "text", where, 300, mrkdwn=True)
    checks.text(confirm, "confirm", where, 30)
    checks.text(confirm, "deny", where, 30)
    check_style(checks, confirm, where)


def check_style(checks: Checks, node: Json, at: str) -> None:
    if "style" in node and node["style"] not in {"primary", "danger"}:
        checks.add(f"{at}/style", f"unsupported style: {node['style']}")


def check_option(checks: Checks, option: Json, at: str, *, rich: bool = False, link: bool = False) -> None:
    """`rich` options (checkboxes, radio buttons) take mrkdwn; only an overflow menu's take a `url`."""
    checks.properties(option, at, ["text", "value"], ["description", *(["url"] if link else [])])
    checks.text(option, "text", at, 75, mrkdwn=rich)
    checks.string(option, "value", at, 150)
    checks.text(option, "description", at, 75, mrkdwn=rich)
    checks.url(option, "url", at)


def options_of(node: Json) -> list[Json]:
    """All options of a select, also those in groups."""
    options: list[Json] = list(as_list(node.get("options")) or [])
    for group in as_list(node.get("option_groups")) or []:
        options.extend(as_list((as_object(group) or {}).get("options")) or [])
    return options


def check_options(checks: Checks, node: Json, at: str, most: int, *, rich: bool = False, link: bool = False) -> None:
    if ("options" in node) == ("option_groups" in node):
        checks.add(at, "must provide either options or option_groups")
    for option, where in checks.objects(node, "options", at, most):
        check_option(checks, option, where, rich=rich, link=link)
    for group, where in checks.objects(node, "option_groups", at, most):
        checks.properties(group, where, ["label", "options"])
        checks.text(group, "label", where, 75)
        for option, inner in checks.objects(group, "options", where, most):
            check_option(checks, option, inner)


def check_initial(checks: Checks, node: Json, at: str) -> None:
    """What is chosen at first must be exactly one of the options."""
    options = options_of(node)
    if (child := checks.child(node, "initial_option", at)) is not None and child[0] not in options:
        checks.add(child[1], "initial_option must match one of the options")
    for option, where in checks.objects(node, "initial_options", at, 100):
        if option not in options:
            checks.add(where, "initial_options must match the options")


def _button(checks: Checks, node: Json, at: str) -> None:
    checks.text(node, "text", at, 75)
    checks.string(node, "value", at, 2000)
    checks.url(node, "url", at)
    checks.string(node, "accessibility_label", at, 75)
    check_style(checks, node, at)


def _static_select(checks: Checks, node: Json, at: str) -> None:
    check_options(checks, node, at, 100)
    check_initial(checks, node, at)


def _external_select(checks: Checks, node: Json, at: str) -> None:
    checks.number(node, "min_query_length", at, 0, 1000)
    if (child := checks.child(node, "initial_option", at)) is not None:
        check_option(checks, *child)
    for option, where in checks.objects(node, "initial_options", at, 100):
        check_option(checks, option, where)


def _overflow(checks: Checks, node: Json, at: str) -> None:
    check_options(checks, node, at, 5, link=True)


def _boxes(checks: Checks, node: Json, at: str) -> None:
    check_options(checks, node, at, 10, rich=True)
    check_initial(checks, node, at)


def _date(checks: Checks, node: Json, at: str) -> None:
    if (value := node.get("initial_date")) is not None and not _DATE.fullmatch(str(value)):
        checks.add(f"{at}/initial_date", "must be a date like 2026-03-09")


def _time(checks: Checks, node: Json, at: str) -> None:
    if (value := node.get("initial_time")) is not None and not _TIME.fullmatch(str(value)):
        checks.add(f"{at}/initial_time", "must be a time like 09:00")
    checks.string(node, "timezone", at, 100)


def _datetime(checks: Checks, node: Json, at: str) -> None:
    checks.number(node, "initial_date_time", at, 10**9, 10**10 - 1)


def _line(checks: Checks, node: Json, at: str) -> None:
    checks.string(node, "initial_value", at, 3000, shortest=0)
    checks.flag(node, "multiline", at)
    checks.number(node, "min_length", at, 0, 3000)
    checks.number(node, "max_length", at, 1, 3000)
    config = checks.child(node, "dispatch_action_config", at)
    if config is not None:
        checks.properties(*config, ["trigger_actions_on"])


def _number(checks: Checks, node: Json, at: str) -> None:
    checks.flag(node, "is_decimal_allowed", at)


def _files(checks: Checks, node: Json, at: str) -> None:
    checks.number(node, "max_files", at, 1, 10)
    endings = as_list(node.get("filetypes", ["txt"]))
    if not endings or not all(isinstance(ending, str) and ending.isalnum() for ending in endings):
        checks.add(f"{at}/filetypes", "must provide file extensions without a dot")


def _nothing_more(_checks: Checks, _node: Json, _at: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Element:
    """One kind of interactive element: its fields beside `action_id`, where it may stand, what else to check."""

    required: frozenset[str]
    optional: frozenset[str]
    check: Callable[[Checks, Json, str], None]
    places: frozenset[str] = frozenset({"actions", "section", "input"})


def _element(
    required: str, optional: str, check: Callable[[Checks, Json, str], None], places: str = "actions section input"
) -> Element:
    return Element(frozenset(required.split()), frozenset(optional.split()), check, frozenset(places.split()))


_SELECT = "placeholder confirm focus_on_load"
_MULTI = f"{_SELECT} max_selected_items"
_NO_ACTIONS = "section input"
_TEXT_INPUT = "placeholder focus_on_load dispatch_action_config initial_value"
_CONVERSATIONS = "default_to_current_conversation filter"

ELEMENTS: dict[str, Element] = {
    "button": _element("text", "url value style confirm accessibility_label", _button, "actions section"),
    "overflow": _element("options", "confirm", _overflow, "actions section"),
    "static_select": _element("", f"{_SELECT} options option_groups initial_option", _static_select),
    "multi_static_select": _element("", f"{_MULTI} options option_groups initial_options", _static_select, _NO_ACTIONS),
    "external_select": _element("", f"{_SELECT} min_query_length initial_option", _external_select),
    "multi_external_select": _element("", f"{_MULTI} min_query_length initial_options", _external_select, _NO_ACTIONS),
    "users_select": _element("", f"{_SELECT} initial_user", _nothing_more),
    "multi_users_select": _element("", f"{_MULTI} initial_users", _nothing_more, _NO_ACTIONS),
    "conversations_select": _element(
        "", f"{_SELECT} {_CONVERSATIONS} initial_conversation response_url_enabled", _nothing_more
    ),
    "multi_conversations_select": _element(
        "", f"{_MULTI} {_CONVERSATIONS} initial_conversations", _nothing_more, _NO_ACTIONS
    ),
    "channels_select": _element("", f"{_SELECT} initial_channel response_url_enabled", _nothing_more),
    "multi_channels_select": _element("", f"{_MULTI} initial_channels", _nothing_more, _NO_ACTIONS),
    "checkboxes": _element("options", "initial_options confirm focus_on_load", _boxes),
    "radio_buttons": _element("options", "initial_option confirm focus_on_load", _boxes),
    "datepicker": _element("", f"{_SELECT} initial_date", _date),
    "timepicker": _element("", f"{_SELECT} initial_time timezone", _time),
    "datetimepicker": _element("", "initial_date_time confirm focus_on_load", _datetime, "actions input"),
    "plain_text_input": _element("", f"{_TEXT_INPUT} multiline min_length max_length", _line, "input"),
    "email_text_input": _element("", _TEXT_INPUT, _nothing_more, "input"),
    "url_text_input": _element("", _TEXT_INPUT, _nothing_more, "input"),
    "file_input": _element("", "filetypes max_files", _files, "input"),
    "number_input": _element("is_decimal_allowed", f"{_TEXT_INPUT} min_value max_value", _number, "input"),
}


def check_element(checks: Checks, node: Json, at: str, place: str) -> None:
    kind = str(node.get("type"))
    element = ELEMENTS.get(kind)
    if element is None or place not in element.places:
        checks.add(f"{at}/type", f"unsupported type: {kind}")
        return
    checks.properties(node, at, element.required, {*element.optional, "action_id"})
    checks.string(node, "action_id", at, 255)
    checks.text(node, "placeholder", at, 150)
    checks.number(node, "max_selected_items", at, 1, 100)
    checks.flag(node, "focus_on_load", at)
    if node.get("focus_on_load") is True:
        checks.focused.append(at)
    check_confirm(checks, node, at)
    element.check(checks, node, at)

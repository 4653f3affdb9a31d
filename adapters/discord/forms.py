"""Forms as Discord's modals, and what people put into them as texts. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from adapters.discord.render import TEXT_DISPLAY, Json, with_space
from adapters.discord.text import crop, escape, line
from bot.domain.errors import Unacceptable
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form

PARTS_LIMIT = 5
TITLE_LIMIT = 45
LABEL_LIMIT = 45
HINT_LIMIT = 100
OPTION_LIMIT = 100
VALUE_LIMIT = 4000

LABEL, STRING_SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, CHANNEL_SELECT, FILE_UPLOAD = 18, 3, 4, 5, 6, 8, 19
PICKED_LIMIT = 25
_SHORT, _LONG = 1, 2
TEXT_CHANNELS = (0, 5)
"""The kinds of channel that a card can be posted to: text and announcements."""

_EXAMPLES = {FieldKind.DATE: "2026-11-24", FieldKind.TIME: "09:00", FieldKind.ZONE: "Europe/Berlin"}
_LENGTHS = {FieldKind.DATE: 40, FieldKind.TIME: 40, FieldKind.ZONE: 100}
_PICKERS = {
    FieldKind.CHANNEL: (CHANNEL_SELECT, "channel"),
    FieldKind.MEMBER: (USER_SELECT, "user"),
    FieldKind.MEMBERS: (USER_SELECT, "user"),
    FieldKind.GROUP: (ROLE_SELECT, "role"),
    FieldKind.GROUPS: (ROLE_SELECT, "role"),
}
_PREFIX = "f"
_ID = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Address:
    """Which form a modal is: what comes back in its custom id."""

    name: str
    subject: str = ""
    space: str = ""

    def encode(self) -> str:
        """The modal's custom id. Raises `Unacceptable` when it would be too long for one."""
        return with_space(f"{_PREFIX}:{self.name}:{self.subject}", self.space)


def decode(custom_id: str) -> tuple[str, str] | None:
    """Name and subject of the form in a modal's custom id; None when the modal is not one of ours."""
    prefix, _, rest = custom_id.partition(":")
    name, _, subject = rest.partition(":")
    return (name, subject) if prefix == _PREFIX and name else None


def modal(form: Form, space: str = "") -> Json:
    """The form as a modal. Raises `Unacceptable` when Discord would refuse it.

    The intro is left out when five fields leave no room for it.
    """
    title = line(form.title)
    if not 1 <= len(title) <= TITLE_LIMIT:
        raise Unacceptable("discord.form.title_length")
    if not 1 <= len(form.fields) <= PARTS_LIMIT:
        raise Unacceptable("discord.form.parts")
    if len({field.name for field in form.fields}) < len(form.fields):
        raise Unacceptable("discord.form.same_field_twice")
    parts = [_label(field) for field in form.fields]
    intro = escape(form.intro)
    if len(intro) > VALUE_LIMIT:
        raise Unacceptable("discord.form.intro_length")
    if intro and len(parts) < PARTS_LIMIT:
        parts.insert(0, {"type": TEXT_DISPLAY, "content": intro})
    return {"custom_id": Address(form.name, form.subject, space).encode(), "title": title, "components": parts}


def values(components: object) -> dict[str, str]:
    """What was put into a modal, by field name; several choices are joined by commas."""
    return dict(_values(components))


def uploads(components: object) -> dict[str, list[str]]:
    """The ids of the files that were put into a modal, by field name."""
    found = ((str(each.get("custom_id")), each.get("values")) for each in _fields(components) if _is_upload(each))
    return {name: [str(each) for each in cast("list[object]", ids)] for name, ids in found if isinstance(ids, list)}


def _fields(components: object) -> Iterator[Json]:
    """Every component, however deep it is."""
    for component in cast("list[Json]", components) if isinstance(components, list) else ():
        yield from _fields([component["component"]] if "component" in component else component.get("components"))
        yield component


def _is_upload(component: Json) -> bool:
    return component.get("type") == FILE_UPLOAD


def _values(components: object) -> Iterator[tuple[str, str]]:
    for component in _fields(components):
        name, chosen = component.get("custom_id"), component.get("values")
        if _is_upload(component):
            continue
        if isinstance(chosen, list):
            yield str(name), ",".join(map(str, cast("list[object]", chosen)))
        elif isinstance(name, str):
            yield name, str(component.get("value") or "")


def _label(field: Field) -> Json:
    label = line(field.label)
    if not 1 <= len(label) <= LABEL_LIMIT:
        raise Unacceptable(f"discord.form.label_length.{field.name}")
    part: Json = {"type": LABEL, "label": label, "component": _component(field)}
    if hint := crop(line(field.hint), HINT_LIMIT):
        part["description"] = hint
    return part


def _component(field: Field) -> Json:
    if not 1 <= len(field.name) <= OPTION_LIMIT:
        raise Unacceptable("discord.form.field_name_length")
    common: Json = {"custom_id": field.name, "required": field.required}
    match field.kind:
        case FieldKind.CHOICE | FieldKind.CHOICES:
            return common | _select(field)
        case FieldKind.FILE:
            return common | {"type": FILE_UPLOAD, "min_values": int(field.required), "max_values": 1}
        case FieldKind.CHANNEL | FieldKind.MEMBER | FieldKind.MEMBERS | FieldKind.GROUP | FieldKind.GROUPS:
            return common | _picker(field)
        case FieldKind.LINE | FieldKind.PARAGRAPH | FieldKind.DATE | FieldKind.TIME | FieldKind.ZONE:
            return common | _input(field)


def _select(field: Field) -> Json:
    several = field.kind is FieldKind.CHOICES
    if not 1 <= len({value for value, _ in field.options}) == len(field.options) <= OPTIONS_LIMIT:
        raise Unacceptable(f"discord.form.options.{field.name}")
    if any(not 1 <= len(value) <= OPTION_LIMIT for value, _ in field.options):
        raise Unacceptable(f"discord.form.option_value.{field.name}")
    chosen = set(field.value.split(",")) if several else {field.value}
    options = [
        {"value": value, "label": crop(line(label) or value, OPTION_LIMIT), "default": value in chosen}
        for value, label in field.options
    ]
    most = len(options) if several else 1
    return {"type": STRING_SELECT, "min_values": int(field.required), "max_values": most, "options": options}


def _picker(field: Field) -> Json:
    """A list of everybody, every role or every channel there is, with those chosen that the field names by id."""
    kind, of = _PICKERS[field.kind]
    most = PICKED_LIMIT if field.kind in {FieldKind.MEMBERS, FieldKind.GROUPS} else 1
    picker: Json = {"type": kind, "min_values": int(field.required), "max_values": most}
    named = [one.strip() for one in field.value.split(",")]
    chosen = [{"id": one, "type": of} for one in named if _ID.fullmatch(one)][:most]
    if kind == CHANNEL_SELECT:
        picker["channel_types"] = list(TEXT_CHANNELS)
    return picker | {"default_values": chosen} if chosen else picker


def _input(field: Field) -> Json:
    limit = max(1, min(_LENGTHS.get(field.kind, field.limit), VALUE_LIMIT))
    style = _LONG if field.kind is FieldKind.PARAGRAPH else _SHORT
    written: Json = {"type": TEXT_INPUT, "style": style, "max_length": limit}
    if field.value:
        written["value"] = field.value[:limit]
    if field.kind in _EXAMPLES:
        written["placeholder"] = _EXAMPLES[field.kind]
    return written

"""What Discord accepts as a modal, and what it lets a person submit."""

from __future__ import annotations

from .component_rules import check_select, check_uniqueness
from .errors import FormErrors, NotPossible
from .values import SELECTS, Json, listed
from .values import ComponentType as T

MOST_PARTS = 5
FIELDS = frozenset({T.TEXT_INPUT, T.FILE_UPLOAD, T.RADIO_GROUP, T.CHECKBOX_GROUP, T.CHECKBOX, *SELECTS})


def check_modal(data: Json, form: FormErrors) -> None:
    form.length("data.custom_id", data.get("custom_id"), 1, 100)
    form.length("data.title", data.get("title"), 1, 45)
    parts = listed(data, "components")
    if not 1 <= len(parts) <= MOST_PARTS:
        form.add("data.components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_PARTS} in length.")
    check_uniqueness(parts, form, "data.components")
    for index, part in enumerate(parts):
        _check_part(part, form, f"data.components.{index}")


def _check_part(part: Json, form: FormErrors, place: str) -> None:
    match part.get("type"):
        case T.ACTION_ROW:
            inner = listed(part, "components")
            if len(inner) != 1 or inner[0].get("type") != T.TEXT_INPUT:
                form.add(f"{place}.components", "UNION_TYPE_CHOICES", "A row of a modal holds one text input.")
            for field in inner:
                form.length(f"{place}.components.0.label", field.get("label"), 1, 45)
                _check_text_input(field, form, f"{place}.components.0")
        case T.LABEL:
            form.length(f"{place}.label", part.get("label"), 1, 45)
            form.length(f"{place}.description", part.get("description") or "", 0, 100)
            _check_field(part.get("component") or {}, form, f"{place}.component")
        case T.TEXT_DISPLAY:
            form.length(f"{place}.content", part.get("content"), 1, 4000)
        case _:
            form.add(f"{place}.type", "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).')


def _check_field(field: Json, form: FormErrors, place: str) -> None:
    kind = field.get("type")
    if kind not in FIELDS:
        form.add(f"{place}.type", "UNION_TYPE_CHOICES", "A label holds one field.")
    elif kind == T.TEXT_INPUT:
        if field.get("label"):
            form.add(f"{place}.label", "TEXT_INPUT_LABEL_IN_LABEL", "The label stands in the label component.")
        _check_text_input(field, form, place)
    elif kind == T.FILE_UPLOAD:
        _check_file_upload(field, form, place)
    elif kind in SELECTS:
        check_select(field, form, place)
        if field.get("required", True) is not False and field.get("min_values") == 0:
            form.add(f"{place}.min_values", "NUMBER_TYPE_RANGE", "What is required asks for one value at least.")
        if field.get("disabled"):
            form.add(f"{place}.disabled", "COMPONENT_DISABLED_IN_MODAL", "Selects of a modal cannot be disabled.")


def _check_file_upload(field: Json, form: FormErrors, place: str) -> None:
    form.length(f"{place}.custom_id", field.get("custom_id"), 1, 100)
    least, most = field.get("min_values"), field.get("max_values")
    least = 1 if least is None else least
    most = 1 if most is None else most
    if not 0 <= least <= 10 or not 1 <= most <= 10 or least > most:
        form.add(f"{place}.max_values", "NUMBER_TYPE_RANGE", "0 to 10 files, the least not above the most.")
    if field.get("required", True) is not False and least == 0:
        form.add(f"{place}.min_values", "NUMBER_TYPE_RANGE", "A required upload asks for one file at least.")
    for key in set(field) - {"type", "id", "custom_id", "min_values", "max_values", "required"}:
        form.add(f"{place}.{key}", "UNKNOWN_FIELD", "An upload has no such field.")


def _check_text_input(field: Json, form: FormErrors, place: str) -> None:
    form.length(f"{place}.custom_id", field.get("custom_id"), 1, 100)
    form.length(f"{place}.placeholder", field.get("placeholder") or "", 0, 100)
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if not 0 <= least <= 4000 or not 1 <= most <= 4000 or least > most:
        form.add(f"{place}.max_length", "NUMBER_TYPE_RANGE", "0 to 4000, the least not above the most.")
    if field.get("style") not in (1, 2):
        form.add(f"{place}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
    value = field.get("value")
    if value and not least <= len(value) <= most:
        form.add(f"{place}.value", "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def check_files(label: str, field: Json, number: int) -> None:
    """How many files the app lets a person choose, or NotPossible."""
    required = field.get("required", True) is not False
    least, most = field.get("min_values"), field.get("max_values") or 1
    least = (1 if required else 0) if least is None or (not number and not required) else least
    if not least <= number <= most:
        raise NotPossible(f"{label!r} takes {least} to {most} files, not {number}")


def labelled_fields(modal: Json) -> list[tuple[str, Json]]:
    """Every field of a modal with the label a person reads above it."""
    found: list[tuple[str, Json]] = []
    for part in modal["components"]:
        if part["type"] == T.LABEL:
            found.append((part["label"], part["component"]))
        elif part["type"] == T.ACTION_ROW:
            found += [(field["label"], field) for field in part["components"]]
    return found


def check_value(label: str, field: Json, value: str | list[str] | None) -> str | list[str]:
    """What the app lets a person send in this field, or NotPossible."""
    required = field.get("required", True) is not False
    if field["type"] in SELECTS:
        return _check_values(label, field, [value] if isinstance(value, str) else value or [], required=required)
    text = field.get("value") or "" if value is None else value
    if not isinstance(text, str):
        raise NotPossible(f"{label!r} takes one text")
    if required and not text:
        raise NotPossible(f"{label!r} is required")
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if text and not least <= len(text) <= most:
        raise NotPossible(f"{label!r} takes {least} to {most} characters, not {len(text)}")
    return text


def _check_values(label: str, field: Json, values: list[str], *, required: bool) -> list[str]:
    least, most = field.get("min_values"), field.get("max_values") or 1
    least = (1 if required else 0) if least is None or (not values and not required) else least
    if not least <= len(values) <= most:
        raise NotPossible(f"{label!r} takes {least} to {most} values, not {len(values)}")
    offered = {option["value"] for option in listed(field, "options")}
    if field["type"] == T.STRING_SELECT and not offered.issuperset(values):
        raise NotPossible(f"{label!r} does not offer {set(values) - offered}")
    if field["type"] != T.STRING_SELECT and not all(value.isdecimal() for value in values):
        raise NotPossible(f"{label!r} is picked from a list, and {values} are not in it")
    return values

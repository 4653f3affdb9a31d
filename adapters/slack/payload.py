"""Reading JSON from Slack: a field that is absent, null or of another shape is empty."""

from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def as_object(value: object) -> Json:
    """The JSON object, or an empty one."""
    return cast("Json", value) if isinstance(value, dict) else {}


def part(whole: Json, name: str) -> Json:
    """The object in a field."""
    return as_object(whole.get(name))


def parts(whole: Json, name: str) -> list[Json]:
    """The objects in a field's list."""
    value: object = whole.get(name)
    return [as_object(item) for item in cast("list[object]", value)] if isinstance(value, list) else []


def texts(whole: Json, name: str) -> list[str]:
    """The texts in a field's list."""
    value: object = whole.get(name)
    return [str(item) for item in cast("list[object]", value)] if isinstance(value, list) else []


def text(whole: Json, name: str) -> str:
    """The text in a field."""
    value = whole.get(name)
    return "" if value is None else str(value)

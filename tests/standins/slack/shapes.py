"""JSON as values with types."""

from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def as_object(value: object) -> Json | None:
    """The JSON object, or None when it is anything else."""
    return cast("Json", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """The JSON array, or None when it is anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else None

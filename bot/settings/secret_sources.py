"""Secrets, which come from the environment or from files that it names."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast, get_args

from pydantic import BaseModel, SecretStr

from bot.settings.problems import Problem


def variables(model: type[BaseModel]) -> dict[str, str]:
    """The secret keys of a table, each with the variable that it may come from."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        variable = cast("dict[str, object]", extra).get("env") if isinstance(extra, dict) else None
        if isinstance(variable, str):
            found[name] = variable
    return found


def is_secret(model: type[BaseModel], key: str) -> bool:
    """Whether a key's value is hidden, and not only read from the environment too."""
    annotation = model.model_fields[key].annotation
    return SecretStr in (annotation, *get_args(annotation))


def from_environment(variable: str, environment: Mapping[str, str]) -> str | Problem | None:
    """A secret from its variable or from the file that `<variable>_FILE` names; None when neither is set."""
    if value := environment.get(variable, "").strip():
        return _unquoted(variable, value)
    name = environment.get(f"{variable}_FILE", "").strip()
    if not name:
        return None
    try:
        value = Path(name).expanduser().read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        return Problem(f"{variable}_FILE", name, f"This file cannot be read: {reason}.")
    return _unquoted(f"{variable}_FILE", value) if value else Problem(f"{variable}_FILE", name, "This file is empty.")


def _unquoted(source: str, value: str) -> str | Problem:
    """Shells take quotes away; Docker's env files and files with secrets in them do not."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return Problem(source, "", "What it holds stands in quotes, and they count as a part of it. Leave them out.")
    return value


def secrets_of(model: BaseModel) -> Iterator[SecretStr]:
    """Every secret in validated settings."""
    for name in type(model).model_fields:
        value: object = getattr(model, name)
        if isinstance(value, SecretStr):
            yield value

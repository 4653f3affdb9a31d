"""config.example.toml, written from the tables' own descriptions, so that it cannot fall behind them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.app import Plugin
from bot.settings.secret_sources import variables
from bot.settings.tables import CORE

HEAD = """\
# Kindling's configuration. Copy this file to config.toml and change what you like; nothing in it is needed.
# Every key is shown with its default, or with an example behind # where it has none. The keys of these first
# tables can also be set by variables: level in [log] is KINDLING_LOG_LEVEL.
"""
ADAPTERS = """\
# What follows turns platforms on: take the # away from the name of a table, and from the keys you want to change.
# Tokens are best kept out of this file, in the variables that are named with them.
"""


def example(plugins: Mapping[str, Plugin]) -> str:
    """The text of the example, with the tables of these adapters, in the order of their names."""
    core = [_table(name, model, off="") for name, model in CORE.items()]
    adapters = [_table(f"adapters.{name}", plugins[name].settings, off="# ") for name in sorted(plugins)]
    return "\n".join([HEAD, *core, ADAPTERS, *adapters])


def _table(name: str, model: type[BaseModel], off: str) -> str:
    secrets = variables(model)
    lines = [f"{off}[{name}]"]
    for key, field in model.model_fields.items():
        lines.append(f"{off}# {field.description or key}")
        if variable := secrets.get(key):
            lines.append(f"{off}# {key}: from {variable}, or the file that {variable}_FILE names")
        if not variable or field.examples:
            lines.append(off + _assignment(key, field))
    return "\n".join(lines) + "\n"


def _assignment(key: str, field: FieldInfo) -> str:
    default = cast("object", field.get_default(call_default_factory=True, validated_data={}))
    if default is not None and not field.is_required():
        return f"{key} = {_toml(default)}"
    shown = next((_toml(cast("object", value)) for value in field.examples or []), "…")
    return f"# {key} = {shown}"


def _toml(value: object) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(_elements(cast('tuple[object, ...]', value)))}]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def _elements(values: tuple[object, ...]) -> Iterator[str]:
    return map(_toml, values)

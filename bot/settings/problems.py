"""What is wrong with a configuration, and how to mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.domain.errors import KindlingError
from bot.domain.spelling import did_you_mean

SHOWN = 80
"""How much of a value is repeated in a message."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the key or variable, the value as far as it may be shown, and how to mend it."""

    key: str
    value: str
    cure: str

    def __str__(self) -> str:
        return f"{self.key} = {self.value}: {self.cure}" if self.value else f"{self.key}: {self.cure}"


class BadSettings(KindlingError):
    """A configuration that cannot be used. Holds every mistake, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def problem_of(table: str, error: ErrorDetails, model: type[BaseModel], secrets: Mapping[str, str]) -> Problem:
    """What pydantic found wrong with a table, in words.

    `secrets` maps the table's secret keys to the variables they may come from; the values of those keys, of
    unknown keys and of whole tables are never shown.
    """
    path = [str(part) for part in error["loc"]]
    key = ".".join([table, *path])
    first = path[0] if path else ""
    if first in secrets and error["type"] == "missing":
        variable = secrets[first]
        return Problem(key, "", f"Set the variable {variable}, or {variable}_FILE to the name of a file that holds it.")
    given = cast("object", error["input"])
    hidden = first in secrets or error["type"] == "extra_forbidden" or not isinstance(given, str | int | float)
    return Problem(key, "" if hidden else str(given)[:SHOWN], _cure(error, model))


_WHOLE, _TEXT = "A whole number belongs here.", "A text belongs here, in double quotes."
_LIST = "A list belongs here: things in [ ], with commas between them."
_CURES = {
    "missing": "This key is needed.",
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "string_type": _TEXT,
    "path_type": _TEXT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "bool_parsing": "It can be true or false.",
    "bool_type": "It can be true or false.",
    "greater_than_equal": "It cannot be less than {ge}.",
    "less_than_equal": "It cannot be more than {le}.",
}
"""What pydantic's kinds of errors mean to somebody who has never heard of it."""


def _cure(error: ErrorDetails, model: type[BaseModel]) -> str:
    limits = cast("dict[str, object]", error.get("ctx", {}))
    match error["type"]:
        case "extra_forbidden":
            return f"There is no such key. {did_you_mean(str(error['loc'][-1]), model.model_fields)}"
        case "literal_error" | "enum":
            return f"It can be {str(limits.get('expected')).replace(chr(39), '')}."
        case "string_pattern_mismatch" | "string_too_short":
            meant = model.model_fields[str(error["loc"][0])].description or ""
            return f"It cannot be written like this. {meant}".rstrip()
        case "value_error" | "assertion_error":
            sentence = error["msg"].partition(", ")[2]
            return f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}."
        case kind:
            said = _CURES.get(kind)
            return said.format(**limits) if said else f"{error['msg'].rstrip('.')}."

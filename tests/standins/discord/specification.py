"""Discord's own OpenAPI document, when it lies beside the repository, as a judge of request bodies."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, exceptions
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .values import Json

DOCUMENT = Path(__file__).resolve().parents[4] / "shared" / "specs" / "discord-openapi.json"
HERE = "urn:discord"
JUDGE: Any = exceptions


class Specification:
    """Knows which paths and methods exist and what their bodies look like."""

    def __init__(self, document: Json) -> None:
        self._paths = [(_pattern(path), operations) for path, operations in document["paths"].items()]
        # The API takes ids as numbers too, which the document leaves out.
        document["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"]}
        resource: Resource[Any] = Resource(contents=document, specification=DRAFT202012)
        empty: Registry[Any] = Registry()
        self._registry = empty.with_resource(HERE, resource)
        self._validators: dict[int, Draft202012Validator] = {}

    def complaint(self, method: str, path: str, body: object) -> str | None:
        """One sentence on what is wrong with the request, or None."""
        operations = [found for pattern, found in self._paths if pattern.fullmatch(path)]
        if not operations:
            return f"{path} is not in the specification"
        operation = next((found[method.lower()] for found in operations if method.lower() in found), None)
        if operation is None:
            return f"{method} {path} is not in the specification"
        content = operation.get("requestBody", {}).get("content", {})
        if body is None or "application/json" not in content:
            return None
        validator: Any = self._validator(operation)
        error: Any = JUDGE.best_match(validator.iter_errors(body))
        return f"{error.json_path}: {error.message[:300]}" if error else None

    def _validator(self, operation: Json) -> Draft202012Validator:
        key = id(operation)
        if key not in self._validators:
            schema = _rooted(operation["requestBody"]["content"]["application/json"]["schema"])
            self._validators[key] = Draft202012Validator(schema, registry=self._registry)
        return self._validators[key]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))


def _rooted(schema: Any) -> Any:
    """The same schema with its references made absolute, so it can stand outside the document."""
    return json.loads(json.dumps(schema).replace('"#/', f'"{HERE}#/'))


@cache
def specification() -> Specification | None:
    """The document, read once per process; None where it is not at hand."""
    if not DOCUMENT.exists():
        return None
    return Specification(json.loads(DOCUMENT.read_text(encoding="utf-8")))

"""A Web API request's arguments, whichever way they came, read with the types that Slack describes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .shapes import Json, as_object
from .spec import BOOLEANS, Method, wrong_type


class BadBody(Exception):
    """The body is not what its content type says."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Arguments:
    values: Json = field(default_factory=dict[str, Any])
    from_json: bool = False
    token_in_body: bool = False

    def string(self, name: str) -> str:
        """The argument as text, empty when absent."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        value = self.values.get(name, False)
        return BOOLEANS.get(str(value).lower(), False)

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None

    def decoded(self, name: str) -> object:
        """The JSON value of an argument; ValueError when it is text but not JSON."""
        value = self.values.get(name)
        return json.loads(value) if isinstance(value, str) else value

    def problems(self, method: Method) -> tuple[list[str], list[str]]:
        """What Slack refuses (missing, wrong type) and what it silently drops (unknown)."""
        refused = [f"missing required field: {name}" for name in sorted(method.required) if not self.has(name)]
        dropped: list[str] = []
        for name, value in self.values.items():
            kind = None if method.arguments is None else method.arguments.get(name)
            if method.arguments is not None and kind is None:
                dropped.append(f"unknown argument: {name}")
            elif kind is not None and value is not None and wrong_type(value, kind, from_json=self.from_json):
                refused.append(f"wrong type: {name} should be {kind}")
        return refused, dropped


async def read_arguments(request: web.Request) -> Arguments:
    """Arguments from the query, a form or a JSON body. A token among them is taken out and remembered."""
    values: Json = dict(request.query)
    body = await request.read()
    from_json = request.content_type == "application/json"
    if from_json:
        try:
            decoded = as_object(json.loads(body or b"{}"))
        except ValueError as error:
            raise BadBody("invalid_json") from error
        if decoded is None:
            raise BadBody("json_not_object")
        values.update(decoded)
    elif body:
        if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
            raise BadBody("invalid_post_type")
        values.update(_plain(await request.post()))
    return Arguments(values, from_json, token_in_body=values.pop("token", None) is not None)


def _plain(form: Mapping[str, object]) -> Json:
    return {name: value for name, value in form.items() if isinstance(value, str)}

"""Forms that could not be opened at once, kept inside the button that opens them.

The button carries the whole form with what was typed, so it works after a restart too. Only a form that is
too large for a button (2,000 characters, compressed) is kept in memory, for as long as there is room. What a button
carries has no `&`, `<` and `>` in it: of what it shows, Slack tells an app these three escaped
(https://github.com/slackapi/bolt-python/issues/513), and does not say where else.
"""

import base64
import json
import zlib
from collections import OrderedDict
from dataclasses import asdict, replace
from typing import Any

from adapters.slack.payload import Json
from adapters.slack.render import button
from bot.domain.forms import Field, FieldKind, Form
from bot.domain.ids import new_id
from bot.domain.message import Style

ACTION_ID = "kindling-form"
VALUE_LIMIT = 2000
KEPT = 200
_INSIDE = "y:"
_BY_NAME = "m:"
_INFLATED_LIMIT = 100_000


class Drafts:
    """Makes such buttons, and finds the form behind one that was pressed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Form] = OrderedDict()

    def block(self, form: Form) -> Json:
        """A block with the button that opens `form`."""
        made = button("Open the form", ACTION_ID, self._keep(form), Style.PRIMARY)
        return {"type": "actions", "elements": [made]}

    def find(self, value: str) -> Form | None:
        """The form behind a button; None when it was in memory and is gone, or was never ours."""
        if value.startswith(_BY_NAME):
            return self._kept.get(value)
        return _unpacked(value.removeprefix(_INSIDE)) if value.startswith(_INSIDE) else None

    def _keep(self, form: Form) -> str:
        inside = f"{_INSIDE}{_packed(form)}"
        if len(inside) <= VALUE_LIMIT:
            return inside
        name = f"{_BY_NAME}{new_id()}"
        self._kept[name] = form
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return name


def prefilled(form: Form, values: dict[str, str]) -> Form:
    """The form with what a person has typed already."""
    fields = tuple(replace(field, value=values.get(field.name, field.value)) for field in form.fields)
    return replace(form, fields=fields)


def _packed(form: Form) -> str:
    text = json.dumps(asdict(form), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode("utf-8", "surrogatepass"), 9)).decode()


def _unpacked(text: str) -> Form | None:
    try:
        inflated = zlib.decompressobj().decompress(base64.urlsafe_b64decode(text), _INFLATED_LIMIT)
        found: Any = json.loads(inflated.decode("utf-8", "surrogatepass"))
        fields = tuple(_field(told) for told in found.pop("fields"))
        return Form(fields=fields, **found)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error):
        return None


def _field(told: Json) -> Field:
    options = tuple((str(value), str(label)) for value, label in told.pop("options"))
    endings = tuple(str(ending) for ending in told.pop("endings", ()))
    return Field(kind=FieldKind(told.pop("kind")), options=options, endings=endings, **told)

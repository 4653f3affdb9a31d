"""Forms as Slack's modals, and what comes back from them. Pure.

A field's name is its block's id, and its element's action id begins with its kind; so an answer can be read
without knowing the form, also after a restart. The rest of the action id tells forms apart: where one takes another's
place, Slack keeps what was entered in an element of the same two ids, whatever is to stand there.
"""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any, Self, cast

from adapters.slack import payload
from adapters.slack.payload import Json
from adapters.slack.render import paragraphs, plain
from adapters.slack.texts import clean, clip, shown
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Card, Text

FILES = "files:read"
NO_FILES = (
    "A file can be given on the moderators’ pages in the browser, or here once whoever installed me grants the scope "
    "files:read."
)
CALLBACK_PREFIX = "form:"
TITLE_LIMIT = 24
LABEL_LIMIT = 2000
OPTION_LIMIT = 75
VALUE_LIMIT = 150
OPTIONS_LIMIT = 100
INPUT_LIMIT = 3000
METADATA_LIMIT = 3000
QUERY_LENGTH = 2

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CONVERSATION = re.compile(r"[CG][A-Z0-9]{2,20}")
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class Memo:
    """What a modal remembers for its answer; it travels through Slack in `private_metadata`.

    `channel` is where the person was, `respond` Slack's address for private answers there, `private` whether
    an answer may take the place of the message that the form was opened from.
    """

    subject: str = ""
    channel: str = ""
    respond: str = ""
    private: bool = False

    def encode(self) -> str:
        """At most 3,000 characters; the address for answers is left out where it does not fit."""
        text = json.dumps(asdict(self), ensure_ascii=False)
        if len(text) > METADATA_LIMIT:
            text = json.dumps(asdict(self) | {"respond": "", "private": False}, ensure_ascii=False)
        return text

    @classmethod
    def decode(cls, text: str) -> Self:
        """An empty memo for what is none of ours."""
        try:
            found: Any = json.loads(text or "{}")
            return cls(**found)
        except (ValueError, TypeError):
            return cls()


def modal(form: Form, memo: Memo) -> Json:
    """The `view` for `views.open`, or for the answer to a submission. Raises ValueError for a field without options."""
    mark = blake2b(repr(form).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return {
        "type": "modal",
        "callback_id": f"{CALLBACK_PREFIX}{form.name}",
        "private_metadata": memo.encode(),
        "title": plain(form.title, TITLE_LIMIT),
        "submit": plain(form.submit, TITLE_LIMIT),
        "close": plain("Not now", TITLE_LIMIT),
        "blocks": [*paragraphs(form.intro), *(_input(field, mark) for field in form.fields)],
    }


def possible(form: Form, granted: Collection[str]) -> Form | Card:
    """The form as it can be shown: without the scope files:read no file can be taken, and it says so.

    A card where nothing of the form is left then.
    """
    if not form.takes_files or FILES in granted:
        return form
    kept = tuple(field for field in form.fields if field.kind is not FieldKind.FILE)
    said = " ".join(filter(None, [form.intro, NO_FILES]))
    return replace(form, fields=kept, intro=said) if kept else Card(form.title, (Text(said),), emoji="📎")


def uploads(state: Json) -> dict[str, list[str]]:
    """The ids of the files in a submitted view by field name."""
    found: dict[str, list[str]] = {}
    for name, elements in payload.part(state, "values").items():
        for element in map(payload.as_object, payload.as_object(elements).values()):
            if element.get("type") == "file_input":
                found[name] = [payload.text(file, "id") for file in payload.parts(element, "files")]
    return found


def is_user(text: str) -> bool:
    """Whether a text has the shape of a user's id."""
    return _USER.fullmatch(text) is not None


def values(state: Json) -> dict[str, str]:
    """The answers of a submitted view by field name; fields that were left empty are left out."""
    found: dict[str, str] = {}
    for name, elements in payload.part(state, "values").items():
        for element in payload.as_object(elements).values():
            if (value := _value(payload.as_object(element))) is not None and value.strip():
                found[name] = value
    return found


def inputs(view: Json) -> list[str]:
    """The ids of the blocks of a view that something can be entered in."""
    return [payload.text(block, "block_id") for block in payload.parts(view, "blocks") if block.get("type") == "input"]


def problems(rejected: Rejected, there: Sequence[str]) -> dict[str, str]:
    """Sentences by block id. One about a field that is not among those `there` stands under the first of them.

    Slack shows none of them where one is about a block that the form on the screen does not have.
    """
    told: dict[str, str] = {}
    for name, sentence in rejected.problems.items():
        place = name if name in there else there[0]
        told[place] = " ".join(filter(None, [told.get(place, ""), shown(sentence, LABEL_LIMIT)]))
    return told or {there[0]: "Something in this form does not fit yet."}


def _value(element: Json) -> str | None:  # noqa: PLR0911 - one line for each of Slack's elements
    match element:
        case {"type": "plain_text_input", "value": str(text)}:
            return text
        case {"type": "static_select" | "external_select", "selected_option": {"value": str(value)}}:
            return value
        case {"type": "multi_static_select"}:
            return ",".join(payload.text(option, "value") for option in payload.parts(element, "selected_options"))
        case {"type": "datepicker", "selected_date": str(date)}:
            return date
        case {"type": "timepicker", "selected_time": str(time)}:
            return time
        case {"type": "conversations_select", "selected_conversation": str(channel)}:
            return channel
        case {"type": "users_select", "selected_user": str(user)}:
            return user
        case {"type": "multi_users_select"}:
            return ",".join(map(str, cast("list[object]", element.get("selected_users") or [])))
        case _:
            return None


def _input(field: Field, mark: str) -> Json:
    block: Json = {
        "type": "input",
        "block_id": field.name,
        "label": plain(field.label, LABEL_LIMIT),
        "optional": not field.required,
        "element": {"action_id": f"{field.kind.value}:{field.name}:{mark}"} | _element(field),
    }
    return block | ({"hint": plain(field.hint, LABEL_LIMIT)} if clean(field.hint) else {})


def _element(field: Field) -> Json:  # noqa: PLR0911 - one line for each kind
    match field.kind:
        case FieldKind.LINE | FieldKind.PARAGRAPH | FieldKind.GROUP | FieldKind.GROUPS:  # Slack has no list of groups
            return _typed(field)
        case FieldKind.CHOICE | FieldKind.CHOICES:
            return _chosen(field)
        case FieldKind.DATE:
            return {"type": "datepicker"} | _initial("initial_date", field.value, _DATE)
        case FieldKind.TIME:
            return {"type": "timepicker"} | _initial("initial_time", field.value, _TIME)
        case FieldKind.ZONE:
            return _zone(field)
        case FieldKind.CHANNEL:
            return _channel(field)
        case FieldKind.FILE:
            accepted = {"filetypes": [each.removeprefix(".") for each in field.endings]} if field.endings else {}
            return {"type": "file_input", "max_files": 1} | accepted
        case FieldKind.MEMBER:
            return {"type": "users_select"} | _initial("initial_user", field.value, _USER)
        case FieldKind.MEMBERS:
            users = [one for one in field.value.split(",") if _USER.fullmatch(one)]
            return {"type": "multi_users_select"} | ({"initial_users": users} if users else {})


def _typed(field: Field) -> Json:
    most = max(1, min(field.limit, INPUT_LIMIT))
    element: Json = {
        "type": "plain_text_input",
        "multiline": field.kind is FieldKind.PARAGRAPH,
        "max_length": most,
    }
    return element | ({"initial_value": clip(field.typed, most)} if field.value else {})


def _chosen(field: Field) -> Json:
    options = [_option(value, label) for value, label in field.options[:OPTIONS_LIMIT]]
    if not options:
        raise ValueError(f"the field {field.name} has nothing to choose from")
    if field.kind is FieldKind.CHOICE:
        first = [option for option in options if option["value"] == field.value]
        return {"type": "static_select", "options": options} | ({"initial_option": first[0]} if first else {})
    wanted = {value.strip() for value in field.value.split(",")}
    first = [option for option in options if option["value"] in wanted]
    return {"type": "multi_static_select", "options": options} | ({"initial_options": first} if first else {})


def _zone(field: Field) -> Json:
    element: Json = {
        "type": "external_select",
        "min_query_length": QUERY_LENGTH,
        "placeholder": plain("Type a city or a region", VALUE_LIMIT),
    }
    fits = 0 < len(field.value) <= VALUE_LIMIT
    return element | ({"initial_option": _option(field.value, field.value)} if fits else {})


def _channel(field: Field) -> Json:
    element: Json = {
        "type": "conversations_select",
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    chosen = _initial("initial_conversation", field.value, _CONVERSATION)
    here: Json = {"default_to_current_conversation": True} if field.required else {}  # nobody chose it yet
    return element | (chosen or here)


def _option(value: str, label: str) -> Json:
    if not 1 <= len(value) <= VALUE_LIMIT:
        raise ValueError(f"an option's value has 1 to {VALUE_LIMIT} characters, not {len(value)}")
    return {"text": plain(label if clean(label) else value, OPTION_LIMIT), "value": value}


def suggestions(pairs: Sequence[tuple[str, str]]) -> list[Json]:
    """The answer to what is typed into a select."""
    return [_option(value, label) for value, label in pairs[:OPTIONS_LIMIT]]


def kind_of(action_id: str) -> FieldKind | None:
    """The kind of the field whose element has this action id; None for what is no field of ours."""
    kind = action_id.partition(":")[0]
    return next((known for known in FieldKind if known.value == kind), None)


def _initial(name: str, value: str, shape: re.Pattern[str]) -> Json:
    return {name: value} if shape.fullmatch(value) else {}

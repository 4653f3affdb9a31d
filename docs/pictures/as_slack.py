# ruff: noqa: INP001  a tool, found beside take.py
"""A message of Slack's Block Kit as HTML that looks like it. Knows what Kindling sends, and refuses the rest."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]


def shown(message: Json, channels: Mapping[str, str]) -> str:
    """The body of the message. Raises ValueError for a block that has no look here."""
    if not message["blocks"]:
        raise ValueError("a message without blocks has no look here")
    return "".join(_of(_BLOCKS, block, channels) for block in message["blocks"])


Look = Callable[[Json, Mapping[str, str]], str]


def _of(looks: Mapping[str, Look], part: Json, channels: Mapping[str, str]) -> str:
    look = looks.get(part["type"])
    if look is None:
        raise ValueError(f"Slack's {part['type']} has no look here")
    return look(part, channels)


def _all(looks: Mapping[str, Look], part: Json, channels: Mapping[str, str]) -> str:
    return "".join(_of(looks, element, channels) for element in part["elements"])


def _header(part: Json, channels: Mapping[str, str]) -> str:
    return f"<h2>{_of(_TEXTS, part['text'], channels)}</h2>"


def _rich_text(part: Json, channels: Mapping[str, str]) -> str:
    return f'<div class="rich">{_all(_PARAGRAPHS, part, channels)}</div>'


def _section(part: Json, channels: Mapping[str, str]) -> str:
    return f"<p>{_all(_LEAVES, part, channels)}</p>"


def _list(part: Json, channels: Mapping[str, str]) -> str:
    if part["style"] != "bullet":
        raise ValueError(f"Slack's list of style {part['style']} has no look here")
    items = (f"<li>{_all(_LEAVES, item, channels)}</li>" for item in part["elements"])
    return f"<ul>{''.join(items)}</ul>"


def _quote(part: Json, channels: Mapping[str, str]) -> str:
    return f"<blockquote>{_all(_LEAVES, part, channels)}</blockquote>"


def _leaf(part: Json, _: Mapping[str, str]) -> str:
    text = escape(part["text"], quote=False).replace("\n", "<br>")
    for style in part.get("style", {}):
        text = f'<span class="{escape(style)}">{text}</span>'
    return text


def _channel(part: Json, channels: Mapping[str, str]) -> str:
    return f"<a>#{escape(channels[part['channel_id']])}</a>"


def _image(part: Json, _: Mapping[str, str]) -> str:
    return f'<img src="{escape(part["image_url"])}" alt="{escape(part["alt_text"])}">'


def _actions(part: Json, channels: Mapping[str, str]) -> str:
    return f'<div class="row">{_all({"button": _button}, part, channels)}</div>'


def _button(part: Json, channels: Mapping[str, str]) -> str:
    return f'<span class="button {part.get("style", "")}">{_of(_TEXTS, part["text"], channels)}</span>'


def _context(part: Json, channels: Mapping[str, str]) -> str:
    return f'<div class="context">{_all(_TEXTS, part, channels)}</div>'


def _plain(part: Json, _: Mapping[str, str]) -> str:
    return escape(part["text"], quote=False)


_TEXTS: Mapping[str, Look] = {"plain_text": _plain}
_LEAVES: Mapping[str, Look] = {"text": _leaf, "channel": _channel}
_PARAGRAPHS: Mapping[str, Look] = {
    "rich_text_section": _section,
    "rich_text_list": _list,
    "rich_text_quote": _quote,
}
_BLOCKS: Mapping[str, Look] = {
    "header": _header,
    "rich_text": _rich_text,
    "image": _image,
    "actions": _actions,
    "context": _context,
}


def form(view: Json, channels: Mapping[str, str]) -> str:
    """A modal with what is filled in. Raises ValueError for a field that has no look here."""
    parts = "".join(
        _field(block) if block["type"] == "input" else _of(_BLOCKS, block, channels) for block in view["blocks"]
    )
    close, send = (_of(_TEXTS, view[name], channels) for name in ("close", "submit"))
    return (
        f'<div class="modal"><h2>{_of(_TEXTS, view["title"], channels)}</h2>{parts}<div class="row end">'
        f'<span class="button">{close}</span><span class="button primary">{send}</span></div></div>'
    )


def _field(block: Json) -> str:
    optional = ' <em class="optional">(optional)</em>' if block.get("optional") else ""
    hint = f'<div class="context">{_of(_TEXTS, block["hint"], {})}</div>' if "hint" in block else ""
    label = _of(_TEXTS, block["label"], {})
    return f'<div class="field"><b>{label}{optional}</b>{_of(_ENTRIES, block["element"], {})}{hint}</div>'


def _chosen(part: Json, channels: Mapping[str, str]) -> str:
    chosen = part.get("initial_option")
    return _select(_of(_TEXTS, chosen["text"], channels) if chosen else "Select an item")


def _date(part: Json, _: Mapping[str, str]) -> str:
    return _select(escape(part.get("initial_date", "Select a date")))


def _typed(part: Json, _: Mapping[str, str]) -> str:
    return f'<div class="input">{escape(part.get("initial_value", ""))}</div>'


def _select(inner: str) -> str:
    return f'<div class="input select">{inner}<i>⌄</i></div>'


_ENTRIES: Mapping[str, Look] = {"static_select": _chosen, "datepicker": _date, "plain_text_input": _typed}

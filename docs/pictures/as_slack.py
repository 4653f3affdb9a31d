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

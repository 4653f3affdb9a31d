# ruff: noqa: INP001  a tool, found beside take.py
"""A form of Discord as HTML that looks like it. Knows what Kindling sends, and refuses the rest."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from adapters.discord.look import shown

Json = Mapping[str, Any]

STRING_SELECT, TEXT_INPUT, CHANNEL_SELECT, LABEL = 3, 4, 8, 18
ONE_LINE = 1


def form(modal: Json, channels: Mapping[str, str]) -> str:
    """A modal with what is filled in. Raises ValueError for a field that has no look here."""
    parts = "".join(
        _label(part, channels) if part["type"] == LABEL else shown({"components": [part]}, channels, {})
        for part in modal["components"]
    )
    buttons = '<span class="button secondary">Cancel</span><span class="button primary">Submit</span>'
    title = escape(modal["title"])
    return f'<div class="look modal"><h3>{title}</h3>{parts}<div class="row end">{buttons}</div></div>'


def _label(part: Json, channels: Mapping[str, str]) -> str:
    field = part["component"]
    look = _FIELDS.get(field["type"])
    if look is None:
        raise ValueError(f"Discord's field of type {field['type']} has no look here")
    star = '<em class="star"> *</em>' if field.get("required") else ""
    hint = f"<small>{escape(part['description'])}</small>" if "description" in part else ""
    return f'<div class="field"><b>{escape(part["label"])}{star}</b>{hint}{look(field, channels)}</div>'


def _input(part: Json, _: Mapping[str, str]) -> str:
    said = escape(part.get("value", "")) or f'<span class="hint">{escape(part.get("placeholder", ""))}</span>'
    return f'<div class="input{"" if part["style"] == ONE_LINE else " long"}">{said}</div>'


def _options(part: Json, _: Mapping[str, str]) -> str:
    chosen = [escape(option["label"]) for option in part["options"] if option.get("default")]
    if part.get("max_values", 1) > 1:
        return _select("".join(f'<span class="chip">{each}</span>' for each in chosen))
    return _select(", ".join(chosen))


def _channels(part: Json, channels: Mapping[str, str]) -> str:
    return _select(escape(", ".join(f"# {channels[each['id']]}" for each in part.get("default_values", ()))))


def _select(inner: str) -> str:
    return f'<div class="input select"><span>{inner or "Make a selection"}</span><i>⌄</i></div>'


_FIELDS: Mapping[int, Callable[[Json, Mapping[str, str]], str]] = {
    STRING_SELECT: _options,
    TEXT_INPUT: _input,
    CHANNEL_SELECT: _channels,
}

# ruff: noqa: INP001  a tool, found beside take.py
"""A message of Discord's Components V2 as HTML that looks like it. Knows what Kindling sends, and refuses the rest."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

Json = Mapping[str, Any]

CONTAINER, ACTION_ROW, BUTTON, TEXT, GALLERY, SEPARATOR = 17, 1, 2, 10, 12, 14
STRING_SELECT, TEXT_INPUT, CHANNEL_SELECT, LABEL = 3, 4, 8, 18
ONE_LINE = 1
BUTTON_STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger"}


def shown(message: Json, channels: Mapping[str, str]) -> str:
    """The body of the message. Raises ValueError for a component that has no look here."""
    known = {"flags", "components", "allowed_mentions", "attachments"}
    if strange := set(message) - known:
        raise ValueError(f"a message with {', '.join(sorted(strange))} has no look here")
    return "".join(_component(part, channels) for part in message["components"])


def _component(part: Json, channels: Mapping[str, str]) -> str:
    looks: Mapping[int, Callable[[Json, Mapping[str, str]], str]] = {
        CONTAINER: _container,
        TEXT: _text,
        SEPARATOR: _separator,
        ACTION_ROW: _row,
        BUTTON: _button,
        GALLERY: _gallery,
    }
    look = looks.get(part["type"])
    if look is None:
        raise ValueError(f"Discord's component type {part['type']} has no look here")
    return look(part, channels)


def _container(part: Json, channels: Mapping[str, str]) -> str:
    accent = f"#{part['accent_color']:06x}"
    inner = "".join(_component(each, channels) for each in part["components"])
    return f'<div class="container" style="border-left-color: {accent}">{inner}</div>'


def _row(part: Json, channels: Mapping[str, str]) -> str:
    return f'<div class="row">{"".join(_component(each, channels) for each in part["components"])}</div>'


def _button(part: Json, _: Mapping[str, str]) -> str:
    emoji = f"<i>{escape(part['emoji']['name'])}</i>" if "emoji" in part else ""
    return f'<span class="button {BUTTON_STYLES[part["style"]]}">{emoji}{escape(part["label"])}</span>'


def _separator(part: Json, _: Mapping[str, str]) -> str:
    return "<hr>" if part.get("divider", True) else '<div class="gap"></div>'


def _gallery(part: Json, _: Mapping[str, str]) -> str:
    items = (f'<img src="{escape(i["media"]["url"])}" alt="{escape(i.get("description", ""))}">' for i in part["items"])
    return f'<div class="gallery">{"".join(items)}</div>'


def _text(part: Json, channels: Mapping[str, str]) -> str:
    return f'<div class="text">{"".join(_blocks(part["content"].splitlines(), channels))}</div>'


def _blocks(lines: Sequence[str], channels: Mapping[str, str]) -> Iterator[str]:
    """Discord's markdown, as far as Kindling uses it: every line keeps its line, lists and quotes hold together."""
    for kind, members in groupby(lines, _kind):
        bodies = [_inline(line[len(kind) :].lstrip() if kind else line, channels) for line in members]
        match kind:
            case "###" | "##" | "#":
                yield from (f"<h{len(kind) + 1}>{body}</h{len(kind) + 1}>" for body in bodies)
            case "-":
                yield f"<ul>{''.join(f'<li>{body}</li>' for body in bodies)}</ul>"
            case ">":
                yield f"<blockquote>{'<br>'.join(bodies)}</blockquote>"
            case "-#":
                yield from (f"<small>{body}</small>" for body in bodies)
            case _:
                yield from (f"<p>{body}</p>" if body else '<p class="blank"></p>' for body in bodies)


def _kind(line: str) -> str:
    found = re.match(r"(#{1,3}|-#|-|>)(?= )", line)
    return found[0] if found else ""


def _inline(text: str, channels: Mapping[str, str]) -> str:
    """Bold, channels, and the strokes that only say that a character is meant as itself."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[1])
        return f"\0{len(kept) - 1}\0"

    text = escape(re.sub(r"\\([^A-Za-z0-9\s])", keep, text), quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"&lt;#(\d+)&gt;", lambda found: f"<a># {escape(channels[found[1]])}</a>", text)
    return re.sub("\0(\\d+)\0", lambda found: escape(kept[int(found[1])], quote=False), text)


def form(modal: Json, channels: Mapping[str, str]) -> str:
    """A modal with what is filled in. Raises ValueError for a field that has no look here."""
    parts = "".join(
        _label(part, channels) if part["type"] == LABEL else _component(part, channels) for part in modal["components"]
    )
    buttons = '<span class="button secondary">Cancel</span><span class="button primary">Submit</span>'
    title = escape(modal["title"])
    return f'<div class="modal"><h3>{title}</h3>{parts}<div class="row end">{buttons}</div></div>'


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

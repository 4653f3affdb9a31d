# ruff: noqa: INP001  a tool, found beside take.py
"""A form of Slack as HTML that looks like it. Knows what Kindling sends, and refuses the rest."""

from collections.abc import Mapping
from html import escape

from adapters.slack.look import Draw, of, plain, shown
from adapters.slack.payload import Json


def form(view: Json, channels: Mapping[str, str]) -> str:
    """A modal with what is filled in. Raises ValueError for a field that has no look here."""
    parts = "".join(
        _field(block) if block["type"] == "input" else shown({"blocks": [block]}, channels, "")
        for block in view["blocks"]
    )
    close, send = (plain(view[name]) for name in ("close", "submit"))
    return (
        f'<div class="look modal"><h2>{plain(view["title"])}</h2>{parts}<div class="row end">'
        f'<span class="button">{close}</span><span class="button primary">{send}</span></div></div>'
    )


def _field(block: Json) -> str:
    optional = ' <em class="optional">(optional)</em>' if block.get("optional") else ""
    hint = f'<div class="context">{plain(block["hint"])}</div>' if "hint" in block else ""
    label = plain(block["label"])
    return f'<div class="field"><b>{label}{optional}</b>{of(_ENTRIES, block["element"])}{hint}</div>'


def _chosen(part: Json) -> str:
    chosen = part.get("initial_option")
    return _select(plain(chosen["text"]) if chosen else "Select an item")


def _date(part: Json) -> str:
    return _select(escape(part.get("initial_date", "Select a date")))


def _typed(part: Json) -> str:
    return f'<div class="input">{escape(part.get("initial_value", ""))}</div>'


def _select(inner: str) -> str:
    return f'<div class="input select">{inner}<i>⌄</i></div>'


_ENTRIES: Mapping[str, Draw] = {"static_select": _chosen, "datepicker": _date, "plain_text_input": _typed}

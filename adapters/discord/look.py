"""A message of Components V2 as HTML that looks like it. Pure; it knows what `render` sends, and refuses the rest.

What is drawn is the message itself, with Discord's own reading of its markdown: an escape that were forgotten, or a
text that were cut, shows here as it would there. Nothing in the HTML leads anywhere or is fetched.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from adapters.discord import render
from adapters.discord.render import ACCENT, ACTION_ROW, BUTTON, CONTAINER, MEDIA_GALLERY, TEXT_DISPLAY
from bot.domain.looks import Look
from bot.domain.message import Card

Json = Mapping[str, Any]

TITLE = "Discord"
_BUTTONS = {1: "primary", 2: "secondary", 4: "danger"}
_KNOWN = {"flags", "components", "allowed_mentions", "attachments"}
_TOKEN = re.compile(r"\\(?P<escaped>[^A-Za-z0-9\s])|(?P<bold>\*\*)|<#(?P<channel>\d+)>|<@&(?P<role>\d+)>")
_LINE = re.compile(r"(#{1,3}|-#|-|>)(?= )")
SILENT = "On a phone, a notification of it is empty: Discord has no words for messages like this one."
EMOJI = "Emoji look like Discord’s own there."


def look(card: Card, *, at: str, channels: Mapping[str, str]) -> Look:
    """The card as Discord shows it where Kindling may attach files."""
    message = render.message(card, attached=True)
    pictures = {file.name: f"data:{file.kind};base64,{b64encode(file.data).decode()}" for file in render.files(card)}
    body = shown(message, channels, pictures)
    return Look("discord", TITLE, framed(body, at), style(), (SILENT, EMOJI))


@cache
def style() -> str:
    """The CSS of every look."""
    accent = f".look {{ --accent: #{ACCENT:06x}; }}\n"
    return accent + Path(__file__).with_name("look.css").read_text("utf-8")


def framed(body: str, at: str) -> str:
    """What Kindling said, with who said it and when."""
    time = f" <time>{escape(at)}</time>" if at else ""
    return (
        '<div class="look"><div class="message"><span class="avatar" aria-hidden="true">K</span><div class="said">'
        f'<p class="byline"><b>Kindling</b> <span class="app">APP</span>{time}</p>{body}</div></div></div>'
    )


def shown(message: Json, channels: Mapping[str, str], pictures: Mapping[str, str]) -> str:
    """The body of the message; `pictures` are its attachments by name. Raises ValueError for what has no look here."""
    if strange := set(message) - _KNOWN:
        raise ValueError(f"a message with {', '.join(sorted(strange))} has no look here")
    return _Drawing(channels, pictures).all(message)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What a drawing knows beside the message."""

    channels: Mapping[str, str]
    pictures: Mapping[str, str]

    def all(self, part: Json) -> str:
        return "".join(map(self._component, part["components"]))

    def _component(self, part: Json) -> str:
        draw = self._draws.get(part["type"])
        if draw is None:
            raise ValueError(f"Discord's component type {part['type']} has no look here")
        return draw(part)

    @property
    def _draws(self) -> Mapping[int, Callable[[Json], str]]:
        return {
            CONTAINER: self._container,
            TEXT_DISPLAY: self._text,
            ACTION_ROW: self._row,
            MEDIA_GALLERY: self._gallery,
        }

    def _container(self, part: Json) -> str:
        return f'<div class="container">{self.all(part)}</div>'

    def _row(self, part: Json) -> str:
        return f'<ul class="row" aria-label="Buttons">{"".join(map(_button, part["components"]))}</ul>'

    def _gallery(self, part: Json) -> str:
        return "".join(map(self._picture, part["items"]))

    def _picture(self, item: Json) -> str:
        address, alt = str(item["media"]["url"]), escape(item.get("description", ""))
        drawn = self.pictures.get(address.removeprefix("attachment://"))
        if drawn is None:  # on another computer, and nothing is fetched
            return f'<p class="elsewhere">{alt or "A picture"}</p>'
        return f'<p class="gallery"><img src="{escape(drawn)}" alt="{alt}"></p>'

    def _text(self, part: Json) -> str:
        lines = str(part["content"]).split("\n")
        return f'<div class="text">{"".join(self._blocks(lines))}</div>'

    def _blocks(self, lines: Sequence[str]) -> Iterator[str]:
        """Discord's markdown, as far as Kindling uses it: every line keeps its line, lists and quotes hold together."""
        bold = False
        for kind, members in groupby(lines, _kind):
            bodies: list[str] = []
            for line in members:
                body, bold = self._inline(line[len(kind) :].lstrip() if kind else line, bold=bold)
                bodies.append(body)
            yield from _block(kind, bodies)

    def _inline(self, text: str, *, bold: bool) -> tuple[str, bool]:
        """Bold, channels and roles, and the strokes that only say that a sign is meant as itself. Bold that is not
        ended holds in the next line."""
        said: list[str] = ["<b>"] if bold else []
        end = 0
        for found in _TOKEN.finditer(text):
            said.append(escape(text[end : found.start()]))
            end = found.end()
            if found["bold"]:
                bold = not bold
            said.append(self._token(found, bold=bold))
        said += [escape(text[end:]), "</b>" if bold else ""]
        return "".join(said), bold

    def _token(self, found: re.Match[str], *, bold: bool) -> str:
        if found["bold"]:
            return "<b>" if bold else "</b>"
        if found["escaped"]:
            return escape(found["escaped"])
        if found["role"]:
            return '<span class="mention">@a role</span>'
        return f'<span class="mention"># {escape(self.channels.get(found["channel"], "unknown"))}</span>'


def _kind(line: str) -> str:
    found = _LINE.match(line)
    return found[0] if found else ""


def _block(kind: str, bodies: Sequence[str]) -> Iterator[str]:
    match kind:
        case "##":
            yield from (f"<h4>{body}</h4>" for body in bodies)
        case "-":
            yield f"<ul>{''.join(f'<li>{body}</li>' for body in bodies)}</ul>"
        case ">":
            yield f"<blockquote>{'<br>'.join(bodies)}</blockquote>"
        case "-#":
            yield from (f'<p class="small">{body}</p>' for body in bodies)
        case "":
            yield from (f"<p>{body}</p>" if body else '<p class="blank"></p>' for body in bodies)
        case _:
            raise ValueError(f"a line that begins with {kind} has no look here")


def _button(part: Json) -> str:
    if part["type"] != BUTTON:
        raise ValueError(f"Discord's component type {part['type']} has no look in a row here")
    emoji = f'<span class="emoji" aria-hidden="true">{escape(part["emoji"]["name"])}</span> ' if "emoji" in part else ""
    return f'<li class="button {_BUTTONS[part["style"]]}">{emoji}{escape(part["label"])}</li>'

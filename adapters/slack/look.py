"""A message of Block Kit as HTML that looks like it. Pure; it knows what `render` sends, and refuses the rest.

What is drawn is the message itself, so a text that were cut shows here as it would there. Nothing in the HTML leads
anywhere or is fetched.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from pathlib import Path

from adapters.slack import render
from adapters.slack.payload import Json
from adapters.slack.texts import clip
from bot.domain.looks import Look
from bot.domain.message import Card

TITLE = "Slack"
_PICTURE = "P"
"""Instead of the id of an uploaded file."""
_FIRST_WORDS = 120
_STYLES = {"bold"}
_BUTTONS = {"": "default", "primary": "primary", "danger": "danger"}
EMOJI = "Emoji look like those of each reader’s computer there."


def look(card: Card, *, at: str, channels: Mapping[str, str]) -> Look:
    """The card as Slack shows it where Kindling may upload files."""
    drawn = card.picture if card.picture and card.picture.png and not card.picture.url else None
    message = render.message(card, file=_PICTURE if drawn else "")
    picture = f"data:image/{drawn.kind};base64,{b64encode(drawn.png).decode()}" if drawn else ""
    body = shown(message, channels, picture)
    first = clip(" ".join(unescape(message["text"]).split()), _FIRST_WORDS)
    return Look("slack", TITLE, framed(body, at), style(), (f"A notification of it reads: “{first}”", EMOJI))


@cache
def style() -> str:
    """The CSS of every look."""
    return Path(__file__).with_name("look.css").read_text("utf-8")


def framed(body: str, at: str) -> str:
    """What Kindling said, with who said it and when."""
    time = f" <time>{escape(at)}</time>" if at else ""
    return (
        '<div class="look"><div class="message"><span class="avatar" aria-hidden="true">K</span><div class="said">'
        f'<p class="byline"><b>Kindling</b> <span class="app">APP</span>{time}</p>{body}</div></div></div>'
    )


def shown(message: Json, channels: Mapping[str, str], picture: str) -> str:
    """The body of the message, with the address of its picture. Raises ValueError for what has no look here."""
    if not message["blocks"]:
        raise ValueError("a message without blocks has no look here")
    drawing = _Drawing(channels, picture)
    return "".join(of(drawing.blocks, block) for block in message["blocks"])


Draw = Callable[[Json], str]


def of(draws: Mapping[str, Draw], part: Json) -> str:
    """One part by its type."""
    draw = draws.get(part["type"])
    if draw is None:
        raise ValueError(f"Slack's {part['type']} has no look here")
    return draw(part)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What a drawing knows beside the message."""

    channels: Mapping[str, str]
    picture: str

    @property
    def blocks(self) -> Mapping[str, Draw]:
        return {
            "header": lambda part: f"<h4>{plain(part['text'])}</h4>",
            "rich_text": lambda part: f'<div class="rich">{self._all(self._paragraphs, part)}</div>',
            "image": self._image,
            "actions": lambda part: f'<ul class="row" aria-label="Buttons">{self._all({"button": _button}, part)}</ul>',
            "context": lambda part: f'<p class="context">{self._all({"plain_text": plain}, part)}</p>',
        }

    @property
    def _paragraphs(self) -> Mapping[str, Draw]:
        return {
            "rich_text_section": lambda part: f"<p>{self._all(self._leaves, part)}</p>",
            "rich_text_list": self._list,
            "rich_text_quote": lambda part: f"<blockquote>{self._all(self._leaves, part)}</blockquote>",
        }

    @property
    def _leaves(self) -> Mapping[str, Draw]:
        return {
            "text": _leaf,
            "channel": lambda part: (
                f'<span class="mention">#{escape(self.channels.get(part["channel_id"], "unknown"))}</span>'
            ),
            "usergroup": lambda _: '<span class="mention">@a group</span>',
        }

    def _all(self, draws: Mapping[str, Draw], part: Json) -> str:
        return "".join(of(draws, element) for element in part["elements"])

    def _list(self, part: Json) -> str:
        if part["style"] != "bullet":
            raise ValueError(f"Slack's list of style {part['style']} has no look here")
        items = (f"<li>{self._all(self._leaves, item)}</li>" for item in part["elements"])
        return f"<ul>{''.join(items)}</ul>"

    def _image(self, part: Json) -> str:
        alt = escape(part["alt_text"])
        if "slack_file" not in part:  # on another computer, and nothing is fetched
            return f'<p class="elsewhere">{alt}</p>'
        return f'<p class="picture"><img src="{escape(self.picture)}" alt="{alt}"></p>'


def plain(part: Json) -> str:
    """A text object that Slack shows as it is."""
    if part["type"] != "plain_text":
        raise ValueError(f"a text of type {part['type']} has no look here")
    return _lines(part["text"])


def _leaf(part: Json) -> str:
    styles = part.get("style", {})
    if strange := set(styles) - _STYLES:
        raise ValueError(f"a text in {', '.join(strange)} has no look here")
    text = _lines(part["text"])
    return f"<b>{text}</b>" if styles.get("bold") else text


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _button(part: Json) -> str:
    text, spoken = part["text"]["text"], part.get("accessibility_label", "")
    sign = text.removesuffix(spoken) if spoken else ""
    emoji = f'<span class="emoji" aria-hidden="true">{escape(sign)}</span>' if sign and sign != text else ""
    said = plain(part["text"] | {"text": spoken}) if emoji else plain(part["text"])
    return f'<li class="button {_BUTTONS[part.get("style", "")]}">{emoji}{said}</li>'

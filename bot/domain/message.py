"""The one vocabulary in which the core speaks to people, on every platform.

All texts are plain: no platform's markup. An adapter escapes them, so nothing in them can ping or
become formatting. Words of people appear only inside a `Quote`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from bot.domain.forms import Form, Rejected
from bot.domain.looks import Look
from bot.domain.uploads import Attached

ACTION_LIMIT = 100  # Discord's custom_id; the tightest of the platforms
HEADING_LIMIT = 140
LABEL_LIMIT = 75  # Slack's button text; Discord allows 80
JPEG = b"\xff\xd8"
"""What every JPEG begins with."""
TEXT_LIMIT = 2800  # Slack's section holds 3,000 characters; the rest is room for escapes


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: a name the core knows, and the subject it is about.

    Encoded into the button itself, so it survives a restart: `k:<name>:<subject>[:<detail>]`.
    """

    name: str
    subject: str = ""
    detail: str = ""

    def encode(self) -> str:
        """The text to put into a button's id, at most 100 characters."""
        if not self.name or ":" in self.name + self.subject:
            raise ValueError(f"{self} cannot be written so that it is read as itself")
        parts = ["k", self.name, self.subject, self.detail]
        text = ":".join(parts if self.detail else parts[: 3 if self.subject else 2])
        if len(text) > ACTION_LIMIT:
            raise ValueError(f"the action {text!r} is longer than {ACTION_LIMIT} characters")
        return text

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """The action in a button's id, or None when the id is not one of ours."""
        prefix, *rest = text.split(":", 3)
        if prefix != "k" or not rest or not rest[0]:
            return None
        name, subject, detail = (*rest, "", "")[:3]
        return cls(name, subject, detail)


class Style(StrEnum):
    """How much a button stands out."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button. `emoji` is one Unicode emoji shown before the label, or empty."""

    label: str
    action: Action
    style: Style = Style.PLAIN
    emoji: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `strong` is for the one sentence that carries the card."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list: a short label (may be empty) and the text.

    `channel` is a platform's channel id; the adapter shows it as a link to that channel after the text.
    """

    text: str
    label: str = ""
    channel: str = ""

    def plain(self) -> str:
        """The line as plain text; a channel by its id."""
        said = " ".join(filter(None, [self.text, f"#{self.channel}" if self.channel else ""]))
        return f"{self.label}: {said}" if self.label else said


@dataclass(frozen=True, slots=True)
class Items:
    """A list with an optional title."""

    items: tuple[Item, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a person: shown as theirs, escaped, never as markup."""

    text: str
    by: str = ""


Part = Text | Items | Quote


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by its address, with the words for people who do not see it.

    One that is drawn here has no address: `svg` is its drawing, and `png` the same for platforms that take no drawings,
    empty where nothing here can make one. One that somebody handed over has no drawing either: `mark` tells it from
    others, and `png` is it, or the same as JPEG. Where a platform can show neither, the words stand in its place.
    """

    url: str
    alt: str
    svg: str = field(default="", repr=False)
    png: bytes = field(default=b"", repr=False)
    mark: str = ""

    @property
    def kind(self) -> str:
        """What `png` really is: `png` or `jpeg`."""
        return "jpeg" if self.png.startswith(JPEG) else "png"


@dataclass(frozen=True, slots=True)
class Card:
    """A message: heading, body, buttons (at most five), picture, and a small footnote.

    `notify` is the platform's id of the one role or user group that hears of the message, empty for nobody: the adapter
    mentions it, and lets the message notify it and nobody else.
    """

    heading: str
    body: tuple[Part, ...] = ()
    choices: tuple[Choice, ...] = ()
    picture: Picture | None = None
    footnote: str = ""
    emoji: str = ""
    notify: str = ""

    def about(self, subject: str) -> Self:
        """The same card with every button's empty subject filled in."""
        return replace(
            self,
            choices=tuple(
                replace(choice, action=replace(choice.action, subject=choice.action.subject or subject))
                for choice in self.choices
            ),
        )

    def plain(self) -> str:
        """The card as plain text, without the buttons: what a screen reader or a log-free terminal reads."""
        lines = [self.heading]
        for part in self.body:
            match part:
                case Text(text):
                    lines.append(text)
                case Items(items, title):
                    lines.extend(filter(None, [title]))
                    lines.extend(f"- {item.plain()}" for item in items)
                case Quote(text, by):
                    lines.append(f"“{text}”" + (f" — {by}" if by else ""))
        if self.picture:
            lines.append(self.picture.alt)
        if self.footnote:
            lines.append(self.footnote)
        return "\n".join(lines)

    def texts(self) -> Iterator[str]:
        """All that people are to read, each text by itself, the buttons last."""
        yield self.heading
        for part in self.body:
            match part:
                case Text(text):
                    yield text
                case Quote(text, by):
                    yield from (text, by)
                case Items(items, title):
                    yield title
                    yield from (said for item in items for said in (item.label, item.text))
        yield from (self.picture.alt if self.picture else "", self.footnote)
        yield from (choice.label for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one person. Always private: only that person sees it.

    `replace` means that the answer takes the place of the private message whose button was pressed. `files` come
    beside a card, for that person too. `looks` are how the card that it is about looks on platforms: pages show them in
    the place of its buttons, and chats have no use for them.
    """

    content: "Card | Form | Rejected"
    replace: bool = False
    files: tuple[Attached, ...] = ()
    looks: tuple[Look, ...] = ()

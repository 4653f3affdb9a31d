"""Cards as Discord's Components V2. Pure: the same card gives the same JSON.

A message of this kind has no `content`; what screen readers have to go by is its text displays, in order. So
the heading comes first and is a real heading, everything that matters is text, buttons carry words and not
only emoji, and a picture carries its description. Notifications of such a message are empty on phones
(discord/discord-api-docs#7854), see docs/adr.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from adapters.discord.text import crop, escape, escape_line, line
from bot.domain.errors import Unacceptable
from bot.domain.message import ACTION_LIMIT, Card, Choice, Item, Items, Part, Picture, Quote, Style, Text
from bot.domain.uploads import Attached

Json = dict[str, object]

COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6
NOBODY: Json = {"parse": []}
"""`allowed_mentions` that let nothing in a message ping anyone."""

ACCENT = 0xE8A33D
CONTENT_LIMIT = 2000
TEXTS_LIMIT = 4000
BUTTONS_LIMIT = 5
LABEL_LIMIT = 80
ALT_LIMIT = 1024
FILES = {"png": "picture.png", "jpeg": "picture.jpg"}

ACTION_ROW, BUTTON, TEXT_DISPLAY, MEDIA_GALLERY, FILE_DISPLAY, CONTAINER = 1, 2, 10, 12, 13, 17
_STYLES = {Style.PRIMARY: 1, Style.PLAIN: 2, Style.DANGER: 4}
_UNLIMITED = 1_000_000
_SPACE = "s"  # begins the id of a button that also says which server it is about
_ODD = re.compile(r"[^A-Za-z0-9._-]")
"""What Discord writes otherwise in the names of files."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with a message."""

    name: str
    data: bytes = field(repr=False)
    alt: str = ""
    kind: str = "application/octet-stream"


def message(
    card: Card, *, key: str = "", space: str = "", attached: bool = False, beside: Sequence[Attached] = ()
) -> Json:
    """The body of a message that shows `card`, whole: sent as an edit it leaves nothing of what was there.

    A picture that was drawn here is shown where it is `attached` (`files`), and told in words elsewhere. What is
    `beside` stands under the card. With `key` the message carries its mark; with `space` the buttons say which server
    they are about, for a message that is read outside of it. Raises `Unacceptable` when Discord would refuse it.
    """
    drawn = attached and bool(_picture(card))
    heading, *rest = _fitted(card if drawn else _without_file(card), space)
    container: Json = {"type": CONTAINER, "accent_color": ACCENT}
    if key:
        container["id"], heading["id"] = mark(key)
    container["components"] = [heading, *rest]
    shown: list[Json] = [
        {"type": FILE_DISPLAY, "file": {"url": f"attachment://{file.name}"}} for file in _beside(beside)
    ]
    body: Json = {"flags": COMPONENTS_V2, "components": [container, *shown], "allowed_mentions": _allowed(card)}
    if sent := files(card if drawn else replace(card, picture=None), beside):
        body["attachments"] = [
            {"id": number, "filename": file.name} | ({"description": file.alt} if file.alt else {})
            for number, file in enumerate(sent)
        ]
    return body


def _allowed(card: Card) -> Json:
    return {"parse": [], "roles": [card.notify]} if _is_id(card.notify) else NOBODY


def files(card: Card, beside: Sequence[Attached] = ()) -> list[File]:
    """The files that go with a card, in the order in which the message names them."""
    return [*_picture(card), *_beside(beside)]


def _picture(card: Card) -> list[File]:
    if card.picture is None or card.picture.url or not card.picture.png:
        return []
    kind = card.picture.kind
    return [File(FILES[kind], card.picture.png, _alt(card.picture), f"image/{kind}")]


def _beside(beside: Sequence[Attached]) -> list[File]:
    names = [_ODD.sub("_", file.name) for file in beside]
    taken = set(FILES.values())
    return [
        File(
            f"{number}-{name}" if name in taken or name in names[:number] else name,
            file.data,
            crop(line(file.alt), ALT_LIMIT),
        )
        for number, (file, name) in enumerate(zip(beside, names, strict=True))
    ]


def _without_file(card: Card) -> Card:
    """The card with a picture that has no address told in words."""
    if card.picture is None or card.picture.url:
        return card
    return replace(card, picture=None, body=(*card.body, Text(card.picture.alt)))


def plain(card: Card) -> str:
    """The card as the `content` of a message without components: what a notification shows."""
    return crop(escape(card.plain()), CONTENT_LIMIT)


def mark(key: str) -> tuple[int, int]:
    """The ids of the container and of the heading in a message that carries `key`.

    Discord keeps the 32-bit ids that components are given, and shows them to nobody. Two of them hold 62
    bits of the key's hash, on cards with buttons and on cards without.
    """
    digest = hashlib.sha256(key.encode()).digest()
    own, of_heading = (int.from_bytes(part) % (2**31 - 2**20) + 2**20 for part in (digest[:8], digest[8:16]))
    return own, of_heading if of_heading != own else 1


def carries(components: object, key: str) -> bool:
    """Whether these components of a message, as Discord tells them, carry the mark of `key`."""
    container = _first(components)
    return (container.get("id"), _first(container.get("components")).get("id")) == mark(key)


def nonce(channel: str, key: str) -> str:
    """What makes Discord answer a quick repeat with the first message. It checks an author, not a channel."""
    return hashlib.sha256(f"{channel}:{key}".encode()).hexdigest()[:25]


def with_space(custom_id: str, space: str) -> str:
    """A custom id that also says which server it is about."""
    text = f"{_SPACE}:{space}:{custom_id}" if space else custom_id
    if len(text) > ACTION_LIMIT:
        raise Unacceptable("discord.custom_id.too_long")
    return text


def without_space(custom_id: str) -> tuple[str, str]:
    """The server that a custom id says it is about, or an empty text, and the custom id proper."""
    prefix, _, rest = custom_id.partition(":")
    if prefix != _SPACE:
        return "", custom_id
    space, _, rest = rest.partition(":")
    return space, rest


def _first(components: object) -> Json:
    return cast("list[Json]", components)[0] if isinstance(components, list) and components else {}


def _fitted(card: Card, space: str) -> list[Json]:
    components = _components(card, space)
    over = _length(components) - TEXTS_LIMIT
    quotes = [part for part in card.body if isinstance(part, Quote)]
    if over > 0 and quotes:
        components = _components(card, space, quote_limit=_quote_limit(quotes, over))
        over = _length(components) - TEXTS_LIMIT
    if over > 0:
        raise Unacceptable("discord.card.too_long")
    return components


def _quote_limit(quotes: Sequence[Quote], over: int) -> int:
    """How long each quote may be, escaped, so that people's words give up `over` characters."""
    lengths = sorted(len(_quoted(quote)) for quote in quotes)
    kept = sum(lengths) - over
    for done, length in enumerate(lengths):
        share = kept // (len(lengths) - done)
        if length > share:
            return max(share, 1)
        kept -= length
    return _UNLIMITED


def _components(card: Card, space: str, quote_limit: int = _UNLIMITED) -> list[Json]:
    heading = f"{line(card.emoji)} {escape_line(card.heading)}".strip()
    components = [_text(f"## {heading}")]
    body = "\n\n".join(filter(None, (_part(part, quote_limit) for part in card.body)))
    if body:
        components.append(_text(body))
    if card.picture:
        components.append(_gallery(card.picture))
    if card.choices:
        components.append(_row(card.choices, space))
    if footnote := "\n".join(f"-# {each}" for each in escape(card.footnote).splitlines() if each):
        components.append(_text(footnote))
    if _is_id(card.notify):
        components.append(_text(f"-# <@&{card.notify}>"))
    return components


def _part(part: Part, quote_limit: int) -> str:
    match part:
        case Text(text, strong):
            escaped = escape(text)
            return f"**{escaped}**" if strong and escaped else escaped
        case Items(items, title):
            lines = [escape_line(title)] if title else []
            return "\n".join((*lines, *map(_item, items)))
        case Quote():
            return _cut(_quoted(part), quote_limit)


def _item(item: Item) -> str:
    label = escape_line(item.label)
    if label:
        label = f"**{label}**" if label.endswith(("?", "!", ".", ":")) else f"**{label}:**"
    channel = f"<#{item.channel}>" if _is_id(item.channel) else escape_line(item.channel)
    return " ".join(filter(None, ("-", label, escape_line(item.text), channel)))


def _quoted(quote: Quote) -> str:
    lines = [f"> {each}" for each in escape(quote.text).splitlines()]
    if quote.by:
        lines.append(f"-# — {escape_line(quote.by)}")
    return "\n".join(lines)


def _cut(text: str, limit: int) -> str:
    """An escaped text cut to its limit, never in the middle of an escape."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    if (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def _row(choices: Sequence[Choice], space: str) -> Json:
    if len(choices) > BUTTONS_LIMIT:
        raise Unacceptable("discord.card.too_many_buttons")
    buttons = [_button(choice, space) for choice in choices]
    if len({str(button["custom_id"]) for button in buttons}) < len(buttons):
        raise Unacceptable("discord.card.same_button_twice")
    return {"type": ACTION_ROW, "components": buttons}


def _button(choice: Choice, space: str) -> Json:
    label = line(choice.label)
    if not 1 <= len(label) <= LABEL_LIMIT:
        raise Unacceptable("discord.button.label_length")
    try:
        custom_id = with_space(choice.action.encode(), space)
    except ValueError as error:
        raise Unacceptable("discord.custom_id.too_long") from error
    button: Json = {"type": BUTTON, "style": _STYLES[choice.style], "label": label, "custom_id": custom_id}
    if choice.emoji:
        button["emoji"] = {"name": choice.emoji}
    return button


def _gallery(picture: Picture) -> Json:
    item: Json = {"media": {"url": picture.url or f"attachment://{FILES[picture.kind]}"}}
    if alt := _alt(picture):
        item["description"] = alt
    return {"type": MEDIA_GALLERY, "items": [item]}


def _alt(picture: Picture) -> str:
    return crop(line(picture.alt), ALT_LIMIT)


def _text(content: str) -> Json:
    return {"type": TEXT_DISPLAY, "content": content}


def _length(components: Sequence[Json]) -> int:
    return sum(len(text) for text in texts(components))


def texts(components: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """The texts that Discord adds up to 4,000 characters."""
    for component in components:
        if component["type"] == TEXT_DISPLAY:
            yield str(component["content"])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()

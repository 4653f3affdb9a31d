"""Cards as Block Kit. Pure: a card goes in, JSON comes out.

All texts stand in `plain_text` or in `rich_text`, where Slack shows every character as it is: no text can ping,
link or format, and nothing has to be escaped. Only the text beside the blocks is read as mrkdwn; see
`texts.literal`. Whatever the card, the result keeps Slack's limits.
"""

import itertools
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.slack import payload
from adapters.slack.payload import Json
from adapters.slack.texts import ELLIPSIS, clean, clip, literal, shown
from bot.domain.message import Card, Choice, Item, Items, Part, Picture, Quote, Style, Text

EVENT_TYPE = "kindling_card"
_KEY_PREFIX = "kindling:"
_TEAM_PREFIX = "from:"

HEADER_LIMIT = 150
BUTTON_LIMIT = 75
BUTTONS_LIMIT = 25
TEXT_LIMIT = 3000
ALT_LIMIT = 2000
FALLBACK_LIMIT = 2500
BLOCK_ID_LIMIT = 255
PARTS_LIMIT = 40  # of Slack's 50 blocks; the rest is for heading, picture, buttons and footnote
MESSAGE_LIMIT = 12_500  # Slack refuses a little above 13,000 characters of blocks (`msg_blocks_too_long`)
_PART_COST = 160  # the JSON around a part's text
_ITEM_COST = 260  # the JSON around an item's label, text and channel

_GROUP_ID = re.compile(r"S[A-Z0-9]{2,20}")
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,20}")
_PICTURE_URL = re.compile(r"https?://\S{1,2900}")


def message(card: Card, key: str = "", file: str = "") -> Json:
    """The `text` and `blocks` of a message; the first block's id carries `key`.

    A picture without an address is shown from the `file` of this id, or told in words.
    """
    head = _head(card, key)
    tail = [*_picture(card.picture, file), *_buttons(card.choices), *_footnote(card.footnote), *_notified(card.notify)]
    room = MESSAGE_LIMIT - len(_json([*head, *tail]))
    return {"text": fallback(card), "blocks": [*head, *_body(card.body, room), *tail]}


def metadata(key: str) -> Json:
    """Slack's message metadata with the key, which only `conversations.history` gives back."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def block_id(key: str) -> str:
    """The id of the first block of a message that was sent with `key`."""
    return f"{_KEY_PREFIX}{key}"[:BLOCK_ID_LIMIT]


def carries_key(found: Json) -> bool:
    """Whether a message, as Slack tells of it, was sent with a key of ours."""
    if payload.part(found, "metadata").get("event_type") == EVENT_TYPE:
        return True
    return any(payload.text(block, "block_id").startswith(_KEY_PREFIX) for block in payload.parts(found, "blocks"))


def carries(found: Json, key: str) -> bool:
    """Whether a message, as Slack tells of it, was sent with this very key."""
    told = payload.part(found, "metadata")
    if told.get("event_type") == EVENT_TYPE:
        return payload.part(told, "event_payload").get("key") == key
    return any(block.get("block_id") == block_id(key) for block in payload.parts(found, "blocks"))


def from_team(blocks: Sequence[Json], team: str) -> list[Json]:
    """Blocks whose buttons tell which workspace they were sent from.

    What only one person sees is not in what Slack tells of a press; of the button and its block it is. In a channel
    that companies share, it is not always the workspace of whoever presses.
    """
    marks = (f"{_TEAM_PREFIX}{team}:{number}" for number in itertools.count())
    return [block | {"block_id": next(marks)} if block["type"] == "actions" else block for block in blocks]


def sending_team(body: Json) -> str:
    """The workspace that the pressed button was sent from; empty where it does not tell."""
    for pressed in payload.parts(body, "actions"):
        block = payload.text(pressed, "block_id")
        if block.startswith(_TEAM_PREFIX):
            return block.removeprefix(_TEAM_PREFIX).partition(":")[0]
    return ""


def fallback(card: Card) -> str:
    """The card as one text: what a notification shows and a screen reader reads. Never empty."""
    return literal(card.plain(), FALLBACK_LIMIT) or "Kindling"


def without_picture(card: Card) -> Card:
    """The card with its picture told in words, for when Slack cannot fetch the picture."""
    if card.picture is None:
        return card
    return replace(card, picture=None, body=(*card.body, Text(card.picture.alt)))


def plain(text: str, limit: int) -> Json:
    """A text object that shows every character as it is, `:names:` of emoji too. Slack takes no empty ones."""
    return {"type": "plain_text", "text": shown(text, limit) or ELLIPSIS, "emoji": False}


def paragraphs(text: str) -> list[Json]:
    """A block with a text, or none for an empty one."""
    return [_rich([_section([_leaf(words)])])] if (words := shown(text, TEXT_LIMIT)) else []


def _head(card: Card, key: str) -> list[Json]:
    block: Json = {"type": "header", "text": plain(f"{card.emoji} {card.heading}", HEADER_LIMIT)}
    return [block | ({"block_id": block_id(key)} if key else {})]


def _body(parts: tuple[Part, ...], room: int) -> list[Json]:
    """One block for each part; what is too many for a message shares the last block, what is too long is cut."""
    each: list[list[Json]] = []
    for part in parts:
        if room < 2 * _PART_COST:
            each.append([_section([_leaf(ELLIPSIS)])])
            break
        if elements := _part(_fit(part, room)):
            each.append(elements)
            room -= len(_json(elements)) + _PART_COST
    blocks = [_rich(elements) for elements in each[: PARTS_LIMIT - 1]]
    rest = [element for elements in each[PARTS_LIMIT - 1 :] for element in elements]
    return [*blocks, *([_rich(rest)] if rest else [])]


def _fit(part: Part, room: int) -> Part:
    """As much of a part as `room` characters of JSON hold; unchanged when all of it does."""
    room = max(room - _PART_COST, 1)
    match part:
        case Text(text):
            return replace(part, text=_squeeze(text, room))
        case Quote(text, by):
            by = clip(clean(by), HEADER_LIMIT)
            return Quote(_squeeze(text, max(room - 2 * len(by), 1)), by)
        case Items(items):
            kept: list[Item] = []
            for item in items:
                label = clip(clean(item.label), HEADER_LIMIT)
                left = room - _ITEM_COST - 2 * len(label)
                if left <= 0:
                    return replace(part, items=(*kept, Item(ELLIPSIS)))
                text = _squeeze(item.text, left)
                kept.append(replace(item, label=label, text=text))
                room = left - len(_json(text))
            return replace(part, items=tuple(kept))


def _squeeze(text: str, room: int) -> str:
    """A cleaned text whose JSON takes at most about `room` characters."""
    text = shown(text, min(TEXT_LIMIT, max(room, 2)))
    while len(text) > 1 and len(_json(text)) > room + 2:
        text = clip(text, max(1, len(text) * room // len(_json(text)) - 1))
    return text


def _part(part: Part) -> list[Json]:
    match part:
        case Text(text, strong):
            return [_section([_leaf(text, bold=strong)])] if text else []
        case Quote(text, by):
            words: list[Json] = [{"type": "rich_text_quote", "elements": [_leaf(text)]}] if text else []
            return [*words, *([_section([_leaf(f"— {by}")])] if by else [])]
        case Items(items, title):
            lines = [section for item in items if (section := _item(item))]
            head = [_section([_leaf(said)])] if (said := shown(title, HEADER_LIMIT)) else []
            bullets: list[Json] = [{"type": "rich_text_list", "style": "bullet", "elements": lines}] if lines else []
            return [*head, *bullets]


def _item(item: Item) -> Json | None:
    leaves: list[Json] = []
    if item.label:
        leaves.append(_leaf(f"{item.label}: " if item.text or item.channel else item.label, bold=True))
    if item.text:
        leaves.append(_leaf(item.text))
    if _CHANNEL_ID.fullmatch(item.channel):
        leaves += [_leaf(" "), {"type": "channel", "channel_id": item.channel}]
    return _section(leaves) if leaves else None


def _picture(picture: Picture | None, file: str) -> list[Json]:
    if picture is None:
        return []
    alt = shown(picture.alt, ALT_LIMIT) or "A picture"
    if file and not picture.url:
        return [{"type": "image", "slack_file": {"id": file}, "alt_text": alt}]
    if not _PICTURE_URL.fullmatch(picture.url):
        return [_rich([_section([_leaf(alt)])])]
    return [{"type": "image", "image_url": picture.url, "alt_text": alt}]


def _buttons(choices: tuple[Choice, ...]) -> list[Json]:
    if not choices:
        return []
    buttons: list[Json] = []
    for choice in choices[:BUTTONS_LIMIT]:
        button_id = value = choice.action.encode()
        if any(button["action_id"] == button_id for button in buttons):
            button_id = f"{value}#{len(buttons)}"
        buttons.append(button(choice.label, button_id, value, choice.style, choice.emoji))
    return [{"type": "actions", "elements": buttons}]


def button(label: str, action_id: str, value: str, style: Style = Style.PLAIN, emoji: str = "") -> Json:
    """A button. With an emoji, a screen reader hears the label alone."""
    words = shown(label, BUTTON_LIMIT) or ELLIPSIS
    made: Json = {
        "type": "button",
        "text": plain(f"{emoji} {words}", BUTTON_LIMIT),
        "action_id": action_id,
        "value": value,
    }
    if emoji:
        made["accessibility_label"] = words
    if style is not Style.PLAIN:
        made["style"] = style.value
    return made


def _footnote(text: str) -> list[Json]:
    return [{"type": "context", "elements": [plain(text, ALT_LIMIT)]}] if clean(text) else []


def _notified(group: str) -> list[Json]:
    """A mention of a user group, and of nothing else: Slack notifies those who are in it."""
    if not _GROUP_ID.fullmatch(group):
        return []
    return [_rich([_section([{"type": "usergroup", "usergroup_id": group}])])]


def _rich(elements: list[Json]) -> Json:
    return {"type": "rich_text", "elements": elements}


def _section(leaves: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": leaves}


def _leaf(text: str, *, bold: bool = False) -> Json:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

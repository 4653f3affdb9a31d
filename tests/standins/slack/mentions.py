"""Who a text would notify, and where it links to, as Slack reads mrkdwn."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .shapes import Json, as_list, as_object

_ENTITY = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_BARE_LINK = re.compile(r"\bhttps?://[^\s<>|]+")
_BARE_WORD = re.compile(r"(?<![\w&])@(here|channel|everyone)\b")


@dataclass(frozen=True, slots=True)
class Pings:
    """Empty (and false) when nobody is notified; `links` notify nobody and do not count."""

    users: frozenset[str] = field(default_factory=frozenset[str])
    groups: frozenset[str] = field(default_factory=frozenset[str])
    broadcasts: frozenset[str] = field(default_factory=frozenset[str])
    links: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.users or self.groups or self.broadcasts)

    def __or__(self, other: "Pings") -> "Pings":
        return Pings(
            self.users | other.users,
            self.groups | other.groups,
            self.broadcasts | other.broadcasts,
            self.links + other.links,
        )


def pings_in_text(text: str, *, parse_names: bool = False) -> Pings:
    """Read one mrkdwn text. With `parse_names` (`link_names`, `parse=full`) a bare @here counts too."""
    users: set[str] = set()
    groups: set[str] = set()
    broadcasts: set[str] = set()
    links: list[str] = []
    for sigil, target, _label in _ENTITY.findall(text):
        if sigil == "@":
            users.add(target)
        elif sigil == "!" and target.startswith("subteam^"):
            groups.add(target.removeprefix("subteam^"))
        elif sigil == "!" and target in {"here", "channel", "everyone", "group"}:
            broadcasts.add("channel" if target == "group" else target)
        elif sigil == "":
            links.append(target)
    rest = _ENTITY.sub(" ", text)
    links.extend(_BARE_LINK.findall(rest))
    if parse_names:
        broadcasts.update(_BARE_WORD.findall(rest))
    return Pings(frozenset(users), frozenset(groups), frozenset(broadcasts), tuple(links))


def pings_in_message(
    text: str, blocks: Iterable[Json], attachments: Iterable[Json] = (), *, parse_names: bool = False
) -> Pings:
    """The top-level text notifies beside blocks as well: it is what the notification shows."""
    found = pings_in_text(text, parse_names=parse_names)
    for block in blocks:
        found |= pings_in_block(block)
    for attachment in attachments:
        found |= pings_in_text(str(attachment.get("text", ""))) | pings_in_text(str(attachment.get("pretext", "")))
        for block in attachment.get("blocks", []):
            found |= pings_in_block(block)
    return found


def pings_in_block(block: Json) -> Pings:
    found = pings_in_text(block["text"]) if block.get("type") == "markdown" else Pings()
    for node in _nodes(block):
        found |= _pings_in_node(node)
    return found


def _pings_in_node(node: Json) -> Pings:
    match node:
        case {"type": "mrkdwn", "text": str(text)}:
            return pings_in_text(text)
        case {"type": "user", "user_id": str(user)}:
            return Pings(users=frozenset({user}))
        case {"type": "usergroup", "usergroup_id": str(group)}:
            return Pings(groups=frozenset({group}))
        case {"type": "broadcast", "range": str(everyone)}:
            return Pings(broadcasts=frozenset({everyone}))
        case {"type": "link", "url": str(url)}:
            return Pings(links=(url,))
        case _:
            return Pings()


def _nodes(value: object) -> Iterator[Json]:
    """Every JSON object inside `value`, itself included."""
    if (node := as_object(value)) is not None:
        yield node
        for child in node.values():
            yield from _nodes(child)
    for child in as_list(value) or []:
        yield from _nodes(child)


def shown_text(blocks: Iterable[Json]) -> str:
    """All that a reader sees in the blocks, a line for each text, button labels included."""
    lines: list[str] = []
    for block in blocks:
        if block.get("type") == "markdown":
            lines.append(str(block["text"]))
        for node in _nodes(block):
            match node:
                case {"type": "mrkdwn" | "plain_text" | "text", "text": str(text)}:
                    lines.append(text)
                case {"type": "image", "alt_text": str(alt)}:
                    lines.append(f"[{alt}]")
                case _:
                    pass
    return "\n".join(lines)

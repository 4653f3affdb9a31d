"""Block Kit's rules for messages, modals and home tabs.

Every block a test posts goes through here, so that a payload which Slack would refuse is refused in the tests too.
Blocks that the stand-in does not know are refused as well.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Literal

from .elements import Checks, Problem, check_element
from .shapes import Json, as_list, as_object

Surface = Literal["message", "modal", "home"]

MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
MOST_BLOCK_CHARACTERS = 13_200
"""Not documented: reported by people whose longer messages met `msg_blocks_too_long`."""
MOST_VIEW_BYTES = 250_000
_FILE_ID = re.compile(r"[F][A-Z0-9]{8,}")


def check_message_blocks(blocks: list[Any]) -> list[Problem]:
    return check_blocks(blocks, "message").problems


def check_blocks(blocks: list[Any], surface: Surface) -> Checks:
    """Problems carry JSON pointers into the payload, as in Slack's answers."""
    checks = Checks()
    if len(blocks) > MOST_BLOCKS[surface]:
        checks.add("/blocks", f"no more than {MOST_BLOCKS[surface]} items allowed")
    ids: set[str] = set()
    for index, block in enumerate(blocks):
        at = f"/blocks/{index}"
        node = as_object(block)
        if node is None:
            checks.add(at, "must provide an object")
            continue
        checks.string(node, "block_id", at, 255)
        if (block_id := node.get("block_id")) is not None:
            if block_id in ids:
                checks.add(f"{at}/block_id", f"block_id already exists: {block_id}")
            ids.add(str(block_id))
        check_block(checks, node, at, surface)
    if len(checks.focused) > 1:
        checks.add(checks.focused[1], "only one element may have focus_on_load")
    return checks


def check_block(checks: Checks, block: Json, at: str, surface: Surface) -> None:
    kind = str(block.get("type"))
    check = _BLOCKS.get(kind)
    if check is None or (kind in _MESSAGE_ONLY and surface != "message"):
        checks.add(f"{at}/type", f"unsupported type: {kind}")
        return
    check(checks, block, at)


def check_view(view: Json, surface: Surface) -> list[Problem]:
    """The problems of a `view` argument for a modal or a home tab."""
    if view.get("type") != surface:
        return [Problem("/view/type", f"unsupported type: {view.get('type')}")]
    blocks = as_list(view.get("blocks"))
    if blocks is None:
        return [Problem("/view/blocks", "must provide an array")]
    checks = check_blocks(blocks, surface)
    if surface == "modal":
        _check_modal(checks, view)
    else:
        checks.properties(view, "/view", ["blocks"], ["private_metadata", "callback_id", "external_id"])
    checks.string(view, "private_metadata", "/view", 3000, shortest=0)
    checks.string(view, "callback_id", "/view", 255, shortest=0)
    checks.string(view, "external_id", "/view", 255, shortest=0)
    return checks.problems


_MODAL_OPTIONAL = {
    "callback_id", "clear_on_close", "close", "external_id", "notify_on_close", "private_metadata", "submit",
    "submit_disabled",
}  # fmt: skip


def _check_modal(checks: Checks, view: Json) -> None:
    checks.properties(view, "/view", ["title", "blocks"], _MODAL_OPTIONAL)
    for name in ("title", "submit", "close"):
        checks.text(view, name, "/view", 24)
    for name in ("clear_on_close", "notify_on_close", "submit_disabled"):
        checks.flag(view, name, "/view")
    if not view["blocks"]:
        checks.add("/view/blocks", "no fewer than 1 items allowed")
    inputs = any((as_object(block) or {}).get("type") == "input" for block in view["blocks"])
    if inputs and view.get("submit") is None:
        checks.add("/view", "`submit` is required when an `input` is in `blocks`")


def too_long_for_a_message(blocks: list[Json]) -> bool:
    return len(json.dumps(blocks, ensure_ascii=False)) > MOST_BLOCK_CHARACTERS


def too_large_for_a_view(view: Json) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > MOST_VIEW_BYTES


def _section(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, [], ["text", "fields", "accessory", "expand"])
    if block.get("text") is None and block.get("fields") is None:
        checks.add(at, "must provide text or fields")
    checks.text(block, "text", at, 3000, mrkdwn=True)
    for field, where in checks.objects(block, "fields", at, 10):
        checks.text_object(field, where, 2000, mrkdwn=True)
    checks.flag(block, "expand", at)
    if (child := checks.child(block, "accessory", at)) is not None:
        accessory, where = child
        if accessory.get("type") == "image":
            _image(checks, accessory, where)
        else:
            check_element(checks, accessory, where, "section")


def _header(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, ["text"])
    checks.text(block, "text", at, 150)


def _divider(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, [])


def _image(checks: Checks, block: Json, at: str) -> None:
    """An image block, or an image beside or inside another block."""
    checks.properties(block, at, ["alt_text"], ["image_url", "slack_file", "title"])
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        checks.add(at, "must provide either image_url or slack_file")
    checks.url(block, "image_url", at)
    if (file := checks.child(block, "slack_file", at)) is not None:
        checks.matching(*file, "id", _FILE_ID)
    checks.string(block, "alt_text", at, 2000)
    checks.text(block, "title", at, 2000)


def _context(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, ["elements"])
    for element, where in checks.objects(block, "elements", at, 10):
        if element.get("type") == "image":
            _image(checks, element, where)
        else:
            checks.text_object(element, where, 3000, mrkdwn=True)


def _actions(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, ["elements"])
    ids: set[str] = set()
    for element, where in checks.objects(block, "elements", at, 25):
        check_element(checks, element, where, "actions")
        action_id = element.get("action_id")
        if action_id is not None and action_id in ids:
            checks.add(f"{where}/action_id", f"action_id already exists: {action_id}")
        ids.add(str(action_id))


def _input(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, ["label", "element"], ["hint", "optional", "dispatch_action"])
    checks.text(block, "label", at, 2000)
    checks.text(block, "hint", at, 2000)
    checks.flag(block, "optional", at)
    checks.flag(block, "dispatch_action", at)
    if (child := checks.child(block, "element", at)) is not None:
        check_element(checks, *child, "input")


def _markdown(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, ["text"])
    checks.string(block, "text", at, 12_000)


_RICH_PARTS = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}
_RICH_LEAVES = {"text", "link", "emoji", "user", "usergroup", "channel", "broadcast", "date", "color"}


def _rich_text(checks: Checks, block: Json, at: str) -> None:
    checks.properties(block, at, ["elements"])
    for part, where in checks.objects(block, "elements", at, 1000):
        if part.get("type") not in _RICH_PARTS:
            checks.add(f"{where}/type", f"unsupported type: {part.get('type')}")
        for leaf, inner in checks.objects(part, "elements", where, 10_000, least=0):
            if part.get("type") == "rich_text_list":
                _rich_item(checks, leaf, inner)
            else:
                _rich_leaf(checks, leaf, inner)


def _rich_item(checks: Checks, item: Json, at: str) -> None:
    if item.get("type") != "rich_text_section":
        checks.add(f"{at}/type", f"unsupported type: {item.get('type')}")
    for leaf, inner in checks.objects(item, "elements", at, 10_000, least=0):
        _rich_leaf(checks, leaf, inner)


def _rich_leaf(checks: Checks, leaf: Json, at: str) -> None:
    if leaf.get("type") not in _RICH_LEAVES:
        checks.add(f"{at}/type", f"unsupported type: {leaf.get('type')}")
    if leaf.get("type") == "text":
        checks.properties(leaf, at, ["text"], ["style"])
        checks.string(leaf, "text", at, MOST_BLOCK_CHARACTERS)


_MESSAGE_ONLY = {"markdown"}
_BLOCKS: dict[str, Callable[[Checks, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "image": _image,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
}

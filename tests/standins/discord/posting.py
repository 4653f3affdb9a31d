"""How a request body becomes a message: rules, files, and who is pinged by it."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from . import errors
from .component_rules import check_components
from .errors import FormErrors
from .values import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    ComponentType,
    Json,
    Permission,
    listed,
)
from .world import Channel, Message, User, World, is_v2, walk

if TYPE_CHECKING:
    from .interactions import Interaction

MOST_FILES, FILE_MOST = 10, 10 * 1024 * 1024
NONCE_MEMORY = timedelta(minutes=5)
SETTABLE = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2
ADDRESS = re.compile(r"https?://[^\s<>]+")
"""What Discord shows a preview of, as an embed that it makes by itself."""
MENTION = re.compile(r"<@(?P<role>&)?!?(?P<id>\d+)>|@(?P<everyone>everyone|here)\b")


class File(Protocol):
    filename: str
    content_type: str
    data: bytes


Files = Mapping[str, File]


def check_message(body: Json, form: FormErrors, names: set[str], *, flags: int, path: str = "") -> None:
    """The rules for content, embeds and components of a body that creates or edits."""
    dot = f"{path}." if path else ""
    form.length(f"{dot}content", body.get("content") or "", 0, 2000)
    if is_v2(flags):
        for key in ("content", "embeds", "poll", "sticker_ids"):
            if body.get(key):
                code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
                form.add(
                    f"{dot}{key}",
                    code,
                    f"The '{key}' field cannot be used with MessageFlags.IS_COMPONENTS_V2",
                )
    if body.get("components") is not None and (body["components"] or is_v2(flags)):
        check_components(body["components"], form, f"{dot}components", names, v2=is_v2(flags))
    _check_allowed_mentions(body.get("allowed_mentions"), form, f"{dot}allowed_mentions")


def _check_allowed_mentions(allowed: Json | None, form: FormErrors, path: str) -> None:
    parse = ids(allowed, "parse")
    for key in ("users", "roles"):
        chosen = ids(allowed, key)
        if key in parse and chosen:
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            form.add(path, code, f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.')
        if len(chosen) > 100:
            form.add(f"{path}.{key}", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.")


def create(
    channel: Channel,
    author: User,
    body: Json,
    files: Files,
    *,
    interaction: Interaction | None = None,
    only_for: User | None = None,
    path: str = "",
) -> Message:
    """Check the body and put the message into the channel, or raise. `only_for` makes it ephemeral."""
    _check_files(files)
    flags = (body.get("flags") or 0) & SETTABLE
    form = FormErrors()
    check_message(body, form, upload_names(body, files), flags=flags, path=path)
    _check_nonce(body, form)
    form.refuse()
    if not any(body.get(key) for key in ("content", "embeds", "components", "sticker_ids", "poll")) and not files:
        raise errors.empty_message()
    world = channel.world
    message = Message(channel, world.ids.new(), author, world.now(), interaction=interaction, only_for=only_for)
    message.flags = flags | (EPHEMERAL if only_for else 0)
    message.nonce = body.get("nonce")
    if message.nonce is not None:
        world.nonces[author.id, str(message.nonce)] = message
    message.reference = body.get("message_reference")
    _fill(message, body, files)
    channel.messages.append(message)
    if only_for is None:
        world.emit("MESSAGE_CREATE", message.json() | _guild_part(channel), channel)
    world.changed()
    return message


def edit(message: Message, body: Json, files: Files, *, path: str = "") -> Message:
    """Change what the body names and leave the rest, by Discord's rules for edits."""
    told = {str(part["id"]) for part in listed(body, "attachments")}
    _check_files(files, sum("attachments" not in body or part["id"] in told for part in message.attachments))
    flags = message.flags | ((body.get("flags") or 0) & COMPONENTS_V2)
    merged: Json = dict(body)
    if is_v2(flags) and not is_v2(message.flags):
        for key in ("content", "embeds"):
            merged.setdefault(key, getattr(message, key))
    if is_v2(flags) and "components" not in merged:
        merged["components"] = None
    form = FormErrors()
    names = upload_names(body, files) | {part["filename"] for part in message.attachments}
    check_message(merged, form, names, flags=flags, path=path)
    form.refuse()
    suppressed = body.get("flags")
    if suppressed is not None:
        flags = flags & ~SUPPRESS_EMBEDS | suppressed & SUPPRESS_EMBEDS
    message.flags = flags & ~LOADING
    message.edited = message.channel.world.now()
    _fill(message, body, files)
    if message.only_for is None:
        message.channel.world.emit("MESSAGE_UPDATE", message.json() | _guild_part(message.channel), message.channel)
    message.channel.world.changed()
    return message


def delete(message: Message) -> None:
    channel = message.channel
    message.deleted = True
    if message in channel.messages:
        channel.messages.remove(message)
    if message.only_for is None:
        place = {"channel_id": channel.id} | ({"guild_id": channel.guild.id} if channel.guild else {})
        channel.world.emit("MESSAGE_DELETE", {"id": message.id} | place, channel)
    channel.world.changed()


def repeated(world: World, author: User, body: Json) -> Message | None:
    """The message that this author sent with the same nonce a moment ago, in whichever channel."""
    nonce = body.get("nonce")
    if not body.get("enforce_nonce") or nonce is None:
        return None
    message = world.nonces.get((author.id, str(nonce)))
    if message is None or message.deleted or world.now() - message.created > NONCE_MEMORY:
        return None
    return message


def upload_names(body: Json, files: Files) -> set[str]:
    names = {upload.filename for upload in files.values()}
    return names | {str(part["filename"]) for part in listed(body, "attachments") if part.get("filename")}


def _check_files(files: Files, kept: int = 0) -> None:
    if kept + len(files) > MOST_FILES:
        raise errors.too_many_attachments()
    if any(len(upload.data) > FILE_MOST for upload in files.values()):
        raise errors.too_large()


def _check_nonce(body: Json, form: FormErrors) -> None:
    nonce = body.get("nonce")
    if isinstance(nonce, str) and len(nonce) > 25:
        form.add("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer in length.")


def _guild_part(channel: Channel) -> Json:
    return {"guild_id": channel.guild.id} if channel.guild else {}


def _fill(message: Message, body: Json, files: Files) -> None:
    if "content" in body:
        message.content = body["content"] or ""
    if "embeds" in body:
        message.embeds = body["embeds"] or []
    elif body.get("content") and not message.flags & SUPPRESS_EMBEDS:
        message.embeds = [{"type": "link", "url": address} for address in ADDRESS.findall(message.content)]
    if files or "attachments" in body:
        message.attachments = _attachments(message, body, files)
    if body.get("components") is not None:
        message.components = _numbered(copy.deepcopy(body["components"]), message)
    _set_pings(message, body)


def _attachments(message: Message, body: Json, files: Files) -> list[Json]:
    told = {str(part["id"]): part for part in listed(body, "attachments")}
    kept = [part for part in message.attachments if part["id"] in told]
    world = message.channel.world
    for name, upload in files.items():
        index = name.removeprefix("files[").removesuffix("]")
        attachment_id = world.ids.new()
        path = f"/attachments/{message.channel.id}/{attachment_id}/{upload.filename}"
        world.files[path] = upload.data
        kept.append(
            {
                "id": attachment_id,
                "filename": upload.filename,
                "description": told.get(index, {}).get("description"),
                "size": len(upload.data),
                "url": world.origin + path,
                "proxy_url": world.origin + path,
                "content_type": upload.content_type,
            }
        )
    return kept


def _numbered(components: list[Json], message: Message) -> list[Json]:
    """As Discord stores them: every component has an id, and attached media have an address."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    urls = {part["filename"]: part for part in message.attachments}
    for part in walk(components):
        part["id"] = part.get("id") or next(free)
        for media in [part, *listed(part, "items")]:
            for key in ("media", "file"):
                _resolve(media.get(key), urls)
    return components


def _resolve(media: Any, urls: dict[str, Json]) -> None:
    if not media or not str(media.get("url", "")).startswith("attachment://"):
        return
    attachment = urls[media["url"].removeprefix("attachment://")]
    media |= {"url": attachment["url"], "proxy_url": attachment["url"], "attachment_id": attachment["id"]}
    media |= {"width": 1, "height": 1, "content_type": attachment["content_type"], "loading_state": 2}


def ids(allowed: Json | None, key: str) -> list[str]:
    """A list of `allowed_mentions` as texts; ids may come as numbers."""
    given: list[object] = (allowed or {}).get(key) or []
    return [str(one) for one in given]


def _set_pings(message: Message, body: Json) -> None:
    """Record who would hear of the message, given its text, `allowed_mentions` and the author's rights."""
    allowed = body.get("allowed_mentions")
    parse = {"users", "roles", "everyone"} if allowed is None else set(ids(allowed, "parse"))
    named = {one for key in ("users", "roles") for one in ids(allowed, key)}
    shown = [part["content"] for part in walk(message.components) if part["type"] == ComponentType.TEXT_DISPLAY]
    found = [match for text in [message.content, *shown] for match in MENTION.finditer(text)]
    guild = message.channel.guild
    may_ping_all = bool(message.channel.permissions_of(message.author) & Permission.MENTION_EVERYONE)
    users = [match["id"] for match in found if match["id"] and not match["role"]]
    users = [one for one in dict.fromkeys(users) if "users" in parse or one in named]
    message.mentions = [message.channel.world.users[one] for one in users if one in message.channel.world.users]
    roles = {match["id"] for match in found if match["role"]}
    pingable = [role for role in guild.roles if role.mentionable or may_ping_all] if guild else []
    message.mention_roles = [
        role.id for role in pingable if role.id in roles and ("roles" in parse or role.id in named)
    ]
    everyone = any(match["everyone"] for match in found)
    message.mention_everyone = everyone and "everyone" in parse and may_ping_all and guild is not None


__all__ = ["Files", "check_message", "create", "delete", "edit", "repeated", "upload_names"]

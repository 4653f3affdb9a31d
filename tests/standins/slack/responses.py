"""Response addresses: what an app may post to for 30 minutes, five times, after a user did something."""

import json
from dataclasses import dataclass, field

from aiohttp import web

from .chat import check_content
from .shapes import Json, as_object
from .state import ApiError, Request, State
from .world import Channel, Ephemeral, Message, User

MOST_POSTS = 5
MOST_SECONDS = 30 * 60
_REFUSALS = {"no_text": 400, "invalid_blocks": 404}
"""The status of a refusal. Of blocks: https://github.com/slackapi/java-slack-sdk/issues/1349"""
_KNOWN_FIELDS = {
    "text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts", "metadata",
    "unfurl_links", "unfurl_media", "mrkdwn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResponsePost:
    """One post to a response address and what became of it."""

    body: Json
    at: float
    shown: Message | Ephemeral | None
    """The message it made or changed; None after a deletion."""

    @property
    def text(self) -> str:
        return self.body.get("text") or ""

    @property
    def blocks(self) -> list[Json]:
        return self.body.get("blocks") or []

    @property
    def response_type(self) -> str:
        return self.body.get("response_type") or "ephemeral"

    @property
    def replace_original(self) -> bool:
        return bool(self.body.get("replace_original"))

    @property
    def delete_original(self) -> bool:
        return bool(self.body.get("delete_original"))


@dataclass(eq=False, slots=True)
class ResponseAddress:
    url: str
    user: User
    channel: Channel
    source: Message | Ephemeral | None
    issued: float
    posts: list[ResponsePost] = field(default_factory=list[ResponsePost])


class Responses:
    """Gives out response addresses and serves them."""

    def __init__(self, state: State) -> None:
        self._state = state

    def issue(self, user: User, channel: Channel, source: Message | Ephemeral | None = None) -> ResponseAddress:
        key = f"{user.team.id}/{self._state.world.new_id('R')}"
        address = ResponseAddress(f"{self._state.url}/responses/{key}", user, channel, source, self._state.clock.now())
        self._state.addresses[key] = address
        return address

    async def serve(self, request: web.Request) -> web.Response:
        address = self._state.addresses.get(request.match_info["key"])
        raw = await request.read()
        try:
            body = as_object(json.loads(raw))
        except ValueError:
            body = None
        fault = next((f for f in self._state.faults if f.takes("response_url", body or {})), None)
        dropped = False
        status, told = 0, ""
        if fault is not None:
            await fault.wait()
            dropped = fault.drop_before or fault.drop_after
            status = fault.status or (429 if fault.retry_after else 0) or (404 if fault.error else 0)
            told = fault.error or ""
        if not status and not (fault is not None and fault.drop_before):
            status, told = self._post(address, body)
        self._log(body, status, told, dropped=dropped)
        if dropped and request.transport is not None:
            request.transport.abort()
        headers = {"Retry-After": str(fault.retry_after)} if fault is not None and fault.retry_after else {}
        if status == 200:
            return web.Response(text="ok", headers=headers)
        return web.json_response({"ok": False, "error": told}, status=status or 500, headers=headers)

    def _post(self, address: ResponseAddress | None, body: Json | None) -> tuple[int, str]:
        if address is None:
            return 404, "invalid_url"
        if self._state.clock.now() - address.issued > MOST_SECONDS:
            return 404, "expired_url"
        if len(address.posts) >= MOST_POSTS:
            return 404, "used_url"
        if body is None:
            return 400, "invalid_payload"
        content: Json = {name: value for name, value in body.items() if value is not None}
        for name in sorted(set(content) - _KNOWN_FIELDS):
            self._state.complain("response_url", f"unknown field: {name}")
        if content.get("response_type", "ephemeral") not in {"ephemeral", "in_channel"}:
            self._state.complain("response_url", f"unknown response_type: {content['response_type']}")
        try:
            shown = self._show(address, content)
        except ApiError as error:
            return _REFUSALS.get(error.code, 500), error.code
        address.posts.append(ResponsePost(content, self._state.clock.now(), shown))
        return 200, ""

    def _show(self, address: ResponseAddress, content: Json) -> Message | Ephemeral | None:
        source = address.source
        if content.get("delete_original"):
            if source is None or source.deleted:
                raise ApiError("message_not_found")
            source.deleted = True
            return None
        if not any(content.get(name) for name in ("text", "blocks", "attachments")):
            raise ApiError("no_text")
        check_content(
            self._state,
            "response_url",
            content.get("text") or "",
            content.get("blocks") or [],
            content.get("attachments") or [],
        )
        if content.get("replace_original") and source is not None:
            self._replace(source, content)
            return source
        shown = self.show(address, content)
        if isinstance(shown, Ephemeral):
            address.source = address.source or shown
        return shown

    def _replace(self, source: Message | Ephemeral, content: Json) -> None:
        if source.deleted:
            raise ApiError("message_not_found")
        source.text = content.get("text") or ""
        source.blocks = self._state.world.blocks_with_ids(content.get("blocks") or [])
        source.attachments = content.get("attachments") or []
        if isinstance(source, Message):
            source.edits += 1
        else:
            source.replaced += 1

    def show(self, address: ResponseAddress, content: Json) -> Message | Ephemeral:
        """Show what an answer carries: to the channel when it says so, else to the user alone."""
        user, channel = address.user, address.channel
        if content.get("response_type") != "in_channel":
            return self._state.show_ephemeral(user, channel, content, address.url)
        team, world = user.team, self._state.world
        message = Message(
            channel,
            world.new_ts(),
            team.bot_user_id,
            content.get("text") or "",
            world.blocks_with_ids(content.get("blocks") or []),
            content.get("attachments") or [],
            thread_ts=content.get("thread_ts"),
            bot_id=team.bot_id,
        )
        channel.messages.append(message)
        return message

    def _log(self, body: Json | None, status: int, told: str, *, dropped: bool) -> None:
        answer: Json | None = None if dropped else {"ok": not told, **({"error": told} if told else {})}
        self._state.requests.append(
            Request("response_url", body or {}, self._state.clock.now(), 0 if dropped else status, answer)
        )
        self._state.changes.notify()

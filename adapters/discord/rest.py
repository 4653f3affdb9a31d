"""The requests that Kindling makes, over discord.py's HTTP client, which keeps to the rate limits.

Errors are discord.py's and aiohttp's own; whoever calls translates them. Bodies are whole JSON, so what a
renderer made is what is sent.
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, cast

from discord.http import Route

from adapters.discord.render import File, Json

if TYPE_CHECKING:
    from discord.http import HTTPClient

PAGE = 100


class Rest:
    """Discord's API, as far as Kindling uses it."""

    def __init__(self, http: "HTTPClient") -> None:
        self._http = http

    async def post_message(self, channel: str, body: Json, files: Sequence[File] = ()) -> Json:
        """The message as Discord made it, or, for a repeated nonce, the first one. `files` are what it attaches."""
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
        return _mapping(await self._with_files(route, body, files))

    async def edit_message(self, channel: str, message: str, body: Json, files: Sequence[File] = ()) -> None:
        """Change an own message. `files` are what it attaches."""
        await self._with_files(_message("PATCH", channel, message), body, files)

    async def _with_files(self, route: Route, body: Json, files: Sequence[File]) -> object:
        if not files:
            return await self._http.request(route, json=body)
        parts: list[Json] = [{"name": "payload_json", "value": json.dumps(body)}]
        for number, file in enumerate(files):
            part: Json = {
                "name": f"files[{number}]",
                "value": file.data,
                "filename": file.name,
                "content_type": file.kind,
            }
            parts.append(part)
        return await self._http.request(route, form=parts)

    async def delete_message(self, channel: str, message: str) -> None:
        """Delete a message."""
        await self._http.request(_message("DELETE", channel, message))

    async def pin(self, channel: str, message: str) -> None:
        """Pin a message; one that is pinned already stays so."""
        await self._http.request(_pin("PUT", channel, message))

    async def unpin(self, channel: str, message: str) -> None:
        """Take the pin off a message, if there is one."""
        await self._http.request(_pin("DELETE", channel, message))

    async def open_thread(self, channel: str, message: str, name: str, minutes: int) -> None:
        """Begin a thread at a message; it goes out of sight after so many minutes without a word."""
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        route = Route("POST", path, channel_id=channel, message_id=message)
        await self._http.request(route, json={"name": name, "auto_archive_duration": minutes})

    async def reopen(self, thread: str) -> None:
        """Take a thread out of the archive."""
        route = Route("PATCH", "/channels/{channel_id}", channel_id=thread)
        await self._http.request(route, json={"archived": False})

    async def message(self, channel: str, message: str) -> Json:
        """One message."""
        return _mapping(await self._http.request(_message("GET", channel, message)))

    async def messages_after(self, channel: str, snowflake: int) -> AsyncIterator[Json]:
        """The messages of a channel after a snowflake, page by page from the oldest."""
        while True:
            route = Route("GET", "/channels/{channel_id}/messages", channel_id=channel)
            page = _list(await self._http.request(route, params={"after": snowflake, "limit": PAGE}))
            for message in page:
                snowflake = max(snowflake, int(str(message["id"])))
                yield message
            if len(page) < PAGE:
                return

    async def reacting_users(self, channel: str, message: str, emoji: str, kind: int) -> AsyncIterator[Json]:
        """All users behind one emoji. `kind` is 0 for reactions and 1 for super reactions."""
        after = 0
        while True:
            route = Route(
                "GET",
                "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}",
                channel_id=channel,
                message_id=message,
                emoji=emoji,
            )
            query = {"limit": PAGE, "after": after, "type": kind}
            page = _list(await self._http.request(route, params=query))
            for user in page:
                after = max(after, int(str(user["id"])))
                yield user
            if len(page) < PAGE:
                return

    async def direct_channel(self, user: str) -> str:
        """The id of the direct channel with a user."""
        body = {"recipient_id": user}
        return str(_mapping(await self._http.request(Route("POST", "/users/@me/channels"), json=body))["id"])

    async def commands(self, application: str) -> Sequence[Json]:
        """What is registered for every server."""
        return _list(await self._http.request(_commands("GET", application)))

    async def put_commands(self, application: str, commands: Sequence[Json]) -> None:
        """Register these commands in place of all others."""
        await self._http.request(_commands("PUT", application), json=commands)

    async def guild(self, guild: str) -> Json:
        """A server that the bot is in."""
        return _mapping(await self._http.request(Route("GET", "/guilds/{guild_id}", guild_id=guild)))

    async def gateway(self) -> Json:
        """The gateway's address, the recommended number of shards and how many sessions may still be begun."""
        return _mapping(await self._http.request(Route("GET", "/gateway/bot")))

    async def respond(self, interaction: str, token: str, body: Json, files: Sequence[File] = ()) -> None:
        """The first answer to an interaction."""
        route = Route(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            webhook_id=interaction,
            webhook_token=token,
        )
        await self._with_files(route, body, files)

    async def edit_response(self, application: str, token: str, body: Json, files: Sequence[File] = ()) -> None:
        """Complete a deferred answer, or change the message whose button was pressed."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        route = Route("PATCH", path, webhook_id=application, webhook_token=token)
        await self._with_files(route, body, files)

    async def follow_up(self, application: str, token: str, body: Json, files: Sequence[File] = ()) -> None:
        """One more message to the person, after the first answer."""
        path = "/webhooks/{webhook_id}/{webhook_token}"
        route = Route("POST", path, webhook_id=application, webhook_token=token)
        await self._with_files(route, body, files)


def _message(method: str, channel: str, message: str) -> Route:
    path = "/channels/{channel_id}/messages/{message_id}"
    return Route(method, path, channel_id=channel, message_id=message)


def _pin(method: str, channel: str, message: str) -> Route:
    path = "/channels/{channel_id}/messages/pins/{message_id}"
    return Route(method, path, channel_id=channel, message_id=message)


def _commands(method: str, application: str) -> Route:
    return Route(method, "/applications/{application_id}/commands", application_id=application)


def _mapping(answer: object) -> Json:
    return cast("Json", answer)


def _list(answer: object) -> list[Json]:
    return cast("list[Json]", answer)

"""Kindling's adapter for Discord: the sending half, and the life of a connection."""

import json
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar, cast

import discord

from adapters.discord import doctor, finishing, render, rights
from adapters.discord.connection import find_gateway, follow, log_in, sender, still_logged_in, welcome
from adapters.discord.errors import (
    LOGIN_REFUSED,
    MISSING_PERMISSIONS,
    THREAD_ARCHIVED,
    TOKEN_REFUSED,
    UNKNOWN_CHANNEL,
    UNKNOWN_EMOJI,
    UNKNOWN_MESSAGE,
    translated,
)
from adapters.discord.inbound import PATIENCE
from adapters.discord.listener import Listener, emoji_name
from adapters.discord.old_edits import OldEdits
from adapters.discord.pace import Pace
from adapters.discord.render import File, Json
from adapters.discord.rest import Rest
from adapters.discord.settings import DiscordSettings
from bot.app import Kindling
from bot.domain.community import Tone
from bot.domain.errors import TryLater, Uncertain, Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt

if TYPE_CHECKING:
    from discord.types.emoji import PartialEmoji as EmojiJson

_SKEW = timedelta(minutes=1)
"""How far our clock and Discord's may be apart."""
_WRONG_LOGIN, _TOO_FEW_SHARDS = 4004, 4011
MORE_SHARDS = (
    "Kindling is in so many servers that Discord asks for more shards. Raise shard_count in the table "
    "[adapters.discord], or --shard-count where the listeners are started; without either, Discord is asked."
)
Result = TypeVar("Result")


class DiscordAdapter:
    """Sends over REST with a client of its own, so trouble with the gateway does not stop a worker."""

    platform = "discord"
    tone = Tone.COMMUNITY
    way_out = "Open Server Settings > Integrations, choose Kindling, and then Remove App."

    def __init__(
        self,
        settings: DiscordSettings,
        patience: float = PATIENCE,
        senders: int = 1,
        now: Callable[[], datetime] = discord.utils.utcnow,
    ) -> None:
        self._settings = settings
        self._patience = patience
        self._pace = Pace(senders)
        self._old_edits = OldEdits(senders, now)
        self._client: discord.Client | None = None
        self._listener: discord.Client | None = None

    async def open(self) -> None:
        """Log in over REST; when that was done, ask whether the token still holds."""
        if self._client is not None:
            await still_logged_in(self._client)
            return
        follow(self._settings.api_url)
        self._pace.admit()
        client = sender(self._settings, self._pace)
        try:
            await log_in(client, self._settings)
        except BaseException:  # a cancelled login too leaves no open session behind
            await client.close()
            raise
        self._client = client

    async def listen(self, kindling: Kindling) -> None:
        """Take events until cancelled, or until the connection is lost for good."""
        follow(self._settings.api_url)
        async with Listener(self._settings, kindling, self._patience, self._pace) as client:
            await log_in(client, self._settings)
            async with welcome():
                await find_gateway(client.rest, self._settings)
            self._listener = client
            try:
                await client.run_until_lost()
            except discord.ConnectionClosed as error:
                raise _closed(error) from error
            except discord.GatewayNotFound as error:
                raise TryLater("discord.no_gateway") from error
            finally:
                self._listener = None
            if self._pace.refused.is_set():
                raise Unreachable(TOKEN_REFUSED, LOGIN_REFUSED)

    async def close(self) -> None:
        """Give the session back. Safe to call twice, and without `open`."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def diagnose(self) -> Sequence[Finding]:
        """What `kindling doctor` says of Discord."""
        follow(self._settings.api_url)
        async with sender(self._settings, Pace()) as client:
            return await doctor.examined(client, self._settings)

    def show(self, card: Card) -> str:
        """The body of the message as it is sent, but for the marks that a delivery adds."""
        return json.dumps(render.message(card, attached=True), indent=2, ensure_ascii=False)

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post `card`. The nonce makes a quick repeat harmless; by the mark `find` sees it later.

        Where files may not be attached, a picture that was drawn here is told in words.
        """
        nonce: Json = {"nonce": render.nonce(place.channel, key), "enforce_nonce": True}
        rest = self._rest
        async with translated():
            elsewhere = await rights.is_elsewhere(self._opened, self._listener, place)
        if elsewhere:
            raise Unreachable(rights.GONE.code, rights.GONE.sentence)
        async with translated(doubtful=True):
            message = await _either(
                lambda body, files: rest.post_message(place.channel, body | nonce, files), card, key, {}
            )
        return MessageRef(place, str(message["id"]))

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """Look for the mark of `key` among the bot's own messages.

        Without the right to read the history Discord answers with an empty list instead of a refusal.
        """
        client, empty = self._opened, True
        messages = Rest(client.http).messages_after(place.channel, discord.utils.time_snowflake(since - _SKEW))
        async with translated():
            try:
                async for message in messages:
                    empty = False
                    if _is_by(client.user, message) and render.carries(message.get("components"), key):
                        return MessageRef(place, str(message["id"]))
            except discord.Forbidden as error:
                raise Uncertain("discord.may_not_look") from error
            if empty and any(rights.HISTORY in lack.code for lack in await rights.lacking(client, place)):
                raise Uncertain("discord.may_not_look")
        return None

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        """Read the message and look for the mark of each key."""
        client = self._opened
        async with translated():
            message = await _message(Rest(client.http), ref)
        if message is None or not _is_by(client.user, message):
            return None
        return next((key for key in keys if render.carries(message.get("components"), key)), None)

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """Show `card` in an own message, whatever it showed before.

        Where nobody wrote for a while, a thread is archived, and none of its messages can be edited.
        """
        async with translated():
            with self._old_edits.permit(ref.place.channel, ref.message):
                try:
                    await self._edit(ref, card, key)
                except discord.HTTPException as error:
                    if error.code != THREAD_ARCHIVED:
                        raise
                    await self._rest.reopen(ref.place.channel)
                    await self._edit(ref, card, key)

    async def _edit(self, ref: MessageRef, card: Card, key: str) -> None:
        rest = self._rest
        bare: Json = {"attachments": []}
        await _either(
            lambda body, files: rest.edit_message(ref.place.channel, ref.message, body, files), card, key, bare
        )

    async def delete(self, ref: MessageRef) -> None:
        """Remove an own message; one that is gone, with or without its channel, counts as removed."""
        rest = self._rest
        async with translated():
            try:
                await rest.delete_message(ref.place.channel, ref.message)
            except discord.NotFound as error:
                if error.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                    raise

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        """With the right “Pin Messages”, which is asked for only where a schedule wants it."""
        rest = self._rest
        async with translated():
            await finishing.pin(rest, ref, instead_of)

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        """A message has one thread at most, so whether it is asked for again is no matter."""
        del again
        rest = self._rest
        async with translated():
            await finishing.open_thread(rest, ref, title)

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        """The rights as they are at this moment, over REST."""
        client = self._opened
        async with translated():
            return await finishing.hindrances(client, place, steps, notify)

    async def tell(self, person: Person, card: Card) -> None:
        """Send a direct message. Its buttons carry the server, which nobody could tell there otherwise.

        A message of components reaches phones as an empty notification, so it is plain text first; a picture that was
        drawn here comes with the components. A card that would be refused leaves no half of itself behind.
        """
        render.message(card, space=person.space, attached=True)
        nonce: Json = {"nonce": secrets.token_hex(12), "enforce_nonce": True}
        first: Json = {"content": render.plain(card), "allowed_mentions": render.NOBODY}
        no_text: Json = {"content": None, "embeds": []}  # an address in the text has a preview by then
        rest = self._rest
        async with translated(doubtful=True):
            channel = await rest.direct_channel(person.user)
            message = await rest.post_message(channel, first | nonce)
            number = str(message["id"])
            await _either(
                lambda body, files: rest.edit_message(channel, number, body | no_text, files),
                card,
                "",
                {},
                person.space,
            )

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """Everybody behind every emoji, page by page."""
        found, rest = set[Felt](), self._rest
        async with translated():
            message = await _message(rest, ref) or {}
            for reaction in cast("Sequence[Mapping[str, object]]", message.get("reactions") or ()):
                found |= await _felt(rest, ref, reaction)
        return frozenset(found)

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """The rights as they are at this moment, over REST."""
        client = self._opened
        async with translated():
            return await rights.lacking(client, place)

    async def standing(self, person: Person) -> Standing | None:
        """Server and member as they are at this moment, over REST; no intent is needed for one member."""
        client = self._opened
        async with translated():
            return await rights.standing(client, person)

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        """None: roles come with every press, and with `standing`."""
        del person, groups
        return frozenset()

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        """Roles and members as they are at this moment."""
        client = self._opened
        async with translated():
            return await rights.who(client, space, said)

    async def secluded(self, place: Place) -> bool | None:
        """Whether @everyone cannot view the channel."""
        client = self._opened
        async with translated():
            return await rights.secluded(client, place)

    async def admission(self, space: str) -> str:
        """The same steps in every server."""
        del space
        return rights.admission(self._opened)

    async def channels(self, space: str) -> Sequence[Named]:
        """As the server has them at this moment, over REST."""
        client = self._opened
        async with translated():
            return await rights.channels(client, space)

    @property
    def _opened(self) -> discord.Client:
        if self._client is None:
            raise TryLater("discord.not_open")
        return self._client

    @property
    def _rest(self) -> Rest:
        return Rest(self._opened.http)


async def _either(
    ask: Callable[[Json, Sequence[File]], Awaitable[Result]], card: Card, key: str, bare: Json, space: str = ""
) -> Result:
    """Have a card shown with its picture or, where that is refused, without; `bare` is what that one says besides."""
    if files := render.files(card):
        try:
            return await ask(render.message(card, key=key, space=space, attached=True), files)
        except discord.Forbidden as error:
            if error.code != MISSING_PERMISSIONS:
                raise
    return await ask(render.message(card, key=key, space=space) | bare, ())


async def _message(rest: Rest, ref: MessageRef) -> Json | None:
    """A message; None when it is gone."""
    try:
        return await rest.message(ref.place.channel, ref.message)
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return None


async def _felt(rest: Rest, ref: MessageRef, reaction: Mapping[str, object]) -> set[Felt]:
    """The people behind one emoji, with super reactions, which Discord lists apart."""
    emoji = discord.PartialEmoji.from_dict(cast("EmojiJson", reaction["emoji"]))
    path = emoji.name if emoji.id is None else f"{emoji.name or '_'}:{emoji.id}"
    counts = cast("Mapping[str, int]", reaction.get("count_details") or {"normal": 1})
    felt = set[Felt]()
    try:
        for kind, name in enumerate(("normal", "burst")):
            if counts.get(name):
                users = rest.reacting_users(ref.place.channel, ref.message, path, kind)
                felt |= {Felt(str(user["id"]), emoji_name(emoji)) async for user in users if not user.get("bot")}
    except discord.HTTPException as error:
        if error.code not in (UNKNOWN_EMOJI, UNKNOWN_MESSAGE):  # taken off meanwhile
            raise
    return felt


def _closed(error: discord.ConnectionClosed) -> TryLater | Unreachable:
    """What it means that the gateway closed and that trying again at once is no use."""
    if error.code == _WRONG_LOGIN:
        return Unreachable(TOKEN_REFUSED, LOGIN_REFUSED)
    if error.code == _TOO_FEW_SHARDS:
        return Unreachable("discord.too_few_shards", MORE_SHARDS)
    return TryLater(f"discord.gateway_closed_{error.code}")


def _is_by(user: discord.ClientUser | None, message: Mapping[str, object]) -> bool:
    author = cast("Mapping[str, object]", message.get("author") or {})
    return user is not None and str(author.get("id")) == str(user.id)

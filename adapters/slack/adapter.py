"""Kindling on Slack: one adapter serves one workspace."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
import structlog
from slack_bolt.authorization import AuthorizeResult

from adapters.slack import doctor, examination, payload, render
from adapters.slack.answers import QUIET, Answers, direct_message
from adapters.slack.connection import Connection, Pace
from adapters.slack.drafts import Drafts
from adapters.slack.emoji import from_short_name
from adapters.slack.errors import translate
from adapters.slack.inbound import PLATFORM, Inbound
from adapters.slack.listeners import bolt_app
from adapters.slack.payload import Json
from adapters.slack.people import People
from adapters.slack.server import serving
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web, new_session, socket_address
from adapters.slack.work import Recent, Work
from bot.app import Kindling, Surroundings
from bot.domain.community import Tone
from bot.domain.errors import TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Person, Place
from bot.domain.reactions import Felt

log = structlog.get_logger(__name__)

PAGE = 200
PAGES_LIMIT = 10
_SKEW = timedelta(minutes=2)
_PARTING_SECONDS = 3


class _Opened:
    """What there is between `open` and `close`."""

    def __init__(self, session: aiohttp.ClientSession, web: Web, own: AuthorizeResult) -> None:
        self.session = session
        self.web = web
        self.own = own
        self.team = str(own.team_id)
        self.people = People(web, self.team, str(own.bot_user_id))
        self.drafts = Drafts()
        self.work = Work()
        self.recent = Recent()


class SlackAdapter:
    """The adapter; `pace` is for tests that cannot wait."""

    platform = PLATFORM
    tone = Tone.WORKPLACE

    def __init__(self, settings: SlackSettings, surroundings: Surroundings, pace: Pace | None = None) -> None:
        self._settings = settings
        self._clock = surroundings.clock
        self._pace = pace or Pace()
        self._opened: _Opened | None = None
        self.address = ""
        """Where Slack's calls are taken while listening in the mode `http`."""

    # The life of a connection

    async def open(self) -> None:
        """Test the bot token and learn whose it is. Opening again tests again."""
        session = self._opened.session if self._opened else new_session()
        token = self._settings.bot_token.get_secret_value()
        web = Web(session, self._settings.api_url, token)
        try:
            told, granted = await web.scopes()
        except BaseException:
            if self._opened is None:
                await session.close()
            raise
        missing = sorted(set(doctor.SCOPES) - granted) if granted else []
        if missing:
            log.warning("slack.scopes_missing", scopes=missing)
        if self._opened is None:
            own = AuthorizeResult(
                enterprise_id=told.get("enterprise_id"),
                team_id=told["team_id"],
                bot_user_id=told["user_id"],
                bot_id=told.get("bot_id"),
                bot_token=token,
            )
            self._opened = _Opened(session, web, own)
        log.info("slack.opened", team=self._opened.team)

    async def listen(self, kindling: Kindling) -> None:
        """Take events until cancelled, or until the connection is lost."""
        opened = self._ready()
        answers = Answers(opened.web, opened.drafts)
        inbound = Inbound(
            kindling, opened.team, people=opened.people, answers=answers, work=opened.work, recent=opened.recent
        )

        def connected() -> None:
            log.info("slack.connected", team=opened.team)
            opened.work.start("connected", kindling.connected(PLATFORM, {opened.team}))

        secret = self._settings.signing_secret
        app = bolt_app(
            opened.web.client, secret.get_secret_value() if secret else "", opened.own, inbound, self._pace.answering
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(opened.work.finish, _PARTING_SECONDS)
            if self._settings.mode == "http":
                self.address = await stack.enter_async_context(serving(app, self._settings.host, self._settings.port))
                connected()
                await _for_ever()
            else:
                token = self._settings.app_token.get_secret_value() if self._settings.app_token else ""
                first = await socket_address(opened.session, self._settings.api_url, token)
                connection = Connection(app, opened.web, token, connected, self._pace)
                stack.push_async_callback(connection.close)
                connection.wss_uri = first
                await connection.connect()
                await connection.lost

    async def close(self) -> None:
        """Stop what is going on and close the session."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.work.finish()
            await opened.session.close()

    async def diagnose(self) -> Sequence[Finding]:
        """Tokens and scopes."""
        return await doctor.findings(self._settings)

    def show(self, card: Card) -> str:
        """What chat.postMessage is given for the card, without channel and key."""
        return json.dumps(_posting(card), indent=2, ensure_ascii=False)

    # Messages

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post once; nothing in between posts again. A picture that Slack cannot fetch is told in words."""
        web = self._web(place)
        async with self._limit(repeatable=False):
            try:
                posted = await web.post("chat.postMessage", channel=place.channel, **_posting(card, key))
            except Unacceptable as error:
                if card.picture is None or error.code != "slack.invalid_blocks":
                    raise
                log.warning("slack.picture_refused", channel=place.channel)
                told = _posting(render.without_picture(card), key)
                posted = await web.post("chat.postMessage", channel=place.channel, **told)
        return MessageRef(place, str(posted["ts"]))

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """Read the channel's messages since then, if the optional history scope is granted."""
        web = self._web(place)
        oldest = f"{(since - _SKEW).timestamp():.6f}"
        cursor = ""
        async with self._limit():
            for _ in range(PAGES_LIMIT):
                page = await self._history(web, place, oldest, cursor)
                for found in payload.parts(page, "messages"):
                    if found.get("user") == self._ready().own.bot_user_id and render.carries(found, key):
                        return MessageRef(place, str(found["ts"]))
                cursor = payload.text(payload.part(page, "response_metadata"), "next_cursor")
                if not cursor:
                    return None
        raise Uncertain("slack.too_many_messages")

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """Text and blocks go together: chat.update keeps the old blocks where none are sent."""
        web = self._web(ref.place)
        content = render.message(card, key)
        arguments: Json = {"channel": ref.place.channel, "ts": ref.message, "link_names": False, "parse": "none"}
        await web.post("chat.update", repeatable=True, **arguments, **content)

    async def delete(self, ref: MessageRef) -> None:
        """Gone already is as good as deleted."""
        try:
            await self._web(ref.place).post("chat.delete", repeatable=True, channel=ref.place.channel, ts=ref.message)
        except Unreachable as error:
            if error.code != "slack.message_not_found":
                raise

    async def tell(self, person: Person, card: Card) -> None:
        """A direct message."""
        web = self._web(Place(person.platform, person.space, ""))
        async with self._limit(repeatable=False):
            await direct_message(web, person.user, render.message(card))

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """The full set of people's reactions."""
        opened = self._ready()
        web = self._web(ref.place)
        try:
            told = await web.get("reactions.get", channel=ref.place.channel, timestamp=ref.message, full=True)
        except Unreachable as error:
            if error.code == "slack.message_not_found":
                return frozenset()
            raise
        given = [
            (user, from_short_name(str(reaction["name"])))
            for reaction in payload.parts(payload.part(told, "message"), "reactions")
            for user in payload.texts(reaction, "users")
        ]
        async with self._limit():
            bots = await opened.people.bots_among(user for user, _ in given)
        return frozenset(Felt(user, emoji) for user, emoji in given if user not in bots)

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """See `examination`."""
        async with self._limit():
            return await examination.examine(self._web(place), place.channel, self._clock.now())

    @asynccontextmanager
    async def _limit(self, *, repeatable: bool = True) -> AsyncGenerator[None, None]:
        """Several calls of Slack within the time that one call of the port may take."""
        try:
            async with asyncio.timeout(self._pace.calling):
                yield
        except TimeoutError as error:
            raise translate(error, repeatable=repeatable) from None

    async def _history(self, web: Web, place: Place, oldest: str, cursor: str) -> Json:
        try:
            return await web.get(
                "conversations.history",
                channel=place.channel,
                oldest=oldest,
                inclusive=True,
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor or None,
            )
        except Unreachable as error:
            if error.code == "slack.missing_scope":
                raise Uncertain(error.code) from error
            raise

    def _ready(self) -> _Opened:
        if self._opened is None:
            raise TryLater("slack.not_open")
        return self._opened

    def _web(self, place: Place) -> Web:
        opened = self._ready()
        if place.space != opened.team:
            raise Unreachable(
                "slack.other_workspace",
                "Kindling has no access to that workspace. The operator can add its tokens to the configuration.",
            )
        return opened.web


def _posting(card: Card, key: str = "") -> Json:
    found = render.message(card, key) | QUIET
    return found | ({"metadata": render.metadata(key)} if key else {})


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()

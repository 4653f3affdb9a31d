"""Kindling on Slack."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp

from adapters.slack import doctor, examination, files, finding, finishing, payload, render
from adapters.slack import groups as user_groups
from adapters.slack.answers import QUIET, Answers, direct_message
from adapters.slack.channels import named
from adapters.slack.connection import Pace
from adapters.slack.connections import Connections
from adapters.slack.doors import Door
from adapters.slack.drafts import Drafts
from adapters.slack.emoji import from_short_name
from adapters.slack.errors import translate
from adapters.slack.forms import is_user
from adapters.slack.inbound import PLATFORM, Inbound
from adapters.slack.listeners import answering, bolt_app
from adapters.slack.payload import Json
from adapters.slack.reception import Reception
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Doubt, Web, new_session
from adapters.slack.work import Recent, Unkept, Work
from adapters.slack.workspaces import Workspace, Workspaces, of_token
from bot.app import Kindling, Surroundings
from bot.domain.community import Tone
from bot.domain.errors import Gone, TryLater, Unacceptable, Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt

if TYPE_CHECKING:
    from adapters.slack.installing import Installing
    from adapters.slack.many import Many

log = structlog.get_logger(__name__)

Posted = TypeVar("Posted")

TEAMS_LOGGED = 20
PARTING = 2.5
"""Seconds for what is being answered when listening ends."""


class _Opened:
    """What there is between `open` and `close`."""

    def __init__(self, session: aiohttp.ClientSession, many: "Many | None") -> None:
        self.session = session
        self.many = many
        self.workspaces = Workspaces(many.workspace, many.store.teams) if many else Workspaces()
        self.drafts = Drafts()
        self.work = Work()
        self.recent = Recent()
        self.unkept = Unkept()


class SlackAdapter:
    """The adapter; `pace` is for tests that cannot wait."""

    platform = PLATFORM
    tone = Tone.WORKPLACE
    way_out = (
        "An owner or admin opens Tools & settings > Manage apps in the workspace's menu, chooses Kindling, and then "
        "Remove App."
    )

    def __init__(self, settings: SlackSettings, surroundings: Surroundings, pace: Pace | None = None) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._clock = surroundings.clock
        self._warned = False
        self._pace = pace or Pace()
        self._opened: _Opened | None = None
        self.address = ""
        """Where Slack's calls are taken while listening in the mode `http`."""
        self.install_address = ""
        """Where workspaces install Kindling while it listens for many."""

    # The life of a connection

    async def open(self) -> None:
        """Test the bot token and learn whose it is; look after stored tokens. Opening again does so again."""
        opened = self._opened or self._new()
        try:
            await self._meet_own(opened)
            if opened.many is not None:
                await opened.many.open()
                if not opened.many.keyed and not self._warned:
                    self._warned = True
                    log.warning("slack.tokens_readable", cure=doctor.CLEAR)
            teams = await opened.workspaces.teams()
        except BaseException:
            if self._opened is None:
                await opened.session.close()
            raise
        self._opened = opened
        log.info("slack.opened", teams=sorted(teams)[:TEAMS_LOGGED], number=len(teams))

    async def _meet_own(self, opened: _Opened) -> None:
        """The workspace of the configuration's token. Where there are others, its refusal is no matter of theirs."""
        if (token := self._settings.bot_token) is None:
            return
        try:
            senders = self._surroundings.senders
            own = await of_token(opened.session, self._settings.api_url, token.get_secret_value(), senders)
        except Unreachable as error:
            if opened.many is None:
                raise
            log.error("slack.own_token_refused", code=error.code, cure=error.sentence)  # noqa: TRY400 - nothing to trace
        else:
            opened.workspaces.serve(own)

    def _new(self) -> _Opened:
        session = new_session()
        return _Opened(session, self._many(session))

    def _many(self, session: aiohttp.ClientSession) -> "Many | None":
        if not self._settings.many:
            return None
        from adapters.slack.many import Many  # noqa: PLC0415 -- with Slack's stores, which one workspace has no need of

        return Many(self._settings, self._surroundings, session)

    async def listen(self, kindling: Kindling) -> None:
        """Take events until cancelled, until the connection is lost, or until Slack refuses the only token."""
        opened = self._ready()
        only = None if opened.many else opened.workspaces.only
        events = asyncio.create_task(self._take_events(kindling))
        waiting = [events] if only is None else [events, asyncio.create_task(_refusal(only))]
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _take_events(self, kindling: Kindling) -> None:
        opened, settings = self._ready(), self._settings
        door = Door(kindling, opened.workspaces, opened.work, opened.many)
        secret = settings.signing_secret
        reception = Reception(
            opened.workspaces,
            partial(_inbound, kindling, opened, self._pace.showing),
            door.removed if opened.many else None,
        )
        base = Web(opened.session, settings.api_url, "")
        app = bolt_app(base.client, secret.get_secret_value() if secret else "", reception, self._pace.answering)
        installing = opened.many.installing(door.installed) if opened.many else None
        async with AsyncExitStack() as stack:
            stack.push_async_callback(opened.work.finish, PARTING)
            by_http = settings.mode == "http"
            if by_http or installing is not None:
                await stack.enter_async_context(self._serving(app if by_http else None, installing))
            if by_http:
                door.connected()
                await _for_ever()
            token = settings.app_token.get_secret_value() if settings.app_token else ""
            held = Connections(answering(app, reception), base, token, door.connected, self._pace)
            await held.hold(settings.connections)

    @asynccontextmanager
    async def _serving(self, app: AsyncApp | None, installing: "Installing | None") -> AsyncGenerator[None]:
        from adapters.slack.server import INSTALL_PATH, PATH, serving  # noqa: PLC0415 -- with the install page

        async with serving(app, installing, self._settings.host, self._settings.port) as found:
            self.address, self.install_address = f"{found}{PATH}", f"{found}{INSTALL_PATH}"
            yield

    async def close(self) -> None:
        """Stop what is going on and close the session."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.work.finish()
            await opened.session.close()

    async def diagnose(self) -> Sequence[Finding]:
        """Tokens and scopes."""
        session = new_session()
        try:
            return await doctor.findings(self._settings, self._many(session))
        finally:
            await session.close()

    def show(self, card: Card) -> str:
        """What chat.postMessage is given for the card, without channel and key."""
        return json.dumps(_posting(card), indent=2, ensure_ascii=False)

    # Messages

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post once; nothing in between posts again. A picture that Slack cannot show is told in words."""
        async with self._limit() as doubt:
            web = (await self._at(place)).web

            async def post(shown: Card, file: str) -> Json:
                whole = _posting(shown, key, file)
                return await web.post("chat.postMessage", doubt=doubt, channel=place.channel, **whole)

            posted = await self._pictured(web, card, post)
        return MessageRef(place, str(posted["ts"]))

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """Read the channel's messages since then, if the optional history scope is granted."""
        async with self._limit():
            return await finding.find(await self._at(place), place, key, since)

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        """Ask for the message's reactions, which needs no history scope: the message comes with them, and its blocks
        with their ids. Its metadata does not."""
        async with self._limit():
            workspace = await self._at(ref.place)
            found = payload.part(await self._with_reactions(workspace, ref), "message")
        if not finding.is_by(workspace, found):
            return None
        return next((key for key in keys if render.carries(found, key)), None)

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """Text and blocks go together: chat.update keeps the old blocks where none are sent."""
        arguments: Json = {"channel": ref.place.channel, "ts": ref.message, "link_names": False, "parse": "none"}
        async with self._limit():
            workspace = await self._at(ref.place)
            web, earlier = workspace.web, await self._files_in(workspace, ref)

            async def post(shown: Card, file: str) -> None:
                await web.post("chat.update", repeatable=True, **arguments, **render.message(shown, key, file))

            await self._pictured(web, card, post)
            try:
                await files.deleted(web, earlier)
            except TryLater:  # the message tells of them no more, so nobody who tried it again would find them
                self._ready().work.tell("file", partial(files.deleted, web, earlier))

    async def delete(self, ref: MessageRef) -> None:
        """Gone already is as good as deleted. Its files go first, so that what is tried again finds them still."""
        with suppress(Gone):
            async with self._limit():
                workspace = await self._at(ref.place)
                await files.deleted(workspace.web, await self._files_in(workspace, ref))
                await workspace.web.post("chat.delete", repeatable=True, channel=ref.place.channel, ts=ref.message)

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        """With the scope `pins:write`, which is optional."""
        async with self._limit():
            await finishing.pin((await self._at(ref.place)).web, ref, instead_of)

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        """A first reply; where one may be there already, the optional history scope tells."""
        async with self._limit() as doubt:
            await finishing.open_thread((await self._at(ref.place)).web, ref, title, doubt, again=again)

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        """As Slack tells the scopes at this moment."""
        async with self._limit():
            return await finishing.hindrances((await self._at(place)).web, steps, notify)

    async def tell(self, person: Person, card: Card) -> None:
        """A direct message. A picture that Slack cannot show is told in words."""
        async with self._limit() as doubt:
            web = (await self._at(Place(person.platform, person.space, ""))).web

            async def post(shown: Card, file: str) -> None:
                await direct_message(web, person.user, render.message(shown, file=file), doubt)

            await self._pictured(web, card, post)

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """The full set of people's reactions."""
        workspace = await self._at(ref.place)
        told = await self._with_reactions(workspace, ref)
        given = [
            (user, from_short_name(str(reaction["name"])))
            for reaction in payload.parts(payload.part(told, "message"), "reactions")
            for user in payload.texts(reaction, "users")
        ]
        async with self._limit():
            bots = await workspace.people.bots_among(user for user, _ in given)
        return frozenset(Felt(user, emoji) for user, emoji in given if user not in bots)

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """See `examination`."""
        async with self._limit():
            return await examination.examine((await self._at(place)).web, place.channel, self._clock.now())

    async def standing(self, person: Person) -> Standing | None:
        """As users.info tells it."""
        async with self._limit():
            return await (await self._at(Place(person.platform, person.space, ""))).people.member(person.user)

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        """User groups, asked about one by one; nothing is asked where none are among them."""
        async with self._limit():
            workspace = await self._at(Place(person.platform, person.space, ""))
            return await user_groups.belongs(workspace.web, person.user, groups)

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        """Members by their ids, user groups by their ids or handles."""
        found: dict[str, Named] = {}
        async with self._limit():
            workspace = await self._at(Place(PLATFORM, space, ""))
            for word in said:
                if is_user(word) and (one := await workspace.people.member(word)):
                    found[word] = Named(word, one.name)
            if others := [word for word in said if word not in found]:
                found |= await user_groups.who(workspace.web, others)
        return found

    async def secluded(self, place: Place) -> bool | None:
        """As conversations.info tells it, which needs a scope that is optional."""
        async with self._limit():
            workspace = await self._at(place)
            try:
                told = await workspace.web.get("conversations.info", channel=place.channel)
            except Unreachable as error:
                if error.code == "slack.missing_scope":
                    return None
                raise
        channel = payload.part(told, "channel")
        return channel.get("is_private") is True or channel.get("is_im") is True

    async def admission(self, space: str) -> str:
        """What user groups need, where it is missing. Commands are there for everybody."""
        async with self._limit():
            _, granted = await (await self._at(Place(PLATFORM, space, ""))).web.scopes()
        return "" if user_groups.GROUPS in granted else user_groups.WITHOUT

    async def channels(self, space: str) -> Sequence[Named]:
        """The public ones, by name, where the optional scope `channels:read` was given."""
        async with self._limit():
            return await named((await self._at(Place(self.platform, space, ""))).web)

    async def _files_in(self, workspace: Workspace, ref: MessageRef) -> list[str]:
        """The files that a message of ours shows, where Kindling may have given Slack any."""
        granted = workspace.web.granted
        if granted and files.SCOPE not in granted:
            return []
        try:
            found = payload.part(await self._with_reactions(workspace, ref), "message")
        except (Unreachable, Unacceptable):
            return []  # what follows says so itself
        return files.shown_in(found) if finding.is_by(workspace, found) else []

    async def _pictured(self, web: Web, card: Card, post: Callable[[Card, str], Awaitable[Posted]]) -> Posted:
        return await files.pictured(card, await files.given(web, card.picture), post, self._pace.showing)

    @asynccontextmanager
    async def _limit(self) -> AsyncGenerator[Doubt, None]:
        """Several calls of Slack within the time that one call of the port may take.

        What was given up before anything left that must not be made twice is tried later.
        """
        doubt = Doubt()
        try:
            async with asyncio.timeout(self._pace.calling):
                yield doubt
        except TimeoutError as error:
            raise translate(error, repeatable=not doubt.raised) from None

    async def _with_reactions(self, workspace: Workspace, ref: MessageRef) -> Json:
        """The message with the full set of its reactions; nothing when it is gone."""
        try:
            return await workspace.web.get("reactions.get", channel=ref.place.channel, timestamp=ref.message, full=True)
        except Gone:
            return {}

    def _ready(self) -> _Opened:
        if self._opened is None:
            raise TryLater("slack.not_open")
        return self._opened

    async def _at(self, place: Place) -> Workspace:
        return await self._ready().workspaces.get(place.space)


def _posting(card: Card, key: str = "", file: str = "") -> Json:
    found = render.message(card, key, file) | QUIET
    return found | ({"metadata": render.metadata(key)} if key else {})


async def _refusal(workspace: Workspace) -> None:
    """Ends with why Slack refuses a workspace's token, when it does."""
    await workspace.web.turns.refused.wait()
    await workspace.web.scopes()


def _inbound(kindling: Kindling, opened: _Opened, pause: float, workspace: Workspace) -> Inbound:
    answers = Answers(workspace.web, workspace.team, opened.drafts, pause)
    return Inbound(kindling, workspace, answers=answers, work=opened.work, recent=opened.recent, unkept=opened.unkept)


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()

"""The desk: who is let in at the moderators' pages in the browser, and for how long."""

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bot.domain.community import Space
from bot.domain.desk import (
    AT_MOST,
    LINK_GOOD_FOR,
    LOOKS_A_MINUTE,
    SESSIONS_OF_ONE,
    UNUSED_FOR,
    Session,
    SignedIn,
    SignIn,
    Turned,
    Visitor,
)
from bot.domain.errors import AdapterError, Refusal
from bot.domain.ids import SpaceId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Text
from bot.domain.pages import hashed
from bot.domain.places import Actor, Named, Person
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messengers, NamesChannels
from bot.services import wording
from bot.services.cards import note
from bot.services.rights import Rights
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

KEY_BYTES = 24
"""192 bits, as many as a page's key has."""
ELSEWHERE = "Sign out everywhere"
SIGN_OUT = Choice(ELSEWHERE, Action("desk_out"), emoji="🚪")

log = structlog.get_logger(__name__)


class Visiting:
    """`address` is what the addresses of the moderators' pages begin with, empty where none are served.

    Keys and tokens are told once and kept by nobody: only their hashes are. Nobody is let in on the strength of a
    session alone: whether its person may moderate is asked of the platform, and looked up among those who were chosen
    there, each time.
    """

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        messengers: Messengers,
        clock: Clock,
        *,
        rights: Rights,
        address: Callable[[], str],
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._messengers = messengers
        self._clock = clock
        self._rights = rights
        self._address = address
        self._minute = clock.now().replace(second=0, microsecond=0)
        self._looks = Counter[tuple[SpaceId, str]]()

    @property
    def served(self) -> bool:
        """Whether there are pages at all."""
        return bool(self._address())

    async def ask(self, actor: Actor, see: Action | None = None) -> Reply:
        """`/kindling web`: a link that lets this moderator in, once, and where they are signed in already.

        It leads to what the button `see` shows, which has to be one of `SEEN`.
        """
        must_moderate(actor)
        begins = self._address().rstrip("/")
        if not begins:
            raise Refusal(
                "desk.no_pages",
                "Kindling shows moderators no pages in the browser yet; everything can be done here, too. Whoever "
                "looks after it can turn them on: config.example.toml says how, under [adapters.wall].",
            )
        # Hexadecimal: no platform takes any of its signs for markup, so an address arrives as it was sent.
        key, now = secrets.token_hex(KEY_BYTES), self._clock.now()
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            link = SignIn(hashed(key), space.id, actor.person.user, actor.channel, now + LINK_GOOD_FOR)
            await work.visits.put_link(link)
            here = await self._open(work, space, actor.person.user)
            await work.commit()
        log.info("desk.link_made", platform=space.platform, space=space.key)
        leads = f"?see={see.encode()}" if see else ""
        return Reply(_link(f"{begins}/in/{key}{leads}", here, actor.zone))

    async def sessions(self, actor: Actor) -> Reply:
        """Where this moderator is signed in."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            here = await self._open(work, space, actor.person.user)
            await work.commit()
        body: tuple[Part, ...] = (_listed(here, actor.zone),) if here else (Text("You are signed in nowhere."),)
        return Reply(Card("Where you are signed in", body, (SIGN_OUT,) if here else (), emoji="🗝️"))

    async def sign_out_everywhere(self, actor: Actor) -> Reply:
        """Every session of this person ends, and every link. Whoever lost the right to moderate may do this too."""
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            await work.visits.end_all(space.id, actor.person.user)
            await work.commit()
        log.info("desk.signed_out_everywhere", platform=space.platform, space=space.key)
        lines = ("No browser is signed in as you any more, and no link lets anybody in.",)
        return Reply(note("Signed out everywhere", *lines, emoji="🚪"), replace=True)

    async def sign_in(self, key: str) -> SignedIn | Turned:
        """Use a link up, once its person may moderate at this moment: only then is it gone."""
        async with self._storage.reading() as work:
            link = await work.visits.link(hashed(key))
            space = await work.communities.space(link.space) if link else None
        if link is None or space is None or not space.active or link.expired(self._clock.now()):
            return Turned.UNKNOWN
        visitor = await self._asked(space, link.user, link.channel)
        if isinstance(visitor, Turned):
            return visitor
        token, now = secrets.token_urlsafe(32), self._clock.now()
        session = Session(hashed(token), space.id, link.user, link.channel, now, now)
        async with self._storage.unit_of_work() as work:
            if not await work.visits.use_link(link.key_hash):
                return Turned.UNKNOWN
            for surplus in (await work.visits.of(space.id, link.user))[SESSIONS_OF_ONE - 1 :]:
                await work.visits.end(surplus.token_hash)
            await work.visits.begin(session)
            await work.commit()
        log.info("desk.signed_in", platform=space.platform, space=space.key)
        return SignedIn(token, visitor)

    async def visitor(self, token: str) -> Visitor | Turned:
        """Who comes with a session's token, if they may moderate at this moment."""
        now = self._clock.now()
        async with self._storage.reading() as work:
            session = await work.visits.session(hashed(token))
            space = await work.communities.space(session.space) if session else None
        if session is None or space is None or not space.active or session.over(now):
            return Turned.UNKNOWN
        if self._too_often(session, now):
            return Turned.OFTEN
        visitor = await self._asked(space, session.user, session.channel)
        if isinstance(visitor, Visitor) and session.stale(now):
            async with self._storage.unit_of_work() as work:
                await work.visits.seen(session.token_hash, now)
                await work.commit()
        return visitor

    async def sign_out(self, token: str) -> None:
        """A session ends."""
        async with self._storage.unit_of_work() as work:
            await work.visits.end(hashed(token))
            await work.commit()

    async def channels(self, actor: Actor) -> Sequence[Named]:
        """The channels of the actor's space by name; none where nobody can tell."""
        messenger = self._messengers.get(actor.person.platform)
        if not isinstance(messenger, NamesChannels):
            return ()
        try:
            return await messenger.channels(actor.person.space)
        except AdapterError as error:
            log.info("desk.channels_not_told", platform=actor.person.platform, error=str(error))
            return ()

    async def people(self, actor: Actor, typed: str) -> Sequence[Named]:
        """Whom the actor means in their space, who may moderate; nobody where nobody can tell."""
        must_moderate(actor)
        said = typed.strip().removeprefix("@")
        messenger = self._messengers.get(actor.person.platform)
        if not said or messenger is None:
            return ()
        try:
            return list((await messenger.who(actor.person.space, [said])).values())
        except AdapterError as error:
            log.info("desk.people_not_told", platform=actor.person.platform, error=str(error))
            return ()

    async def tidy(self) -> None:
        """Forget links that are too old, and sessions that ended by themselves."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            await work.visits.forget(now, now - UNUSED_FOR, now - AT_MOST)
            await work.commit()

    def _too_often(self, session: Session, now: datetime) -> bool:
        """Whether somebody came too often within this minute, with whichever browsers."""
        minute, who = now.replace(second=0, microsecond=0), (session.space, session.user)
        if minute != self._minute:
            self._minute = minute
            self._looks.clear()
        self._looks[who] += 1
        return self._looks[who] > LOOKS_A_MINUTE

    async def _asked(self, space: Space, user: str, channel: str) -> Visitor | Turned:
        """Somebody as the platform knows them at this moment. Where it does not answer, nobody is let in."""
        person, messenger = Person(space.platform, space.key, user), self._messengers.get(space.platform)
        if messenger is None:
            return Turned.UNTOLD
        try:
            standing = await messenger.standing(person)
        except AdapterError as error:
            log.info("desk.not_told", platform=space.platform, space=space.key, error=str(error))
            return Turned.UNTOLD
        if standing is None:
            return Turned.NO_MODERATOR
        actor = Actor(person, standing.may_moderate, channel, standing.zone, standing.name, standing.roles)
        try:
            actor = await self._rights.of(actor)
        except Refusal:  # the platform does not tell which groups they belong to
            return Turned.UNTOLD
        return Visitor(actor, space.id) if actor.may_moderate else Turned.NO_MODERATOR

    async def _open(self, work: UnitOfWork, space: Space, user: str) -> Sequence[Session]:
        now = self._clock.now()
        return [session for session in await work.visits.of(space.id, user) if not session.over(now)]


def _link(address: str, here: Sequence[Session], zone: str) -> Card:
    body: list[Part] = [
        Text("This opens your pages in the browser. It lets you in once, within ten minutes:"),
        Text(address, strong=True),
    ]
    if here:
        body.append(_listed(here, zone))
    footnote = "Whoever opens it comes in as you, so please keep it to yourself. Here in the chat you can do the same."
    return Card("Your pages in the browser", tuple(body), (SIGN_OUT,) if here else (), footnote=footnote, emoji="🗝️")


def _listed(here: Sequence[Session], zone: str) -> Items:
    def when(session: Session) -> str:
        began = wording.short_moment(session.began_at, zone or "UTC")
        return f"since {began}, used last {wording.short_moment(session.seen_at, zone or 'UTC')}"

    title = "You are signed in" if len(here) == 1 else "You are signed in with several browsers"
    return Items(tuple(Item(when(session)) for session in here), title)

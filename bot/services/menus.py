"""What people do to a message out of its menu: put it on the wall, report it, remove it, ask why it is there."""

from collections import OrderedDict
from collections.abc import Mapping

import structlog

from bot.domain.errors import AdapterError, Refusal, TryLater
from bot.domain.forms import Form
from bot.domain.ids import ActId, new_id
from bot.domain.message import Action, Card, Choice, Part, Quote, Reply, Style, Text
from bot.domain.places import Actor, Person
from bot.domain.said import Channel, FetchPicture, Said
from bot.domain.wall import ACT_LIMIT
from bot.domain.words import tidied
from bot.ports import Storage
from bot.ports.platforms import Messengers
from bot.services.cards import note
from bot.services.explaining import Explaining
from bot.services.overseeing import Overseeing
from bot.services.politeness import Politeness
from bot.services.said_pictures import SaidPictures
from bot.services.sharing import Sharing
from bot.services.wall import GONE
from bot.services.wall_cards import ON_COPIES, act_of

log = structlog.get_logger(__name__)

REMEMBERED = 500
NOT_ON_WALL = "That message is not on the wall. Only whoever wrote it can put it there, from its menu."
UNTOLD = (
    "I cannot tell whether people from outside can read that channel, so I have taken nothing over from the message. "
    "Please tell it in your own words."
)
FORGOTTEN = "I have not kept what you wrote, so please tell it in your own words, if you like."
_CLOSED = {
    Channel.PRIVATE: ("said.private", "What is said in a private place stays there, so I take nothing over from it."),
    Channel.ADULT: (
        "said.adult",
        "What is said in an age-restricted place stays there, so I take nothing over from it.",
    ),
    Channel.SHARED: (
        "said.shared",
        "People of another organisation are in that channel, so I take nothing over from it.",
    ),
}


class Menus:
    """Nothing of a message is kept unless its author says so; an invitation lies in memory only, until a restart."""

    def __init__(
        self,
        storage: Storage,
        messengers: Messengers,
        sharing: Sharing,
        overseeing: Overseeing,
        explaining: Explaining,
        *,
        politeness: Politeness,
        pictures: SaidPictures,
    ) -> None:
        self._pictures = pictures
        self._storage = storage
        self._messengers = messengers
        self._sharing = sharing
        self._overseeing = overseeing
        self._explaining = explaining
        self._politeness = politeness
        self._invitations: OrderedDict[str, tuple[Person, str, FetchPicture | None]] = OrderedDict()
        self._invited: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def add(self, actor: Actor, said: Said) -> Reply:
        """One's own message becomes a form; whoever wrote another's is invited, privately."""
        if said.by_bot or not said.author:
            raise Refusal("said.by_nobody", "That was written by a program, and the wall is for people.")
        if said.where in _CLOSED:
            raise Refusal(*_CLOSED[said.where])
        text, picture = (tidied(said.text)[:ACT_LIMIT], said.picture) if said.where is Channel.OPEN else ("", None)
        if said.author != actor.person.user:
            return await self._invite(actor, said, text, picture)
        reply = await self._sharing.form(actor, text)
        if not isinstance(reply.content, Form):
            return reply
        if said.where is Channel.UNKNOWN:
            return Reply(reply.content.introduced(f"{UNTOLD} {said.cure}".rstrip()))
        return Reply(self._pictures.begin(reply.content, actor.person, picture))

    async def begun(self, actor: Actor, key: str, values: Mapping[str, str]) -> Reply:
        """The form for an act that a message with a picture began."""
        return self._pictures.written(actor.person, key, await self._sharing.write(actor, "", values))

    async def report(self, actor: Actor, said: Said) -> Reply:
        """Ask the moderators to look at an act on the wall."""
        act = await self._act(said)
        if act is None:
            raise Refusal(
                "said.not_on_wall", "I only know what is on the wall. For other messages, please ask a moderator."
            )
        return await self._explaining.report(actor, act)

    async def remove(self, actor: Actor, said: Said) -> Reply:
        """An author removes their act; a moderator hides one."""
        act = await self._act(said)
        if act is None:
            raise Refusal("said.not_on_wall", NOT_ON_WALL)
        if await self._sharing.is_own(actor, act):
            return await self._sharing.ask_to_remove(actor, act)
        return await self._overseeing.reason_form(actor, "hide", act)

    async def why(self, actor: Actor, said: Said) -> Reply:
        """Why a message is on the wall, or why it is not."""
        act = await self._act(said)
        if act is not None:
            return await self._explaining.why(actor, act)
        if said.by_bot or not said.author:
            lines = ("The wall is for what people share, and that was written by a program.",)
        elif said.where in _CLOSED:
            lines = (_CLOSED[said.where][1],)
        else:
            lines = (NOT_ON_WALL, "I do not read along here, so nothing gets there by itself.")
        return Reply(note("Why is this (not) on the wall?", *lines, emoji="❓"))

    async def accept(self, actor: Actor, key: str) -> Reply:
        """Whoever was invited looks at the form. Who somebody else's invitation reaches gets an empty one."""
        person, text, picture = self._invitations.get(key, (None, "", None))
        reply = await self._sharing.form(actor, text if person == actor.person else "")
        if not isinstance(reply.content, Form):
            return reply
        if person == actor.person:
            return Reply(self._pictures.begin(reply.content, actor.person, picture))
        return Reply(reply.content.introduced(FORGOTTEN))

    async def _invite(self, actor: Actor, said: Said, text: str, picture: FetchPicture | None) -> Reply:
        """Ask privately. Nothing is kept, and nobody is told whether the answer is no."""
        invited = Person(actor.person.platform, actor.person.space, said.author)
        seen = (f"{said.ref}", said.author)
        if seen not in self._invited and self._politeness.allows(actor.person, invited):
            key = new_id()
            self._invitations[key] = (invited, text, picture)  # they may press before telling them has ended
            self._invited[seen] = None
            _forget_old(self._invitations)
            _forget_old(self._invited)
            messenger = self._messengers.get(invited.platform)
            try:
                if messenger is not None:
                    await messenger.tell(invited, _invitation(text, key, pictured=picture is not None))
            except AdapterError as error:
                log.info("author.not_invited", platform=invited.platform, code=str(error))
                if isinstance(error, TryLater):
                    self._invited.pop(seen, None)
        lines = ("They are asked privately, and decide by themselves. Nothing of it is kept until they say yes.",)
        return Reply(note("That is theirs to share", *lines, emoji="💌"))

    async def _act(self, said: Said) -> ActId | None:
        """The act that a message shows. One that came a moment ago is no known copy yet: its buttons say it."""
        async with self._storage.reading() as work:
            copy = (await work.outbox.copies([said.ref])).get(said.ref)
            if copy is not None:
                shown = ActId(copy.item) if copy.act else None
            else:
                shown = next((act_of(action) for action in said.actions if action.name in ON_COPIES), None)
            if shown is not None and await work.acts.get(shown) is None:
                raise Refusal("act.unknown", GONE)
        return shown


def _invitation(text: str, key: str, *, pictured: bool) -> Card:
    quoted: tuple[Part, ...] = (Quote(text),) if text else ()
    if pictured:
        quoted = (*quoted, Text("Its picture comes along only if you say so."))
    body = (
        Text("Somebody would love to see something that you wrote on the kindness wall."),
        *quoted,
        Text("It is yours to share or to keep. If you do nothing, nothing happens, and nobody is told."),
    )
    choice = Choice("Look at it", Action("invited", key), Style.PRIMARY, "👀")
    return Card("An invitation", body, (choice,), emoji="💌")


def _forget_old(
    known: OrderedDict[str, tuple[Person, str, FetchPicture | None]] | OrderedDict[tuple[str, str], None],
) -> None:
    while len(known) > REMEMBERED:
        known.popitem(last=False)

"""The moderators' pages: each is a command of the core, carried out as whoever is signed in.

Whatever is asked or done, whoever asks is looked up first, and their platform says whether they may. Nothing of what is
done hangs on this process: a button and a form prove by themselves that they were offered. Only answers are kept here
for a while, so that a page that is loaded again does nothing twice.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from secrets import token_hex
from urllib.parse import urlencode

import structlog
from aiohttp import web
from multidict import MultiDictProxy

from adapters.web.allowance import Allowance, address_of
from adapters.web.desk_door import (
    DOOR,
    HEADERS,
    WITH_FILES,
    Doorway,
    Shut,
    fields_of,
    form_of,
    fresh_token,
    place_of,
    proven,
)
from adapters.web.desk_pages import HOME, SESSIONS, Answer, Came, DeskPages, Page, asks_for_channels, pages_of
from adapters.web.files import FORM_LIMIT, download, letting_go, uploads
from adapters.web.pages import keeping
from bot.app import Kindling
from bot.domain.commands import OptionKind
from bot.domain.desk import Turned
from bot.domain.errors import DatabaseProblem
from bot.domain.forms import FieldKind, Rejected
from bot.domain.message import Action, Card, Reply

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ANSWERS = 500
"""How many answers are kept at most, of all sessions together."""
FILES_KEPT = 64 * 1024 * 1024
"""How many bytes of files and pictures are kept with them; the latest answer is kept in any case."""
WRONG, WITHIN = 20, 60.0
"""How often somebody may come with a link or a session that is none, within how many seconds."""
TYPED_LIMIT = 100

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Answers:
    """What was answered lately, for the page that is loaded next. Each session finds its own alone."""

    _kept: OrderedDict[tuple[str, str], Reply] = field(default_factory=OrderedDict, repr=False)

    def keep(self, token: str, reply: Reply) -> str:
        """Keep an answer; the name by which it is found. Older ones give way, to what is large those that are too."""
        name = token_hex(6)
        self._kept[token, name] = reply
        while len(self._kept) > ANSWERS:
            self._kept.popitem(last=False)
        sizes = {known: size for known, kept in self._kept.items() if (size := _size(kept))}
        room = FILES_KEPT - sum(sizes.values())
        for known in list(sizes)[:-1]:
            if room >= 0:
                break
            room += sizes[known]
            del self._kept[known]
        return name

    def find(self, token: str, name: str) -> Reply | None:
        """An answer, if it is kept still."""
        return self._kept.get((token, name))

    def forget(self, token: str) -> None:
        """Forget a session's answers."""
        for known in [known for known in self._kept if known[0] == token]:
            del self._kept[known]


@dataclass(slots=True)
class Desk:
    """What all of the moderators' pages share."""

    asks: Callable[[], Kindling]
    door: Doorway
    pages: DeskPages
    answers: Answers = field(default_factory=Answers)
    wrong: Allowance = field(default_factory=lambda: Allowance(WRONG, WITHIN))

    async def come(self, request: web.Request, place: str) -> Came:
        """Who comes to a place's desk, if they may at this moment. Raises `Away`."""
        token, address = self.door.token(request, place), address_of(request)
        if not token:
            raise Away(Turned.UNKNOWN)
        if self.wrong.spent(address):
            raise TOO_OFTEN
        visitor = await self.asks().visitor(token)
        if isinstance(visitor, Turned):
            if visitor is Turned.UNKNOWN:
                self.wrong.wrong(address)
            raise Away(visitor)
        if place_of(visitor.space) != place:
            raise Away(Turned.UNKNOWN)
        return Came(place, token, visitor)


class Away(Exception):
    """Somebody is not let in."""

    def __init__(self, why: Turned) -> None:
        super().__init__(why.value)
        self.why = why


TOO_OFTEN = Shut(429, "That was often", "Please wait a minute, and then try it again with a fresh link.")
DESK = web.AppKey("desk", Desk)


def guarded(handler: Handler) -> Handler:
    """Answer only those who came to our address, and to do something, only from our own pages. What goes wrong is a
    sentence on a page; an address is never logged, because it may hold a key."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        desk = request.app[DESK]
        try:
            desk.door.check_host(request)
            if request.method not in ("GET", "HEAD"):
                desk.door.check_origin(request)
            return await handler(request)
        except Away as away:
            return desk.pages.turned(away.why)
        except Shut as shut:
            return desk.pages.said(shut.status, shut.heading, shut.sentence, again=True)
        except DatabaseProblem:
            return desk.pages.said(503, "Nothing can be kept just now", "Please try it again in a few minutes.")
        except web.HTTPRequestEntityTooLarge:
            return desk.pages.said(413, "Nothing was done", "That was more than these pages take at once.")
        except Exception:
            log.exception("desk.request_failed")
            return desk.pages.said(500, "Something went wrong", "Whoever looks after me finds more in the log.")

    return answer


def routes() -> list[web.RouteDef]:
    """What is served of the moderators' pages."""
    return [
        web.get("/desk", guarded(places)),
        web.get("/desk/", guarded(places)),
        web.get("/desk/in/{key}", guarded(doorstep)),
        web.get("/desk/look/{platform}.css", guarded(style)),
        web.post("/desk/in", guarded(come_in)),
        web.get("/desk/{place}", guarded(home)),
        web.post("/desk/{place}/out", guarded(out)),
        web.get("/desk/{place}/suggest", guarded(suggest)),
        web.get("/desk/{place}/{page}", guarded(show)),
        web.get("/desk/{place}/{page}/file/{answer}/{number}", guarded(file)),
        web.post("/desk/{place}/{page}/run", guarded(run)),
        web.post("/desk/{place}/{page}/press", guarded(press)),
        web.post("/desk/{place}/{page}/submit", guarded(submit)),
    ]


async def places(request: web.Request) -> web.StreamResponse:
    """The first place that this browser is signed in for."""
    desk = request.app[DESK]
    for place in desk.door.places(request):
        try:
            await desk.come(request, place)
        except Away:
            continue
        return _to(desk, f"{place}/{HOME}")
    return desk.pages.turned(Turned.UNKNOWN)


async def doorstep(request: web.Request) -> web.StreamResponse:
    """A link was opened, by a person or by a chat that looks what is there: nothing is used up yet."""
    return request.app[DESK].pages.doorstep(request.match_info["key"], fresh_token(), request.query.get("see", ""))


async def come_in(request: web.Request) -> web.StreamResponse:
    """A link is used."""
    desk, address = request.app[DESK], address_of(request)
    fields = await fields_of(request, desk.door.token(request, DOOR))
    if desk.wrong.spent(address):
        raise TOO_OFTEN
    came = await desk.asks().sign_in(fields.get("key", ""))
    if isinstance(came, Turned):
        if came is Turned.UNKNOWN:
            desk.wrong.wrong(address)
            return desk.pages.said(
                403,
                "This link lets nobody in any more",
                "Each is good once and for ten minutes. Type /kindling web in the chat for a fresh one.",
            )
        raise Away(came)
    place = place_of(came.visitor.space)
    response = _to(desk, f"{place}/{_first_seen(desk.asks(), fields.get('see', ''))}")
    desk.door.keep(response, place, came.token)
    desk.door.drop(response, DOOR)
    return response


async def home(request: web.Request) -> web.StreamResponse:
    """The page that a place begins with."""
    desk, place = request.app[DESK], request.match_info["place"]
    await desk.come(request, place)
    return _to(desk, f"{place}/{HOME}")


async def show(request: web.Request) -> web.StreamResponse:
    """A page: what was answered last if that is asked for, else what the command says when it only looks."""
    desk = request.app[DESK]
    came = await desk.come(request, request.match_info["place"])
    kindling, actor = desk.asks(), came.visitor.actor
    page = _page(request, kindling)
    name = request.query.get("said", "")
    kept = reply = desk.answers.find(came.token, name) if name else None
    seen = _seen(kindling, page, request.query.get("see", ""))
    if reply is None and page is None:
        reply = await kindling.press(actor, Action("desk"))
    elif reply is None and seen:
        reply = await kindling.press(actor, seen)
    elif reply is None and page and page.command.looks:
        reply = await kindling.command(actor, page.command.name, {})
    content, command = reply.content if reply else None, page.command if page else None
    channels = await kindling.channels(actor) if asks_for_channels(command, content) else ()
    answer = Answer(
        content,
        name if kept else "",
        kept.files if kept else (),
        reply.looks if reply else (),
        faded=bool(name) and not kept,
        seen=seen is not None,
    )
    return desk.pages.page(came, page, kindling.commands, answer, channels)


async def style(request: web.Request) -> web.StreamResponse:
    """The CSS of a platform's looks; it is the same for everybody, and says nothing of anybody."""
    text = request.app[DESK].asks().style(request.match_info["platform"])
    if not text:
        raise Shut(404, "There is nothing here", "Perhaps that page is from another time.")
    return web.Response(text=text, content_type="text/css", headers={**HEADERS, "Cache-Control": "no-cache"})


async def file(request: web.Request) -> web.StreamResponse:
    """A file that came with an answer, for the session whose answer it was."""
    desk, number = request.app[DESK], request.match_info["number"]
    came = await desk.come(request, request.match_info["place"])
    reply = desk.answers.find(came.token, request.match_info["answer"])
    files = {str(place): attached for place, attached in enumerate(reply.files if reply else ())}
    if number not in files:
        raise Shut(404, "This file is not here any more", "Please ask for it once more, then it is there again.")
    response = download(files[number])
    response.headers.update(HEADERS)
    return response


async def run(request: web.Request) -> web.StreamResponse:
    """A command is carried out, with the words that were filled in."""
    desk, came, page, fields = await _deed(request)
    if page is None:
        raise Shut(404, "There is nothing here", "Perhaps that page is from another time.")
    words = {
        option.name: text for option in page.command.options if (text := fields.get(f"f.{option.name}", "").strip())
    }
    reply = await desk.asks().command(came.visitor.actor, page.command.name, words)
    return _answered(request, desk, came, reply)


async def press(request: web.Request) -> web.StreamResponse:
    """A button of a card is pressed that was offered to this session."""
    desk, came, _, fields = await _deed(request)
    given, _, said = fields.get("action", "").partition(".")
    action = Action.decode(said)
    if action is None or not proven(came.token, given, "press", said):
        raise Shut(409, "Nothing was done", "This button is not there any more. Please have another look.")
    return _answered(request, desk, came, await desk.asks().press(came.visitor.actor, action))


async def submit(request: web.Request) -> web.StreamResponse:
    """A form is sent that was offered to this session; with mistakes in it, it comes back as it was filled in."""
    if request.content_type != WITH_FILES:
        return await _submitted(request)
    await request.app[DESK].come(request, request.match_info["place"])  # nobody else may send as much
    request = request.clone(client_max_size=FORM_LIMIT)
    with letting_go(await form_of(request)):
        return await _submitted(request)


async def _submitted(request: web.Request) -> web.StreamResponse:
    desk, came, _, fields = await _deed(request, files=True)
    name, subject = fields.get("form", ""), fields.get("subject", "")
    if not proven(came.token, fields.get("proof", ""), "form", name, subject):
        raise Shut(409, "Nothing was done", "This form is not there any more. Please have another look.")
    values = _values(fields)
    files = await uploads(request, values)
    reply = await desk.asks().submit(came.visitor.actor, name, subject, values, files)
    if isinstance(reply.content, Rejected):
        reply = Reply(keeping(reply.content, values))
    return _answered(request, desk, came, reply)


async def out(request: web.Request) -> web.StreamResponse:
    """Sign this browser out. Whoever may not moderate any more can do that too."""
    desk, place = request.app[DESK], request.match_info["place"]
    token = desk.door.token(request, place)
    await fields_of(request, token)
    await desk.asks().sign_out(token)
    desk.answers.forget(token)
    response = desk.pages.said(200, "You are signed out", "Thank you for looking after everybody. Until next time.")
    desk.door.drop(response, place)
    return response


async def suggest(request: web.Request) -> web.StreamResponse:
    """Completions of what is being typed, as pairs of value and label. Of people they are the platform's to tell."""
    desk = request.app[DESK]
    came = await desk.come(request, request.match_info["place"])
    asked, typed = request.query.get("kind"), request.query.get("typed", "")[:TYPED_LIMIT]
    if asked == FieldKind.MEMBER:
        pairs = [(one.id, one.name) for one in await desk.asks().people(came.visitor.actor, typed)]
    else:
        kind = next((kind for kind in OptionKind if kind.value == asked), OptionKind.TEXT)
        pairs = desk.asks().suggest(kind, typed)
    return web.json_response([list(pair) for pair in pairs], headers=HEADERS)


async def _deed(request: web.Request, *, files: bool = False) -> tuple[Desk, Came, Page | None, MultiDictProxy[str]]:
    """Something is done: by whom, on which page, and what was filled in. The token is looked at before anybody is."""
    desk, place = request.app[DESK], request.match_info["place"]
    token = desk.door.token(request, place)
    if not token:
        raise Away(Turned.UNKNOWN)
    fields = await fields_of(request, token, files=files)
    return desk, await desk.come(request, place), _page(request, desk.asks()), fields


def _page(request: web.Request, kindling: Kindling) -> Page | None:
    """The page that is asked for; None for that of one's sessions."""
    path = request.match_info["page"]
    page = pages_of(kindling.commands).get(path)
    if page is None and path != SESSIONS:
        raise Shut(404, "There is nothing here", "Perhaps that page is from another time.")
    return page


def _seen(kindling: Kindling, page: Page | None, said: str) -> Action | None:
    """The button that this page answers as soon as it is opened: one that changes nothing, and belongs here."""
    action = Action.decode(said)
    command = kindling.seen_on(action) if action else None
    return action if page and command == page.command else None


def _first_seen(kindling: Kindling, said: str) -> str:
    """Where a link leads: to what its button shows, or to the page that a place begins with."""
    action = Action.decode(said)
    command = kindling.seen_on(action) if action else None
    return f"{Page.of(command).path}?{urlencode({'see': said})}" if command else HOME


def _values(fields: MultiDictProxy[str]) -> Mapping[str, str]:
    """What was filled in, by the names of all fields that the form had; of several choices, all that were made."""
    names = fields.get("names", "").split(",")
    return {name: ",".join(filter(None, fields.getall(f"f.{name}", []))) for name in names if name}


def _answered(request: web.Request, desk: Desk, came: Came, reply: Reply) -> web.Response:
    """Show an answer on the page where it was asked for, as a page that can be loaded again."""
    name = desk.answers.keep(came.token, reply)
    return _to(desk, f"{came.place}/{request.match_info['page']}?said={name}#said")


def _size(reply: Reply) -> int:
    """What its files and pictures take: in a look, a picture is part of the HTML."""
    picture = reply.content.picture if isinstance(reply.content, Card) else None
    pictures = len(picture.png) + len(picture.svg) if picture else 0
    return pictures + sum(len(one.data) for one in reply.files) + sum(len(one.html) for one in reply.looks)


def _to(desk: Desk, where: str) -> web.Response:
    return web.Response(status=303, headers={**HEADERS, "Location": f"{desk.door.root}/desk/{where}"})

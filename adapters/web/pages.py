"""What people see: pages and the pieces of them that change, rendered for one person."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.web.clockface import in_words, travel_of
from adapters.web.codec import Json
from adapters.web.guard import SESSION, TOKEN, cookie_name, token_for
from adapters.web.people import Channel, Someone
from adapters.web.playground import GROUND, Playground, Refused
from adapters.web.room import PAGE, Changes, Entry, Message
from adapters.web.warmth import chips, warmth
from bot.domain.forms import FieldKind, Form, Rejected
from bot.domain.message import Card, Choice, Item, Items, Picture, Quote, Text

FOLDER = Path(__file__).parent
RADIOS_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks at which channel, and the token that their forms carry."""

    me: Someone
    channel: Channel
    token: str


class Pages:
    """Renders everything. Texts are escaped by the templates: what people write stays text."""

    def __init__(self, ground: Playground) -> None:
        self._ground = ground
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._always: Mapping[str, object] = {
            "kind_of": kind_of,
            "shows": shows,
            "source": source,
            "FieldKind": FieldKind,
            "RADIOS_AT_MOST": RADIOS_AT_MOST,
            "TOKEN": TOKEN,
        }

    async def channel(self, visit: Visit, before: int | None) -> str:
        """The whole page of a channel, complete without any script."""
        room = self._ground.room
        revision, messages = await room.page(visit.channel.id, before, PAGE + 1)
        return self._render(
            "channel.html",
            visit,
            messages=messages[:PAGE],
            older=messages[PAGE - 1].id if len(messages) > PAGE else None,
            before=before,
            entries=await room.panel(visit.me.id),
            revision=revision,
            commands=[
                command for command in self._ground.commands if visit.me.moderates or not command.moderators_only
            ],
        )

    def trouble(self, sentence: str, home: str) -> str:
        """A page that says why something was not done."""
        return self._templates.get_template("trouble.html").render(sentence=sentence, home=home)

    def changes(self, visit: Visit, changes: Changes) -> Json:
        """What the page's script needs to show changes."""
        return {
            "messages": [self._piece(visit, message) for message in changes.messages],
            "entries": [self._piece(visit, entry) for entry in changes.entries],
            "elsewhere": [self._ground.room.channels[channel].name for channel in changes.elsewhere],
        }

    def clock(self) -> Json:
        """What the clock shows just now."""
        face = self._ground.clockface
        return {"now": self._now(), "moving": face.moving, "said": face.said}

    def _piece(self, visit: Visit, thing: Message | Entry) -> Json:
        is_message = isinstance(thing, Message)
        piece: Json = {"id": f"{'message' if is_message else 'entry'}-{thing.id}", "revision": thing.revision}
        if not thing.gone:
            template = "message.html" if is_message else "entry.html"
            piece["html"] = self._render(template, visit, thing=thing)
            piece["words"] = heading_of(thing)
        return piece

    def _render(self, template: str, visit: Visit, **more: object) -> str:
        return self._templates.get_template(template).render(
            visit=visit,
            room=self._ground.room,
            can_travel=travel_of(self._ground.kindling) is not None,
            clock=self.clock(),
            at=self._at,
            link=self.link,
            chips=chips,
            warmth=warmth,
            **self._always,
            **more,
        )

    def link(self, channel: Channel, me: Someone) -> str:
        """The address of a channel as one person sees it."""
        return f"/c/{channel.name}?as={me.id}"

    def _at(self, instant: datetime) -> str:
        return in_words(instant, self._ground.room.zone)

    def _now(self) -> str:
        return self._at(self._ground.clock.now())


PAGES = web.AppKey("pages", Pages)


def visit_of(request: web.Request, fields: Mapping[str, object], channel: str) -> Visit:
    """Who acts: the person the page was made for, else the one chosen last in this browser, else the first."""
    ground = request.app[GROUND]
    people = ground.room.people
    wanted = (fields.get("as"), request.cookies.get(cookie_name(request, "as")))
    me = next((people[name] for name in wanted if isinstance(name, str) and name in people), None)
    here = next((known for known in ground.room.channels.values() if known.name == channel), None)
    if here is None:
        raise Refused(404, "There is no such channel here.")
    return Visit(me or next(iter(people.values())), here, token_for(request[SESSION], ground.room.secret))


def kind_of(thing: object) -> str:
    """The name by which templates choose how to show a part of a card, or the content of an entry."""
    match thing:
        case Text() | Items() | Quote() | Card() | Form() | Rejected() | Item() | Choice():
            return type(thing).__name__.lower()
        case _:
            raise TypeError(f"{type(thing).__name__} has no look")


def source(picture: Picture) -> str:
    """Where a page finds the picture: one without an address comes along with it. An image runs no script, whatever is
    in it."""
    if not picture.url and picture.png:
        return f"data:image/{picture.kind};base64,{b64encode(picture.png).decode()}"
    if picture.url or not picture.svg:
        return picture.url
    return f"data:image/svg+xml;base64,{b64encode(picture.svg.encode()).decode()}"


def shows(picture: Picture) -> bool:
    """Whether the picture can be shown without asking anything of another computer."""
    url = source(picture)
    address = urlsplit(url)
    match address.scheme:
        case "data":
            return url.startswith("data:image/")
        case "http":
            return address.hostname in {"127.0.0.1", "localhost"}
        case "":
            return not address.netloc and url.startswith("/")
        case _:
            return False


def heading_of(thing: Message | Entry) -> str:
    """What is announced of a message or an entry: its heading."""
    match thing.card if isinstance(thing, Message) else thing.content:
        case Card(heading=heading):
            return heading
        case Form(title=title) | Rejected(form=Form(title=title)):
            return title
        case None:
            return ""


def keeping(rejected: Rejected, values: Mapping[str, str]) -> Rejected:
    """The rejected form with what was typed still in it."""
    fields = tuple(replace(field, value=values.get(field.name, field.value)) for field in rejected.form.fields)
    return replace(rejected, form=replace(rejected.form, fields=fields))

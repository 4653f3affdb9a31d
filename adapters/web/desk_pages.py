"""What moderators see in the browser: commands, cards and forms, whichever the core knows, on pages without script."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from adapters.web.desk_door import DOOR, HEADERS, WITH_A_KEY, Doorway, proof
from adapters.web.guard import TOKEN
from adapters.web.pages import FOLDER, RADIOS_AT_MOST, kind_of, shows, source
from bot.domain.commands import Command, Option, OptionKind
from bot.domain.desk import Turned, Visitor
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.looks import Look
from bot.domain.message import Action, Card, Items
from bot.domain.places import Named as Channel
from bot.domain.uploads import Attached

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Today": ("status", "preview", "post", "skip", "pause"),
    "Calendar": ("setup", "settings", "challenge", "plans"),
    "Prompts": ("prompts",),
    "Wall": ("wall",),
    "People": ("moderators", "support"),
    "This place": ("link", "unlink", "doctor", "audit", "export", "leave", "web", "help"),
}
"""Where commands are found, by the first of their words. One that is named nowhere is found under `MORE`."""
MORE = "More"
HOME = "status"
SESSIONS = "sessions"
"""A page that is no command's: where its reader is signed in."""
NO_NAMES = "The id of the channel. In the chat you can pick it by its name."
_KINDS = {
    OptionKind.CHANNEL: FieldKind.CHANNEL,
    OptionKind.ZONE: FieldKind.ZONE,
    OptionKind.TIME: FieldKind.TIME,
}
_TURNED = {
    Turned.UNKNOWN: (
        401,
        "Please ask for a link",
        "Type /kindling web where you talk with Kindling. It answers with a link that lets you in.",
    ),
    Turned.NO_MODERATOR: (
        403,
        "These pages are for moderators",
        "At this moment you may not manage that place. If you should, please ask those who can; nothing was done.",
    ),
    Turned.OFTEN: (
        429,
        "That was often",
        "So many pages were asked for within a minute that nothing more was done. Please wait a minute.",
    ),
    Turned.UNTOLD: (
        503,
        "I cannot ask whether you may come in",
        "The chat that knows who may moderate at this moment does not answer. Please try it again in a few minutes.",
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation."""

    path: str
    label: str
    command: Command

    @classmethod
    def of(cls, command: Command) -> "Page":
        """The page of a command."""
        return cls(command.word.replace(" ", "-"), command.word.capitalize(), command)


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody who was let in at a place's desk, with the token of their session."""

    place: str
    token: str
    visitor: Visitor


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said on a page.

    `name` is by which it is kept, where it answers something that was done; `faded` means that such an answer is not
    kept any more. `files` come with it, and `looks`; `seen` is one that answers the address itself.
    """

    content: Card | Form | Rejected | None
    name: str = ""
    files: Sequence[Attached] = ()
    looks: Sequence[Look] = ()
    faded: bool = False
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A channel as the templates of cards and forms know it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a card or a form: the channels it speaks of, by id. Nobody but its reader is named."""

    channels: Mapping[str, Named]
    people: Mapping[str, Named]


class DeskPages:
    """Writes pages out for moderators. Texts are escaped by the templates: what people write stays text."""

    def __init__(self, door: Doorway) -> None:
        self._door = door
        self._templates = _templates()
        self._always: Mapping[str, object] = {
            "kind_of": kind_of,
            "shows": shows,
            "source": source,
            "FieldKind": FieldKind,
            "RADIOS_AT_MOST": RADIOS_AT_MOST,
            "TOKEN": TOKEN,
            "Markup": Markup,
        }

    def page(
        self,
        came: Came,
        here: Page | None,
        commands: Sequence[Command],
        answer: Answer,
        channels: Sequence[Channel],
    ) -> web.Response:
        """A command's page with a reply on it, or the page of one's sessions; complete without any script."""
        content = answer.content
        base = f"{self._door.root}/desk/{came.place}"
        form = content.form if isinstance(content, Rejected) else content if isinstance(content, Form) else None
        asks = options_of(here.command) if here and not form else ()
        spoken = channels_in(content)
        around = Around({one.id: Named(one.id, one.name) for one in channels if one.id in spoken}, {})
        text = self._templates.get_template("desk.html").render(
            root=self._door.root,
            base=base,
            came=came,
            here=here,
            groups=grouped(commands),
            content=content,
            form=form and replace(form, fields=tuple(askable(field, channels) for field in form.fields)),
            problems=content.problems if isinstance(content, Rejected) else {},
            asks=tuple(askable(field, channels) for field in asks),
            answer=answer,
            room=around,
            link=None,
            linked=partial(linked, base, commands),
            token=proof(came.token, TOKEN),
            offered=partial(offered, came.token),
            form_proof=form and proof(came.token, "form", form.name, form.subject),
            SESSIONS=SESSIONS,
            **self._always,
        )
        return web.Response(text=text, content_type="text/html", headers=HEADERS)

    def doorstep(self, key: str, token: str, see: str) -> web.Response:
        """The page of a link: it lets nobody in by itself, because chats look at links before people do. `see` is
        where it leads."""
        page = self._templates.get_template("desk_door.html").render(
            root=self._door.root, key=key, token=proof(token, TOKEN), TOKEN=TOKEN, see=see
        )
        response = web.Response(text=page, content_type="text/html", headers=WITH_A_KEY)
        self._door.keep(response, DOOR, token)
        return response

    def turned(self, why: Turned) -> web.Response:
        """Why somebody is not let in, and nothing else."""
        return self.said(*_TURNED[why], again=why is not Turned.NO_MODERATOR)

    def said(self, status: int, heading: str, sentence: str, *, again: bool = False) -> web.Response:
        """A page that says something, and nothing else."""
        page = self._templates.get_template("desk_said.html").render(
            root=self._door.root, heading=heading, sentence=sentence, again=again
        )
        return web.Response(text=page, status=status, content_type="text/html", headers=HEADERS)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def pages_of(commands: Sequence[Command]) -> Mapping[str, Page]:
    """Every page of the navigation, by its path: the commands of moderators, also those that are added later."""
    return {page.path: page for page in map(Page.of, commands) if page.command.moderators_only}


def grouped(commands: Sequence[Command]) -> Mapping[str, Sequence[Page]]:
    """The pages as the navigation shows them."""
    pages = list(pages_of(commands).values())
    found = {
        title: sorted((page for page in pages if _first(page) in words), key=lambda page: words.index(_first(page)))
        for title, words in GROUPS.items()
    }
    placed = {page.path for those in found.values() for page in those}
    found[MORE] = [page for page in pages if page.path not in placed]
    return {title: those for title, those in found.items() if those}


def options_of(command: Command) -> tuple[Field, ...]:
    """A command's words as fields of a form. None has to be filled in."""
    return tuple(_field(option) for option in command.options)


def askable(field: Field, channels: Sequence[Channel]) -> Field:
    """The field as it can be asked on a page: of channels the names are known, or else their ids are typed. People are
    never listed; who somebody is can be found out while their name is typed, where the platform tells."""
    if field.kind in {FieldKind.MEMBER, FieldKind.MEMBERS}:  # one at a time: each is found while it is typed
        return replace(field, kind=FieldKind.MEMBER, hint=field.hint or "A name or an id")
    if field.kind is not FieldKind.CHANNEL:
        return field
    if not channels:
        return replace(
            field, kind=FieldKind.LINE, hint=field.hint or "The id of the channel. In the chat you can pick it."
        )
    options = tuple((channel.id, f"#{channel.name}") for channel in channels)
    stray = () if not field.value or field.value in dict(options) else ((field.value, f"#{field.value}"),)
    return replace(field, kind=FieldKind.CHOICE, options=(*stray, *options))


def channels_in(content: "Card | Form | Rejected | None") -> Collection[str]:
    """The channels that a card speaks of."""
    parts = content.body if isinstance(content, Card) else ()
    return {item.channel for part in parts if isinstance(part, Items) for item in part.items if item.channel}


def asks_for_channels(command: Command | None, content: "Card | Form | Rejected | None") -> bool:
    """Whether a page needs the names of channels: the platform is not asked for them otherwise."""
    form = content.form if isinstance(content, Rejected) else content
    if isinstance(form, Form):
        return any(field.kind is FieldKind.CHANNEL for field in form.fields)
    options = command.options if command else ()
    return bool(channels_in(content)) or any(option.kind is OptionKind.CHANNEL for option in options)


def linked(base: str, commands: Sequence[Command], text: str) -> Markup:
    """A text in which every command of moderators leads to its page."""
    pages = {f"/{page.command.name}": page for page in pages_of(commands).values()}
    names = "|".join(re.escape(name) for name in sorted(pages, key=len, reverse=True))
    said = Markup()
    for number, piece in enumerate(re.split(rf"({names})(?![\w-])", text)):
        way = escape(f"{base}/{pages[piece].path}") if number % 2 else ""
        said += Markup('<a href="{}">{}</a>').format(way, piece) if way else escape(piece)
    return said


def offered(token: str, action: Action) -> str:
    """What a button sends: its action, and that it was offered to this session."""
    said = action.encode()
    return f"{proof(token, 'press', said)}.{said}"


def _first(page: Page) -> str:
    return page.command.word.split()[0]


def _field(option: Option) -> Field:
    kind = _KINDS.get(option.kind, FieldKind.LINE)
    hint = f"Such as {option.example}" if option.example and kind is FieldKind.LINE else ""
    return Field(option.name, option.summary, kind, required=False, hint=hint)

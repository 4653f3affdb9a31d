"""What people do in the playground: each is one call of Kindling's front door."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from aiohttp import web

from adapters.web.clockface import ON_THE_WAY, Step, move, travel_of
from adapters.web.codec import Json, number
from adapters.web.files import download, uploads
from adapters.web.guard import keep
from adapters.web.pages import PAGES, Visit, keeping, visit_of
from adapters.web.playground import GROUND, Playground, Refused
from adapters.web.room import Changes, Entry, Message
from adapters.web.warmth import EMOJI
from bot.domain.commands import OptionKind
from bot.domain.forms import FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Reply, Text

MOVES_SHOWN_WITHOUT_SCRIPT = 8
"""Seconds that a browser without script waits for a movement of the clock before it shows the page."""

_CHANNEL_WORD = re.compile(r"\b([a-z_]+):#([\w-]+)")


@dataclass(frozen=True, slots=True)
class Deed:
    """A form that someone sent: who and where, and its fields."""

    request: web.Request
    ground: Playground
    visit: Visit
    fields: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]

    @classmethod
    async def read(cls, request: web.Request) -> "Deed":
        """The form of a request that the guard let in."""
        post = await request.post()
        several = {name: tuple(value for value in post.getall(name) if isinstance(value, str)) for name in post}
        fields = {name: values[-1] for name, values in several.items() if values}
        return cls(request, request.app[GROUND], visit_of(request, fields, fields.get("channel", "")), fields, several)

    @property
    def by_script(self) -> bool:
        """Whether the page's script asks, and not the browser itself."""
        return "application/json" in self.request.headers.get("Accept", "")

    def number(self, name: str) -> int | None:
        """A field that is an id."""
        return number(self.fields.get(name, ""))

    def answered(self, things: Iterable[Message | Entry] = (), *, focus: str = "", say: str = "") -> web.Response:
        """Show the page again, at the place to look at; for the page's script, only what is new on it."""
        if not self.by_script:
            page = self.request.app[PAGES].link(self.visit.channel, self.visit.me)
            response = web.Response(status=303, headers={"Location": f"{page}#{focus}" if focus else page})
            keep(self.request, response, "as", self.visit.me.id)
            return response
        things = tuple(things)
        changes = Changes(
            revision=0,
            messages=[thing for thing in things if isinstance(thing, Message)],
            entries=[thing for thing in things if isinstance(thing, Entry)],
            elsewhere=(),
        )
        data: Json = {**self.request.app[PAGES].changes(self.visit, changes), "focus": focus, "say": say}
        return web.json_response(data)

    async def replied(self, reply: Reply, instead_of: int | None = None) -> web.Response:
        """Show Kindling's reply in the person's own panel."""
        entry = await self.ground.answer(self.visit.me, reply, instead_of)
        return self.answered([entry], focus=f"entry-{entry.id}")


async def press(request: web.Request) -> web.Response:
    """A button on a card, in the channel or in the person's own panel."""
    deed = await Deed.read(request)
    ground, visit = deed.ground, deed.visit
    kindling, actor = ground.awake, ground.actor(visit.me, visit.channel)
    action = Action.decode(deed.fields.get("action", ""))
    message, entry = deed.number("message"), deed.number("entry")
    if message is not None:
        shown = await ground.room.message(visit.channel.id, message)
        _offered(action, shown.card if shown else None)
    else:
        own = await ground.room.entry(visit.me.id, entry or 0)
        _offered(action, own.content if own else None)
    ref = ground.ref(visit.channel, message) if message is not None else None
    reply = await kindling.press(actor, _surely(action), ref)
    return await deed.replied(reply, entry if reply.replace else None)


async def submit(request: web.Request) -> web.Response:
    """A form that Kindling asked this person to fill in."""
    deed = await Deed.read(request)
    ground, visit = deed.ground, deed.visit
    kindling, number = ground.awake, deed.number("entry") or 0
    entry = await ground.room.entry(visit.me.id, number)
    match entry.content if entry else None:
        case Form() as form:
            pass
        case Rejected(form=form):
            pass
        case _:
            raise Refused(409, "This form is closed already.")
    typed = [field for field in form.fields if field.kind is not FieldKind.FILE]
    values = {field.name: ",".join(filter(None, deed.several.get(f"f.{field.name}", ()))) for field in typed}
    files = await uploads(request, [field.name for field in form.fields if field.kind is FieldKind.FILE])
    reply = await kindling.submit(ground.actor(visit.me, visit.channel), form.name, form.subject, values, files)
    if isinstance(reply.content, Rejected):
        reply = Reply(keeping(reply.content, values), reply.replace)
    return await deed.replied(reply, number)


async def file(request: web.Request) -> web.Response:
    """A file that came with an answer, for the person whom it was for."""
    visit = visit_of(request, request.query, request.query.get("channel", ""))
    entry, place = number(request.match_info["entry"]), number(request.match_info["place"])
    found = await request.app[GROUND].room.file(visit.me.id, entry or 0, place if place is not None else -1)
    if found is None:
        raise Refused(404, "This file is not there any more.")
    return download(found)


async def command(request: web.Request) -> web.Response:
    """A command chosen from the menu."""
    deed = await Deed.read(request)
    ground, visit = deed.ground, deed.visit
    kindling, name = ground.awake, deed.fields.get("name", "")
    if not any(known.name == name for known in ground.commands):
        raise Refused(404, "There is no such command.")
    return await deed.replied(await kindling.command(ground.actor(visit.me, visit.channel), name, {}))


async def typed(request: web.Request) -> web.Response:
    """A command typed as one line."""
    deed = await Deed.read(request)
    ground, visit = deed.ground, deed.visit
    kindling = ground.awake
    group, _, rest = deed.fields.get("line", "").strip().removeprefix("/").partition(" ")
    groups = sorted({known.group for known in ground.commands})
    if group.lower() not in groups:
        return await deed.replied(_not_a_command(groups))
    line = with_channel_ids(rest.strip(), ground)
    return await deed.replied(await kindling.typed(ground.actor(visit.me, visit.channel), group.lower(), line))


async def react(request: web.Request) -> web.Response:
    """An emoji put on a message, or taken off again."""
    deed = await Deed.read(request)
    ground, visit = deed.ground, deed.visit
    kindling, number, emoji = ground.awake, deed.number("message") or 0, deed.fields.get("emoji", "")
    present = deed.fields.get("present") == "yes"
    known = await ground.room.message(visit.channel.id, number)
    if known is None:
        raise Refused(409, "This card is gone.")
    if emoji not in EMOJI and not any(felt.emoji == emoji for felt in known.felt):
        raise Refused(400, "This emoji is not among those of the playground.")
    if await ground.room.react(visit.channel.id, number, visit.me.id, emoji, present=present):
        await kindling.reacted(
            ground.person(visit.me),
            ground.ref(visit.channel, number),
            emoji,
            present=present,
            at=ground.clock.now(),
        )
    after = await ground.room.message(visit.channel.id, number)
    return deed.answered([after] if after else [], focus=f"message-{number}")


async def dismiss(request: web.Request) -> web.Response:
    """An entry taken off the person's own panel."""
    deed = await Deed.read(request)
    gone = await deed.ground.room.dismiss(deed.visit.me.id, deed.number("entry") or 0, deed.ground.clock.now())
    return deed.answered([gone] if gone else [], focus="panel-title")


async def travel(request: web.Request) -> web.Response:
    """The clock moved on."""
    deed = await Deed.read(request)
    ground = deed.ground
    moves, tasks = travel_of(ground.awake), ground.tasks
    if moves is None or tasks is None:
        raise Refused(404, "The clock cannot be moved here.")
    try:
        step = Step(deed.fields.get("step", ""))
    except ValueError:
        raise Refused(400, "The clock moves an hour, a card or a week on.") from None
    if not ground.clockface.begin(ON_THE_WAY[step]):
        raise Refused(409, "The clock is moving already. One movement at a time.")
    movement = tasks.create_task(ground.clockface.finish(move(moves, step)))
    if not deed.by_script:
        await asyncio.wait([movement], timeout=MOVES_SHOWN_WITHOUT_SCRIPT)
    return deed.answered()


async def zone(request: web.Request) -> web.Response:
    """The zone that the people of the room live in."""
    deed = await Deed.read(request)
    name = deed.fields.get("zone", "").strip()
    if name not in available_timezones():
        raise Refused(400, "There is no zone of this name. One looks like Europe/Berlin.")
    await deed.ground.room.move_to(name)
    return deed.answered(say=f"The clock shows the time of {name}.")


def with_channel_ids(line: str, ground: Playground) -> str:
    """The line with `channel:#kindness` spelled with the channel's id, as Slack and Discord would hand it over."""
    ids = {channel.name: channel.id for channel in ground.room.channels.values()}
    words = {option.name for known in ground.commands for option in known.options if option.kind is OptionKind.CHANNEL}

    def spelled(found: re.Match[str]) -> str:
        word, name = found.groups()
        return f"{word}:{ids[name]}" if word in words and name in ids else found.group()

    return _CHANNEL_WORD.sub(spelled, line)


def _offered(action: Action | None, content: object) -> None:
    """Only a button that is there can be pressed."""
    match content:
        case Card(choices=choices) if action is not None and any(action == choice.action for choice in choices):
            return
        case _:
            raise Refused(409, "This button is not there any more. Please have another look.")


def _surely(action: Action | None) -> Action:
    if action is None:
        raise Refused(409, "This button is not there any more. Please have another look.")
    return action


def _not_a_command(groups: Iterable[str]) -> Reply:
    names = " and ".join(f"/{group}" for group in groups)
    return Reply(
        Card(
            heading="This box is for commands",
            body=(Text(f"Kindling answers to {names}. It does not read what people write to each other."),),
        )
    )

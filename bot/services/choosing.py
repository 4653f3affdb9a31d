"""Who may moderate besides the platform's own managers, and the place where moderators are told things: a setting."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot.domain.changes import State, mark_of
from bot.domain.community import Space
from bot.domain.errors import AdapterError, Refusal
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, SpaceId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.domain.moderators import CHOSEN_LIMIT, Moderators
from bot.domain.places import Actor, Named, Place
from bot.ports import Storage, UnitOfWork
from bot.ports.platforms import Messenger, Messengers
from bot.services.alerts import used_in
from bot.services.attention import Attention
from bot.services.changing import Changing
from bot.services.reading import OFF, Unread
from bot.services.rights import CHOSEN_MODERATORS, must_manage
from bot.services.setup import must_moderate, read_channel
from bot.services.spaces import Spaces

PLACE = "moderators.place"
CHANGE = Choice("Change this", Action("open", "moderators"), Style.PRIMARY, "🗝️")
MANAGERS = "Whoever may manage this place on the platform itself, always"
NO_PLACE = "None yet: whoever set something up is told privately"
IN_PUBLIC = (
    "Everybody can read that channel. What needs moderators is not told in public; please choose one for them alone."
)
WITH_CARDS = (
    "Cards or the wall appear in that channel. What needs moderators is told elsewhere; please choose another one."
)
NOT_KNOWN = (
    "I cannot tell here whether that channel can be read by everybody. Please make sure that only moderators see it."
)
TOO_MANY_NAMES = "Those are more names than I can look up at once. Please name fewer; a role stands for many people."
NO_CONNECTION = "I cannot look up anybody just now. Please try again in a minute."
_NAMED = re.compile("<[^<>]*>|[^,;@<>]+")
_ID = re.compile(r"[A-Za-z0-9-]+")
TYPED_LIMIT = 300
ASKED_LIMIT = 100
"""How many words a platform is asked about at once: each may be a call, and calls are shared by all places."""
MARK = 8
"""How long a mark is: the form carries that of the list and that of the place, one after the other."""


class Chosen:
    """`bot.services.changing.Changeable`: the list of one space, whose id is the subject."""

    kind = CHOSEN_MODERATORS

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- a space is in one community
        """The ids on the list."""
        return _list_state(await work.moderators.of(SpaceId(subject)))

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- the same
        """Have this list from now on."""
        chosen = tuple(cast("Sequence[str]", state["chosen"])) if state else ()
        await work.moderators.save(replace(await work.moderators.of(SpaceId(subject)), chosen=chosen))

    def told(self, before: State | None, after: State | None) -> str:
        """How many were added and taken off; what they are called is the platform's to tell."""
        was, now = _ids(before), _ids(after)
        told = [
            f"{len(ids)} {word} those who may moderate"
            for ids, word in ((now - was, "added to"), (was - now, "taken off"))
            if ids
        ]
        return ", ".join(told) or "who may moderate was put in another order"


class ModeratorsPlace:
    """`bot.services.changing.Changeable`: where the moderators of one space are told things."""

    kind = PLACE

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- a space is in one community
        """The channel; empty for none."""
        return _place_state(await work.moderators.of(SpaceId(subject)))

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- the same
        """Tell things there from now on."""
        channel = str(state["channel"]) if state else ""
        await work.moderators.save(replace(await work.moderators.of(SpaceId(subject)), channel=channel))

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- only what is now matters
        """Whether there is one now."""
        there = bool(after and after["channel"])
        return "the moderators' place was chosen" if there else "there is no moderators' place any more"


def _ids(state: State | None) -> frozenset[str]:
    return frozenset(cast("Sequence[str]", state["chosen"])) if state else frozenset()


def _list_state(moderators: Moderators) -> State:
    return {"chosen": list(moderators.chosen)}


def _place_state(moderators: Moderators) -> State:
    return {"channel": moderators.channel}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, as they wrote it. `channel` is None where nothing was said of it; `groups` is what of
    `add` stood in the form's line for them."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    channel: str | None = None
    groups: str = ""


class Choosing:
    """Each call checks the actor's right again."""

    def __init__(
        self, storage: Storage, spaces: Spaces, messengers: Messengers, attention: Attention, *, changing: Changing
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._messengers = messengers
        self._attention = attention
        self._changing = changing

    async def ask(self, actor: Actor, words: Mapping[str, str]) -> Reply:
        """Change what was named; without words, show who may moderate."""
        must_moderate(actor)
        said = words.get("place")
        channel = None if said is None else "" if said.strip().lower() in OFF else said.strip()
        add = words.get("add", "")
        wish = Wish(_said(add), _said(words.get("remove", "")), channel, add)
        if wish == Wish():
            _, known = await self._known(actor)
            return Reply(await self._card(actor, known))
        return await self._carry_out(actor, wish, {"add": "add", "remove": "remove", "channel": "place"})

    async def form(self, actor: Actor) -> Reply:
        """The form, with what is chosen."""
        must_moderate(actor)
        _, known = await self._known(actor)
        return Reply(_form(known, await self._names(actor, known.chosen)))

    async def submitted(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """The form, filled in by somebody who had seen the list and the place of these marks."""
        must_moderate(actor)
        add = (*_said(values.get("person", "")), *_said(values.get("groups", "")))
        groups = values.get("groups", "")
        wish = Wish(add, _said(values.get("remove", "")), values.get("channel", "").strip(), groups)
        return await self._carry_out(actor, wish, {"add": "groups", "remove": "remove", "channel": "channel"}, seen)

    async def _carry_out(self, actor: Actor, wish: Wish, fields: Mapping[str, str], seen: str | None = None) -> Reply:
        """`fields` say which field of the form, or word of the command, a sentence is about."""
        if wish.add or wish.remove:
            must_manage(actor)
        space, known = await self._known(actor)
        messenger = self._messengers.get(space.platform)
        if messenger is None:
            raise Refusal("not_connected", NO_CONNECTION)
        try:
            chosen, problems = await _list(messenger, space, known, wish)
            channel, unfit = await self._place(messenger, space, known, wish)
        except AdapterError as error:
            raise Refusal("not_connected", NO_CONNECTION) from error
        problems |= unfit
        if problems:
            sentences = {fields[name]: sentence for name, sentence in problems.items()}
            return Reply(Rejected(sentences, _form(known, await self._names(actor, known.chosen), seen, wish)))
        of_list, of_place = (mark_of(_list_state(known)), None) if seen is None else (seen[:MARK], seen[MARK:])
        async with self._storage.unit_of_work() as work:
            state: State = {"chosen": list(chosen)}
            if wish.add or wish.remove:
                await self._changing.change(
                    work, actor, CHOSEN_MODERATORS, space.id, state, seen=of_list, here_only=True
                )
            if wish.channel is not None:
                where: State = {"channel": channel}
                await self._changing.change(work, actor, PLACE, space.id, where, seen=of_place, here_only=True)
            after = await work.moderators.of(space.id)
            await work.commit()
        return Reply(await self._card(actor, after, before=known))

    async def _known(self, actor: Actor) -> tuple[Space, Moderators]:
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            known = await work.moderators.of(space.id)
            await work.commit()
        return space, known

    async def _names(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """What everybody on the list is called; by their ids where the platform does not tell just now."""
        messenger = self._messengers.get(actor.person.platform)
        try:
            found: Mapping[str, Named] = await messenger.who(actor.person.space, ids) if messenger and ids else {}
        except AdapterError:
            return {one: one for one in ids}
        return {one: found[one].name if one in found else f"somebody who is not here any more ({one})" for one in ids}

    async def _place(
        self, messenger: Messenger, space: Space, known: Moderators, wish: Wish
    ) -> tuple[str, dict[str, str]]:
        """The moderators' place as wished for, or what keeps it from being that."""
        if not wish.channel or wish.channel == known.channel:
            return wish.channel or "", {}
        try:
            place = Place(space.platform, space.key, read_channel(wish.channel))
        except Unread as error:
            return "", {"channel": str(error)}
        async with self._storage.reading() as work:
            used = await used_in(work, space)
        if place in used:
            return "", {"channel": WITH_CARDS}
        if lacks := await self._attention.examine(place):
            return "", {"channel": " ".join(lack.sentence for lack in lacks)}
        if await messenger.secluded(place) is False:
            return "", {"channel": IN_PUBLIC}
        return place.channel, {}

    async def _card(self, actor: Actor, known: Moderators, before: Moderators | None = None) -> Card:
        messenger = self._messengers.get(actor.person.platform)
        names = await self._names(actor, known.chosen)
        body: list[Part] = [Items((Item(MANAGERS), *(Item(name) for name in names.values())), title="Who may moderate")]
        where = Item("", label="Told things in", channel=known.channel)
        body.append(Items((where if known.channel else Item(NO_PLACE, label="Told things in"),)))
        if known.channel and (before is None or before.channel != known.channel):
            body += await self._doubt(actor, known)
        if known.chosen and (admission := await _admission(messenger, actor.person.space)):
            body.append(Text(admission))
        heading = "Who may moderate here" if before is None else "That is how it is now"
        footnote = "/kindling audit shows every change of this, and takes it back." if before else ""
        return Card(heading, tuple(body), (CHANGE,), footnote=footnote, emoji="🗝️")

    async def _doubt(self, actor: Actor, known: Moderators) -> list[Part]:
        """What is not known of the moderators' place."""
        messenger = self._messengers.get(actor.person.platform)
        place = Place(actor.person.platform, actor.person.space, known.channel)
        try:
            secluded = await messenger.secluded(place) if messenger else None
        except AdapterError:
            secluded = None
        return [Text(NOT_KNOWN)] if secluded is None else [] if secluded else [Text(IN_PUBLIC)]


async def _list(
    messenger: Messenger, space: Space, known: Moderators, wish: Wish
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The list as wished for, and a sentence about whoever it is not clear of."""
    said = {part for one in (*wish.add, *wish.remove) for part in (one, *one.split())}
    if len(said) > ASKED_LIMIT:
        return known.chosen, {"add" if wish.add else "remove": TOO_MANY_NAMES}
    found: Mapping[str, Named] = await messenger.who(space.key, said) if said else {}
    ids = {one: one for one in known.chosen} | {word: one.id for word, one in found.items()}
    add, strange = _read(wish.add, ids)
    gone, absent = _read(wish.remove, ids)
    absent += [word for word in gone if word not in known.chosen]
    chosen = tuple(one for one in dict.fromkeys((*known.chosen, *add)) if one not in gone)
    problems: dict[str, str] = {}
    if strange:
        problems["add"] = (
            f"I could not tell who {_quoted(strange)} is here. Please name people, roles or groups by beginning with "
            f"an @ and picking them. {await _admission(messenger, space.key)}".strip()
        )
    elif len(chosen) > CHOSEN_LIMIT:
        problems["add"] = f"The list holds {CHOSEN_LIMIT}. A role or a group stands for as many people as it has."
    if absent:
        problems["remove"] = f"{_quoted(absent)} is not on the list. /kindling moderators shows who is."
    return chosen, problems


async def _admission(messenger: Messenger | None, space: str) -> str:
    try:
        return await messenger.admission(space) if messenger else ""
    except AdapterError:
        return ""


def _read(said: Sequence[str], known: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The ids of those who were named, and the names that nobody has. A name may hold spaces; ids stand alone."""
    ids: list[str] = []
    strange: list[str] = []
    for one in said:
        words = [one] if one in known else one.split()
        ids += [known[word] for word in words if word in known]
        strange += [] if all(word in known for word in words) else [one]
    return ids, strange


def _said(text: str) -> tuple[str, ...]:
    """Whom somebody named: ids, whatever a platform puts around them, and names as they were written."""
    return tuple(dict.fromkeys(filter(None, map(_one, _NAMED.findall(text)))))


def _one(word: str) -> str:
    if not word.startswith("<"):
        return word.strip()
    ids = _ID.findall(word.partition("|")[0])
    return ids[-1] if ids else ""


def _quoted(words: Sequence[str]) -> str:
    return " and ".join(f"“{word[:60]}”" for word in words[:3])


def _form(known: Moderators, names: Mapping[str, str], seen: str | None = None, wish: Wish | None = None) -> Form:
    """The form, also with what was asked for in it before and could not be done."""
    fields = [
        Field("person", "Let people moderate", FieldKind.MEMBERS, required=False),
        Field(
            "groups",
            "Let roles or groups moderate",
            FieldKind.GROUPS,
            required=False,
            value=wish.groups if wish else "",
            hint="Their names, such as @helpers, with commas between them",
            limit=TYPED_LIMIT,
        ),
        Field(
            "channel",
            "Tell moderators things in (private)",
            FieldKind.CHANNEL,
            required=False,
            value=known.channel if wish is None or wish.channel is None else wish.channel,
        ),
    ]
    if names:
        options = tuple((one, name[:75]) for one, name in names.items())
        fields.insert(2, Field("remove", "Take off the list", FieldKind.CHOICES, required=False, options=options))
    subject = seen or f"{mark_of(_list_state(known))}{mark_of(_place_state(known))}"
    return Form("moderators", "Who may moderate", tuple(fields), subject=subject)

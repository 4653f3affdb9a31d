"""What authors do with their acts: write, look at, put on the wall, change, take back, remove."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from bot.domain.alerts import Alert
from bot.domain.errors import Refusal
from bot.domain.forms import Rejected
from bot.domain.ids import ActId, dated_id
from bot.domain.message import Action, Card, Choice, Quote, Reply, Text
from bot.domain.packs import Circle
from bot.domain.places import Actor
from bot.domain.wall import ACT_LIMIT, Act, ActPicture, Audience, Rule, ShownAs, Standing, Telling
from bot.domain.words import tidied
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services.cards import note
from bot.services.heralding import Heralding
from bot.services.naming import Naming, seen
from bot.services.wall import Standpoint, Walls, name_of, name_problem, problems, within_rules
from bot.services.wall_cards import SHARE, own_card, preview_card, removing_card, share_form

CHOSEN = (
    "On this wall people share whom the moderators chose for that. You can still keep kindnesses for yourself, and ask "
    "a moderator about it."
)
A_DAY = 20
"""How many acts of one author come on the wall, or are kept, within a day."""
DRAFTS = 20
"""How many drafts of one author there are at most; a further one takes the place of the oldest."""
TOO_MANY = (
    "You have shared a good deal of kindness within a day, and the wall is for everybody. This one is kept as a draft "
    "until tomorrow."
)
OTHERWISE = "Please be shown as someone in our community instead, or change the name that you have here."
MARK_BYTES = 16
FORGET_DRAFTS = timedelta(days=1)
FORGET_REPORTS = timedelta(days=1)
"""How long it is known who asked about what moderators have dealt with: as long as it counts."""
BLOCKED = (
    "A moderator decided that nothing of yours comes on this wall at present. You can still keep kindnesses for "
    "yourself, and ask a moderator about it."
)


Kind = TypeVar("Kind", bound=StrEnum)
Default = TypeVar("Default")


class Sharing:
    """Only an author changes an act, and can do so at any time."""

    def __init__(
        self,
        storage: Storage,
        walls: Walls,
        naming: Naming,
        heralding: Heralding,
        clock: Clock,
        *,
        nudge: Nudge,
        pictures: bool = False,
    ) -> None:
        self._storage = storage
        self._walls = walls
        self._naming = naming
        self._heralding = heralding
        self._clock = clock
        self._nudge = nudge
        self._pictures = pictures

    async def form(self, actor: Actor, text: str = "") -> Reply:
        """An empty form, or one with what a message of theirs said."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            linked = await self._walls.linked(work, here.space)
            await work.commit()
        return Reply(share_form(None, name=name_of(actor), linked=linked, text=tidied(text)[:ACT_LIMIT]))

    async def is_own(self, actor: Actor, act_id: ActId) -> bool:
        """Whether somebody wrote an act."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await work.acts.get(act_id)
            await work.commit()
        return act is not None and act.author in here.accounts

    async def edit(self, actor: Actor, act_id: ActId) -> Reply:
        """The form with what an act says so far."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            linked = await self._walls.linked(work, here.space)
            await work.commit()
        return Reply(share_form(act, name=name_of(actor), linked=linked, away=act.space != here.space.id))

    async def write(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """A draft, as its author is going to see it on the wall; or a change of an act that is there already."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            linked = await self._walls.linked(work, here.space)
            known = await self._walls.own(work, here, ActId(subject)) if subject else None
            written = self._written(here, values, linked=linked)
            if known is not None:
                written = replace(written, picture=known.picture, alt=known.alt)
            if wrong := _wrong(written, here):
                away = known is not None and known.space != here.space.id
                form = share_form(written, name=name_of(actor), linked=linked, away=away)
                return Reply(Rejected(wrong, replace(form, subject=subject)))
            if known is None or known.standing is Standing.DRAFT:
                draft = known.changed(written, self._clock.now()) if known else written
                return Reply(await self._previewed(work, here, draft, linked=linked))
            act, card, alert = await self._changed(work, here, known, written)
        await self._put_up_now(act, alert)
        return Reply(card)

    async def illustrate(self, actor: Actor, act_id: ActId, alt: str, data: bytes | None) -> Reply | str:
        """Another picture on an act, or none where there are no words for one; without `data` the one that it has. What
        keeps it from the wall is said as a sentence instead. It counts as new words."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            known = await self._walls.own(work, here, act_id)
            linked = await self._walls.linked(work, here.space)
            mark = secrets.token_hex(MARK_BYTES) if data else known.picture
            written = replace(known, picture=mark if alt else "", alt=alt if mark else "")
            if said := _told(written, here):
                return said
            if not written.picture:
                await work.acts.unillustrate(known.id)
            elif data:
                await work.acts.illustrate(ActPicture(known.id, mark, data))
            if known.standing is Standing.DRAFT:
                draft = known.changed(written, self._clock.now())
                return Reply(await self._previewed(work, here, draft, linked=linked))
            act, card, alert = await self._changed(work, here, known, written)
        await self._put_up_now(act, alert)
        return Reply(card)

    async def _previewed(self, work: UnitOfWork, here: Standpoint, draft: Act, *, linked: bool) -> Card:
        """Keep a draft; how it is going to look. Commits."""
        await work.acts.save(draft)
        await work.acts.thin_drafts(here.accounts, DRAFTS)
        pages = await self._walls.pages(work, draft)
        chosen = here.wall.rule is Rule.CHOSEN
        card = preview_card(draft, linked=linked, pages=pages, pictures=self._pictures, chosen=chosen)
        card = await self._walls.pictured(work, card)
        await work.commit()
        return card

    async def _changed(
        self, work: UnitOfWork, here: Standpoint, known: Act, written: Act
    ) -> tuple[Act, Card, Alert | None]:
        """Change what is no draft any more; what became of it, how it looks, and what moderators are told. Commits."""
        act, alert = await self._change(work, here, known, written)
        card = await self._walls.pictured(work, own_card(act, None, pictures=self._pictures))
        await work.commit()
        return act, card, alert

    async def publish(self, actor: Actor, act_id: ActId) -> Reply:
        """Put a draft, or what was kept, on the wall. Asking twice does it once."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            if act.standing in {Standing.SHOWN, Standing.WAITING}:
                return Reply(_published(act), replace=True)
            if act.standing is not Standing.DRAFT and act.shown_as is ShownAs.ME:
                act = replace(act, shown_as=ShownAs.SOMEONE)
            if wrong := _wrong(act, here):
                raise Refusal("act.does_not_fit", " ".join(wrong.values()))
            await self._not_too_many(work, here, act)
            act, alert = await self._put_up(work, here, act)
            await work.commit()
        await self._put_up_now(act, alert)
        return Reply(_published(act), replace=True)

    async def take_down(self, actor: Actor, act_id: ActId) -> Reply:
        """Off the wall everywhere, kept for its author, and easily put back."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            if act.standing not in {Standing.DRAFT, Standing.PRIVATE} and (down := act.taken_down()) != act:
                await self._walls.keep(work, down, "act.taken_down")
            await work.commit()
        self._nudge()
        back = Choice("Put it back", Action("publish", act.id))
        lines = ("It is taken off everywhere, and kept for you only.",)
        return Reply(note("Off the wall", *lines, choices=(back,), emoji="🫙"), replace=True)

    async def ask_to_remove(self, actor: Actor, act_id: ActId) -> Reply:
        """Ask before it is gone."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            await work.commit()
        return Reply(removing_card(act), replace=True)

    async def remove(self, actor: Actor, act_id: ActId) -> Reply:
        """Gone for good, with its copies and what was felt about it. Asking twice gives the same answer."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await work.acts.get(act_id)
            if act is not None:
                await self._walls.erase(work, await self._walls.own(work, here, act_id))
            await work.commit()
        self._nudge()
        lines = ("It is gone for good, from the wall and from here.",)
        return Reply(note("Removed", *lines, choices=(SHARE,), emoji="🍃"), replace=True)

    async def discard(self, actor: Actor, act_id: ActId) -> Reply:
        """Throw a draft away."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await work.acts.get(act_id)
            if act is not None and act.author in here.accounts and act.standing is Standing.DRAFT:
                await work.acts.erase(act.id)
            await work.commit()
        return Reply(note("Thrown away", "Nothing of it was kept.", choices=(SHARE,), emoji="🍃"), replace=True)

    async def mine(self, actor: Actor, beyond: str) -> Reply:
        """One's own acts, one by one, newest first."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            found = await work.acts.of_author(here.accounts, 2, beyond)
            earlier = Action("mine", found[0].id) if len(found) > 1 else None
            card = note("Your kindnesses")
            if found:
                card = own_card(found[0], earlier, pictures=self._pictures)
            card = await self._walls.pictured(work, card)
            await work.commit()
        if not found:
            lines = ("Whatever you share or keep, you find it here.",) if not beyond else ("There is nothing earlier.",)
            return Reply(note("Your kindnesses", *lines, choices=(SHARE,), emoji="🌱"), replace=bool(beyond))
        return Reply(card, replace=bool(beyond))

    async def tidy(self) -> None:
        """Forget drafts that nobody put on the wall within a day, and who asked about what was dealt with by then."""
        async with self._storage.unit_of_work() as work:
            await work.acts.forget_drafts(self._clock.now() - FORGET_DRAFTS)
            await work.walls.forget_reports(self._clock.now() - FORGET_REPORTS)
            await work.commit()

    def _written(self, here: Standpoint, values: Mapping[str, str], *, linked: bool) -> Act:
        now = self._clock.now()
        shown_as = _one_of(ShownAs, values.get("shown_as", ""), ShownAs.SOMEONE)
        return Act(
            id=ActId(dated_id(now)),
            community=here.space.community,
            space=here.space.id,
            author=here.member,
            telling=_one_of(Telling, values.get("telling", ""), Telling.DID),
            text=tidied(values.get("text", "")),
            created_at=now,
            circle=_one_of(Circle, values.get("circle", ""), None),
            shown_as=shown_as,
            name=name_of(here.actor) if shown_as is ShownAs.NAME else "",
            audience=_one_of(Audience, values.get("audience", ""), Audience.HERE) if linked else Audience.HERE,
        )

    async def _change(self, work: UnitOfWork, here: Standpoint, known: Act, written: Act) -> tuple[Act, Alert | None]:
        """What is on the wall, or was, with its author's new words."""
        act = known.changed(written, self._clock.now())
        if known.on_wall or known.standing in {Standing.WAITING, Standing.RETURNED}:
            other = act.said != known.said or act.by not in {"", known.by}  # a name is read by everybody, too
            if other and not self._trusted(here, act) and here.wall.rule is Rule.REVIEW:
                act = replace(act, standing=Standing.RETURNED)
            return await self._put_up(work, here, act)
        act = await seen(work, act)
        await self._walls.keep(work, act, "act.changed")
        return act, None

    async def _not_too_many(self, work: UnitOfWork, here: Standpoint, act: Act) -> None:
        """So that one person does not fill a wall that belongs to all."""
        latest = [known for known in await work.acts.of_author(here.accounts, A_DAY + 1) if known.id != act.id]
        if len(latest) >= A_DAY and latest[A_DAY - 1].created_at > self._clock.now() - timedelta(days=1):
            raise Refusal("act.too_many", TOO_MANY)

    async def _put_up(self, work: UnitOfWork, here: Standpoint, act: Act) -> tuple[Act, Alert | None]:
        if act.shown_as is not ShownAs.ME:
            if await work.walls.blocked(act.community, here.member):
                raise Refusal("wall.blocked", BLOCKED)
            if not (here.actor.may_moderate or here.wall.open_to(here.actor.person.user, here.actor.roles)):
                raise Refusal("wall.chosen", CHOSEN)
        rule = Rule.OPEN if self._trusted(here, act) else here.wall.rule
        act = await seen(work, within_rules(act, here.wall))
        act = act.put_up(self._clock.now(), rule)
        waits = act.standing is Standing.WAITING
        alert = await self._heralding.something_waits(work, here.space, act) if waits else None
        await self._walls.keep(work, act, f"act.{act.standing.value}")
        return act, alert

    async def _put_up_now(self, act: Act, alert: Alert | None) -> None:
        """What follows when it is kept where an act stands, and what moderators are told of it."""
        self._nudge()
        await self._naming.ask(act.id)
        await self._heralding.tell(alert)

    def _trusted(self, here: Standpoint, act: Act) -> bool:
        """Moderators need not look at what they share with their name. Were it so without it, what comes on the wall
        past the queue would tell the others who wrote it."""
        return here.actor.may_moderate and bool(act.by)


def _told(act: Act, here: Standpoint) -> str:
    """What is wrong with what was written; empty when nothing is."""
    if not act.text:
        return "Please write a few words about what happened."
    if len(act.text) > ACT_LIMIT:
        return f"That is {len(act.text)} characters, and the wall holds {ACT_LIMIT}. Please make it a little shorter."
    return " ".join(problems(f"{act.text}\n{act.alt}", here.wall)) if act.shown_as is not ShownAs.ME else ""


def _wrong(act: Act, here: Standpoint) -> Mapping[str, str]:
    """What is wrong with what was written, and with the name that its author would be shown by: by field."""
    said, name = _told(act, here), name_problem(act.by, here.wall)
    return {
        **({"text": said} if said else {}),
        **({"shown_as": f"Your name cannot stand there as it is: {name}. {OTHERWISE}"} if name else {}),
    }


def _one_of(kind: type[Kind], value: str, otherwise: Default) -> Kind | Default:
    """What was chosen; `otherwise` for what no form of ours offers."""
    return kind(value) if value in {one.value for one in kind} else otherwise


def _published(act: Act) -> Card:
    match act.standing:
        case Standing.PRIVATE:
            lines = ("It is kept for you only. /kind me shows it.",)
            return note("Kept", *lines, choices=(Choice("Remove it", Action("remove", act.id)),), emoji="🫙")
        case Standing.WAITING:
            heading, line = "Thank you", "A moderator looks at it first, as at everything here. You will hear of it."
        case Standing.HIDDEN:
            heading, line = "Kept as it is", "A moderator has hidden it, so it is not on the wall."
        case _:
            heading, line = "It is on the wall", "Thank you for sharing it."
    take_back = Choice("Take it back", Action("down", act.id))
    body = (Quote(act.text), Text(line))
    footnote = "For ten minutes changes go unnoticed; after that people see that it was changed. /kind me shows it."
    return Card(heading, body, (take_back, Choice("Change it", Action("edit", act.id))), footnote=footnote, emoji="💛")

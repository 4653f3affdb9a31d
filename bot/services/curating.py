"""What moderators do with their community's prompts: look through them, write, change, retire, order, choose packs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.domain.changes import Change, State, mark_of
from bot.domain.community import Community
from bot.domain.forms import Rejected
from bot.domain.ids import PackId, PromptId, SpaceId
from bot.domain.message import Card, Reply
from bot.domain.own import OWN, OwnPrompt, own_id, own_id_of, prompt_state
from bot.domain.packs import Circle, Cost, Effort, Kind, Pack, Prompt, Setting
from bot.domain.places import Actor
from bot.domain.words import tidied
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.packs import PackReader
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.content import Contents
from bot.services.picking import page_number
from bot.services.prompt_cards import (
    BACK,
    PAGE,
    TEXT_LIMIT,
    more_card,
    order_form,
    overview,
    packs_form,
    page_card,
    parts,
    parts_card,
    pick_form,
    prompt_card,
    prompt_form,
    search_form,
)
from bot.services.prompt_lists import Wanted, chosen, listed, one_of, packs_of, read_wanted
from bot.services.setup import must_moderate
from bot.services.shelf import Shelf
from bot.services.shelf_settings import NEXT, PACKS, PROMPT, TWICE, is_own, next_state, packs_state, quoted
from bot.services.spaces import Spaces

QUEUE_LIMIT = 20
"""How many prompts may be in line for the next cards."""
OWN_ID = re.compile(r"own\.[0-9a-f-]{1,50}")
SUGGESTIONS_SHOWN = 99
T = TypeVar("T", Kind, Circle, Effort, Setting)


@dataclass(frozen=True, slots=True)
class Desk:
    """A community's prompts as a moderator has them before them."""

    community: Community
    shelf: Shelf
    packs: Sequence[Pack]
    space: SpaceId

    @property
    def titles(self) -> dict[PackId, str]:
        """What packs are called."""
        return {pack.id: pack.title for pack in self.packs}


class Curating:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        contents: Contents,
        reader: PackReader,
        clock: Clock,
        *,
        changing: Changing,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._contents = contents
        self._reader = reader
        self._clock = clock
        self._changing = changing

    async def desk(self, work: UnitOfWork, actor: Actor) -> Desk:
        """What there is. The caller commits."""
        must_moderate(actor)
        space = await self._spaces.of(work, actor.person)
        community = await work.communities.get(space.community)
        shelf = await self._contents.shelf(work, community.id)
        return Desk(community, shelf, packs_of(shelf, community), space.id)

    async def _held_desk(self, work: UnitOfWork, actor: Actor) -> Desk:
        """The same for whoever changes what is on it: nobody else does before the unit of work ends."""
        must_moderate(actor)
        await self._spaces.held(work, actor.person)
        return await self.desk(work, actor)

    async def overview(self, actor: Actor, *, pressed: bool = False) -> Reply:
        """The packs with how many prompts each has, and what can be done."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            waiting = len(await work.suggestions.page(desk.community.id, SUGGESTIONS_SHOWN, space=desk.space))
            await work.commit()
        card = overview(desk.shelf, desk.packs, listed(desk.shelf, desk.community), waiting)
        return Reply(card, replace=pressed)

    async def more(self, actor: Actor) -> Reply:
        """What comes next, files, and how suggestions are looked at."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(more_card(_queued(desk.shelf), twice=desk.shelf.own.twice), replace=True)

    async def search(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """The first page of what is looked for."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(self._page(desk, 0, read_wanted(values, desk.packs)))

    async def search_form(self, actor: Actor) -> Reply:
        """Ask what to look for."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(search_form(desk.packs, Wanted()))

    async def page(self, actor: Actor, page: str, wanted: str) -> Reply:
        """One page of what is looked for."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(self._page(desk, page_number(page), Wanted.decode(wanted)), replace=True)

    async def pick_form(self, actor: Actor, page: str, wanted: str) -> Reply:
        """Ask which prompt of a page."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        found = chosen(listed(desk.shelf, desk.community), Wanted.decode(wanted))
        shown = found[page_number(page) * PAGE :][:PAGE]
        if not shown:
            return Reply(self._page(desk, 0, Wanted.decode(wanted)), replace=True)
        return Reply(pick_form(shown))

    async def show(self, actor: Actor, prompt: str) -> Reply:
        """One prompt."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(prompt_card(one_of(desk.shelf, desk.community, PromptId(prompt)), desk.titles))

    async def new_form(self, actor: Actor) -> Reply:
        """An empty form. It brings the new prompt's id, so that sending it twice adds one."""
        must_moderate(actor)
        return Reply(prompt_form("prompt", "Write a prompt", None, own_id(self._clock.now())))

    async def edit_form(self, actor: Actor, prompt: str) -> Reply:
        """The form with what a prompt says, and the mark of what it is now."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        known = one_of(desk.shelf, desk.community, PromptId(prompt)).prompt
        return Reply(prompt_form("prompt", "Change a prompt", known, f"{known.id} {_mark(desk.shelf, known)}"))

    async def write(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """A new prompt, or one that is changed: one that comes with Kindling by an own one in its place."""
        id_, _, seen = subject.partition(" ")
        async with self._storage.unit_of_work() as work:
            desk = await self._held_desk(work, actor)
            known = desk.shelf.prompt(PromptId(id_))
            own = desk.shelf.own.prompt(PromptId(id_))
            if not seen and known and not _says(known, values):  # the form of a new one, sent again with another text
                id_, known, own = own_id(self._clock.now()), None, None
            if known is None and not OWN_ID.fullmatch(id_):
                id_ = own_id(self._clock.now())
            written = written_prompt(known or new_prompt(PromptId(id_)), values)
            title = "Change a prompt" if seen else "Write a prompt"
            changed = in_place(written, own)
            if said := self.objection(changed.prompt, desk.community):
                form = prompt_form("prompt", title, written, subject)
                return Reply(Rejected({"text": said}, form))
            change = await self._changing.change(
                work, actor, PROMPT, changed.prompt.id, prompt_state(changed), seen=seen or None
            )
            desk = await self.desk(work, actor)
            await work.commit()
        alike = await self._alike(changed, desk)
        entry = one_of(desk.shelf, desk.community, changed.prompt.id)
        return Reply(prompt_card(entry, desk.titles, change, alike or "Kept. It may come on any card from now on."))

    async def retire(self, actor: Actor, prompt: str, *, out: bool) -> Reply:
        """Out of use here, or back in use. Doing it twice does it once."""
        async with self._storage.unit_of_work() as work:
            desk = await self._held_desk(work, actor)
            known = one_of(desk.shelf, desk.community, PromptId(prompt)).prompt
            own = desk.shelf.own.prompt(known.id)
            state: State | None = {"id": known.id, "retired": True} if out else None
            if own is not None:
                state = prompt_state(replace(own, prompt=replace(known, retired=out)))
            change = await self._changing.change(work, actor, PROMPT, known.id, state)
            return await self._shown(work, actor, known.id, change)

    async def drop(self, actor: Actor, prompt: str) -> Reply:
        """Take an own prompt away: the one whose place it took is used again."""
        async with self._storage.unit_of_work() as work:
            desk = await self._held_desk(work, actor)
            entry = one_of(desk.shelf, desk.community, PromptId(prompt))
            if entry.instead_of is None:
                return Reply(prompt_card(entry, desk.titles), replace=True)
            change = await self._changing.change(work, actor, PROMPT, entry.prompt.id, None)
            return await self._shown(work, actor, entry.instead_of, change)

    async def queue(self, actor: Actor, prompt: str, *, coming: bool) -> Reply:
        """In line for the next cards, or out of the line again."""
        async with self._storage.unit_of_work() as work:
            desk = await self._held_desk(work, actor)
            entry = one_of(desk.shelf, desk.community, PromptId(prompt))
            rest = [one for one in desk.shelf.own.queued if one != entry.prompt.id]
            if coming and len(rest) >= QUEUE_LIMIT:
                line = f"There are {QUEUE_LIMIT} in line already. The next cards make room."
                return Reply(note("The line is long enough", line, choices=(BACK,), emoji="⏩"), replace=True)
            after = [*rest, entry.prompt.id] if coming else rest
            change = None
            if coming != entry.queued:
                change = await self._changing.change(work, actor, NEXT, "", next_state(after))
            return await self._shown(work, actor, entry.prompt.id, change)

    async def order_form(self, actor: Actor) -> Reply:
        """Ask in which order the next ones come."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        queued = _queued(desk.shelf)
        if not queued:
            return Reply(more_card(queued, twice=desk.shelf.own.twice), replace=True)
        return Reply(order_form(queued, mark_of(next_state(desk.shelf.own.queued))))

    async def order(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """The next ones, in the order of these numbers and without the others."""
        async with self._storage.unit_of_work() as work:
            desk = await self._held_desk(work, actor)
            queued = _queued(desk.shelf)
            numbers = values.get("order", "").replace(",", " ").split()
            if not all(one.isdecimal() and 1 <= int(one[:4]) <= len(queued) for one in numbers):
                said = f"Please give numbers from 1 to {len(queued)}, such as “2 1”."
                return Reply(Rejected({"order": said}, order_form(queued, seen)))
            ids = list(dict.fromkeys(queued[int(one) - 1].id for one in numbers))
            await self._changing.change(work, actor, NEXT, "", next_state(ids), seen=seen)
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(more_card(_queued(desk.shelf), twice=desk.shelf.own.twice))

    async def packs_form(self, actor: Actor, part: str = "") -> Reply:
        """Ask which packs are on; of more than a form can ask about, first which part of them is meant."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        every, number = parts(desk.packs), page_number(part)
        if number >= len(every) or (not part and len(every) > 1):
            return Reply(parts_card(desk.packs, 0))
        off = desk.shelf.own.packs_off
        return Reply(packs_form(every[number], off, f"{mark_of(packs_state(off))}/{number}"))

    async def packs_page(self, actor: Actor, page: str) -> Reply:
        """The next parts of very many packs."""
        async with self._storage.unit_of_work() as work:
            desk = await self.desk(work, actor)
            await work.commit()
        return Reply(parts_card(desk.packs, page_number(page)), replace=True)

    async def choose_packs(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """These packs are on, and the others that were asked about are off."""
        seen, _, part = subject.partition("/")
        on = {one.strip() for name, said in values.items() if name.startswith("packs") for one in said.split(",")}
        async with self._storage.unit_of_work() as work:
            desk = await self._held_desk(work, actor)
            asked = {pack.id for some in parts(desk.packs)[page_number(part) :][:1] for pack in some}
            off = (desk.shelf.own.packs_off - asked) | {pack for pack in asked if pack not in on}
            change = await self._changing.change(work, actor, PACKS, "", packs_state(frozenset(off)), seen=seen)
            await work.commit()
        return await self._done(actor, change)

    async def look_twice(self, actor: Actor, *, twice: bool) -> Reply:
        """Whether a second moderator looks at what members suggest."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            await self._changing.change(work, actor, TWICE, "", {"twice": twice})
            await work.commit()
        return await self.more(actor)

    def objection(self, prompt: Prompt, community: Community) -> str:
        """What keeps a prompt from being used, or nothing."""
        if not prompt.text:
            return "A few words are needed here."
        if len(prompt.text) > TEXT_LIMIT:
            return f"That is {len(prompt.text)} characters, and {TEXT_LIMIT} fit on a card."
        return " ".join(dict.fromkeys(self._reader.objections(prompt, community.language)))

    async def _shown(self, work: UnitOfWork, actor: Actor, prompt: PromptId, change: Change | None) -> Reply:
        """The prompt as it is after a change, with its undo. Commits."""
        desk = await self.desk(work, actor)
        await work.commit()
        return Reply(prompt_card(one_of(desk.shelf, desk.community, prompt), desk.titles, change), replace=True)

    async def _done(self, actor: Actor, change: Change | None) -> Reply:
        if change is None:
            return await self.overview(actor)
        line = f"Done: {self._changing.words(change)}. It counts from the next card on."
        return Reply(note("Prompts", line, choices=(undoing(change), BACK), emoji="📦"))

    async def _alike(self, changed: OwnPrompt, desk: Desk) -> str:
        left = {changed.prompt.id, changed.instead_of}
        others = [entry.prompt for entry in listed(desk.shelf, desk.community) if entry.prompt.id not in left]
        found = (await self._reader.alike([changed.prompt], others)).get(changed.prompt.id)
        return f"Kept. There is one much like it: {quoted(found.text)}." if found else ""

    @staticmethod
    def _page(desk: Desk, page: int, wanted: Wanted) -> Card:
        return page_card(chosen(listed(desk.shelf, desk.community), wanted), page, wanted, desk.titles)


def new_prompt(id_: PromptId) -> Prompt:
    """An own prompt that says nothing yet."""
    return Prompt(id_, OWN, Kind.ACT, "", Circle.CLOSE, Effort.TINY, Setting.ANY, Cost.NONE)


def written_prompt(known: Prompt, values: Mapping[str, str]) -> Prompt:
    """A prompt as a form has it."""
    return replace(
        known,
        text=" ".join(tidied(values.get("text", known.text)).split()),
        kind=_one_of(known.kind, values.get("kind")),
        circle=_one_of(known.circle, values.get("circle")),
        effort=_one_of(known.effort, values.get("effort")),
        setting=_one_of(known.setting, values.get("setting")),
    )


def in_place(written: Prompt, own: OwnPrompt | None) -> OwnPrompt:
    """The own prompt that a written one is kept as."""
    if own is not None:
        return replace(own, prompt=written, gone=False)
    if is_own(written.id):
        return OwnPrompt(written)
    return OwnPrompt(replace(written, id=own_id_of(written.id), pack=OWN), written.id)


def _one_of(known: T, said: str | None) -> T:
    return next((one for one in type(known) if one.value == said), known)


def _says(known: Prompt, values: Mapping[str, str]) -> bool:
    return written_prompt(known, values) == known


def _mark(shelf: Shelf, known: Prompt) -> str:
    """The mark of the setting that a change of this prompt would change."""
    own = shelf.own.prompt(known.id)
    return mark_of(prompt_state(own) if own else None)


def _queued(shelf: Shelf) -> Sequence[Prompt]:
    return [prompt for prompt in map(shelf.prompt, shelf.own.queued) if prompt and shelf.offers(prompt)]

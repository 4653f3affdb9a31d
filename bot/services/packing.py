"""Packs as files: what a community brings in, looked at before it counts, and its own prompts to take along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from bot.domain.changes import State, mark_of
from bot.domain.errors import PackFault, Refusal
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import PromptId, dated_id
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.domain.own import OWN, OwnPrompt, own_id_of, prompt_state
from bot.domain.packs import Prompt, ReadPack
from bot.domain.places import Actor
from bot.domain.uploads import Attached, Unfit, Upload, taken
from bot.ports import Clock, Storage
from bot.ports.packs import PackReader
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.curating import Curating, Desk
from bot.services.politeness import OneAtATime
from bot.services.prompt_cards import BACK
from bot.services.prompt_lists import listed
from bot.services.setup import must_moderate
from bot.services.shelf_settings import PROMPTS, all_prompts, quoted

FILE_LIMIT = 256 * 1024
PROMPTS_LIMIT = 500
PASTED_LIMIT = 3_000
FAULTS_SHOWN = 12
ALIKE_SHOWN = 5
WAITS = timedelta(days=1)
FILE_NAME = f"{OWN}.toml"
FILE = Field(
    "file",
    "A pack as a file",
    FieldKind.FILE,
    required=False,
    hint="It ends in .toml and has up to 256 KB",
    endings=(".toml",),
    most=FILE_LIMIT,
)
HAND_IN = Form(
    "prompts_import",
    "Bring in prompts",
    (
        FILE,
        Field(
            "pasted",
            "Or a small one, pasted",
            FieldKind.PARAGRAPH,
            required=False,
            hint="TOML, up to 3,000 characters",
            limit=PASTED_LIMIT,
        ),
    ),
    submit="Look at it",
    intro="Nothing changes yet: you see first what it would bring.",
)


@dataclass(frozen=True, slots=True)
class Bringing:
    """What a file would change: its prompts as own ones, by what becomes of them."""

    new: Sequence[OwnPrompt]
    changed: Sequence[OwnPrompt]
    same: int


class Packing:
    """Each call checks the actor's right again. A file is data: what does not fit is told by line."""

    def __init__(
        self, storage: Storage, curating: Curating, reader: PackReader, clock: Clock, *, changing: Changing
    ) -> None:
        self._storage = storage
        self._curating = curating
        self._reader = reader
        self._clock = clock
        self._changing = changing
        self._turns = OneAtATime()

    async def form(self, actor: Actor) -> Reply:
        """Ask for a pack."""
        await self._desk(actor)
        return Reply(HAND_IN)

    async def hand_in(self, actor: Actor, data: bytes) -> Reply:
        """What a pack would bring, to be looked at. Nothing counts yet."""
        desk = await self._desk(actor)
        if len(data) > FILE_LIMIT:
            return _refused(f"A pack has at most {FILE_LIMIT // 1024} KB, and this one has {len(data) // 1024}.")
        read = await self._reader.read(data)
        if read.faults:
            return Reply(_faults_card(read.faults))
        if not read.prompts:
            return _refused("There is no [[prompt]] in it.")
        if len(read.prompts) > PROMPTS_LIMIT:
            return _refused(f"A pack has at most {PROMPTS_LIMIT} prompts, and this one has {len(read.prompts)}.")
        bringing = _bringing(desk, read.prompts)
        if not bringing.new and not bringing.changed:
            return Reply(
                note("It is all here already", "Nothing in it is new or different.", choices=(BACK,), emoji="📥")
            )
        return await self._looked_at(desk, bringing, read)

    async def submitted(self, actor: Actor, values: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        """A pack that was handed over as a file, or else pasted."""
        must_moderate(actor)
        pasted = values.get("pasted", "").strip()
        try:
            file = taken(FILE, files.get(FILE.name))
        except Unfit as error:
            return Reply(Rejected({FILE.name: str(error)}, HAND_IN))
        if file is None and not pasted:
            return Reply(Rejected({FILE.name: "Please choose a file, or paste a pack below."}, HAND_IN))
        try:
            with self._turns.turn(actor.person):
                return await self.hand_in(actor, file.data if file else pasted.encode())
        except Unfit as error:
            return Reply(Rejected({FILE.name: str(error)}, HAND_IN))

    async def bring_in(self, actor: Actor, import_: str, seen: str) -> Reply:
        """What was looked at counts from now on. Pressing twice does it once."""
        async with self._storage.unit_of_work() as work:
            desk = await self._curating.desk(work, actor)
            state = await work.shelves.get_import(import_, desk.community.id)
            if state is None:
                raise Refusal(
                    "prompts.no_import",
                    "That is in already, or it waited for more than a day. /kindling prompts import takes it again.",
                )
            brought = cast("Mapping[str, State]", state["prompts"])
            whole = {**all_prompts(desk.shelf.own), **brought}
            change = await self._changing.change(work, actor, PROMPTS, "", whole, seen=seen)
            await work.shelves.forget_imports(self._clock.now() - WAITS, import_)
            await work.commit()
        line = f"Done: {self._changing.words(change)}." if change else "All of it was here already."
        choices = (undoing(change), BACK) if change else (BACK,)
        return Reply(note("Brought in", line, choices=choices, emoji="📥"), replace=True)

    async def export(self, actor: Actor) -> Reply:
        """The community's own prompts, as a file that can be brought in."""
        desk = await self._desk(actor)
        own = [one.prompt for one in desk.shelf.own.prompts if not one.gone]
        if not own:
            lines = ("This community has no prompts of its own yet.",)
            return Reply(note("Nothing to take along", *lines, choices=(BACK,), emoji="📤"))
        written = self._reader.write(own, desk.community.language)
        count = f"{len(own)} {'prompt' if len(own) == 1 else 'prompts'} of your own"
        lines = (f"{count}. The file can be brought in again, here or in another community.",)
        file = Attached(FILE_NAME, written.encode(), "Your own prompts, as a pack")
        return Reply(note("Your own prompts", *lines, choices=(BACK,), emoji="📤"), files=(file,))

    async def tidy(self) -> None:
        """Forget what was handed in and not brought in within a day."""
        async with self._storage.unit_of_work() as work:
            await work.shelves.forget_imports(self._clock.now() - WAITS)
            await work.commit()

    async def _desk(self, actor: Actor) -> Desk:
        async with self._storage.unit_of_work() as work:
            desk = await self._curating.desk(work, actor)
            await work.commit()
        return desk

    async def _looked_at(self, desk: Desk, bringing: Bringing, read: ReadPack) -> Reply:
        """Keep it until it is brought in, and show what it would change."""
        import_ = dated_id(self._clock.now())
        coming = [*bringing.new, *bringing.changed]
        async with self._storage.unit_of_work() as work:
            state: State = {"prompts": {one.prompt.id: prompt_state(one) for one in coming}}
            await work.shelves.put_import(import_, desk.community.id, self._clock.now(), state)
            await work.commit()
        left = {one.prompt.id for one in coming} | {one.instead_of for one in coming}
        known = [entry.prompt for entry in listed(desk.shelf, desk.community) if entry.prompt.id not in left]
        alike = await self._reader.alike([one.prompt for one in bringing.new], known)
        seen = mark_of(all_prompts(desk.shelf.own))
        return Reply(_bringing_card(bringing, alike, read.left_out, Action("import", import_, seen)))


def _bringing(desk: Desk, prompts: Sequence[Prompt]) -> Bringing:
    own = desk.shelf.own
    new: list[OwnPrompt] = []
    changed: list[OwnPrompt] = []
    for prompt in prompts:
        kept = replace(prompt, id=own_id_of(prompt.id), pack=OWN)
        known = own.prompt(kept.id)
        shared = desk.shelf.shared_prompt(prompt.id) or desk.shelf.shared_prompt(kept.id.removeprefix(f"{OWN}."))
        instead_of = shared.id if shared else None
        if known is not None and not known.gone:
            if known.prompt != kept:
                changed.append(replace(known, prompt=kept))
        elif shared is None or replace(kept, id=shared.id, pack=shared.pack) != shared:
            new.append(OwnPrompt(kept, instead_of))
    return Bringing(new, changed, len(prompts) - len(new) - len(changed))


def _bringing_card(bringing: Bringing, alike: Mapping[PromptId, Prompt], left_out: int, action: Action) -> Card:
    counts = (
        (len(bringing.new), "New"),
        (len(bringing.changed), "Changed"),
        (bringing.same, "As they are here already"),
        (left_out, "Left out (only prompts are taken)"),
    )
    body: list[Part] = [Items(tuple(Item(str(count), label=label) for count, label in counts if count))]
    if alike:
        by_id = {one.prompt.id: one.prompt for one in bringing.new}
        pairs = [
            f"{quoted(by_id[id_].text)} is much like {quoted(known.text)}"
            for id_, known in alike.items()
            if id_ in by_id
        ]
        more = [Item(f"and {len(pairs) - ALIKE_SHOWN} more")] if len(pairs) > ALIKE_SHOWN else []
        body.append(Items((*map(Item, pairs[:ALIKE_SHOWN]), *more), title="Some are much like others here:"))
    else:
        first = [Item(one.prompt.text) for one in [*bringing.new, *bringing.changed][:ALIKE_SHOWN]]
        body.append(Items(tuple(first), title="Among them:"))
    body.append(Text("Nothing has changed so far."))
    choices = (Choice("Bring them in", action, Style.PRIMARY, "📥"), BACK)
    return Card("What this pack would bring", tuple(body), choices, emoji="📦")


def _faults_card(faults: Sequence[PackFault]) -> Card:
    items = [Item(fault.sentence, label=f"Line {fault.line}") for fault in faults[:FAULTS_SHOWN]]
    if len(faults) > FAULTS_SHOWN:
        items.append(Item(f"and {len(faults) - FAULTS_SHOWN} more"))
    body = (Text("Some lines do not fit yet. Nothing was changed."), Items(tuple(items)))
    choices = (Choice("Try again", Action("open", "prompts_import"), Style.PRIMARY, "📥"), BACK)
    return Card("Nearly there", body, choices, emoji="📦")


def _refused(line: str) -> Reply:
    choices = (Choice("Try again", Action("open", "prompts_import"), emoji="📥"), BACK)
    return Reply(note("That does not fit", line, "Nothing was changed.", choices=choices, emoji="📦"))

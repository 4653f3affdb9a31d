"""What moderators change on their community's shelf, as settings: prompts, packs, what comes next, second looks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from bot.domain.changes import State
from bot.domain.choice import fits
from bot.domain.community import Community
from bot.domain.errors import Refusal
from bot.domain.ids import CommunityId, PackId, PromptId
from bot.domain.own import NOTHING_OWN, OWN, Own, OwnPrompt, prompt_of, prompt_state
from bot.domain.packs import Circle, Kind
from bot.ports import Library, UnitOfWork
from bot.services.changing import Changeable
from bot.services.shelf import Shelf

PROMPT = "prompt"
PROMPTS = "prompts"
PACKS = "packs"
NEXT = "prompts.next"
TWICE = "prompts.twice"
OWN_LIMIT = 500
"""How many prompts a community may have of its own."""
SHOWN = 60
KIND_WORDS = {Kind.INTENTION: "morning question", Kind.ACT: "act", Kind.REFLECTION: "evening question"}


async def own_of(work: UnitOfWork, community: CommunityId) -> Own:
    """What a community has of its own."""
    return (await work.shelves.of([community])).get(community, NOTHING_OWN)


def is_own(prompt: str) -> bool:
    """Whether an id is one of a community's own prompts."""
    return prompt.startswith(f"{OWN}.")


class _OnShelf:
    def __init__(self, library: Library) -> None:
        self._library = library

    async def _may_be(self, work: UnitOfWork, community: CommunityId, before: Own, after: Own) -> None:
        """Refuse what would leave cards without a question or an act, or keep too much."""
        there = await work.communities.get(community)
        had, has = (_offered(Shelf(self._library, own), there) for own in (before, after))
        for kind, circle in had:
            if (kind, circle) not in has:
                whom = f" for {circle.words}" if circle else ""
                raise Refusal(
                    "prompts.last_one",
                    f"That would leave no {KIND_WORDS[kind]}{whom} here, and cards need one. Please add another first, "
                    "or turn on a pack that has some.",
                )
        if len(_there(after)) > max(OWN_LIMIT, len(_there(before))):
            raise Refusal(
                "prompts.too_many", f"A community can have {OWN_LIMIT} prompts of its own, and this would be more."
            )


class PromptSetting(_OnShelf):
    """One prompt: an own one as it is, or that a shared one is not used here. The subject is its id."""

    kind = PROMPT

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """An own prompt; of a shared one that it is retired, or None."""
        own = await own_of(work, community)
        if is_own(subject):
            known = own.prompt(PromptId(subject))
            return prompt_state(known) if known and not known.gone else None
        return {"id": subject, "retired": True} if subject in own.retired else None

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Have it so. An own prompt that is taken back stays for the cards that were posted with it."""
        before, prompt = await own_of(work, community), PromptId(subject)
        if not is_own(subject):
            after = replace(before, retired=before.retired | {prompt} if state else before.retired - {prompt})
            await self._may_be(work, community, before, after)
            await work.shelves.save_choices(community, after)
            return
        known = before.prompt(prompt)
        changed = prompt_of(state) if state else replace(known, gone=True) if known else None
        if changed is not None:
            await self._may_be(work, community, before, before.with_prompt(changed))
            await work.shelves.save_prompts(community, [changed])

    def told(self, before: State | None, after: State | None) -> str:
        """What became of which prompt."""
        text = self._text(after or before or {})
        if after and "text" not in after:
            return f"retired {text}"
        if after is None:
            return f"took {text} away again" if before and "text" in before else f"brought back {text}"
        if before is None:
            return f"added {text}"
        if bool(before.get("retired")) != bool(after.get("retired")):
            return f"{'retired' if after.get('retired') else 'brought back'} {text}"
        return f"changed a prompt to {text}"

    def _text(self, state: State) -> str:
        shared = self._library.prompt(PromptId(str(state.get("id"))))
        text = str(state.get("text") or (shared.text if shared else ""))
        return quoted(text) if text else "a prompt that is in no pack any more"


class OwnPrompts(_OnShelf):
    """All own prompts of a community at once, by id: what a pack that is brought in changes."""

    kind = PROMPTS

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- there is one shelf
        """Each own prompt that was not taken back."""
        return all_prompts(await own_of(work, community))

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- there is one shelf
        """Have exactly these."""
        before = await own_of(work, community)
        wanted = {id_: prompt_of(cast("State", one)) for id_, one in (state or {}).items()}
        changed = [one for id_, one in wanted.items() if before.prompt(PromptId(id_)) != one]
        changed += [replace(one, gone=True) for one in _there(before) if one.prompt.id not in wanted]
        after = before
        for one in changed:
            after = after.with_prompt(one)
        await self._may_be(work, community, before, after)
        await work.shelves.save_prompts(community, changed)

    def told(self, before: State | None, after: State | None) -> str:
        """How many are new, changed or gone."""
        old, new = before or {}, after or {}
        added, gone = len(new.keys() - old.keys()), len(old.keys() - new.keys())
        changed = sum(old[id_] != new[id_] for id_ in old.keys() & new.keys())
        parts = [(added, "added"), (changed, "changed"), (gone, "taken away")]
        said = ", ".join(f"{count} {word}" for count, word in parts if count)
        return f"a pack was brought in: {said or 'nothing new'}"


class PacksSetting(_OnShelf):
    """Which packs are off."""

    kind = PACKS

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- one choice
        """The packs that are off."""
        return packs_state((await own_of(work, community)).packs_off)

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- one choice
        """Have these off, and all others on."""
        before = await own_of(work, community)
        after = replace(before, packs_off=frozenset(map(PackId, texts(state, "off"))))
        await self._may_be(work, community, before, after)
        await work.shelves.save_choices(community, after)

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- it is the same, whatever was before
        """Which are off."""
        off = [
            pack.title if (pack := self._library.pack(PackId(id_))) else "one that is gone"
            for id_ in texts(after, "off")
        ]
        return f"packs that are off: {', '.join(off)}" if off else "all packs are on"


class NextPrompts:
    """Which prompts the next cards take first."""

    kind = NEXT

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- one queue
        """Their ids, in order."""
        return next_state((await own_of(work, community)).queued)

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- one queue
        """Have these come next."""
        await work.shelves.queue(community, [PromptId(one) for one in texts(state, "next")])

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- it is the same, whatever was before
        """How many there are."""
        count = len(texts(after, "next"))
        return f"{count} {'prompt' if count == 1 else 'prompts'} in line for the next cards"


class SecondLook:
    """Whether two moderators look at what members suggest."""

    kind = TWICE

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- one choice
        """Whether they do."""
        return {"twice": (await own_of(work, community)).twice}

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- one choice
        """Have it so."""
        before = await own_of(work, community)
        await work.shelves.save_choices(community, replace(before, twice=bool(state and state["twice"])))

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- it is the same, whatever was before
        """How many look."""
        return f"{'two moderators look' if after and after['twice'] else 'one moderator looks'} at suggestions"


def shelf_settings(library: Library) -> Sequence[Changeable]:
    """All that moderators change on a shelf."""
    return (PromptSetting(library), OwnPrompts(library), PacksSetting(library), NextPrompts(), SecondLook())


def all_prompts(own: Own) -> Mapping[str, State]:
    """Each own prompt that was not taken back, as a setting."""
    return {one.prompt.id: prompt_state(one) for one in _there(own)}


def packs_state(off: frozenset[PackId]) -> State:
    """Packs that are off, as a setting."""
    return {"off": sorted(off)}


def next_state(queued: Sequence[PromptId]) -> State:
    """What comes next, as a setting."""
    return {"next": list(queued)}


def texts(state: State | None, name: str) -> Sequence[str]:
    """A list of texts in a setting."""
    return cast("Sequence[str]", state[name]) if state else ()


def quoted(text: str) -> str:
    """A prompt's beginning, in quotes."""
    return f"“{text if len(text) <= SHOWN else text[:SHOWN].rstrip() + '…'}”"


def _there(own: Own) -> Sequence[OwnPrompt]:
    return [one for one in own.prompts if not one.gone]


def _offered(shelf: Shelf, community: Community) -> Sequence[tuple[Kind, Circle | None]]:
    """Of which kinds, and of which circles of acts, there is something for this community."""
    found: dict[tuple[Kind, Circle | None], None] = {}
    for kind in Kind:
        for prompt in shelf.prompts(community.language, kind):
            if fits(prompt, community.tone):
                found[kind, prompt.circle if kind is Kind.ACT else None] = None
    return list(found)

"""What a community has of its own, laid over the library that all share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.domain.challenges import Plan, Theme
from bot.domain.ids import CommunityId, PackId, PlanId, PromptId, ThemeId
from bot.domain.own import NOTHING_OWN, Own, OwnPrompt
from bot.domain.packs import Kind, Pack, Prompt, Source
from bot.ports import Library


class Shelf:
    """`bot.ports.Library` as one community sees it."""

    def __init__(self, library: Library, own: Own = NOTHING_OWN) -> None:
        self._library = library
        self.own = own
        self._prompts = {one.prompt.id: one.prompt for one in own.prompts}
        self._themes = {theme.id: theme for theme in own.themes}
        self._plans = {str(plan.id): plan for plan in own.plans}
        self._unused = own.retired | own.replaced

    def prompts(self, language: str, kind: Kind) -> Sequence[Prompt]:
        """Those of the packs that are on, without what is retired or replaced here, and then the own ones.

        Own prompts are in whatever language the community writes.
        """
        shared = [prompt for prompt in self._library.prompts(language, kind) if self.uses(prompt)]
        return [*shared, *(one.prompt for one in self.own.prompts if one.prompt.kind is kind and not is_out(one))]

    def shared(self, language: str, kind: Kind) -> Sequence[Prompt]:
        """Those of the library, whatever this community does without."""
        return self._library.prompts(language, kind)

    def shared_prompt(self, prompt: str) -> Prompt | None:
        """The prompt of the library of this id, whatever stands in its place here."""
        return self._library.prompt(PromptId(prompt))

    def uses(self, prompt: Prompt) -> bool:
        """Whether a prompt of the library is used here."""
        return prompt.pack not in self.own.packs_off and prompt.id not in self._unused

    @property
    def bare(self) -> bool:
        """Whether the community chooses from what all share, as it is."""
        return not (self._prompts or self._unused or self.own.packs_off)

    def queued(self, kind: Kind) -> Sequence[Prompt]:
        """What the next cards take first, of those that are in use."""
        return [
            prompt
            for prompt in map(self.prompt, self.own.queued)
            if prompt and prompt.kind is kind and self.offers(prompt)
        ]

    def first(self, kind: Kind) -> Prompt | None:
        """The one that the next card takes."""
        return next(iter(self.queued(kind)), None)

    def offers(self, prompt: Prompt) -> bool:
        """Whether a prompt, shared or own, is in use here."""
        own = self.own.prompt(prompt.id)
        return not is_out(own) if own else self.uses(prompt) and not prompt.retired

    def without(self, taken: Collection[PromptId]) -> "Shelf":
        """The same with these queued no longer."""
        rest = tuple(prompt for prompt in self.own.queued if prompt not in taken)
        return Shelf(self._library, replace(self.own, queued=rest))

    def prompt(self, prompt: PromptId) -> Prompt | None:
        """The prompt of this id, whatever became of it."""
        return self._prompts.get(prompt) or self._library.prompt(prompt)

    def theme(self, theme: ThemeId) -> Theme | None:
        """The theme of this id."""
        return self._themes.get(theme) or self._library.theme(theme)

    def pack(self, pack: PackId) -> Pack | None:
        """What the pack of this id says about itself."""
        return self._library.pack(pack)

    def source(self, source: str) -> Source | None:
        """The source of this id."""
        return self._library.source(source)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the library has prompts in."""
        return self._library.languages

    def plan(self, plan: str) -> Plan:
        """The plan of this id; the built-in plan when it is unknown."""
        return self._plans.get(plan) or self._library.plan(plan)

    @property
    def plans(self) -> Mapping[PlanId, Plan]:
        """All plans by id, the library's first."""
        return {**self._library.plans, **{plan.id: plan for plan in self.own.plans}}

    @property
    def themes(self) -> Mapping[ThemeId, Theme]:
        """All themes by id, the library's first."""
        return {**self._library.themes, **self._themes}


def is_out(own: OwnPrompt) -> bool:
    """Whether an own prompt is in use no longer."""
    return own.gone or own.prompt.retired


class Laid:
    """The library as each of several communities sees it."""

    def __init__(self, library: Library, owns: Mapping[CommunityId, Own]) -> None:
        self._bare = Shelf(library)
        self._shelves = {community: Shelf(library, own) for community, own in owns.items()}
        self.taken: dict[CommunityId, set[PromptId]] = {}
        """What was queued and has been chosen."""

    def of(self, community: CommunityId) -> Shelf:
        """A community's shelf."""
        return self._shelves.get(community, self._bare)

    def take(self, community: CommunityId, chosen: Collection[PromptId]) -> None:
        """What was chosen is queued no longer."""
        shelf = self.of(community)
        if used := {prompt for prompt in shelf.own.queued if prompt in chosen}:
            self.taken.setdefault(community, set()).update(used)
            self._shelves[community] = shelf.without(used)

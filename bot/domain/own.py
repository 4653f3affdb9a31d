"""What a community has of its own, beside the library that all share: prompts, choices about packs, themes, plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Self, cast

from bot.domain.challenges import Plan, Theme, Week
from bot.domain.changes import State
from bot.domain.ids import BORN, PackId, PlanId, PromptId, ThemeId, dated_id
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, PromptUse, Setting, Strength

OWN = PackId("own")
"""The pack that a community's own prompts count as."""


@dataclass(frozen=True, slots=True)
class OwnPrompt:
    """A prompt that a community wrote or imported.

    `instead_of` is the built-in prompt whose place it takes. One that is `gone` was taken back: nobody is shown it
    any more, and it stays because cards that were posted with it are written out again.
    """

    prompt: Prompt
    instead_of: PromptId | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """All that one community has of its own. `retired` are built-in prompts that it does not use.

    `queued` are the prompts that the next cards take first. With `twice` a member's suggestion needs two moderators.
    """

    prompts: tuple[OwnPrompt, ...] = ()
    retired: frozenset[PromptId] = frozenset()
    packs_off: frozenset[PackId] = frozenset()
    queued: tuple[PromptId, ...] = ()
    themes: tuple[Theme, ...] = ()
    plans: tuple[Plan, ...] = ()
    twice: bool = False

    @property
    def replaced(self) -> frozenset[PromptId]:
        """The built-in prompts that an own one stands in for."""
        return frozenset(own.instead_of for own in self.prompts if own.instead_of and not own.gone)

    def prompt(self, prompt: PromptId) -> OwnPrompt | None:
        """The own prompt of this id, whatever became of it."""
        return next((own for own in self.prompts if own.prompt.id == prompt), None)

    def with_prompt(self, changed: OwnPrompt) -> Self:
        """The same with a prompt added, or changed."""
        others = tuple(own for own in self.prompts if own.prompt.id != changed.prompt.id)
        return replace(self, prompts=(*others, changed))

    def uses(self, uses: Mapping[PromptId, PromptUse]) -> Mapping[PromptId, PromptUse]:
        """What was used, where an own prompt that was never used counts as often as the one whose place it took."""
        inherited = {
            own.prompt.id: uses[own.instead_of]
            for own in self.prompts
            if own.instead_of and own.instead_of in uses and own.prompt.id not in uses
        }
        return {**uses, **inherited} if inherited else uses


NOTHING_OWN = Own()
ID_LIMIT = 60
"""How long the id of a prompt may be."""


def own_id(at: datetime) -> PromptId:
    """A fresh id of an own prompt, which sorts after those of earlier instants."""
    dated = dated_id(at)
    return PromptId(f"{OWN}.{dated[:BORN]}-{dated[BORN : BORN + 8]}")


def own_id_of(prompt: str) -> PromptId:
    """The id under which a prompt of another pack, or of a file, is kept as an own one: always the same."""
    if prompt.startswith(f"{OWN}."):
        return PromptId(prompt)
    named = f"{OWN}.{prompt}"
    return PromptId(
        named if len(named) <= ID_LIMIT else f"{OWN}.{blake2b(prompt.encode(), digest_size=16).hexdigest()}"
    )


def prompt_state(own: OwnPrompt) -> State:
    """An own prompt as plain JSON. What is as usual is left out."""
    prompt = own.prompt
    state: dict[str, object] = {
        "id": prompt.id,
        "kind": prompt.kind.value,
        "text": prompt.text,
        "circle": prompt.circle.value,
        "effort": prompt.effort.value,
        "setting": prompt.setting.value,
        "cost": prompt.cost.value,
    }
    more = {
        "strength": prompt.strength.value if prompt.strength else "",
        "why": prompt.why,
        "sources": list(prompt.sources),
        "retired": prompt.retired,
        "instead_of": own.instead_of or "",
        "gone": own.gone,
    }
    return state | {name: value for name, value in more.items() if value}


def prompt_of(state: State) -> OwnPrompt:
    """The own prompt in a state that `prompt_state` made."""
    prompt = Prompt(
        id=PromptId(_text(state, "id")),
        pack=OWN,
        kind=Kind(_text(state, "kind")),
        text=_text(state, "text"),
        circle=Circle(_text(state, "circle")),
        effort=Effort(_text(state, "effort")),
        setting=Setting(_text(state, "setting")),
        cost=Cost(_text(state, "cost")),
        strength=Strength(strength) if (strength := _text(state, "strength")) else None,
        why=_text(state, "why"),
        sources=_texts(state, "sources"),
        retired=bool(state.get("retired")),
    )
    return OwnPrompt(
        prompt, PromptId(instead) if (instead := _text(state, "instead_of")) else None, bool(state.get("gone"))
    )


def theme_state(theme: Theme) -> State:
    """A theme as plain JSON."""
    return {
        "id": theme.id,
        "circle": theme.circle.value,
        "title": theme.title,
        "text": theme.text,
        "daily": theme.daily,
        "ideas": list(theme.ideas),
        "why": theme.why,
        "sources": list(theme.sources),
    }


def theme_of(state: State) -> Theme:
    """The theme in a state that `theme_state` made."""
    return Theme(
        id=ThemeId(_text(state, "id")),
        circle=Circle(_text(state, "circle")),
        title=_text(state, "title"),
        text=_text(state, "text"),
        daily=_text(state, "daily"),
        ideas=_texts(state, "ideas"),
        why=_text(state, "why"),
        sources=_texts(state, "sources"),
    )


def plan_state(plan: Plan) -> State:
    """A plan as plain JSON."""
    weeks = [{"circle": week.circle.value, "themes": list(week.themes)} for week in plan.weeks]
    return {"id": plan.id, "title": plan.title, "about": plan.about, "weeks": weeks}


def plan_of(state: State) -> Plan:
    """The plan in a state that `plan_state` made."""
    weeks = tuple(
        Week(Circle(_text(week, "circle")), tuple(map(ThemeId, _texts(week, "themes"))))
        for week in cast("Sequence[State]", state.get("weeks", ()))
    )
    return Plan(PlanId(_text(state, "id")), _text(state, "title"), _text(state, "about"), weeks)


def _text(state: State, name: str) -> str:
    return str(state.get(name) or "")


def _texts(state: State, name: str) -> tuple[str, ...]:
    return tuple(cast("Sequence[str]", state.get(name) or ()))

"""Which prompt comes next: a pure function of the packs, what was used, and the community's seed.

No prompt comes again before every other that matches has come as often. Among those, one is taken that shares
few tags with what came last; what is still equal is decided by the community's own shuffle.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from bot.domain.community import Tone
from bot.domain.ids import PromptId
from bot.domain.packs import Circle, Effort, Prompt, PromptUse, Setting

RECENT = 4
"""How many of the last prompts the next one is kept apart from."""


def fits(prompt: Prompt, tone: Tone, circle: Circle | None = None) -> bool:
    """Whether a prompt suits the group and, where asked, the circle."""
    return prompt.setting in {Setting.ANY, Setting(tone.value)} and circle in {None, prompt.circle}


def next_prompt(
    matching: Sequence[Prompt], uses: Mapping[PromptId, PromptUse], seed: str, *, apart_from: Iterable[Prompt] = ()
) -> Prompt:
    """The prompt to use next out of `matching`, which must not be empty.

    `apart_from` are prompts of the same card; their tags count as the most recent of all.
    """
    least = min(_times(prompt, uses) for prompt in matching)
    fresh = [prompt for prompt in matching if _times(prompt, uses) == least]
    recent = [*apart_from, *_most_recent(matching, uses)]
    closeness = [_closeness(prompt, recent) for prompt in fresh]
    farthest = min(closeness)
    equal = [prompt for prompt, close in zip(fresh, closeness, strict=True) if close == farthest]
    return min(equal, key=lambda prompt: _shuffled(seed, least, prompt))


def times_after(prompt: Prompt, matching: Sequence[Prompt], uses: Mapping[PromptId, PromptUse]) -> int:
    """How often a prompt counts as used once it is used now, out of `matching`.

    One that came late joins the round that the others are in, instead of coming again and again until it has
    caught up.
    """
    counts = [_times(other, uses) for other in matching]
    return max(*counts, _times(prompt, uses) + 1)


def in_own_order(matching: Sequence[Prompt], seed: str) -> list[Prompt]:
    """All of `matching`, shuffled as the seed says."""
    return sorted(matching, key=lambda prompt: _shuffled(seed, 0, prompt))


def three_circles(week: Circle | None, seed: str, day: int) -> tuple[Circle, Circle, Circle]:
    """The circles of a morning card's three acts: this week's, one that changes from day to day, and oneself.

    `day` is the local date's ordinal.
    """
    others = [circle for circle in Circle if circle not in {week, Circle.SELF}]
    turn = (day + int(_digest(seed)[:4], 16)) % len(others)
    if week in {None, Circle.SELF}:
        return others[turn], others[(turn + 1) % len(others)], Circle.SELF
    return week or Circle.SELF, others[turn], Circle.SELF


def _times(prompt: Prompt, uses: Mapping[PromptId, PromptUse]) -> int:
    use = uses.get(prompt.id)
    return use.times if use else 0


def _most_recent(matching: Sequence[Prompt], uses: Mapping[PromptId, PromptUse]) -> list[Prompt]:
    used = [(uses[prompt.id].last, prompt.id, prompt) for prompt in matching if prompt.id in uses]
    return [prompt for _, _, prompt in sorted(used, key=lambda entry: entry[:2], reverse=True)[:RECENT]]


def _closeness(prompt: Prompt, recent: Sequence[Prompt]) -> int:
    """How many tags are shared with recent prompts; nearer ones weigh more."""
    return sum((RECENT + 1 - min(age, RECENT)) * _shared(prompt, earlier) for age, earlier in enumerate(recent))


def _shared(prompt: Prompt, other: Prompt) -> int:
    """Tags in common. What most prompts have (no strength, tiny effort) does not count, so that the rare ones
    are spread out instead of being used up first."""
    return (
        2 * (prompt.circle is other.circle)
        + 2 * (prompt.strength is not None and prompt.strength is other.strength)
        + 2 * (prompt.effort is not Effort.TINY and prompt.effort is other.effort)
        + (prompt.pack == other.pack)
    )


def _shuffled(seed: str, round_: int, prompt: Prompt) -> str:
    return _digest(f"{seed}/{round_}/{prompt.id}")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()

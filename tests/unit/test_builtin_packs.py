from collections import Counter

import pytest

from bot.domain.packs import Circle, Cost, Effort, Kind, Setting, Strength
from bot.runtime.library import BUILT_IN_PLAN, Packs, built_in, check_packs, load


@pytest.fixture(scope="module")
def packs() -> Packs:
    return load([built_in()])


def test_nothing_is_wrong_with_the_built_in_packs() -> None:
    assert [str(fault) for fault in check_packs([built_in()])] == []


@pytest.mark.parametrize(("kind", "least"), [(Kind.INTENTION, 60), (Kind.ACT, 150), (Kind.REFLECTION, 40)])
def test_there_are_prompts_of_every_kind(packs: Packs, kind: Kind, least: int) -> None:
    assert len(packs.prompts("en", kind)) >= least


@pytest.mark.parametrize("circle", Circle)
def test_every_circle_has_its_prompts(packs: Packs, circle: Circle) -> None:
    prompts = [prompt for kind in Kind for prompt in packs.prompts("en", kind) if prompt.circle is circle]

    assert len(prompts) >= 60
    assert {prompt.kind for prompt in prompts} == set(Kind)


@pytest.mark.parametrize("setting", [Setting.WORKPLACE, Setting.COMMUNITY])
@pytest.mark.parametrize("circle", Circle)
def test_every_circle_has_acts_for_every_kind_of_group(packs: Packs, circle: Circle, setting: Setting) -> None:
    acts = [a for a in packs.prompts("en", Kind.ACT) if a.circle is circle and a.setting in {setting, Setting.ANY}]

    assert len(acts) >= 15


def test_acts_use_every_tag(packs: Packs) -> None:
    acts = packs.prompts("en", Kind.ACT)

    assert {act.effort for act in acts} == set(Effort)
    assert {act.setting for act in acts} == set(Setting)
    assert {act.cost for act in acts} == set(Cost)
    strengths = Counter(act.strength for act in acts)
    assert all(strengths[strength] >= 5 for strength in Strength)


def test_most_prompts_cost_nothing_and_little_effort(packs: Packs) -> None:
    acts = packs.prompts("en", Kind.ACT)

    assert sum(act.cost is Cost.NONE for act in acts) > len(acts) * 0.8
    assert sum(act.effort is not Effort.MORE for act in acts) > len(acts) * 0.8


def test_the_built_in_plan_widens_over_four_weeks(packs: Packs) -> None:
    plan = packs.plan(BUILT_IN_PLAN)

    assert [week.circle for week in plan.weeks] == list(Circle)
    assert len({theme for week in plan.weeks for theme in week.themes}) >= 12
    assert all(packs.theme(plan.theme(announced)) for announced in range(52))


def test_every_source_can_be_shown(packs: Packs) -> None:
    named = {source for kind in Kind for prompt in packs.prompts("en", kind) for source in prompt.sources}

    assert all(packs.source(source) for source in named)
    assert named

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from bot.domain.choice import fits, in_own_order, next_prompt, three_circles, times_after
from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence
from bot.domain.ids import CommunityId, OccurrenceId, PackId, PromptId, ScheduleId
from bot.domain.message import HEADING_LIMIT, LABEL_LIMIT, TEXT_LIMIT, Items, Quote, Text
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, PromptUse, Setting
from bot.domain.schedule import Ritual
from bot.ports import Library
from bot.runtime.library import built_in, load
from bot.services.cards import write_out
from bot.services.content import Contents

TWO_YEARS = 730
FIRST = date(2026, 11, 23)


@cache
def the_library() -> Library:
    return load([built_in()])


@cache
def two_years(tone: Tone, seed: str, days: int = TWO_YEARS) -> tuple[Content, ...]:
    """The morning cards of a community, day after day, with the built-in plan of themes."""
    library = the_library()
    contents = Contents(library)
    community = Community(CommunityId("c"), seed, tone, datetime(2026, 11, 23, tzinfo=UTC))
    uses: dict[PromptId, PromptUse] = {}
    cards: list[Content] = []
    for number in range(days):
        day = FIRST + timedelta(days=number)
        theme = library.theme(library.plan("").theme(number // 7))
        times = contents.next_morning(community, uses, theme, day.toordinal())
        uses |= {prompt: PromptUse(count, day) for prompt, count in times.items()}
        cards.append(Content(prompts=tuple(times)))
    return tuple(cards)


def prompts(card: Content) -> list[Prompt]:
    return [prompt for prompt in map(the_library().prompt, card.prompts) if prompt]


def of_kind(cards: tuple[Content, ...], kind: Kind) -> list[Prompt]:
    return [prompt for card in cards for prompt in prompts(card) if prompt.kind is kind]


def a_prompt(name: str, **tags: object) -> Prompt:
    plain = Prompt(PromptId(name), PackId("own"), Kind.ACT, name, Circle.SELF, Effort.TINY, Setting.ANY, Cost.NONE)
    return replace(plain, **tags)  # type: ignore[arg-type] -- names and values are the test's own


def an_occurrence(ritual: Ritual, content: Content) -> Occurrence:
    nine = datetime(2026, 11, 23, 9, tzinfo=UTC)
    return Occurrence(OccurrenceId("o"), ScheduleId("s"), CommunityId("c"), ritual, FIRST, nine, content=content)


@pytest.mark.parametrize("tone", Tone)
def test_no_question_comes_again_before_all_were_asked(tone: Tone) -> None:
    asked = [prompt.id for prompt in of_kind(two_years(tone, "a"), Kind.INTENTION)]
    fitting = {p.id for p in the_library().prompts("en", Kind.INTENTION) if fits(p, tone)}

    rounds = [asked[i : i + len(fitting)] for i in range(0, len(asked), len(fitting))]

    assert len(asked) == TWO_YEARS
    assert all(set(one) == fitting for one in rounds[:-1])
    assert len(set(rounds[-1])) == len(rounds[-1])


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("circle", Circle)
def test_no_act_comes_again_before_all_of_its_circle_came(tone: Tone, circle: Circle) -> None:
    offered = [p.id for p in of_kind(two_years(tone, "a"), Kind.ACT) if p.circle is circle]
    fitting = {p.id for p in the_library().prompts("en", Kind.ACT) if fits(p, tone, circle)}

    rounds = [offered[i : i + len(fitting)] for i in range(0, len(offered), len(fitting))]

    assert len(offered) > TWO_YEARS / 3
    assert all(set(one) == fitting for one in rounds[:-1])


@pytest.mark.parametrize("tone", Tone)
def test_every_card_has_a_question_and_three_acts_of_three_circles(tone: Tone) -> None:
    for card in two_years(tone, "a"):
        question, *acts = prompts(card)

        assert question.kind is Kind.INTENTION
        assert [act.kind for act in acts] == [Kind.ACT] * 3
        assert len({act.circle for act in acts}) == 3
        assert acts[-1].circle is Circle.SELF


@pytest.mark.parametrize("tone", Tone)
def test_everything_offered_suits_the_group(tone: Tone) -> None:
    settings = {prompt.setting for card in two_years(tone, "a") for prompt in prompts(card)}

    assert settings == {Setting.ANY, Setting(tone.value)}


def test_two_communities_have_cards_of_their_own() -> None:
    one, other = (two_years(Tone.COMMUNITY, seed, 60) for seed in ("a", "b"))

    same = sum(first.prompts[0] == second.prompts[0] for first, second in zip(one, other, strict=True))

    assert same < 6
    assert all(first != second for first, second in zip(one, other, strict=True))


def test_the_same_community_has_the_same_cards_again() -> None:
    again = two_years.__wrapped__(Tone.COMMUNITY, "a", 30)  # type: ignore[attr-defined] -- past the cache

    assert again == two_years(Tone.COMMUNITY, "a", 30)


@pytest.mark.parametrize("tone", Tone)
def test_the_act_that_changes_goes_round_the_circles(tone: Tone) -> None:
    changing = [prompts(card)[2].circle for card in two_years(tone, "a")]

    for first, second in pairwise(changing[8:28]):  # the weeks of others than oneself
        assert first is not second


@pytest.mark.parametrize("week", [None, *Circle])
def test_the_three_circles_differ_and_hold_the_week_s(week: Circle | None) -> None:
    for day in range(30):
        three = three_circles(week, "seed", day)

        assert len(set(three)) == 3
        assert three[2] is Circle.SELF
        assert week is None or week in three


@pytest.mark.parametrize("week", [None, *Circle])
def test_every_circle_has_its_turn(week: Circle | None) -> None:
    seen = Counter(circle for day in range(12) for circle in three_circles(week, "seed", day))

    assert set(seen) == set(Circle)


@pytest.mark.parametrize("tone", Tone)
def test_an_effort_or_strength_that_is_rare_is_spread_out(tone: Tone) -> None:
    acts = [p for p in of_kind(two_years(tone, "a", 120), Kind.ACT) if p.circle is Circle.SELF]
    larger = [index for index, act in enumerate(acts) if act.effort is Effort.MORE]

    runs = sum(second - first == 1 for first, second in pairwise(larger))

    assert runs <= len(larger) / 4


def test_what_came_least_comes_next() -> None:
    old, new = a_prompt("old"), a_prompt("new")
    uses = {old.id: PromptUse(3, FIRST), new.id: PromptUse(2, FIRST)}

    assert next_prompt([old, new], uses, "seed") == new


def test_a_prompt_that_was_added_later_has_its_turn_at_once() -> None:
    known = [a_prompt(f"known-{number}") for number in range(5)]
    uses = {prompt.id: PromptUse(2, FIRST) for prompt in known}

    assert next_prompt([*known, a_prompt("added")], uses, "seed").id == "added"


def test_tags_shared_with_the_last_ones_are_avoided() -> None:
    last = a_prompt("last", effort=Effort.MORE)
    like, unlike = a_prompt("like", effort=Effort.MORE), a_prompt("unlike", effort=Effort.SMALL)
    uses = {last.id: PromptUse(1, FIRST)}

    assert {next_prompt([last, like, unlike], uses, f"seed-{n}").id for n in range(20)} == {"unlike"}


def test_the_own_order_holds_everything_once_and_is_one_s_own() -> None:
    acts = list(the_library().prompts("en", Kind.ACT))

    orders = [in_own_order(acts, seed) for seed in ("robin/today", "sam/today", "robin/tomorrow")]

    assert all(Counter(p.id for p in order) == Counter(p.id for p in acts) for order in orders)
    assert len({tuple(p.id for p in order[:5]) for order in orders}) == 3


@pytest.mark.parametrize("tone", Tone)
def test_every_card_of_two_years_keeps_the_limits_of_the_platforms(tone: Tone) -> None:
    library = the_library()
    themes = [theme for week in library.plan("widening-circles").weeks for theme in week.themes]
    contents = [(Ritual.MORNING, content) for content in two_years(tone, "a")]
    contents += [(Ritual.CHALLENGE, Content(theme=theme)) for theme in themes]
    cards = [write_out(an_occurrence(ritual, said), library, library.theme(themes[0])) for ritual, said in contents]

    for card in cards:
        assert len(card.heading) <= HEADING_LIMIT
        assert len(card.choices) <= 5
        assert all(len(choice.label) <= LABEL_LIMIT for choice in card.about("x" * 32).choices)
        assert all(len(choice.action.encode()) <= 100 for choice in card.about("x" * 32).choices)
        for part in card.body:
            match part:
                case Text(text) | Quote(text):
                    assert len(text) <= TEXT_LIMIT
                case Items(items):
                    assert sum(len(item.plain()) for item in items) <= TEXT_LIMIT


def test_a_prompt_that_came_late_joins_the_round_of_the_others() -> None:
    known = [a_prompt(f"known-{number}") for number in range(5)]
    uses = {prompt.id: PromptUse(7, FIRST) for prompt in known}
    late = a_prompt("late")

    assert times_after(late, [*known, late], uses) == 7
    assert times_after(known[0], known, uses) == 8

"""The calendar of weeks, as a pure function, in any order of changes and announcements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.challenges import Plan, Week
from bot.domain.ids import PlanId, ThemeId
from bot.domain.packs import Circle
from bot.domain.weeks import WEEK, Begins, Dated, Weeks, coming, weeks_of, weeks_state

MONDAY = date(2026, 11, 23)


def a_plan(name: str, count: int) -> Plan:
    themes = [ThemeId(f"{name}{number}") for number in range(count)]
    return Plan(PlanId(name), name, name, tuple(Week(Circle.SELF, (theme,)) for theme in themes))


PLANS = {"a": a_plan("a", 4), "b": a_plan("b", 6)}
GONE = ThemeId("gone")


def plan(name: str) -> Plan:
    return PLANS[name]


def known(theme: ThemeId) -> bool:
    return theme != GONE


Step = Callable[[Weeks], Weeks]
indices = st.integers(0, 7)
extra = st.sampled_from([ThemeId("x"), ThemeId("y"), GONE])


def of(weeks: Weeks) -> Plan:
    return plan(weeks.plan)


def moved(weeks: Weeks, index: int, to: int) -> Weeks:
    within = len(weeks.spelled_out(8, of(weeks)).ahead)
    return weeks.moved(index, to, of(weeks)) if max(index, to) < within else weeks


def left_out(weeks: Weeks, index: int) -> Weeks:
    return weeks.without(index, of(weeks)) if index < len(weeks.spelled_out(8, of(weeks)).ahead) else weeks


steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda i, theme: lambda w: w.inserted(min(i, len(w.spelled_out(i, of(w)).ahead)), [theme], of(w)),
        indices,
        extra,
    ),
    st.builds(lambda i, to: lambda w: moved(w, i, to), indices, indices),
    st.builds(lambda i: lambda w: left_out(w, i), indices),
    st.builds(lambda i: lambda w: w.ending_after(i), indices),
    st.just(lambda w: w.going_on()),
    st.builds(lambda name, once: lambda w: w.with_plan(plan(name), once=once), st.sampled_from("ab"), st.booleans()),
)
dates = st.integers(0, 90).map(lambda number: date.fromordinal(MONDAY.toordinal() + number))


@dataclass
class Village:
    """Announces a week after the other, as services do."""

    weeks: Weeks = field(default_factory=lambda: Weeks(PlanId("a")))
    day: date = MONDAY
    announced: list[ThemeId] = field(default_factory=list[ThemeId])

    def change(self, step: Step) -> None:
        self.weeks = step(self.weeks.at(len(self.announced)))

    def announce(self) -> ThemeId | None:
        said = self.weeks.announce(self.day, len(self.announced), plan, known)
        self.weeks = said.weeks
        self.day += WEEK
        self.announced += [said.theme] if said.theme else []
        return said.theme

    def foreseen(self, count: int) -> Sequence[ThemeId | None]:
        days = [self.day + number * WEEK for number in range(count)]
        return [week.theme for week in coming(self.weeks, days, len(self.announced), plan, known)]


@st.composite
def villages(draw: st.DrawFn) -> Village:
    """One in which a few things were changed, with weeks that went by in between."""
    village = Village()
    for step in draw(st.lists(st.one_of(steps, st.none()), max_size=8)):
        if step is None:
            village.announce()
        else:
            village.change(step)
    for on in draw(st.lists(dates, max_size=2, unique=True)):
        village.change(lambda weeks, on=on: weeks.with_date(Dated(on, ThemeId(f"d{on}"))))  # type: ignore[misc] -- bound now
    if draw(st.booleans()):
        begins = Begins(PlanId("b"), draw(dates), once=draw(st.booleans()))
        village.weeks = weeks_of(
            {**weeks_state(village.weeks), "begins": [begins.plan, f"{begins.on}", begins.once]}, village.weeks.apart
        )
    return village


@given(villages())
def test_every_coming_week_is_what_is_announced_when_nothing_changes(village: Village) -> None:
    foreseen = village.foreseen(12)

    assert [village.announce() for _ in range(12)] == foreseen


@given(villages())
def test_a_calendar_told_from_the_next_week_on_says_the_same(village: Village) -> None:
    foreseen = village.foreseen(12)
    village.change(lambda weeks: weeks)

    assert village.foreseen(12) == foreseen
    village.change(lambda weeks: weeks.spelled_out(8, of(weeks)).tidied(village.day, known))
    assert village.foreseen(12) == foreseen


@given(villages())
def test_a_calendar_survives_being_written_down(village: Village) -> None:
    assert weeks_of(weeks_state(village.weeks), village.weeks.apart) == village.weeks


@given(villages(), extra.filter(known))
def test_an_inserted_theme_comes_next_and_what_was_next_after_it(village: Village, theme: ThemeId) -> None:
    ordered = Village(weeks_of({**weeks_state(village.weeks), "dated": [], "begins": None}, village.weeks.apart))
    ordered.announced = village.announced
    before = ordered.foreseen(6)

    ordered.change(lambda weeks: weeks.inserted(0, [theme], of(weeks)))

    assert ordered.foreseen(7) == [theme, *before]


@given(villages(), st.integers(0, 11), st.integers(0, 6))
def test_a_theme_with_a_date_comes_in_its_week_and_once(village: Village, week: int, day: int) -> None:
    only = {**weeks_state(village.weeks), "dated": [], "begins": None}
    plain = Village(weeks_of(only, village.weeks.apart), village.day)
    plain.announced = village.announced
    before = plain.foreseen(12)

    on = date.fromordinal((plain.day + week * WEEK).toordinal() + day)
    plain.change(lambda weeks: weeks.with_date(Dated(on, ThemeId("feast"))))
    after = [plain.announce() for _ in range(12)]

    assert [number for number, theme in enumerate(after) if theme == "feast"] == [week]
    assert [theme for theme in after if theme != "feast"] == list(before[:11])


@given(villages(), indices, indices)
def test_moving_a_week_changes_the_order_and_nothing_else(village: Village, index: int, to: int) -> None:
    coming_now = village.weeks.at(len(village.announced)).spelled_out(8, of(village.weeks)).ahead

    village.change(lambda weeks: moved(weeks, index, to))

    after = village.weeks.spelled_out(8, of(village.weeks)).ahead
    assert sorted(after) == sorted(coming_now)
    if max(index, to) < len(coming_now):
        assert after[to] == coming_now[index]


@given(villages(), st.integers(0, 6))
def test_nothing_is_announced_twice_unless_it_stands_there_twice(village: Village, changed_at: int) -> None:
    village.change(lambda weeks: weeks.with_plan(plan("b"), once=True))
    village.weeks = weeks_of({**weeks_state(village.weeks), "dated": [], "begins": None}, village.weeks.apart)
    before = len(village.announced)

    for week in range(10):
        if week == changed_at:
            village.change(lambda weeks: moved(weeks, 2, 0))
        village.announce()

    assert sorted(village.announced[before:]) == sorted(f"b{number}" for number in range(6))


def test_a_plan_that_begins_on_a_date_takes_over_in_its_week() -> None:
    village = Village(Weeks(PlanId("a"), begins=Begins(PlanId("b"), date(2026, 12, 9))))

    assert [village.announce() for _ in range(4)] == ["a0", "a1", "b0", "b1"]


def test_a_theme_that_takes_the_place_of_another_does_so_everywhere() -> None:
    weeks = Weeks(PlanId("a"), ahead=(ThemeId("a1"),), dated=(Dated(date(2026, 12, 1), ThemeId("a1")),))
    once = weeks.with_instead(ThemeId("a1"), ThemeId("own"))
    village = Village(once.with_instead(ThemeId("own"), ThemeId("newer")))

    assert [village.announce() for _ in range(5)] == ["newer", "newer", "a0", "newer", "a2"]


def test_a_date_whose_week_went_by_is_over() -> None:
    village = Village(Weeks(PlanId("a"), dated=(Dated(date(2026, 11, 26), ThemeId("feast")),)), MONDAY + WEEK)

    assert village.announce() == "a0"

"""A community's own calendar of weeks: which theme each week is about. Pure.

Ordered weeks are numbered by how many of them were announced before, so announcing one changes nothing here. Weeks with
a date are apart from them: such a theme comes in the week of its date, and the order goes on in the week after.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain, islice
from typing import Self, TypeAlias, cast

from bot.domain.challenges import Plan, Week
from bot.domain.changes import State
from bot.domain.ids import PlanId, ScheduleId, ThemeId
from bot.domain.packs import Circle

WEEK = timedelta(days=7)
AHEAD_LIMIT = 60
"""How many weeks can be put into an order of their own; more than a year."""
DATED_LIMIT = 40
Announcement: TypeAlias = tuple[ScheduleId, date]
"""A week that was given a theme: by which schedule, on which local date."""
ROUNDS = 8
"""How far a plan is looked through for a theme that is still there, before it counts as empty."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A theme that comes in the week of a local date."""

    on: date
    theme: ThemeId


@dataclass(frozen=True, slots=True)
class Begins:
    """A plan that takes over in the week of a local date; with `once`, it ends when it is through."""

    plan: PlanId
    on: date
    once: bool = False


@dataclass(frozen=True, slots=True)
class Weeks:
    """What is to come, in the order in which it comes.

    Ordered week number `first` is `ahead[0]`. When `ahead` is used up, the plan goes on at its week `step`. The order
    ends before week number `last`, or never. `instead` names themes that take the place of others. `apart` is how many
    weeks were announced that were not ordered.
    """

    plan: PlanId
    first: int = 0
    ahead: tuple[ThemeId, ...] = ()
    step: int = 0
    last: int | None = None
    dated: tuple[Dated, ...] = ()
    begins: Begins | None = None
    instead: Mapping[ThemeId, ThemeId] = field(default_factory=dict[ThemeId, ThemeId])
    apart: int = 0

    @property
    def left(self) -> int | None:
        """How many ordered weeks there are from `first` on; None when they do not end."""
        return None if self.last is None else max(0, self.last - self.first)

    def at(self, announced: int) -> Self:
        """The same calendar, told from the next week on, after `announced` weeks in all."""
        gone = max(0, announced - self.apart - self.first)
        step = self.step + max(0, gone - len(self.ahead))
        return replace(self, first=self.first + gone, ahead=self.ahead[gone:], step=step)

    def spelled_out(self, count: int, plan: Plan) -> Self:
        """The same calendar with at least `count` weeks named one by one, or as many as there are."""
        missing = max(0, (count if self.left is None else min(count, self.left)) - len(self.ahead))
        named = tuple(plan.theme(self.step + number) for number in range(missing))
        return replace(self, ahead=(*self.ahead, *named), step=self.step + missing)

    def tidied(self, day: date, known: Callable[[ThemeId], object]) -> Self:
        """Without themes that are in no pack any more, and without dates that have gone by."""
        kept = tuple(theme for theme in self.ahead if known(self.meant(theme)))
        dropped = sum(not known(self.meant(theme)) for theme in self.ahead[: self.left])
        last = None if self.last is None else self.last - dropped
        dated = tuple(one for one in self.dated if one.on >= day and known(self.meant(one.theme)))
        return replace(self, ahead=kept, last=last, dated=dated)

    def with_plan(self, plan: Plan, *, once: bool = False) -> Self:
        """The order becomes that of a plan, from its first week on. Themes with a date stay."""
        last = self.first + len(plan.weeks) if once else None
        return replace(self, plan=plan.id, ahead=(), step=0, last=last)

    def inserted(self, index: int, themes: Sequence[ThemeId], plan: Plan) -> Self:
        """Themes come before what is at `index` among the coming ordered weeks."""
        named = self.spelled_out(index, plan)
        last = None if self.last is None else self.last + len(themes)
        return replace(named, ahead=(*named.ahead[:index], *themes, *named.ahead[index:]), last=last)

    def moved(self, index: int, to: int, plan: Plan) -> Self:
        """One of the coming ordered weeks comes at another place among them."""
        named = self.spelled_out(max(index, to) + 1, plan)
        rest = [*named.ahead[:index], *named.ahead[index + 1 :]]
        rest.insert(to, named.ahead[index])
        return replace(named, ahead=tuple(rest))

    def brought_next(self, theme: ThemeId, within: int, plan: Plan) -> Self:
        """A theme is the next one of the order: out of its place in the coming weeks, or else added to them."""
        named = self.spelled_out(within, plan).ahead[:within]
        index = next((place for place, one in enumerate(named) if self.meant(one) == theme), None)
        return self.inserted(0, [theme], plan) if index is None else self.moved(index, 0, plan)

    def without(self, index: int, plan: Plan) -> Self:
        """One of the coming ordered weeks is left out."""
        named = self.spelled_out(index + 1, plan)
        last = None if self.last is None else self.last - 1
        return replace(named, ahead=(*named.ahead[:index], *named.ahead[index + 1 :]), last=last)

    def ending_after(self, count: int) -> Self:
        """After so many of the coming ordered weeks nothing is announced, but for themes with a date."""
        return replace(self, last=self.first + count)

    def going_on(self) -> Self:
        """The order does not end."""
        return replace(self, last=None)

    def with_date(self, dated: Dated) -> Self:
        """A theme comes in the week of its date."""
        return replace(self, dated=tuple(sorted({*self.dated, dated}, key=lambda one: (one.on, one.theme))))

    def without_date(self, dated: Dated) -> Self:
        """A theme does not come on its date any more."""
        return replace(self, dated=tuple(one for one in self.dated if one != dated))

    def with_instead(self, old: ThemeId, new: ThemeId) -> Self:
        """One theme takes the place of another, wherever that would come."""
        known = {one: new if other == old else other for one, other in self.instead.items()}
        return replace(self, instead={**known, old: new})

    def meant(self, theme: ThemeId) -> ThemeId:
        """The theme that comes where this one is named."""
        return self.instead.get(theme, theme)

    def begun(self, day: date, plans: Callable[[str], Plan]) -> Self:
        """The same calendar, where a plan that is to begin by the week of a local date has taken over."""
        if self.begins is None or not in_week(self.begins.on, day):
            return self
        return replace(self.with_plan(plans(self.begins.plan), once=self.begins.once), begins=None)

    def announce(
        self, day: date, announced: int, plans: Callable[[str], Plan], known: Callable[[ThemeId], object]
    ) -> "Announced":
        """Which theme the week of a local date has, after `announced` weeks in all.

        The calendar comes back changed only where more happened than that the next ordered week came. Themes that are
        in no pack any more are passed over. Without a theme, nothing is announced, and no week is used up.
        """
        weeks = self
        if weeks.begins and in_week(weeks.begins.on, day):
            weeks = weeks.at(announced).begun(day, plans)
        for one in weeks.dated:
            if day <= one.on and in_week(one.on, day) and known(weeks.meant(one.theme)):
                return Announced(weeks.meant(one.theme), replace(weeks.without_date(one), apart=weeks.apart + 1), one)
        coming = weeks.at(announced)
        for passed, theme in enumerate(coming.ordered(plans(coming.plan))):
            if known(weeks.meant(theme)):
                return Announced(weeks.meant(theme), coming.passing_over(passed) if passed else weeks)
        return Announced(None, weeks)

    def ordered(self, plan: Plan) -> Iterator[ThemeId]:
        """The coming ordered weeks, named first and then as the plan goes on for some rounds."""
        beyond = (plan.theme(self.step + number) for number in range(ROUNDS * len(plan.weeks)))
        return islice(chain(self.ahead, beyond), self.left)

    def passing_over(self, count: int) -> Self:
        """The same calendar without its next weeks, and with nothing announced for them."""
        later = self.at(self.first + self.apart + count)
        return replace(later, first=self.first, last=None if self.last is None else self.last - count)


@dataclass(frozen=True, slots=True)
class Announced:
    """What a week is about, and the calendar after it. `dated` is set where it came because of its date."""

    theme: ThemeId | None
    weeks: Weeks
    dated: Dated | None = None


@dataclass(frozen=True, slots=True)
class ComingWeek:
    """A week as it is going to be, if nothing changes. `index` is its place among the ordered ones."""

    day: date
    theme: ThemeId | None
    index: int | None = None
    dated: Dated | None = None


def in_week(on: date, day: date) -> bool:
    """Whether the week that is announced on a local date holds `on`, or `on` lies before it."""
    return on < day + WEEK


def coming(
    weeks: Weeks,
    days: Collection[date],
    announced: int,
    plans: Callable[[str], Plan],
    known: Callable[[ThemeId], object],
) -> Sequence[ComingWeek]:
    """The weeks that are announced on these local dates, played forward."""
    found: list[ComingWeek] = []
    index, begun = 0, False
    for day in days:
        before, said = weeks, weeks.announce(day, announced, plans, known)
        weeks = said.weeks
        begun = begun or before.begins is not weeks.begins
        ordered = said.theme is not None and said.dated is None
        found.append(ComingWeek(day, said.theme, index if ordered and not begun else None, said.dated))
        index += ordered
        announced += said.theme is not None
    return found


def first_with_a_theme(
    weeks: Weeks, dates: Iterable[tuple[datetime, date, ScheduleId]], announced: int, lately: Collection[Announcement]
) -> Mapping[ScheduleId, datetime]:
    """When each schedule announces a week next, of `dates` in the order of their instants, played forward. Those that
    announce none are left out.

    That themes may be gone, or a plan short that is to begin, is left aside: whether anything comes is asked, not what.
    """
    found: dict[ScheduleId, datetime] = {}
    first = list(lately)
    for at, day, schedule in dates:
        shared = any(other != schedule and timedelta() <= day - on < WEEK for other, on in first)
        if not shared:
            said = weeks.announce(day, announced, _any_plan, bool)
            if said.theme is None:
                continue
            weeks, announced = said.weeks, announced + 1
            first.append((schedule, day))
        found.setdefault(schedule, at)
    return found


def _any_plan(plan: str) -> Plan:
    return Plan(PlanId(plan), "", "", (Week(Circle.SELF, (ThemeId("any"),)),) * AHEAD_LIMIT)


def weeks_state(weeks: Weeks) -> State:
    """What moderators chose, as plain JSON."""
    begins = weeks.begins
    return {
        "plan": weeks.plan,
        "first": weeks.first,
        "ahead": list(weeks.ahead),
        "step": weeks.step,
        "last": weeks.last,
        "dated": [[one.on.isoformat(), one.theme] for one in weeks.dated],
        "begins": [begins.plan, begins.on.isoformat(), begins.once] if begins else None,
        "instead": dict(weeks.instead),
    }


def weeks_of(state: State, apart: int = 0) -> Weeks:
    """The calendar in a state that `weeks_state` made."""
    begins = cast("Sequence[str] | None", state["begins"])
    last = cast("int | None", state["last"])
    return Weeks(
        plan=PlanId(str(state["plan"])),
        first=cast("int", state["first"]),
        ahead=tuple(map(ThemeId, cast("Sequence[str]", state["ahead"]))),
        step=cast("int", state["step"]),
        last=last,
        dated=tuple(
            Dated(date.fromisoformat(on), ThemeId(theme))
            for on, theme in cast("Sequence[tuple[str, str]]", state["dated"])
        ),
        begins=Begins(PlanId(begins[0]), date.fromisoformat(begins[1]), once=bool(begins[2])) if begins else None,
        instead={ThemeId(old): ThemeId(new) for old, new in cast("Mapping[str, str]", state["instead"]).items()},
        apart=apart,
    )

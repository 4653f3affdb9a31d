"""What moderators do to one of the coming weeks, and how the weeks stand that it is done to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.challenges import Plan, Theme
from bot.domain.changes import mark_of
from bot.domain.community import Community
from bot.domain.ids import ThemeId
from bot.domain.weeks import DATED_LIMIT, WEEK, ComingWeek, Dated, Weeks, weeks_state
from bot.services import challenge_cards as cards
from bot.services import wording
from bot.services.reading import Unread, read_date
from bot.services.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Standing:
    """How a community's weeks stand. `weeks` are told from the next one on, with the coming ones named."""

    community: Community
    shelf: Shelf
    kept: Weeks
    weeks: Weeks
    now: Theme | None
    coming: Sequence[ComingWeek]
    next_at: datetime | None
    zone: str
    today: date

    @property
    def mark(self) -> str:
        """Differs when somebody changed the calendar, or a week was announced."""
        return mark_of({"kept": weeks_state(self.kept), "first": self.weeks.first})

    @property
    def later(self) -> Sequence[tuple[ThemeId, Dated]]:
        """Themes with a date beyond the coming weeks."""
        coming = {one.dated for one in self.coming}
        return [(self.weeks.meant(one.theme), one) for one in self.weeks.dated if one not in coming]

    def week(self, name: str) -> ComingWeek | None:
        """A week that forms name, if it is still to come."""
        later = (ComingWeek(dated.on, theme, dated=dated) for theme, dated in self.later)
        every = (one for one in (*self.coming, *later) if one.theme)
        return next((one for one in every if cards.name_of(one.index, one.dated) == name), None)

    @property
    def plan(self) -> Plan:
        """The plan that goes on when what is named is through."""
        return self.shelf.plan(self.weeks.plan)

    @property
    def first_day(self) -> date:
        """When the next week begins, as far as anybody knows."""
        return self.coming[0].day if self.coming and self.next_at else self.today + timedelta(days=1)


class Wrong(Exception):
    """A field that cannot be read as it is, with a kind sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


def week_changed(standing: Standing, week: str, what: str, on: str) -> Weeks:
    """The calendar with something done to one of its weeks."""
    one = standing.week(week)
    if one is None or one.theme is None:
        raise Wrong("week", "That week is not among the coming ones any more. Please choose again.")
    weeks, plan = standing.weeks, standing.plan
    if one.dated:
        return _moved_date(standing, one.dated, what, on)
    index = one.index or 0
    match what:
        case "out":
            return weeks.without(index, plan)
        case "again":
            return weeks.inserted(index + 1, [one.theme], plan)
        case "end":
            return weeks.ending_after(index + 1)
        case "date":
            dated = Dated(coming_day(on, standing, "date"), one.theme)
            return on_a_date(weeks.without(index, plan), dated, standing, "date")
        case _:
            raise Wrong("what", "Please choose what to do with that week.")


def _moved_date(standing: Standing, dated: Dated, what: str, on: str) -> Weeks:
    weeks = standing.kept
    match what:
        case "out":
            return weeks.without_date(dated)
        case "again":
            return on_a_date(weeks, Dated(dated.on + WEEK, dated.theme), standing, "what")
        case "date":
            fresh = Dated(coming_day(on, standing, "date"), dated.theme)
            return on_a_date(weeks.without_date(dated), fresh, standing, "date")
        case _:
            raise Wrong("what", "A theme with a date stands apart from the order. Please choose another week for that.")


def on_a_date(weeks: Weeks, dated: Dated, standing: Standing, field: str) -> Weeks:
    """The calendar with a theme on a date, where its week has no other."""
    first = standing.first_day
    taken = {(one.on - first).days // 7 for one in weeks.dated if one.on >= first}
    if (dated.on - first).days // 7 in taken:
        raise Wrong(field, "That week has a theme with a date already. Please name a day in another week.")
    if len(weeks.dated) >= DATED_LIMIT:
        raise Wrong(field, "So many themes have a date that one has to come before there is room for another.")
    return weeks.with_date(dated)


def coming_day(text: str, standing: Standing, field: str) -> date:
    """A date in a week that was not announced so far."""
    try:
        on = read_date(text, standing.today)
    except Unread as error:
        raise Wrong(field, str(error)) from error
    if on < standing.first_day:
        raise Wrong(field, f"That week is announced or over. The next one begins on {wording.day(standing.first_day)}.")
    return on

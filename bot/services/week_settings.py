"""The calendar of weeks and own themes, as settings that moderators change."""

from bot.domain.changes import State
from bot.domain.errors import Refusal
from bot.domain.ids import CommunityId, PlanId, ThemeId
from bot.domain.own import plan_of, plan_state, theme_of, theme_state
from bot.domain.weeks import Weeks, weeks_of, weeks_state
from bot.ports import Library, UnitOfWork
from bot.ports.weeks import KeptWeeks
from bot.services import wording
from bot.services.content import calendars_of

CHALLENGE = "challenge"
THEME = "theme"
PLAN = "plan"
OF_YOUR_OWN = "a plan of your own"


class WeekCalendar:
    """What a community's coming weeks are about."""

    kind = CHALLENGE

    def __init__(self, library: Library) -> None:
        self._library = library

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- there is one calendar
        """All that was chosen."""
        return weeks_state((await calendars_of(work, [community]))[community].weeks)

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- there is one calendar
        """Have these weeks from the next announcement on.

        An order from before a week that was announced meanwhile cannot come back as it was, and is refused.
        """
        if state is None:
            return
        kept = (await calendars_of(work, [community]))[community]
        announced = (await work.occurrences.weeks_announced([community])).get(community, 0)
        wanted = weeks_of(state, kept.weeks.apart)
        stale = wanted.first != kept.weeks.at(announced).first and announced != kept.since
        if stale and _order(wanted) != _order(kept.weeks):
            raise Refusal(
                "challenge.announced",
                "A week was announced since then, and what is announced stays, so I cannot take the order back as it "
                "was. /kindling challenge changes the coming weeks.",
            )
        await work.week_calendars.save({community: KeptWeeks(wanted, announced)})

    def told(self, before: State | None, after: State | None) -> str:
        """What became different: a plan, a date, a place, or the end."""
        if before is None or after is None:
            return "the calendar of weeks was changed"
        old, new = weeks_of(before), weeks_of(after)
        if old.begins != new.begins:
            return self._begins(new)
        if old.dated != new.dated:
            dates = {one.on for one in new.dated} - {one.on for one in old.dated}
            return f"a theme comes on {wording.day(min(dates))}" if dates else "a theme lost its date"
        if old.plan != new.plan:
            return f"the weeks follow {self._named(new.plan)}"
        return _of_order(old, new)

    def _begins(self, weeks: Weeks) -> str:
        if weeks.begins is None:
            return "no other plan is going to begin"
        return f"{self._named(weeks.begins.plan)} begins on {wording.day(weeks.begins.on)}"

    def _named(self, plan: PlanId) -> str:
        """A plan by its title, where it comes with Kindling."""
        return f"“{self._library.plan(plan).title}”" if plan in self._library.plans else OF_YOUR_OWN


def _of_order(old: Weeks, new: Weeks) -> str:
    if old.instead != new.instead:
        return "a theme takes the place of another"
    if (old.last is None) != (new.last is None):
        return "the weeks go on" if new.last is None else "the weeks come to an end"
    return "the order of the coming weeks was changed"


def _order(weeks: Weeks) -> tuple[object, ...]:
    return weeks.plan, weeks.first, weeks.ahead, weeks.step, weeks.last


class OwnThemes:
    """A theme that a community wrote; the subject is its id."""

    kind = THEME

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """All its words; None when there is none of this id."""
        own = (await work.shelves.of([community])).get(community)
        found = next((theme for theme in own.themes if theme.id == subject), None) if own else None
        return theme_state(found) if found else None

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Keep it, or take it away. One that is still to come, or was announced, stays."""
        if state is not None:
            await work.shelves.save_theme(community, theme_of(state))
            return
        theme = ThemeId(subject)
        announced = (await work.occurrences.weeks_announced([community])).get(community, 0)
        weeks = (await calendars_of(work, [community]))[community].weeks.at(announced)
        if theme in {*weeks.ahead, *(one.theme for one in weeks.dated), *weeks.instead.values()}:
            raise Refusal(
                "theme.coming",
                "That theme is in the coming weeks. Take it out there first: /kindling challenge, “Edit or end”.",
            )
        if await work.occurrences.announced(community, theme):
            raise Refusal("theme.announced", "That theme was announced already, and what is announced stays.")
        await work.shelves.remove_theme(community, theme)

    def told(self, before: State | None, after: State | None) -> str:
        """Which theme, by its title."""
        title = (after or before or {}).get("title", "")
        done = "was taken away" if after is None else "was written" if before is None else "was changed"
        return f"the theme “{title}” {done}"


class OwnPlan:
    """A plan that a community wrote; the subject is its id."""

    kind = PLAN

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """Its name and its weeks; None when there is none of this id."""
        own = (await work.shelves.of([community])).get(community)
        found = next((plan for plan in own.plans if plan.id == subject), None) if own else None
        return plan_state(found) if found else None

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Keep it, or take it away. One that the weeks follow, or that is to begin, stays."""
        if state is not None:
            await work.shelves.save_plan(community, plan_of(state))
            return
        weeks = (await calendars_of(work, [community]))[community].weeks
        if subject in {weeks.plan, weeks.begins.plan if weeks.begins else ""}:
            raise Refusal(
                "plan.followed",
                "The weeks follow that plan, or are going to. Please choose another one first: /kindling challenge, "
                "“Choose a plan”.",
            )
        await work.shelves.remove_plan(community, PlanId(subject))

    def told(self, before: State | None, after: State | None) -> str:
        """Which plan, by its name, and what became of it."""
        title, old = (after or before or {}).get("title", ""), (before or {}).get("title", "")
        if before is not None and after is not None and title != old:
            return f"the plan “{old}” is called “{title}” now"
        done = "was taken away" if after is None else "was written" if before is None else "was changed"
        return f"the plan “{title}” {done}"

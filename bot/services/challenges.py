"""The calendar of weeks in moderators' hands: plans, themes, their order and their dates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.domain.challenges import Theme
from bot.domain.errors import Refusal
from bot.domain.forms import OPTIONS_LIMIT, Form, Rejected
from bot.domain.ids import CommunityId, PlanId, ThemeId
from bot.domain.message import Reply
from bot.domain.own import own_id, theme_state
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, Schedule, zone_of
from bot.domain.weeks import AHEAD_LIMIT, WEEK, Begins, Dated, Weeks, coming, weeks_state
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import challenge_cards as cards
from bot.services.changing import Changing, must_match
from bot.services.content import Contents, calendars_of, close_vote
from bot.services.picking import picked
from bot.services.reading import Unread
from bot.services.setup import must_moderate
from bot.services.shelf import Shelf
from bot.services.spaces import Spaces
from bot.services.week_edits import Standing, Wrong, coming_day, on_a_date, week_changed
from bot.services.week_settings import CHALLENGE, THEME

SHOWN = 8
"""How many coming weeks a moderator sees."""
LOOK_AHEAD = timedelta(weeks=26)
Values = Mapping[str, str]


class Challenges:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        contents: Contents,
        clock: Clock,
        *,
        changing: Changing,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._contents = contents
        self._clock = clock
        self._changing = changing
        self._nudge = nudge

    async def show(self, actor: Actor, *, again: bool = False) -> Reply:
        """This week's theme, and the coming ones."""
        standing = await self._look(actor)
        return Reply(cards.calendar_card(standing.now, _view(standing)), replace=again)

    async def plan_form(self, actor: Actor) -> Reply:
        """The plans to choose from."""
        standing = await self._look(actor)
        return Reply(cards.plan_form(standing.shelf.plans.values(), standing.weeks.plan, standing.mark))

    async def add(self, actor: Actor) -> Reply:
        """Whom the theme to add is for, or a new one."""
        must_moderate(actor)
        return Reply(cards.add_card())

    async def insert_form(self, actor: Actor, circle: str) -> Reply:
        """Themes of a circle, and when one of them comes."""
        standing = await self._look(actor)
        themes = [theme for theme in offered(standing) if theme.circle == circle]
        return Reply(cards.insert_form(themes, _view(standing), f"{standing.mark}/{circle}"))

    async def place_form(self, actor: Actor, theme: str) -> Reply:
        """When one theme comes."""
        standing = await self._look(actor)
        chosen = _theme(standing, theme)
        return Reply(cards.insert_form([chosen], _view(standing), f"{standing.mark}/{chosen.id}"))

    async def order_form(self, actor: Actor) -> Reply:
        """Which of the coming weeks moves, and where to."""
        standing = await self._look(actor)
        if len(cards.ordered(_view(standing))) < 2:  # noqa: PLR2004 -- one week has no order
            raise Refusal("challenge.no_order", "There is only one week ahead or none, so there is nothing to order.")
        return Reply(cards.order_form(_view(standing), standing.mark))

    async def change_form(self, actor: Actor) -> Reply:
        """What to do with one of the coming weeks."""
        standing = await self._look(actor)
        weeks = standing.weeks
        if not standing.coming and not weeks.dated and not weeks.begins and weeks.last is None:
            raise Refusal("challenge.nothing", "There is nothing ahead to change. “Choose a plan” begins anew.")
        return Reply(cards.change_form(_view(standing), standing.mark))

    async def write_form(self, actor: Actor, theme: str) -> Reply:
        """The words of a theme: a new one, or one that takes the place of another."""
        standing = await self._look(actor)
        known = _theme(standing, theme) if theme else None
        return Reply(cards.theme_form(known, f"{standing.mark}/{theme}" if known else ""))

    async def choose_plan(self, actor: Actor, seen: str, values: Values) -> Reply:
        """The weeks follow another plan, from the next announcement or from a date on."""

        def chosen(standing: Standing) -> Weeks:
            try:
                wanted = picked(values.get("plan", ""), cards.plans_to_pick(standing.shelf.plans.values()), "plan")
            except Unread as error:
                raise Wrong("plan", str(error)) from error
            plan = standing.shelf.plans[PlanId(wanted)]
            once = values.get("after") == "end"
            if not values.get("begins", "").strip():
                return standing.weeks.with_plan(plan, once=once)
            on = coming_day(values["begins"], standing, "begins")
            return replace(standing.kept, begins=Begins(plan.id, on, once=once))

        return await self._change(
            actor, seen, chosen, lambda s: cards.plan_form(s.shelf.plans.values(), s.weeks.plan, s.mark), values
        )

    async def insert(self, actor: Actor, subject: str, values: Values) -> Reply:
        """A theme comes before one of the coming weeks, or on a date; once, or for some weeks in a row."""
        seen, _, which = subject.partition("/")

        def inserted(standing: Standing) -> Weeks:
            theme = _wanted_theme(standing, values.get("theme", "") or which, which)
            times = int(count) if (count := values.get("times", "1")) in cards.TIMES else 1
            if values.get("on", "").strip():
                on = coming_day(values["on"], standing, "on")
                weeks = standing.kept
                for number in range(times):
                    weeks = on_a_date(weeks, Dated(on + number * WEEK, theme.id), standing, "on")
                return weeks
            if len(standing.weeks.ahead) + times > AHEAD_LIMIT:
                raise Wrong(
                    "before", "There is more in the order than a year has weeks. Please leave something out first."
                )
            return standing.weeks.inserted(_index(values.get("before", "0")), [theme.id] * times, standing.plan)

        def form(standing: Standing) -> Form:
            themes = [theme for theme in offered(standing) if which in {theme.circle, theme.id}]
            return cards.insert_form(themes, _view(standing), f"{standing.mark}/{which}")

        return await self._change(actor, seen, inserted, form, values)

    async def put_next(self, actor: Actor, theme: str) -> Reply:
        """A theme is the next one that comes without a date."""
        return await self._change(
            actor,
            None,
            lambda s: s.weeks.inserted(0, [_theme(s, theme).id], s.plan),
            lambda s: cards.order_form(_view(s), s.mark),
            {},
        )

    async def order(self, actor: Actor, seen: str, values: Values) -> Reply:
        """A week moves to another place among the coming ones."""

        def moved(standing: Standing) -> Weeks:
            count = len(cards.ordered(_view(standing)))
            index, to = _index(values.get("week", "")), _index(values.get("to", ""))
            if not (index < count and to < count):
                raise Wrong("week", "That week is not among the coming ones any more. Please choose again.")
            return standing.weeks.moved(index, to, standing.plan)

        return await self._change(actor, seen, moved, lambda s: cards.order_form(_view(s), s.mark), values)

    async def change_week(self, actor: Actor, seen: str, values: Values) -> Reply:
        """One of the coming weeks is left out, comes again, gets a date, is the last one, or gets other words."""
        what = values.get("what", "")
        if what == "edit":
            standing = await self._look(actor)
            try:
                theme = _theme(standing, _named(standing, _week(standing, values)))
            except Wrong as wrong:
                form = cards.change_form(_view(standing), standing.mark)
                return Reply(Rejected({wrong.field: wrong.sentence}, cards.filled(form, values)))
            return Reply(cards.edit_card(theme))

        def changed(standing: Standing) -> Weeks:
            if what == "on":
                return standing.kept.at(_announced(standing)).going_on()
            week = _week(standing, values)
            if week == cards.BEGINS:
                if what != "out":
                    raise Wrong("what", "A plan that is to begin can be left out; “Choose a plan” sets it anew.")
                return replace(standing.kept, begins=None)
            return week_changed(standing, week, what, values.get("date", ""))

        return await self._change(actor, seen, changed, lambda s: cards.change_form(_view(s), s.mark), values)

    async def write(self, actor: Actor, subject: str, values: Values) -> Reply:
        """Keep a theme of our own. One that was there before takes its place in coming weeks no longer."""
        must_moderate(actor)
        seen, _, instead_of = subject.partition("/")
        theme_id = ThemeId(f"theme.{own_id(self._clock.now()).replace('.', '-')}")
        form = cards.theme_form(None, subject, values)
        theme, problems = cards.read_theme(theme_id, values)
        if problems:
            return Reply(Rejected(problems, form))
        async with self._storage.unit_of_work() as work:
            standing = await self.standing(work, actor)
            must_match(seen if subject else None, standing.mark)
            await self._changing.change(work, actor, THEME, theme.id, theme_state(theme))
            if instead_of:
                old = _theme(standing, instead_of)
                kept = (await calendars_of(work, [standing.community.id]))[standing.community.id].weeks
                weeks = kept.with_instead(old.id, theme.id)
                await self._changing.change(work, actor, CHALLENGE, "", weeks_state(weeks))
            await work.commit()
        if not instead_of:
            return Reply(cards.kept_card(theme))
        standing = await self._look(actor)
        return Reply(cards.calendar_card(standing.now, _view(standing), changed=True))

    async def shelf(self, work: UnitOfWork, community: CommunityId) -> Shelf:
        """What a community chooses from."""
        return await self._contents.shelf(work, community)

    async def _look(self, actor: Actor) -> Standing:
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self.standing(work, actor)
            await work.commit()
        return standing

    async def _change(
        self,
        actor: Actor,
        seen: str | None,
        make: Callable[[Standing], Weeks],
        form: Callable[[Standing], Form],
        values: Values,
    ) -> Reply:
        """Change the calendar as `make` says, unless it is not what the actor saw."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self.standing(work, actor)
            must_match(seen, standing.mark)
            try:
                weeks = make(standing)
            except Wrong as wrong:
                return Reply(Rejected({wrong.field: wrong.sentence}, cards.filled(form(standing), values)))
            await self._changing.change(work, actor, CHALLENGE, "", weeks_state(weeks))
            after = await self.standing(work, actor)
            await work.commit()
        self._nudge()
        return Reply(cards.calendar_card(after.now, _view(after), changed=True))

    async def standing(self, work: UnitOfWork, actor: Actor) -> Standing:
        """How the weeks stand where an actor is. A vote whose time is over is closed first. The caller commits."""
        space = await self._spaces.held(work, actor.person)
        await work.changes.hold(space.community)
        community = await work.communities.get(space.community)
        shelf = await self._contents.shelf(work, community.id)
        vote = (await work.votes.latest([community.id])).get(community.id)
        if vote and not vote.closed_at and not vote.open(self._clock.now()):
            await close_vote(work, vote, shelf, vote.closes_at)
        kept = (await calendars_of(work, [community.id]))[community.id].weeks
        announced = (await work.occurrences.weeks_announced([community.id])).get(community.id, 0)
        schedules = [s for s in await work.schedules.of_community(community.id) if s.ritual is Ritual.CHALLENGE]
        zone = schedules[0].zone if schedules else actor.zone or "UTC"
        today = self._clock.now().astimezone(zone_of(zone)).date()
        weeks = kept.at(announced).spelled_out(SHOWN + 1, shelf.plan(kept.plan)).tidied(today, shelf.theme)
        moments = await self._moments(work, schedules, community.paused_until)
        days = [day for day, _ in moments] or [today + number * WEEK for number in range(1, SHOWN + 1)]
        said = (await work.occurrences.challenges({(community.id, today)})).get((community.id, today))
        current = said if said and said.content and today - said.local_date < WEEK else None
        theme = shelf.theme(current.content.theme) if current and current.content and current.content.theme else None
        return Standing(
            community,
            shelf,
            kept,
            weeks,
            theme,
            coming(weeks, days, announced, shelf.plan, shelf.theme),
            moments[0][1] if moments else None,
            zone,
            today,
        )

    async def _moments(
        self, work: UnitOfWork, schedules: Sequence[Schedule], paused_until: date | None
    ) -> Sequence[tuple[date, datetime]]:
        """When the next weeks are announced: what is due and not announced yet comes first."""
        now, found = self._clock.now(), list[tuple[date, datetime]]()
        for schedule in schedules:
            latest = await work.occurrences.latest(schedule.id, now)
            if latest and not latest.skip and latest.content is None:
                waiting = await work.outbox.of_occurrence(latest.id)
                if any(not delivery.state.settled for delivery in waiting):
                    found.append((latest.local_date, latest.due_at))
            if not schedule.targets:
                continue
            until = max(now, datetime.combine(paused_until, now.timetz()) if paused_until else now) + LOOK_AHEAD
            decided = schedule.coming(now, until, paused_until)
            found += [(one.local_date, one.due_at) for one in decided if one.skip is None]
        return sorted(found, key=lambda moment: moment[1])[:SHOWN]


def _view(standing: Standing) -> cards.View:
    """What cards and forms show of it."""
    return cards.View(
        tuple(
            cards.Entry(one.day if standing.next_at else None, standing.shelf.theme(one.theme), one.index, one.dated)
            for one in standing.coming
            if one.theme
        ),
        standing.plan,
        standing.weeks,
        standing.shelf.plan(standing.weeks.begins.plan) if standing.weeks.begins else None,
        standing.next_at,
        standing.zone,
        tuple(cards.Entry(None, standing.shelf.theme(one), None, dated) for one, dated in standing.later),
    )


def _announced(standing: Standing) -> int:
    return standing.weeks.first + standing.weeks.apart


def offered(standing: Standing) -> Sequence[Theme]:
    """The themes to choose from, own ones first, without those that another one took the place of."""
    known = standing.shelf.themes.values()
    own = [theme for theme in reversed(list(known)) if theme.id in {one.id for one in standing.shelf.own.themes}]
    others = [theme for theme in known if theme not in own]
    return [theme for theme in (*own, *others) if theme.id not in standing.weeks.instead]


def _theme(standing: Standing, theme: str) -> Theme:
    found = standing.shelf.theme(ThemeId(theme))
    if found is None:
        raise Refusal("theme.unknown", "I do not know that theme any more. /kindling challenge shows what there is.")
    return found


def _wanted_theme(standing: Standing, said: str, which: str) -> Theme:
    """The theme that was picked, or whose title was typed, of a circle or of all."""
    if found := standing.shelf.theme(ThemeId(said)):
        return found
    themes = [theme for theme in offered(standing) if which in {theme.circle, theme.id}]
    try:
        return _theme(standing, picked(said, cards.themes_to_pick(themes), "theme"))
    except Unread as error:
        raise Wrong("theme", str(error)) from error


def _named(standing: Standing, week: str) -> ThemeId:
    """The theme of a week that was chosen in a form; empty when it is not there."""
    chosen = standing.week(week)
    return chosen.theme if chosen and chosen.theme else ThemeId("")


def _week(standing: Standing, values: Values) -> str:
    """The week that was picked, or whose date or title was typed."""
    said, weeks = values.get("week", ""), cards.weeks_to_pick(_view(standing))
    try:
        return picked(said, weeks, "week")
    except Unread as error:
        if len(weeks) <= OPTIONS_LIMIT:  # it was picked, and is gone
            return said
        raise Wrong("week", str(error)) from error


def _index(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0

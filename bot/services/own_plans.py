"""Plans of weeks that moderators write: from themes, in an order; or copied from one that comes with Kindling."""

import re
from collections.abc import Mapping

from bot.domain.challenges import Plan, Week
from bot.domain.changes import Change, mark_of
from bot.domain.errors import Refusal
from bot.domain.forms import Rejected
from bot.domain.ids import PlanId, ThemeId, dated_id
from bot.domain.message import Card, Reply
from bot.domain.own import plan_state
from bot.domain.places import Actor
from bot.domain.words import tidied
from bot.ports import Clock, Storage
from bot.services import plan_cards as cards
from bot.services.cards import note
from bot.services.challenge_cards import LIMITS, plan_form, plans_to_pick, themes_to_pick
from bot.services.challenges import Challenges, offered
from bot.services.changing import Changing, undoing
from bot.services.picking import page_number, picked, picked_lines
from bot.services.reading import Unread
from bot.services.setup import must_moderate
from bot.services.shelf import Shelf
from bot.services.week_edits import Standing
from bot.services.week_settings import PLAN

PLANS_LIMIT = 100
"""How many plans a community may have of its own."""
ABOUT_LIMIT = 240
TOO_LONG = (
    f"Written out, the titles of a plan have at most {cards.TYPED} characters, or no form could show them. Please "
    "write fewer on a line, or fewer weeks."
)
GONE = "I do not know that plan any more. /kindling plans shows what there is."
Problems = Mapping[str, str]


class OwnPlans:
    """Each call checks the actor's right again."""

    def __init__(self, storage: Storage, challenges: Challenges, clock: Clock, *, changing: Changing) -> None:
        self._storage = storage
        self._challenges = challenges
        self._clock = clock
        self._changing = changing

    async def plans(self, actor: Actor, page: str = "", *, pressed: bool = False) -> Reply:
        """All plans, and what can be done with them."""
        standing = await self._look(actor)
        return Reply(cards.plans_card(standing.shelf, standing.weeks.plan, page_number(page)), replace=pressed)

    async def themes(self, actor: Actor, page: str) -> Reply:
        """The titles that a plan is written from."""
        standing = await self._look(actor)
        return Reply(cards.themes_card(offered(standing), page_number(page)), replace=True)

    async def which(self, actor: Actor) -> Reply:
        """Choose a plan to look at."""
        return Reply(cards.which_form((await self._look(actor)).shelf.plans.values()))

    async def chosen(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """The plan that was picked, or whose name was typed."""
        standing = await self._look(actor)
        shelf = standing.shelf
        try:
            wanted = picked(values.get("plan", ""), plans_to_pick(shelf.plans.values()), "plan")
        except Unread as error:
            return Reply(Rejected({"plan": str(error)}, cards.which_form(shelf.plans.values())))
        return Reply(_card(shelf.plans[PlanId(wanted)], standing))

    async def show(self, actor: Actor, plan: str) -> Reply:
        """One plan."""
        standing = await self._look(actor)
        return Reply(_card(_known(standing.shelf, plan), standing), replace=True)

    async def new_form(self, actor: Actor) -> Reply:
        """An empty form. It brings the new plan's id, so that sending it twice makes one."""
        must_moderate(actor)
        return Reply(cards.plan_form({}, self._fresh()))

    async def copy_form(self, actor: Actor, plan: str) -> Reply:
        """A plan as a new one, to be changed and kept beside it."""
        standing = await self._look(actor)
        known = _known(standing.shelf, plan)
        title = f"Our {known.title}"[: LIMITS["title"]]
        values = cards.plan_values(known, standing.shelf, standing.weeks.meant, title)
        return Reply(cards.plan_form(values, self._fresh()))

    async def change_form(self, actor: Actor, plan: str) -> Reply:
        """An own plan, with the mark of what it is now."""
        standing = await self._look(actor)
        known = _own(standing.shelf, plan)
        values = cards.plan_values(known, standing.shelf, standing.weeks.meant)
        return Reply(cards.plan_form(values, f"{known.id}.{mark_of(plan_state(known))}"))

    async def begin_form(self, actor: Actor, plan: str) -> Reply:
        """From when on the weeks follow a plan: the next announcement, or a date."""
        standing = await self._look(actor)
        return Reply(plan_form([_known(standing.shelf, plan)], plan, standing.mark))

    async def write(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """Keep a plan: a new one, or one that was there when the form was opened."""
        must_moderate(actor)
        id_, _, seen = subject.partition(".")
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            shelf = standing.shelf
            known = next((one for one in shelf.own.plans if one.id == id_), None)
            if known is None and (seen or not FRESH.fullmatch(id_)):
                raise Refusal("plan.unknown", GONE)
            plan, problems = _read(PlanId(id_), values, standing)
            if known is None and len(shelf.own.plans) >= PLANS_LIMIT:
                problems = {"title": f"There are {PLANS_LIMIT} plans of your own. Please remove one of them first."}
            if problems:
                return Reply(Rejected(problems, cards.plan_form(values, subject)))
            again = known is None or known == plan  # nothing was there, or the same form came before
            change = await self._changing.change(
                work, actor, PLAN, plan.id, plan_state(plan), seen=None if again else seen
            )
            after = await self._challenges.standing(work, actor)
            await work.commit()
        said = _kept(plan, standing, changed=known is not None)
        return Reply(_card(_known(after.shelf, plan.id), after, change, said))

    async def ask_to_remove(self, actor: Actor, subject: str) -> Reply:
        """Ask before a plan is gone."""
        shelf = (await self._look(actor)).shelf
        return Reply(cards.removing_card(_own(shelf, subject.partition(".")[0]), subject), replace=True)

    async def remove(self, actor: Actor, subject: str) -> Reply:
        """Take an own plan away. Asking twice removes it once."""
        must_moderate(actor)
        id_, _, seen = subject.partition(".")
        async with self._storage.unit_of_work() as work:
            shelf = (await self._challenges.standing(work, actor)).shelf
            known = next((one for one in shelf.own.plans if one.id == id_), None)
            if known is None:
                return Reply(note("It is gone", "That plan was removed already.", choices=(cards.ALL_PLANS,)))
            change = await self._changing.change(work, actor, PLAN, known.id, None, seen=seen)
            await work.commit()
        choices = (*((undoing(change),) if change else ()), cards.ALL_PLANS)
        lines = (f"“{known.title}” is not among the plans any more. Its themes stay.",)
        return Reply(note("Removed", *lines, choices=choices, emoji="🗑️"), replace=True)

    async def _look(self, actor: Actor) -> Standing:
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            await work.commit()
        return standing

    def _fresh(self) -> str:
        return f"{OWN_PLAN}{dated_id(self._clock.now())}"


OWN_PLAN = "own-"
"""How the ids of own plans begin; none of the library's does."""
FRESH = re.compile(rf"{OWN_PLAN}[0-9a-f]{{32}}")
"""The id that the form of a new plan brings, and no other: what comes back is not ours until it was looked at."""


def _card(plan: Plan, standing: Standing, change: Change | None = None, said: str = "") -> Card:
    return cards.plan_card(plan, standing.shelf, standing.weeks.meant, change, said)


def _known(shelf: Shelf, plan: str) -> Plan:
    found = shelf.plans.get(PlanId(plan))
    if found is None:
        raise Refusal("plan.unknown", GONE)
    return found


def _own(shelf: Shelf, plan: str) -> Plan:
    found = _known(shelf, plan)
    if not cards.is_own(found, shelf):
        raise Refusal("plan.not_own", "That plan comes with Kindling. “Copy it” makes one of your own from it.")
    return found


def _read(id_: PlanId, values: Mapping[str, str], standing: Standing) -> tuple[Plan, Problems]:
    """The plan that was written, and a sentence for each field that does not fit."""
    shelf, problems = standing.shelf, dict[str, str]()
    title, about = (" ".join(tidied(values.get(name, "")).split()) for name in ("title", "about"))
    taken = {one.title.casefold() for one in shelf.plans.values() if one.id != id_}
    if not title or len(title) > LIMITS["title"]:
        problems["title"] = f"Please write a name of at most {LIMITS['title']} characters."
    elif title.casefold() in taken:
        problems["title"] = f"Another plan is called “{title}” already. Please choose another name."
    weeks: tuple[Week, ...] = ()
    try:
        weeks = _weeks(values.get("weeks", ""), standing)
    except Unread as error:
        problems["weeks"] = str(error)
    plan = Plan(id_, title, about[:ABOUT_LIMIT], weeks)
    if len(cards.plan_values(plan, shelf, standing.weeks.meant)["weeks"]) > cards.TYPED:
        problems["weeks"] = TOO_LONG
    return plan, problems


def _weeks(said: str, standing: Standing) -> tuple[Week, ...]:
    """The weeks of a plan, each from a line with a title, or with several that take turns."""
    lines = picked_lines(tidied(said), themes_to_pick(offered(standing)), "theme")
    if not 1 <= len(lines) <= cards.WEEKS_LIMIT:
        raise Unread(f"Please write one to {cards.WEEKS_LIMIT} titles, each on a line of its own.")
    return tuple(Week(standing.shelf.themes[ThemeId(line[0])].circle, tuple(map(ThemeId, line))) for line in lines)


def _kept(plan: Plan, standing: Standing, *, changed: bool) -> str:
    if not changed:
        return "Kept. It is among the plans now; nothing follows it before you have it begin."
    follows = plan.id in {standing.weeks.plan, standing.weeks.begins.plan if standing.weeks.begins else ""}
    return "Kept. It counts from the next announcement on; what is announced stays." if follows else "Kept."

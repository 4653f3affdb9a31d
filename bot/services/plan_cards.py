"""How plans of weeks look to moderators: the list, one plan, and the form in which one is written. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from bot.domain.challenges import Plan, Theme
from bot.domain.changes import Change, mark_of
from bot.domain.forms import Field, FieldKind, Form
from bot.domain.ids import ThemeId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Style, Text
from bot.domain.own import plan_state
from bot.services.cards import as_many_as_fit
from bot.services.challenge_cards import ALL_WEEKS, LABEL, LIMITS, plans_to_pick
from bot.services.changing import undoing
from bot.services.picking import BESIDE, pick
from bot.services.shelf import Shelf

PAGE = 10
THEMES_PAGE = 30
WEEKS_LIMIT = 52
TYPED = 3_000
"""Slack's input: a form shows no longer text, so no plan is longer."""
ALL_OF_THEM = "“Copy it” shows every week."
Meant: TypeAlias = Callable[[ThemeId], ThemeId]
"""Which theme comes where one is named: another one may have taken its place."""
ALL_PLANS = Choice("All plans", Action("plans"), emoji="🧭")
WRITE = Choice("Write a plan", Action("plan_new"), emoji="✍️")


def plans_card(shelf: Shelf, current: str, page: int) -> Card:
    """The plans there are, own ones last, some on each page."""
    plans = list(shelf.plans.values())
    page = page if page * PAGE < len(plans) else 0
    shown = plans[page * PAGE :][:PAGE]
    items = tuple(Item(_about(plan, shelf, current), label=plan.title) for plan in shown)
    following = page + 1 if (page + 1) * PAGE < len(plans) else 0
    turn = Choice("More plans" if following else "First plans", Action("plans", str(following)), emoji="➡️")
    choices = (
        Choice("Look at one", Action("open", "plan"), Style.PRIMARY, "👀"),
        WRITE,
        Choice("All themes", Action("plan_themes"), emoji="🌱"),
        *((turn,) if len(plans) > PAGE else ()),
        ALL_WEEKS,
    )
    several = f" {page * PAGE + 1} to {page * PAGE + len(shown)} of {len(plans)}" if len(plans) > PAGE else ""
    body = (Items(items, title=f"Plans{several}:"), Text("A plan is an order of themes, one for each week."))
    return Card("Plans of weeks", body, choices, emoji="🧭")


def _about(plan: Plan, shelf: Shelf, current: str) -> str:
    count = len(plan.weeks)
    said = ["one week" if count == 1 else f"{count} weeks", "your own" if is_own(plan, shelf) else ""]
    return ", ".join(filter(None, [*said, "the weeks follow it" if plan.id == current else ""]))


def is_own(plan: Plan, shelf: Shelf) -> bool:
    """Whether a plan is one of the community's own."""
    return any(one.id == plan.id for one in shelf.own.plans)


def themes_card(themes: Sequence[Theme], page: int) -> Card:
    """The titles of all themes, to write a plan from, some on each page."""
    page = page if page * THEMES_PAGE < len(themes) else 0
    shown = themes[page * THEMES_PAGE :][:THEMES_PAGE]
    items = tuple(Item(theme.title) for theme in shown)
    following = page + 1 if (page + 1) * THEMES_PAGE < len(themes) else 0
    turn = Choice("More themes" if following else "First themes", Action("plan_themes", str(following)), emoji="➡️")
    title = f"Themes {page * THEMES_PAGE + 1} to {page * THEMES_PAGE + len(shown)} of {len(themes)}:"
    choices = (*((turn,) if len(themes) > THEMES_PAGE else ()), WRITE, ALL_PLANS)
    return Card("Themes", (Items(items, title=title),), choices, emoji="🌱")


def which_form(plans: Collection[Plan]) -> Form:
    """Choose a plan to look at."""
    return Form("plan_which", "Which plan?", (pick("plan", "Which plan?", plans_to_pick(plans)),), submit="Show")


def plan_card(plan: Plan, shelf: Shelf, meant: Meant, change: Change | None = None, said: str = "") -> Card:
    """One plan with its weeks, and what can be done with it. Only own ones change; others are copied first."""
    own = is_own(plan, shelf)
    lines = tuple(
        Item(titles_of(week.themes, shelf, meant) or "a theme that is gone", label=f"Week {number}")
        for number, week in enumerate(plan.weeks, 1)
    )
    body: list[Part] = [Text(said, strong=True)] if said else []
    body += [Text(plan.about)] if plan.about else []
    body.append(Items(as_many_as_fit(lines, ALL_OF_THEM)))
    if any(len(week.themes) > 1 for week in plan.weeks):
        body.append(Text(f"Where {BESIDE} stands between themes, they take turns from round to round."))
    subject = f"{plan.id}.{mark_of(plan_state(plan))}"
    choices = (
        Choice("Have it begin", Action("plan_begin", plan.id), Style.PRIMARY, "▶️"),
        *((Choice("Change it", Action("plan_change", plan.id), emoji="✏️"),) if own else ()),
        Choice("Copy it", Action("plan_copy", plan.id), emoji="📄"),
        *((Choice("Remove it", Action("plan_remove", subject), emoji="🗑️"),) if own else ()),
        undoing(change) if change else ALL_PLANS,
    )
    return Card(plan.title, tuple(body), choices, emoji="🧭")


def titles_of(themes: Sequence[ThemeId], shelf: Shelf, meant: Meant) -> str:
    """The titles of a week's themes, as they are typed into the form."""
    return f" {BESIDE} ".join(found.title for theme in themes if (found := shelf.theme(meant(theme))))


def removing_card(plan: Plan, subject: str) -> Card:
    """Ask before a plan is gone."""
    remove = Choice("Remove", Action("plan_remove!", subject), Style.DANGER, "🗑️")
    lines = (Text("Its themes stay, and this can be undone."),)
    return Card(f"Remove “{plan.title}”?", lines, (remove, ALL_PLANS), emoji="🗑️")


def plan_form(values: Mapping[str, str], subject: str) -> Form:
    """A plan's name, and its themes in their order, one title on each line."""
    fields = (
        Field("title", "What is it called?", value=values.get("title", "")[:LABEL], limit=LIMITS["title"]),
        Field(
            "about", "What is it about?", required=False, value=values.get("about", ""), hint="One sentence", limit=240
        ),
        Field(
            "weeks",
            "Its themes, one title on each line",
            FieldKind.PARAGRAPH,
            value=values.get("weeks", ""),
            hint=f"In their order. “One {BESIDE} Another” on a line take turns from round to round",
            limit=TYPED,
        ),
    )
    return Form("plan", "A plan of our own", fields, subject=subject, intro="The first letters of a title will do.")


def plan_values(plan: Plan, shelf: Shelf, meant: Meant, title: str = "") -> Mapping[str, str]:
    """A plan as it stands in the form."""
    weeks = "\n".join(filter(None, (titles_of(week.themes, shelf, meant) for week in plan.weeks)))
    return {"title": title or plan.title, "about": plan.about, "weeks": weeks}

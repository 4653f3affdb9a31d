"""How the calendar of weeks looks to moderators: its card and its forms. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.domain.challenges import Plan, Theme
from bot.domain.errors import Refusal
from bot.domain.forms import Field, FieldKind, Form
from bot.domain.ids import ThemeId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Style, Text
from bot.domain.packs import Circle
from bot.domain.weeks import Dated, Weeks
from bot.domain.words import tidied
from bot.services.cards import as_many_as_fit
from bot.services.picking import Options, pick
from bot.services.wording import day, moment

TIMES = ("1", "2", "3", "4")
BEGINS = "begins"
LAST = "last"
LABEL = 75
"""Slack's option."""
FEW = 1_500
"""Characters of the list of themes with a date beside that of the coming weeks."""
LATER = "“Edit or end” finds each of them."
IDEAS = 3
LIMITS = {"title": 60, "text": 500, "daily": 140, "ideas": 500}
IDEA_LIMIT = 160
COUNTS = {"1": "Once", "2": "Two weeks in a row", "3": "Three weeks in a row", "4": "Four weeks in a row"}

ALL_WEEKS = Choice("See the weeks", Action("weeks"), emoji="🗓️")
CHOICES = (
    Choice("Choose a plan", Action("weeks_plan"), Style.PRIMARY, "🧭"),
    Choice("Add a theme", Action("weeks_add"), emoji="🌱"),
    Choice("Change the order", Action("weeks_order"), emoji="🔀"),
    Choice("Edit or end", Action("weeks_change"), emoji="✏️"),
    Choice("Let people vote", Action("vote_ask"), emoji="🗳️"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One coming week. `day` is None while no weekly challenge is scheduled."""

    day: date | None
    theme: Theme | None
    index: int | None
    dated: Dated | None

    @property
    def title(self) -> str:
        """What it is called in lists."""
        return self.theme.title if self.theme else "a theme that is gone"

    @property
    def when(self) -> str:
        """Its date, or its place."""
        if self.day:
            return day(self.day)
        return day(self.dated.on) if self.dated else f"Week {(self.index or 0) + 1}"


@dataclass(frozen=True, slots=True)
class View:
    """What is to come, as moderators see it."""

    entries: tuple[Entry, ...]
    plan: Plan
    weeks: Weeks
    begins: Plan | None
    next_at: datetime | None
    zone: str
    later: tuple[Entry, ...] = ()
    """Themes with a date beyond these entries."""


def name_of(index: int | None, dated: Dated | None) -> str:
    """A week as forms name it; empty for one that cannot be chosen."""
    if dated:
        return f"{dated.on.isoformat()}/{dated.theme}"
    return "" if index is None else str(index)


def ordered(view: View) -> Sequence[Entry]:
    """The coming weeks that have a place in the order."""
    return [entry for entry in view.entries if entry.index is not None]


def calendar_card(now: Theme | None, view: View, *, changed: bool = False) -> Card:
    """This week's theme and the coming ones."""
    body: list[Part] = []
    if changed:
        body.append(Text(from_when(view.next_at, view.zone), strong=True))
    if now:
        body.append(Text(f"This week, announced: “{now.title}”."))
    items = tuple(Item(f"{entry.title}{_mark(entry)}", label=entry.when) for entry in view.entries)
    if items:
        body.append(Items(items, title="The coming weeks:"))
    if view.later:
        later = [Item(entry.title, label=entry.when) for entry in view.later]
        body.append(Items(as_many_as_fit(later, LATER, FEW), title="Later, because of their dates:"))
    body += [Text(line) for line in _after(view)]
    footnote = "Pauses and days that the schedule leaves out move the weeks along."
    if not changed:
        footnote = f"What is announced stays. {footnote}"
    heading = "The calendar of weeks" if not changed else "The weeks are changed"
    return Card(heading, tuple(body), CHOICES, footnote=footnote, emoji="🗓️")


def _mark(entry: Entry) -> str:
    return f" (because of its date, {day(entry.dated.on)})" if entry.dated else ""


def from_when(next_at: datetime | None, zone: str) -> str:
    """From when on a change counts."""
    if next_at is None:
        return "This counts from the next announcement on. What is announced stays."
    return f"This counts from the next announcement on, {moment(next_at, zone)}. What is announced stays."


def _after(view: View) -> list[str]:
    """What holds beyond the list."""
    lines: list[str] = []
    left, but = view.weeks.left, ", but for the themes with a date" if view.later else ""
    if view.begins and view.weeks.begins:
        lines.append(f"In the week of {day(view.weeks.begins.on)} the plan “{view.begins.title}” begins.")
    if left == 0 and not view.entries:
        lines.append(f"The calendar has come to its end, so no weekly challenge is announced{but}.")
    elif left is not None:
        lines.append(
            f"After that the calendar ends, and no weekly challenge is announced{but}."
            if left <= len(ordered(view))
            else "The calendar ends when its weeks are through."
        )
    else:
        lines.append(f"The plan is “{view.plan.title}”, and it goes on.")
    if view.next_at is None:
        lines.append("No weekly challenge is scheduled at present; /kindling setup does that.")
    return lines


def add_card() -> Card:
    """Whom the theme is for, or a new one."""
    circles = tuple(Choice(f"For {circle.words}"[:LABEL], Action("weeks_from", circle.value)) for circle in Circle)
    text = Text("Whom is the theme for? Or write one of your own, with a line for each morning.")
    return Card(
        "Add a theme", (text,), (*circles, Choice("Write our own", Action("weeks_write"), emoji="✍️")), emoji="🌱"
    )


def kept_card(theme: Theme) -> Card:
    """An own theme is there to be used."""
    choices = (
        Choice("Have it come next", Action("weeks_next", theme.id), Style.PRIMARY),
        Choice("Choose when", Action("weeks_place", theme.id)),
        ALL_WEEKS,
    )
    return Card(
        f"“{theme.title}” is kept", (Text("It is among your themes now. When shall it come?"),), choices, emoji="✍️"
    )


def edit_card(theme: Theme) -> Card:
    """On the way to the words of a theme."""
    body = (
        Text(theme.text),
        Text("Your words take its place in the coming weeks. Where it was announced already it stays as it was."),
    )
    choices = (Choice("Write it anew", Action("weeks_write", theme.id), Style.PRIMARY), ALL_WEEKS)
    return Card(theme.title, body, choices, emoji="✏️")


def plan_form(plans: Collection[Plan], current: str, mark: str) -> Form:
    """The plans to choose from."""
    options = plans_to_pick(plans)
    first = [option for option in options if option[0] == current]
    return Form(
        "weeks_plan",
        "Choose a plan",
        (
            pick("plan", "The plan", tuple(dict.fromkeys([*first, *options])), value=(first or options)[0][0]),
            Field(
                "begins",
                "It begins in the week of",
                FieldKind.DATE,
                required=False,
                hint="Without a date: with the next announcement",
            ),
            Field(
                "after",
                "When it is through",
                FieldKind.CHOICE,
                value="round",
                options=(("round", "It starts again"), ("end", "It ends, and nothing is announced")),
            ),
        ),
        subject=mark,
        intro="The plan takes the place of the order that is there now. Themes with a date stay where they are. "
        "/kindling plans shows what is in each, and makes one of your own.",
    )


def plans_to_pick(plans: Collection[Plan]) -> Options:
    """Plans as what can be picked."""
    return tuple((plan.id, f"{plan.title}: {_weeks(len(plan.weeks))}"[:LABEL]) for plan in plans)


def themes_to_pick(themes: Collection[Theme]) -> Options:
    """Themes as what can be picked."""
    return tuple((theme.id, theme.title[:LABEL]) for theme in themes)


def _weeks(count: int) -> str:
    return "one week" if count == 1 else f"{count} weeks"


def insert_form(themes: Sequence[Theme], view: View, subject: str) -> Form:
    """A theme, and when it comes."""
    if not themes:
        raise Refusal("theme.none", "There is no theme for that circle yet. “Write our own” makes one.")
    places = tuple((str(e.index), f"Before {e.when}: {e.title}"[:LABEL]) for e in ordered(view))
    return Form(
        "weeks_insert",
        "Add a theme",
        (
            pick("theme", "The theme", themes_to_pick(themes), value=themes[0].id),
            Field(
                "before",
                "Where in the order",
                FieldKind.CHOICE,
                value="0",
                options=places or (("0", "As the next one"),),
            ),
            Field(
                "on",
                "Or in the week of a date",
                FieldKind.DATE,
                required=False,
                hint="With a date, the order is left alone",
            ),
            Field("times", "How often", FieldKind.CHOICE, value="1", options=tuple(COUNTS.items())),
        ),
        submit="Add",
        subject=subject,
    )


def order_form(view: View, mark: str) -> Form:
    """Which week moves, and where to."""
    entries = ordered(view)
    week = tuple((str(entry.index), f"{entry.when}: {entry.title}"[:LABEL]) for entry in entries)
    places = tuple((str(entry.index), f"To {entry.when}"[:LABEL]) for entry in entries)
    return Form(
        "weeks_order",
        "Change the order",
        (
            Field("week", "Which week", FieldKind.CHOICE, value=week[0][0] if week else "", options=week),
            Field("to", "Where it moves", FieldKind.CHOICE, value=places[-1][0] if places else "", options=places),
        ),
        submit="Move",
        subject=mark,
        intro="The weeks between the two places move up by one. Themes with a date stay where they are.",
    )


def weeks_to_pick(view: View) -> Options:
    """The weeks that something can be done with: the coming ones, those with a date after them, and a plan's first."""
    weeks = [
        (name, f"{entry.when}: {entry.title}"[:LABEL])
        for entry in (*view.entries, *view.later)
        if (name := name_of(entry.index, entry.dated))
    ]
    if view.begins and view.weeks.begins:
        weeks.append((BEGINS, f"{day(view.weeks.begins.on)}: “{view.begins.title}” begins"[:LABEL]))
    return tuple(weeks) or ((LAST, "None: the calendar has ended"),)


def change_form(view: View, mark: str) -> Form:
    """What to do with one of the coming weeks."""
    weeks = weeks_to_pick(view)
    what = [
        ("edit", "Write it anew"),
        ("out", "Leave it out"),
        ("again", "Have it come once more, the week after"),
        ("date", "Give it a date"),
        ("end", "Let the calendar end after it"),
    ]
    if view.weeks.last is not None:
        what.append(("on", "Let the plan go on after all"))
    return Form(
        "weeks_change",
        "Edit or end",
        (
            pick("week", "Which week", weeks, value=weeks[0][0]),
            Field("what", "What shall become of it", FieldKind.CHOICE, value=what[0][0], options=tuple(what)),
            Field("date", "Its date, if it gets one", FieldKind.DATE, required=False),
        ),
        submit="Go on",
        subject=mark,
    )


def theme_form(theme: Theme | None, subject: str, values: Mapping[str, str] | None = None) -> Form:
    """The words of a theme, empty for a new one."""
    given = values or (
        {
            "title": theme.title,
            "text": theme.text,
            "daily": theme.daily,
            "circle": theme.circle.value,
            "ideas": "\n".join(theme.ideas),
        }
        if theme
        else {}
    )
    circle = given.get("circle", "")
    return Form(
        "weeks_write",
        "A theme of our own",
        (
            Field("title", "Its title", value=given.get("title", ""), limit=LIMITS["title"]),
            Field(
                "text",
                "How it is announced",
                FieldKind.PARAGRAPH,
                value=given.get("text", ""),
                hint="A few sentences that invite",
                limit=LIMITS["text"],
            ),
            Field(
                "daily",
                "A line for that week's mornings",
                value=given.get("daily", ""),
                hint="A quiet statement",
                limit=LIMITS["daily"],
            ),
            Field(
                "circle",
                "Whom it is for",
                FieldKind.CHOICE,
                value=circle if circle in set(Circle) else Circle.SELF.value,
                options=tuple((one.value, f"For {one.words}") for one in Circle),
            ),
            Field(
                "ideas",
                "Ways in, one on each line",
                FieldKind.PARAGRAPH,
                value=given.get("ideas", ""),
                hint="Up to three, from tiny to more",
                limit=LIMITS["ideas"],
            ),
        ),
        subject=subject,
    )


def read_theme(theme: ThemeId, values: Mapping[str, str]) -> tuple[Theme, Mapping[str, str]]:
    """The theme that was written, and a sentence for each field that does not fit."""
    said = {name: " ".join(tidied(values.get(name, "")).split()) for name in ("title", "text", "daily")}
    problems = {name: "Please write something here." for name, text in said.items() if not text}
    for name, text in said.items():
        if len(text) > LIMITS[name]:
            problems[name] = f"That is a little long. Please keep it to {LIMITS[name]} characters."
    ideas = tuple(filter(None, (" ".join(line.split()) for line in tidied(values.get("ideas", "")).splitlines())))
    if not 1 <= len(ideas) <= IDEAS:
        problems["ideas"] = "Please write one to three ways in, each on a line of its own."
    elif any(len(idea) > IDEA_LIMIT for idea in ideas):
        problems["ideas"] = f"One of them is a little long. Please keep each to {IDEA_LIMIT} characters."
    circle = values.get("circle", "")
    if circle not in set(Circle):
        problems["circle"] = "Please choose whom it is for."
        circle = Circle.SELF
    return Theme(theme, Circle(circle), said["title"], said["text"], said["daily"], ideas), problems


def filled(form: Form, values: Mapping[str, str]) -> Form:
    """The same form with what was typed."""
    return replace(form, fields=tuple(replace(one, value=values.get(one.name, one.value)) for one in form.fields))

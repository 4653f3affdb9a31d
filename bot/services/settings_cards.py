"""How the settings of a community look: its schedules, its quiet hours and days, and the forms to change them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date

from bot.domain.community import Community, Tone
from bot.domain.days import DaysOff, spans_of
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form
from bot.domain.ids import SpaceId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Style, Text
from bot.domain.schedule import NAME_LIMIT, Ritual, Schedule
from bot.services import wording
from bot.services.picking import Options, pick
from bot.services.reading import DAY_NAMES, dates_in_words, days_in_words, grace_in_words
from bot.services.setup import WEEKDAYS
from bot.services.upcoming import Upcoming

SETTINGS = Choice("All settings", Action("settings"), emoji="⚙️")
ADD = Choice("Add a card", Action("open", "schedule"), emoji="➕")
CHOOSE = Choice("Change a card", Action("open", "which"), emoji="🗓️")
WHOLE = Choice("Tone, quiet hours", Action("open", "community"), emoji="🏡")
SKIP = Choice("Skip days", Action("open", "skip"), emoji="🍃")
HOLIDAYS = Choice("Holidays", Action("holidays"), emoji="🎄")
CHANGE = Choice("Change something", Action("open", "settings"), Style.PRIMARY, "✏️")
OFFERED = (Ritual.MORNING, Ritual.MINDFUL, Ritual.EVENING, Ritual.CHALLENGE)
"""What can be added. The recap follows the wall: there is one, and /kindling wall setup chooses its day."""
DATES_LIMIT = 1_500
NOTIFY_LIMIT = 100
EVERYWHERE = "all"
MOST_SPANS = 8
MOST_SETS = 3
PAGE = 10
"""How many schedules are told on one card."""


def settings_card(
    community: Community,
    schedules: Sequence[Schedule],
    coming: Upcoming,
    off: str,
    here: SpaceId,
    *,
    page: int = 0,
) -> Card:
    """Every schedule with its next card, some on each page, and what holds for all; `off` is `off_in_words`."""
    page = page if page * PAGE < len(schedules) else 0
    shown = schedules[page * PAGE :][:PAGE]
    items = [_line(schedule, coming, here) for schedule in shown]
    quiet, rest = community.quiet, community.rest_day
    whole = [
        Item(f"{community.tone.value}, in {wording.language(community.language)}", label="Tone"),
        Item(f"{quiet}, by the clock of each card" if quiet else "none", label="Quiet hours"),
        Item(WEEKDAYS[rest] if rest is not None else "none", label="Rest day"),
        Item(off, label="Days without cards"),
        Item("on the first workday, for moderators" if community.previews else "off", label="Preview of each week"),
    ]
    several = len(schedules) > PAGE
    title = f"Cards {page * PAGE + 1} to {page * PAGE + len(shown)} of {len(schedules)}:" if several else "Cards:"
    body: list[Part] = [Items(tuple(items), title=title)] if items else [Text("No card is set up here yet.")]
    if community.paused_until:
        body.insert(0, Text(f"Paused: no cards before {wording.day(community.paused_until)}."))
    body.append(Items(tuple(whole), title="For the whole community:"))
    last = HOLIDAYS if not several else _more_cards(page + 1 if (page + 1) * PAGE < len(schedules) else 0)
    choices = (CHANGE, ADD, *((CHOOSE,) if schedules else ()), WHOLE, last)
    return Card("Settings", tuple(body), choices, emoji="⚙️")


def _more_cards(page: int) -> Choice:
    """The way to another page, in the place of the holidays: those are among what can be changed, too."""
    return Choice("More cards" if page else "First cards", Action("settings", str(page)), emoji="➡️")


def _line(schedule: Schedule, coming: Upcoming, here: SpaceId) -> Item:
    when = f"{days_in_words(schedule.weekdays)} at {schedule.at:%H:%M}" if schedule.weekdays else "off"
    channel = next((target.place.channel for target in schedule.targets if target.space == here), "")
    elsewhere = "" if channel or not schedule.targets else " In a linked place."
    return Item(f"{when}. Next: {coming.of(schedule)}.{elsewhere}", label=schedule.title, channel=channel)


def off_in_words(off: Sequence[DaysOff], today: date) -> str:
    """The days to come on which the community has no cards."""
    said: list[str] = []
    for one in off:
        coming = sorted(day for day in one.dates(UTC) if day >= today)
        if coming:
            named = f"“{one.name}”: " if one.name else ""
            said.append(f"{named}{', '.join(map(wording.days, spans_of(coming)[:MOST_SPANS]))}")
    more = f"; and {len(said) - MOST_SETS} more, which the holidays list" if len(said) > MOST_SETS else ""
    return "; ".join(said[:MOST_SETS]) + more or "none"


def schedule_card(schedule: Schedule, coming: Upcoming, here: SpaceId, mark: str) -> Card:
    """One schedule, with everything that can be changed of it."""
    own = schedule.own_grace
    items = [
        _line(schedule, coming, here),
        Item(f"{schedule.ritual.words}, {schedule.zone}", label="What"),
        Item(f"from {wording.day(schedule.starts)}{_until(schedule)}", label="When at all"),
        Item(dates_in_words(schedule.skip_dates) or "none", label="Its own days without cards"),
        Item(f"{grace_in_words(schedule.grace)}{'' if own else ', as usual'}", label="How late it may come"),
        Item(wording.manner_in_words(schedule.steps, notifies=_notifies(schedule, here)), label="When it is posted"),
    ]
    subject = f"{schedule.id}.{mark}"
    change = (Choice("Change", Action("schedule_change", schedule.id), Style.PRIMARY, "✏️"),)
    remove = (Choice("Remove", Action("schedule_remove", subject), emoji="🗑️"),)
    of_wall = schedule.ritual is Ritual.RECAP
    body: list[Part] = [Items(tuple(items))]
    if of_wall:
        body.append(Text("The recap follows the wall: /kindling wall setup chooses its day, or turns it off."))
    more = Choice("More", Action("schedule_more", schedule.id), emoji="➕")
    manner = Choice("When it is posted", Action("schedule_manner", schedule.id), emoji="📌")
    return Card(
        schedule.title,
        tuple(body),
        (*(() if of_wall else change), more, manner, *(() if of_wall else remove), SETTINGS),
        emoji="🗓️",
    )


def _notifies(schedule: Schedule, here: SpaceId) -> bool:
    return any(target.notify for target in schedule.targets if target.space == here)


def _until(schedule: Schedule) -> str:
    return f" to {wording.day(schedule.ends)}" if schedule.ends else " on"


def add_form(values: Mapping[str, str]) -> Form:
    """A new schedule."""
    options = tuple((ritual.value, ritual.words) for ritual in OFFERED)
    which = Field("ritual", "Which card?", FieldKind.CHOICE, value=values.get("ritual", ""), options=options)
    return Form("schedule", "Add a card", (which, *_when(values)), submit="Add")


def change_form(values: Mapping[str, str], subject: str) -> Form:
    """Where and when a schedule posts."""
    return Form("schedule", "Change a card", _when(values), subject=subject)


def _when(values: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field("channel", "Where should it appear?", FieldKind.CHANNEL, value=values.get("channel", "")),
        Field("days", "On which days?", value=values.get("days", ""), hint="Such as mon-fri, or every day", limit=60),
        Field("at", "At what time?", FieldKind.TIME, value=values.get("at", "")),
        Field(
            "zone", "In which time zone?", FieldKind.ZONE, value=values.get("zone", ""), hint="Such as Europe/Berlin"
        ),
    )


def more_form(values: Mapping[str, str], subject: str, ritual: Ritual) -> Form:
    """Everything else of a schedule."""
    grace = grace_in_words(ritual.grace)
    return Form(
        "schedule_more",
        "More of a card",
        (
            Field("name", "What is it called?", required=False, value=values.get("name", ""), limit=NAME_LIMIT),
            Field("starts", "First day", FieldKind.DATE, value=values.get("starts", "")),
            Field("ends", "Last day, if any", FieldKind.DATE, required=False, value=values.get("ends", "")),
            Field(
                "skips",
                "Days without it",
                FieldKind.PARAGRAPH,
                required=False,
                value=values.get("skips", ""),
                hint="Such as 2026-12-21..2027-01-03, 2027-05-01",
                limit=DATES_LIMIT,
            ),
            Field(
                "grace", "How late may it come?", required=False, value=values.get("grace", ""), hint=grace, limit=20
            ),
        ),
        subject=subject,
    )


def manner_form(values: Mapping[str, str], subject: str, named: Options = ()) -> Form:
    """What is done with a schedule's cards when they are posted. All of it is off unless it is chosen.

    `named` is what the role or group is called that is notified so far, by its id.
    """
    off_on = (("off", "No"), ("on", "Yes"))
    hint = "A role or user group, such as Helpers. Empty: nobody"
    return Form(
        "schedule_manner",
        "When it is posted",
        (
            Field("pin", "Is it pinned?", FieldKind.CHOICE, value=values.get("pin", "off"), options=off_on),
            Field(
                "thread",
                "Is a thread opened under it?",
                FieldKind.CHOICE,
                value=values.get("thread", "off"),
                options=off_on,
            ),
            Field(
                "notify",
                "Who is notified here?",
                FieldKind.GROUP,
                required=False,
                value=values.get("notify", ""),
                options=named,
                hint=hint,
                limit=NOTIFY_LIMIT,
            ),
        ),
        subject=subject,
        intro="A pinned card takes the place of the one before it. What is pinned already stays so when this is off.",
    )


def which_form(schedules: Sequence[Schedule], name: str = "which") -> Form:
    """Choose a schedule."""
    options = choosable(schedules)
    few = len(options) <= OPTIONS_LIMIT
    field = pick("schedule", "Which card?", options, value=schedules[0].id if schedules and few else "")
    return Form(name, "Which card?", (field,), submit="Show")


def choosable(schedules: Sequence[Schedule]) -> Options:
    """Schedules as what can be picked."""
    return tuple((one.id, labelled(one)) for one in schedules)


def labelled(schedule: Schedule) -> str:
    """A schedule in a pick list."""
    return f"{schedule.title[:40]} ({days_in_words(schedule.weekdays) or 'off'}, {schedule.at:%H:%M})"[:75]


def removing_card(schedule: Schedule, mark: str) -> Card:
    """Ask before a schedule is gone."""
    remove = Choice("Remove", Action("schedule_remove!", f"{schedule.id}.{mark}"), Style.DANGER, "🗑️")
    back = Choice("Keep it", Action("schedule", schedule.id))
    lines = (Text("No card of it comes any more. What it posted stays in its channel, and this can be undone."),)
    return Card(f"Remove “{schedule.title}”?", lines, (remove, back), emoji="🗑️")


def community_form(values: Mapping[str, str], languages: Collection[str], mark: str) -> Form:
    """What holds for all schedules."""
    tones = tuple((tone.value, tone.value.capitalize()) for tone in Tone)
    return Form(
        "community",
        "The whole community",
        (
            Field("tone", "Which tone suits you?", FieldKind.CHOICE, value=values.get("tone", ""), options=tones),
            pick("language", "Language", wording.languages(languages), value=values.get("language", "")),
            *free_fields(values),
            Field(
                "previews",
                "A private preview for you?",
                FieldKind.CHOICE,
                value=values.get("previews", "no"),
                options=(("no", "No"), ("yes", "Yes, on the first workday of each week")),
            ),
        ),
        subject=mark,
    )


def free_fields(values: Mapping[str, str]) -> tuple[Field, Field]:
    """When a whole community has no cards: its quiet hours, and its rest day."""
    rest = (("off", "No rest day"), *zip(DAY_NAMES, WEEKDAYS, strict=True))
    quiet = Field(
        "quiet",
        "Hours in which no card comes",
        required=False,
        value=values.get("quiet", "off"),
        hint="Such as 21:00-07:00, or off",
        limit=30,
    )
    return quiet, Field(
        "rest", "A weekday without cards", FieldKind.CHOICE, value=values.get("rest", "off"), options=rest
    )


def skip_form(schedules: Sequence[Schedule], values: Mapping[str, str]) -> Form:
    """Which days to leave out, and of which schedule."""
    return Form(
        "skip",
        "Skip days",
        (
            Field("when", "Which days?", value=values.get("when", "today"), hint="today, 2026-12-21..2027-01-03"),
            pick("which", "Which card?", skippable(schedules), value=values.get("which", EVERYWHERE)),
        ),
        submit="Skip",
        intro="Nothing is posted about it.",
    )


def skippable(schedules: Sequence[Schedule]) -> Options:
    """What days can be left out of."""
    return ((EVERYWHERE, "Every card, everywhere"), *choosable(schedules))

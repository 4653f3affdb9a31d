"""The sentences: how codes, instants and days are put in front of people."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime

from bot.domain.days import Quiet, Span
from bot.domain.delivery import Delivery, State
from bot.domain.finishing import Finish, Step
from bot.domain.schedule import Skip, zone_of

_UNFINISHED = {"too_late": "the platform could not be asked for a day"}
LOCALE = "en"
NOTICED = timedelta(minutes=5)
"""What comes less late than this nobody was waiting for."""

_SKIPPED = {
    Skip.PAUSED: "paused by a moderator",
    Skip.SKIP_DATE: "a day the schedule leaves out",
    Skip.REMOVED: "its schedule was removed",
    Skip.DAY_OFF: "a day off in this community",
    Skip.TOO_LATE: "Kindling was away at its time and came back too late for it",
    Skip.SPACE_LEFT: "Kindling was removed from that place",
    Skip.NEEDS_ATTENTION: "Kindling could not write in the channel",
    Skip.POSTED_EARLY: "a moderator had already posted it",
    Skip.NOTHING_SHARED: "nothing new was on the wall in that week, so there was nothing to tell",
    Skip.QUIET: "it was moved to a time that is quiet by now, and nothing of its day was left",
    Skip.NO_THEME: "the calendar of weeks has come to its end; /kindling challenge goes on with it",
}


def skipped(reason: str) -> str:
    """Why nothing was posted, as the end of a sentence."""
    return _SKIPPED[Skip(reason)] if reason in set(Skip) else reason.replace("_", " ")


def in_quiet_hours(at: time, quiet: Quiet) -> str:
    """Why no card can come at a time of day."""
    return (
        f"{at:%H:%M} lies in the quiet hours here, {quiet}, in which no card comes. Please choose another time, or "
        "other quiet hours in /kindling settings."
    )


def manner_in_words(steps: Collection[Step], *, notifies: bool) -> str:
    """How cards are posted: `pinned, with a thread`."""
    said = {Step.PIN: "pinned", Step.THREAD: "with a thread"}
    words = [said[step] for step in Step if step in steps]
    return ", ".join([*words, *(["somebody is notified"] if notifies else [])]) or "without anything else"


def unfinished(finish: Finish) -> str:
    """What could not be done with a card that was posted, and what helps."""
    why = _UNFINISHED.get(finish.trouble) or finish.sentence or f"the platform did not let me ({finish.trouble})"
    return f"posted, but {finish.step.undone}: {why}"


def moment(instant: datetime, zone: str) -> str:
    """`Tue 24 Nov 09:00 Europe/Berlin`."""
    return f"{short_moment(instant, zone)} {zone}"


def short_moment(instant: datetime, zone: str) -> str:
    """`Tue 24 Nov 09:00`, on the clocks of a zone."""
    return format_datetime(instant.astimezone(zone_of(zone)), "EEE d MMM HH:mm", locale=LOCALE)


def clock(instant: datetime, zone: str) -> str:
    """`09:00`, on the clocks of a zone."""
    return f"{instant.astimezone(zone_of(zone)):%H:%M}"


def day(local_date: date) -> str:
    """`Tue 24 Nov 2026`."""
    return format_date(local_date, "EEE d MMM y", locale=LOCALE)


def days(span: Span) -> str:
    """`Tue 24 Nov 2026`, or `Thu 24 Dec 2026 to Sun 3 Jan 2027`; a year that is the same at both ends is said once."""
    if span.first == span.last:
        return day(span.first)
    same = span.first.year == span.last.year
    first = format_date(span.first, "EEE d MMM", locale=LOCALE) if same else day(span.first)
    return f"{first} to {day(span.last)}"


def posted(delivery: Delivery) -> str:
    """That a card came, and how late where that was late enough to be noticed."""
    came = delivery.sent_at or delivery.posted_at  # one that was known again later was there since it was sent
    late = came - delivery.due_at if came else timedelta()
    return f"posted, {length(late)} late" if late >= NOTICED else "posted"


def length(time: timedelta) -> str:
    """`12 minutes`, `about 3 hours`, `about 2 days`."""
    minutes = round(time.total_seconds() / 60)
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes >= size * 1.5:
            return f"about {round(minutes / size)} {unit}s"
    return f"{minutes} minutes" if minutes != 1 else "1 minute"


def language(tag: str) -> str:
    """`English`, in English; the tag itself where nobody knows it."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(LOCALE) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def languages(tags: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Languages as what can be picked, by their names."""
    return tuple(sorted(((tag, language(tag)) for tag in set(tags)), key=lambda one: one[1].casefold()))


def outcome(delivery: Delivery) -> str:
    """How a delivery stands, in a few words."""
    match delivery.state:
        case State.POSTED:
            return posted(delivery)
        case State.PLANNED | State.SENDING:
            return "on its way"
        case State.UNSURE:
            return "perhaps posted; the connection broke and the platform cannot be asked"
        case State.SKIPPED:
            return f"not posted ({skipped(delivery.reason)})"
        case State.FAILED:
            return "not posted (Kindling could not write there)"

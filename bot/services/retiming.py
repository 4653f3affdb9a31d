"""Another time for one card, within its day: what can be typed, and what comes of it beside quiet hours and a change of
the clocks. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.days import Quiet
from bot.domain.forms import Field, FieldKind, Form
from bot.domain.schedule import ONE_DAY, instant_of, zone_of
from bot.services import wording
from bot.services.calendar import Coming
from bot.services.decided_ahead import in_quiet
from bot.services.reading import OFF, Unread, read_date, read_time, read_weekday

ELSEWHERE = (
    "For another day: skip it here, and then post by hand on that day with /kindling post, or add a card in /kindling "
    "settings whose first and last day that is."
)


@dataclass(frozen=True, slots=True)
class Retimed:
    """When a card comes, and what is to be said about it, if anything."""

    at: datetime
    said: str = ""


def move_form(coming: Coming, subject: str, typed: str = "") -> Form:
    """When on its day a card is to come."""
    clock = wording.clock(coming.due_at, coming.zone)
    field = Field("at", "When on that day?", FieldKind.TIME, value=typed or clock, hint=coming.zone)
    intro = f"It stays on its day, {wording.day(coming.local_date)}. {ELSEWHERE}"
    return Form("ahead_move", "Move a card", (field,), submit="Move it", subject=subject, intro=intro)


def read_move(typed: str, coming: Coming, quiet: Quiet | None, now: datetime) -> Retimed:
    """The instant that somebody asks for. Raises `Unread`, with what helps, for one that cannot be."""
    wanted = read_time(_on_its_day(typed, coming.local_date, now.astimezone(zone_of(coming.zone)).date()))
    at = instant_of(coming.local_date, wanted, coming.zone)
    if at is None:
        raise Unread("That time is not there on that day. Please choose another one.")
    comes = at.astimezone(zone_of(coming.zone)).time()
    twice = at + _repeated(at, coming.zone)
    if at <= now < twice:
        raise Unread(
            f"{wanted:%H:%M} comes twice on that day, and a card comes the first time, which has passed. Please choose "
            "a later one."
        )
    if at <= now:
        raise Unread("That time has passed. Please choose a later one.")
    if in_quiet(quiet, at, coming.zone) and quiet:
        raise Unread(wording.in_quiet_hours(comes, quiet))
    if comes.replace(second=0, microsecond=0) != wanted:
        return Retimed(at, f"The clocks skip {wanted:%H:%M} on that day, so it comes at {comes:%H:%M}.")
    if twice > at:
        return Retimed(at, f"{wanted:%H:%M} comes twice on that day, and the card comes the first time.")
    return Retimed(at)


def _on_its_day(typed: str, day: date, today: date) -> str:
    """What is typed, without the card's own day where that is named. Raises `Unread` where it is another one."""
    first, _, rest = typed.strip().partition(" ")
    named = _day_named(first.rstrip(","), today)
    if named is None:
        return typed
    if named == day and rest.strip():
        return rest
    raise Unread(f"A card stays on its day, {wording.day(day)}, so please write a time alone. {ELSEWHERE}")


def _day_named(word: str, today: date) -> date | None:
    """The day that a word names, by its date, as `tomorrow`, or by its weekday; None for what names none."""
    try:
        return read_date(word, today)
    except Unread:
        pass
    try:
        weekday = read_weekday(word) if word.isalpha() and word.lower() not in OFF else None
    except Unread:
        return None
    return None if weekday is None else today + (weekday - today.weekday()) % 7 * ONE_DAY


def _repeated(at: datetime, zone: str) -> timedelta:
    """How long after an instant the same local time comes once more; nothing where it comes once."""
    there = at.astimezone(zone_of(zone))
    first, second = there.replace(fold=0).utcoffset(), there.replace(fold=1).utcoffset()
    return max((first or timedelta()) - (second or timedelta()), timedelta())

"""Reading the forms of `/kindling settings`: a schedule or a community as it is wished for, or what is wrong."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from bot.domain.community import Community, Space, Tone
from bot.domain.ids import ScheduleId, dated_id
from bot.domain.places import Actor, Place
from bot.domain.schedule import NAME_LIMIT, ONE_DAY, Ritual, Schedule, Target, zone_of
from bot.domain.words import tidied
from bot.services import wording
from bot.services.picking import picked
from bot.services.reading import (
    Unread,
    days_in_words,
    read_date,
    read_dates,
    read_days,
    read_grace,
    read_quiet,
    read_time,
    read_weekday,
    read_zone,
)
from bot.services.scheduling import objection
from bot.services.settings_cards import OFFERED
from bot.services.setup import read_channel

T = TypeVar("T")
MOST = 20
"""How many schedules a community has at most: that many fit on a card, and into a pick list."""
Problems = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Here:
    """Where a moderator stands: their space, its community, and what is set up there."""

    space: Space
    community: Community
    schedules: Sequence[Schedule]


class Reading:
    """Reads the fields of a form, and collects a sentence for each that cannot be read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: dict[str, str] = {}

    def __call__(self, name: str, reader: Callable[[str], T]) -> T | None:
        """What a field says; None where it cannot be read."""
        try:
            return reader(self._values.get(name, "").strip())
        except Unread as error:
            self.problems[name] = str(error)
            return None


def _read_ritual(text: str) -> Ritual:
    if text not in {ritual.value for ritual in OFFERED}:
        raise Unread("Please choose one of the cards.")
    return Ritual(text)


def _free_name(ritual: Ritual, schedules: Sequence[Schedule]) -> str:
    """A name that no other schedule has; none where the ritual's own is free."""
    taken = {one.title.casefold() for one in schedules}
    if ritual.words.casefold() not in taken:
        return ""
    return next(name for n in range(2, 2 * MOST) if (name := f"{ritual.words} {n}").casefold() not in taken)


def read_schedule(
    here: Here, known: Schedule | None, values: Mapping[str, str], actor: Actor, now: datetime
) -> tuple[Schedule | None, Problems]:
    """The schedule that is wished for, new or in the place of one that is known; or a sentence for each mistake."""
    read = Reading(values)
    channel = read("channel", _read_place)
    days, at, zone = read("days", read_days), read("at", read_time), read("zone", read_zone)
    ritual = known.ritual if known else read("ritual", _read_ritual)
    if known is None and len(here.schedules) >= MOST:
        read.problems["ritual"] = f"There are {MOST} cards already. Please remove one of them first."
    if read.problems or channel is None or days is None or at is None or zone is None or ritual is None:
        return None, read.problems
    target = Target(here.space.id, Place(here.space.platform, here.space.key, channel), actor.person.user)
    if known is None:
        starts = now.astimezone(zone_of(zone)).date() - ONE_DAY
        fresh = Schedule(ScheduleId(dated_id(now)), here.community.id, ritual, days, at, zone, starts)
        return _allowed(replace(fresh, name=_free_name(ritual, here.schedules)).with_target(target), here.community)
    before = next((one for one in known.targets if one.space == here.space.id), None)
    if before is not None and before.place == target.place:
        target = before
    return _allowed(replace(known, weekdays=days, at=at, zone=zone).with_target(target), here.community)


def _allowed(schedule: Schedule, community: Community) -> tuple[Schedule | None, Problems]:
    wrong = objection(schedule, community)
    return (None, dict([wrong])) if wrong else (schedule, {})


def _read_place(text: str) -> str:
    if not text:
        raise Unread("Please choose the channel.")
    return read_channel(text)


def read_more(here: Here, known: Schedule, values: Mapping[str, str], today: date) -> tuple[Schedule | None, Problems]:
    """A schedule with its name, first and last day, days without it, and grace; or a sentence for each mistake."""
    read = Reading(values)
    name = tidied(values.get("name", ""))[:NAME_LIMIT].strip()
    if name and any(one.title.casefold() == name.casefold() for one in here.schedules if one.id != known.id):
        read.problems["name"] = f"Another card is called “{name}” already. Please choose another name."
    starts = read("starts", lambda text: read_date(text, today))
    ends = read("ends", lambda text: read_date(text, today)) if values.get("ends", "").strip() else None
    skips = read("skips", lambda text: read_dates(text, today))
    grace = read("grace", lambda text: read_grace(text, known.ritual)) if values.get("grace", "").strip() else None
    if starts and ends and ends < starts:
        read.problems["ends"] = "The last day is before the first. Please choose a later one, or none."
    if read.problems or starts is None or skips is None:
        return None, read.problems
    own = None if grace == known.ritual.grace else grace
    wished = replace(known, name="" if name == known.ritual.words else name, starts=starts, ends=ends)
    return replace(wished, skip_dates=skips, own_grace=own), {}


def read_whole(here: Here, values: Mapping[str, str], languages: Collection[str]) -> tuple[Community | None, Problems]:
    """Tone, language, quiet hours and rest day; or a sentence for each mistake."""
    read = Reading(values)
    quiet = read("quiet", lambda text: read_quiet(text or "off"))
    rest = read("rest", lambda text: read_weekday(text or "off"))
    tone, spoken = values.get("tone", ""), wording.languages(languages)
    language = read("language", lambda text: picked(text or here.community.language, spoken, "language"))
    wished = replace(
        here.community,
        tone=Tone(tone) if tone in set(Tone) else here.community.tone,
        language=language or here.community.language,
        quiet=quiet,
        rest_day=rest,
        previews={"yes": True, "no": False}.get(values.get("previews", ""), here.community.previews),
    )
    for schedule in here.schedules:
        if wrong := objection(schedule, wished):
            read.problems["quiet" if wrong[0] == "at" else "rest"] = (
                f"“{schedule.title}” comes {days_in_words(schedule.weekdays)} at {schedule.at:%H:%M}. Please change it "
                "first, or choose other hours or another day here."
            )
    return (None if read.problems else wished), read.problems

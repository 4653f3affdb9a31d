"""Schedules, the settings of a community and its days off, each as a setting that moderators change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from bot.domain.changes import State
from bot.domain.community import Community, Tone
from bot.domain.days import DaysOff, Off, Quiet, Span, of_spans, read_span, spans_of
from bot.domain.delivery import State as DeliveryState
from bot.domain.errors import Refusal
from bot.domain.finishing import Step, read_steps, written
from bot.domain.ids import CommunityId, ScheduleId, SpaceId
from bot.domain.places import Place
from bot.domain.schedule import Ritual, Schedule, Skip, Target
from bot.ports import Clock, UnitOfWork
from bot.services import free_days, preview_days, recap_days, wording
from bot.services.decided_ahead import hold_ahead, keep_to
from bot.services.reading import days_in_words
from bot.services.setup import WEEKDAYS
from bot.services.wording import manner_in_words

SCHEDULE, COMMUNITY, DAYS_OFF = "schedule", "community", "days_off"
CANNOT_BE = ("schedule.cannot_be", "community.cannot_be")
"""The codes of what does not go with something else that is set."""
MINUTE = timedelta(minutes=1)
MOST_SPANS = 8


def schedule_state(schedule: Schedule) -> State:
    """A schedule as moderators chose it. What is off is left out: it reads as what was kept before it was there."""
    notified = sorted([t.space, t.notify] for t in schedule.targets if t.notify)
    return {
        "ritual": schedule.ritual.value,
        "name": schedule.name,
        "weekdays": "".join(map(str, sorted(schedule.weekdays))),
        "at": f"{schedule.at:%H:%M}",
        "zone": schedule.zone,
        "starts": schedule.starts.isoformat(),
        "ends": schedule.ends.isoformat() if schedule.ends else None,
        "skips": list(map(str, spans_of(schedule.skip_dates))),
        "grace": None if schedule.own_grace is None else schedule.own_grace // MINUTE,
        "targets": sorted([t.space, t.place.channel, t.set_up_by] for t in schedule.targets),
        **({"steps": written(schedule.steps)} if schedule.steps else {}),
        **({"notified": notified} if notified else {}),
    }


def community_state(community: Community) -> State:
    """What moderators chose for a whole community."""
    quiet = community.quiet
    return {
        "tone": community.tone.value,
        "language": community.language,
        "quiet": [f"{quiet.begins:%H:%M}", f"{quiet.ends:%H:%M}"] if quiet else None,
        "rest_day": community.rest_day,
        **({"previews": True} if community.previews else {}),
    }


def days_off_state(off: DaysOff) -> State:
    """A set of days off."""
    entries = [[entry.begins.isoformat(), entry.ends.isoformat(), entry.name] for entry in off.entries]
    return {"name": off.name, "entries": entries}


def objection(schedule: Schedule, community: Community) -> tuple[str, str] | None:
    """Why a schedule cannot be beside a community's quiet hours and rest day: what of it (`at` or `days`), and a kind
    sentence."""
    if community.quiet and schedule.weekdays and schedule.at in community.quiet:
        return "at", wording.in_quiet_hours(schedule.at, community.quiet)
    if community.rest_day is not None and schedule.weekdays == frozenset({community.rest_day}):
        return "days", (
            f"{WEEKDAYS[min(schedule.weekdays)]} is the rest day here, so no card would ever come. Please choose "
            "another day as well."
        )
    return None


class ScheduleSetting:
    """One schedule; its subject is its id."""

    kind = SCHEDULE

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """As it was chosen; None when there is none, or not any more."""
        found = await work.schedules.find(ScheduleId(subject))
        return schedule_state(found) if found and found.community == community else None

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Its next card lies after now, and no local date gets a second."""
        id_, now = ScheduleId(subject), self._clock.now()
        known = await work.schedules.find(id_)
        if state is None:
            if known is not None:
                await free_days.hold_back(work, known, now, Skip.REMOVED)
                await hold_ahead(work, known, now, Skip.REMOVED)
                await work.schedules.remove(id_, now)
                await preview_days.follow(work, community, now)
            return
        schedule = await _as_schedule(work, community, id_, state, known)
        if wrong := objection(schedule, await work.communities.get(community)):
            raise Refusal(CANNOT_BE[0], wrong[1])
        schedule = await free_days.armed_anew(work, await free_days.free(work, schedule), now)
        schedule = schedule.resting_if_nowhere()
        await work.schedules.save(schedule)
        await free_days.hold_back(work, schedule, now, Skip.SKIP_DATE, schedule.skip_dates)
        await _move_waiting(work, schedule)
        await keep_to(work, schedule, now, anew=known is not None and _when(known) != _when(schedule))
        if schedule.ritual is Ritual.MORNING:
            await recap_days.follow(work, community, now)
            await preview_days.follow(work, community, now)

    def told(self, before: State | None, after: State | None) -> str:
        """Which schedule, and what of it."""
        of = after or before or {}
        title = of.get("name") or Ritual(str(of["ritual"])).words
        if after is None:
            return f"“{title}” was removed"
        when = f"{days_in_words(_weekdays(after))} at {after['at']}, {after['zone']}" if after["weekdays"] else "off"
        if before is None:
            return f"“{title}” was set: {when}"
        return f"“{title}” {_difference(before, after, when)}"


def _difference(before: State, after: State, when: str) -> str:
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if changed & {"weekdays", "at", "zone"}:
        return f"was changed: {when}"
    if changed == {"targets"}:
        return "was changed: where it appears, or who is told of troubles with it"
    if changed == {"skips"}:
        return "leaves out other days"
    if changed and changed <= {"steps", "notified"}:
        return f"is posted in another manner: {manner_in_words(_steps(after), notifies='notified' in after)}"
    grace = after["grace"]
    late = f"up to {wording.length(cast('int', grace) * MINUTE)} late" if grace is not None else "as late as is usual"
    said = {
        "name": f"was called “{before.get('name') or Ritual(str(before['ritual'])).words}” before",
        "starts": f"comes from {_day(after['starts'])} on",
        "ends": f"comes until {_day(after['ends'])}" if after.get("ends") else "comes without an end",
        "grace": f"may come {late}",
        "skips": "leaves out other days",
    }
    return "; ".join(words for name, words in said.items() if name in changed) or "was changed"


def _day(text: object) -> str:
    return wording.day(date.fromisoformat(str(text)))


def _steps(state: State) -> frozenset[Step]:
    return read_steps(str(state.get("steps", "")))


def _weekdays(state: State) -> frozenset[int]:
    return frozenset(map(int, str(state["weekdays"])))


async def _as_schedule(
    work: UnitOfWork, community: CommunityId, id_: ScheduleId, state: State, known: Schedule | None
) -> Schedule:
    marked = {target.place: target.attention for target in known.targets} if known else {}
    spaces = {space.id: space for space in await work.communities.spaces(community)}
    notified = dict(cast("Sequence[tuple[str, str]]", state.get("notified", ())))
    targets: list[Target] = []
    for space, channel, user in cast("Sequence[tuple[SpaceId, str, str]]", state["targets"]):
        home = spaces.get(SpaceId(space))
        if home is not None and home.active:  # another community's by now, or one that was left
            place = Place(home.platform, home.key, channel)
            targets.append(Target(home.id, place, user, marked.get(place, ""), notified.get(space, "")))
    ends, grace = state["ends"], state["grace"]
    return Schedule(
        id_,
        community,
        Ritual(str(state["ritual"])),
        _weekdays(state),
        time.fromisoformat(str(state["at"])),
        str(state["zone"]),
        date.fromisoformat(str(state["starts"])),
        date.fromisoformat(str(ends)) if ends else None,
        of_spans(map(read_span, cast("Sequence[str]", state["skips"]))),
        tuple(targets),
        name=str(state["name"]),
        own_grace=None if grace is None else cast("int", grace) * MINUTE,
        steps=_steps(state),
    )


def _when(schedule: Schedule) -> tuple[frozenset[int], time, str]:
    """What decides when cards come: moves of single cards are for these times, and end with them."""
    return schedule.weekdays, schedule.at, schedule.zone


async def _move_waiting(work: UnitOfWork, schedule: Schedule) -> None:
    """A card that waits for another try goes where the schedule posts now."""
    places = {target.space: target.place for target in schedule.targets}
    waiting = [one for space in places for one in await work.outbox.unsettled(space)]
    waiting = [one for one in waiting if one.state is DeliveryState.PLANNED and one.place != places[one.space]]
    of = await work.occurrences.those({one.occurrence for one in waiting})
    own = {one.id for one in of.values() if one.schedule == schedule.id}
    await work.outbox.revoke(replace(one, place=places[one.space]) for one in waiting if one.occurrence in own)


class CommunitySetting:
    """Tone, language, quiet hours, rest day, and whether moderators are told what each week brings."""

    kind = COMMUNITY

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- there is one of it
        """As it was chosen."""
        return community_state(await work.communities.get(community))

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- there is one of it
        """Every schedule keeps to it from now on; one that could not be is named."""
        if state is None:
            return
        fresh = _as_community(await work.communities.get(community), state)
        for schedule in await work.schedules.of_community(community):
            if objection(schedule, fresh):
                raise Refusal(
                    CANNOT_BE[1],
                    f"“{schedule.title}” comes {days_in_words(schedule.weekdays)} at {schedule.at:%H:%M}, which "
                    "does not go with that. Please change it first.",
                )
        await work.communities.save(fresh)
        await free_days.follow(work, community, self._clock.now())
        await preview_days.follow(work, community, self._clock.now())

    def told(self, before: State | None, after: State | None) -> str:
        """What is different."""
        old, new = before or {}, after or {}
        rest = new.get("rest_day")
        words: Mapping[str, str] = {
            "tone": f"the tone is {new.get('tone')}",
            "language": f"the language is {wording.language(str(new.get('language')))}",
            "quiet": f"quiet hours are {'-'.join(cast('list[str]', new.get('quiet') or [])) or 'off'}",
            "previews": f"moderators are {'' if new.get('previews') else 'not '}told what each week brings",
            "rest_day": f"the rest day is {WEEKDAYS[rest] if isinstance(rest, int) else 'off'}",
        }
        return "; ".join(said for name, said in words.items() if old.get(name) != new.get(name)) or "nothing new"


def _as_community(community: Community, state: State) -> Community:
    quiet = cast("Sequence[str] | None", state["quiet"])
    return replace(
        community,
        tone=Tone(str(state["tone"])),
        language=str(state["language"]),
        quiet=Quiet(*map(time.fromisoformat, quiet)) if quiet else None,
        rest_day=cast("int | None", state["rest_day"]),
        previews=bool(state.get("previews")),
    )


class DaysOffSetting:
    """One set of days off; its subject is its id."""

    kind = DAYS_OFF

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """Its name and entries; None when there is none."""
        found = next((one for one in await work.days_off.of_community(community) if one.id == subject), None)
        return days_off_state(found) if found and found.entries else None

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """No card comes on these days; every schedule counts them by its own clock."""
        if state is None:
            await work.days_off.remove(community, subject)
        else:
            entries = cast("Sequence[tuple[str, str, str]]", state["entries"])
            off = tuple(Off(_read(begins), _read(ends), name) for begins, ends, name in entries)
            await work.days_off.save(DaysOff(subject, community, str(state["name"]), off))
        await free_days.follow(work, community, self._clock.now())
        await preview_days.follow(work, community, self._clock.now())

    def told(self, before: State | None, after: State | None) -> str:
        """Which days."""
        name = str((after or before or {}).get("name", ""))
        if name:
            return f"the days off “{name}” were {'set' if after else 'removed'}"
        entries = cast("Sequence[tuple[str, str, str]]", after["entries"] if after else ())
        spans = [Span(_read(begins), _read(ends)) for begins, ends, _ in entries]
        days = ", ".join(wording.days(span) for span in spans[:MOST_SPANS])
        return f"days that are skipped: {days or 'none'}{' and more' if len(spans) > MOST_SPANS else ''}"


def _read(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(UTC) if "T" in text else date.fromisoformat(text)

"""When a ritual happens next, beside APScheduler's CronTrigger: how long each takes to say so, and how often it errs.

    python -m benchmarks.occurrences [--one-in 4]

Both walk through the same local times of the same IANA zones, from 2025 to 2035, in the same run. A walk takes one step
in every zone before it takes the next, as a morning does. Then both are asked about every whole and half hour of the
day of every clock change and of the day after, and their answers are held against those of a third, which shares
nothing with either.
"""

import argparse
import gc
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from benchmarks.report import Cell, Goal, Section, Table, arguments, growth, tell
from bot.domain.ids import CommunityId, ScheduleId
from bot.domain.schedule import EVERY_DAY, WORKDAYS, Ritual, Schedule, instant_of, zone_of
from tests.unit.clock_changes import Change, changes, expected, zones

FIRST, LAST = 2025, 2035
YEARS = range(FIRST, LAST + 1)
RUNS, QUICK_RUNS = len(YEARS), 3
"""Each run walks in another year."""
SIZES = (10, 100)
"""And all of them."""
STEPS = 10
"""So many that what all zones need is remembered at once."""
QUICK_ONE_IN = 40
BEGINS = (3, 20)
"""Many zones change their clocks in the days after it."""
NINE = time_of_day(9)
HALF_HOURS = tuple(time_of_day(half // 2, half % 2 * 30) for half in range(48))
DAY = timedelta(days=1)
AROUND = (0, 1)
"""The days at a clock change that are asked about: CronTrigger errs on the day after too."""
MICRO = 1e6
AIM = 3
CRON_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULES = {"on workdays at nine": WORKDAYS, "on Mondays at nine": frozenset({0})}
COMPUTED, REMEMBERED, THEIRS = "Kindling, computed", "Kindling, remembered", "APScheduler's CronTrigger"

Fired = list[tuple[date, datetime]]
"""The local dates that were answered, each with its instant, in the order of the answers."""


def a_schedule(zone: str, at: time_of_day, weekdays: frozenset[int]) -> Schedule:
    """A morning that began long ago."""
    begun = date(1970, 1, 1)
    return Schedule(ScheduleId("s"), CommunityId("c"), Ritual.MORNING, weekdays, at, zone, begun)


def a_trigger(zone: str, at: time_of_day, weekdays: frozenset[int]) -> CronTrigger:
    """The same rule in APScheduler's words."""
    named = None if weekdays == EVERY_DAY else ",".join(CRON_DAYS[day] for day in sorted(weekdays))
    return CronTrigger(day_of_week=named, hour=at.hour, minute=at.minute, timezone=zone_of(zone))


def our_seconds(names: Sequence[str], weekdays: frozenset[int], begins: datetime) -> float:
    """How much of the processor one step takes, as the planner does it: one date is decided, the next is found."""
    schedules = [a_schedule(zone, NINE, weekdays).armed(begins) for zone in names]
    began = time.process_time()
    for _ in range(STEPS):
        schedules = [schedule.waiting(schedule.due(schedule.next_at)[0]) for schedule in schedules if schedule.next_at]
    return (time.process_time() - began) / STEPS / len(names)


def their_seconds(names: Sequence[str], weekdays: frozenset[int], begins: datetime) -> float:
    """How much of the processor one step of CronTrigger takes, as its scheduler asks for it."""
    triggers = [a_trigger(zone, NINE, weekdays) for zone in names]
    fired = [trigger.get_next_fire_time(None, begins) for trigger in triggers]
    began = time.process_time()
    for _ in range(STEPS):
        fired = [trigger.get_next_fire_time(last, last) for trigger, last in zip(triggers, fired, strict=True) if last]
    return (time.process_time() - began) / STEPS / len(names)


def walks(names: Sequence[str], weekdays: frozenset[int], year: int) -> Iterator[tuple[str, float]]:
    """Seconds for each step of each of the three, in turn, in one year."""
    begins = datetime(year, *BEGINS, tzinfo=UTC)
    instant_of.cache_clear()
    yield COMPUTED, our_seconds(names, weekdays, begins)
    yield REMEMBERED, our_seconds(names, weekdays, begins)
    yield THEIRS, their_seconds(names, weekdays, begins)


def zone_seconds(find: Callable[[str], object], names: Sequence[str]) -> float:
    """How much of the processor one zone takes when so many are asked for in turn, and were before."""
    for name in names:
        find(name)
    began = time.process_time()
    for _ in range(STEPS):
        for name in names:
            find(name)
    return (time.process_time() - began) / STEPS / len(names)


def spread(names: Sequence[str], size: int) -> list[str]:
    """So many zones out of all parts of the world."""
    return [names[number * len(names) // size] for number in range(size)]


@dataclass(frozen=True, slots=True)
class Faults:
    """How many dates were asked about, left out, given twice, or given at another instant than the first they have."""

    asked: int = 0
    lost: int = 0
    doubled: int = 0
    elsewhere: int = 0

    def __add__(self, other: "Faults") -> "Faults":
        return Faults(
            self.asked + other.asked,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.elsewhere + other.elsewhere,
        )


def judged(wanted: Mapping[date, datetime], fired: Fired) -> Faults:
    """Answers held against what they should be. A date that comes at another hour than it should is not lost."""
    times = Counter(day for day, _ in fired)
    first = dict(reversed(fired))
    return Faults(
        len(wanted),
        sum(not times[day] for day in wanted),
        sum(max(0, times[day] - 1) for day in wanted),
        sum(day in first and first[day] != instant for day, instant in wanted.items()),
    )


def our_answers(zone: str, at: time_of_day, weekdays: frozenset[int], after: datetime, until: datetime) -> Fired:
    """What Kindling decides between two instants."""
    schedule, fired = a_schedule(zone, at, weekdays).armed(after), list[tuple[date, datetime]]()
    while schedule.next_at and schedule.next_at <= until:
        following, decisions = schedule.due(schedule.next_at)
        schedule = schedule.waiting(following)
        fired += [(decision.local_date, decision.due_at) for decision in decisions]
    return fired


def their_answers(zone: str, at: time_of_day, weekdays: frozenset[int], after: datetime, until: datetime) -> Fired:
    """When CronTrigger fires between two instants, on the local dates that it gives itself."""
    trigger, fired = a_trigger(zone, at, weekdays), list[tuple[date, datetime]]()
    following = trigger.get_next_fire_time(None, after)
    while following and following.astimezone(UTC) <= until:
        fired.append((following.date(), following.astimezone(UTC)))
        following = trigger.get_next_fire_time(following, following)
    return fired


def questions(zone: str, change: Change) -> Iterator[tuple[time_of_day, frozenset[int], dict[date, datetime]]]:
    """All that both are asked about one clock change, every day and once a week, with what the answer should be."""
    days = [change.edges[0].date() + step * DAY for step in AROUND]
    for at in HALF_HOURS:
        known = {day: expected(zone, FIRST - 1, LAST + 1, day, at) for day in days}
        wanted = {day: instant for day, instant in known.items() if instant}
        yield at, EVERY_DAY, wanted
        for day, instant in wanted.items():
            yield at, frozenset({day.weekday()}), {day: instant}


def faults(names: Sequence[str]) -> dict[tuple[str, str], Faults]:
    """What either gets wrong around all clock changes of these zones, by its name and by how often the rule applies.

    Both begin before the first date, so that every date is found from the one before it.
    """
    found: dict[tuple[str, str], Faults] = {}
    for zone in names:
        for change in changes(zone, FIRST, LAST):
            for at, weekdays, wanted in questions(zone, change):
                often, lead = ("every day", DAY) if weekdays == EVERY_DAY else ("once a week", 7 * DAY)
                after, until = min(wanted.values()) - lead - DAY / 4, max(wanted.values()) + DAY / 2
                for name, answers in (("Kindling", our_answers), ("CronTrigger", their_answers)):
                    one = judged(wanted, answers(zone, at, weekdays, after, until))
                    found[name, often] = found.get((name, often), Faults()) + one
    return found


def a_lost_monday() -> str:
    """One of the dates that CronTrigger loses, in a sentence."""
    midnight, monday, zone = time_of_day(), frozenset({0}), "America/New_York"
    begins, ends = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC)
    ours, theirs = (
        ", ".join(f"{day:%Y-%m-%d}" for day, _ in answers(zone, midnight, monday, begins, ends))
        for answers in (our_answers, their_answers)
    )
    return f"`mon 00:00 {zone}` in March 2026: CronTrigger gives {theirs}, Kindling {ours}."


def zones_table(names: Sequence[str], sizes: Sequence[int]) -> Table:
    """What a dictionary of zones saves. It is measured first: a zone that somebody holds is found quickly by both."""
    zone_of.cache_clear()
    gc.collect()
    ways: dict[str, Callable[[str], object]] = {"zoneinfo, which keeps eight": ZoneInfo, "Kindling's": zone_of}
    rows = [[name, *(zone_seconds(find, spread(names, size)) * MICRO for size in sizes)] for name, find in ways.items()]
    return Table("To find a zone by its name:", ("", *(f"µs, {size} zones in turn" for size in sizes)), rows)


def steps_table(typical: Mapping[tuple[str, str, int], float], sizes: Sequence[int]) -> Table:
    """What a step takes, and how that grows."""
    rows: list[list[Cell]] = [
        [
            rule,
            name,
            *(typical[rule, name, size] * MICRO for size in sizes),
            growth(sizes, [typical[rule, name, size] * size for size in sizes]),
            typical[rule, THEIRS, sizes[-1]] / typical[rule, name, sizes[-1]],
        ]
        for rule in RULES
        for name in (COMPUTED, REMEMBERED, THEIRS)
    ]
    header = ("", "", *(f"µs, {size} zones" for size in sizes), "growth exponent", "times as fast as CronTrigger")
    return Table("From one occurrence to the next:", header, rows)


def faults_table(found: Mapping[tuple[str, str], Faults]) -> Table:
    """What each got wrong."""
    rows: list[list[Cell]] = [
        [name, often, one.asked, one.lost, one.doubled, one.elsewhere] for (name, often), one in sorted(found.items())
    ]
    header = ("", "", "dates asked about", "lost", "doubled", "at another instant")
    return Table(f"At every clock change from {FIRST} to {LAST}:", header, rows)


def section(runs: int, one_in: int) -> Section:
    """Measure everything; the answers are compared in one of so many zones."""
    names = zones()
    sizes = (*SIZES, len(names))
    known = zones_table(names, sizes)
    taken: dict[tuple[str, str, int], list[float]] = {}
    for run in range(runs):
        for rule, weekdays in RULES.items():
            for size in sizes:
                for name, seconds in walks(spread(names, size), weekdays, YEARS[run * len(YEARS) // runs]):
                    taken.setdefault((rule, name, size), []).append(seconds)
    typical = {which: statistics.median(times) for which, times in taken.items()}
    asked = names[::one_in]
    found = faults(asked)
    ours = found["Kindling", "every day"] + found["Kindling", "once a week"]
    ratios = [
        (f"{name}, {rule}", typical[rule, THEIRS, sizes[-1]] / typical[rule, name, sizes[-1]])
        for rule in RULES
        for name in (COMPUTED, REMEMBERED)
    ]
    return Section(
        "Next local occurrence",
        f"Steps from one occurrence to the next in time of the processor, medians of {runs} runs of {STEPS} steps, "
        f"each in another year from {FIRST} to {LAST}. Kindling's are what its planner does: a date is decided, and "
        "the next is found. “Computed” means that nothing is remembered, “remembered” that somebody else has the same "
        f"hour in the same zone. Then, in {len(asked)} of {len(names)} zones, every whole and half hour of the day "
        "of every clock change and of the day after is asked about, and compared with what follows from the clock "
        "changes alone.",
        [steps_table(typical, sizes), known, faults_table(found)],
        [
            *(Goal(what, f"at least {AIM} times as fast", f"{ratio:.1f}", ratio >= AIM) for what, ratio in ratios),
            Goal("dates that Kindling loses", "0", f"{ours.lost:,}", ours.lost == 0),
            Goal("dates that Kindling doubles", "0", f"{ours.doubled:,}", ours.doubled == 0),
            Goal("dates that Kindling has at another instant", "0", f"{ours.elsewhere:,}", ours.elsewhere == 0),
        ],
        [
            a_lost_monday(),
            (
                "A time that the clocks skip should happen when they have skipped it, and one that comes twice the "
                "first time. CronTrigger moves a skipped time on by as much as was skipped: that is counted as another "
                "instant, and is as good a rule."
            ),
        ],
    )


def main() -> None:
    """Measure and tell."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--one-in", type=int, default=1, help="compare the answers in one of so many zones only")

    chosen = arguments(__doc__, add)
    runs, one_in = (QUICK_RUNS, QUICK_ONE_IN) if chosen.quick else (RUNS, chosen.one_in)
    tell(section(runs, one_in), chosen.json)


if __name__ == "__main__":
    main()

"""Kill `kindling run` at many instants, then count what its platforms saw.

    python -m benchmarks.crash --kills 500 --report docs/crash-report.md

Two lanes of kills run beside each other. What there is so far is written when it is interrupted.
"""

import argparse
import asyncio
import os
import platform
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Cell, Goal, Section, Table, arguments, tell
from tests.endurance.aims import Aim
from tests.endurance.counting import Count, count
from tests.endurance.crash import Plan, a_lane, live_through
from tests.endurance.lane import Lane
from tests.endurance.sabotage import SABOTAGES, Sabotage
from tests.endurance.world import BEGINNINGS
from tests.storage.postgres import missing

AT_ONCE = 2
IN_A_LANE = 50
IN_SABOTAGE = 12
HOW = """\
`kindling run` is started as a real process against Discord and Slack on loopback, which discord.py and slack_bolt
speak to as they would to the real ones, and killed with SIGKILL. Where an instant can be held, it is held: a stand-in
keeps a request, or its answer, or the database is locked from outside in the moment between two transactions; the
kill falls then. Other instants (starting, planning, taking in reactions) are hit by chance around the moment they
are due. After each kill, held requests are carried out or dropped, people react, take back and clear while Kindling
is dead, time passes (the clock of the process and of both platforms is led), and it is started again. At the end of
each simulated day everything has to have come right by itself, except on Slack without the optional scope to read
history: there a moderator looks at the channel and presses *Post again* where a card is missing, or somebody touches
the card that is there.

What has to be there is worked out without any code of Kindling's: each community's local dates, in its own zone,
while clocks change in America, Europe and Australia. Cards are counted in the channels of the stand-ins by the local
date on which they were posted; every reaction in the database is compared with the platforms'.

SIGKILL is not a power cut: what was written to the operating system is kept. What a power cut may take is said in
[operating.md](operating.md#a-power-cut-a-full-disk). What is edited in channels, votes and acts on the wall, is not
posted here, so the kills under *changing an answer* fell on private answers, on Discord's deferred ones and on Slack's
response addresses."""


@dataclass(slots=True)
class Progress:
    """What has happened so far."""

    kills: int
    seed: int
    began: float = field(default_factory=time.monotonic)
    lanes: dict[str, Lane] = field(default_factory=dict)
    counts: dict[str, Count] = field(default_factory=dict)
    sabotaged: list[tuple[Sabotage, Count, int]] = field(default_factory=list)
    ended: bool = False

    def told(self, lane: Lane) -> None:
        """One more kill fell."""
        self.lanes[lane.name] = lane
        kill = lane.kills[-1]
        done = sum(len(one.kills) for one in self.lanes.values())
        took = time.monotonic() - self.began
        print(
            f"{done:4} of {self.kills} in {took:5.0f} s  {lane.name}: {kill.aim}{'' if kill.met else ', not met'}",
            file=sys.stderr,
            flush=True,
        )

    def told_of_sabotage(self, lane: Lane) -> None:
        """One more kill of a broken Kindling fell; it is counted apart."""
        kill = lane.kills[-1]
        print(f"broken on purpose: {kill.aim}{'' if kill.met else ', not met'}", file=sys.stderr, flush=True)

    def section(self) -> Section:
        """All of it, as it stands."""
        whole = [lane for lane in self.lanes.values() if lane.name in self.counts]
        kills = [kill for lane in whole for kill in lane.kills]
        took, days = time.monotonic() - self.began, sum(lane.days for lane in whole)
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        tables = [self._aims(), self._states(), self._troubles(), self._lanes()]
        if self.sabotaged:
            tables.append(self._sabotages())
        notes = [
            f"Seed {self.seed}; {len(kills)} kills in {took:.0f} s, {days} simulated days, two lanes at once.",
            f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores; {today}.",
            *(() if self.ended else ("It was interrupted: only lanes that had come to their end are counted.",)),
            *(f"{lane.name}: {worry}" for lane in whole for worry in lane.worries),
        ]
        return Section("Killed and counted", HOW, tables, self._goals(len(kills)), notes)

    def _goals(self, kills: int) -> list[Goal]:
        def total(name: str) -> int:
            return sum(len(getattr(count, name)) for count in self.counts.values())

        cards = sum(count.cards for count in self.counts.values())
        felt = sum(count.reactions for count in self.counts.values())
        presses = sum(count.presses for count in self.counts.values())
        sound = all(count.sound for count in self.counts.values())
        worries = sum(len(lane.worries) for lane in self.lanes.values())
        zero = [
            (f"lost, of {cards} cards", "lost"),
            ("doubled", "doubled"),
            ("on a wrong day", "wrong_day"),
            (f"reactions that differ, of {felt} on the platforms", "reactions_wrong"),
            (f"presses that were answered and not kept, of {presses}", "presses_lost"),
            ("deliveries that did not end as posted", "not_posted"),
            ("messages that no delivery knows, or that two know", "unknown_messages"),
        ]
        noticed = sum(1 for one, count, _ in self.sabotaged if getattr(count, one.found))
        broken = len(self.sabotaged)
        return [
            Goal("kills", str(self.kills), str(kills), kills >= self.kills),
            *(Goal(what, "0", str(total(name)), total(name) == 0) for what, name in zero),
            *(
                (Goal("noticed when broken on purpose", str(broken), str(noticed), noticed == broken),)
                if broken
                else ()
            ),
            Goal("times that not everything came right in time", "0", str(worries), worries == 0),
            Goal("databases are sound", "all", "all" if sound else "not all", sound),
        ]

    def _aims(self) -> Table:
        kills = [kill for lane in self.lanes.values() for kill in lane.kills]
        aimed, met = Counter(kill.aim for kill in kills), Counter(kill.aim for kill in kills if kill.met)
        rows: list[list[Cell]] = [[aim.value, aimed[aim], met[aim]] for aim in Aim if aimed[aim]]
        return Table("Where kills were aimed, and how often the process was there:", ["instant", "kills", "met"], rows)

    def _states(self) -> Table:
        states: Counter[str] = Counter()
        for lane in self.lanes.values():
            for kill in lane.kills:
                states.update(kill.states or {"nothing under way": 1})
        rows: list[list[Cell]] = [[state, times] for state, times in states.most_common()]
        return Table("What deliveries were in when it died (several at each kill):", ["state", "deliveries"], rows)

    def _troubles(self) -> Table:
        troubles: Counter[str] = Counter()
        for lane in self.lanes.values():
            for kill in lane.kills:
                troubles.update(kill.troubles)
            troubles.update(lane.disk.kinds)
            troubles.update(lane.hand)
        rows: list[list[Cell]] = [[trouble, times] for trouble, times in troubles.most_common()]
        return Table("What else went wrong, and what people were asked to do:", ["what", "times"], rows)

    def _lanes(self) -> Table:
        rows: list[list[Cell]] = [
            [name, len(self.lanes[name].kills), self.lanes[name].days, count.cards, *(len(one) for one in (
                count.lost, count.doubled, count.wrong_day, count.reactions_wrong, count.presses_lost)),
             _most(self.lanes[name].logged)]
            for name, count in self.counts.items()
        ]  # fmt: skip
        header = ["lane", "kills", "days", "cards", "lost", "doubled", "wrong day", "reactions", "presses", "warned of"]
        return Table("Each lane:", header, rows)

    def _sabotages(self) -> Table:
        rows: list[list[Cell]] = [
            [one.what, kills, len(count.lost), len(count.doubled), len(count.reactions_wrong),
             "yes" if getattr(count, one.found) else "**no**"]
            for one, count, kills in self.sabotaged
        ]  # fmt: skip
        header = ["Kindling with this broken", "kills", "lost", "doubled", "reactions", "noticed"]
        return Table("That the count notices: the same with one promise of the code broken on purpose.", header, rows)


def _most(logged: Counter[str]) -> str:
    ours = {event: times for event, times in logged.items() if " " not in event}
    return ", ".join(f"{event} {times}" for event, times in sorted(ours.items())) or "nothing"


def plans(kills: int, seed: int) -> list[Plan]:
    """Lanes of about fifty kills: of five, two read Slack's history, two do not, and one is on PostgreSQL."""
    lanes = max(1, round(kills / IN_A_LANE)) if kills >= IN_A_LANE else min(3, max(1, kills // 8))
    found: list[Plan] = []
    for number in range(lanes):
        kind = ("history", "no history", "history", "no history", "PostgreSQL")[number % 5]
        kind = "PostgreSQL" if kills < IN_A_LANE and number == 2 else kind  # noqa: PLR2004 -- the third of a short run
        on_postgres = kind == "PostgreSQL" and not missing()
        share = kills // lanes + (number < kills % lanes)
        found.append(
            Plan(
                f"{number + 1}: {kind if on_postgres or kind != 'PostgreSQL' else 'history'}",
                share,
                seed + number,
                history=kind != "no history",
                postgres=on_postgres,
                begin=BEGINNINGS[number % len(BEGINNINGS)],
            )
        )
    return found


async def counted(plan: Plan, lane: Lane) -> Count:
    """What a lane came to; one that breaks off is counted as it is, and the others go on."""
    try:
        return await live_through(plan, lane)
    except Exception as error:  # noqa: BLE001 -- whatever it was stands in the report
        lane.worries.append(f"broke off after {len(lane.kills)} kills: {error!r}"[:2000])
        return await count(lane.world, lane.ledger, lane.pressed)


async def kill_and_count(progress: Progress, *, sabotage: bool) -> None:
    """Run every lane, two at once."""
    turns = asyncio.Semaphore(AT_ONCE)
    with tempfile.TemporaryDirectory(prefix="kindling-crash-") as folder:

        async def live(plan: Plan) -> None:
            async with turns, a_lane(plan, Path(folder) / plan.name.split(":")[0], progress.told) as lane:
                progress.counts[plan.name] = await counted(plan, lane)

        async def break_and_live(number: int, one: Sabotage) -> None:
            code = await asyncio.to_thread(one.commit, Path(folder) / f"code-{number}")
            plan = Plan("sabotaged", IN_SABOTAGE, progress.seed + number)
            async with turns, a_lane(plan, Path(folder) / f"sabotage-{number}", progress.told_of_sabotage) as lane:
                lane.world.code, lane.settling, lane.live_aims = code, 4.0, one.aims
                progress.sabotaged.append((one, await counted(plan, lane), len(lane.kills)))

        async with asyncio.TaskGroup() as tasks:
            for plan in plans(progress.kills, progress.seed):
                tasks.create_task(live(plan))
            for number, one in enumerate(SABOTAGES if sabotage else ()):
                tasks.create_task(break_and_live(number, one))
    progress.ended = True


async def until_interrupted(progress: Progress, *, sabotage: bool) -> None:
    """Run to the end, or until Ctrl+C."""
    work = asyncio.ensure_future(kill_and_count(progress, sabotage=sabotage))
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, work.cancel)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()


def main() -> None:
    """Kill, count, and write the report."""

    def add(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--kills", type=int, help="500 unless given, and 12 with --quick")
        parser.add_argument("--seed", type=int, default=20)
        parser.add_argument("--report", type=Path, help="write the page to this file")
        parser.add_argument("--no-sabotage", action="store_true", help="do not break it on purpose as well")

    given = arguments(__doc__, add)
    progress = Progress(given.kills or (12 if given.quick else 500), given.seed)
    try:
        asyncio.run(until_interrupted(progress, sabotage=not (given.quick or given.no_sabotage)))
    finally:
        section = progress.section()
        tell(section, given.json)
        if given.report:
            given.report.write_text(f"# Crash report\n\n{section.markdown()}\n", "utf-8")
    if not all(goal.met for goal in section.goals):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

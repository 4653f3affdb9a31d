"""From schedules to occurrences and deliveries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import structlog

from bot.domain.delivery import CHANNEL_PACE, PACE, Content, Decided, Delivery, Occurrence, Planned, State, place_in
from bot.domain.ids import CommunityId, ScheduleId, SpaceId, delivery_id, occurrence_id
from bot.domain.message import Card
from bot.domain.schedule import ONE_DAY, Decision, Due, Moment, Ritual, Schedule, Skip, Target, zone_of
from bot.ports import Clock, Storage, UnitOfWork
from bot.services.content import Contents
from bot.services.upcoming import why_not

log = structlog.get_logger(__name__)

BATCH, PIECE = 2_000, 500
"""How many schedules are planned in one transaction, and how many of them are written while the next are made up."""
NO_TIME = timedelta()
CHALLENGE = Ritual.CHALLENGE
SETTLED_AHEAD = timedelta(days=3)
"""Longer than from any instant to the end of tomorrow anywhere."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A card that is going to be posted as things stand, or why it is not.

    A recap has no card before its time: it tells what is on the wall by then. `content` is what the card says, as ids.
    """

    schedule: ScheduleId
    local_date: date
    due_at: datetime
    zone: str
    ritual: Ritual
    card: Card | None
    skip: str = ""
    content: Content | None = None
    name: str = ""

    @property
    def title(self) -> str:
        """How its schedule is called within a sentence."""
        return f"“{self.name}”" if self.name else self.ritual.words.lower()


class Calendar:
    """Decides what happens on each local date, exactly once."""

    def __init__(self, storage: Storage, contents: Contents, clock: Clock, *, spread: timedelta = timedelta()) -> None:
        """Cards that are due at one minute leave over `spread`."""
        self._storage = storage
        self._contents = contents
        self._clock = clock
        self._spread = spread

    async def plan(self) -> int:
        """Turn one batch of due schedules into occurrences and deliveries; how many schedules were due."""
        # What a power cut takes back is planned again, the same. Before anything of it is sent, that is kept for good.
        return await self._storage.carry_out(self._plan_some, lasting=False)

    async def _plan_some(self, work: UnitOfWork) -> int:
        now, turns = self._clock.now(), Turns()
        due = await work.schedules.due(now, BATCH)
        known: dict[tuple[int, date | None], tuple[Moment | None, Sequence[Decision]]] = {}
        piece = PIECE if work.writes_aside else BATCH
        for first in range(0, len(due), piece):
            decided: list[tuple[Due, Decision]] = []
            moved: list[tuple[ScheduleId, Moment | None]] = []
            for one in due[first : first + piece]:
                id_, _, like, paused_until, _ = one
                key = id(like), paused_until  # to compare two schedules takes as long as to decide
                found = known.get(key)
                if found is None:
                    found = _moved_on(id_, like, now, paused_until)
                    if any(found):  # each that is set aside is told of by itself
                        known[key] = found
                following, decisions = found
                moved.append((id_, following))
                for decision in decisions:
                    decided.append((one, decision))  # noqa: PERF401 -- nearly always there is one
            await work.schedules.advance(moved)
            await self._decide(work, decided, turns)
        await work.commit()
        return len(due)

    async def next_at(self) -> datetime | None:
        """When the next schedule falls due."""
        async with self._storage.reading(once=True) as work:
            return await work.schedules.next_at()

    async def decide(self, work: UnitOfWork, decided: Sequence[tuple[Schedule, Decision]]) -> None:
        """Keep what is decided for each date, unless something was kept before, with the deliveries it takes."""
        await self._decide(work, [(_as_due(schedule), decision) for schedule, decision in decided], Turns())

    async def _decide(self, work: UnitOfWork, decided: Sequence[tuple[Due, Decision]], turns: "Turns") -> None:
        occurrences: list[Decided] = []
        going: list[tuple[Decided, Sequence[Target], timedelta]] = []
        for (schedule, community, like, _, targets), decision in decided:
            able, skip = _open_to(targets, decision)
            day, due_at, _ = decision
            id_, why = occurrence_id(schedule, day), skip.value if skip else ""
            occurrence = Decided(id_, schedule, community, like.ritual, day, due_at, why)
            occurrences.append(occurrence)
            if not skip:
                going.append((occurrence, able, like.grace))
        added = await work.occurrences.begin_to_add(occurrences)
        fresh: list[Planned] = []
        for occurrence, able, grace in going:
            leaving = place_in(self._spread, occurrence.community, occurrence.local_date)
            fresh += deliveries_of(occurrence, able, grace, leaving=leaving, turns=turns)
        new = added()
        if len(new) < len(occurrences):
            new = frozenset(new)
            fresh = [one for one in fresh if one.occurrence in new]
        await work.outbox.plan(fresh)

    async def settle_before(
        self, work: UnitOfWork, schedule: Schedule, first: date, paused_until: date | None
    ) -> Schedule:
        """Decide now what a schedule brings on local dates before `first`, with the channels that it has now.

        Cards of these dates come when they would have come. Returns the schedule, kept as it is and waiting for later
        dates. The caller commits.
        """
        now = self._clock.now()
        found, decisions = _moved_on(schedule.id, schedule, now, paused_until)
        moved = schedule.waiting(found)
        if schedule.next_date is None or moved.next_date is None:
            ahead, settled = [], moved
        else:
            coming = moved.coming(now, now + SETTLED_AHEAD, paused_until)
            ahead = [decision for decision in coming if decision.local_date < first]
            settled = moved.armed(now, not_before=max(first, moved.next_date))
        await self.decide(work, [(schedule, decision) for decision in (*decisions, *ahead)])
        return settled

    async def post_now(self, work: UnitOfWork, schedule: Schedule) -> Occurrence:
        """Today's card now, counted as today's. What is posted or under way already stays as it is.

        A delivery that was skipped or failed is put again. The caller commits.
        """
        now = self._clock.now()
        today = now.astimezone(zone_of(schedule.zone)).date()
        occurrence = _occurrence(schedule, today, now, "")
        if not await work.occurrences.add([occurrence]):
            known = await work.occurrences.on(schedule.id, today)
            if known is None:
                raise LookupError(f"schedule {schedule.id} has no occurrence on {today}")
            occurrence = replace(known, due_at=now, skip="") if known.skip else known
            await work.occurrences.save(occurrence)
        if schedule.next_date == today and schedule.next_at and schedule.next_at > now:
            await work.schedules.advance([(schedule.id, schedule.following(now, not_before=today + ONE_DAY))])
        await self.put_again(work, schedule, occurrence, schedule.targets, now)
        planned = await work.outbox.of_occurrence(occurrence.id)
        await work.outbox.revoke([delivery.brought_forward(now) for delivery in planned if _waits(delivery, now)])
        return occurrence

    async def put_again(
        self, work: UnitOfWork, schedule: Schedule, occurrence: Occurrence, targets: Iterable[Target], due_at: datetime
    ) -> None:
        """Deliveries of an occurrence to targets that have none, or one that was skipped or failed. One that is on its
        way, and was not to be sent again, is."""
        known = {delivery.place: delivery for delivery in await work.outbox.of_occurrence(occurrence.id)}
        planned = deliveries_of(occurrence, targets, schedule.grace, due_at)
        fresh = {delivery.place: delivery for delivery in (Delivery(*one) for one in planned)}
        again = [
            replace(delivery, id=known[place].id)
            for place, delivery in fresh.items()
            if place in known and known[place].state in {State.SKIPPED, State.FAILED}
        ]
        await work.outbox.revoke(again)
        await work.outbox.recall([known[place].id for place in fresh if place in known and known[place].in_doubt], "")
        await work.outbox.put(delivery for place, delivery in fresh.items() if place not in known)

    async def coming(self, community: CommunityId, days: int) -> Sequence[Coming]:
        """What the next days bring, in order, written out as it is going to be posted if nothing changes.

        The days are really played forward, in a transaction that is never committed.
        """
        async with self._storage.unit_of_work() as work:
            return await self.played(work, community, days)

    async def played(self, work: UnitOfWork, community: CommunityId, days: int) -> Sequence[Coming]:
        """The same, in a transaction of the caller's, who must not commit it."""
        now = self._clock.now()
        await work.changes.hold(community)  # before its schedules, as whoever changes a setting does
        paused_until = (await work.communities.get(community)).paused_until
        schedules = [one for one in await work.schedules.of_community(community) if one.ritual.scheduled]
        coming = {one.id: one.coming(now, now + timedelta(days=days), paused_until) for one in schedules}
        today = {one.id: now.astimezone(zone_of(one.zone)).date() for one in schedules}
        asked = {occurrence_id(id_, one.local_date) for id_, decisions in coming.items() for one in decisions}
        known = await work.occurrences.those(asked | {occurrence_id(id_, day) for id_, day in today.items()})
        entries: list[_Entry] = []
        for schedule in schedules:
            moved = known.get(occurrence_id(schedule.id, today[schedule.id]))
            if moved and _moved_later(schedule, moved, now):
                entries.append(_Entry(schedule, Decision(moved.local_date, moved.due_at), moved))
            entries += [
                _Entry(schedule, decision, known.get(occurrence_id(schedule.id, decision.local_date)))
                for decision in coming[schedule.id]
            ]
        entries.sort(key=lambda entry: (entry.due_at, entry.schedule.ritual.rank))
        return [one for some in _told_together(entries) for one in await self._foreseen(work, some)]

    async def _foreseen(self, work: UnitOfWork, entries: Sequence["_Entry"]) -> Sequence[Coming]:
        """Cards that leave one after the other, written out in as few statements as one of them."""
        those = [entry.occurrence for entry in entries]
        await work.occurrences.add([one for one, entry in zip(those, entries, strict=True) if entry.known is None])
        skips = [await entry.skip(work) for entry in entries]
        leaving = [one for one, skip in zip(those, skips, strict=True) if not skip]
        cards = await self._contents.cards(work, leaving, foreseen=True)
        written = await work.occurrences.those(cards.keys())
        return [
            entry.coming(skip, cards.get(one.id), written.get(one.id))
            for entry, one, skip in zip(entries, those, skips, strict=True)
        ]

    async def written(self, work: UnitOfWork, schedule: Schedule, day: date, due_at: datetime) -> Content | None:
        """What the card of a date says that is decided now. The caller may commit, or not."""
        occurrence = _occurrence(schedule, day, due_at, "")
        await work.occurrences.add([occurrence])
        await self._contents.cards(work, [occurrence], foreseen=True)
        written = await work.occurrences.get(occurrence.id)
        return written.content if written else None

    async def forget(self, work: UnitOfWork, schedule: Schedule, day: date) -> bool:
        """Take back what was decided for a date ahead of its time; False once its card is on its way or posted.

        The caller commits.
        """
        known = await work.occurrences.on(schedule.id, day)
        if known is None:
            return True
        planned = await work.outbox.of_occurrence(known.id)
        if any(delivery.state not in {State.PLANNED, State.SKIPPED} for delivery in planned):
            return False
        await work.occurrences.forget(known.id)
        return True


@dataclass(frozen=True, slots=True)
class _Entry:
    """A date that is played forward. `known` is what was decided about it before."""

    schedule: Schedule
    decision: Decision
    known: Occurrence | None

    @property
    def due_at(self) -> datetime:
        """When its card comes."""
        return self.known.due_at if self.known else self.decision.due_at

    @property
    def occurrence(self) -> Occurrence:
        """What was decided, or is going to be."""
        day, due_at, _ = self.decision
        return self.known or _occurrence(self.schedule, day, due_at, self._hindered)

    @property
    def _hindered(self) -> str:
        why = _open_to(self.schedule.targets, self.decision)[1]
        return why.value if why else ""

    async def skip(self, work: UnitOfWork) -> str:
        """Why it has no card; empty where it has, as far as its schedule goes."""
        return self._hindered or (await why_not(work, self.known) if self.known else "")

    def coming(self, skip: str, card: Card | None, written: Occurrence | None) -> Coming:
        """What comes of it, with its card as it is written out."""
        schedule = self.schedule
        if not skip and card is None and schedule.ritual is not Ritual.RECAP:
            skip = Skip.NO_THEME.value
        content = written.content if written else None
        day = self.decision.local_date
        return Coming(schedule.id, day, self.due_at, schedule.zone, schedule.ritual, card, skip, content, schedule.name)


def _moved_later(schedule: Schedule, known: Occurrence, now: datetime) -> bool:
    """Whether today's card was moved to later than the time of its schedule, which has come."""
    passed = schedule.next_date is None or schedule.next_date > known.local_date
    return passed and known.due_at > now and not known.skip


def _told_together(entries: Iterable[_Entry]) -> Iterator[Sequence[_Entry]]:
    """Cards in their order, in runs that come out as if they were written out one by one: a theme is announced by
    itself, after the cards that do not know of it yet, and no run goes back to an earlier date."""
    some: list[_Entry] = []
    for entry in entries:
        if some and (
            CHALLENGE in {entry.schedule.ritual, some[-1].schedule.ritual}
            or entry.decision.local_date < some[-1].decision.local_date
        ):
            yield some
            some = []
        some.append(entry)
    if some:
        yield some


def _waits(delivery: Delivery, now: datetime) -> bool:
    """Whether a delivery is to leave later than now, because of its time or of its place in a window."""
    in_line = delivery.state is State.PLANNED and not delivery.claim and delivery.next_at > now
    return in_line or (not delivery.state.settled and delivery.due_at > now)


def _open_to(targets: Iterable[Target], decision: Decision) -> tuple[list[Target], Skip | None]:
    """The channels that a date's card can be posted in, and why it is not posted, if it is not."""
    able = [target for target in targets if not target.attention]
    return able, decision.skip or (None if able else Skip.NEEDS_ATTENTION)


def _moved_on(
    id_: ScheduleId, like: Schedule, now: datetime, paused_until: date | None
) -> tuple[Moment | None, Sequence[Decision]]:
    """What a schedule waits for after everything that has come, and what is decided for each date.

    One whose zone is not known here is set aside, and none of another zone.
    """
    try:
        return like.due(now, paused_until)
    except (ZoneInfoNotFoundError, ValueError):
        log.exception("schedule.set_aside", schedule=id_, zone=like.zone)
        return None, ()


def _as_due(schedule: Schedule) -> Due:
    return Due(schedule.id, schedule.community, schedule, None, schedule.targets)


def _occurrence(schedule: Schedule, local_date: date, due_at: datetime, skip: str) -> Occurrence:
    return Occurrence(
        occurrence_id(schedule.id, local_date),
        schedule.id,
        schedule.community,
        schedule.ritual,
        local_date,
        due_at,
        skip,
    )


class Turns:
    """When mornings leave that are due at one instant: a community's channels one after the other, and what else goes
    to a channel after that."""

    def __init__(self) -> None:
        self._next: dict[CommunityId, dict[tuple[SpaceId, str], timedelta]] = {}

    def after(self, community: CommunityId, target: Target) -> timedelta:
        """How long after its community's first one the next card to a channel leaves."""
        channel = target.space, target.place.channel
        channels = self._next.get(community)
        if channels is None:
            self._next[community] = {channel: CHANNEL_PACE}
            return NO_TIME
        turn = channels.get(channel)
        if turn is None:
            turn = len(channels) * PACE
        channels[channel] = turn + CHANNEL_PACE
        return turn


def deliveries_of(
    occurrence: Occurrence | Decided,
    targets: Iterable[Target],
    grace: timedelta,
    due_at: datetime | None = None,
    *,
    leaving: timedelta = NO_TIME,
    turns: Turns | None = None,
) -> list[Planned]:
    """One for each channel, `leaving` after it is due, and the community's `turns` after that.

    Those of a theme leave all at once, so that none comes after the card that mentions it.
    """
    taken = Turns() if turns is None else turns
    due = due_at or occurrence.due_at
    leaves, deadline = due + leaving, due + grace
    at_once = occurrence.ritual is CHALLENGE
    return [
        Planned(
            delivery_id(occurrence.id, target.space, target.place.channel),
            occurrence.id,
            target.space,
            target.place,
            due,
            deadline,
            leaves if at_once else leaves + taken.after(occurrence.community, target),
        )
        for target in targets
    ]

"""Reactions, taken in as events and kept as marks."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.ids import ActId, MemberId, OccurrenceId
from bot.domain.places import MessageRef
from bot.domain.reactions import BUTTON, Cleared, Copy, Happening, Mark, Reacted, latest, merge, neutral_emoji
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.tools import Watcher
from bot.services import warming
from bot.services.comparing import Comparing
from bot.services.intake import Intake

KEEP_REMOVED = timedelta(days=30)
PARTING = 5.0
"""Seconds for what was taken in when Kindling stops."""


class Reactions:
    """The set of (member, item, emoji), kept right whatever order events come in."""

    def __init__(self, storage: Storage, comparing: Comparing, clock: Clock, watcher: Watcher) -> None:
        self._storage = storage
        self._comparing = comparing
        self._clock = clock
        self._watcher = watcher
        self._intake = Intake(self._keep)

    @property
    def trouble(self) -> str:
        """Why reactions cannot be kept at present; empty while all is well."""
        return self._intake.trouble

    @property
    def waiting(self) -> int:
        """How many reactions are waiting to be kept."""
        return len(self._intake)

    def take(self, happening: Happening) -> bool:
        """Take in what happened, without waiting for it to be kept; False when there is no room."""
        return self._intake.offer(happening)

    async def room(self) -> None:
        """Wait until there is room."""
        await self._intake.has_room()

    async def happened(self, happening: Happening) -> None:
        """Take in what happened; returns when it is kept."""
        await self._intake.put(happening)

    async def caught_up(self) -> None:
        """Wait until everything that was taken in is kept."""
        await self._intake.caught_up()

    async def close(self) -> None:
        """Keep what was taken in, if that can be done soon, and stop."""
        await self._intake.close(PARTING)

    async def press(
        self, work: UnitOfWork, member: MemberId, item: OccurrenceId | ActId, emoji: str, *, present: bool
    ) -> None:
        """The button that does the same. The caller commits."""
        mark = Mark(member, item, neutral_emoji(emoji), BUTTON, present=present, at=self._clock.now())
        known = merge(await work.reactions.of_member(item, member)).get(mark.place)
        if known is not None and known.at >= mark.at:
            # Presses are already in order: two at one instant, or a clock that went back, take nothing from the last.
            mark = replace(mark, at=known.at + timedelta(microseconds=1))
        await work.reactions.record([mark])

    async def tidy(self) -> None:
        """Forget marks that were taken back long ago: no event that old can still arrive."""
        async with self._storage.unit_of_work() as work:
            await work.reactions.forget_removed(self._clock.now() - KEEP_REMOVED)
            await work.commit()

    async def _keep(self, happenings: Sequence[Happening]) -> None:
        """Keep what happened, in so many statements whether it is much or little. Most is about others' messages."""
        by_message: defaultdict[MessageRef, list[Happening]] = defaultdict(list)
        for happening in happenings:
            by_message[happening.ref].append(happening)
        self._comparing.touched(ref for ref, about in by_message.items() if any(map(_put_on, about)))
        now = self._clock.now()
        copies = await self._storage.carry_out(lambda work: _taken_in(work, by_message, now))
        self._comparing.known(copies)
        ours = (one for ref in copies for one in by_message[ref])
        platforms = Counter(one.ref.place.platform for one in ours if isinstance(one, Reacted))
        for platform, count in platforms.items():
            self._watcher.reacted(platform, count)


async def _taken_in(
    work: UnitOfWork, by_message: Mapping[MessageRef, Sequence[Happening]], now: datetime
) -> Mapping[MessageRef, Copy]:
    """Keep what happened to copies, and have those of acts follow; which of the messages are copies."""
    copies = await work.outbox.copies(by_message)
    if copies:
        ours = [(copy, by_message[ref]) for ref, copy in copies.items()]
        await work.reactions.take_in([(copy, tap) for copy, about in ours for tap in latest(about)])
        await work.reactions.clear(
            [(copy, one.neutral) for copy, about in ours for one in about if isinstance(one, Cleared)]
        )
        if acts := {ActId(copy.item) for copy in copies.values() if copy.act}:
            await warming.follow(work, acts, now)
        await work.commit()
    return copies


def _put_on(happening: Happening) -> bool:
    return isinstance(happening, Reacted) and happening.present

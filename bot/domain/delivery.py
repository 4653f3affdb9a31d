"""Occurrences and their deliveries.

A delivery goes `planned -> sending -> posted`, or ends as `skipped`, `failed` or, where the platform
cannot tell us whether it posted, `unsure`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple, Self

from bot.domain.ids import CommunityId, DeliveryId, OccurrenceId, PromptId, ScheduleId, SpaceId, ThemeId
from bot.domain.places import MessageRef, Place
from bot.domain.schedule import Ritual

LONGEST_PAUSE = timedelta(minutes=10)
PACE = timedelta(milliseconds=20)
"""How soon the mornings of one channel follow those of another. No platform takes cards more quickly, so it costs its
community nothing, and a community with one delivery is not held up by one with hundreds."""
CHANNEL_PACE = timedelta(seconds=1)
"""How soon one morning card follows another in the same channel, which is as quickly as platforms take them there: so
that those of one channel do not stand in the way of those of others."""
EARLIEST = timedelta(hours=26)
"""How long before its time a card of the same local date can have been posted: a day, and a clock change."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an occurrence says, as ids: it can be written out again at any time."""

    prompts: tuple[PromptId, ...] = ()
    theme: ThemeId | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One ritual of one community on one local date, which together with the schedule makes its id.

    `skip` is why nothing was posted, or empty. `content` is chosen when the first of its deliveries is
    written out, and stays.
    """

    id: OccurrenceId
    schedule: ScheduleId
    community: CommunityId
    ritual: Ritual
    local_date: date
    due_at: datetime
    skip: str = ""
    content: Content | None = None

    def shares_week_with(self, other: "Occurrence") -> bool:
        """Whether another schedule announces the same week: a community with two of them has one theme a week."""
        apart = self.local_date - other.local_date
        return other.schedule != self.schedule and timedelta() <= apart < timedelta(days=7)


class Decided(NamedTuple):
    """An `Occurrence` that says nothing yet, made of its first fields. It is the planner's, as `Planned` is."""

    id: OccurrenceId
    schedule: ScheduleId
    community: CommunityId
    ritual: Ritual
    local_date: date
    due_at: datetime
    skip: str = ""


def first_announcements(announced: Iterable[Occurrence]) -> list[Occurrence]:
    """Of challenges in the order of their dates those that announced a new week; the others repeat one's theme."""
    first: list[Occurrence] = []
    for one in announced:
        if not any(one.shares_week_with(other) and one.content == other.content for other in first):
            first.append(one)
    return first


class State(StrEnum):
    """Where a delivery stands."""

    PLANNED = "planned"
    SENDING = "sending"
    POSTED = "posted"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNSURE = "unsure"

    @property
    def settled(self) -> bool:
        """Whether nothing more is going to happen by itself."""
        return self in {State.POSTED, State.SKIPPED, State.FAILED, State.UNSURE}


def place_in(window: timedelta, community: CommunityId, local_date: date) -> timedelta:
    """How far into a window the cards of a community leave on a date: spread evenly, and anew each day, so that
    nobody is always last. A theme and its mention leave together."""
    if not window:
        return window
    drawn = blake2b(f"{community}\n{local_date.isoformat()}".encode(), digest_size=8).digest()
    return window * (int.from_bytes(drawn) / 2**64)


class Planned(NamedTuple):
    """A `Delivery` of which nothing has become yet, made of its first fields.

    It is the planner's: a tuple is made in a fifth of the time.
    """

    id: DeliveryId
    occurrence: OccurrenceId
    space: SpaceId
    place: Place
    due_at: datetime
    deadline: datetime
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One occurrence in one channel of one space; these three make its id, which is also the key in its message.

    So a delivery that is planned anew, after a backup was put back, has the key that its message already carries.

    `next_at` is when it may be claimed (again), and what can be claimed is claimed in its order: at first the instant
    at which it is to leave, while claimed the end of the lease. It leaves when it is due, or in its community's place
    in a window (`place_in`), and the mornings of a community's channels leave a `PACE` apart. `deadline` is when it is
    too late to post it. `claim` is the token of whoever has it; only with it can the delivery be settled, and
    `released` gives it back. In doubt (`SENDING`, left over from a crash or a lost answer) the platform is asked
    before anything is sent again; with a `reason` it is not sent again, because moderators decided so meanwhile.
    """

    id: DeliveryId
    occurrence: OccurrenceId
    space: SpaceId
    place: Place
    due_at: datetime
    deadline: datetime
    next_at: datetime
    state: State = State.PLANNED
    reason: str = ""
    attempts: int = 0
    claim: str = ""
    message: str = ""
    sent_at: datetime | None = None
    posted_at: datetime | None = None
    released: bool = False

    @property
    def ref(self) -> MessageRef | None:
        """The message that shows it, once posted."""
        return MessageRef(self.place, self.message) if self.message else None

    @property
    def in_doubt(self) -> bool:
        """Whether it may have been posted without our knowing."""
        return self.state is State.SENDING

    @property
    def may_be_there(self) -> bool:
        """Whether nobody knows if it was posted, and nobody is finding out: also where a moderator said that it was
        not, and it waits to be posted again."""
        return self.state is State.UNSURE or (self.state is State.PLANNED and self.sent_at is not None)

    def sending(self, at: datetime, lease: timedelta) -> Self:
        """About to be sent, at `at`: from now on a crash leaves a doubt. The lease begins anew, so that however
        long the delivery waited for its turn, nobody else takes it while it is under way."""
        return replace(
            self, state=State.SENDING, attempts=self.attempts + 1, sent_at=self.sent_at or at, next_at=at + lease
        )

    def posted(self, ref: MessageRef, at: datetime) -> Self:
        """Posted, and seen to be."""
        return self._settled(State.POSTED, "", message=ref.message, posted_at=at)

    def skipped(self, reason: str) -> Self:
        """Not posted, on purpose."""
        return self._settled(State.SKIPPED, reason)

    def failed(self, reason: str) -> Self:
        """Not posted, and not going to be."""
        return self._settled(State.FAILED, reason)

    def unsure(self, reason: str) -> Self:
        """Perhaps posted; the platform cannot be asked."""
        return self._settled(State.UNSURE, reason)

    def asking(self, now: datetime) -> Self:
        """In doubt again: the platform is asked anew, and what is surely not there is posted."""
        return replace(self, state=State.SENDING, reason="", next_at=now, deadline=max(self.deadline, now), claim="")

    def doubted(self, now: datetime) -> Self:
        """In doubt since its local date began: it may have been posted at or before its time, and forgotten since."""
        return replace(
            self,
            state=State.SENDING,
            next_at=now,
            claim="",
            sent_at=min(self.sent_at or self.due_at, self.due_at - EARLIEST),
        )

    def in_time(self) -> Self:
        """Surely not posted so far, and to be posted when it is due."""
        return replace(self, state=State.PLANNED, next_at=self.due_at, released=True)

    def brought_forward(self, now: datetime) -> Self:
        """Due now instead of later."""
        return replace(self, due_at=now, deadline=now + (self.deadline - self.due_at), next_at=now, claim="")

    def planned_again(self) -> Self:
        """To be posted in its time after all, though it was skipped."""
        return replace(self, state=State.PLANNED, reason="", next_at=self.due_at, attempts=0, claim="")

    def later(self, now: datetime, after: timedelta, *, doubt: bool) -> Self:
        """To be tried again after `after`; with `doubt`, by asking the platform first."""
        state = State.SENDING if doubt else State.PLANNED
        return replace(self, state=state, next_at=now + after, released=True)

    def pause(self, least: timedelta) -> timedelta:
        """How long to wait before the next attempt: at least `least`, doubling up to ten minutes."""
        return max(least, min(timedelta(seconds=5) * 2 ** min(self.attempts, 10), LONGEST_PAUSE))

    def _settled(self, state: State, reason: str, message: str = "", posted_at: datetime | None = None) -> Self:
        return replace(
            self,
            state=state,
            reason=reason,
            released=True,
            message=message or self.message,
            posted_at=posted_at or self.posted_at,
        )

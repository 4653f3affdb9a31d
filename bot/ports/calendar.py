"""What the core keeps of schedules, dates and cards. Each docstring says what an implementation promises."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.days import DaysOff, Quiet
from bot.domain.delivery import Decided, Delivery, Occurrence, Planned
from bot.domain.ids import (
    CommunityId,
    DeliveryId,
    OccurrenceId,
    ScheduleId,
    SpaceId,
    ThemeId,
)
from bot.domain.places import MessageRef, Place
from bot.domain.reactions import Copy
from bot.domain.schedule import Due, Moment, Schedule


class Schedules(Protocol):
    """Schedules with the places they post to."""

    async def get(self, schedule: ScheduleId) -> Schedule: ...

    async def of_community(self, community: CommunityId) -> Sequence[Schedule]: ...

    async def places(self, platform: str, limit: int = 100) -> Sequence[Place]:
        """At most `limit` channels of a platform that anything posts to."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Due]:
        """Schedules whose `next_at` has come, oldest first, held against other planners until commit."""
        ...

    async def coming(
        self, after: datetime, until: datetime, limit: int, beyond: str = ""
    ) -> Sequence[tuple[Schedule, date | None]]:
        """Schedules whose `next_at` lies after one instant and up to another, in the order of their ids.

        Each comes with the date until which its community is paused, if it is. `beyond` is the id with which the page
        before ended.
        """
        ...

    async def next_at(self) -> datetime | None:
        """When the next schedule falls due."""
        ...

    async def quiet(self, wanted: Collection[ScheduleId]) -> Mapping[ScheduleId, tuple[Quiet, str]]:
        """The quiet hours of schedules' communities, and each one's zone; those without any are left out."""
        ...

    async def save(self, schedule: Schedule) -> None:
        """Add or change, targets included."""
        ...

    async def find(self, schedule: ScheduleId) -> Schedule | None:
        """The schedule of this id; None when there is none, or none any more."""
        ...

    async def remove(self, schedule: ScheduleId, now: datetime) -> None:
        """Take a schedule away: nothing comes of it any more. What it posted stays known, and `save` brings it back."""
        ...

    async def advance(self, moved: Iterable[tuple[ScheduleId, Moment | None]]) -> None:
        """Keep what schedules wait for now, their `next_date` and `next_at`; all else stays as it is."""
        ...


class Occurrences(Protocol):
    """What happened, or was decided not to happen, on each local date."""

    async def add(self, fresh: Sequence[Occurrence | Decided]) -> Collection[OccurrenceId]:
        """Keep new occurrences; returns those that were kept.

        One whose schedule already has an occurrence on its date is not.
        """
        ...

    async def begin_to_add(self, fresh: Sequence[Occurrence | Decided]) -> Callable[[], Collection[OccurrenceId]]:
        """The same, which may only have begun; what it returns waits for it, and returns those that were kept."""
        ...

    async def get(self, occurrence: OccurrenceId) -> Occurrence | None: ...

    async def those(self, wanted: Collection[OccurrenceId]) -> Mapping[OccurrenceId, Occurrence]:
        """The occurrences of these ids; what is not there is left out."""
        ...

    async def on(self, schedule: ScheduleId, local_date: date) -> Occurrence | None: ...

    async def latest(self, schedule: ScheduleId, now: datetime) -> Occurrence | None:
        """The one with the latest local date that its schedule is through with, or whose time has come; what
        moderators decided ahead of its time is none yet."""
        ...

    async def since(self, schedule: ScheduleId, local_date: date) -> Sequence[Occurrence]:
        """Those on a local date and after it, newest first."""
        ...

    async def challenges(
        self, wanted: Collection[tuple[CommunityId, date]]
    ) -> Mapping[tuple[CommunityId, date], Occurrence]:
        """Each community's latest weekly challenge at or before a local date that was not skipped."""
        ...

    async def weeks_announced(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, int]:
        """How many weeks have been given a theme; communities without any are left out.

        A theme that several schedules announce within a week is one.
        """
        ...

    async def announced(self, community: CommunityId, theme: ThemeId) -> bool:
        """Whether a community's weekly challenge ever had this theme."""
        ...

    async def save(self, occurrence: Occurrence) -> None:
        """Change when an occurrence is due, or whether it is skipped."""
        ...

    async def forget(self, occurrence: OccurrenceId) -> None:
        """Remove an occurrence with its deliveries, as if its date had not been decided."""
        ...

    async def themes_since(
        self, wanted: Collection[CommunityId], since: date
    ) -> Mapping[CommunityId, Sequence[Occurrence]]:
        """The weekly challenges of communities on and after a local date that have been given a theme, in order."""
        ...

    async def choose(self, chosen: Collection[Occurrence]) -> Mapping[OccurrenceId, Occurrence]:
        """Keep what occurrences say, unless something was kept before; returns what is kept of each."""
        ...


class Outbox(Protocol):
    """Deliveries: what is to be posted, is being posted, and was."""

    async def plan(self, fresh: Iterable[Planned]) -> None:
        """Keep new deliveries; one whose (occurrence, place) is already there is left as it is."""
        ...

    async def put(self, fresh: Iterable[Delivery]) -> None:
        """Keep new deliveries in whatever state; again one that is already there is left as it is."""
        ...

    async def get(self, delivery: DeliveryId) -> Delivery | None: ...

    async def next_at(self) -> Mapping[str, datetime]:
        """When the next delivery of each platform can be claimed; platforms without any are left out."""
        ...

    async def claim(
        self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Delivery]:
        """Take deliveries of a platform that are due, or whose lease has run out, for `worker` until `now + lease`.

        Nobody else gets them until then. Those that have waited longest are taken, and come oldest due first.
        """
        ...

    async def release(self, worker: str, now: datetime) -> int:
        """Give back what a worker has claimed and not begun to send; returns how many."""
        ...

    async def settle(self, changed: Collection[Delivery]) -> frozenset[DeliveryId]:
        """Keep the new states of deliveries whose claims still hold; returns which those were.

        One that is `released` gives its claim back with it.
        """
        ...

    async def waiting_at(self, place: Place) -> Sequence[Delivery]:
        """Planned and sending deliveries to a place."""
        ...

    async def of_occurrence(self, occurrence: OccurrenceId) -> Sequence[Delivery]: ...

    async def copies(self, refs: Collection[MessageRef]) -> Mapping[MessageRef, Copy]:
        """Those of these messages that are copies, of cards or of acts."""
        ...

    async def unsure_at(self, places: Collection[Place]) -> Mapping[Place, frozenset[DeliveryId]]:
        """The deliveries to these places that `may_be_there`; places without any are left out."""
        ...

    async def posted_since(self, platform: str, since: datetime) -> Sequence[Delivery]:
        """What was posted on a platform since an instant, newest first."""
        ...

    async def waiting(self, limit: int, beyond: str = "") -> Sequence[Delivery]:
        """Planned and sending deliveries, in the order of their ids. `beyond` ended the page before."""
        ...

    async def unsettled(self, space: SpaceId) -> Sequence[Delivery]:
        """Planned, sending and unsure deliveries of a space."""
        ...

    async def held_back(self, space: SpaceId, reason: str, now: datetime) -> Sequence[Delivery]:
        """What was skipped in a space for a reason, and is not too late yet."""
        ...

    async def recall(self, under_way: Collection[DeliveryId], reason: str) -> None:
        """Have those of these deliveries that are being sent, or in doubt, be skipped for a reason if they turn out not
        to have arrived; without a reason, be sent again. Whoever has them keeps them."""
        ...

    async def revoke(self, changed: Iterable[Delivery]) -> None:
        """Keep new states of planned deliveries, whoever holds them."""
        ...


class DaysOffSets(Protocol):
    """Dates on which whole communities have no cards."""

    async def of_community(self, community: CommunityId) -> Sequence[DaysOff]: ...

    async def save(self, fresh: DaysOff) -> None:
        """Add or change."""
        ...

    async def remove(self, community: CommunityId, gone: str) -> None:
        """Forget one of a community's sets, if it is there, or one that was offered."""
        ...

    async def offer(self, fresh: DaysOff, now: datetime) -> None:
        """Keep a set that does not hold before somebody confirms it: `of_community` leaves it out."""
        ...

    async def offered(self, community: CommunityId, wanted: str) -> DaysOff | None:
        """A set that was offered, and neither saved nor removed since."""
        ...

    async def forget_offers(self, before: datetime) -> None:
        """Forget what was offered before an instant."""
        ...

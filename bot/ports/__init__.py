"""What the core needs from the world. Each docstring says what an implementation promises."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar, runtime_checkable

from bot.domain.challenges import Plan, Theme
from bot.domain.community import Community, Space, Tone
from bot.domain.days import CalendarFile, DaysOff, Quiet
from bot.domain.delivery import Decided, Delivery, Occurrence, Planned
from bot.domain.finishing import Step
from bot.domain.ids import (
    CommunityId,
    DeliveryId,
    MemberId,
    OccurrenceId,
    PackId,
    PlanId,
    PromptId,
    ScheduleId,
    SpaceId,
    ThemeId,
)
from bot.domain.message import Card
from bot.domain.packs import Kind, Pack, Prompt, PromptUse, Source
from bot.domain.places import Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Cleared, Copy, Felt, Mark, Reacted
from bot.domain.schedule import Moment, Schedule
from bot.ports.alerts import AlertBook
from bot.ports.changes import Changes
from bot.ports.desk import Visits
from bot.ports.finishes import Finishes
from bot.ports.guide import Setups, Supports
from bot.ports.leaving import Erasures, Leavings
from bot.ports.moderators import ModeratorLists
from bot.ports.rewrites import Rewrites
from bot.ports.shelves import Shelves, Suggestions
from bot.ports.votes import Votes
from bot.ports.wall import ActCopies, Acts, Links, OpenWalls, People, Recaps, Walls
from bot.ports.weeks import WeekCalendars

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time. Everything that asks for the time asks a clock that it was given."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Travel(Protocol):
    """A clock that can be moved on, together with everything that happens meanwhile. Playground only."""

    async def forward(self, by: timedelta) -> None:
        """Move on by `by`; whatever falls due on the way happens at its own instant."""
        ...

    async def to_next_card(self) -> bool:
        """Move on to the next card and let it be posted. False when no card is coming."""
        ...


class Messenger(Protocol):
    """The sending half of an adapter.

    Every method raises only `TryLater`, `Unreachable`, `Unacceptable` or `Uncertain`, and takes at most
    30 seconds. Several workers may call it at once, for the same channel too.
    """

    @property
    def tone(self) -> Tone:
        """What suits groups on this platform unless they choose otherwise."""
        ...

    @property
    def way_out(self) -> str:
        """How people take Kindling out of a space of this platform, in a sentence or two."""
        ...

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post `card`. The message carries `key` so that `find` knows it again, also after a crash.

        Raises `Uncertain` whenever the platform may have posted although no answer arrived.
        """
        ...

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """The message that was posted with `key` at or after `since`; None when it surely is not there.

        Raises `Uncertain` when the platform does not let us look.
        """
        ...

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        """The one of `keys` that the message at `ref` was sent with.

        None when it carries none of them, when somebody else wrote it, whatever it carries, and when it is gone.
        """
        ...

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """Make an own message, which was sent with `key`, show `card` instead. It is found by its key still.

        Raises `Gone` when the message was deleted.
        """
        ...

    async def delete(self, ref: MessageRef) -> None:
        """Remove an own message. One that is already gone counts as removed."""
        ...

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        """Pin an own message, and take the pin off `instead_of`. One that is pinned already counts as pinned, and one
        that is not, or is gone, as unpinned.

        Raises `Gone` when the message was deleted, and `Unreachable` where the right to pin is missing.
        """
        ...

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        """Open a place to talk about an own message, under it and nowhere else. One that is there counts as opened.

        `again` says that an earlier call may have got through. Raises `Uncertain` when that cannot be found out: then
        nothing was done, and the platform is not to be asked a second time. Raises `Gone` and `Unreachable` as `pin`.
        """
        ...

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        """What keeps Kindling from doing this with cards that it posts in a channel, and from notifying a role or group
        there, unless that is empty; empty when all is well. Whether it may post there is not asked.
        """
        ...

    async def tell(self, person: Person, card: Card) -> None:
        """Show `card` to one person, privately, outside of any answer to them (a direct message)."""
        ...

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """The full set of what people put on a message; bots and Kindling itself left out.

        Emoji are in `neutral_emoji` spelling. A message that is gone has no reactions.
        """
        ...

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """A live test of the rights needed in a channel; empty when all is well."""
        ...

    async def standing(self, person: Person) -> Standing | None:
        """Who somebody is in their space, and whether they may manage it, as the platform says now; never remembered.

        None when they are no member, or not any more, and for whatever is no person. The space has to be there.
        """
        ...

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        """Those of these groups that somebody is in at this moment, where neither `Actor.roles` nor `Standing.roles`
        tell it; never remembered. Ids of anything else are left out, and nobody is asked about them."""
        ...

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        """Who is meant in a space: people, roles and groups by their ids, roles and groups by their names too.

        What is not there, bots and whatever everybody has are left out.
        """
        ...

    async def secluded(self, place: Place) -> bool | None:
        """Whether a channel can be read by some people only; None where the platform does not tell."""
        ...

    async def admission(self, space: str) -> str:
        """What an administrator has to do on the platform so that those whom moderators chose can use the moderators'
        commands, with its steps; empty where nothing is to be done."""
        ...


@runtime_checkable
class NamesChannels(Protocol):
    """A messenger that can say which channels there are, for pages that are not the platform's own."""

    async def channels(self, space: str) -> Sequence[Named]:
        """The channels of a space in which cards may appear, as far as Kindling sees them, in the platform's order.

        Raises as a `Messenger` does.
        """
        ...


class Messengers(Protocol):
    """The adapters that are ready to send, by platform."""

    def get(self, platform: str) -> Messenger | None:
        """The platform's messenger, or None while its adapter is absent or not open."""
        ...


class Library(Protocol):
    """The packs that were loaded and checked at start."""

    def prompts(self, language: str, kind: Kind) -> Sequence[Prompt]:
        """All prompts of one kind, in pack order, without the retired ones."""
        ...

    def prompt(self, prompt: PromptId) -> Prompt | None:
        """The prompt of this id, also when it is retired."""
        ...

    def pack(self, pack: PackId) -> Pack | None:
        """What the pack of this id says about itself."""
        ...

    def theme(self, theme: ThemeId) -> Theme | None:
        """The theme of this id."""
        ...

    def source(self, source: str) -> Source | None:
        """Where a claim comes from, by the id in `Prompt.sources`."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have prompts."""
        ...

    def plan(self, plan: str) -> Plan:
        """The challenge plan of this id; the built-in plan when it is unknown."""
        ...

    @property
    def plans(self) -> Mapping[PlanId, Plan]:
        """All plans by id, the built-in one first."""
        ...

    @property
    def themes(self) -> Mapping[ThemeId, Theme]:
        """All themes by id, in pack order."""
        ...


class Communities(Protocol):
    """Communities and their spaces."""

    async def get(self, community: CommunityId) -> Community: ...

    async def those(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Community]:
        """The communities of these ids; what is not there is left out."""
        ...

    async def save(self, community: Community) -> None:
        """Add or change."""
        ...

    async def space(self, space: SpaceId) -> Space: ...

    async def hold(self, wanted: Collection[SpaceId], *, moving: bool = False) -> Mapping[SpaceId, Space]:
        """Spaces as they are, which go to no other community before this unit of work ends.

        With `moving` it is this one that may change them, and nobody else holds them meanwhile.
        """
        ...

    async def space_of(self, platform: str, key: str) -> Space | None: ...

    async def spaces(self, community: CommunityId) -> Sequence[Space]: ...

    async def some_spaces(self, limit: int, platform: str = "", key: str = "") -> Sequence[Space]:
        """At most `limit` spaces that the bot is in; of one platform, or only the one, where asked."""
        ...

    async def active_keys(self, platform: str) -> frozenset[str]:
        """The platform's ids of all spaces that the bot was in when last told."""
        ...

    async def save_space(self, space: Space) -> None:
        """Add or change."""
        ...

    async def next_previews(self) -> Mapping[str, datetime]:
        """When moderators are next told on each platform what the week brings."""
        ...

    async def previews_due(self, platform: str, now: datetime, limit: int) -> Sequence[tuple[Space, datetime]]:
        """Spaces of a platform whose moderators are to be told by now, each with when."""
        ...

    async def move_preview(self, space: SpaceId, at: datetime | None, *, before: datetime | None = None) -> bool:
        """Tell them at another time, or never; only if that was `before` so far, where one is named. Whether it was."""
        ...

    async def member(self, person: Person) -> MemberId | None:
        """The member behind a platform's user, made on first sight; None when the space is unknown."""
        ...

    async def person(self, member: MemberId) -> Person | None:
        """The platform's user behind a member."""
        ...


class Schedules(Protocol):
    """Schedules with the places they post to."""

    async def get(self, schedule: ScheduleId) -> Schedule: ...

    async def of_community(self, community: CommunityId) -> Sequence[Schedule]: ...

    async def places(self, platform: str, limit: int = 100) -> Sequence[Place]:
        """At most `limit` channels of a platform that anything posts to."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[Schedule, date | None]]:
        """Schedules whose `next_at` has come, oldest first, held against other planners until commit.

        Each comes with the date until which its community is paused, if it is.
        """
        ...

    async def coming(
        self, after: datetime, until: datetime, limit: int, beyond: str = ""
    ) -> Sequence[tuple[Schedule, date | None]]:
        """Schedules whose `next_at` lies after one instant and up to another, in the order of their ids.

        Each comes as with `due`. `beyond` is the id with which the page before ended.
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
        """The unsure deliveries to these places; places without any are left out."""
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

    async def revoke(self, changed: Iterable[Delivery]) -> None:
        """Keep new states of planned deliveries, whoever holds them."""
        ...


class Reactions(Protocol):
    """Marks of members on items."""

    async def record(self, marks: Iterable[Mark]) -> None:
        """Keep the marks that are newer than what is known."""
        ...

    async def take_in(self, taps: Iterable[tuple[Copy, Reacted]]) -> None:
        """Keep what people did on copies, where it is newer than what is known; whoever is new becomes a member.

        At most one is about each (message, user, emoji); emoji are in neutral spelling.
        """
        ...

    async def clear(self, clearings: Iterable[tuple[Copy, Cleared]]) -> None:
        """Take off what is on copies and was put there until then. The emoji is in neutral spelling."""
        ...

    async def on_item(self, item: str) -> Sequence[Mark]:
        """All marks on an item, also those taken back."""
        ...

    async def on_items(self, items: Collection[str]) -> Mapping[str, Sequence[Mark]]:
        """All marks on several items, also those taken back; items without any are left out."""
        ...

    async def via(self, copy: Copy) -> Sequence[Mark]:
        """All marks of its item that were made on one copy, also those taken back."""
        ...

    async def forget_removed(self, before: datetime) -> int:
        """Drop marks taken back before an instant; returns how many."""
        ...


class PromptUses(Protocol):
    """Which prompts a community has seen."""

    async def of(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Mapping[PromptId, PromptUse]]:
        """What each community has used, held against others who are choosing for it, until commit."""
        ...

    async def record(self, used: Mapping[CommunityId, Mapping[PromptId, PromptUse]]) -> None:
        """Keep how often each of these prompts has been used by now, and when last."""
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


class UnitOfWork(Protocol):
    """One transaction. Without `commit`, nothing that was done in it remains."""

    communities: Communities
    schedules: Schedules
    occurrences: Occurrences
    outbox: Outbox
    reactions: Reactions
    prompt_uses: PromptUses
    acts: Acts
    act_copies: ActCopies
    walls: Walls
    moderators: ModeratorLists
    alerts: AlertBook
    open_walls: OpenWalls
    links: Links
    people: People
    recaps: Recaps
    changes: Changes
    shelves: Shelves
    suggestions: Suggestions
    days_off: DaysOffSets
    leavings: Leavings
    erasures: Erasures
    setups: Setups
    supports: Supports
    visits: Visits
    week_calendars: WeekCalendars
    votes: Votes
    rewrites: Rewrites
    finishes: Finishes

    async def commit(self) -> None: ...


class Storage(Protocol):
    """Where the truth is kept."""

    def unit_of_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that may write; such transactions happen one after the other where they touch."""
        ...

    async def carry_out(self, job: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Such a transaction as a whole, sooner done: the job is carried out in another thread where the database
        has one. It commits, waits for nothing but its unit of work, and touches nothing that others may touch.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that only reads one consistent state."""
        ...


class Painter(Protocol):
    """Makes pictures of drawings."""

    async def paint(self, svg: str) -> bytes:
        """The drawing as PNG; empty where nothing here can make one. Does not hold up the loop, and never raises."""
        ...


class Darkroom(Protocol):
    """Makes pictures that people hand over into ones that can be shown."""

    @property
    def open(self) -> bool:
        """Whether pictures can be taken in here."""
        ...

    async def develop(self, data: bytes) -> bytes:
        """The picture upright and at most 1,280 points long, as PNG or JPEG with nothing in it but its points. Does not
        hold up the loop. Raises `bot.domain.uploads.Unfit`, with a sentence, for what is none."""
        ...


class CalendarFiles(Protocol):
    """Reads calendar files (.ics), whatever is in them."""

    async def read(self, data: bytes, first: date, last: date) -> CalendarFile:
        """The days off between two dates, both with it. Does not hold up the loop, and ends within a minute.
        Raises `CalendarProblem` for what is no calendar, or one that cannot be used.
        """
        ...


class Vault(Protocol):
    """Seals secrets that have to be stored, with the keys that the operator gave, if any."""

    @property
    def keyed(self) -> bool:
        """Whether there is a key. Without one, everything is kept as it is."""
        ...

    def seal(self, secret: str) -> str:
        """What to keep instead of `secret`: under the first key where there is one."""
        ...

    def unseal(self, kept: str) -> str:
        """The secret behind what was kept, under any of the keys or, from before there was a key, under none.

        Raises `SecretKeyProblem` when no key fits.
        """
        ...

    def current(self, kept: str) -> bool:
        """Whether `seal` would keep it in this way today; if not, sealing it anew is due."""
        ...


Nudge = Callable[[], None]
"""Tells the planner and the worker that there may be something to do. Cheap, never blocks."""


class Watcher(Protocol):
    """Is told what happens, to count it. Quick, and never raises."""

    def settled(self, delivery: Delivery) -> None:
        """One delivery has its new state, and it was kept."""
        ...

    def reacted(self, platform: str, count: int) -> None:
        """So many reactions of a platform were put on or taken off, and recorded."""
        ...

    def planned(self, *, good: bool) -> None:
        """The planner looked, and came through or failed."""
        ...

"""What the core needs from the world. Each docstring says what an implementation promises."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bot.domain.challenges import Plan, Theme
from bot.domain.community import Community, Space
from bot.domain.ids import (
    CommunityId,
    MemberId,
    PackId,
    PlanId,
    PromptId,
    SpaceId,
    ThemeId,
)
from bot.domain.packs import Kind, Pack, Prompt, PromptUse, Source
from bot.domain.places import Person
from bot.domain.reactions import Cleared, Copy, Mark, Reacted
from bot.ports.alerts import AlertBook
from bot.ports.calendar import DaysOffSets, Occurrences, Outbox, Schedules
from bot.ports.changes import Changes
from bot.ports.chores import Chores
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

    async def active(self, limit: int, beyond: str = "") -> Sequence[Space]:
        """The next few spaces that the bot is in, by id."""
        ...

    async def active_keys(self, platform: str) -> frozenset[str]:
        """The platform's ids of all spaces that the bot was in when last told."""
        ...

    async def save_space(self, space: Space) -> None:
        """Add or change."""
        ...

    async def previews_due(self, platform: str, now: datetime, limit: int) -> Sequence[tuple[Space, datetime]]:
        """Spaces of a platform whose moderators are to be told by now, each with when."""
        ...

    async def move_preview(
        self, space: SpaceId, at: datetime | None, *, before: datetime | None = None, now: datetime | None = None
    ) -> bool:
        """Tell them at another time, or never; only if that was `before` so far, where one is named. Whether it was.

        Where it is named what time it is `now`, what is due by then stays at its time, unless they are never told.
        """
        ...

    async def member(self, person: Person) -> MemberId | None:
        """The member behind a platform's user, made on first sight; None when the space is unknown."""
        ...

    async def person(self, member: MemberId) -> Person | None:
        """The platform's user behind a member."""
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

    async def of_member(self, item: str, member: MemberId) -> Sequence[Mark]:
        """One member's marks on an item, also those taken back."""
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
    chores: Chores

    @property
    def writes_aside(self) -> bool:
        """Whether what is begun here is written while the job goes on: then much is soonest done in pieces."""
        ...

    async def commit(self) -> None: ...


class Storage(Protocol):
    """Where the truth is kept."""

    def unit_of_work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that may write; such transactions happen one after the other where they touch."""
        ...

    async def carry_out(self, job: Callable[[UnitOfWork], Awaitable[T]], *, lasting: bool = True) -> T:
        """Such a transaction as a whole, sooner done: the job is carried out in another thread where the database
        has one. It commits, waits for nothing but its unit of work, and touches nothing that others may touch.

        One that is not `lasting` is not waited for by the disk: a power cut may take it back, whole, as long as no
        other has been kept since. It is for what is done again by itself, and of which nobody has been told.
        """
        ...

    def reading(self, *, once: bool = False) -> AbstractAsyncContextManager[UnitOfWork]:
        """A transaction that only reads one consistent state. With `once` one question is asked in it and no more: that
        is consistent by itself, and may be spared a transaction around it.
        """
        ...


Nudge = Callable[[], None]
"""Tells the planner and the worker that there may be something to do. Cheap, never blocks."""

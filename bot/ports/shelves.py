"""What the core needs of the storage to keep what communities have of their own."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.challenges import Plan, Theme
from bot.domain.changes import State
from bot.domain.ids import CommunityId, MemberId, PlanId, PromptId, SpaceId, SuggestionId, ThemeId
from bot.domain.own import Own, OwnPrompt
from bot.domain.suggestions import Suggestion


class Shelves(Protocol):
    """What communities have of their own."""

    async def of(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Own]:
        """What each of them has of its own, in one statement; communities with nothing are left out."""
        ...

    async def save_prompts(self, community: CommunityId, changed: Sequence[OwnPrompt]) -> None:
        """Add own prompts, or change those of the same id."""
        ...

    async def save_choices(self, community: CommunityId, own: Own) -> None:
        """Keep what is retired, which packs are off, and whether suggestions are looked at twice."""
        ...

    async def queue(self, community: CommunityId, queued: Sequence[PromptId]) -> None:
        """Keep which prompts the next cards take first, in this order and no others."""
        ...

    async def taken(self, used: Mapping[CommunityId, Collection[PromptId]]) -> None:
        """These were chosen for a card, so they are queued no longer."""
        ...

    async def put_import(self, import_: str, community: CommunityId, at: datetime, state: State) -> None:
        """Keep what somebody handed in, until it is brought in."""
        ...

    async def get_import(self, import_: str, community: CommunityId) -> State | None:
        """What was handed in, for this community."""
        ...

    async def forget_imports(self, before: datetime, import_: str = "") -> None:
        """Forget what was handed in before an instant, and this one."""
        ...

    async def save_theme(self, community: CommunityId, theme: Theme) -> None:
        """Add an own theme, or change it."""
        ...

    async def remove_theme(self, community: CommunityId, theme: ThemeId) -> None:
        """Forget an own theme."""
        ...

    async def save_plan(self, community: CommunityId, plan: Plan) -> None:
        """Add an own plan, or change it."""
        ...

    async def remove_plan(self, community: CommunityId, plan: PlanId) -> None:
        """Forget an own plan."""
        ...


class Suggestions(Protocol):
    """What members suggest as prompts, until it is decided."""

    async def put(self, suggestion: Suggestion) -> None:
        """Add a suggestion, or change what it says and who was for it."""
        ...

    async def get(self, suggestion: SuggestionId) -> Suggestion | None:
        """A suggestion that waits, held against others who decide about it until this unit of work ends."""
        ...

    async def page(
        self, community: CommunityId, limit: int, beyond: str = "", *, space: SpaceId | None = None
    ) -> Sequence[Suggestion]:
        """What waits in a community, oldest first, and what still waits from before `space` came to it.

        `beyond` is the id that the page before ended with.
        """
        ...

    async def since(self, member: MemberId, at: datetime) -> int:
        """How many of a member's suggestions, made at or after an instant, wait."""
        ...

    async def remove(self, suggestion: SuggestionId) -> None:
        """Forget a suggestion, and who made it."""
        ...

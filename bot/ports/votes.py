"""What the core needs of the storage for votes on themes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.ids import CommunityId, MemberId, OccurrenceId, ThemeId
from bot.domain.votes import Vote


class Votes(Protocol):
    """Votes on the theme that comes next, and what members wish for while they are open."""

    async def save(self, vote: Vote) -> None:
        """Add or change."""
        ...

    async def get(self, vote: OccurrenceId) -> Vote | None: ...

    async def latest(self, wanted: Collection[CommunityId]) -> Mapping[CommunityId, Vote]:
        """The last vote of each of these communities; those that never had one are left out."""
        ...

    async def close(self, vote: Vote) -> bool:
        """Keep that a vote is closed, and how. False, with nothing changed, where it was closed before."""
        ...

    async def overdue(self, now: datetime, limit: int = 100) -> Sequence[OccurrenceId]:
        """Votes of which something is to become by now."""
        ...

    async def won(self, weeks: Collection[OccurrenceId]) -> frozenset[OccurrenceId]:
        """Those of these weekly challenges whose theme was wished for in a vote."""
        ...

    async def wish(self, vote: OccurrenceId, accounts: Collection[MemberId], member: MemberId, theme: ThemeId) -> None:
        """What a member wishes for, in the place of whatever these accounts of theirs wished for before."""
        ...

    async def wishes(self, vote: OccurrenceId) -> Mapping[MemberId, ThemeId]:
        """What was wished for, by member."""
        ...

    async def forget(self, vote: OccurrenceId) -> None:
        """Forget who wished for what in a vote that is closed."""
        ...

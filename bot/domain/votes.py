"""A community's vote on the theme that comes next. Pure."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from bot.domain.changes import State
from bot.domain.ids import CommunityId, OccurrenceId, ThemeId

CHOICES_LIMIT = 4
FEWEST = 3
"""Of fewer people's wishes nothing is told, so that nobody's own can be read off."""
BEFORE = timedelta(hours=1)
"""How long before the next announcement a vote closes at the latest."""
REGRET = timedelta(hours=1)
"""For how long a moderator may take back that a vote was closed early: so long wishes are kept after it."""


@dataclass(frozen=True, slots=True)
class Vote:
    """Some themes, in the plan's order, one of which comes next. Its card is an occurrence of the same id.

    `winner` is what most wished for, once it is closed; None where too few took part. `week` is the weekly challenge
    that announced it. `forget_at` is until when it is kept who wished for what, after it was closed early, and `order`
    the calendar of weeks before and after that. One that is `taken_back` has no winner, and counts as never opened.
    """

    id: OccurrenceId
    community: CommunityId
    themes: tuple[ThemeId, ...]
    closes_at: datetime
    closed_at: datetime | None = None
    winner: ThemeId | None = None
    week: OccurrenceId | None = None
    forget_at: datetime | None = None
    taken_back: bool = False
    order: tuple[State, State] | None = None

    @property
    def next_at(self) -> datetime | None:
        """When something becomes of it by itself: it closes, or wishes are forgotten."""
        return self.forget_at if self.closed_at else self.closes_at

    def open(self, now: datetime) -> bool:
        """Whether wishes count."""
        return self.closed_at is None and now < self.closes_at

    def closed(self, now: datetime, wishes: Collection[ThemeId]) -> Self:
        """Closed, with what people wished for: one wish of each."""
        return replace(self._ended(now), winner=self.most_wished(wishes))

    def withdrawn(self, now: datetime) -> Self:
        """Closed as if it had never been opened."""
        return replace(self._ended(now), taken_back=True)

    def reopened(self) -> Self:
        """Open again, with the wishes that there were."""
        return replace(self, closed_at=None, winner=None, forget_at=None, taken_back=False, order=None)

    def can_reopen(self, now: datetime) -> bool:
        """Whether the wishes are still there, and time for more."""
        return self.week is None and self.forget_at is not None and now < min(self.forget_at, self.closes_at)

    def _ended(self, now: datetime) -> Self:
        early = now < self.closes_at
        return replace(self, closed_at=now, forget_at=min(now + REGRET, self.closes_at) if early else None)

    def most_wished(self, wishes: Collection[ThemeId]) -> ThemeId | None:
        """What most wished for; of several the one that the plan has first. None of fewer than three people."""
        counted = Counter(theme for theme in wishes if theme in self.themes)
        if counted.total() < FEWEST:
            return None
        return max(self.themes, key=lambda theme: (counted[theme], -self.themes.index(theme)))

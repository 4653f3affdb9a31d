"""A community's vote on the theme that comes next. Pure."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from bot.domain.ids import CommunityId, OccurrenceId, ThemeId

CHOICES_LIMIT = 4
FEWEST = 3
"""Of fewer people's wishes nothing is told, so that nobody's own can be read off."""
BEFORE = timedelta(hours=1)
"""How long before the next announcement a vote closes at the latest."""


@dataclass(frozen=True, slots=True)
class Vote:
    """Some themes, in the plan's order, one of which comes next. Its card is an occurrence of the same id.

    `winner` is what most wished for, once it is closed; None where too few took part. `week` is the weekly challenge
    that announced it.
    """

    id: OccurrenceId
    community: CommunityId
    themes: tuple[ThemeId, ...]
    closes_at: datetime
    closed_at: datetime | None = None
    winner: ThemeId | None = None
    week: OccurrenceId | None = None

    def open(self, now: datetime) -> bool:
        """Whether wishes count."""
        return self.closed_at is None and now < self.closes_at

    def closed(self, now: datetime, wishes: Collection[ThemeId]) -> Self:
        """Closed, with what people wished for: one wish of each."""
        return replace(self, closed_at=now, winner=self.most_wished(wishes))

    def most_wished(self, wishes: Collection[ThemeId]) -> ThemeId | None:
        """What most wished for; of several the one that the plan has first. None of fewer than three people."""
        counted = Counter(theme for theme in wishes if theme in self.themes)
        if counted.total() < FEWEST:
            return None
        return max(self.themes, key=lambda theme: (counted[theme], -self.themes.index(theme)))

"""The weekly challenge: plans of weeks, and what one week is about."""

from dataclasses import dataclass

from bot.domain.ids import PlanId, ThemeId
from bot.domain.packs import Circle


@dataclass(frozen=True, slots=True)
class Theme:
    """What one week is about. `daily` is the line that mentions it on that week's morning cards."""

    id: ThemeId
    circle: Circle
    title: str
    text: str
    daily: str
    ideas: tuple[str, ...]
    why: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a plan: its circle, and the themes that take turns from round to round."""

    circle: Circle
    themes: tuple[ThemeId, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """An ordered plan of weeks that starts again when it is through."""

    id: PlanId
    title: str
    about: str
    weeks: tuple[Week, ...]

    def theme(self, announced: int) -> ThemeId:
        """The theme to announce after `announced` weeks: the next circle, and in each round another theme."""
        round_, index = divmod(announced, len(self.weeks))
        week = self.weeks[index]
        return week.themes[round_ % len(week.themes)]

"""The shape of a pack file. What the keys mean is told in prompts/README.md."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from bot.domain.challenges import Plan, Theme, Week
from bot.domain.ids import PackId, PlanId, PromptId, ThemeId
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, Setting, Source, Strength

Id = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$", max_length=60)
]
Title = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=140)]
Idea = Annotated[str, StringConstraints(min_length=1, max_length=160)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=240)]
Why = Annotated[str, StringConstraints(max_length=300)]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourcesHeader(_Table):
    """The head of a file that holds sources only."""

    format: Literal[1]


class Header(SourcesHeader):
    """The head of a pack."""

    id: Id
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Z]{2})?$")]
    title: Title
    about: Paragraph


class PromptTable(_Table):
    """`[[prompt]]`."""

    id: Id
    kind: Kind
    text: Line
    circle: Circle
    effort: Effort
    setting: Setting
    cost: Cost
    strength: Strength | None = None
    why: Why = ""
    sources: tuple[Id, ...] = ()
    retired: StrictBool = False

    def value(self, pack: str) -> Prompt:
        """The prompt that this is in `pack`."""
        return Prompt(
            id=PromptId(self.id),
            pack=PackId(pack),
            kind=self.kind,
            text=self.text,
            circle=self.circle,
            effort=self.effort,
            setting=self.setting,
            cost=self.cost,
            strength=self.strength,
            why=self.why,
            sources=self.sources,
            retired=self.retired,
        )


class ThemeTable(_Table):
    """`[[theme]]`."""

    id: Id
    circle: Circle
    title: Title
    text: Paragraph
    daily: Short
    ideas: Annotated[tuple[Idea, ...], Field(min_length=3, max_length=3)]
    why: Why = ""
    sources: tuple[Id, ...] = ()

    def value(self) -> Theme:
        """The theme that this is."""
        return Theme(
            id=ThemeId(self.id),
            circle=self.circle,
            title=self.title,
            text=self.text,
            daily=self.daily,
            ideas=self.ideas,
            why=self.why,
            sources=self.sources,
        )


class WeekTable(_Table):
    """One element of a plan's `weeks`."""

    circle: Circle
    themes: Annotated[tuple[Id, ...], Field(min_length=1)]


class PlanTable(_Table):
    """`[[plan]]`."""

    id: Id
    title: Title
    about: Paragraph
    weeks: Annotated[tuple[WeekTable, ...], Field(min_length=1)]

    def value(self) -> Plan:
        """The plan that this is."""
        weeks = tuple(Week(week.circle, tuple(map(ThemeId, week.themes))) for week in self.weeks)
        return Plan(PlanId(self.id), self.title, self.about, weeks)


class SourceTable(_Table):
    """`[[source]]`."""

    id: Id
    citation: Paragraph
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=200)]
    finding: Paragraph

    def value(self) -> Source:
        """The source that this is."""
        return Source(self.id, self.citation, self.url, self.finding)


Table = PromptTable | ThemeTable | PlanTable | SourceTable
TABLES: dict[str, type[Table]] = {"prompt": PromptTable, "theme": ThemeTable, "plan": PlanTable, "source": SourceTable}

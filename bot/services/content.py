"""What an occurrence says: chosen once, from stored state alone, and kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.challenges import Theme
from bot.domain.choice import fits, next_prompt, three_circles, times_after
from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence
from bot.domain.ids import PromptId
from bot.domain.message import Card
from bot.domain.packs import Kind, Prompt, PromptUse
from bot.domain.schedule import Ritual
from bot.ports import Library, UnitOfWork
from bot.services.cards import write_out

WEEK = timedelta(days=7)


class Contents:
    """Chooses prompts and themes, and writes cards out."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._fitting_kept: dict[tuple[str, Kind, Tone], list[Prompt]] = {}

    async def card(self, work: UnitOfWork, occurrence: Occurrence) -> Card:
        """The card of an occurrence; its content is chosen now if it was not before. The caller commits."""
        theme = await self.theme_of_week(work, occurrence) if occurrence.ritual is Ritual.MORNING else None
        occurrence = await self.chosen(work, occurrence, theme)
        return write_out(occurrence, self._library, theme)

    async def chosen(self, work: UnitOfWork, occurrence: Occurrence, theme: Theme | None = None) -> Occurrence:
        """The occurrence with its content, chosen and counted as used the first time.

        A morning's is chosen for the `theme` of its week.
        """
        if occurrence.content is not None:
            return occurrence
        community = await work.communities.get(occurrence.community)
        uses = await work.prompt_uses.of_community(community.id)
        known = await work.occurrences.get(occurrence.id)
        if known is not None and known.content is not None:  # by another worker, while this one waited for its turn
            return known
        if occurrence.ritual is Ritual.CHALLENGE:
            announced = await work.occurrences.weeks_announced(community.id)
            content = self.next_week(community, announced)
        else:
            times = self.next_morning(community, uses, theme, occurrence.local_date.toordinal())
            content = Content(prompts=tuple(times))
            await work.prompt_uses.record(community.id, times, occurrence.local_date)
        return await work.occurrences.choose(replace(occurrence, content=content))

    async def theme_of_week(self, work: UnitOfWork, occurrence: Occurrence) -> Theme | None:
        """The theme that was announced in the seven days up to an occurrence, if any."""
        challenge = await work.occurrences.challenge(occurrence.community, occurrence.local_date)
        if challenge is None or occurrence.local_date - challenge.local_date >= WEEK:
            return None
        content = (await self.chosen(work, challenge)).content
        return self._library.theme(content.theme) if content and content.theme else None

    def next_week(self, community: Community, announced: int) -> Content:
        """The theme of the week after `announced` weeks."""
        return Content(theme=self._library.plan(community.plan).theme(announced))

    def next_morning(
        self, community: Community, uses: Mapping[PromptId, PromptUse], theme: Theme | None, day: int
    ) -> Mapping[PromptId, int]:
        """A question and three acts for a local date, given by its ordinal; each with how often it is used then."""
        intentions = self._fitting(community, Kind.INTENTION)
        chosen = [next_prompt(intentions, uses, community.seed)]
        times = {chosen[0].id: times_after(chosen[0], intentions, uses)}
        acts = self._fitting(community, Kind.ACT)
        for circle in three_circles(theme.circle if theme else None, community.seed, day):
            of_circle = [act for act in acts if act.circle is circle and act.id not in times]
            if of_circle:
                chosen.append(next_prompt(of_circle, uses, community.seed, apart_from=chosen[1:]))
                times[chosen[-1].id] = times_after(chosen[-1], of_circle, uses)
        return times

    def _fitting(self, community: Community, kind: Kind) -> list[Prompt]:
        """The same for every community of a language and a tone, so it is looked for once."""
        key = (community.language, kind, community.tone)
        if key not in self._fitting_kept:
            prompts = self._library.prompts(community.language, kind)
            self._fitting_kept[key] = [prompt for prompt in prompts if fits(prompt, community.tone)]
        return self._fitting_kept[key]

"""What an occurrence says: chosen once, from stored state alone, and kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.challenges import Theme
from bot.domain.choice import fits, next_prompt, three_circles, times_after
from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence
from bot.domain.ids import CommunityId, OccurrenceId, PromptId
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
        return (await self.cards(work, [occurrence]))[occurrence.id]

    async def cards(self, work: UnitOfWork, occurrences: Collection[Occurrence]) -> Mapping[OccurrenceId, Card]:
        """The cards of occurrences, in as many statements as for one of them. The caller commits.

        Recaps are left out: what they say differs from space to space (`Recaps`).
        """
        occurrences = [one for one in occurrences if one.ritual is not Ritual.RECAP]
        themes = await self._themes_of_week(work, [one for one in occurrences if one.ritual is Ritual.MORNING])
        chosen = await self._chosen(work, occurrences, themes)
        return {id_: write_out(one, self._library, themes.get(id_)) for id_, one in chosen.items()}

    async def _themes_of_week(
        self, work: UnitOfWork, mornings: Collection[Occurrence]
    ) -> Mapping[OccurrenceId, Theme | None]:
        """The themes that were announced in the seven days up to each morning, if any."""
        latest = await work.occurrences.challenges({(one.community, one.local_date) for one in mornings})
        current = {
            one.id: challenge
            for one in mornings
            if (challenge := latest.get((one.community, one.local_date)))
            and one.local_date - challenge.local_date < WEEK
        }
        announced = await self._chosen(work, {challenge.id: challenge for challenge in current.values()}.values(), {})
        return {id_: self._announced(announced[challenge.id]) for id_, challenge in current.items()}

    def _announced(self, challenge: Occurrence) -> Theme | None:
        content = challenge.content
        return self._library.theme(content.theme) if content and content.theme else None

    async def _chosen(
        self,
        work: UnitOfWork,
        occurrences: Collection[Occurrence],
        themes: Mapping[OccurrenceId, Theme | None],
    ) -> Mapping[OccurrenceId, Occurrence]:
        """The occurrences with their content, chosen and counted as used the first time.

        A morning's is chosen for the theme of its week.
        """
        kept = {one.id: one for one in occurrences}
        open_ = [id_ for id_, one in kept.items() if one.content is None]
        if not open_:
            return kept
        by_community = {kept[id_].community for id_ in open_}
        uses = dict(await work.prompt_uses.of(by_community))
        # Some may have been chosen by another worker, while this one waited for its turn.
        kept |= await work.occurrences.those(open_)
        fresh = [kept[id_] for id_ in open_ if kept[id_].content is None]
        if not fresh:
            return kept
        communities = await work.communities.those(by_community)
        weeks = Counter(await self._weeks(work, fresh))
        recorded: defaultdict[CommunityId, dict[PromptId, PromptUse]] = defaultdict(dict)
        chosen: list[Occurrence] = []
        for one in fresh:
            community = communities[one.community]
            if one.ritual is Ritual.CHALLENGE:
                chosen.append(replace(one, content=self.next_week(community, weeks[community.id])))
                weeks[community.id] += 1
                continue
            day = one.local_date.toordinal()
            times = self.next_morning(community, uses[community.id], themes.get(one.id), day)
            used = {prompt: PromptUse(count, one.local_date) for prompt, count in times.items()}
            uses[community.id] = {**uses[community.id], **used}
            recorded[community.id] |= used
            chosen.append(replace(one, content=Content(prompts=tuple(times))))
        await work.prompt_uses.record(recorded)
        return kept | dict(await work.occurrences.choose(chosen))

    async def _weeks(self, work: UnitOfWork, fresh: Collection[Occurrence]) -> Mapping[CommunityId, int]:
        asked = {one.community for one in fresh if one.ritual is Ritual.CHALLENGE}
        return await work.occurrences.weeks_announced(asked) if asked else {}

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

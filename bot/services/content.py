"""What an occurrence says: chosen once, from stored state alone, and kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.challenges import Theme
from bot.domain.choice import fits, next_prompt, three_circles, times_after
from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence, first_announcements
from bot.domain.ids import CommunityId, OccurrenceId, PromptId
from bot.domain.message import Card
from bot.domain.packs import Circle, Effort, Kind, Prompt, PromptUse
from bot.domain.schedule import Ritual
from bot.ports import Library, UnitOfWork
from bot.services.cards import write_out
from bot.services.shelf import Laid, Shelf

WEEK = timedelta(days=7)
BY_NEED = (1, 2, 0)
"""Whose place of a card's three acts is given up first: the changing circle's, oneself's, this week's."""


class Contents:
    """Chooses prompts and themes, and writes cards out."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._fitting_kept: dict[tuple[str, Kind, Tone], Sequence[Prompt]] = {}

    async def card(self, work: UnitOfWork, occurrence: Occurrence) -> Card:
        """The card of an occurrence; its content is chosen now if it was not before. The caller commits."""
        return (await self.cards(work, [occurrence]))[occurrence.id]

    async def cards(self, work: UnitOfWork, occurrences: Collection[Occurrence]) -> Mapping[OccurrenceId, Card]:
        """The cards of occurrences, in as many statements as for one of them. The caller commits.

        Recaps are left out: what they say differs from space to space (`Recaps`).
        """
        occurrences = [one for one in occurrences if one.ritual is not Ritual.RECAP]
        if not occurrences:
            return {}
        shelves = Laid(self._library, await work.shelves.of({one.community for one in occurrences}))
        mornings = [one for one in occurrences if one.ritual is Ritual.MORNING]
        themes = await self._themes_of_week(work, mornings, shelves)
        chosen = await self._chosen(work, occurrences, themes, shelves)
        return {id_: write_out(one, shelves.of(one.community), themes.get(id_)) for id_, one in chosen.items()}

    async def shelf(self, work: UnitOfWork, community: CommunityId) -> Shelf:
        """What a community chooses from: the library, with what it has of its own laid over it."""
        return Laid(self._library, await work.shelves.of([community])).of(community)

    async def _themes_of_week(
        self, work: UnitOfWork, mornings: Collection[Occurrence], shelves: Laid
    ) -> Mapping[OccurrenceId, Theme | None]:
        """The themes that were announced in the seven days up to each morning, if any."""
        latest = await work.occurrences.challenges({(one.community, one.local_date) for one in mornings})
        current = {
            one.id: challenge
            for one in mornings
            if (challenge := latest.get((one.community, one.local_date)))
            and one.local_date - challenge.local_date < WEEK
        }
        weeks = {challenge.id: challenge for challenge in current.values()}.values()
        announced = await self._chosen(work, weeks, {}, shelves)
        return {id_: _announced(announced[challenge.id], shelves) for id_, challenge in current.items()}

    async def _chosen(
        self,
        work: UnitOfWork,
        occurrences: Collection[Occurrence],
        themes: Mapping[OccurrenceId, Theme | None],
        shelves: Laid,
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
        if any(shelves.of(one.community).own.queued for one in fresh):  # it may have been taken meanwhile
            shelves = Laid(self._library, await work.shelves.of(by_community))
        announced = await self._announced_lately(work, fresh)
        recorded: defaultdict[CommunityId, dict[PromptId, PromptUse]] = defaultdict(dict)
        chosen: list[Occurrence] = []
        for one in fresh:
            community, shelf = communities[one.community], shelves.of(one.community)
            if one.ritual is Ritual.CHALLENGE:
                weekly = first_announcements(announced[community.id])
                same = next(filter(one.shares_week_with, weekly), None)
                themed = same.content if same else self.next_week(community, weeks[community.id], shelf)
                chosen.append(replace(one, content=themed))
                announced[community.id].append(chosen[-1])
                weeks[community.id] += 0 if same else 1
                continue
            times = self._next(one, community, uses[community.id], themes.get(one.id), shelf)
            used = {prompt: PromptUse(count, one.local_date) for prompt, count in times.items()}
            uses[community.id] = {**uses[community.id], **used}
            recorded[community.id] |= used
            shelves.take(community.id, times)
            chosen.append(replace(one, content=Content(prompts=tuple(times))))
        await work.prompt_uses.record(recorded)
        if shelves.taken:
            await work.shelves.taken(shelves.taken)
        return kept | dict(await work.occurrences.choose(chosen))

    async def _weeks(self, work: UnitOfWork, fresh: Collection[Occurrence]) -> Mapping[CommunityId, int]:
        asked = {one.community for one in fresh if one.ritual is Ritual.CHALLENGE}
        return await work.occurrences.weeks_announced(asked) if asked else {}

    async def _announced_lately(
        self, work: UnitOfWork, fresh: Collection[Occurrence]
    ) -> defaultdict[CommunityId, list[Occurrence]]:
        """What a week's theme may have been announced by already: another schedule of the same community."""
        asked = {one.community: one.local_date for one in fresh if one.ritual is Ritual.CHALLENGE}
        lately = defaultdict[CommunityId, list[Occurrence]](list)
        if asked:
            found = await work.occurrences.themes_since(asked, min(asked.values()) - 2 * WEEK)
            lately.update({community: list(themed) for community, themed in found.items()})
        return lately

    def next_week(self, community: Community, announced: int, shelf: Shelf | None = None) -> Content:
        """The theme of the week after `announced` weeks."""
        return Content(theme=(shelf or self._library).plan(community.plan).theme(announced))

    def _next(
        self,
        one: Occurrence,
        community: Community,
        uses: Mapping[PromptId, PromptUse],
        theme: Theme | None,
        shelf: Shelf,
    ) -> Mapping[PromptId, int]:
        """What a card of a day says: prompts, each with how often it is used then."""
        uses = shelf.own.uses(uses)
        match one.ritual:
            case Ritual.MINDFUL:
                acts = self._fitting(community, Kind.ACT, shelf)
                tiny = [act for act in acts if act.effort is Effort.TINY] or acts
                return _one_of(tiny, uses, community.seed)
            case Ritual.EVENING:
                reflections = self._fitting(community, Kind.REFLECTION, shelf)
                return _one_of(reflections, uses, community.seed, shelf.first(Kind.REFLECTION))
            case _:
                return self.next_morning(community, uses, theme, one.local_date.toordinal(), shelf)

    def next_morning(
        self,
        community: Community,
        uses: Mapping[PromptId, PromptUse],
        theme: Theme | None,
        day: int,
        shelf: Shelf | None = None,
    ) -> Mapping[PromptId, int]:
        """A question and three acts for a local date, given by its ordinal; each with how often it is used then.

        What is queued on the community's shelf comes first.
        """
        shelf = shelf or Shelf(self._library)
        uses = shelf.own.uses(uses)
        intentions = self._fitting(community, Kind.INTENTION, shelf)
        question = shelf.first(Kind.INTENTION) or next_prompt(intentions, uses, community.seed)
        chosen = [question]
        times = {question.id: times_after(question, intentions, uses)}
        acts = self._fitting(community, Kind.ACT, shelf)
        circles = three_circles(theme.circle if theme else None, community.seed, day)
        for circle, ordered in places(circles, shelf.queued(Kind.ACT)):
            of_circle = [act for act in acts if act.circle is circle and act.id not in times]
            if ordered or of_circle:
                act = ordered or next_prompt(of_circle, uses, community.seed, apart_from=chosen[1:])
                chosen.append(act)
                times[act.id] = times_after(act, of_circle, uses)
        return times

    def _fitting(self, community: Community, kind: Kind, shelf: Shelf) -> Sequence[Prompt]:
        """What suits a community. It is the same for all of a language and a tone that have nothing of their own, so
        for those it is looked for once."""
        if not shelf.bare:
            own = [prompt for prompt in shelf.prompts(community.language, kind) if fits(prompt, community.tone)]
            if own:
                return own
        key = (community.language, kind, community.tone)
        if key not in self._fitting_kept:
            prompts = self._library.prompts(community.language, kind)
            self._fitting_kept[key] = [prompt for prompt in prompts if fits(prompt, community.tone)]
        return self._fitting_kept[key]


def places(circles: Sequence[Circle], ordered: Sequence[Prompt]) -> Sequence[tuple[Circle, Prompt | None]]:
    """The circles of a card's acts, each with the act that was ordered for it, if any.

    An act comes in its own circle's place, or else in that of the circle that changes from day to day.
    """
    taken: dict[int, Prompt] = {}
    for act in ordered[: len(circles)]:
        free = [index for index in BY_NEED if index < len(circles) and index not in taken]
        taken[next((index for index in free if circles[index] is act.circle), free[0])] = act
    return [(circle, taken.get(index)) for index, circle in enumerate(circles)]


def _announced(challenge: Occurrence, shelves: Laid) -> Theme | None:
    content = challenge.content
    return shelves.of(challenge.community).theme(content.theme) if content and content.theme else None


def _one_of(
    matching: Sequence[Prompt], uses: Mapping[PromptId, PromptUse], seed: str, first: Prompt | None = None
) -> Mapping[PromptId, int]:
    """The prompt whose turn it is, or the one that is queued, with how often it is used then; nothing where no pack
    has any."""
    if not matching:
        return {}
    chosen = first or next_prompt(matching, uses, seed)
    return {chosen.id: times_after(chosen, matching, uses)}

"""What an occurrence says: chosen once, from stored state alone, and kept."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.challenges import Theme
from bot.domain.changes import State as JsonState
from bot.domain.choice import fits, next_prompt, three_circles, times_after
from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence, State, first_announcements
from bot.domain.ids import CommunityId, OccurrenceId, PlanId, PromptId, ThemeId
from bot.domain.message import Card
from bot.domain.packs import Circle, Effort, Kind, Prompt, PromptUse
from bot.domain.schedule import Ritual, Skip
from bot.domain.votes import BEFORE, Vote
from bot.domain.weeks import WEEK, Weeks, weeks_state
from bot.ports import Library, UnitOfWork
from bot.ports.weeks import KeptWeeks
from bot.services.cards import write_out
from bot.services.holding import hold_back
from bot.services.shelf import Laid, Shelf

WITHIN = 8
"""Among how many coming weeks a theme that was wished for is moved, instead of coming once more."""
VOTE_CLOSED = "vote_closed"
"""Why the card of a vote did not come: nobody could have wished for anything."""
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

    async def cards(
        self, work: UnitOfWork, occurrences: Collection[Occurrence], *, foreseen: bool = False
    ) -> Mapping[OccurrenceId, Card]:
        """The cards of occurrences, in as many statements as for one of them. The caller commits.

        Recaps are left out: what they say differs from space to space (`Recaps`). So are challenges when the calendar
        of weeks has come to its end. What is `foreseen` tells nothing of a vote that is open.
        """
        occurrences = [one for one in occurrences if one.ritual is not Ritual.RECAP]
        if not occurrences:
            return {}
        shelves = Laid(self._library, await work.shelves.of({one.community for one in occurrences}))
        mornings = [one for one in occurrences if one.ritual is Ritual.MORNING]
        themes = await self._themes_of_week(work, mornings, shelves, foreseen=foreseen)
        chosen = await self._chosen(work, occurrences, themes, shelves, foreseen=foreseen)
        weeks = [one.id for one in occurrences if one.ritual is Ritual.CHALLENGE]
        won = await work.votes.won(weeks) if weeks else frozenset[OccurrenceId]()
        votes = {one.id: await work.votes.get(one.id) for one in occurrences if one.ritual is Ritual.VOTE}
        return {
            id_: write_out(one, shelves.of(one.community), themes.get(id_), wished=id_ in won, vote=votes.get(id_))
            for id_, one in chosen.items()
            if says(one)
        }

    async def shelf(self, work: UnitOfWork, community: CommunityId) -> Shelf:
        """What a community chooses from: the library, with what it has of its own laid over it."""
        return Laid(self._library, await work.shelves.of([community])).of(community)

    async def _themes_of_week(
        self, work: UnitOfWork, mornings: Collection[Occurrence], shelves: Laid, *, foreseen: bool
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
        announced = await self._chosen(work, weeks, {}, shelves, foreseen=foreseen)
        return {id_: _announced(announced[challenge.id], shelves) for id_, challenge in current.items()}

    async def _chosen(
        self,
        work: UnitOfWork,
        occurrences: Collection[Occurrence],
        themes: Mapping[OccurrenceId, Theme | None],
        shelves: Laid,
        *,
        foreseen: bool,
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
        fresh.sort(key=lambda one: one.local_date)
        challenges = [one for one in fresh if one.ritual is Ritual.CHALLENGE]
        if any(shelves.of(one.community).own.queued for one in fresh):  # it may have been taken meanwhile
            shelves = Laid(self._library, await work.shelves.of(by_community))
        recorded: defaultdict[CommunityId, dict[PromptId, PromptUse]] = defaultdict(dict)
        chosen = await self._announce(work, challenges, shelves, foreseen=foreseen) if challenges else []
        for one in fresh:
            community, shelf = communities[one.community], shelves.of(one.community)
            if one.ritual is Ritual.CHALLENGE:
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
        themed = await work.occurrences.choose([one for one in chosen if not one.skip])
        return kept | {one.id: one for one in chosen if one.skip} | dict(themed)

    async def _announce(
        self, work: UnitOfWork, fresh: Sequence[Occurrence], shelves: Laid, *, foreseen: bool
    ) -> list[Occurrence]:
        """Weekly challenges, in the order of their dates, with their themes; one that has none is skipped.

        Of two schedules that announce the same week, the second repeats what the first said.
        """
        asked = {one.community for one in fresh}
        announced = Counter(await work.occurrences.weeks_announced(asked))
        lately = await self._announced_lately(work, fresh)
        votes = {
            id_: vote if vote.closed_at else await close_vote(work, vote, shelves.of(id_), vote.closes_at)
            for id_, vote in (await work.votes.latest(asked)).items()
            if vote.closed_at or not foreseen
        }
        calendars = dict(await calendars_of(work, asked))
        changed: dict[CommunityId, KeptWeeks] = {}
        chosen: list[Occurrence] = []
        for one in fresh:
            id_, shelf = one.community, shelves.of(one.community)
            if same := next(filter(one.shares_week_with, first_announcements(lately[id_])), None):
                chosen.append(replace(one, content=same.content))
                continue
            kept = calendars[id_]
            said = kept.weeks.announce(one.local_date, announced[id_], shelf.plan, shelf.theme)
            if said.theme is None:
                chosen.append(replace(one, skip=Skip.NO_THEME.value))
                await work.occurrences.save(chosen[-1])
            else:
                chosen.append(replace(one, content=Content(theme=said.theme)))
                lately[id_].append(chosen[-1])
                announced[id_] += 1
                if (vote := votes.get(id_)) and vote.winner == said.theme and vote.week is None:
                    await work.votes.save(replace(vote, week=one.id))
            if said.weeks != kept.weeks:
                calendars[id_] = changed[id_] = replace(kept, weeks=said.weeks)
        await work.week_calendars.save(changed)
        return chosen

    @staticmethod
    async def _announced_lately(
        work: UnitOfWork, fresh: Collection[Occurrence]
    ) -> defaultdict[CommunityId, list[Occurrence]]:
        """What a week's theme may have been announced by already: another schedule of the same community."""
        asked = {one.community: one.local_date for one in fresh}
        lately = defaultdict[CommunityId, list[Occurrence]](list)
        found = await work.occurrences.themes_since(asked, min(asked.values()) - 2 * WEEK)
        lately.update({community: list(themed) for community, themed in found.items()})
        return lately

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


def says(occurrence: Occurrence) -> bool:
    """Whether there is anything to write out: a challenge may have no theme."""
    return occurrence.content is not None or occurrence.ritual is not Ritual.CHALLENGE


async def close_vote(work: UnitOfWork, vote: Vote, shelf: Shelf, at: datetime) -> Vote:
    """The vote closed: what most wished for comes next, and its card says so. The caller commits.

    It happens once, whoever else closes it too. Who wished for what is forgotten, at once or when it is too late to
    take back that it was closed early.
    """
    wishes = await work.votes.wishes(vote.id)
    persons = await work.people.persons(wishes)
    by_person = {persons.get(member, member): theme for member, theme in wishes.items()}
    closed = vote.closed(at, by_person.values())
    if not await work.votes.close(closed):
        return await work.votes.get(vote.id) or closed
    if closed.winner and shelf.theme(closed.winner):
        closed = replace(closed, order=await _brought_next(work, vote, closed.winner, shelf))
        await work.votes.save(closed)
    if closed.forget_at is None:
        await work.votes.forget(vote.id)
    await rewrite_vote(work, closed, at)
    return closed


async def rewrite_vote(work: UnitOfWork, vote: Vote, at: datetime) -> None:
    """Have the card of a vote say how it stands now. That of a closed one does not come, where it is not posted yet."""
    known = await work.outbox.of_occurrence(vote.id)
    if vote.closed_at is not None:
        await hold_back(work, known, VOTE_CLOSED)
    posted = [one for one in known if one.state in {State.POSTED, State.SENDING, State.UNSURE}]
    await work.rewrites.stir([(one.id, one.place.platform) for one in posted], at)


async def _brought_next(work: UnitOfWork, vote: Vote, theme: ThemeId, shelf: Shelf) -> tuple[JsonState, JsonState]:
    """Have a theme come next; the calendar before and after. A plan that begins then begins with it."""
    kept = (await calendars_of(work, [vote.community]))[vote.community]
    announced = (await work.occurrences.weeks_announced([vote.community])).get(vote.community, 0)
    days = [
        one.next_date for one in await work.schedules.of_community(vote.community) if one.ritual is Ritual.CHALLENGE
    ]
    day = min(filter(None, days), default=(vote.closes_at + BEFORE).date())
    weeks = kept.weeks.at(announced).begun(day, shelf.plan)
    weeks = weeks.brought_next(theme, WITHIN, shelf.plan(weeks.plan))
    await work.week_calendars.save({vote.community: KeptWeeks(weeks, announced)})
    return weeks_state(kept.weeks), weeks_state(weeks)


async def calendars_of(work: UnitOfWork, wanted: Collection[CommunityId]) -> Mapping[CommunityId, KeptWeeks]:
    """The calendars of weeks of communities. One that nobody changed so far is that of the community's plan."""
    kept = await work.week_calendars.of(wanted)
    fresh = await work.communities.those([one for one in wanted if one not in kept])
    return {**kept, **{id_: KeptWeeks(Weeks(PlanId(one.plan))) for id_, one in fresh.items()}}


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

"""The community votes on the theme that comes next."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.domain.challenges import Theme
from bot.domain.delivery import Content, Occurrence
from bot.domain.errors import Refusal
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, DeliveryId, PromptId, ScheduleId, ThemeId, dated_id, occurrence_id
from bot.domain.message import Action, Card, Choice, Item, Items, Reply, Text
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, Schedule
from bot.domain.votes import BEFORE, CHOICES_LIMIT, FEWEST, Vote
from bot.domain.wall import Decision
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.audit_order import next_entry
from bot.services.calendar import Calendar
from bot.services.cards import note
from bot.services.challenge_cards import ALL_WEEKS
from bot.services.challenges import Challenges, Standing, offered
from bot.services.content import close_vote
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

FEWEST_THEMES = 2
CLOSE = Choice("Close the vote", Action("vote_close"), emoji="🗳️")
NOT_SCHEDULED = "A vote closes before the next announcement, and none is scheduled. /kindling setup does that."


class Voting:
    """Whoever moderates opens and closes a vote; every member has one wish, and may change it while it is open."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        challenges: Challenges,
        calendar: Calendar,
        clock: Clock,
        *,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._challenges = challenges
        self._calendar = calendar
        self._clock = clock
        self._nudge = nudge

    async def ask(self, actor: Actor) -> Reply:
        """The form for a vote; or how the one stands that is open, which is told to nobody but in words."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            vote = await _unclosed(work, standing.community.id)
            await work.commit()
        if vote is not None:
            return Reply(_under_way(vote, standing))
        self._closes_at(standing)
        return Reply(_form(standing))

    async def open(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """Post the vote's card where the weekly challenges come. One a day, and one at a time."""
        must_moderate(actor)
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            community = standing.community.id
            closes_at = self._closes_at(standing)
            known = {theme.id: theme for theme in _candidates(standing)}
            wanted = set(filter(None, values.get("themes", "").split(",")))
            themes = tuple(theme for theme in known if theme in wanted)
            if not FEWEST_THEMES <= len(themes) <= CHOICES_LIMIT:
                sentence = f"Please choose two to {CHOICES_LIMIT} themes, so that there is something to wish for."
                return Reply(Rejected({"themes": sentence}, _form(standing)))
            if await _unclosed(work, community):
                raise Refusal("vote.open", "A vote is open already. /kindling challenge closes it.")
            schedule = await self._schedule(work, standing)
            id_ = occurrence_id(schedule.id, standing.today)
            content = Content(prompts=tuple(PromptId(theme) for theme in themes))
            occurrence = Occurrence(id_, schedule.id, community, Ritual.VOTE, standing.today, now, content=content)
            if not await work.occurrences.add([occurrence]):
                raise Refusal("vote.again", "There was a vote today already. Tomorrow there can be another one.")
            await work.votes.save(Vote(id_, community, themes, closes_at))
            await self._calendar.put_again(work, schedule, occurrence, schedule.targets, now)
            await self._decide(work, actor, community, id_, "vote.opened")
            await work.commit()
        self._nudge()
        lines = (
            f"Everybody has one wish until {wording.moment(closes_at, standing.zone)}, and may change it.",
            f"What most wish for comes next. If fewer than {FEWEST} people say, the plan decides.",
        )
        return Reply(note("The vote is on its way", *lines, choices=(CLOSE, ALL_WEEKS), emoji="🗳️"))

    async def close(self, actor: Actor) -> Reply:
        """Close the vote that is open, before its time. What most wished for comes next."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            vote = await _unclosed(work, standing.community.id)
            if vote is None:
                return Reply(
                    note("No vote is open", "It was closed before.", choices=(ALL_WEEKS,), emoji="🗳️"), replace=True
                )
            closed = await close_vote(work, vote, standing.shelf, self._clock.now())
            await self._decide(work, actor, standing.community.id, vote.id, "vote.closed")
            await work.commit()
        card = note("The vote is closed", _outcome(closed, standing.shelf.theme), choices=(ALL_WEEKS,), emoji="🗳️")
        return Reply(card, replace=True)

    async def wish(self, actor: Actor, delivery_id: str, which: str) -> Reply:
        """A member's one wish. After the end, what came of it."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.held(work, actor.person)
            await work.changes.hold(space.community)
            delivery = await work.outbox.get(DeliveryId(delivery_id))
            vote = await work.votes.get(delivery.occurrence) if delivery else None
            if vote is None or vote.community != space.community:
                raise Refusal("vote.unknown", "That vote is from another time, so nothing was counted.")
            shelf = await self._challenges.shelf(work, space.community)
            if not vote.open(now):
                vote = vote if vote.closed_at else await close_vote(work, vote, shelf, now)
                await work.commit()
                return Reply(note("The vote is closed", _outcome(vote, shelf.theme), emoji="🗳️"))
            theme = next((one for one in vote.themes if str(vote.themes.index(one)) == which), None)
            member = await work.communities.member(actor.person)
            if theme is None or member is None:
                raise Refusal("vote.unknown", "That is not among the themes of this vote, so nothing was counted.")
            accounts = await work.people.accounts(member, space.community)
            await work.votes.wish(vote.id, accounts, member, theme)
            await work.commit()
        named = shelf.theme(theme)
        lines = (
            f"Your wish: “{named.title if named else theme}”. Another button changes it, as long as the vote is open.",
            "Nobody is told who wished for what.",
        )
        return Reply(note("Thank you", *lines, emoji="🗳️"))

    async def tidy(self) -> None:
        """Close what nobody has looked at since its time was over, so that no wish is kept for longer."""
        now = self._clock.now()
        async with self._storage.reading() as work:
            overdue = await work.votes.overdue(now)
        for id_ in overdue:
            async with self._storage.unit_of_work() as work:
                vote = await work.votes.get(id_)
                if vote is None:
                    continue
                await work.changes.hold(vote.community)
                vote = await work.votes.get(id_)
                if vote and not vote.closed_at:
                    shelf = await self._challenges.shelf(work, vote.community)
                    await close_vote(work, vote, shelf, vote.closes_at)
                    await work.commit()

    async def _schedule(self, work: UnitOfWork, standing: Standing) -> Schedule:
        """What the votes' cards belong to: it never comes by itself, and goes where the challenges go."""
        schedules = await work.schedules.of_community(standing.community.id)
        [weekly, *_] = [one for one in schedules if one.ritual is Ritual.CHALLENGE and one.targets]
        known = next((one for one in schedules if one.ritual is Ritual.VOTE), None)
        id_ = known.id if known else ScheduleId(dated_id(self._clock.now()))
        schedule = replace(
            weekly,
            id=id_,
            ritual=Ritual.VOTE,
            weekdays=frozenset(),
            starts=standing.today,
            next_date=None,
            next_at=None,
        )
        await work.schedules.save(schedule)
        return schedule

    def _closes_at(self, standing: Standing) -> datetime:
        """An hour before the next announcement. Raises `Refusal` where there is none, or no time to wish."""
        if standing.next_at is None:
            raise Refusal("vote.not_scheduled", NOT_SCHEDULED)
        closes_at = standing.next_at - BEFORE
        if closes_at - self._clock.now() < BEFORE:
            raise Refusal(
                "vote.too_short",
                "The next theme is announced soon, and a vote needs a little more time. Afterwards it can begin.",
            )
        return closes_at

    async def _decide(self, work: UnitOfWork, actor: Actor, community: CommunityId, vote: str, code: str) -> None:
        """For the audit log."""
        member, now = await work.communities.member(actor.person), self._clock.now()
        entry = await next_entry(work, now, vote, community)
        await work.walls.decide(Decision(entry, community, vote, code, now, member or ""))


async def _unclosed(work: UnitOfWork, community: CommunityId) -> Vote | None:
    """The vote that nobody closed so far."""
    vote = (await work.votes.latest([community])).get(community)
    return None if vote is None or vote.closed_at else vote


def _candidates(standing: Standing) -> list[Theme]:
    """What can be voted on: the coming weeks first, in the plan's order."""
    coming = [one.theme for one in standing.coming if one.theme and one.index is not None]
    found = [theme for theme in map(standing.shelf.theme, coming) if theme]
    return list({theme.id: theme for theme in (*found, *offered(standing))}.values())[:OPTIONS_LIMIT]


def _form(standing: Standing) -> Form:
    themes = _candidates(standing)
    field = Field(
        "themes",
        f"Two to {CHOICES_LIMIT} themes",
        FieldKind.CHOICES,
        value=",".join(theme.id for theme in themes[:CHOICES_LIMIT]),
        options=tuple((theme.id, theme.title) for theme in themes),
        limit=1000,
    )
    intro = (
        "A card in the channel of the weekly challenge asks everybody for one wish. Nobody is told who wished for what."
    )
    return Form("vote", "Let people vote", (field,), submit="Ask", intro=intro)


def _under_way(vote: Vote, standing: Standing) -> Card:
    titles = tuple(Item(theme.title) for theme in map(standing.shelf.theme, vote.themes) if theme)
    until = Text(f"It closes {wording.moment(vote.closes_at, standing.zone)}, or when you close it.")
    return Card("A vote is open", (Items(titles), until), (CLOSE, ALL_WEEKS), emoji="🗳️")


def _outcome(vote: Vote, theme: Callable[[ThemeId], Theme | None]) -> str:
    won = theme(vote.winner) if vote.winner else None
    if won is None:
        return "The plan decides what comes next."
    return f"Next week: “{won.title}”, that is what most of you wished for."

"""The community votes on the theme that comes next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.challenges import Theme
from bot.domain.changes import Change
from bot.domain.errors import Refusal
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, DeliveryId, ScheduleId, ThemeId, dated_id, occurrence_id
from bot.domain.message import Action, Card, Choice, Item, Items, Reply, Text
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, Schedule, end_of_quiet
from bot.domain.votes import BEFORE, CHOICES_LIMIT, FEWEST, Vote
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import challenge_cards as cards
from bot.services import wording
from bot.services.cards import note
from bot.services.challenge_cards import ALL_WEEKS
from bot.services.challenges import Challenges, offered
from bot.services.changing import Changing, undoing
from bot.services.content import close_vote
from bot.services.picking import picked_lines
from bot.services.reading import Unread
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces
from bot.services.vote_settings import AGAIN, OPEN_ALREADY, VOTE, closed_state, vote_state
from bot.services.week_edits import Standing

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
        clock: Clock,
        *,
        changing: Changing,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._challenges = challenges
        self._clock = clock
        self._changing = changing
        self._nudge = nudge

    async def ask(self, actor: Actor, anyway: str = "") -> Reply:
        """The form for a vote; or how the one stands that is open, which is told to nobody but in words.

        In quiet hours it is asked first whether that is meant, unless it was said of today with `anyway`, a local date.
        """
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            vote = await _unclosed(work, standing.community.id)
            await work.commit()
        if vote is not None:
            return Reply(_under_way(vote, standing))
        self._closes_at(standing)
        if ends := self._quiet_until(standing, anyway):
            choice = Choice("Ask anyway", Action("vote_ask", standing.today.isoformat()), emoji="🗳️")
            lines = (f"{_quiet(ends, standing)} Ask anyway?", "If not, nothing changes.")
            return Reply(note("Quiet hours", *lines, choices=(choice, ALL_WEEKS), emoji="🌙"))
        return Reply(_form(standing, anyway))

    async def open(self, actor: Actor, anyway: str, values: Mapping[str, str]) -> Reply:
        """Post the vote's card where the weekly challenges come. One a day, and one at a time. In quiet hours the form
        is shown once more, unless it was said before that they do not matter."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            community = standing.community.id
            closes_at = self._closes_at(standing)
            known = {theme.id: theme for theme in _candidates(standing)}
            try:
                wanted = _wanted(values, list(known.values()))
            except Unread as error:
                return Reply(Rejected({"others": str(error)}, cards.filled(_form(standing, anyway), values)))
            themes = tuple(theme for theme in known if theme in wanted)
            if not FEWEST_THEMES <= len(themes) <= CHOICES_LIMIT:
                sentence = f"Please choose two to {CHOICES_LIMIT} themes, so that there is something to wish for."
                return Reply(Rejected({"themes": sentence}, cards.filled(_form(standing, anyway), values)))
            if await _unclosed(work, community):
                raise Refusal("vote.open", OPEN_ALREADY)
            if ends := self._quiet_until(standing, anyway):  # they began while the form was open
                await work.commit()
                asked = cards.filled(_form(standing, standing.today.isoformat()), values)
                said = f"{_quiet(ends, standing)} If you ask anyway, the card comes at once; if not, nothing changes."
                return Reply(replace(asked, submit="Ask anyway", intro=said))
            schedule = await self._schedule(work, standing)
            state = vote_state(schedule.id, standing.today, themes, closes_at)
            id_ = occurrence_id(schedule.id, standing.today)
            if await work.votes.get(id_):
                raise Refusal("vote.again", AGAIN)
            change = await self._changing.change(work, actor, VOTE, id_, state)
            await work.commit()
        self._nudge()
        lines = (
            f"Everybody has one wish until {wording.moment(closes_at, standing.zone)}, and may change it.",
            "Then it closes by itself, and its card says what was chosen.",
            f"What most wish for comes next. If fewer than {FEWEST} people say, the plan decides.",
        )
        undo = (undoing(change),) if change else ()
        return Reply(note("The vote is on its way", *lines, choices=(CLOSE, *undo, ALL_WEEKS), emoji="🗳️"))

    async def close(self, actor: Actor) -> Reply:
        """Close the vote that is open, before its time. What most wished for comes next."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            standing = await self._challenges.standing(work, actor)
            vote = await _unclosed(work, standing.community.id)
            if vote is None:
                await work.commit()  # its time may have been over
                return Reply(
                    note("No vote is open", "It was closed before.", choices=(ALL_WEEKS,), emoji="🗳️"), replace=True
                )
            occurrence = await work.occurrences.get(vote.id)
            if occurrence is None:
                raise LookupError("a vote stands beside its occurrence")
            state = vote_state(occurrence.schedule, occurrence.local_date, vote.themes, vote.closes_at)
            change = await self._changing.change(work, actor, VOTE, vote.id, closed_state(state))
            closed = await work.votes.get(vote.id) or vote
            after = await self._challenges.standing(work, actor)
            await work.commit()
        self._nudge()
        return Reply(_closed_card(closed, after, change), replace=True)

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
                vote = vote if vote.closed_at else await close_vote(work, vote, shelf, vote.closes_at)
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

    def _quiet_until(self, standing: Standing, anyway: str) -> datetime | None:
        """When the quiet hours end that it is now; None where it is none, or that was said not to matter today."""
        quiet = standing.community.quiet
        if quiet is None or anyway == standing.today.isoformat():
            return None
        return end_of_quiet(quiet, self._clock.now(), standing.zone)

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


async def _unclosed(work: UnitOfWork, community: CommunityId) -> Vote | None:
    """The vote that nobody closed so far."""
    vote = (await work.votes.latest([community])).get(community)
    return None if vote is None or vote.closed_at else vote


def _candidates(standing: Standing) -> list[Theme]:
    """What can be voted on: the coming weeks first, in the plan's order."""
    coming = [one.theme for one in standing.coming if one.theme and one.index is not None]
    found = [theme for theme in map(standing.shelf.theme, coming) if theme]
    return list({theme.id: theme for theme in (*found, *offered(standing))}.values())


def _wanted(values: Mapping[str, str], themes: Sequence[Theme]) -> frozenset[str]:
    """The themes that were chosen, and those whose titles were typed, one on each line."""
    lines = picked_lines(values.get("others", ""), cards.themes_to_pick(themes), "theme")
    chosen = filter(None, values.get("themes", "").split(","))
    return frozenset([*chosen, *(theme for line in lines for theme in line)])


def _quiet(ends: datetime, standing: Standing) -> str:
    return f"It is quiet here until {wording.clock(ends, standing.zone)}, {standing.zone}."


def _form(standing: Standing, anyway: str = "") -> Form:
    themes = _candidates(standing)
    field = Field(
        "themes",
        f"Two to {CHOICES_LIMIT} themes",
        FieldKind.CHOICES,
        value=",".join(theme.id for theme in themes[:CHOICES_LIMIT]),
        options=cards.themes_to_pick(themes[:OPTIONS_LIMIT]),
        limit=1000,
    )
    more = Field(
        "others",
        "Others, one title on each line",
        FieldKind.PARAGRAPH,
        required=False,
        hint=f"Up to {CHOICES_LIMIT} themes in all. /kindling plans shows every title",
        limit=500,
    )
    fields = (field, more) if len(themes) > OPTIONS_LIMIT else (field,)
    intro = (
        "A card in the channel of the weekly challenge asks everybody for one wish. Nobody is told who wished for what."
    )
    return Form("vote", "Let people vote", fields, submit="Ask", subject=anyway, intro=intro)


def _under_way(vote: Vote, standing: Standing) -> Card:
    titles = tuple(Item(theme.title) for theme in map(standing.shelf.theme, vote.themes) if theme)
    until = Text(f"It closes {wording.moment(vote.closes_at, standing.zone)}, or when you close it.")
    return Card("A vote is open", (Items(titles), until), (CLOSE, ALL_WEEKS), emoji="🗳️")


def _closed_card(vote: Vote, standing: Standing, change: Change | None) -> Card:
    """What came of it and when that counts, with the way to take the closing back."""
    until = wording.clock(vote.forget_at, standing.zone) if vote.forget_at else ""
    again = f"Undo opens it again until {until}, with the wishes that there were; then they are forgotten."
    lines = (_outcome(vote, standing.shelf.theme), cards.from_when(standing.next_at, standing.zone))
    lines += (again,) if until else ()
    choices = (*((undoing(change),) if change and until else ()), ALL_WEEKS)
    return note("The vote is closed", *lines, choices=choices, emoji="🗳️")


def _outcome(vote: Vote, theme: Callable[[ThemeId], Theme | None]) -> str:
    won = theme(vote.winner) if vote.winner else None
    if vote.taken_back:
        return "The vote was taken back. The plan decides what comes next."
    if won is None:
        return "The plan decides what comes next."
    return f"In the next free week: “{won.title}”, that is what most of you wished for."

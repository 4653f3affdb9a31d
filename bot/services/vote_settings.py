"""A vote on the next theme, as a setting that moderators change: it is opened, closed early, and taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import cast

from bot.domain.changes import State, same
from bot.domain.delivery import Content, Occurrence
from bot.domain.errors import Refusal
from bot.domain.ids import CommunityId, OccurrenceId, PromptId, ScheduleId, ThemeId, occurrence_id
from bot.domain.schedule import Ritual, Schedule, end_of_quiet
from bot.domain.votes import Vote
from bot.domain.weeks import weeks_of, weeks_state
from bot.ports import Clock, UnitOfWork
from bot.services.calendar import Calendar
from bot.services.content import Contents, calendars_of, close_vote, rewrite_vote

VOTE = "vote"
AGAIN = "There was a vote today already. Tomorrow there can be another one."
OPEN_ALREADY = "A vote is open already. /kindling challenge closes it."


class VoteSetting:
    """`bot.services.changing.Changeable`: one vote; the subject is its id. One that is taken back is none."""

    kind = VOTE

    def __init__(self, contents: Contents, calendar: Calendar, clock: Clock) -> None:
        self._contents = contents
        self._calendar = calendar
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """What it asks, until when, and whether it is open."""
        vote = await work.votes.get(OccurrenceId(subject))
        if vote is None or vote.taken_back or vote.community != community:
            return None
        occurrence = await work.occurrences.get(vote.id)
        if occurrence is None:
            return None
        state = vote_state(occurrence.schedule, occurrence.local_date, vote.themes, vote.closes_at)
        return state if vote.closed_at is None else closed_state(state)

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Open it, close it, or take it back. Once it closed by itself, it stays closed."""
        vote, now = await work.votes.get(OccurrenceId(subject)), self._clock.now()
        if state is not None and state["open"]:
            if await self._open_already(work, community, subject):
                raise Refusal("vote.open", OPEN_ALREADY)
            await (self._begin(work, community, state, now) if vote is None else self._reopen(work, vote, now))
        elif vote is None or vote.closed_at is not None:
            raise Refusal("vote.closed", "That vote is closed, and what came of it stays.")
        elif state is None:
            withdrawn = vote.withdrawn(now)
            await work.votes.save(withdrawn)
            if withdrawn.forget_at is None:
                await work.votes.forget(vote.id)
            await rewrite_vote(work, withdrawn, now)
        else:
            await close_vote(work, vote, await self._contents.shelf(work, community), now)

    def told(self, before: State | None, after: State | None) -> str:
        """What became of it."""
        if after is None:
            return "the vote on the next theme was taken back"
        if not after["open"]:
            return "the vote on the next theme was closed"
        return "a vote on the next theme was opened" + (" again" if before else "")

    async def _begin(self, work: UnitOfWork, community: CommunityId, state: State, now: datetime) -> None:
        schedule = await work.schedules.get(ScheduleId(str(state["schedule"])))
        day, themes = date.fromisoformat(str(state["date"])), _themes(state)
        content = Content(prompts=tuple(PromptId(theme) for theme in themes))
        id_ = occurrence_id(schedule.id, day)
        occurrence = Occurrence(id_, schedule.id, community, Ritual.VOTE, day, now, content=content)
        if not await work.occurrences.add([occurrence]):
            raise Refusal("vote.again", AGAIN)
        await work.votes.save(Vote(id_, community, themes, datetime.fromisoformat(str(state["closes_at"]))))
        await self._calendar.put_again(work, schedule, occurrence, schedule.targets, now)

    async def _reopen(self, work: UnitOfWork, vote: Vote, now: datetime) -> None:
        if not vote.can_reopen(now):
            raise Refusal(
                "vote.over",
                "Who wished for what in that vote is forgotten by now, so it cannot be opened again. /kindling "
                "challenge begins another one.",
            )
        await self._put_back(work, vote)
        await work.votes.save(vote.reopened())
        occurrence = await work.occurrences.get(vote.id)
        schedule = await self._schedule(work, vote.community)
        if occurrence is not None and schedule is not None:
            quiet = (await work.communities.get(vote.community)).quiet
            ends = end_of_quiet(quiet, now, schedule.zone) if quiet else None
            await self._calendar.put_again(work, schedule, occurrence, schedule.targets, ends or now)
        await rewrite_vote(work, vote.reopened(), now)

    @staticmethod
    async def _put_back(work: UnitOfWork, vote: Vote) -> None:
        """The weeks as they were before what most wished for came next."""
        if vote.order is None:
            return
        kept = (await calendars_of(work, [vote.community]))[vote.community]
        if not same(weeks_state(kept.weeks), vote.order[1]):
            raise Refusal(
                "vote.weeks_changed",
                "The weeks were changed since that vote was closed, and opening it again would undo that. /kindling "
                "challenge changes the coming weeks.",
            )
        before = weeks_of(vote.order[0], kept.weeks.apart)
        await work.week_calendars.save({vote.community: replace(kept, weeks=before)})

    @staticmethod
    async def _open_already(work: UnitOfWork, community: CommunityId, subject: str) -> bool:
        latest = (await work.votes.latest([community])).get(community)
        return latest is not None and latest.closed_at is None and latest.id != subject

    @staticmethod
    async def _schedule(work: UnitOfWork, community: CommunityId) -> Schedule | None:
        found = [one for one in await work.schedules.of_community(community) if one.ritual is Ritual.VOTE]
        return found[0] if found else None


def vote_state(schedule: ScheduleId, day: date, themes: Sequence[ThemeId], closes_at: datetime) -> State:
    """An open vote as plain JSON."""
    return {
        "schedule": schedule,
        "date": day.isoformat(),
        "themes": list(themes),
        "closes_at": closes_at.isoformat(),
        "open": True,
    }


def closed_state(state: State) -> State:
    """The same vote, closed."""
    return {**state, "open": False}


def _themes(state: State) -> tuple[ThemeId, ...]:
    return tuple(map(ThemeId, cast("Sequence[str]", state["themes"])))

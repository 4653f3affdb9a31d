"""The last step of setting up: everything that was answered holds from one moment on, or nothing does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time

from bot.domain.changes import State
from bot.domain.community import Space
from bot.domain.guide import Answer, Step, Walk
from bot.domain.ids import ScheduleId, dated_id
from bot.domain.places import Actor, Place
from bot.domain.schedule import Ritual, Schedule, first_of
from bot.domain.support import Support
from bot.domain.wall import Rule, Wall
from bot.ports import Clock, UnitOfWork
from bot.services.changing import Changing
from bot.services.guide_forms import NONE, OTHER, SAME, GuideForms, wall_channel, wish_of
from bot.services.reading import DAY_NAMES, read_quiet, read_time, read_weekday
from bot.services.recap_days import recap_day
from bot.services.ruling import RULES, choose_place, choose_recap, listed_words, rules_state
from bot.services.scheduling import COMMUNITY, SCHEDULE, community_state, objection
from bot.services.setting_up import Setup
from bot.services.supporting import SUPPORT, as_state
from bot.services.upcoming import Upcoming, upcoming


@dataclass(frozen=True, slots=True)
class Begun:
    """What holds now: the schedules, where cards and the wall are (None for no channel), what comes next."""

    schedules: list[Schedule]
    place: Place
    wall: Place | None
    coming: Upcoming


class Beginning:
    """Knows what is set, in the shape of answers, and makes answers what is set."""

    def __init__(self, setup: Setup, forms: GuideForms, clock: Clock, *, changing: Changing) -> None:
        self._setup = setup
        self._forms = forms
        self._clock = clock
        self._changing = changing

    async def known(self, work: UnitOfWork, space: Space, actor: Actor, walk: Walk) -> dict[Step, Answer]:
        """What each step's form begins with: what is set, or else what suggests itself."""
        known = await self._setup.known(work, space, actor)
        community = await work.communities.get(space.community)
        zone = (walk.answer(Step.WHEN) or known)["zone"]
        wall, place = await work.walls.get(space.community), await work.walls.place(space.id)
        support = await work.supports.get(space.community) or self._forms.supporting.suggested(zone)
        found = place.channel if place else known["channel"]
        where = SAME if found == known["channel"] else OTHER if found else NONE
        return {
            Step.WHERE: {"channel": known["channel"], "wall": where, "wall_channel": found if where == OTHER else ""},
            Step.WHEN: {name: known[name] for name in ("zone", "days", "morning", "weekly")},
            Step.MORE: {
                "evening": await self._evening(work, space),
                "quiet": str(community.quiet or "off"),
                "rest": "off" if community.rest_day is None else DAY_NAMES[community.rest_day],
            },
            Step.TONE: {"tone": community.tone.value, "language": community.language},
            Step.WALL: {
                "rule": wall.rule.value,
                "links": "yes" if wall.links else "no",
                "words": ", ".join(wall.words),
                "recap": await recap_day(work, space.community),
            },
            Step.SUPPORT: self._forms.supporting.as_values(support),
        }

    async def _evening(self, work: UnitOfWork, space: Space) -> str:
        known = first_of(await work.schedules.of_community(space.community), Ritual.EVENING)
        return f"{known.at:%H:%M}" if known and known.weekdays else NONE

    async def apply(self, work: UnitOfWork, actor: Actor, space: Space, walk: Walk, known: dict[Step, Answer]) -> Begun:
        """Have everything that was answered hold. Raises `Unread` or `Refusal` for what cannot be any more.

        The caller commits.
        """
        answers = known | {Step(name): answer for name, answer in walk.answers.items()}
        where = answers[Step.WHERE]
        channel = wall_channel(where)
        if walk.answer(Step.WHERE):
            await choose_place(work, actor, self._changing, space.id, channel)
        schedules = await self._times(work, actor, space, answers)
        await self._rules(work, actor, space, walk)
        coming = await upcoming(work, schedules, self._clock.now())
        there = Place(space.platform, space.key, channel) if channel else None
        return Begun(schedules, Place(space.platform, space.key, where["channel"]), there, coming)

    async def _times(
        self, work: UnitOfWork, actor: Actor, space: Space, answers: Mapping[Step, Answer]
    ) -> list[Schedule]:
        """The schedules, and what holds for all of them, quiet hours and rest day among it."""
        every = await work.schedules.of_community(space.community)
        wish = wish_of(answers[Step.WHERE], answers[Step.WHEN])
        wished = await self._setup.wished(work, space, wish, actor.person.user)
        before, evening = first_of(every, Ritual.MORNING), first_of(every, Ritual.EVENING)
        at = answers[Step.MORE]["evening"]
        if at != NONE:
            wished.append(self._evening_like(wished[0], before, evening, read_time(at)))
        community = await work.communities.get(space.community)
        state = {**community_state(community), **answers[Step.TONE], **_free(answers[Step.MORE])}
        if any(objection(one, community) for one in wished):  # what held so far gives way first
            lifted = community_state(replace(community, quiet=None, rest_day=None))
            await self._changing.change(work, actor, COMMUNITY, "", lifted)
        if at == NONE and evening is not None:
            await self._changing.change(work, actor, SCHEDULE, evening.id, None)
        kept = await self._setup.put(work, actor, wished)
        await self._changing.change(work, actor, COMMUNITY, "", state)
        return [await work.schedules.get(one.id) for one in kept]

    def _evening_like(self, morning: Schedule, before: Schedule | None, evening: Schedule | None, at: time) -> Schedule:
        """The evening's schedule: what it has in common with the morning's it goes on having in common."""
        if evening is None:
            return replace(
                morning,
                id=ScheduleId(dated_id(self._clock.now())),
                ritual=Ritual.EVENING,
                at=at,
                name="",
                own_grace=None,
            )
        alike = replace(evening, at=at)
        if before is None:
            return alike
        if evening.zone == before.zone:
            alike = replace(alike, zone=morning.zone)
        if evening.weekdays == before.weekdays:
            alike = replace(alike, weekdays=morning.weekdays)
        places = {target.space: target.place for target in before.targets}
        for target in evening.targets:
            if places.get(target.space) == target.place:
                alike = alike.with_target(next(one for one in morning.targets if one.space == target.space))
        return alike

    async def _rules(self, work: UnitOfWork, actor: Actor, space: Space, walk: Walk) -> None:
        if wall := walk.answer(Step.WALL):
            day = read_weekday(wall["recap"])
            await choose_recap(work, actor, self._changing, space.community, weekday=day, now=self._clock.now())
            kept: Wall = replace(
                await work.walls.get(space.community),
                rule=Rule(wall["rule"]),
                links=wall["links"] == "yes",
                words=listed_words(wall["words"]),
            )
            await self._changing.change(work, actor, RULES, "", rules_state(kept))
        if said := walk.answer(Step.SUPPORT):
            support: Support = self._forms.supporting.read(said)
            await self._changing.change(work, actor, SUPPORT, "", as_state(support))


def _free(more: Answer) -> State:
    """Quiet hours and rest day, as parts of a community's state."""
    quiet = read_quiet(more["quiet"])
    return {
        "quiet": [f"{quiet.begins:%H:%M}", f"{quiet.ends:%H:%M}"] if quiet else None,
        "rest_day": read_weekday(more["rest"]),
    }

"""The last step of setting up: everything that was answered holds from one moment on, or nothing does."""

from dataclasses import dataclass, replace
from datetime import date

from bot.domain.community import Space
from bot.domain.guide import Answer, Step, Walk
from bot.domain.places import Actor, Place
from bot.domain.schedule import Schedule
from bot.domain.support import Support
from bot.domain.wall import Rule, Wall, WallPlace
from bot.ports import Clock, UnitOfWork
from bot.services.changing import Changing
from bot.services.guide_forms import NONE, OTHER, SAME, GuideForms, wall_channel, wish_of
from bot.services.reading import read_weekday
from bot.services.recap_days import choose, recap_day
from bot.services.ruling import RULES, listed_words, rules_state
from bot.services.scheduling import COMMUNITY, community_state
from bot.services.setup import Setup
from bot.services.supporting import SUPPORT, as_state


@dataclass(frozen=True, slots=True)
class Begun:
    """What holds now: the schedules, where cards and the wall are (None for no channel), until when all is paused."""

    schedules: list[Schedule]
    place: Place
    wall: Place | None
    paused_until: date | None


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
            Step.TONE: {"tone": community.tone.value, "language": community.language},
            Step.WALL: {
                "rule": wall.rule.value,
                "links": "yes" if wall.links else "no",
                "words": ", ".join(wall.words),
                "recap": await recap_day(work, space.community),
            },
            Step.SUPPORT: self._forms.supporting.as_values(support),
        }

    async def apply(self, work: UnitOfWork, actor: Actor, space: Space, walk: Walk, known: dict[Step, Answer]) -> Begun:
        """Have everything that was answered hold. Raises `Unread` for what cannot be any more. The caller commits."""
        answers = known | {Step(name): answer for name, answer in walk.answers.items()}
        where = answers[Step.WHERE]
        wish = wish_of(where, answers[Step.WHEN])
        await self._change(work, actor, space, walk)
        channel = wall_channel(where)
        if walk.answer(Step.WHERE):
            await work.walls.save_place(WallPlace(space.id, channel, actor.person.user))
        schedules, place, paused_until = await self._setup.put(work, space, wish, actor.person.user)
        if wall := walk.answer(Step.WALL):
            await choose(work, space.community, read_weekday(wall["recap"]), self._clock.now())
        there = Place(space.platform, space.key, channel) if channel else None
        return Begun(schedules, place, there, paused_until)

    async def _change(self, work: UnitOfWork, actor: Actor, space: Space, walk: Walk) -> None:
        if tone := walk.answer(Step.TONE):
            known = community_state(await work.communities.get(space.community))
            await self._changing.change(work, actor, COMMUNITY, "", {**known, **tone})
        if wall := walk.answer(Step.WALL):
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

"""The wall's own rules: who acts here, what may come on it, and which copies follow from that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.domain.community import Space
from bot.domain.errors import Refusal
from bot.domain.ids import ActId, CommunityId, MemberId, copy_id
from bot.domain.message import Card
from bot.domain.pages import OpenWall
from bot.domain.places import Actor, Place
from bot.domain.schedule import Ritual, in_order
from bot.domain.wall import NAME_LIMIT, Act, ActCopy, Decision, ShownAs, Wall
from bot.domain.words import calls, has_link, refused_word, tidied
from bot.ports import Clock, UnitOfWork
from bot.services.audit_order import next_entry
from bot.services.spaces import Spaces

GONE = "That kindness is not here any more. /kind wall shows what is."


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Whoever acts, as the wall knows them: their space, their member, all their accounts, and the wall's rules."""

    actor: Actor
    space: Space
    member: MemberId
    wall: Wall
    accounts: frozenset[MemberId]


class Walls:
    """What every use case of the wall begins and ends with."""

    def __init__(self, spaces: Spaces, clock: Clock) -> None:
        self._spaces = spaces
        self._clock = clock

    async def standpoint(self, work: UnitOfWork, actor: Actor) -> Standpoint:
        """Who acts. The caller commits: a space or a member may be new."""
        space = await self._spaces.of(work, actor.person)
        member = await work.communities.member(actor.person)
        if member is None:
            raise LookupError("the space of a person is known, and the person is not")
        accounts = await work.people.accounts(member, space.community)
        return Standpoint(actor, space, member, await work.walls.get(space.community), accounts)

    async def readable(self, work: UnitOfWork, here: Standpoint, act: ActId) -> Act:
        """An act that whoever acts may read; for moderators also one that waits for them or is hidden."""
        found = await work.acts.get(act)
        if found is None or found.community != here.space.community:
            raise Refusal("act.unknown", GONE)
        legible = here.actor.may_moderate and found.legible_from(here.space)
        if not found.readable_by(here.accounts, here.space) and not legible:
            raise Refusal("act.unknown", GONE)
        return found

    async def overseen(self, work: UnitOfWork, here: Standpoint, act: ActId) -> Act:
        """An act that moderators may decide about, whether or not they may read it."""
        found = await work.acts.get(act)
        if found is None or found.community != here.space.community or not found.overseen_from(here.space):
            raise Refusal("act.unknown", GONE)
        return found

    async def own(self, work: UnitOfWork, here: Standpoint, act: ActId) -> Act:
        """An act whose author acts. Nobody else can change it, moderators included."""
        found = await self.readable(work, here, act)
        if found.author not in here.accounts:
            raise Refusal(
                "act.not_author", "Only whoever wrote this can change it. “Report to moderators” is for others."
            )
        return found

    async def keep(self, work: UnitOfWork, act: Act, code: str, by: str = "", detail: str = "") -> None:
        """Keep what became of an act and why, and have its copies follow. The caller commits."""
        await work.acts.save(act)
        await self.decide(work, act, code, by, detail)
        await self.follow_all(work, act.community, [act])
        await self._stir(work, act)

    async def follow_all(self, work: UnitOfWork, community: CommunityId, acts: Sequence[Act]) -> None:
        """Have a copy of each wherever one belongs: of acts of one community. The caller commits."""
        if not any(act.on_wall for act in acts):
            return
        spaces = [space for space in await work.communities.spaces(community) if space.active]
        places = [(space, place) for space in spaces if (place := await self.place(work, space))]
        await work.act_copies.put(
            ActCopy(copy_id(act.id, space.id), act.id, space.id, place)
            for act in acts
            for space, place in places
            if act.shown_in(space)
        )

    async def erase(self, work: UnitOfWork, act: Act) -> None:
        """Remove an act for good; its copies follow. The caller commits."""
        await work.acts.erase(act.id)
        await self._stir(work, act)

    async def _stir(self, work: UnitOfWork, act: Act) -> None:
        """Have everything looked at that shows an act: its copies, and the recaps of the week in which it came."""
        now = self._clock.now()
        await work.act_copies.stir(act.id, now)
        if act.published_at:
            await work.recaps.stir(act.community, act.published_at, now)

    async def decide(self, work: UnitOfWork, act: Act, code: str, by: str = "", detail: str = "") -> Decision:
        """Write a decision about an act down. The caller commits."""
        return await self.decide_about(work, act.id, act.community, code, by=by, detail=detail)

    async def decide_about(
        self, work: UnitOfWork, act: ActId, community: CommunityId, code: str, *, by: str, detail: str = ""
    ) -> Decision:
        """The same, about an act that may not be there any more. The caller commits."""
        now = self._clock.now()
        entry = await next_entry(work, now, act, community if by else None)
        decision = Decision(entry, community, act, code, now, by, detail)
        await work.walls.decide(decision)
        return decision

    async def place(self, work: UnitOfWork, space: Space) -> Place | None:
        """The channel of a space's wall: the one that was chosen, which may be none, or else the one of the morning
        cards."""
        chosen = await work.walls.place(space.id)
        if chosen is not None and not chosen.channel:
            return None
        if chosen is not None:
            return Place(space.platform, space.key, chosen.channel)
        for schedule in in_order(await work.schedules.of_community(space.community), Ritual.MORNING):
            for target in schedule.targets:
                if target.space == space.id:
                    return target.place
        return None

    async def pictured(self, work: UnitOfWork, card: Card) -> Card:
        """The card with what is to be seen in its picture, if an act's picture is on it."""
        if card.picture is None or not card.picture.mark:
            return card
        found = await work.acts.picture(card.picture.mark)
        return replace(card, picture=replace(card.picture, png=found.data if found else b""))

    async def pages(self, work: UnitOfWork, act: Act) -> Sequence[OpenWall]:
        """The pages on the web that an act stands on, or is going to when it comes on the wall."""
        spaces = await work.communities.spaces(act.community)
        there = [one.id for one in spaces if one.active and act.meant_for(one)]
        return [opened for one in there if (opened := await work.open_walls.get(one))]

    async def linked(self, work: UnitOfWork, space: Space) -> bool:
        """Whether the community has another space besides this one."""
        return sum(one.active for one in await work.communities.spaces(space.community)) > 1


def name_of(actor: Actor) -> str:
    """How somebody is called at this moment, on one line."""
    return " ".join(tidied(actor.name).split())[:NAME_LIMIT]


def problems(text: str, wall: Wall) -> Iterable[str]:
    """What keeps a text from the wall, in kind sentences."""
    if has_link(text) and not wall.links:
        yield "Links are not shared on this wall. Please tell it without one."
    if word := refused_word(text, wall.words):
        yield f"This community keeps “{word}” off its wall. Please find another way to say it."


def name_problem(name: str, wall: Wall) -> str:
    """Why a name cannot stand on the wall, as the end of a sentence; empty when it can.

    It is not told which word is meant: a name is read by people who did not choose it.
    """
    if has_link(name) and not wall.links:
        return "it reads like a link, and links are not shared on this wall"
    if calls(name):
        return "it reads like a call to people, and nobody is called from this wall"
    if refused_word(name, wall.words):
        return "it holds a word that this community keeps off its wall"
    return ""


def within_rules(act: Act, wall: Wall) -> Act:
    """The act without those names that the rules keep off by now: its author is someone, and whoever else is named is
    asked again."""
    if name_problem(act.by, wall):
        act = replace(act, shown_as=ShownAs.SOMEONE, name="")
    return act.to_ask_anew() if name_problem(act.named_as, wall) else act

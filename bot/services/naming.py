"""Naming somebody in an act: only with their yes, and only as long as they like."""

from collections.abc import Mapping

import structlog

from bot.domain.errors import AdapterError, Refusal, TryLater
from bot.domain.ids import ActId, MemberId
from bot.domain.message import Action, Card, Choice, Reply
from bot.domain.places import Actor, Person
from bot.domain.wall import Act, Consent, Rule, Standing
from bot.ports import Nudge, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services.cards import note
from bot.services.heralding import Heralding
from bot.services.politeness import Politeness
from bot.services.wall import Walls, name_of, name_problem
from bot.services.wall_cards import consent_card, naming_form, own_card, preview_card, wording

log = structlog.get_logger(__name__)

USER_LIMIT = 100
AT_ONCE = 200
LOOKED_AT_FIRST = (
    "A moderator reads your name first, as everything here. So this kindness is off the wall until they have, and "
    "comes back with it. You can take your name off at any time."
)
ELSEWHERE = (
    "People of this place do not see that kindness: it is shown only where you shared it. Once it is for both places, "
    "under “Change it”, you can name somebody here."
)
NOT_NAMED = "You are not named there, or it is not there any more."
KEPT_OFF = (
    "Your name cannot stand there as it is: {wrong}. It goes on saying “someone”. If you change the name that you have "
    "here, press once more."
)


class Naming:
    """Whoever is named is asked once what an act says is on the wall, and again when it says something else."""

    def __init__(
        self,
        storage: Storage,
        walls: Walls,
        messengers: Messengers,
        politeness: Politeness,
        heralding: Heralding,
        *,
        nudge: Nudge,
        pictures: bool = False,
    ) -> None:
        self._heralding = heralding
        self._storage = storage
        self._walls = walls
        self._messengers = messengers
        self._politeness = politeness
        self._nudge = nudge
        self._pictures = pictures

    async def form(self, actor: Actor, act_id: ActId) -> Reply:
        """Whom the author would like to name."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            linked = await self._walls.linked(work, here.space)
            await work.commit()
        return Reply(naming_form(act, linked=linked))

    async def name(self, actor: Actor, act_id: ActId, values: Mapping[str, str]) -> Reply:
        """Name somebody, or nobody any more."""
        user = values.get("member", "").strip()
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            if len(user) > USER_LIMIT:
                raise Refusal("act.names_nobody", "I could not tell who that is. Please pick them from the list.")
            named = await work.communities.member(_of(actor, user)) if user else None
            if named in here.accounts:
                raise Refusal("act.names_author", "That is you. How you are shown yourself is in “Change it”.")
            if named is not None and not act.meant_for(here.space):
                raise Refusal("act.named_elsewhere", ELSEWHERE)
            act = act.naming(named)
            await self._walls.keep(work, act, "act.naming")
            linked = await self._walls.linked(work, here.space)
            if act.standing is Standing.DRAFT:
                chosen = here.wall.rule is Rule.CHOSEN
                card = preview_card(act, linked=linked, pictures=self._pictures, chosen=chosen)
            else:
                card = own_card(act, None, pictures=self._pictures)
            card = await self._walls.pictured(work, card)
            await work.commit()
        self._nudge()
        await self.ask(act.id)
        return Reply(card)

    async def ask(self, act_id: ActId) -> None:
        """Ask whoever is named in an act that is on the wall now, unless they were asked about it."""
        async with self._storage.unit_of_work() as work:
            act = await work.acts.get(act_id)
            if act is None or act.named is None or not act.on_wall or act.consent is not Consent.UNASKED:
                return
            author = await work.communities.person(act.author)
            named = await whereabouts(work, act, act.named)
            messenger = self._messengers.get(named.platform) if named else None
            if author is None or named is None or messenger is None:
                return
            if await work.walls.blocked(act.community, act.author) or not self._politeness.allows(author, named):
                return
            await work.acts.save(act.asked())
            card = await self._walls.pictured(work, consent_card(act))
            await work.commit()
        try:
            await messenger.tell(named, card)
        except AdapterError as error:
            log.info("named.not_asked", platform=named.platform, code=str(error))
            if isinstance(error, TryLater):
                await self._not_asked(act)

    async def ask_those_left(self) -> None:
        """Ask whoever could not be asked so far: their platform was away, they had been asked enough for a day, or a
        backup that was put back does not know whether their yes still stands."""
        beyond = ""
        while True:
            async with self._storage.reading() as work:
                found = await work.acts.unasked(AT_ONCE, beyond)
            for act in found:
                await self.ask(act)
            if not found:
                return
            beyond = found[-1]

    async def _not_asked(self, asked: Act) -> None:
        async with self._storage.unit_of_work() as work:
            act = await work.acts.get(asked.id)
            if act is not None and (act.named, act.consent) == (asked.named, Consent.ASKED):
                await work.acts.save(act.to_ask_anew())
                await work.commit()

    async def agree(self, actor: Actor, act_id: ActId, words: str) -> Reply:
        """Whoever is named agrees, and is shown by the name they have at this moment. They have read `words`: when it
        says something else by now, they are asked about that."""
        name = name_of(actor)
        if other := await self._answer(actor, act_id, name, words):
            return Reply(other, replace=True)
        lines = (f"It says {name or 'someone'} now. You can take your name off at any time, under “More” on the wall.",)
        off = Choice("Take my name off", Action("decline", act_id))
        return Reply(note("Named", *lines, choices=(off,), emoji="🏷️"), replace=True)

    async def decline(self, actor: Actor, act_id: ActId) -> Reply:
        """Whoever is named would rather not be, or not any more."""
        await self._answer(actor, act_id, None)
        return Reply(note("As you like", "It says “someone”, everywhere.", emoji="🍃"), replace=True)

    async def _answer(self, actor: Actor, act_id: ActId, name: str | None, words: str = "") -> Card | None:
        """Keep an answer; a card instead of the usual one, where somebody agrees to other words than it says, or where
        a moderator reads their name first."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await work.acts.get(act_id)
            if act is None or act.named not in here.accounts:
                raise Refusal("act.not_named", NOT_NAMED)
            if name is not None and wording(act) != words:
                if not act.shown_in(here.space):  # what it says by now is its author's alone
                    raise Refusal("act.not_named", NOT_NAMED)
                return await self._walls.pictured(work, consent_card(act))
            if name and (wrong := name_problem(name, here.wall)):
                raise Refusal("named.kept_off", KEPT_OFF.format(wrong=wrong))
            answered: Act = act.declined() if name is None else act.agreed(name)
            held = answered.on_wall and answered.named_as not in {"", act.named_as} and here.wall.rule is Rule.REVIEW
            if held:
                answered = answered.held_back()
            origin = await work.communities.space(act.space)
            alert = await self._heralding.something_waits(work, origin, answered) if held else None
            if answered != act:
                await self._walls.keep(work, answered, f"named.{answered.consent.value}")
            await work.commit()
        self._nudge()
        await self._heralding.tell(alert)
        if not name or answered.standing is not Standing.WAITING:
            return None
        off = Choice("Take my name off", Action("decline", act_id))
        return note("Thank you", LOOKED_AT_FIRST, choices=(off,), emoji="🏷️")


async def seen(work: UnitOfWork, act: Act) -> Act:
    """The act without the name of somebody who does not see it any more: they could not take it off."""
    if act.named is None or await whereabouts(work, act, act.named):
        return act
    return act.naming(None).naming(act.named)


async def whereabouts(work: UnitOfWork, act: Act, named: MemberId) -> Person | None:
    """Whoever is named, in a place where they see the act: where they were named, or else where they have another
    account. Nobody is told which it is."""
    for member in [named, *sorted(await work.people.accounts(named, act.community) - {named})]:
        person = await work.communities.person(member)
        space = await work.communities.space_of(person.platform, person.space) if person else None
        if space is not None and space.active and act.meant_for(space):
            return person
    return None


def _of(actor: Actor, user: str) -> Person:
    """A user of the actor's own space."""
    return Person(actor.person.platform, actor.person.space, user)

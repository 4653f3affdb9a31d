"""Who may moderate: whoever the platform lets manage a place, and whoever was chosen there."""

from dataclasses import replace

import structlog

from bot.domain.errors import AdapterError, NotAllowed, Refusal, Unreachable
from bot.domain.places import Actor, Standing
from bot.ports import Clock, Storage
from bot.ports.platforms import Messengers
from bot.services.acquaintance import Acquaintances
from bot.services.setup import must_moderate

log = structlog.get_logger(__name__)

CHOSEN_MODERATORS = "moderators"
"""The list of those who were chosen, as a kind of setting: only managers change it, or take a change of it back."""
NOT_HERE = (
    "At this moment you are not in the place that this is about, so nothing was done there. Once you are back, it "
    "works again."
)
NOT_TOLD = "I could not ask just now whether you may do this. Please try again in a minute."


def must_manage(actor: Actor) -> None:
    """Refuse whoever the platform does not let manage this place, chosen moderators among them."""
    must_moderate(actor)
    if actor.chosen:
        raise NotAllowed(
            "not_a_manager",
            "Who may moderate is decided by the people who may manage this place itself, so that nobody can be locked "
            "out. You may do everything else; please ask one of them for this.",
        )


class NotTold(Refusal):
    """The platform was asked who somebody is, and did not say."""

    def __init__(self, sentence: str = NOT_TOLD) -> None:
        super().__init__("rights.not_told", sentence)


class Rights:
    """Asked at each press, submit and command that may need a moderator. No right is remembered.

    What an ordinary press wants to know of somebody is: whether they belong to the space, and their name.
    """

    def __init__(self, storage: Storage, messengers: Messengers, clock: Clock) -> None:
        self._storage = storage
        self._messengers = messengers
        self._acquaintances = Acquaintances(clock)

    async def of(self, actor: Actor, *, also_gone: bool = False) -> Actor:
        """The actor, as one who may moderate where they were chosen to. Raises `Refusal` when nobody tells.

        Whoever is in no channel, but in a direct message, comes without rights on some platforms, and may have left
        the place since: these are asked about first. Those who left are refused, unless `also_gone`.
        """
        if actor.may_moderate:
            return actor
        person = actor.person
        try:
            if not actor.asked:
                return await self._asked(actor)
            if not actor.channel:
                messenger = self._messengers.get(person.platform)
                standing = await messenger.standing(person) if messenger else None
                if standing is None:
                    if messenger and not also_gone:
                        raise NotAllowed("not_here", NOT_HERE)
                    return actor
                actor = replace(actor, may_moderate=standing.may_moderate, roles=actor.roles | standing.roles)
                self._acquaintances.keep(person, standing, plain=not actor.may_moderate)
            return actor if actor.may_moderate else await self._chosen(actor)
        except AdapterError as error:
            log.info("rights.not_told", platform=person.platform, code=str(error))
            raise NotTold(error.sentence if isinstance(error, Unreachable) else NOT_TOLD) from error

    async def _asked(self, actor: Actor) -> Actor:
        """The actor, with what the platform says of them now."""
        standing = await self._standing(actor)
        known = replace(actor, asked=True, stranger=standing is None or standing.stranger)
        if standing is not None:
            right, roles = standing.may_moderate, standing.roles
            known = replace(known, may_moderate=right, name=standing.name, zone=standing.zone, roles=roles)
            known = known if right or known.stranger else await self._chosen(known)
        self._acquaintances.keep(actor.person, standing, plain=not known.may_moderate)
        return known

    async def _standing(self, actor: Actor) -> Standing | None:
        messenger = self._messengers.get(actor.person.platform)
        if messenger is None:
            raise NotTold
        return await messenger.standing(actor.person)

    async def belonging(self, actor: Actor) -> Actor:
        """Whoever comes without the platform having said whether they belong to the space: it was asked a few minutes
        ago, or is now. Raises `Refusal` when it does not tell."""
        if actor.stranger is not None:
            return actor
        return self._met(actor) or await self.of(actor)

    async def named(self, actor: Actor) -> Actor:
        """The same with their name, if that can be had without asking too much."""
        if actor.asked:
            return actor
        if met := self._met(actor):
            return met
        if actor.stranger is False and not self._acquaintances.may_ask(actor.person):
            return actor
        try:
            return await self.of(actor)
        except NotTold:
            if actor.stranger is None:
                raise
            return actor

    async def lately(self, actor: Actor) -> Actor:
        """Whoever comes from a direct message, for what everybody may do: not asked about again for a few minutes."""
        met = self._acquaintances.of(actor.person)
        return actor if met and not met.stranger else await self.of(actor)

    async def perhaps(self, actor: Actor) -> Actor:
        """For what everybody may do, and moderators see more of: whoever nobody tells of is no moderator."""
        if actor.asked:
            return await self.of(actor)
        met = self._acquaintances.of(actor.person)
        if met and met.plain:
            return self._met(actor) or actor
        if not self._acquaintances.may_ask(actor.person):
            return actor
        try:
            return await self.of(actor)
        except NotTold:
            return actor

    def _met(self, actor: Actor) -> Actor | None:
        """The actor as they were a few minutes ago, without any right. What an event says of them counts for more."""
        met = self._acquaintances.of(actor.person)
        if met is None:
            return None
        stranger = met.stranger if actor.stranger is None else actor.stranger
        return replace(actor, name=met.name, zone=met.zone, stranger=stranger)

    async def _chosen(self, actor: Actor) -> Actor:
        person = actor.person
        async with self._storage.reading(once=True) as work:
            chosen = await work.moderators.chosen_in(person.platform, person.space)
        known = not chosen.isdisjoint({person.user, *actor.roles})
        if known or (chosen and await self._belongs(actor, chosen)):
            return replace(actor, may_moderate=True, chosen=True)
        return actor

    async def _belongs(self, actor: Actor, chosen: frozenset[str]) -> bool:
        messenger = self._messengers.get(actor.person.platform)
        return messenger is not None and bool(await messenger.belongs(actor.person, chosen))

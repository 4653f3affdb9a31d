"""Who may moderate: whoever the platform lets manage a place, and whoever was chosen there."""

from dataclasses import replace

import structlog

from bot.domain.errors import AdapterError, NotAllowed, Refusal
from bot.domain.places import Actor
from bot.ports import Storage
from bot.ports.platforms import Messengers
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


class Rights:
    """Asked at each press, submit and command that may need a moderator. Nothing is remembered."""

    def __init__(self, storage: Storage, messengers: Messengers) -> None:
        self._storage = storage
        self._messengers = messengers

    async def of(self, actor: Actor, *, also_gone: bool = False) -> Actor:
        """The actor, as one who may moderate where they were chosen to. Raises `Refusal` when nobody tells.

        Whoever is in no channel, but in a direct message, comes without rights on some platforms, and may have left
        the place since: these are asked about first. Those who left are refused, unless `also_gone`.
        """
        if actor.may_moderate:
            return actor
        person = actor.person
        try:
            if not actor.channel:
                messenger = self._messengers.get(person.platform)
                standing = await messenger.standing(person) if messenger else None
                if standing is None:
                    if messenger and not also_gone:
                        raise NotAllowed("not_here", NOT_HERE)
                    return actor
                actor = replace(actor, may_moderate=standing.may_moderate, roles=actor.roles | standing.roles)
            return actor if actor.may_moderate else await self._chosen(actor)
        except AdapterError as error:
            log.info("rights.not_told", platform=person.platform, code=str(error))
            raise Refusal("rights.not_told", NOT_TOLD) from error

    async def _chosen(self, actor: Actor) -> Actor:
        person = actor.person
        async with self._storage.reading() as work:
            chosen = await work.moderators.chosen_in(person.platform, person.space)
        known = not chosen.isdisjoint({person.user, *actor.roles})
        if known or (chosen and await self._belongs(actor, chosen)):
            return replace(actor, may_moderate=True, chosen=True)
        return actor

    async def _belongs(self, actor: Actor, chosen: frozenset[str]) -> bool:
        messenger = self._messengers.get(actor.person.platform)
        return messenger is not None and bool(await messenger.belongs(actor.person, chosen))

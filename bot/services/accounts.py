"""Accounts of one person in linked places: theirs to link, by a code that only they have, and nobody else's to know."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.errors import AdapterError, Refusal
from bot.domain.ids import MemberId
from bot.domain.linking import LinkCode, Purpose
from bot.domain.message import Action, Choice, Reply
from bot.domain.places import Actor, Person
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services.cards import note
from bot.services.codes import Codes
from bot.services.link_cards import account_code_card, account_offer_card
from bot.services.wall import Standpoint, Walls

APART = "Those two places are not linked, so accounts in them cannot be. Moderators link places with /kindling link."


class Accounts:
    """Whoever has both accounts links them."""

    def __init__(self, storage: Storage, walls: Walls, codes: Codes, messengers: Messengers, clock: Clock) -> None:
        self._storage = storage
        self._walls = walls
        self._codes = codes
        self._messengers = messengers
        self._clock = clock

    async def link(self, actor: Actor, words: Mapping[str, str]) -> Reply:
        """A fresh code; with a code, what linking means."""
        typed = words.get("code", "").strip()
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            if typed:
                user = actor.person.user
                code = await self._codes.entered(work, Purpose.ACCOUNTS, here.space.id, user, typed)
                await self._other(work, here, code)
                card = account_offer_card(code)
            elif await self._walls.linked(work, here.space):
                code = await self._codes.make(work, Purpose.ACCOUNTS, here.space.id, actor.person.user)
                card = account_code_card(code)
            else:
                raise Refusal("link.alone", "This place is linked with no other, so there is no other account to link.")
            await work.commit()
        return Reply(card)

    async def join(self, actor: Actor, digest: str) -> Reply:
        """Both accounts are one person's from now on. Whoever made the code is told, with a way to undo it."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            code = await work.links.code(digest)
            if code is None:
                raise Refusal("link.too_late", "That question is from another time. /kind link makes a fresh code.")
            self._codes.fits(code, Purpose.ACCOUNTS, here.space.id)
            first = code.used_at is None
            if first:
                other = await self._other(work, here, code)
                await self._use(work, here, code)
                await work.people.same(other, here.member)
            elif not await self._stands(work, here, code):
                raise Refusal("link.used", USED)
            maker = await work.communities.space(code.space)
            await work.commit()
        if first:
            await self._tell(Person(maker.platform, maker.key, code.by))
        lines = ("/kind me shows what you shared or kept in either place. Nobody else learns of it.",)
        return Reply(note("Your accounts are linked", *lines, choices=(UNDO,), emoji="🔗"), replace=True)

    async def unlink(self, actor: Actor) -> Reply:
        """The account here stands for itself again. Asking twice gives the same answer."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            await work.people.part(here.member)
            await work.commit()
        lines = ("This account is linked with no other. Each keeps what was shared or kept with it.",)
        return Reply(note("On its own", *lines, emoji="🍃"))

    async def _other(self, work: UnitOfWork, here: Standpoint, code: LinkCode) -> MemberId:
        """The account that a code was made with, if it can be linked with this one."""
        there = await work.communities.space(code.space)
        if there.community != here.space.community or not there.active:
            raise Refusal("link.places_apart", APART)
        other = await work.communities.member(Person(there.platform, there.key, code.by))
        if other is None or other in here.accounts:
            raise Refusal("link.accounts_already", "These two accounts are linked already. /kind unlink undoes it.")
        return other

    async def _use(self, work: UnitOfWork, here: Standpoint, code: LinkCode) -> None:
        """Once, however many enter it at the same moment."""
        now = self._clock.now()
        if not await work.links.use(replace(code.used(here.space.id, here.actor.person.user, now), done_at=now)):
            raise Refusal("link.used", USED)

    async def _stands(self, work: UnitOfWork, here: Standpoint, code: LinkCode) -> bool:
        """Whether a code linked just these two accounts, and they still are."""
        there = await work.communities.space(code.space)
        other = await work.communities.member(Person(there.platform, there.key, code.by))
        return code.used_by == here.actor.person.user and other in here.accounts

    async def _tell(self, person: Person) -> None:
        messenger = self._messengers.get(person.platform)
        lines = ("Your code was entered in the linked place. If that was not you, please undo it.",)
        try:
            if messenger is not None:
                await messenger.tell(person, note("Your accounts are linked", *lines, choices=(UNDO,), emoji="🔗"))
        except AdapterError:
            return


USED = "That code was used already, and each is good once. /kind link makes a fresh one."
UNDO = Choice("Undo", Action("part"))

"""Linking spaces: a moderator of each agrees, by a code that is good once; and unlinking them."""

from collections.abc import Mapping

import structlog

from bot.domain.community import Space
from bot.domain.errors import AdapterError, NotAllowed, Refusal
from bot.domain.ids import CommunityId, SpaceId
from bot.domain.linking import Link, LinkCode, Purpose
from bot.domain.message import Action, Card, Reply
from bot.domain.places import Actor, Person
from bot.domain.wall import Decision
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services.audit_order import next_entry
from bot.services.cards import note
from bot.services.codes import Codes
from bot.services.link_cards import code_card, confirm_card, offer_card, unlink_card
from bot.services.moving import Moving
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

log = structlog.get_logger(__name__)

ASKED = "Whoever made the code is asked now. You hear of it when the places are linked."
LINKED = "From now on what people share for both places appears in both. /kindling unlink undoes it."
UNLINKED = "Each place has its own wall and calendar again. Copies of what was shared across are taken away."


class Linking:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        moving: Moving,
        codes: Codes,
        messengers: Messengers,
        *,
        clock: Clock,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._moving = moving
        self._codes = codes
        self._messengers = messengers
        self._clock = clock
        self._nudge = nudge

    async def link(self, actor: Actor, words: Mapping[str, str]) -> Reply:
        """A fresh code, or the question that waits for an answer here; with a code, what linking means."""
        must_moderate(actor)
        typed = words.get("code", "").strip()
        async with self._storage.unit_of_work() as work:
            here = await self._spaces.of(work, actor.person)
            card = await (self._entered(work, actor, here, typed) if typed else self._asked(work, actor, here))
            await work.commit()
        return Reply(card)

    async def _asked(self, work: UnitOfWork, actor: Actor, here: Space) -> Card:
        now = self._clock.now()
        waiting = [code for code in await work.links.unanswered(here.id) if code.waits(now)]
        if waiting:
            return confirm_card(waiting[0])
        if await work.links.of(here.id):
            raise Refusal("link.guest", GUEST)
        return code_card(await self._codes.make(work, Purpose.SPACES, here.id, actor.person.user))

    async def _entered(self, work: UnitOfWork, actor: Actor, here: Space, typed: str) -> Card:
        code = await self._codes.entered(work, Purpose.SPACES, here.id, actor.person.user, typed)
        await self._may_join(work, await work.communities.space(code.space), here)
        return offer_card(code)

    async def agree(self, actor: Actor, digest: str) -> Reply:
        """The side that entered a code agrees; the side that made it is asked. Agreeing twice asks once."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._spaces.of(work, actor.person)
            code = await self._code(work, digest)
            self._codes.fits(code, Purpose.SPACES, here.id)
            host = await work.communities.space(code.space)
            if code.done_at is not None:
                return Reply(_answered(here, host), replace=True)
            await self._may_join(work, host, here)
            code = code if code.used_at else code.used(here.id, actor.person.user, self._clock.now())
            first = await work.links.use(code)
            if not first:
                self._codes.fits(await self._code(work, digest), Purpose.SPACES, here.id)
            await work.commit()
        if first:
            await self._tell(host, code.by, confirm_card(code))
        return Reply(note("The other side is asked", ASKED, emoji="🔗"), replace=True)

    async def confirm(self, actor: Actor, digest: str) -> Reply:
        """The side that made a code agrees too: both spaces share one wall and one calendar from now on."""
        async with self._storage.unit_of_work() as work:
            code = await self._own_code(work, actor, digest)
            spaces = await work.communities.hold([code.space, code.used_in or code.space], moving=True)
            host, guest = spaces[code.space], spaces[code.used_in or code.space]
            code = await self._code(work, digest)
            if code.done_at is not None:
                return Reply(_answered(guest, host), replace=True)
            if not code.waits(self._clock.now()):
                raise Refusal("link.too_late", LATE)
            await self._may_join(work, host, guest)
            await work.links.finish(code, self._clock.now())
            link = Link(guest.id, guest.community, host.id, self._clock.now(), code.used_by, actor.person.user)
            await self._moving.join(work, guest, host.community, link)
            await self._decide(work, actor, host.community, guest, "space.linked")
            await work.commit()
        self._nudge()
        log.info("space.linked", host=host.id, guest=guest.id)
        card = note("Linked", LINKED, emoji="🔗")
        await self._tell(guest, code.used_by, card)
        return Reply(card, replace=True)

    async def decline(self, actor: Actor, digest: str) -> Reply:
        """The side that made a code would rather not; the other one is told."""
        async with self._storage.unit_of_work() as work:
            code = await self._own_code(work, actor, digest)
            host = await work.communities.space(code.space)
            guest = await work.communities.space(code.used_in or code.space)
            if not await work.links.finish(code, self._clock.now()):
                return Reply(_answered(guest, host), replace=True)
            await work.commit()
        lines = "The other place would rather not link just now. Nothing was changed."
        await self._tell(guest, code.used_by, note("Not linked", lines, emoji="🔗"))
        return Reply(note("Not linked", "Nothing was changed, and the other side is told.", emoji="🔗"), replace=True)

    async def ask_to_unlink(self, actor: Actor, beyond: str = "") -> Reply:
        """What unlinking means, and which place it is about; where several are linked here, one after the other."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._spaces.of(work, actor.person)
            own = await work.links.of(here.id)
            found = [own] if own else list(await work.links.guests(here.community))
            await work.commit()
        if not found:
            lines = ("This place is linked with no other. /kindling link begins that.",)
            return Reply(note("Nothing to unlink", *lines, emoji="🔗"), replace=bool(beyond))
        names = [str(link.space) for link in found]
        number = (names.index(beyond) + 1) % len(found) if beyond in names else 0
        following = Action("unlink", names[number]) if len(found) > 1 else None
        return Reply(unlink_card(found[number], following, here=own is not None), replace=bool(beyond))

    async def unlink(self, actor: Actor, space_id: SpaceId) -> Reply:
        """A space goes back to its own community. Asking twice does it once."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await work.communities.space_of(actor.person.platform, actor.person.space)
            if here is None:
                raise Refusal("link.not_yours", NOT_YOURS)
            spaces = await work.communities.hold(sorted({here.id, space_id}), moving=True)
            here, guest, link = spaces[here.id], spaces.get(space_id), await work.links.of(space_id)
            if guest is None or link is None:
                return Reply(note("Unlinked", "They are not linked any more.", emoji="🍂"), replace=True)
            if here.id != guest.id and (here.community != guest.community or await work.links.of(here.id)):
                raise Refusal("link.not_yours", NOT_YOURS)
            host = await work.communities.space(link.host)
            await self._decide(work, actor, guest.community, guest, "space.unlinked")
            await self._decide(work, actor, link.home, guest, "space.unlinked")
            await self._moving.go_home(work, guest, link)
            await work.commit()
        self._nudge()
        log.info("space.unlinked", host=host.id, guest=guest.id)
        card = note("Unlinked", UNLINKED, emoji="🍂")
        other, user = (host, link.confirmed_by) if here.id == guest.id else (guest, link.by)
        await self._tell(other, user, card)
        return Reply(card, replace=True)

    async def _code(self, work: UnitOfWork, digest: str) -> LinkCode:
        code = await work.links.code(digest)
        if code is None:
            raise Refusal("link.too_late", LATE)
        return code

    async def _own_code(self, work: UnitOfWork, actor: Actor, digest: str) -> LinkCode:
        """A code of a space that the actor moderates at this moment, and that was used."""
        code = await self._code(work, digest)
        here = await work.communities.space_of(actor.person.platform, actor.person.space)
        if here is None or here.id != code.space or code.used_in is None:
            raise Refusal("link.not_yours", NOT_YOURS)
        if not actor.may_moderate:
            raise NotAllowed(
                "link.not_seen",
                "From here I cannot see that you may manage that place, so nothing was changed. Somebody who may can "
                "answer there: /kindling link shows the question.",
            )
        return code

    async def _may_join(self, work: UnitOfWork, host: Space, guest: Space) -> None:
        """Refuse a pair of spaces that cannot be linked as things stand."""
        if not host.active or not guest.active:
            raise Refusal(
                "link.left", "Kindling is not in the other place any more. Once it is back, a fresh code links them."
            )
        if host.community == guest.community:
            raise Refusal("link.already", "Both places are linked already. /kindling unlink would undo it.")
        if await work.links.of(host.id):
            raise Refusal("link.guest", GUEST)
        others = [one for one in await work.communities.spaces(guest.community) if one.active and one.id != guest.id]
        if others or await work.links.of(guest.id):
            raise Refusal(
                "link.elsewhere",
                "The place that enters a code is still linked with another one. It can unlink first, or, where it has "
                "the calendar, make the code itself.",
            )

    async def _decide(self, work: UnitOfWork, actor: Actor, community: CommunityId, guest: Space, code: str) -> None:
        """For a community's audit."""
        member, now = await work.communities.member(actor.person), self._clock.now()
        entry = await next_entry(work, now, guest.id, community)
        await work.walls.decide(Decision(entry, community, guest.id, code, now, member or ""))

    async def _tell(self, space: Space, user: str, card: Card) -> None:
        messenger = self._messengers.get(space.platform)
        try:
            if messenger is not None:
                await messenger.tell(Person(space.platform, space.key, user), card)
        except AdapterError as error:
            log.info("moderator.not_told", platform=space.platform, code=str(error))


GUEST = (
    "This wall and its calendar are at home in another place, so a moderator there makes the codes for whoever joins. "
    "To link with somebody else instead, /kindling unlink comes first."
)
LATE = "That question is from another time. If both sides still want to, a fresh code links them: /kindling link."
NOT_YOURS = "That is for a moderator of the places that it is about. Nothing was changed."


def _answered(guest: Space, host: Space) -> Card:
    """What was asked has been answered, by whomever."""
    if guest.community == host.community:
        return note("Linked", "Both places are linked.", emoji="🔗")
    return note("Already answered", "That was answered before. A fresh code begins anew: /kindling link.", emoji="🔗")

"""Changing settings: every change is kept with who, before and after, and can be taken back.

A setting is a `Changeable`. Whoever changes one does it by `Changing.change`, and by nothing else: then it is in the
audit log, has its *Undo*, and two moderators who change the same thing at once do not overwrite each other unseen.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from bot.domain.changes import Change, State, mark_of, same
from bot.domain.community import Space
from bot.domain.errors import ChangedMeanwhile, Refusal
from bot.domain.ids import ChangeId, CommunityId, MemberId
from bot.domain.message import Action, Choice, Reply
from bot.domain.places import Actor
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services.audit_order import next_entry
from bot.services.cards import note
from bot.services.rights import CHOSEN_MODERATORS, must_manage
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

UNREADABLE = (KeyError, TypeError, ValueError)
"""What reading a state raises that another version kept, with other names in it or other values."""

log = structlog.get_logger(__name__)


class Changeable(Protocol):
    """One kind of setting."""

    @property
    def kind(self) -> str:
        """Its name in the audit log, at most 40 characters, the same for good."""
        ...

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:
        """The setting as it is; None when it is not there. `subject` tells settings of one kind apart."""
        ...

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Make the setting be like this; None removes it. Raises `Refusal` for what cannot be any more."""
        ...

    def told(self, before: State | None, after: State | None) -> str:
        """What was changed, in words that go on a line: `paused until Tue 1 Dec 2026`."""
        ...


class Changing:
    """Each press checks the actor's right again."""

    def __init__(
        self, storage: Storage, spaces: Spaces, kinds: Sequence[Changeable], clock: Clock, *, nudge: Nudge
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._kinds = {one.kind: one for one in kinds}
        self._clock = clock
        self._nudge = nudge

    async def change(
        self,
        work: UnitOfWork,
        actor: Actor,
        kind: str,
        subject: str,
        state: State | None,
        *,
        seen: str | None = None,
        here_only: bool = False,
    ) -> Change | None:
        """Make a setting be like `state`, and keep who did it; None when it is like that already. The caller commits.

        `seen` is the `mark_of` what the actor was shown (see `must_match`).
        With `here_only` the change concerns the moderators of this space alone.
        """
        if kind == CHOSEN_MODERATORS:
            must_manage(actor)
        space = await self._spaces.of(work, actor.person)
        await work.changes.hold(space.community)
        changeable = self._kinds[kind]
        before = await changeable.state(work, space.community, subject)
        must_match(seen, mark_of(before))
        if same(before, state):
            return None
        await changeable.put(work, space.community, subject, state)
        after = await changeable.state(work, space.community, subject)
        change = Change(
            ChangeId(await next_entry(work, self._clock.now(), subject, space.community)),
            space.community,
            await self._member(work, actor),
            self._clock.now(),
            kind,
            subject,
            before,
            after,
            space.id if here_only else None,
        )
        await work.changes.keep(change)
        return change

    async def undo(self, actor: Actor, change_id: str) -> Reply:
        """Make a setting what it was before a change, unless it was changed again since."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            change = await work.changes.get(ChangeId(change_id))
            if change is None or not concerns(change, space) or change.kind not in self._kinds:
                raise Refusal(
                    "change.unknown", "I do not know that change any more. /kindling audit lists what there is."
                )
            await work.changes.hold(space.community)
            now = await self._kinds[change.kind].state(work, space.community, change.subject)
            if not same(now, change.after):
                raise Refusal(
                    "change.overtaken",
                    "This was changed again since, so taking it back would undo more than you see. /kindling audit "
                    "shows what was changed when.",
                )
            back = await self._put_back(work, actor, change)
            await work.commit()
        self._nudge()
        if back is None:
            return Reply(note("Nothing to take back", "It is like that already.", emoji="↩️"), replace=True)
        lines = (sentence(self.words(back)),)
        return Reply(note("Taken back", *lines, choices=(undoing(back),), emoji="↩️"), replace=True)

    def words(self, change: Change) -> str:
        """A change in words that go on a line."""
        kind, said = self._kinds.get(change.kind), "something was changed"
        with suppress(*UNREADABLE):
            said = kind.told(change.before, change.after) if kind else said
        return said

    def listed(self, change: Change) -> str:
        """A change in words, with its code, as the audit log lists it."""
        return f"{self.words(change)} ({change.kind})"

    async def can_undo(self, work: UnitOfWork, change: Change) -> bool:
        """Whether a setting still is what a change made of it."""
        kind = self._kinds.get(change.kind)
        return kind is not None and same(await kind.state(work, change.community, change.subject), change.after)

    async def _put_back(self, work: UnitOfWork, actor: Actor, change: Change) -> Change | None:
        here_only = change.space is not None
        try:
            return await self.change(work, actor, change.kind, change.subject, change.before, here_only=here_only)
        except UNREADABLE as error:
            log.warning("change.unreadable", kind=change.kind, change=change.id, what=str(error))
            raise Refusal(
                "change.unreadable",
                "That was kept by another version of me, and I cannot make it what it was. /kindling settings shows "
                "how it is now.",
            ) from error

    async def _member(self, work: UnitOfWork, actor: Actor) -> MemberId:
        member = await work.communities.member(actor.person)
        if member is None:
            raise LookupError("a space that was just held is unknown")
        return member


def must_match(seen: str | None, mark: str) -> None:
    """Raise `ChangedMeanwhile` where what somebody was shown is different by now; `seen` is the mark it had.

    A form or a button that was sent by hand and names no mark is refused as well. None is for what nobody was shown
    first, such as a command.
    """
    if seen is not None and seen != mark:
        raise ChangedMeanwhile


def concerns(change: Change, space: Space) -> bool:
    """Whether the moderators of a space may read a change, and take it back."""
    return change.community == space.community and change.space in {None, space.id}


def sentence(words: str) -> str:
    """A change in words, as a sentence of its own."""
    return f"{words[:1].upper()}{words[1:]}."


def undoing(change: Change) -> Choice:
    """The button that takes a change back."""
    return Choice("Undo", Action("undo", change.id), emoji="↩️")

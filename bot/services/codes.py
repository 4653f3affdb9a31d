"""Codes that are good once and for ten minutes: made in one space, entered in another."""

from collections import Counter

from bot.domain.errors import Refusal
from bot.domain.ids import SpaceId
from bot.domain.linking import (
    GOOD_FOR,
    TO_CONFIRM,
    WRONG_IN_SPACE,
    WRONG_OF_ONE,
    WRONG_WITHIN,
    LinkCode,
    Purpose,
    digest_of,
    grouped,
    new_code,
)
from bot.ports import Clock, Storage, UnitOfWork

_COMMANDS = {Purpose.SPACES: "/kindling link", Purpose.ACCOUNTS: "/kind link"}


class Codes:
    """Only a digest of a code is kept, and guessing is slow."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def make(self, work: UnitOfWork, purpose: Purpose, space: SpaceId, user: str) -> str:
        """A fresh code as it is shown, this once. The caller commits."""
        code = new_code()
        expires_at = self._clock.now() + GOOD_FOR
        await work.links.put_code(LinkCode(digest_of(code), purpose, space, user, expires_at))
        return grouped(code)

    async def entered(self, work: UnitOfWork, purpose: Purpose, space: SpaceId, user: str, typed: str) -> LinkCode:
        """The code that somebody entered in a space and that may still be used there. Refuses what is none.

        Commits when it refuses: what was wrong is counted.
        """
        now = self._clock.now()
        wrong = Counter(await work.links.wrong_since(space, now - WRONG_WITHIN))
        # Members, whom anybody can be, do not keep moderators from linking: these are counted one by one.
        of_all = wrong.total() if purpose is Purpose.ACCOUNTS else 0
        if wrong[user] >= WRONG_OF_ONE or of_all >= WRONG_IN_SPACE:
            raise Refusal(
                "link.too_many_wrong",
                "Several codes did not fit, so none can be entered here for a while. Please try again in an hour, with "
                "a fresh code.",
            )
        code = await work.links.code(digest_of(typed))
        if code is None:
            await work.links.wrong(space, user, now)
            await work.commit()
            raise Refusal(
                "link.unknown",
                f"I do not know that code. Please look at it once more; {_COMMANDS[purpose]} in the other place makes "
                "a fresh one.",
            )
        self.fits(code, purpose, space)
        return code

    def fits(self, code: LinkCode, purpose: Purpose, space: SpaceId) -> None:
        """Refuse a code that cannot be used in a space, or not any more."""
        if code.purpose is not purpose:
            raise Refusal(
                "link.other_purpose",
                f"That code is for something else. Please enter it with {_COMMANDS[code.purpose]}.",
            )
        if code.space == space:
            raise Refusal("link.itself", "That code was made here. It is for the other place: please enter it there.")
        if code.used_at is not None and code.used_in != space:
            raise Refusal("link.used", "That code was used already, and each is good once. Please ask for a fresh one.")
        if code.used_at is None and code.expired(self._clock.now()):
            raise Refusal(
                "link.expired", "That code was good for ten minutes, and they are over. Please ask for a fresh one."
            )

    async def tidy(self) -> None:
        """Forget codes that nobody can use or answer any more, and wrong ones that do not count any more."""
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            await work.links.forget(now - GOOD_FOR - TO_CONFIRM, now - WRONG_WITHIN)
            await work.commit()

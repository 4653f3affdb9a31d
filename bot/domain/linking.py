"""Linking: two spaces that share one wall, or two accounts of one person, by a code that is good once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from secrets import choice
from typing import Self

from bot.domain.ids import CommunityId, SpaceId

ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
"""Without signs that are read as one another: 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B."""
LENGTH = 8
GROUP = 4
GOOD_FOR = timedelta(minutes=10)
TO_CONFIRM = timedelta(days=1)
"""How long the place that made a code can answer after the other one agreed."""
WRONG_WITHIN = timedelta(hours=1)
WRONG_OF_ONE, WRONG_IN_SPACE = 5, 20
"""How many wrong codes one person, and all members of one space together, may enter within that time."""


class Purpose(StrEnum):
    """What a code links."""

    SPACES = "spaces"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A code, of which only a digest is kept, and what became of it.

    `by` is the user who made it in `space`. It is used once, by the user `used_by` in the space `used_in`; `done_at`
    is when what it was for was done, or declined.
    """

    digest: str
    purpose: Purpose
    space: SpaceId
    by: str
    expires_at: datetime
    used_at: datetime | None = None
    used_in: SpaceId | None = None
    used_by: str = ""
    done_at: datetime | None = None

    def expired(self, now: datetime) -> bool:
        """Whether it is too late to enter it."""
        return now >= self.expires_at

    def used(self, space: SpaceId, user: str, at: datetime) -> Self:
        """Used by somebody in another space."""
        return replace(self, used_at=at, used_in=space, used_by=user)

    def waits(self, now: datetime) -> bool:
        """Whether it waits for the answer of the place that made it."""
        return self.used_at is not None and self.done_at is None and now < self.used_at + TO_CONFIRM


@dataclass(frozen=True, slots=True)
class Link:
    """A space that shares the wall of another community since `at`. `home` is the community that it returns to.

    `host` is the space that made the code; `by` entered it, and `confirmed_by` confirmed it in the host: users who are
    told what becomes of the link.
    """

    space: SpaceId
    home: CommunityId
    host: SpaceId
    at: datetime
    by: str
    confirmed_by: str


def new_code() -> str:
    """A fresh code as it is kept in mind: eight signs, nobody can guess which."""
    return "".join(choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """A code as it is shown: `ACDE-FGHJ`."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def digest_of(typed: str) -> str:
    """The digest of a code as somebody typed it, in any case and however it is grouped."""
    code = "".join(sign for sign in typed.upper() if sign.isalnum())
    return blake2b(code.encode(errors="replace"), digest_size=16, person=b"kindling link").hexdigest()

"""What the moderators' pages need to be kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.desk import Session, SignIn
from bot.domain.ids import SpaceId


class Visits(Protocol):
    """Links that let somebody in once, and the sessions that follow them."""

    async def put_link(self, link: SignIn) -> None:
        """Keep a link. One of the same person in the same space that was not used is none any more."""
        ...

    async def link(self, key_hash: str) -> SignIn | None:
        """The link whose key has this hash, if it was not used."""
        ...

    async def use_link(self, key_hash: str) -> bool:
        """Whether it was there still; it is not from now on."""
        ...

    async def begin(self, session: Session) -> None:
        """Keep a new session."""
        ...

    async def session(self, token_hash: str) -> Session | None:
        """The session whose token has this hash, ended by itself or not."""
        ...

    async def of(self, space: SpaceId, user: str) -> Sequence[Session]:
        """A person's sessions for a space, the one used last first."""
        ...

    async def seen(self, token_hash: str, at: datetime) -> None:
        """A session was used."""
        ...

    async def end(self, token_hash: str) -> None:
        """End a session; one that is gone already counts as ended."""
        ...

    async def end_all(self, space: SpaceId, user: str) -> None:
        """End a person's sessions for a space, and the links that would begin another."""
        ...

    async def forget(self, links_before: datetime, unused_since: datetime, began_before: datetime) -> None:
        """Drop links that expired before an instant, and sessions last used, or begun, before one."""
        ...

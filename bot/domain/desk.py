"""The desk: moderators' pages in the browser. A link lets one person in once, and a session follows it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ids import SpaceId
from bot.domain.places import Actor

LINK_GOOD_FOR = timedelta(minutes=10)
UNUSED_FOR = timedelta(hours=12)
AT_MOST = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was used last: a page that is loaded need not write each time."""
LOOKS_A_MINUTE = 240
"""How often one person may come within a minute: each time their platform is asked, whose answers all places share."""
SESSIONS_OF_ONE = 10
"""One more ends the one that was used longest ago."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A link that lets the person in who asked for it, once. Only its key's hash is kept.

    `channel` is where they asked.
    """

    key_hash: str
    space: SpaceId
    user: str
    channel: str
    expires_at: datetime

    def expired(self, now: datetime) -> bool:
        """Whether it is too late to use it."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one person, for one space. Only its token's hash is kept.

    It says who comes; whether they may do anything is asked of the platform each time.
    """

    token_hash: str
    space: SpaceId
    user: str
    channel: str
    began_at: datetime
    seen_at: datetime

    def over(self, now: datetime) -> bool:
        """Whether it ended by itself: nobody used it for a while, or it is as old as one gets."""
        return now >= min(self.seen_at + UNUSED_FOR, self.began_at + AT_MOST)

    def stale(self, now: datetime) -> bool:
        """Whether it is worth keeping that it is used at this moment."""
        return now >= self.seen_at + SEEN_EVERY


class Turned(StrEnum):
    """Why somebody is not let in at the desk."""

    UNKNOWN = "unknown"
    """There is no such link or session (any more)."""
    NO_MODERATOR = "no_moderator"
    """The platform says that this person may not moderate there at this moment."""
    OFTEN = "often"
    """This person came so often within a minute that their platform is not asked again before the next one."""
    UNTOLD = "untold"
    """The platform cannot be asked at this moment."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the desk, who may moderate at this moment. `space` is whose desk it is, and no platform's id."""

    actor: Actor
    space: SpaceId


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a link that was used gives: the session's token, which is told once, and who came."""

    token: str = field(repr=False)
    visitor: Visitor

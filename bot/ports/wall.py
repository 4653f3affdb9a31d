"""What the core needs of the storage for the wall: acts and their copies, recaps, rules, links and pages."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.ids import (
    ActId,
    CommunityId,
    CopyId,
    DeliveryId,
    MemberId,
    SpaceId,
)
from bot.domain.linking import Link, LinkCode
from bot.domain.pages import OpenWall
from bot.domain.recap import Recap
from bot.domain.wall import Act, ActCopy, ActPicture, Decision, Reading, Wall, WallPlace, Warmth


class Acts(Protocol):
    """What people put on the wall, or keep for themselves."""

    async def get(self, act: ActId) -> Act | None: ...

    async def save(self, act: Act) -> None:
        """Add or change. What is on the wall is found by its words from now on, and nothing else is."""
        ...

    async def erase(self, act: ActId) -> None:
        """Remove an act with its words, everything that was felt about it, and what its author decided; of what
        moderators decided the code alone stays. Its copies are removed by `stir`."""
        ...

    async def illustrate(self, picture: ActPicture) -> None:
        """Keep the picture of an act, in the place of the one it had. It goes with the act."""
        ...

    async def unillustrate(self, act: ActId) -> None:
        """Forget the picture of an act, if it has one."""
        ...

    async def picture(self, mark: str) -> ActPicture | None:
        """The picture that has this mark."""
        ...

    async def growing(self, among: Collection[ActId]) -> Sequence[Act]:
        """Those of these whose words of warmth can still grow, held until the unit of work ends."""
        ...

    async def warm(self, act: ActId, warmth: Warmth) -> None:
        """Have words of warmth said of an act."""
        ...

    async def of_author(self, accounts: Collection[MemberId], limit: int, beyond: str = "") -> Sequence[Act]:
        """Everything of one author, who has these accounts, but drafts, newest first."""
        ...

    async def page(self, reading: Reading, limit: int, beyond: Act | None = None) -> Sequence[Act]:
        """What is on the wall as somebody reads it, after the act that they have read."""
        ...

    async def read(self, act: ActId) -> None:
        """Count that it was read."""
        ...

    async def waiting(self, community: CommunityId, space: SpaceId, limit: int, beyond: str = "") -> Sequence[Act]:
        """What waits for the moderators of a space, oldest first."""
        ...

    async def on_wall(self, community: CommunityId, limit: int, beyond: str = "") -> Sequence[Act]:
        """Everything on a wall, oldest first."""
        ...

    async def shared(
        self, community: CommunityId, space: SpaceId, since: datetime, until: datetime, limit: int
    ) -> Sequence[Act]:
        """What is shown in a space and came on the wall from one instant on and before another, oldest first."""
        ...

    async def named_across(self, space: SpaceId) -> Sequence[Act]:
        """Acts of a space that name somebody of another one, and acts of others that name somebody of it."""
        ...

    async def thin_drafts(self, accounts: Collection[MemberId], most: int) -> None:
        """Drop the oldest drafts of one author, who has these accounts, beyond so many."""
        ...

    async def agreed(self, limit: int, beyond: str = "") -> Sequence[Act]:
        """Everything in which somebody agreed to be named, by id."""
        ...

    async def unasked(self, limit: int, beyond: str = "") -> Sequence[ActId]:
        """What is on a wall and names somebody who was not asked so far, by id."""
        ...

    async def forget_drafts(self, before: datetime) -> int:
        """Drop what nobody put on the wall since it was written before an instant; returns how many."""
        ...


class ActCopies(Protocol):
    """The messages that show acts, and what is to be done about them."""

    async def of_act(self, act: ActId) -> Sequence[ActCopy]: ...

    async def get(self, copy: CopyId) -> ActCopy | None: ...

    async def put(self, fresh: Iterable[ActCopy]) -> None:
        """Keep new copies; where an act has one in a space already, that is left as it is."""
        ...

    async def stir(self, act: ActId, at: datetime) -> None:
        """The act has changed, or is gone: each of its copies is to be looked at."""
        ...

    async def stir_apart(self, space: SpaceId, at: datetime) -> None:
        """A space parts from others: each copy there of an act from elsewhere, and elsewhere of an act from there, is
        to be looked at."""
        ...

    async def refresh(self, acts: Collection[ActId], at: datetime) -> None:
        """Something was felt about acts: copies that are there are to be looked at, each once a `REFRESH` at most."""
        ...

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[ActCopy]:
        """Take copies that something is to be done about, until `now + lease`, those that wait longest first."""
        ...

    async def keep(self, copy: ActCopy) -> bool:
        """Keep the state of a copy whose claim still holds, and go on holding it; whether it did."""
        ...

    async def settle(self, copy: ActCopy, again: datetime | None, now: datetime) -> bool:
        """Keep the state of a copy whose claim still holds, and give it back; whether it did.

        It is looked at again at `again`, or now where something has happened to its act since it was claimed. What
        `rebuild` has taken out of its way meanwhile stays out of it.
        """
        ...

    async def remove(self, copy: ActCopy) -> bool:
        """Forget a copy whose claim still holds."""
        ...

    async def change(self, copy: ActCopy, at: datetime) -> None:
        """Keep a new state of a copy, whoever holds it, and look at it."""
        ...

    async def rebuild(self, copies: Collection[CopyId], at: datetime) -> None:
        """Have copies brought to what they shall be, whatever stood in the way. What is shown is not taken for granted,
        and a message that is gone is sent anew."""
        ...

    async def try_again(self, space: SpaceId, at: datetime) -> None:
        """The same for whatever has stopped in a space and has a message there."""
        ...

    async def doubt(self, at: datetime) -> None:
        """The database was put back to what it was: messages that are known may be gone or show something else by now,
        and each is to be looked at. What was about to be sent may be there, so it is not sent by itself."""
        ...

    async def sent_since(self, platform: str, since: datetime) -> Sequence[ActCopy]:
        """Copies of a platform that are there and were sent at or after an instant."""
        ...

    async def stuck(self, space: SpaceId) -> Sequence[str]:
        """Why copies in a space have stopped; each reason once."""
        ...

    async def any_stuck(self, space: SpaceId, code: str) -> bool:
        """Whether a copy in a space has stopped for this reason."""
        ...


class Recaps(Protocol):
    """Recaps that were written, and which of them are to be looked at again."""

    async def get(self, delivery: DeliveryId) -> Recap | None: ...

    async def save(self, recap: Recap, at: datetime | None = None) -> None:
        """Add or change; it is looked at again at `at`, or not before something happens to an act of its week."""
        ...

    async def stir(self, community: CommunityId, came_at: datetime, at: datetime) -> None:
        """An act that came on the wall at an instant has changed, or is gone: the recaps of that week are looked at."""
        ...

    async def stir_apart(self, space: SpaceId, community: CommunityId, at: datetime) -> None:
        """A space has parted from a community: its recaps, and those of the community, are looked at."""
        ...

    async def stir_in(self, space: SpaceId, at: datetime) -> None:
        """Have the recaps of a space looked at."""
        ...

    async def claim(self, platform: str, now: datetime, until: datetime, limit: int) -> Sequence[Recap]:
        """Take recaps that are to be looked at. Nobody else gets them before `until`, unless they are stirred."""
        ...

    async def settle(self, recap: Recap, held_until: datetime, again: datetime | None) -> bool:
        """Keep how a claimed recap stands, unless it was stirred meanwhile; whether it was not."""
        ...

    async def forget(self, delivery: DeliveryId) -> None:
        """There is no such recap any more."""
        ...


class Walls(Protocol):
    """What moderators decided about walls, and what was decided about each act."""

    async def get(self, community: CommunityId) -> Wall: ...

    async def save(self, wall: Wall) -> None: ...

    async def place(self, space: SpaceId) -> WallPlace | None:
        """The channel that was chosen for a space's wall, if one was."""
        ...

    async def save_place(self, place: WallPlace) -> None: ...

    async def forget_place(self, space: SpaceId) -> None:
        """Nobody chose a channel for this space's wall: it follows the morning cards."""
        ...

    async def block(self, decision: Decision, member: MemberId) -> None:
        """Nothing of a member comes on the wall any more; the decision is about the act that led to it."""
        ...

    async def blocked_for(self, community: CommunityId, act: ActId) -> MemberId | None:
        """Who was blocked because of an act, which may be gone since; None where they are not (any more)."""
        ...

    async def unblock(self, community: CommunityId, member: MemberId) -> bool:
        """Whoever has this account may use the wall again, with all their accounts; whether they could not before."""
        ...

    async def blocked(self, community: CommunityId, member: MemberId) -> bool:
        """Whether a member is blocked, or another account of the same person."""
        ...

    async def report(self, decision: Decision, member: MemberId) -> None:
        """A member asks the moderators to look at an act, for the first time or again."""
        ...

    async def reported_at(self, act: ActId, member: MemberId) -> datetime | None:
        """When a member asked about an act last, whether or not that is dealt with."""
        ...

    async def reports_by(self, member: MemberId, since: datetime) -> int:
        """About how many acts a member has asked since an instant, whether or not that is dealt with."""
        ...

    async def forget_reports(self, before: datetime) -> None:
        """Forget who asked about what was dealt with before an instant."""
        ...

    async def reported(self, community: CommunityId, space: SpaceId, limit: int) -> Sequence[ActId]:
        """Acts on the wall with open reports that the moderators of a space look after, those that wait longest
        first."""
        ...

    async def is_reported(self, act: ActId) -> bool: ...

    async def settle_reports(self, act: ActId, at: datetime) -> None:
        """The reports about an act are dealt with."""
        ...

    async def decide(self, decision: Decision) -> None:
        """Write a decision down."""
        ...

    async def decided(self, subject: str, limit: int = 20) -> Sequence[Decision]:
        """What was decided about something, newest first."""
        ...

    async def by_moderators(
        self, community: CommunityId, space: SpaceId, limit: int, beyond: str = ""
    ) -> Sequence[Decision]:
        """What moderators decided, newest first; not about acts that are another space's alone."""
        ...


class Links(Protocol):
    """Codes that link, and the spaces that are linked."""

    async def put_code(self, code: LinkCode) -> None:
        """Keep a new code. Whoever made it has no other one for the same purpose that is not used."""
        ...

    async def code(self, digest: str) -> LinkCode | None: ...

    async def use(self, code: LinkCode) -> bool:
        """Keep that a code was used; False when it was before, by whomever."""
        ...

    async def finish(self, code: LinkCode, at: datetime) -> bool:
        """Keep that what a code was for was done or declined; False when it was before."""
        ...

    async def unanswered(self, space: SpaceId) -> Sequence[LinkCode]:
        """Codes of a space that were used and not answered, oldest first."""
        ...

    async def wrong(self, space: SpaceId, user: str, at: datetime) -> None:
        """Keep that somebody entered a wrong code."""
        ...

    async def wrong_since(self, space: SpaceId, since: datetime) -> Sequence[str]:
        """Who entered wrong codes in a space after an instant, once for each.

        Held against others who enter codes there: nobody guesses more often by guessing many at once.
        """
        ...

    async def forget(self, codes_before: datetime, wrong_before: datetime) -> None:
        """Drop codes that expired, and what was wrong, before these instants."""
        ...

    async def of(self, space: SpaceId) -> Link | None:
        """What a space is linked by, while it shares the wall of another community."""
        ...

    async def guests(self, community: CommunityId) -> Sequence[Link]:
        """The spaces that share a community's wall and have another home, those that came first before others."""
        ...

    async def save(self, link: Link) -> None: ...

    async def remove(self, space: SpaceId) -> None: ...

    async def move(self, space: SpaceId, community: CommunityId, *, only_here: bool) -> None:
        """A space belongs to a community from now on, with every act that was written there and all about these acts.

        With `only_here` they are meant for no other space, whatever they were meant for before. Its schedules stay.
        What was changed of the space alone goes along. What its members suggested goes only home, where nobody has
        looked at it so far: linking shows nothing elsewhere. Their wishes in votes go nowhere.
        """
        ...


class People(Protocol):
    """Which members are accounts of one person, because that person said so."""

    async def accounts(self, member: MemberId, community: CommunityId) -> frozenset[MemberId]:
        """A member, and the other accounts of the same person in a community."""
        ...

    async def persons(self, wanted: Collection[MemberId]) -> Mapping[MemberId, str]:
        """Who each of these members is: accounts of one person have the same."""
        ...

    async def same(self, one: MemberId, other: MemberId) -> None:
        """Two members are accounts of one person, with whatever accounts either has already."""
        ...

    async def part(self, member: MemberId) -> bool:
        """A member stands for themselves again; whether they did not. A block that held for the person stays."""
        ...

    async def part_all(self) -> frozenset[SpaceId]:
        """Every member stands for themselves again; the spaces of those who did not. Blocks stay in the same way."""
        ...


class OpenWalls(Protocol):
    """The walls' pages on the web, each as long as it is open."""

    async def get(self, space: SpaceId) -> OpenWall | None:
        """The page of a space, if it is open."""
        ...

    async def of_key(self, key_hash: str) -> OpenWall | None:
        """The page whose key has this hash, if there is one."""
        ...

    async def save(self, wall: OpenWall) -> None:
        """Open it, or change it: whatever key it had leads nowhere from now on."""
        ...

    async def close(self, space: SpaceId) -> bool:
        """Whether it was open."""
        ...

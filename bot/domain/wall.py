"""The wall: acts, and the copies that show them.

The act is the truth. A copy is the chat message that shows it in one space; what a copy shows follows from the act
alone, so a copy can be written anew, or removed, at any time and from any state.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from bot.domain.community import Space
from bot.domain.ids import ActId, CommunityId, CopyId, MemberId, SpaceId
from bot.domain.packs import Circle
from bot.domain.places import MessageRef, Place

ACT_LIMIT = 600
"""Characters of an act's text."""
NAME_LIMIT = 80
ALT_LIMIT = 300
"""Characters of the words for those who do not see a picture."""
REASON_LIMIT = 200
SILENT = timedelta(minutes=10)
"""How long after it came on the wall an act can be changed without the change being told."""
REFRESH = timedelta(minutes=1)
"""How often at most what people felt is brought to a copy."""
FEW, MANY = 4, 10
"""From how many people on it is said that a few, and that many, felt something. Whoever looks may be one of them:
besides them there are three, and of fewer than three others nobody is ever told."""


class Telling(StrEnum):
    """How the author tells of a kindness. All are of equal worth."""

    DID = "did"
    RECEIVED = "received"
    NOTICED = "noticed"


class ShownAs(StrEnum):
    """As whom the author is shown."""

    NAME = "name"
    SOMEONE = "someone"
    ME = "me"
    """To the author only: the act is on nobody's wall."""


class Audience(StrEnum):
    """In which of the community's spaces an act is shown."""

    HERE = "here"
    BOTH = "both"


class Standing(StrEnum):
    """Where an act stands. Only one that is `SHOWN` is on the wall."""

    DRAFT = "draft"
    """Written, and seen by its author only, who has not put it on the wall yet."""
    WAITING = "waiting"
    """For a moderator to look at it."""
    RETURNED = "returned"
    """A moderator asks its author to change something."""
    SHOWN = "shown"
    PRIVATE = "private"
    """Kept for its author only."""
    HIDDEN = "hidden"
    """By a moderator, with a reason."""


class Consent(StrEnum):
    """Whether somebody whom an author names agrees to be named."""

    UNASKED = "unasked"
    ASKED = "asked"
    YES = "yes"
    NO = "no"


class Warmth(StrEnum):
    """What is said of how many felt something about an act."""

    UNSAID = ""
    FEW = "few"
    MANY = "many"

    @property
    def words(self) -> str:
        """As people read it; empty while nothing is said."""
        return f"{'A few' if self is Warmth.FEW else 'Many'} of you felt this." if self else ""


class Rule(StrEnum):
    """What it takes for an act to come on the wall."""

    OPEN = "open"
    REVIEW = "review"
    CHOSEN = "chosen"
    """Only chosen people put acts there, and people with chosen roles."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What a community's moderators decided about its wall. `words` are refused in acts, whole and in any case.

    `chosen` are the platform's ids of roles and people who may put acts there, where only those may.
    """

    community: CommunityId
    rule: Rule = Rule.OPEN
    links: bool = False
    words: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()

    def open_to(self, user: str, roles: Collection[str]) -> bool:
        """Whether somebody with these roles may put acts on it."""
        return self.rule is not Rule.CHOSEN or not {user, *roles}.isdisjoint(self.chosen)


@dataclass(frozen=True, slots=True)
class WallPlace:
    """The channel of a space that its wall is shown in, empty for none, and who chose it."""

    space: SpaceId
    channel: str
    set_up_by: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about something: a `code`, and a moderator's reason in `detail` where there is one.

    `by` is the moderator's member id; empty where nobody but its author, or a rule, decided.
    """

    id: str
    community: CommunityId
    subject: str
    code: str
    at: datetime
    by: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody put on the wall, or is about to, or keeps for themselves.

    `space` is where it was written; `name` is how its author chose to be shown, kept with this act only. `reason` is
    a moderator's, for an act that is hidden or returned. `seen` counts how often it was read, so that what was read
    least is shown first; nobody is ever told that number. `named` is a member whom the author names; `named_as` is how
    they are called there, empty until they agree. `picture` is the mark of its picture, empty without one, and `alt`
    the words for those who do not see it. `warmth` is what was felt about it so far, and never goes back.
    """

    id: ActId
    community: CommunityId
    space: SpaceId
    author: MemberId
    telling: Telling
    text: str
    created_at: datetime
    circle: Circle | None = None
    shown_as: ShownAs = ShownAs.SOMEONE
    name: str = ""
    audience: Audience = Audience.HERE
    standing: Standing = Standing.DRAFT
    reason: str = ""
    published_at: datetime | None = None
    edited_at: datetime | None = None
    seen: int = 0
    named: MemberId | None = None
    named_as: str = ""
    consent: Consent = Consent.UNASKED
    picture: str = ""
    alt: str = ""
    warmth: Warmth = Warmth.UNSAID

    @property
    def said(self) -> tuple[str, str, str]:
        """What its author says with it: other words, or another picture, are looked at and agreed to anew."""
        return self.text, self.picture, self.alt

    @property
    def on_wall(self) -> bool:
        """Whether people besides its author see it."""
        return self.standing is Standing.SHOWN

    @property
    def by(self) -> str:
        """The name it is shown under; empty for somebody unnamed."""
        return self.name if self.shown_as is ShownAs.NAME else ""

    @property
    def edited(self) -> bool:
        """Whether people are told that it was changed after it had been on the wall for a while."""
        return bool(self.published_at and self.edited_at and self.edited_at - self.published_at > SILENT)

    @property
    def addressed_at(self) -> datetime:
        """When its author last said in which places it is to be shown."""
        return self.edited_at or self.created_at

    def meant_for(self, space: Space) -> bool:
        """Whether it was written in a space, or for it too: by linking alone nothing comes to another place."""
        if space.id == self.space:
            return True
        linked = space.community == self.community and self.addressed_at >= (space.linked_at or self.addressed_at)
        return linked and self.audience is Audience.BOTH

    def shown_in(self, space: Space) -> bool:
        """Whether a copy of it belongs into a space."""
        return self.on_wall and self.meant_for(space)

    def readable_by(self, accounts: Collection[MemberId], space: Space) -> bool:
        """Whether somebody in a space may read it, who has these accounts."""
        return self.author in accounts or self.shown_in(space)

    def overseen_from(self, space: Space) -> bool:
        """Whether the moderators of a space may read it: what is, was, or is to be shown there. What its author keeps
        is nobody else's."""
        known = self.standing not in {Standing.DRAFT, Standing.PRIVATE}
        return known and self.meant_for(space)

    def legible_from(self, space: Space) -> bool:
        """Whether the moderators of a space may read its words. What they have hidden, and its author has kept since,
        they can only let go."""
        return self.overseen_from(space) and self.shown_as is not ShownAs.ME

    def felt_by(self, people: int) -> Self:
        """So many feel something about it at this moment. Words that were said once stay: by their coming and going
        somebody could learn how many others there are."""
        if self.warmth is Warmth.MANY or people < FEW:
            return self
        return replace(self, warmth=Warmth.MANY if people >= MANY else Warmth.FEW)

    def put_up(self, at: datetime, rule: Rule) -> Self:
        """Its author puts it on the wall, or keeps it; where a moderator looks first, it waits for that.

        What a moderator has hidden stays hidden.
        """
        if self.standing is Standing.HIDDEN:
            return self
        if self.shown_as is ShownAs.ME:
            return replace(self, standing=Standing.PRIVATE, reason="")
        if rule is Rule.REVIEW and not self.on_wall:
            return replace(self, standing=Standing.WAITING, reason="")
        return self.approved(at)

    def restored(self, at: datetime, rule: Rule) -> Self:
        """No longer hidden: on the wall again, unless its author wants it for themselves by now. Where a moderator
        looks first, what none has let on the wall waits for that."""
        if self.shown_as is ShownAs.ME:
            return self.kept_private()
        if rule is Rule.REVIEW and self.published_at is None:
            return replace(self.held_back(), reason="")
        return self.approved(at)

    def taken_down(self) -> Self:
        """Its author takes it off the wall. What a moderator has hidden stays hidden, and comes back for its author
        only."""
        if self.standing is Standing.HIDDEN:
            return replace(self, shown_as=ShownAs.ME, name="")
        return self.kept_private()

    def approved(self, at: datetime) -> Self:
        """On the wall from now on."""
        return replace(self, standing=Standing.SHOWN, reason="", published_at=self.published_at or at)

    def changed(self, other: "Act", at: datetime) -> Self:
        """With another's words, as its author wrote them anew. Whoever agreed to be named did so for those before."""
        asked_anew = self.to_ask_anew() if other.said != self.said else self
        return replace(
            asked_anew,
            telling=other.telling,
            text=other.text,
            circle=other.circle,
            shown_as=other.shown_as,
            name=other.name,
            audience=other.audience,
            picture=other.picture,
            alt=other.alt,
            edited_at=at,
        )

    def naming(self, member: MemberId | None) -> Self:
        """With a member named by its author, as soon as they agree; or with nobody."""
        if member == self.named:
            return self
        return replace(self, named=member).to_ask_anew()

    def to_ask_anew(self) -> Self:
        """Whoever is named is nobody known again, until they are asked (again) and agree."""
        return replace(self, named_as="", consent=Consent.UNASKED)

    def asked(self) -> Self:
        """Whoever is named has been asked."""
        return replace(self, consent=Consent.ASKED)

    def agreed(self, name: str) -> Self:
        """Whoever is named agrees, and is called so."""
        return replace(self, consent=Consent.YES, named_as=name[:NAME_LIMIT])

    def declined(self) -> Self:
        """Whoever is named would rather not be, or not any more."""
        return replace(self, consent=Consent.NO, named_as="")

    def kept_private(self, reason: str = "") -> Self:
        """Off the wall, and kept for its author only."""
        return replace(self, standing=Standing.PRIVATE, reason=reason[:REASON_LIMIT])

    def held_back(self) -> Self:
        """Off the wall, until a moderator has looked at it."""
        return replace(self, standing=Standing.WAITING)

    def returned(self, reason: str) -> Self:
        """A moderator asks its author for a change."""
        return replace(self, standing=Standing.RETURNED, reason=reason[:REASON_LIMIT])

    def hidden(self, reason: str) -> Self:
        """Off the wall, by a moderator. Words that none of them has let on the wall count as never published."""
        published_at = None if self.standing in {Standing.WAITING, Standing.RETURNED} else self.published_at
        return replace(self, standing=Standing.HIDDEN, reason=reason[:REASON_LIMIT], published_at=published_at)


@dataclass(frozen=True, slots=True)
class ActPicture:
    """The picture of an act, as it is shown. Its `mark` is drawn by lot for each picture, so nobody can guess it."""

    act: ActId
    mark: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ActCopy:
    """The message that shows an act in one space, or shall show it, or did.

    `shown` is the digest of the card that the message shows, empty while there is none; `key` is what the message was
    sent with, new for each message. `next_at` is when something is to be done about it, None while there is nothing.
    `version` counts what has happened to the act, and `felt` tells that something was felt about it: whoever carries
    something out sees by them whether more has happened meanwhile. `doubt`: a message with `key` may be there although
    nobody knows of it; or the message, which is known from a backup, may be gone. `stuck` is why nothing is tried, or
    empty.
    """

    id: CopyId
    act: ActId
    space: SpaceId
    place: Place
    key: str = ""
    message: str = ""
    shown: str = ""
    version: int = 0
    next_at: datetime | None = None
    claim: str = ""
    attempts: int = 0
    doubt: bool = False
    felt: bool = False
    stuck: str = ""
    sent_at: datetime | None = None
    refreshed_at: datetime | None = None

    @property
    def ref(self) -> MessageRef | None:
        """The message, while there is one."""
        return MessageRef(self.place, self.message) if self.message else None

    def held(self, now: datetime) -> bool:
        """Whether somebody is at work on it."""
        return bool(self.claim) and self.next_at is not None and self.next_at > now

    def sending(self, key: str, at: datetime, place: Place) -> Self:
        """About to be sent anew: from now on a crash leaves a doubt."""
        return replace(self, key=key, place=place, doubt=True, sent_at=at, attempts=self.attempts + 1)

    def appeared(self, ref: MessageRef, digest: str, at: datetime) -> Self:
        """Its message is there, showing a card of this digest."""
        return replace(
            self,
            place=ref.place,
            message=ref.message,
            shown=digest,
            doubt=False,
            attempts=0,
            stuck="",
            refreshed_at=at,
        )

    def vanished(self, stuck: str = "") -> Self:
        """Its message is not there, or not any more."""
        return replace(self, message="", shown="", doubt=False, stuck=stuck)

    def stopped(self, code: str) -> Self:
        """Nothing is tried any more, for a reason, until somebody asks for it."""
        return replace(self, stuck=code[:STUCK_LIMIT], attempts=0)


class Order(StrEnum):
    """In which order the wall is read."""

    FAIR = "fair"
    """What was read least comes first."""
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Reading:
    """How somebody reads the wall: from which space of a community, in which order, and only what.

    `sought` are words as `words` gives them; the last may be the beginning of one.
    """

    community: CommunityId
    space: SpaceId
    order: Order = Order.FAIR
    circle: Circle | None = None
    sought: tuple[str, ...] = ()


STUCK_LIMIT = 60
REBUILDING = "rebuilding"
"""A moderator asked for it: if its message is gone, it is sent anew."""
REMOVED_BY_HAND = "removed_by_hand"
"""Somebody deleted the message on the platform: it is not put there again, unless a moderator asks for that."""
UNSURE = "unsure"
"""Nobody can tell whether the message is there: it is not sent again by itself."""

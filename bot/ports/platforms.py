"""What the core needs from a platform. Each docstring says what an implementation promises."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.domain.community import Tone
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Lack, MessageRef, Named, Person, Place, Standing
from bot.domain.reactions import Felt


class Messenger(Protocol):
    """The sending half of an adapter.

    Every method raises only `TryLater`, `Unreachable`, `Unacceptable` or `Uncertain`, and takes at most
    30 seconds. Several workers may call it at once, for the same channel too.
    """

    @property
    def tone(self) -> Tone:
        """What suits groups on this platform unless they choose otherwise."""
        ...

    @property
    def way_out(self) -> str:
        """How people take Kindling out of a space of this platform, in a sentence or two."""
        ...

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post `card`. The message carries `key` so that `find` knows it again, also after a crash.

        Raises `Uncertain` whenever the platform may have posted although no answer arrived.
        """
        ...

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        """The message that was posted with `key` at or after `since`; None when it surely is not there.

        Raises `Uncertain` when the platform does not let us look.
        """
        ...

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        """The one of `keys` that the message at `ref` was sent with.

        None when it carries none of them, when somebody else wrote it, whatever it carries, and when it is gone.
        """
        ...

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        """Make an own message, which was sent with `key`, show `card` instead. It is found by its key still.

        Raises `Gone` when the message was deleted.
        """
        ...

    async def delete(self, ref: MessageRef) -> None:
        """Remove an own message. One that is already gone counts as removed."""
        ...

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        """Pin an own message, and take the pin off `instead_of`. One that is pinned already counts as pinned, and one
        that is not, or is gone, as unpinned.

        Raises `Gone` when the message was deleted, and `Unreachable` where the right to pin is missing.
        """
        ...

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        """Open a place to talk about an own message, under it and nowhere else. One that is there counts as opened.

        `again` says that an earlier call may have got through. Raises `Uncertain` when that cannot be found out: then
        nothing was done, and the platform is not to be asked a second time. Raises `Gone` and `Unreachable` as `pin`.
        """
        ...

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        """What keeps Kindling from doing this with cards that it posts in a channel, and from notifying a role or group
        there, unless that is empty; empty when all is well. Whether it may post there is not asked.
        """
        ...

    async def tell(self, person: Person, card: Card) -> None:
        """Show `card` to one person, privately, outside of any answer to them (a direct message)."""
        ...

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        """The full set of what people put on a message; bots and Kindling itself left out.

        Emoji are in `neutral_emoji` spelling. A message that is gone has no reactions.
        """
        ...

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        """A live test of the rights needed in a channel; empty when all is well."""
        ...

    async def standing(self, person: Person) -> Standing | None:
        """Who somebody is in their space, and whether they may manage it, as the platform says now; never remembered.

        None when they are no member, or not any more, and for whatever is no person. The space has to be there.
        """
        ...

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        """Those of these groups that somebody is in at this moment, where neither `Actor.roles` nor `Standing.roles`
        tell it; never remembered. Ids of anything else are left out, and nobody is asked about them."""
        ...

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, Named]:
        """Who is meant in a space: people, roles and groups by their ids, roles and groups by their names too.

        What is not there, bots and whatever everybody has are left out.
        """
        ...

    async def secluded(self, place: Place) -> bool | None:
        """Whether a channel can be read by some people only; None where the platform does not tell."""
        ...

    async def admission(self, space: str) -> str:
        """What an administrator has to do on the platform so that those whom moderators chose can use the moderators'
        commands, with its steps; empty where nothing is to be done."""
        ...


@runtime_checkable
class NamesChannels(Protocol):
    """A messenger that can say which channels there are, for pages that are not the platform's own."""

    async def channels(self, space: str) -> Sequence[Named]:
        """The channels of a space in which cards may appear, as far as Kindling sees them, in the platform's order.

        Raises as a `Messenger` does.
        """
        ...


class Messengers(Protocol):
    """The adapters that are ready to send, by platform."""

    def get(self, platform: str) -> Messenger | None:
        """The platform's messenger, or None while its adapter is absent or not open."""
        ...

"""Where things are and who acts, in the platform's own ids."""

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """A channel: `platform` (`discord`), `space` (server, workspace or room id), `channel` (its id).

    It is a tuple, as `Planned` is: planning makes one for every card.
    """

    platform: str
    space: str
    channel: str


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message on a platform: the copy, never the truth."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user of a platform inside one space. Holds ids only, no name."""

    platform: str
    space: str
    user: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person who asks for something, as the adapter knows them at this very press.

    `may_moderate` is what the platform says at each command, press and submit, never remembered. Where its event does
    not say who somebody is, an adapter may leave `asked` false: rights, roles, zone and name are unknown then, and the
    front door asks by `standing` for what cannot be done without them.
    `channel` is where they are, `zone` the IANA zone of their profile; both may be empty. `name` is how the platform
    shows them at this moment, and is kept only where an author chooses to be shown by it. `roles` are the platform's
    ids of the groups they are in, where it hands them over; those that everybody has are left out. `chosen`: they may
    moderate because they were chosen to, and not because the platform lets them manage the place. `stranger`: they are
    of another organisation, in a channel that is shared with it; None where the event does not say and nobody asked.
    """

    person: Person
    may_moderate: bool = False
    channel: str = ""
    zone: str = ""
    name: str = ""
    roles: frozenset[str] = frozenset()
    chosen: bool = False
    stranger: bool | None = False
    asked: bool = True

    @property
    def here(self) -> Place:
        """The channel the actor is in."""
        return Place(self.person.platform, self.person.space, self.channel)


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody as the platform knows them at this moment, asked outside of any event. Never kept.

    The parts mean what they mean for an `Actor`.
    """

    may_moderate: bool
    name: str = ""
    zone: str = ""
    roles: frozenset[str] = frozenset()
    stranger: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A person, a role, a group or a channel of a space by its id on the platform, and what it is called there now.

    `group` says that it is a role or a group, which several people may have.
    """

    id: str
    name: str
    group: bool = False


@dataclass(frozen=True, slots=True)
class Lack:
    """A right that is missing in a channel, and the sentence to hand to an administrator. `elsewhere`: there is no such
    channel in the space; there may be one in another."""

    code: str
    sentence: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the operator's doctor: what was tested, whether it holds, and how to mend it."""

    code: str
    good: bool
    sentence: str
    cure: str = ""

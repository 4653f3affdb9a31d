"""Who lives in a room, and where they meet: what a new room begins with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Someone:
    """A person whom one can act as."""

    id: str
    name: str
    moderates: bool = False

    @property
    def role(self) -> str:
        """What the person is here, in a word."""
        return "moderator" if self.moderates else "member"


@dataclass(frozen=True, slots=True)
class Channel:
    """A place to meet. Kindling may write in it only where it is `writable`."""

    id: str
    name: str
    topic: str
    writable: bool = True


PEOPLE = (
    Someone("robin", "Robin"),
    Someone("sam", "Sam"),
    Someone("noor", "Noor"),
    Someone("jonas", "Jonas"),
    Someone("maya", "Maya", moderates=True),
)
"""Five, because what Kindling says of a whole group it says from five people up."""

CHANNELS = (
    Channel("c-kindness", "kindness", "A small kindness a day, together"),
    Channel("c-general", "general", "Everything else"),
    Channel(
        "c-announcements",
        "announcements",
        "Kindling may not write here: a place to see what happens when a right is missing",
        writable=False,
    ),
)

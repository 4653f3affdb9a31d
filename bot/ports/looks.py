"""What can tell how a card looks on a platform."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from bot.domain.looks import Look
from bot.domain.message import Card

NO_CHANNELS: Mapping[str, str] = MappingProxyType({})


@runtime_checkable
class ShowsCards(Protocol):
    """A platform's plugin that can do so. It needs no settings and no connection, and does no work at import."""

    name: str

    @property
    def title(self) -> str:
        """What the platform is called: `Matrix`."""
        ...

    def style(self) -> str:
        """The CSS of all its looks: the same as each of them has."""
        ...

    def look(self, card: Card, *, at: str = "", channels: Mapping[str, str] = NO_CHANNELS) -> Look:
        """The card as everybody is shown it, drawn from the message that would be sent.

        `at` is the time that stands beside it, `channels` the names of those that it speaks of, by id. Raises
        `Unacceptable` for what the platform would not be sent.
        """
        ...

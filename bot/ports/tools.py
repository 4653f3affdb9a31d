"""What the core has made or kept for it outside. Each docstring says what an implementation promises."""

from datetime import date
from typing import Protocol

from bot.domain.days import CalendarFile
from bot.domain.delivery import Delivery


class Painter(Protocol):
    """Makes pictures of drawings."""

    async def paint(self, svg: str) -> bytes:
        """The drawing as PNG; empty where nothing here can make one. Does not hold up the loop, and never raises."""
        ...


class Darkroom(Protocol):
    """Makes pictures that people hand over into ones that can be shown."""

    @property
    def open(self) -> bool:
        """Whether pictures can be taken in here."""
        ...

    async def develop(self, data: bytes) -> bytes:
        """The picture upright and at most 1,280 points long, as PNG or JPEG with nothing in it but its points. Does not
        hold up the loop. Raises `bot.domain.uploads.Unfit`, with a sentence, for what is none."""
        ...


class CalendarFiles(Protocol):
    """Reads calendar files (.ics), whatever is in them."""

    async def read(self, data: bytes, first: date, last: date) -> CalendarFile:
        """The days off between two dates, both with it. Does not hold up the loop, and ends within a minute.
        Raises `CalendarProblem` for what is no calendar, or one that cannot be used.
        """
        ...


class Vault(Protocol):
    """Seals secrets that have to be stored, with the keys that the operator gave, if any."""

    @property
    def keyed(self) -> bool:
        """Whether there is a key. Without one, everything is kept as it is."""
        ...

    def seal(self, secret: str) -> str:
        """What to keep instead of `secret`: under the first key where there is one."""
        ...

    def unseal(self, kept: str) -> str:
        """The secret behind what was kept, under any of the keys or, from before there was a key, under none.

        Raises `SecretKeyProblem` when no key fits.
        """
        ...

    def current(self, kept: str) -> bool:
        """Whether `seal` would keep it in this way today; if not, sealing it anew is due."""
        ...


class Watcher(Protocol):
    """Is told what happens, to count it. Quick, and never raises."""

    def settled(self, delivery: Delivery) -> None:
        """One delivery has its new state, and it was kept."""
        ...

    def reacted(self, platform: str, count: int) -> None:
        """So many reactions of a platform were put on or taken off, and recorded."""
        ...

    def planned(self, *, good: bool) -> None:
        """The planner looked, and came through or failed."""
        ...

"""What the core needs of the storage to tell moderators of each problem once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.domain.alerts import Alert


class AlertBook(Protocol):
    """Which problems were told on which day, and what is still to be told."""

    async def begin(self, alert: Alert, until: datetime) -> bool:
        """Keep that a problem is told on its day, by whoever has its claim until an instant. False when it was kept
        before with another claim: somebody else tells it, or did."""
        ...

    async def claim(self, worker: str, platform: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Alert]:
        """Take what is to be told on a platform, or whose lease has run out, for `worker` until `now + lease`.

        What somebody took before and never gave back comes in doubt.
        """
        ...

    async def later(self, alert: Alert, again: datetime) -> bool:
        """Give a claimed alert back, with who is still to be told, for another try; whether the claim still holds."""
        ...

    async def narrow(self, alert: Alert) -> None:
        """Keep who is still to be told, for whoever takes it up if this claim is never given back."""
        ...

    async def done(self, alert: Alert) -> None:
        """It was told, or nobody wants it any more: its words are forgotten."""
        ...

    async def forget(self, before: date) -> int:
        """Drop what was kept of days before; returns how many problems."""
        ...

"""Telling those who wait that something is new."""

import asyncio


class Bell:
    """Wakes everyone who waits.

    Take a `ticket` before looking at the state, wait on it after: what happens in between is not missed.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.closed = False

    @property
    def ticket(self) -> asyncio.Event:
        """Set at the next ring."""
        return self._event

    def ring(self) -> None:
        """Wake all who wait now."""
        self._event.set()
        if not self.closed:
            self._event = asyncio.Event()

    def open(self) -> None:
        """Let people wait (again)."""
        self.closed = False
        self.ring()

    def close(self) -> None:
        """Wake all who wait, and all who come later, for good."""
        self.closed = True
        self.ring()

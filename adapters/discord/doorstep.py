"""Where reactions wait while the core has no room for them."""

import asyncio
from collections import deque

from bot.app import Kindling
from bot.domain.errors import TryLater
from bot.domain.reactions import Happening

MOST = 20_000


class Doorstep:
    """Hands happenings to the core in their order; those that there is no room for wait here until there is."""

    def __init__(self, kindling: Kindling, most: int = MOST) -> None:
        self._kindling = kindling
        self._most = most
        self._line: deque[Happening] = deque()
        self._waiting = asyncio.Event()

    def bring(self, happening: Happening) -> None:
        """Have it taken in, now or when there is room.

        Raises `TryLater` when too many wait already, so that memory stays bounded: the connection is given up then,
        and whatever was not taken in is fetched when the next one begins.
        """
        if not self._line and self._kindling.take(happening):
            return
        if len(self._line) >= self._most:
            raise TryLater("discord.too_many_reactions")
        self._line.append(happening)
        self._waiting.set()

    async def let_in(self) -> None:
        """Let in what waits, whenever there is room, until cancelled."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while self._line:
                await self._kindling.room()
                while self._line and self._kindling.take(self._line[0]):
                    self._line.popleft()

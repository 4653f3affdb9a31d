"""Looking at a page for all who keep it open: however many these are, it is read once in a while."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf

from bot.domain.pages import PageWish, WallPage

Read = Callable[[str, PageWish], Awaitable[WallPage | None]]
Look = Callable[[], Awaitable[WallPage | None]]


@dataclass(slots=True)
class _Watched:
    number: int = 0
    at: float = -inf
    page: WallPage | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Watching:
    """Who watches which page. What nobody watches is forgotten."""

    def __init__(self, read: Read, pause: float) -> None:
        self._read = read
        self._pause = pause
        self._watched: dict[tuple[str, PageWish], _Watched] = {}

    @property
    def number(self) -> int:
        """How many watch just now."""
        return sum(watched.number for watched in self._watched.values())

    @contextmanager
    def by_one(self, key: str, wish: PageWish) -> Generator[Look]:
        """One more watches; what is given looks at the page, and is never older than the pause."""
        watched = self._watched.setdefault((key, wish), _Watched())
        watched.number += 1
        try:
            yield lambda: self._look(watched, key, wish)
        finally:
            watched.number -= 1
            if not watched.number:
                del self._watched[key, wish]

    async def _look(self, watched: _Watched, key: str, wish: PageWish) -> WallPage | None:
        now = asyncio.get_running_loop().time
        async with watched.turn:
            if now() - watched.at >= self._pause:
                watched.page = await self._read(key, wish)
                watched.at = now()
            return watched.page

"""Moving the playground's clock, together with all that happens meanwhile."""

import asyncio
from datetime import datetime, timedelta

from bot.runtime.clock import MovableClock
from bot.runtime.engine import Engine

FARTHEST = timedelta(days=35)


class TimeTravel:
    """`bot.ports.Travel`. Everything due on the way happens at its own instant, so a week takes seconds."""

    def __init__(self, clock: MovableClock, engine: Engine) -> None:
        self._clock = clock
        self._engine = engine
        self._one_at_a_time = asyncio.Lock()

    async def forward(self, by: timedelta) -> None:
        """Move on by `by`, at most 35 days."""
        async with self._one_at_a_time:
            await self._to(self._clock.now() + min(by, FARTHEST))

    async def to_next_card(self) -> bool:
        """Move on to the next card and let it be posted, past days that are skipped. False when none is coming."""
        async with self._one_at_a_time:
            await self._engine.settle()
            farthest, before = self._clock.now() + FARTHEST, self._engine.posted
            while (due := await self._engine.next_at()) and due <= farthest:
                await self._to(due)
                if self._engine.posted > before:
                    return True
            return False

    async def _to(self, goal: datetime) -> None:
        await self._engine.settle()
        while (due := await self._engine.next_at()) and due <= goal:
            self._clock.move_to(due)
            await self._engine.settle()
        self._clock.move_to(goal)
        self._engine.nudge()

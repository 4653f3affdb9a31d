"""How far away a stand-in is."""

import asyncio
import random


class Distance:
    """How far away the stand-in is: seconds there and back, and by how much that wavers, each way for itself."""

    def __init__(self, latency: float = 0.0, jitter: float = 0.0, seed: int = 1) -> None:
        self.latency = latency
        self.jitter = jitter
        self._chance = random.Random(seed)

    async def cross(self) -> None:
        """One way."""
        if self.latency or self.jitter:
            there_and_back = self._chance.uniform(self.latency - self.jitter, self.latency + self.jitter)
            await asyncio.sleep(max(0.0, there_and_back) / 2)

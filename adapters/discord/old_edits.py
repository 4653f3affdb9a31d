"""Edits of messages that are an hour old: Discord takes few of them, and refuses the rest with code 30046.

It takes three in six seconds and channel, says https://docs.discord.food/resources/message#edit-message; its own
documentation names the limit without its size. Whoever tries all the same is refused with a 429, which counts for the
ban, and discord.py would wait and try again meanwhile.
So an edit too many is put off before it leaves.
"""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

import discord

from bot.domain.errors import TryLater

MOST = 3
"""Edits of old messages in one channel within a window."""
WINDOW = 6.0
"""Seconds between an answer and the next edit on the same permit."""
OLD = timedelta(minutes=59)
"""Discord's hour, and a minute in which clocks may differ."""
LONGEST = 60.0
"""Seconds after which a permit is free even if nothing was heard."""
CHANNELS = 1000


class OldEdits:
    """The permits of each channel, for a process that has one of `senders` parts of them. `now` tells how old a message
    is."""

    def __init__(self, senders: int = 1, now: Callable[[], datetime] = discord.utils.utcnow) -> None:
        self._now = now
        self._most = max(1, MOST // senders)
        self._taken: dict[str, list[float]] = {}

    @contextmanager
    def permit(self, channel: str, message: str) -> Generator[None]:
        """Holds a permit inside, if the message is old. Raises `TryLater` when there is none."""
        if self._now() - discord.utils.snowflake_time(int(message)) < OLD:
            yield
            return
        now = asyncio.get_running_loop().time
        taken = self._of(channel, now())
        if len(taken) >= self._most:
            # One that is under way has its permit for as long as it may take, and mostly gives it back at once.
            wait = min(min(taken) - now(), WINDOW)
            raise TryLater("discord.many_old_edits", timedelta(seconds=wait))
        mine = now() + LONGEST
        taken.append(mine)
        try:
            yield
        finally:
            taken[:] = [until for until in taken if until != mine] + [now() + WINDOW]

    def _of(self, channel: str, now: float) -> list[float]:
        """Until when each permit of a channel is taken."""
        if len(self._taken) > CHANNELS:
            self._taken = {one: taken for one, taken in self._taken.items() if max(taken, default=now) > now}
        taken = self._taken.setdefault(channel, [])
        taken[:] = [until for until in taken if until > now]
        return taken

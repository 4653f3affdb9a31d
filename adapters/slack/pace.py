"""How fast one workspace of Slack is asked.

A channel takes about one message a second, and some methods have a number a minute for the whole workspace. Each has
permits that come back some time after the answer: one for a channel, a few for a method, so that short bursts are
quick and the minute's number is kept. What somebody waits for at that moment (a form, who they are) is not held up.
When Slack says that it was too much, the channel or method rests for as long as Slack says; when it refuses the
token, all rest.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from weakref import WeakValueDictionary

from bot.domain.errors import TryLater

REST = 1.0
"""Seconds between the answer to a message and the next message in the same channel."""
A_MINUTE = {"chat.update": 50, "chat.delete": 50, "reactions.get": 50, "conversations.history": 50}
BURST = 5
"""How many calls of one of these methods may follow each other at once."""
PATIENCE = 20.0
"""Seconds that a call may wait for its turn. What has waited in vain was not carried out."""
UNTIL_MENDED = timedelta(minutes=1)
TESTS = frozenset({"auth.test", "apps.connections.open"})
"""Ask whether a token is good, and are asked also when it was refused."""
_EVERYTHING = ""
_POST = "chat.postMessage"


class Turns:
    """The permits of one workspace in this process, which is one of `senders` that share them."""

    def __init__(self, senders: int = 1) -> None:
        self._senders = senders
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._resting: dict[str, tuple[float, str]] = {}
        self.refused = asyncio.Event()
        """Set when Slack refuses the token."""

    @asynccontextmanager
    async def turn(self, method: str, channel: str) -> AsyncGenerator[None]:
        """Make a call inside, when its turn has come. Raises `TryLater` when it does not come soon."""
        self._go_on(method, channel)
        key, count, rest = _permits(method, channel, self._senders)
        if not count:
            yield
            return
        gate = self._gates.get(key) or self._gates.setdefault(key, asyncio.Semaphore(count))
        try:
            async with asyncio.timeout(PATIENCE):
                await gate.acquire()
        except TimeoutError:
            raise TryLater("slack.too_busy") from None
        try:
            self._go_on(method, channel)
            yield
        finally:
            asyncio.get_running_loop().call_later(rest, gate.release)

    def rest(self, method: str, channel: str, error: TryLater) -> None:
        """Slack had too many calls of a method, or messages in a channel: none is made for as long as it says."""
        now = asyncio.get_running_loop().time()
        self._resting = {name: (end, why) for name, (end, why) in self._resting.items() if end > now}
        self._resting[_counted_as(method, channel)] = now + error.after.total_seconds(), error.code

    def refuse(self, code: str) -> TryLater:
        """Slack refuses the token: nobody's channel is to blame, and nothing is called for a while."""
        self.refused.set()
        error = TryLater(code, UNTIL_MENDED)
        self.rest(_EVERYTHING, "", error)
        return error

    def admit(self) -> None:
        """The token was tested, and is good."""
        self.refused.clear()
        self._resting.pop(_EVERYTHING, None)

    def _go_on(self, method: str, channel: str) -> None:
        """Raises `TryLater` while the channel or the method rests, or everything."""
        now, own = asyncio.get_running_loop().time(), _counted_as(method, channel)
        for name in (own,) if method in TESTS else (_EVERYTHING, own):
            end, why = self._resting.get(name, (now, ""))
            if end > now:
                raise TryLater(why, timedelta(seconds=end - now))


def _counted_as(method: str, channel: str) -> str:
    """What Slack counts a call for: messages for their channel, anything else for its method."""
    return channel if method == _POST and channel else method


def _permits(method: str, channel: str, senders: int) -> tuple[str, int, float]:
    """What a call shares its permits with, how many there are, and how long one rests; none where none are needed."""
    if method == _POST:
        return channel, 1, REST * senders
    if method in A_MINUTE:
        part = max(1, A_MINUTE[method] // senders)
        burst = max(1, BURST // senders)
        return method, burst, 60 / (part // burst)
    return "", 0, 0.0

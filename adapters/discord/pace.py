"""How fast Discord is asked: never more than its limit over all routes allows, however it counts.

There are as many permits as requests that Discord allows in a second. A request takes one before it leaves, and the
permit comes back one second after the answer. So whatever a request's way there and back took, two requests on one
permit reach Discord more than a second apart, and in no second do more arrive than there are permits: true for a
window that slides, for one that does not, and for a bucket that fills up again.

discord.py itself keeps to the limits of single routes, and repeats what was refused; each of its attempts is a
request of its own here, because aiohttp's trace is asked before each leaves.
"""

import asyncio
import itertools
from collections import deque
from enum import IntEnum
from types import SimpleNamespace

import aiohttp
from yarl import URL

from adapters.discord.errors import TOKEN_REFUSED, UNTIL_MENDED
from bot.domain.errors import TryLater

EACH_SECOND = 50
"""Requests that Discord allows one bot in a second."""
REST = 1.0
"""Seconds between an answer and the next request on the same permit."""
APART = 0.005
"""Seconds between two requests that leave, so that no more than a few are under way when something goes wrong."""
PATIENCE = 20.0
"""Seconds that a request may wait for a permit."""
OLDEST_TURN = 10
"""Every so many permits, one goes to whoever has waited longest, whatever it is for: nothing waits for ever."""
_UNAUTHORIZED = 401


class Rank(IntEnum):
    """What goes first when not all can."""

    CARD = 0
    CHANGE = 1
    READING = 2


class Pace:
    """The permits of one bot token in this process, which has one of `senders` parts of them.

    When Discord refuses the token, everything that waits or comes later is refused without a request, until `admit`.
    """

    def __init__(self, senders: int = 1) -> None:
        self._free = max(1, EACH_SECOND // senders)
        self._lines: tuple[deque[_Turn], ...] = tuple(deque() for _ in Rank)
        self._numbers = itertools.count()
        self._given = 0
        self._pausing = False
        self.refused = asyncio.Event()
        """Set when Discord refuses the token."""

    def admit(self) -> None:
        """Ask Discord again after the token was refused."""
        self.refused.clear()

    def refuse(self) -> None:
        """The token was refused."""
        self.refused.set()
        for line in self._lines:
            while line:
                line.popleft().refuse()

    async def permit(self, rank: Rank) -> None:
        """Wait for a permit. Raises `TryLater`, and takes none, when that takes too long or the token is refused."""
        if self.refused.is_set():
            raise TryLater(TOKEN_REFUSED, UNTIL_MENDED)
        turn = _Turn(next(self._numbers))
        line = self._lines[rank]
        line.append(turn)
        self._hand_out()
        try:
            async with asyncio.timeout(PATIENCE):
                await turn.come
        except BaseException as error:  # cancelled too, a turn is given back
            if turn.given:  # in the very moment in which its patience ended
                self._take_back()
            elif turn in line:
                line.remove(turn)
            if isinstance(error, TimeoutError):
                raise TryLater("discord.too_busy") from None
            raise

    def give_back(self) -> None:
        """The answer is here: the permit may be used again after a rest."""
        asyncio.get_running_loop().call_later(REST, self._take_back)

    def _take_back(self) -> None:
        self._free += 1
        self._hand_out()

    def _hand_out(self) -> None:
        """Give one permit to whoever is next; the one after that follows a moment later."""
        if not self._free or self._pausing or not any(self._lines):
            return
        self._free -= 1
        self._given += 1
        waiting = [line for line in self._lines if line]
        oldest = self._given % OLDEST_TURN == 0
        (min(waiting, key=lambda line: line[0].number) if oldest else waiting[0]).popleft().give()
        self._pausing = True
        asyncio.get_running_loop().call_later(APART, self._go_on)

    def _go_on(self) -> None:
        self._pausing = False
        self._hand_out()


class _Turn:
    """One request's place in the line."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.given = False
        self.come: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def give(self) -> None:
        self.given = True
        if not self.come.done():
            self.come.set_result(None)

    def refuse(self) -> None:
        if not self.come.done():
            self.come.set_exception(TryLater(TOKEN_REFUSED, UNTIL_MENDED))


def trace(pace: Pace, api: str) -> aiohttp.TraceConfig:
    """The hooks of aiohttp through which every request to the address `api` waits for its permit."""
    hooks = aiohttp.TraceConfig()
    base = URL(api)

    async def leaving(_: object, request: SimpleNamespace, about: aiohttp.TraceRequestStartParams) -> None:
        if counts(base, about.url):
            await pace.permit(rank(about.method, about.url.path))
            request.permit = True

    async def answered(_: object, request: SimpleNamespace, about: aiohttp.TraceRequestEndParams) -> None:
        if _returned(request) and about.response.status == _UNAUTHORIZED:
            pace.refuse()

    async def failed(_: object, request: SimpleNamespace, about: aiohttp.TraceRequestExceptionParams) -> None:
        del about
        _returned(request)

    def _returned(request: SimpleNamespace) -> bool:
        """Give the permit back that a request has, if it has one."""
        had = bool(vars(request).pop("permit", False))
        if had:
            pace.give_back()
        return had

    hooks.on_request_start.append(leaving)
    hooks.on_request_end.append(answered)
    hooks.on_request_exception.append(failed)
    return hooks


def counts(base: URL, url: URL) -> bool:
    """Whether a request counts for the limit: of the API, and made with the bot's token. Answers to interactions
    carry a token of their own and are never held up."""
    path = url.path.removeprefix(base.path)
    return url.host == base.host and path != url.path and not path.startswith(("/interactions/", "/webhooks/"))


def rank(method: str, path: str) -> Rank:
    """What a request is for: cards go first, and comparing the reactions of one message can wait."""
    if method == "POST" and path.endswith("/messages"):
        return Rank.CARD
    return Rank.READING if method == "GET" and "/messages/" in path else Rank.CHANGE

"""How often somebody may be wrong in a while: nobody finds a key by trying, and nobody keeps the database busy."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from time import monotonic

from aiohttp import web

REMEMBERED = 4096
"""How many addresses are kept in mind; of more, the one that was wrong longest ago is forgotten."""


class Allowance:
    """So many mistakes in a while for each address."""

    def __init__(self, mistakes: int, seconds: float, now: Callable[[], float] = monotonic) -> None:
        self._mistakes = mistakes
        self._seconds = seconds
        self._now = now
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def spent(self, address: str) -> bool:
        """Whether an address was wrong as often as it may be, and has to wait."""
        began, count = self._wrong.get(address, (0.0, 0))
        return count >= self._mistakes and self._now() - began < self._seconds

    def wrong(self, address: str) -> None:
        """An address was wrong once more."""
        now = self._now()
        began, count = self._wrong.pop(address, (now, 0))
        self._wrong[address] = (began, count + 1) if now - began < self._seconds else (now, 1)
        if len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)


class Known:
    """What was right lately goes on being asked about, however often its neighbours were wrong."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def add(self, name: str) -> None:
        """It was right just now."""
        self._known[name] = None
        self._known.move_to_end(name)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def drop(self, name: str) -> None:
        """It is right no more."""
        self._known.pop(name, None)


def address_of(request: web.Request) -> str:
    """Where a request comes from: what a proxy beside us says of it, else who is connected.

    The last of the addresses that a proxy hands on is the one it saw itself. Only what is near is taken for a proxy.
    """
    remote = request.remote or ""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        return str(ip_address(said)) if said and ip_address(remote).is_private else remote
    except ValueError:
        return remote

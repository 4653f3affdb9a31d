"""Keeps adapters open: each for itself, so that one platform's trouble is no other's.

The pauses between attempts begin at a second and double up to five minutes, less up to half by chance so that
many processes do not come back at once; a minute of health begins them anew. Libraries for retrying repeat a
call until it returns; here the call is meant to last for ever, so the schedule stands here in four lines.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import structlog

from bot.app import Adapter, Kindling
from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Unacceptable, Uncertain, Unreachable
from bot.ports.platforms import Messenger
from bot.runtime.metrics import Metrics

log = structlog.stdlib.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
HEALTHY_AFTER = 60.0
OPENING_LIMIT = 60.0
TESTED_EVERY = 60.0
"""Seconds after which an adapter that nobody listens to is asked whether its credentials still hold."""
ENDING_LIMIT = 4.0
"""Seconds for listening to end in its own way when it is cancelled, before that is cancelled too."""
BREAKING_OFF = 0.5
"""Seconds for what is cancelled a second time."""
CLOSING_LIMIT = 3.0


class Standing(StrEnum):
    """How an adapter stands."""

    OPENING = "opening"
    OPEN = "open"
    WAITING = "waiting"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AdapterState:
    """How an adapter stands, and while it does not: why (`code`), and what to do about it (`cure`)."""

    standing: Standing = Standing.CLOSED
    code: str = ""
    cure: str = ""

    @property
    def open(self) -> bool:
        """Whether it can send."""
        return self.standing is Standing.OPEN


OnState = Callable[[Adapter, AdapterState], None]


class OpenAdapters:
    """`bot.ports.platforms.Messengers`: hands out those adapters that are open. Its `note` is an `OnState`."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self._metrics = metrics
        self._adapters: dict[str, Adapter] = {}
        self._states: dict[str, AdapterState] = {}
        self._opened: set[str] = set()

    def get(self, platform: str) -> Messenger | None:
        """The platform's messenger, or None while its adapter is absent or not open."""
        return self._adapters.get(platform)

    @property
    def states(self) -> Mapping[str, AdapterState]:
        """How every adapter stands that is or was kept, by platform."""
        return MappingProxyType(self._states)

    def note(self, adapter: Adapter, state: AdapterState) -> None:
        """An adapter stands differently now."""
        platform = adapter.platform
        self._states[platform] = state
        if state.open:
            self._adapters[platform] = adapter
        else:
            self._adapters.pop(platform, None)
        if self._metrics is not None:
            self._metrics.adapter(platform, up=state.open)
            if state.open and platform in self._opened:
                self._metrics.reconnect(platform)
        if state.open:
            self._opened.add(platform)


async def keep(
    adapter: Adapter,
    kindling: Kindling | None,
    on_state: OnState,
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep,
    *,
    parted: asyncio.Event | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    chance: Callable[[], float] = random.random,
) -> None:
    """Open, listen and close an adapter, again and again until cancelled; closed then, and whatever happens.

    Without a `kindling` to tell of events it is only kept open, for sending. Who is cancelled hears of no more events
    and stays open until `parted` is set: what is being sent may still arrive.
    Nothing that the adapter raises comes out of here. A failure is logged when it begins, not at every attempt.
    """
    keeper = _Keeper(adapter, on_state, pause, parted)
    wait = FIRST_PAUSE
    try:
        while True:
            began = monotonic()
            failure = await keeper.attempt(kindling)
            if failure.was_open and monotonic() - began >= HEALTHY_AFTER:
                wait = FIRST_PAUSE
            spread = wait * (1 - chance() / 2)
            await pause(max(spread, failure.at_least))
            wait = min(wait * 2, LONGEST_PAUSE)
    finally:
        keeper.stand(AdapterState())


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why an attempt ended, and how long to wait at least."""

    state: AdapterState
    at_least: float = 0.0
    was_open: bool = False
    error: Exception | None = None


class _Keeper:
    """One adapter through its attempts; remembers what was logged last."""

    def __init__(
        self,
        adapter: Adapter,
        on_state: OnState,
        pause: Callable[[float], Awaitable[object]],
        parted: asyncio.Event | None,
    ) -> None:
        self.adapter = adapter
        self.on_state = on_state
        self.pause = pause
        self.parted = parted
        self.log = log.bind(platform=adapter.platform)
        self.told = ""

    def stand(self, state: AdapterState) -> None:
        self.on_state(self.adapter, state)

    async def attempt(self, kindling: Kindling | None) -> _Failure:
        """Open, listen until that ends, and close; returns only when something went wrong."""
        self.stand(AdapterState(Standing.OPENING))
        opened = False
        try:
            await self._open()
            opened = True
            self.stand(AdapterState(Standing.OPEN))
            self.log.info("adapter.open")
            await (self._stay_open() if kindling is None else self._listen(kindling))
            _go_on_being_cancelled()
            failure = _Failure(AdapterState(Standing.WAITING, "lost", "The connection ended; it is made again."))
        except Exception as error:  # noqa: BLE001  whatever one adapter raises must not reach the others
            failure = _failure(error)
        except asyncio.CancelledError:
            if opened and self.parted is not None:
                await self.parted.wait()
            raise
        finally:
            if opened:
                self.stand(AdapterState(Standing.WAITING, "closing"))
            await self._close()
        failure = replace(failure, was_open=opened)
        self.stand(failure.state)
        self._tell(failure)
        return failure

    async def _open(self) -> None:
        async with asyncio.timeout(OPENING_LIMIT):
            await self.adapter.open()

    async def _listen(self, kindling: Kindling) -> None:
        """Ends soon after it is cancelled, whatever the adapter still waits for: a platform that is silent, perhaps."""
        listening = asyncio.create_task(self.adapter.listen(kindling))
        try:
            await asyncio.wait({listening})
        except asyncio.CancelledError:
            for limit in (ENDING_LIMIT, BREAKING_OFF):
                listening.cancel()
                done, _ = await asyncio.wait({listening}, timeout=limit)
                if done:
                    await asyncio.gather(listening, return_exceptions=True)
                    break
            raise
        listening.result()

    async def _stay_open(self) -> None:
        """Ends, by what `open` raises, when the credentials are refused. Other trouble the senders deal with."""
        while True:
            await self.pause(TESTED_EVERY)
            try:
                await self._open()
            except (TryLater, TimeoutError) as error:
                self.log.debug("adapter.not_tested", error=str(error))

    async def _close(self) -> None:
        try:
            async with asyncio.timeout(CLOSING_LIMIT):
                await self.adapter.close()
        except Exception:
            self.log.exception("adapter.close_failed")

    def _tell(self, failure: _Failure) -> None:
        if failure.was_open:
            self.told = ""
        if failure.state.code == self.told:
            self.log.debug("adapter.still_down", code=failure.state.code)
            return
        self.told = failure.state.code
        what = {"code": failure.state.code, "cure": failure.state.cure}
        if failure.state.standing is Standing.REFUSED:
            self.log.error("adapter.refused", **what)
        elif failure.error is None or isinstance(failure.error, AdapterError | DatabaseProblem | TimeoutError):
            self.log.warning("adapter.down", **what)
        else:
            self.log.error("adapter.failed", **what, exc_info=failure.error)


def _failure(error: Exception) -> _Failure:
    match error:
        case Unreachable(code=code, sentence=sentence):
            return _Failure(AdapterState(Standing.REFUSED, code, sentence), LONGEST_PAUSE, error=error)
        case TryLater(code=code, after=after):
            cure = "The platform cannot be reached at present; it is tried again."
            return _Failure(AdapterState(Standing.WAITING, code, cure), after.total_seconds(), error=error)
        case Unacceptable(code=code) | Uncertain(code=code):
            return _Failure(AdapterState(Standing.WAITING, code, "It is tried again."), error=error)
        case DatabaseProblem(code=code):
            return _Failure(AdapterState(Standing.WAITING, code, str(error)), error=error)
        case TimeoutError():
            cure = "Opening took too long; it is tried again."
            return _Failure(AdapterState(Standing.WAITING, "timeout", cure), error=error)
        case _:
            code = f"crashed.{type(error).__name__}"
            cure = "This is a fault in the adapter; it is tried again."
            return _Failure(AdapterState(Standing.WAITING, code, cure), error=error)


def _go_on_being_cancelled() -> None:
    """Ends the task when it was cancelled and an adapter kept that to itself."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

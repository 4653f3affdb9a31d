"""Work that goes on after Slack was answered, the memory of what was answered already, and of what was not."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from bot.domain.errors import DatabaseProblem, TryLater

log = structlog.get_logger(__name__)

REMEMBERED = 5000
AGAIN = 30.0
"""Seconds before what could not be told is told again."""


class Work:
    """Tasks that are held until they end. One that fails is logged and takes nothing else down."""

    def __init__(self, pause: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._pause = pause
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, doing: Coroutine[Any, Any, None]) -> None:
        """Go on with `doing` beside everything else."""
        task = asyncio.create_task(self._carry_out(name, doing), name=f"slack {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def tell(self, name: str, telling: Callable[[], Awaitable[None]]) -> None:
        """Tell the core something as soon as the database can be used: Slack does not say it again."""
        self.start(name, self._surely(telling))

    async def finish(self, within: float = 0) -> None:
        """Give what is going on `within` seconds, and stop the rest."""
        if self._tasks and within:
            await asyncio.wait(self._tasks, timeout=within)
        rest = list(self._tasks)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _surely(self, telling: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await telling()
            except (DatabaseProblem, TryLater) as error:
                log.warning("slack.told_later", code=error.code)
            await self._pause(AGAIN)

    async def _carry_out(self, name: str, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except DatabaseProblem as problem:
            log.warning("slack.work_not_kept", work=name, code=problem.code)
        except Exception as error:
            log.exception("slack.work_failed", work=name, error=type(error).__name__)


class Recent:
    """The ids of the latest events, as many as are worth remembering."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._seen: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def __contains__(self, event_id: str) -> bool:
        """Whether this id was seen, and is still remembered."""
        return event_id in self._seen

    def first_time(self, event_id: str) -> bool:
        """Whether this id is new; it is remembered from now on. An empty id is always new."""
        if not event_id:
            return True
        if event_id in self._seen:
            self._seen.move_to_end(event_id)
            return False
        self._seen[event_id] = None
        if len(self._seen) > self._size:
            self._seen.popitem(last=False)
        return True


class Unkept:
    """Tells of reactions that are not kept: once when that begins, and once how often it was when it is over."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self.number = 0
        """How many were not kept since one was."""

    def one_more(self, error: Exception) -> None:
        """One was not kept."""
        self.number += 1
        if (name := type(error).__name__) not in self._told:
            self._told.add(name)
            log.warning("slack.reaction_not_kept", error=name)

    def over(self, number: int) -> None:
        """One was kept, before which there were so many. In a flood some are kept beside others that are not."""
        if self.number and number == self.number:
            log.info("slack.reactions_kept_again", number=number)
            self.number = 0
            self._told.clear()

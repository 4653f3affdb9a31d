"""Many small things to keep, in few transactions."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bot.domain.errors import DatabaseProblem
from bot.ports import Storage, UnitOfWork

MOST = 50
"""How many jobs one transaction takes, so that the first of them does not wait long for the last."""

Wanted = TypeVar("Wanted")
Result = TypeVar("Result")


class Together(Generic[Wanted, Result]):
    """Jobs of one kind that come while a transaction is under way share the next one, and its statements.

    Nobody hears of a result before it is committed. When a job fails, or whoever leads is cancelled, nothing of that
    transaction remains, and the others are done without it: so a job may be begun more than once, and must do nothing
    but work on the unit of work that it is given.
    """

    def __init__(
        self, storage: Storage, carry_out: Callable[[UnitOfWork, Sequence[Wanted]], Awaitable[Sequence[Result]]]
    ) -> None:
        """`carry_out` does what is wanted, and returns a result for each."""
        self._storage = storage
        self._carry_out = carry_out
        self._waiting: deque[_Job[Wanted, Result]] = deque()
        self._turn = asyncio.Lock()

    async def do(self, wanted: Wanted) -> Result:
        """Do it with what else waits; its result, once that is committed. Raises what it raises."""
        own = _Job[Wanted, Result](wanted)
        self._waiting.append(own)
        try:
            async with self._turn:
                while not own.done:
                    await self._lead()
        finally:
            if own in self._waiting:
                self._waiting.remove(own)
        return own.outcome()

    async def _lead(self) -> None:
        jobs = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        try:
            await self._commit(jobs)
        except Exception:  # noqa: BLE001 -- whose fault it is shows when each is done by itself
            for number, job in enumerate(jobs):
                try:
                    await self._commit([job])
                except DatabaseProblem as problem:  # no job's fault: each would wait for it in vain
                    for unkept in jobs[number:]:
                        unkept.fail(problem)
                    return
                except Exception as error:  # noqa: BLE001 -- it is raised to whoever asked for the job
                    job.fail(error)
                except BaseException:  # cancelled in the middle: these are still to be done
                    self._waiting.extendleft(reversed(jobs[number:]))
                    raise
        except BaseException:  # whoever leads is cancelled: somebody else does it
            self._waiting.extendleft(reversed(jobs))
            raise

    async def _commit(self, jobs: list["_Job[Wanted, Result]"]) -> None:
        async with self._storage.unit_of_work() as work:
            results = await self._carry_out(work, [job.wanted for job in jobs])
            await work.commit()
        for job, result in zip(jobs, results, strict=True):
            job.finish(result)


class _Job(Generic[Wanted, Result]):
    """One job, and what came of it."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.done = False
        self._result: list[Result] = []
        self._error: Exception | None = None

    def finish(self, result: Result) -> None:
        self.done, self._result = True, [result]

    def fail(self, error: Exception) -> None:
        self.done, self._error = True, error

    def outcome(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._result[0]

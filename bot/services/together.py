"""Small transactions that share a commit."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bot.domain.errors import DatabaseProblem
from bot.ports import Storage, UnitOfWork

MOST = 50
"""How many jobs one transaction takes, so that the first of them does not wait long for the last."""

T = TypeVar("T")


class Together:
    """Jobs that come while a transaction is under way share the next one, so that each does not wait for the disk.

    Nobody hears of a result before it is committed. When a job fails, or whoever leads is cancelled, nothing of that
    transaction remains, and the others are done without it: so a job may be begun more than once, and must do nothing
    but work on the unit of work that it is given.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._waiting: deque[_Job] = deque()
        self._turn = asyncio.Lock()

    async def do(self, job: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do it with what else waits; its result, once that is committed. Raises what the job raises."""
        own = _Job(job)
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
                except BaseException:
                    self._waiting.extendleft(reversed(jobs[number:]))
                    raise
        except BaseException:  # whoever leads is cancelled: somebody else does it
            self._waiting.extendleft(reversed(jobs))
            raise

    async def _commit(self, jobs: list["_Job"]) -> None:
        async with self._storage.unit_of_work() as work:
            results = [await job.job(work) for job in jobs]
            await work.commit()
        for job, result in zip(jobs, results, strict=True):
            job.finish(result)


class _Job:
    """One job, and what came of it."""

    def __init__(self, job: Callable[[UnitOfWork], Awaitable[Any]]) -> None:
        self.job = job
        self.done = False
        self._result: Any = None
        self._error: Exception | None = None

    def finish(self, result: Any) -> None:  # noqa: ANN401 -- whatever this job's own result is
        self.done, self._result = True, result

    def fail(self, error: Exception) -> None:
        self.done, self._error = True, error

    def outcome(self) -> Any:  # noqa: ANN401 -- the same
        if self._error is not None:
            raise self._error
        return self._result

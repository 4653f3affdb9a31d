"""Rate limits: buckets by route and channel, fifty requests a second in all."""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from dataclasses import dataclass


@dataclass(slots=True)
class Window:
    """How much of a bucket is used up, and when it is full again (seconds of the monotonic clock)."""

    limit: int
    remaining: int
    resets: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the answer's headers say; `retry_after` is set when the request came too early."""

    limit: int
    remaining: int
    reset_after: float
    bucket: str
    retry_after: float | None = None
    everywhere: bool = False

    def headers(self) -> dict[str, str]:
        shown = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{time.time() + self.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
            "X-RateLimit-Bucket": self.bucket,
        }
        if self.retry_after is not None:
            shown["Retry-After"] = f"{self.retry_after:.3f}"
            shown["X-RateLimit-Scope"] = "global" if self.everywhere else "user"
        if self.everywhere:
            shown["X-RateLimit-Global"] = "true"
        return shown


class RateLimits:
    """Set `per_second` to None to lift the limit over all routes."""

    def __init__(self) -> None:
        self.per_second: int | None = 50
        self._rules: list[tuple[str, re.Pattern[str], int, float]] = []
        self._windows: dict[str, Window] = {}
        self._recent: deque[float] = deque()

    def set(self, method: str, path: str, count: int, seconds: float) -> None:
        """Allow `count` requests in `seconds` on each channel of the routes that match."""
        self._rules.insert(0, (method, re.compile(path), count, seconds))
        self._windows.clear()

    def take(self, method: str, path: str, route: str, major: str, *, counts_everywhere: bool) -> Allowance:
        """Use up one request, unless the bucket or the second is spent."""
        now = time.monotonic()
        bucket = hashlib.md5(f"{method} {route}".encode(), usedforsecurity=False).hexdigest()
        if counts_everywhere and self.per_second is not None:
            wait = self._wait_everywhere(now, self.per_second)
            if wait > 0:
                return Allowance(self.per_second, 0, wait, bucket, wait, everywhere=True)
        count, seconds = self._rule(method, path)
        key = f"{bucket}:{major}"
        window = self._windows.get(key)
        if window is None or window.resets <= now:
            window = self._windows[key] = Window(count, count, now + seconds)
        reset_after = window.resets - now
        if window.remaining == 0:
            return Allowance(count, 0, reset_after, bucket, reset_after)
        window.remaining -= 1
        if counts_everywhere:
            self._recent.append(now)
        return Allowance(count, window.remaining, reset_after, bucket)

    def _rule(self, method: str, path: str) -> tuple[int, float]:
        for of_method, pattern, count, seconds in self._rules:
            if of_method in ("*", method) and pattern.search(path):
                return count, seconds
        return 1000, 1.0

    def _wait_everywhere(self, now: float, per_second: int) -> float:
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        return self._recent[0] + 1 - now if len(self._recent) >= per_second else 0

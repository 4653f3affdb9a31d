"""Rate limits: buckets by route and channel, fifty requests a second in all."""

from __future__ import annotations

import hashlib
import re
import time
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


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


class Counting(Enum):
    """How requests are counted over all routes. Discord tells nobody which of these it does."""

    SLIDING = "sliding window"
    FIXED = "fixed window"
    BUCKET = "bucket"


class Everywhere:
    """So many requests a second in all, counted in one of three ways."""

    def __init__(self) -> None:
        self.counting = Counting.SLIDING
        self._recent: deque[float] = deque()
        self._second, self._in_second = 0, 0
        self._level, self._at = 0.0, 0.0

    def wait(self, now: float, per_second: int) -> float:
        """How long until one more is allowed; 0 when it is now."""
        match self.counting:
            case Counting.SLIDING:
                while self._recent and self._recent[0] <= now - 1:
                    self._recent.popleft()
                return self._recent[0] + 1 - now if len(self._recent) >= per_second else 0
            case Counting.FIXED:
                self._in_second = self._in_second if int(now) == self._second else 0
                self._second = int(now)
                return self._second + 1 - now if self._in_second >= per_second else 0
            case Counting.BUCKET:
                self._level = max(0.0, self._level - (now - self._at) * per_second)
                self._at = now
                return (self._level + 1 - per_second) / per_second if self._level + 1 > per_second else 0

    def count(self, now: float) -> None:
        """One that was allowed."""
        self._recent.append(now)
        self._in_second += 1
        self._level += 1


class RateLimits:
    """Set `per_second` to None to lift the limit over all routes."""

    def __init__(self) -> None:
        self.per_second: int | None = 50
        self.everywhere = Everywhere()
        self._rules: list[tuple[str, re.Pattern[str], int, float]] = []
        self._windows: dict[str, Window] = {}

    def set(self, method: str, path: str, count: int, seconds: float) -> None:
        """Allow `count` requests in `seconds` on each channel of the routes that match."""
        self._rules.insert(0, (method, re.compile(path), count, seconds))
        self._windows.clear()

    def take(self, method: str, path: str, route: str, major: str, *, counts_everywhere: bool) -> Allowance:
        """Use up one request, unless the bucket or the second is spent."""
        now = time.monotonic()
        bucket = hashlib.md5(f"{method} {route}".encode(), usedforsecurity=False).hexdigest()
        if counts_everywhere and self.per_second is not None:
            wait = self.everywhere.wait(now, self.per_second)
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
            self.everywhere.count(now)
        return Allowance(count, window.remaining, reset_after, bucket)

    def _rule(self, method: str, path: str) -> tuple[int, float]:
        for of_method, pattern, count, seconds in self._rules:
            if of_method in ("*", method) and pattern.search(path):
                return count, seconds
        return 1000, 1.0


class OldEdits:
    """Edits of messages that are an hour old: three in six seconds in each channel. The size of this limit is known
    from those who met it (docs.discord.food), and not from Discord."""

    AGE = timedelta(hours=1)
    MOST = 3
    WINDOW = 6.0

    def __init__(self) -> None:
        self._recent: dict[str, deque[float]] = {}

    def wait(self, channel: str) -> float:
        """How long until one more is allowed in this channel; 0 when it is now, and then it is counted."""
        now, recent = time.monotonic(), self._recent.setdefault(channel, deque())
        while recent and recent[0] <= now - self.WINDOW:
            recent.popleft()
        if len(recent) >= self.MOST:
            return recent[0] + self.WINDOW - now
        recent.append(now)
        return 0


class InvalidRequests:
    """Answers with 401, 403 or 429: ten thousand within ten minutes, and every later request is turned away."""

    LIMIT = 10_000
    WINDOW = 600.0

    def __init__(self) -> None:
        self.total = 0
        self._recent: deque[float] = deque()

    def add(self) -> None:
        self.total += 1
        self._recent.append(time.monotonic())

    @property
    def banned(self) -> bool:
        while self._recent and self._recent[0] <= time.monotonic() - self.WINDOW:
            self._recent.popleft()
        return len(self._recent) >= self.LIMIT

"""Slack's rate limits as token buckets on the stand-in's clock."""

import math
from dataclasses import dataclass, field

GENEROUS = 1_000_000.0
SLACK_TIERS = {"t1": 1.0, "t2": 20.0, "t3": 50.0, "t4": 100.0}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(eq=False, slots=True)
class Limits:
    """Generous unless a test asks for more: nothing is limited by accident."""

    posts_per_second: float = GENEROUS
    """`chat.postMessage` and `chat.postEphemeral`, for each channel."""
    post_burst: float = GENEROUS
    per_minute: dict[str, float] = field(default_factory=dict[str, float])
    """Method or tier (`t1`..`t4`) to requests a minute for each team; what is not named is not limited."""
    _buckets: dict[tuple[str, ...], _Bucket] = field(default_factory=dict[tuple[str, ...], _Bucket])

    def as_slack(self) -> None:
        """The published limits: about one post a second in a channel with short bursts, and the four tiers."""
        self.posts_per_second, self.post_burst = 1.0, 4.0
        self.per_minute = dict(SLACK_TIERS)

    def wait_for(self, method: str, tier: str, team_id: str, channel: str, now: float) -> int | None:
        """Take one request from the bucket, or say after how many whole seconds to try again."""
        if method in {"chat.postMessage", "chat.postEphemeral"} and method not in self.per_minute:
            return self._take(("posts", team_id, channel), self.posts_per_second, self.post_burst, now)
        per_minute = self.per_minute.get(method, self.per_minute.get(tier))
        if per_minute is None:
            return None
        return self._take((method, team_id), per_minute / 60, per_minute, now)

    def _take(self, key: tuple[str, ...], rate: float, burst: float, now: float) -> int | None:
        bucket = self._buckets.setdefault(key, _Bucket(burst, now))
        bucket.tokens = min(burst, bucket.tokens + max(0.0, now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return None
        return max(1, math.ceil((1 - bucket.tokens) / rate))

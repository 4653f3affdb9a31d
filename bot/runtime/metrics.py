"""What is counted for Prometheus: how Kindling runs, never what anyone did or wrote."""

from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.domain.delivery import State

LATENESS = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 10800)
"""Seconds, up to the grace of a daily card."""


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._deliveries = Counter(
            "kindling_deliveries", "Deliveries by the state they came to", ["platform", "state"], registry=self.registry
        )
        self._lateness = Histogram(
            "kindling_lateness_seconds",
            "How long after its due time a card was posted",
            ["platform"],
            buckets=LATENESS,
            registry=self.registry,
        )
        self._planner = Counter("kindling_planner_runs", "Looks at what is due", ["result"], registry=self.registry)
        self._reactions = Counter("kindling_reactions", "Reactions recorded", ["platform"], registry=self.registry)
        self._up = Gauge("kindling_adapter_up", "Whether an adapter is open", ["platform"], registry=self.registry)
        self._reconnects = Counter(
            "kindling_adapter_reconnects", "Times an adapter was opened again", ["platform"], registry=self.registry
        )

    def delivery(self, platform: str, state: State, lateness: timedelta | None = None) -> None:
        """A delivery came to a state; when it was posted, `lateness` after it was due."""
        self._deliveries.labels(platform, state.value).inc()
        if lateness is not None:
            self._lateness.labels(platform).observe(max(lateness.total_seconds(), 0))

    def planner_run(self, *, good: bool = True) -> None:
        """The planner looked, and came through or failed."""
        self._planner.labels("good" if good else "failed").inc()

    def reactions(self, platform: str, count: int = 1) -> None:
        """Reactions were put on or taken off, and recorded."""
        self._reactions.labels(platform).inc(count)

    def adapter(self, platform: str, *, up: bool) -> None:
        """An adapter is open, or is not."""
        self._up.labels(platform).set(up)

    def reconnect(self, platform: str) -> None:
        """An adapter was opened another time."""
        self._reconnects.labels(platform).inc()

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

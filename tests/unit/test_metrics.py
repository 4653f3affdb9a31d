from datetime import timedelta

from bot.domain.delivery import State
from bot.runtime.metrics import Metrics


def test_what_happened_is_counted() -> None:
    metrics = Metrics()

    metrics.delivery("discord", State.POSTED, timedelta(seconds=3))
    metrics.delivery("discord", State.FAILED)
    metrics.planner_run()
    metrics.planner_run(good=False)
    metrics.reactions("slack", 2)
    metrics.adapter("slack", up=True)
    metrics.reconnect("slack")

    text = metrics.text().decode()
    for line in (
        'kindling_deliveries_total{platform="discord",state="posted"} 1.0',
        'kindling_deliveries_total{platform="discord",state="failed"} 1.0',
        'kindling_lateness_seconds_bucket{le="2.0",platform="discord"} 0.0',
        'kindling_lateness_seconds_bucket{le="5.0",platform="discord"} 1.0',
        'kindling_planner_runs_total{result="good"} 1.0',
        'kindling_planner_runs_total{result="failed"} 1.0',
        'kindling_reactions_total{platform="slack"} 2.0',
        'kindling_adapter_up{platform="slack"} 1.0',
        'kindling_adapter_reconnects_total{platform="slack"} 1.0',
    ):
        assert line in text


def test_two_sets_of_metrics_know_nothing_of_each_other() -> None:
    one, other = Metrics(), Metrics()

    one.planner_run()

    assert 'kindling_planner_runs_total{result="good"} 1.0' in one.text().decode()
    assert 'result="good"' not in other.text().decode()

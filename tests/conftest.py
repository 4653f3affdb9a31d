"""What holds for every test."""

import os

import pytest
from hypothesis import HealthCheck, settings

from adapters.slack import pace

# How long an example takes says more about the machine than about the code; where every change is tested, the examples
# are the same each time, so that a change is judged by itself. At home they vary, and find what nobody thought of.
settings.register_profile(
    "kindling",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("kindling")


@pytest.fixture(autouse=True)
def channels_that_need_no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits a second between two messages in one channel of Slack; those about the pace say otherwise."""
    monkeypatch.setattr(pace, "REST", 0.0)

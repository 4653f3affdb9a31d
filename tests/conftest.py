"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

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
